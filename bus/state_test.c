/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/state.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

struct core {
    uint32_t x[4];
    uint64_t pc;
    uint8_t mode;
};

/* The same fields in another place and order: another build. */
struct moved {
    uint8_t mode;
    uint64_t pc;
    uint32_t x[4];
};

static const struct state_field fields[] = {
    STATE(struct core, x, RESET_CORE),
    STATE(struct core, pc, RESET_CORE),
    STATE(struct core, mode, RESET_CORE),
};

static const struct state_field moved_fields[] = {
    STATE(struct moved, mode, RESET_CORE),
    STATE(struct moved, pc, RESET_CORE),
    STATE(struct moved, x, RESET_CORE),
};

static const struct core sample = {
    {1, 2, 3, 4},
    0x8000000012345678, 3
};

static struct buffer saved(void)
{
    struct buffer out = {0};
    state_save("test,core", "hart0", fields, ARRAY_SIZE(fields), &sample, &out);
    return out;
}

static int restore(const struct buffer *record, const char *kind,
                   const char *name, const struct state_field *table,
                   size_t count, void *state, struct error *error)
{
    const uint8_t *bytes = record->bytes;
    size_t size = record->size;
    return state_restore(kind, name, table, count, state, &bytes, &size, error);
}

TEST(a_record_says_what_it_is)
{
    OWNED(buffer_fini) struct buffer record = saved();
    EXPECT_BYTES(record.bytes,
                 "CRNS\1\0\0\0\11\0\0\0test,core\5\0\0\0hart0\3\0\0\0"
                 "\1\0\0\0x\20\0\0\0\1\0\0\0",
                 4 + 4 + 4 + 9 + 4 + 5 + 4 + 4 + 1 + 4 + 4);
}

TEST(fields_are_found_wherever_the_table_has_them)
{
    static const uint8_t orders[][3] = {
        {0, 1, 2},
        {1, 2, 0},
        {2, 0, 1},
        {0, 2, 1},
        {1, 0, 2},
        {2, 1, 0}
    };
    OWNED(buffer_fini) struct buffer record = saved();
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        struct state_field table[3];
        struct core core = {0};
        for (unsigned n = 0; n < 3; n++) {
            table[n] = fields[orders[i][n]];
        }
        test_case("order %zu", i);
        EXPECT_EQ(restore(&record, "test,core", "hart0", table, 3, &core, NULL),
                  0);
        EXPECT(state_compare(fields, 3, &core, &sample) == NULL);
    }
}

TEST(a_record_restores_into_a_struct_whose_fields_moved)
{
    OWNED(buffer_fini) struct buffer record = saved();
    struct moved moved = {0};
    struct error error = {""};
    buffer_print(&record, "rest");
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    EXPECT_EQ(state_restore("test,core", "hart0", moved_fields,
                            ARRAY_SIZE(moved_fields), &moved, &bytes, &size,
                            &error),
              0);
    EXPECT_EQ(moved.mode, 3);
    EXPECT_EQ(moved.pc, sample.pc);
    EXPECT_BYTES(moved.x, sample.x, sizeof(sample.x));
    EXPECT_EQ(size, 4);
    EXPECT_BYTES(bytes, "rest", 4);
}

TEST(what_does_not_fit_is_refused_by_name)
{
    static const struct state_field wide[] = {
        STATE(struct core, x, 0),
        {"pc", 16, 4, 0, 0},
        STATE(struct core, mode, 0)
    };
    static const struct state_field more[] = {
        STATE(struct core, x, 0),
        STATE(struct core, pc, 0),
        STATE(struct core, mode, 0),
        {"fcsr", 16, 4, 0, 0}
    };
    static const struct {
        const char *kind;
        const char *name;
        const struct state_field *table;
        size_t count;
        const char *text;
    } cases[] = {
        {"test,core", "hart0", fields, 0,
         "state of 'hart0': field 'x' is unknown"                     },
        {"test,core", "hart0", fields, 2,
         "state of 'hart0': field 'mode' is unknown"                  },
        {"test,core", "hart0", wide,   3,
         "state of 'hart0': field 'pc' has 8 bytes, expected 4"       },
        {"test,core", "hart0", more,   4,
         "state of 'hart0': field 'fcsr' is missing"                  },
        {"test,uart", "hart0", fields, 3,
         "state of 'hart0': kind is 'test,core', expected 'test,uart'"},
        {"test,core", "hart1", fields, 3,
         "state of 'hart1': name is 'hart0', expected 'hart1'"        },
    };
    OWNED(buffer_fini) struct buffer record = saved();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct core core = {{9}, 9, 9};
        struct error error = {""};
        EXPECT_EQ(restore(&record, cases[i].kind, cases[i].name, cases[i].table,
                          cases[i].count, &core, &error),
                  -EINVAL);
        EXPECT_STR(error.text, cases[i].text);
        EXPECT_EQ(core.pc, 9);
    }
}

TEST(a_record_cut_anywhere_is_refused_and_changes_nothing)
{
    OWNED(buffer_fini) struct buffer record = saved();
    for (size_t size = 0; size < record.size; size++) {
        struct core core = {{9}, 9, 9};
        OWNED(buffer_fini) struct buffer cut = {0};
        struct error error = {""};
        buffer_append(&cut, record.bytes, size);
        EXPECT_EQ(restore(&cut, "test,core", "hart0", fields, 3, &core, &error),
                  -EINVAL);
        EXPECT_STR(error.text, "state of 'hart0' is cut short");
        EXPECT_EQ(core.pc, 9);
    }
}

TEST(a_record_with_any_byte_changed_restores_or_is_refused)
{
    OWNED(buffer_fini) struct buffer record = saved();
    unsigned refused = 0;
    for (size_t i = 0; i < record.size; i++) {
        struct core core = {{9}, 9, 9};
        record.bytes[i] ^= 0xff;
        int result =
            restore(&record, "test,core", "hart0", fields, 3, &core, NULL);
        EXPECT(result == 0 || result == -EINVAL);
        refused += result != 0;
        record.bytes[i] ^= 0xff;
    }
    /* All but the 25 bytes of values are structure. */
    EXPECT_EQ(refused, record.size - 25);
}

TEST(a_record_is_passed_over_by_its_kind_if_it_is_whole)
{
    OWNED(buffer_fini) struct buffer records = saved();
    size_t first = records.size;
    state_save("test,other", "x", fields, ARRAY_SIZE(fields), &sample,
               &records);
    const uint8_t *bytes = records.bytes;
    size_t size = records.size;
    EXPECT(state_is_next("test,core", bytes, size));
    EXPECT(!state_is_next("test,other", bytes, size));
    EXPECT(!state_is_next("test,cor", bytes, size));
    EXPECT(!state_pass("test,other", &bytes, &size));
    EXPECT(state_pass("test,core", &bytes, &size));
    EXPECT(bytes == records.bytes + first && size == records.size - first);
    for (size_t cut = 0; cut < size; cut++) {
        const uint8_t *place = bytes;
        size_t left = cut;
        EXPECT(!state_pass("test,other", &place, &left));
        EXPECT(place == bytes && left == cut);
    }
    EXPECT(state_pass("test,other", &bytes, &size));
    EXPECT_EQ(size, 0);
    EXPECT(!state_is_next("test,core", bytes, size));
}

/* At 64 characters. */
TEST(long_names_are_cut_in_messages)
{
    static const char name[] =
        "0123456789-123456789-123456789-123456789-"
        "123456789-123456789-123456789-";
    for (size_t length = 62; length < 67; length++) {
        OWNED(free_at) char *text = xasprintf("%.*s", (int)length, name);
        const struct state_field longer[] = {
            {text, 16, 8, 0, 0}
        };
        OWNED(buffer_fini) struct buffer record = {0};
        struct core core = sample;
        struct error error = {""};
        char expected[160];
        const int shown = length < 64 ? (int)length : 64;
        test_case("%zu characters", length);
        state_save(text, "n", longer, 1, &sample, &record);
        EXPECT_EQ(restore(&record, "k", "n", longer, 1, &core, &error),
                  -EINVAL);
        snprintf(expected, sizeof(expected),
                 "state of 'n': kind is '%.*s', expected 'k'", shown, name);
        EXPECT_STR(error.text, expected);
        error_clear(&error);
        EXPECT_EQ(restore(&record, text, "n", fields, 3, &core, &error),
                  -EINVAL);
        snprintf(expected, sizeof(expected),
                 "state of 'n': field '%.*s' is unknown", shown, name);
        EXPECT_STR(error.text, expected);
    }
}

FIXTURE(struct buffer, record, buffer_fini)

TEST_BEGINS(a_field_may_not_come_twice, record)
{
    static const struct state_field twice[] = {STATE(struct core, pc, 0),
                                               STATE(struct core, pc, 0)};
    struct core core = sample;
    struct error error = {""};
    state_save("k", "n", twice, 2, &sample, record);
    EXPECT_EQ(restore(record, "k", "n", twice, 1, &core, &error), -EINVAL);
    EXPECT_STR(error.text, "state of 'n': field 'pc' comes twice");
}

TEST(a_table_that_grows_keeps_every_field)
{
    enum { FIELDS = 200 };
    OWNED(state_table_fini) struct state_table table = {0};

    for (uint32_t i = 0; i < FIELDS; i++) {
        state_table_add(&table, xasprintf("field %u", i), 4 * (size_t)i, 4, i);
    }
    EXPECT_EQ(table.count, FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) {
        char name[16];

        test_case("field %u", i);
        snprintf(name, sizeof(name), "field %u", i);
        REQUIRE(table.fields[i].name);
        EXPECT_STR(table.fields[i].name, name);
        EXPECT_EQ(table.fields[i].offset, 4 * i);
        EXPECT_EQ(table.fields[i].most, i);
    }
}

/* All of it, once the allocator has what it keeps. */
TEST(a_table_gives_its_memory_back)
{
    size_t before = 0;

    for (unsigned turn = 0; turn < 2; turn++) {
        OWNED(state_table_fini) struct state_table table = {0};
        before = mallinfo2().uordblks;
        for (unsigned i = 0; i < 64; i++) {
            state_table_add(&table, xasprintf("field %u", i), 0, 4, 0);
        }
    }
    EXPECT_EQ(mallinfo2().uordblks, before);
}

TEST(a_table_of_fields_that_outlive_it_is_not_its_own)
{
    struct state_table table = {0};

    state_table_set(&table, fields, ARRAY_SIZE(fields));
    EXPECT(table.fields == fields && table.listed == NULL);
    EXPECT_EQ(table.count, ARRAY_SIZE(fields));
    state_table_fini(&table);
    EXPECT(table.fields == NULL);
    EXPECT_EQ(table.count, 0);
}

TEST(the_hash_sees_every_field_and_no_padding)
{
    struct core a;
    struct core b;
    memset(&a, 0x00, sizeof(a));
    memset(&b, 0xff, sizeof(b));
    memcpy(a.x, sample.x, sizeof(a.x));
    memcpy(b.x, sample.x, sizeof(b.x));
    a.pc = b.pc = 5;
    a.mode = b.mode = 1;
    EXPECT_EQ(state_hash(0, fields, 3, &a), state_hash(0, fields, 3, &b));
    EXPECT(state_hash(0, fields, 3, &a) != state_hash(1, fields, 3, &a));
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        uint8_t *first = (uint8_t *)&b + fields[i].offset;
        uint8_t *last = first + fields[i].size_bytes - 1;
        test_case("%s", fields[i].name);
        *first ^= 1;
        EXPECT(state_hash(0, fields, 3, &a) != state_hash(0, fields, 3, &b));
        EXPECT(state_compare(fields, 3, &a, &b) == &fields[i]);
        *first ^= 1;
        *last ^= 0x80;
        EXPECT(state_hash(0, fields, 3, &a) != state_hash(0, fields, 3, &b));
        EXPECT(state_compare(fields, 3, &a, &b) == &fields[i]);
        *last ^= 0x80;
    }
}

TEST_BEGINS(copies_are_hashed_and_compared_but_not_saved, record)
{
    static const struct state_field copied[] = {
        STATE(struct core, x, RESET_CORE),
        STATE(struct core, pc, RESET_CORE),
        STATE(struct core, mode, STATE_COPIED),
    };
    struct core other = sample;
    struct error error = {""};
    state_save("k", "n", copied, ARRAY_SIZE(copied), &sample, record);
    other.mode = 9;
    EXPECT(state_hash(0, copied, ARRAY_SIZE(copied), &other) !=
           state_hash(0, copied, ARRAY_SIZE(copied), &sample));
    EXPECT(state_compare(copied, ARRAY_SIZE(copied), &other, &sample) ==
           &copied[2]);
    other.pc = 0;
    EXPECT_EQ(
        restore(record, "k", "n", copied, ARRAY_SIZE(copied), &other, &error),
        0);
    EXPECT_EQ(other.pc, sample.pc);
    EXPECT_EQ(other.mode, 9);
    EXPECT_EQ(
        restore(record, "k", "n", fields, ARRAY_SIZE(fields), &other, &error),
        -EINVAL);
    EXPECT(strstr(error.text, "'mode' is missing") != NULL);
    other = sample;
    EXPECT(state_compare(fields, ARRAY_SIZE(fields), &other, &sample) == NULL);
}

TEST(a_word_above_the_most_that_its_field_says_is_refused)
{
    struct ring {
        uint32_t words[3];
        uint32_t other;
    };
    static const struct state_field bounded[] = {
        STATE_TO(struct ring, words, RESET_CORE, 4),
        STATE(struct ring, other, RESET_CORE),
    };
    static const struct {
        uint32_t words[3];
        int result;
        const char *text;
    } cases[] = {
        {{0, 0, 0},          0,       ""                                        },
        {{4, 4, 4},          0,       ""                                        },
        {{5, 0, 0},          -EINVAL, "state of 'one': field 'words' is above 4"},
        {{0, 5, 0},          -EINVAL, "state of 'one': field 'words' is above 4"},
        {{0, 0, 5},          -EINVAL, "state of 'one': field 'words' is above 4"},
        {{0, 0, UINT32_MAX},
         -EINVAL,
         "state of 'one': field 'words' is above 4"                             },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ring ring = {.other = 0xffff0000};
        struct ring back = {
            {1, 1, 1},
            2
        };
        OWNED(buffer_fini) struct buffer record = {0};
        struct error error = {""};

        test_case("case %zu", i);
        memcpy(ring.words, cases[i].words, sizeof(ring.words));
        state_save("ring", "one", bounded, ARRAY_SIZE(bounded), &ring, &record);
        const uint8_t *bytes = record.bytes;
        size_t size = record.size;
        EXPECT_EQ(state_restore("ring", "one", bounded, ARRAY_SIZE(bounded),
                                &back, &bytes, &size, &error),
                  cases[i].result);
        EXPECT_STR(error.text, cases[i].text);
        EXPECT_EQ(back.words[2], cases[i].result == 0 ? ring.words[2] : 1);
        EXPECT_EQ(back.other, cases[i].result == 0 ? ring.other : 2);
    }
}
