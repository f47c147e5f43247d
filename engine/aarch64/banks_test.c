/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of what the soft TLB keeps and what maintenance drops. Tables are
 * changed behind its back, which a guest may not do: where the old page still
 * answers, it was kept.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};

/* Offsets in RAM: tables, and pages that begin with their own address. */
enum {
    L1 = 0x10000,
    L2 = 0x11000,
    L3 = 0x12000,
    A = 0x100000,
    B = 0x101000,
    OTHER_L1 = 0x13000, /* the same for another table of the upper half */
    OTHER_L2 = 0x14000,
    OTHER_L3 = 0x15000,
    BLOCK_A = 0x200000,
    BLOCK_B = 0x400000,
};

#define TLBI(op2) AARCH64_ENCODING(1, 0, 8, 7, op2)

static void space(struct a64 *m, uint64_t asid)
{
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1,
                           (A64_RAM + L1) | asid << 48);
}

static void at_level(struct a64 *m, uint8_t level)
{
    m->pe->state.level = level;
    aarch64_update(m->pe);
}

static void page(struct a64 *m, uint64_t address, uint64_t to, uint64_t bits)
{
    a64_put_unheard(m, L3 + (address >> 12) * 8,
                    (A64_RAM + to) | AF | PAGE | bits);
}

static void init_with(struct a64 *m, const struct core_config *config)
{
    a64_init(m, config);
    aarch64_register_write(m->pe, AARCH64_TCR_EL1,
                           25 | (uint64_t)1 << 23 | (uint64_t)2 << 32);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL1, 0x04ff);
    space(m, 1);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0x30d00801);
    a64_put(m, L1, A64_RAM + L2 + TABLE);
    a64_put(m, L2, A64_RAM + L3 + TABLE);
    a64_put(m, L2 + 8, (A64_RAM + BLOCK_A) | AF | BLOCK);
    for (uint64_t at = A; at < 0x600000; at += 0x1000) {
        a64_put(m, at, at);
    }
    page(m, 0, A, USER | NG);
}

static void init(struct a64 *m)
{
    init_with(m, &plain);
}

/* The value that is read there; 1 where the access was refused. */
static uint64_t read_at(struct a64 *m, uint64_t address)
{
    uint64_t value[2];

    return aarch64_load(m->pe, address, 8, value) ? value[0] : 1;
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m))

TEST_ON(an_address_space_keeps_its_pages_while_others_run, m)
{
    at_level(m, 0);
    EXPECT_EQ(read_at(m, 0), A);
    page(m, 0, B, USER | NG);
    space(m, 2);
    EXPECT_EQ(read_at(m, 0), B);
    space(m, 1);
    EXPECT_EQ(read_at(m, 0), A);
    aarch64_banks_invalidate(m->pe, TLBI(1), 0 | (uint64_t)1 << 48);
    EXPECT_EQ(read_at(m, 0), B);
}

TEST_ON(more_address_spaces_than_banks_get_along, m)
{
    at_level(m, 0);
    for (uint64_t asid = 1; asid <= 3 * AARCH64_CONTEXTS; asid++) {
        uint64_t to = asid % 2 != 0 ? A : B;

        page(m, 0, to, USER | NG);
        space(m, asid);
        EXPECT_EQ(read_at(m, 0), to);
    }
    page(m, 0, BLOCK_A, USER | NG);
    space(m, 1);
    EXPECT_EQ(read_at(m, 0), BLOCK_A);
}

TEST_ON(maintenance_by_address_drops_all_that_came_from_a_block, m)
{
    at_level(m, 1);
    EXPECT_EQ(read_at(m, 0x200000), BLOCK_A);
    EXPECT_EQ(read_at(m, 0x2ff000), BLOCK_A + 0xff000);
    a64_put_unheard(m, L2 + 8, (A64_RAM + BLOCK_B) | AF | BLOCK);
    EXPECT_EQ(read_at(m, 0x2ff000), BLOCK_A + 0xff000);
    aarch64_banks_invalidate(m->pe, TLBI(1), 0x234);
    EXPECT_EQ(read_at(m, 0x2ff000), BLOCK_B + 0xff000);
    EXPECT_EQ(read_at(m, 0x200000), BLOCK_B);
}

TEST_ON(maintenance_by_address_leaves_other_pages, m)
{
    at_level(m, 1);
    page(m, 0x1000, A, 0);
    EXPECT_EQ(read_at(m, 0), A);
    EXPECT_EQ(read_at(m, 0x1000), A);
    page(m, 0, B, 0);
    page(m, 0x1000, B, 0);
    aarch64_banks_invalidate(m->pe, TLBI(3), 1); /* VAAE1 */
    EXPECT_EQ(read_at(m, 0), A);
    EXPECT_EQ(read_at(m, 0x1000), B);
}

TEST_ON(maintenance_by_asid_drops_that_address_space, m)
{
    at_level(m, 0);
    for (uint64_t asid = 1; asid <= 2; asid++) {
        space(m, asid);
        EXPECT_EQ(read_at(m, 0), A);
    }
    page(m, 0, B, USER | NG);
    aarch64_banks_invalidate(m->pe, TLBI(2), (uint64_t)1 << 48);
    EXPECT_EQ(read_at(m, 0), A);
    space(m, 1);
    EXPECT_EQ(read_at(m, 0), B);
    aarch64_banks_invalidate(m->pe, TLBI(0), 0); /* VMALLE1 */
    space(m, 2);
    EXPECT_EQ(read_at(m, 0), B);
}

/* One and more of them than the list holds; global ones, too, as another table
 * may not have them. */
TEST_ON(the_kernel_loses_pages_of_the_lower_half_with_their_table, m)
{
    at_level(m, 1);
    for (unsigned count = 1; count <= 2 * AARCH64_LOWER_PAGES; count += 63) {
        const uint64_t global = 0x80000;

        test_case("%u pages", count);
        space(m, 1);
        aarch64_banks_invalidate(m->pe, TLBI(0), 0);
        page(m, global, A, 0);
        for (uint64_t at = 0; at < count * 0x1000; at += 0x1000) {
            page(m, at, A, NG);
            EXPECT_EQ(read_at(m, at), A);
            page(m, at, B, NG);
            EXPECT_EQ(read_at(m, at), A);
        }
        EXPECT_EQ(read_at(m, global), A);
        page(m, global, B, 0);
        space(m, 2);
        EXPECT_EQ(read_at(m, global), B);
        for (uint64_t at = 0; at < count * 0x1000; at += 0x1000) {
            EXPECT_EQ(read_at(m, at), B);
        }
    }
}

/* ---- Security states ----------------------------------------------------- */

TEST(each_security_state_has_banks_that_the_other_leaves_alone)
{
    static const struct core_config both = {.aarch64.el3 = true};

    for (uint8_t level = 0; level < 2; level++) {
        OWNED(a64_fini) struct a64 m;

        test_case("EL%u", level);
        init_with(&m, &both);
        aarch64_register_write(m.pe, AARCH64_SCR_EL3, 0x401);
        at_level(&m, level);
        page(&m, 0, A, USER);
        EXPECT_EQ(read_at(&m, 0), A);
        page(&m, 0, B, USER);
        aarch64_register_write(m.pe, AARCH64_SCR_EL3, 0x400);
        EXPECT_EQ(read_at(&m, 0), B);
        page(&m, 0, BLOCK_A, USER);
        aarch64_register_write(m.pe, AARCH64_SCR_EL3, 0x401);
        EXPECT_EQ(read_at(&m, 0), A);
        aarch64_register_write(m.pe, AARCH64_SCR_EL3, 0x400);
        EXPECT_EQ(read_at(&m, 0), B);
        aarch64_register_write(m.pe, AARCH64_SCR_EL3, 0x402); /* IRQ */
        EXPECT_EQ(read_at(&m, 0), BLOCK_A);
    }
}

/* ---- The upper half ------------------------------------------------------ */

#define UPPER 0xffffff8000000000u

static void upper_page(struct a64 *m, uint64_t table, uint64_t to,
                       uint64_t bits)
{
    a64_put_unheard(m, table == L1 ? L3 : OTHER_L3,
                    (A64_RAM + to) | AF | PAGE | bits);
}

static void upper_space(struct a64 *m, uint64_t table, uint64_t asid)
{
    aarch64_register_write(m->pe, AARCH64_TTBR1_EL1,
                           (A64_RAM + table) | asid << 48);
}

/* Both halves; the ASID is TTBR1's. */
static void init_upper(struct a64 *m)
{
    init(m);
    aarch64_register_write(m->pe, AARCH64_TCR_EL1,
                           25 | 25 << 16 | 1 << 22 | (uint64_t)2 << 30 |
                               (uint64_t)2 << 32);
    a64_put(m, OTHER_L1, A64_RAM + OTHER_L2 + TABLE);
    a64_put(m, OTHER_L2, A64_RAM + OTHER_L3 + TABLE);
    at_level(m, 1);
}

TEST_BEGINS(a_kernel_that_hides_from_user_space_keeps_its_pages, m)
{
    init_upper(m);
    upper_page(m, L1, A, NG);
    upper_page(m, OTHER_L1, B, NG);
    for (unsigned turn = 0; turn < 3; turn++) {
        test_case("turn %u", turn);
        upper_space(m, L1, 2);
        EXPECT_EQ(read_at(m, UPPER), A);
        upper_space(m, OTHER_L1, 3);
        EXPECT_EQ(read_at(m, UPPER), B);
        upper_page(m, L1, BLOCK_A, NG);
        upper_page(m, OTHER_L1, BLOCK_B, NG);
    }
    aarch64_banks_invalidate(m->pe, TLBI(2), (uint64_t)2 << 48); /* ASIDE1 */
    EXPECT_EQ(read_at(m, UPPER), B);
    upper_space(m, L1, 2);
    EXPECT_EQ(read_at(m, UPPER), BLOCK_A);
    aarch64_banks_invalidate(m->pe, TLBI(3), UPPER >> 12 & 0xfffffffffff);
    upper_space(m, OTHER_L1, 3);
    EXPECT_EQ(read_at(m, UPPER), BLOCK_B);
}

TEST_BEGINS(local_pages_of_the_kernel_are_those_of_their_asid, m)
{
    init_upper(m);
    for (uint64_t asid = 1; asid <= 2 * AARCH64_CONTEXTS; asid++) {
        uint64_t to = asid % 2 != 0 ? A : B;

        upper_page(m, L1, to, NG);
        upper_space(m, L1, asid);
        EXPECT_EQ(read_at(m, UPPER), to);
    }
}

/* Until the kernel has a page that is not global. */
TEST_BEGINS(global_pages_of_the_kernel_are_kept_for_any_asid, m)
{
    init_upper(m);
    upper_page(m, L1, A, 0);
    upper_space(m, L1, 1);
    EXPECT_EQ(read_at(m, UPPER), A);
    upper_page(m, L1, B, 0);
    for (uint64_t asid = 1; asid <= 2 * AARCH64_CONTEXTS; asid++) {
        upper_space(m, L1, asid);
        EXPECT_EQ(read_at(m, UPPER), A);
    }
    aarch64_banks_invalidate(m->pe, TLBI(2), (uint64_t)1 << 48);
    EXPECT_EQ(read_at(m, UPPER), A);
}

/* Both tables tell what EL0 reaches. */
TEST_BEGINS(user_space_sees_the_table_of_the_upper_half_that_is_in_force, m)
{
    init_upper(m);
    upper_page(m, L1, A, USER);
    upper_page(m, OTHER_L1, B, USER);
    at_level(m, 0);
    upper_space(m, L1, 1);
    EXPECT_EQ(read_at(m, UPPER), A);
    upper_space(m, OTHER_L1, 1);
    EXPECT_EQ(read_at(m, UPPER), B);
    upper_page(m, L1, BLOCK_A, USER);
    upper_space(m, L1, 1);
    EXPECT_EQ(read_at(m, UPPER), A);
}

/* ---- Pages that the soft TLB forgot -------------------------------------- */

/* At the same place of the soft TLB as address 0, whose entry goes. */
static void crowd_out(struct a64 *m, uint64_t bits)
{
    a64_put(m, L2 + 16, (A64_RAM + BLOCK_B) | AF | BLOCK | bits);
    EXPECT_EQ(read_at(m, 0x400000), BLOCK_B);
}

TEST(a_page_that_the_soft_tlb_forgot_lives_until_its_maintenance)
{
    static const struct {
        uint64_t operand;
        uint32_t encoding;
        bool drops;
    } rows[] = {
        {0,                 TLBI(0), true }, /* VMALLE1 */
        {(uint64_t)1 << 48, TLBI(1), true }, /* VAE1 */
        {(uint64_t)1 << 48, TLBI(2), true }, /* ASIDE1 */
        {0,                 TLBI(3), true }, /* VAAE1 */
        {1,                 TLBI(3), false}, /* of the next page */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m);
        at_level(&m, 0);
        EXPECT_EQ(read_at(&m, 0), A);
        crowd_out(&m, USER);
        page(&m, 0, B, USER | NG);
        EXPECT_EQ(read_at(&m, 0), A);
        crowd_out(&m, USER);
        aarch64_banks_invalidate(m.pe, rows[i].encoding, rows[i].operand);
        EXPECT_EQ(read_at(&m, 0), rows[i].drops ? B : A);
    }
}

TEST_ON(a_page_that_was_read_is_not_known_for_writing, m)
{
    const uint64_t value[2] = {7, 0};

    at_level(m, 1);
    page(m, 0, A, (uint64_t)1 << 7); /* read only */
    EXPECT_EQ(read_at(m, 0), A);
    crowd_out(m, 0);
    EXPECT_EQ(read_at(m, 0), A);
    crowd_out(m, 0);
    EXPECT(!aarch64_store(m->pe, 0, 8, value));
    EXPECT_EQ(a64_at(m, A), A);
}

TEST_ON(a_known_page_checks_alignment_and_ends_with_the_access, m)
{
    uint64_t value[2];

    at_level(m, 1);
    page(m, 0, A, DEVICE);
    EXPECT_EQ(read_at(m, 0), A);
    crowd_out(m, 0);
    EXPECT(!aarch64_load(m->pe, 3, 8, value));
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 3);
    page(m, 0, A, 0);
    vcpu_flush_tlb(&m->pe->vcpu);
    EXPECT_EQ(read_at(m, 0), A);
    crowd_out(m, 0);
    EXPECT(!aarch64_load(m->pe, 0xffc, 8, value)); /* on to the next page */
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0x1000);
}

/* ---- Alignment ----------------------------------------------------------- */

TEST_ON(unaligned_accesses_fault_in_device_memory_whatever_was_cached, m)
{
    uint64_t value[2] = {0, 0};

    at_level(m, 1);
    page(m, 0x1000, B, DEVICE);
    EXPECT(aarch64_load(m->pe, 3, 8, value));
    EXPECT_EQ(value[0], A >> 24 & 0xff);
    EXPECT(aarch64_load(m->pe, 3, 8, value));
    EXPECT_EQ(read_at(m, 0x1000), B);
    EXPECT_EQ(read_at(m, 0x1003), 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000021);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0x1003);
    EXPECT(aarch64_load(m->pe, 3, 8, value));
}

TEST_ON(sctlr_a_makes_unaligned_accesses_fault, m)
{
    uint64_t value[2];

    at_level(m, 1);
    EXPECT(aarch64_load(m->pe, 3, 8, value));
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0x30d00803);
    EXPECT_EQ(read_at(m, 0), A);
    EXPECT(!aarch64_load(m->pe, 3, 8, value));
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000021);
}
