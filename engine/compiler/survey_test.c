/* SPDX-License-Identifier: Apache-2.0 */
/* Which accesses share a check, and where NZCV matters, by blocks written out
 * here. That the code made from it does the same is the differential tests'
 * matter. */
#include <string.h>

#include "engine/compiler/survey.h"
#include "tests/harness.h"

enum { OPS_MAX = 16 };

static struct survey_traits traits[IR_OPCODES];
static struct survey survey;
static struct ir_op ops[OPS_MAX];
static size_t op_count;

static void begin(void)
{
    survey_make_traits(traits);
    /* The survey of the previous block must not matter. */
    memset(&survey, 0xa5, sizeof(survey));
    op_count = 0;
}

static void op(enum ir_opcode opcode, unsigned d, unsigned a, unsigned b,
               int64_t imm)
{
    ops[op_count++] = (struct ir_op){.opcode = (uint8_t)opcode,
                                     .d = (uint8_t)d,
                                     .a = (uint8_t)a,
                                     .b = (uint8_t)b,
                                     .imm = imm};
}

static void end(void)
{
    op(IR_leave, 0, 0, 0, 0);
    survey_look(&survey, traits, ops);
}

static bool together(unsigned first, unsigned second)
{
    return survey.group_of[first] != 0 &&
           survey.group_of[first] == survey.group_of[second];
}

TEST(it_ends_with_the_operation_that_ends_the_block)
{
    begin();
    op(IR_add64, 1, 2, 3, 0);
    end();
    op(IR_add64, 1, 2, 3, 0);
    EXPECT_EQ(survey.count, 2);
}

TEST(accesses_from_one_base_share_a_check)
{
    begin();
    op(IR_ld64, 1, 0, 0, 16);
    op(IR_add64, 5, 6, 7, 0);
    op(IR_ldp64, 2, 0, 3, 32);
    op(IR_ld8, 4, 0, 0, 8);
    end();
    REQUIRE(together(0, 2) && together(0, 3));
    /* From the first one's address on. */
    const struct survey_group *group = &survey.groups[survey.group_of[0]];
    EXPECT_EQ(group->low, -8);
    EXPECT_EQ(group->high, 32);
    EXPECT_EQ(survey.distance[0], 0);
    EXPECT_EQ(survey.distance[2], 16);
    EXPECT_EQ((uint32_t)survey.distance[3], (uint32_t)-8);
    EXPECT_EQ(survey.group_of[1], 0);
}

/* True if the check of the first byte's alignment does for both. */
static bool is_even(enum ir_opcode first, enum ir_opcode second, int64_t at)
{
    begin();
    op(first, 1, 0, 0, 0);
    op(second, 2, 0, 0, at);
    end();
    EXPECT(together(0, 1));
    return !survey.groups[survey.group_of[0]].uneven;
}

TEST(one_check_of_alignment_does_for_a_group_that_is_even)
{
    EXPECT(is_even(IR_ld64, IR_ld64, 8));
    EXPECT(is_even(IR_ld64, IR_ld64, -16));
    EXPECT(is_even(IR_ld64, IR_ld8, 3));
    EXPECT(is_even(IR_ld8, IR_ld64, 16));
    EXPECT(is_even(IR_ld64, IR_ldp32, 12));
    EXPECT(!is_even(IR_ld64, IR_ld64, 12));
    EXPECT(!is_even(IR_ld64, IR_ld8, -1)); /* the first byte is at an odd one */
    EXPECT(!is_even(IR_ld16, IR_ld32, 6));
    EXPECT_EQ(survey.groups[survey.group_of[0]].align, 2);
}

TEST(an_access_alone_is_in_no_group)
{
    begin();
    op(IR_ld64, 1, 0, 0, 16);
    op(IR_ld64, 2, 3, 0, 16);
    end();
    EXPECT_EQ(survey.group_of[0], 0);
    EXPECT_EQ(survey.group_of[1], 0);
}

TEST(loads_and_stores_are_checked_apart)
{
    begin();
    op(IR_ld64, 1, 0, 0, 0);
    op(IR_st64, 0, 0, 1, 8);
    op(IR_ld64, 2, 0, 0, 16);
    op(IR_st64, 0, 0, 2, 24);
    end();
    EXPECT(together(0, 2));
    EXPECT(together(1, 3));
    EXPECT(!together(0, 1));
}

TEST(a_moved_base_keeps_its_distance)
{
    begin();
    op(IR_st64, 0, 0, 1, 0);
    op(IR_add64i, 0, 0, 0, 16);
    op(IR_st64, 0, 0, 1, 0);
    op(IR_mov64, 7, 0, 0, 0);
    op(IR_st64, 0, 7, 1, 8);
    end();
    REQUIRE(together(0, 2) && together(0, 4));
    EXPECT_EQ(survey.distance[2], 16);
    EXPECT_EQ(survey.distance[4], 24);
}

TEST(a_base_that_is_written_is_another)
{
    static const enum ir_opcode writers[] = {IR_add64, IR_const64, IR_ld64,
                                             IR_mov32};

    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        test_case("operation %d", (int)writers[i]);
        begin();
        op(IR_st64, 0, 0, 1, 0);
        op(writers[i], 0, 2, 3, 64);
        op(IR_st64, 0, 0, 1, 8);
        end();
        EXPECT(!together(0, 2));
    }
}

TEST(a_pair_writes_both_its_registers)
{
    for (unsigned base = 4; base < 6; base++) {
        test_case("X%u", base);
        begin();
        op(IR_st64, 0, base, 1, 0);
        op(IR_ldp64, 4, 2, 5, 0);
        op(IR_st64, 0, base, 1, 8);
        end();
        EXPECT(!together(0, 2));
    }
}

TEST(a_base_that_a_store_reads_stays)
{
    begin();
    op(IR_stp64, 0, 9, 0, 0);
    op(IR_stp64, 9, 9, 9, 16);
    op(IR_stp64, 0, 9, 0, 32);
    end();
    EXPECT(together(0, 1) && together(0, 2));
}

TEST(more_than_a_group_holds_begins_another)
{
    begin();
    op(IR_ld64, 1, 0, 0, 0);
    op(IR_ld64, 2, 0, 0, 248);
    op(IR_ld64, 3, 0, 0, 256);
    op(IR_ld64, 4, 0, 0, 264);
    op(IR_ld64, 5, 0, 0, 0);
    end();
    EXPECT(together(0, 1));
    EXPECT(together(2, 3));
    EXPECT(!together(1, 2));
    EXPECT(!together(0, 4));
    EXPECT_EQ(survey.distance[2], 0);
}

TEST(distances_that_16_bits_do_not_hold_are_no_distances)
{
    static const int64_t far[] = {32768,     -32769,           65536,
                                  INT32_MAX, INT64_C(1) << 32, INT64_MIN,
                                  INT64_MAX};

    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        test_case("%lld", (long long)far[i]);
        begin();
        op(IR_ld64, 1, 0, 0, 0);
        op(IR_ld64, 2, 0, 0, far[i]);
        op(IR_ld64, 3, 0, 0, 8);
        op(IR_add64i, 0, 0, 0, far[i]);
        op(IR_ld64, 4, 0, 0, 16);
        end();
        EXPECT(together(0, 2));
        EXPECT(!together(0, 1));
        EXPECT(!together(0, 4));
    }
}

TEST(an_index_is_no_known_distance)
{
    begin();
    op(IR_ld64, 1, 0, 0, 0);
    op(IR_ld64x, 2, 0, 3, 0);
    op(IR_ld64, 4, 0, 0, 8);
    end();
    EXPECT(together(0, 2));
    EXPECT_EQ(survey.group_of[1], 0);
}

/* C may have written any register, whatever numbers the operation has. */
TEST(an_assist_ends_all_groups)
{
    static const unsigned numbers[] = {0, 9, 40, 63, 64, 255};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        test_case("%u", numbers[i]);
        begin();
        op(IR_ld64, 1, 0, 0, 0);
        op(IR_ld64, 2, 0, 0, 8);
        op(IR_assist, numbers[i], numbers[i], numbers[i], 0);
        op(IR_ld64, 3, 0, 0, 0);
        op(IR_ld64, 4, 0, 0, 8);
        end();
        EXPECT(together(0, 1));
        EXPECT(together(3, 4));
        EXPECT(!together(0, 3));
    }
}

/* Other operations have conditions, bits and shifts there. */
TEST(a_number_that_is_no_register_changes_none)
{
    for (unsigned number = 0; number < 256; number++) {
        test_case("%u", number);
        begin();
        op(IR_st64, 0, 9, 1, 0);
        op(IR_st64, number, 9, 1, 8);
        op(IR_tbz, number, 1, number, 0);
        op(IR_ccmp64, number, 1, number, 0);
        op(IR_st64, 0, 9, 1, 16);
        end();
        EXPECT(together(0, 1) && together(0, 4));
    }
}

TEST(flags_matter_before_what_reads_them)
{
    static const uint8_t matter[] = {0, 0, 15, 15, 0, 15, 15, 15};

    begin();
    op(IR_add64, 1, 2, 3, 0);
    op(IR_subs64, 1, 2, 3, 0);
    op(IR_add64, 1, 2, 3, 0);
    op(IR_csel, 1, 2, 3, 0);
    op(IR_adds64, 1, 2, 3, 0);
    op(IR_add64, 1, 2, 3, 0);
    op(IR_ld64, 1, 2, 0, 0); /* may fault, and then they are seen */
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
}

TEST(flags_that_are_read_and_written_matter)
{
    static const uint8_t matter[] = {15, 0, 15};

    begin();
    op(IR_adcs64, 1, 2, 3, 0);
    op(IR_subs64, 1, 2, 3, 0);
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
}

/* A flag that is neither read nor whole afterwards: it depends on what follows.
 */
TEST(flags_that_are_written_in_part_matter_if_they_do_behind)
{
    static const uint8_t matter[] = {0, 0, 0, 1, 13, 15};

    begin();
    op(IR_nz32, 0, 1, 0, 0);
    op(IR_lsls32i, 1, 2, 0, 3);
    op(IR_adds32, 1, 2, 3, 0);
    op(IR_nz32, 0, 1, 0, 0);
    op(IR_carry32i, 0, 1, 0, 3);
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
    begin();
    op(IR_nz32, 0, 1, 0, 0);
    op(IR_mov32, 1, 2, 0, 0);
    end();
    EXPECT(survey.flags[1] != 0);
}

/* Shifts by a register may leave all as it is, so nothing ends with them. */
TEST(flags_that_a_shift_may_leave_matter)
{
    static const uint8_t matter[] = {0, 15, 15};

    begin();
    op(IR_subs32, 1, 2, 3, 0);
    op(IR_rors32, 1, 2, 3, 0);
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
}

/* GT is of N, Z and V. */
TEST(a_skip_needs_the_flags_of_its_condition)
{
    static const uint8_t matter[] = {0, 13, 0, 0, 0};

    begin();
    op(IR_subs32, 1, 2, 3, 0);
    op(IR_skip, 0, 12, 0, 1);
    op(IR_const32, 1, 0, 0, 0);
    op(IR_meet, 15, 0, 0, 0);
    op(IR_adds32, 1, 2, 3, 0);
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
}

/* The flags of the way that passes over it matter too. */
TEST(a_skip_of_what_sets_flags_needs_all)
{
    static const uint8_t matter[] = {0, 15, 0, 15, 15};

    begin();
    op(IR_subs32, 1, 2, 3, 0);
    op(IR_skip, 0, 0, 0, 1);
    op(IR_adds32, 1, 2, 3, 0);
    op(IR_meet, 15, 0, 0, 0);
    end();
    EXPECT_BYTES(survey.flags, matter, sizeof(matter));
}

TEST(what_ends_on_the_way_that_a_skip_passes_over_goes_on)
{
    begin();
    op(IR_skip, 0, 1, 0, 2);
    op(IR_const32, 1, 0, 0, 0);
    op(IR_jump_register, 0, 14, 0, 0);
    op(IR_meet, 15, 0, 0, 0);
    op(IR_load32, 1, 2, 0, 0);
    end();
    EXPECT_EQ(survey.count, 6);
}

/* Whichever way was taken, registers may hold something else. */
TEST(a_meet_ends_all_groups)
{
    begin();
    op(IR_load32, 1, 0, 0, 0);
    op(IR_skip, 0, 1, 0, 1);
    op(IR_load32, 2, 0, 0, 4);
    op(IR_meet, 15, 0, 0, 0);
    op(IR_load32, 3, 0, 0, 8);
    end();
    EXPECT(together(0, 2));
    EXPECT(!together(0, 4));
}
