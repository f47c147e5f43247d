/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the system level that random system programs were the first to
 * try (tests/engine/a64_system_test.c), one by one. */
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define HCR(n) ((uint64_t)1 << (n))

/* Offsets in RAM. */
enum { VECTORS = 0x800, L1 = 0x10000, S2 = 0x14000 };
enum { HCR_VM = 0, HCR_AMO = 5, HCR_VSE = 8, HCR_DC = 12, HCR_TGE = 27 };
enum { CPTR_PLAIN = 0x33ff, CPTR_NONE = 0x300000 };

/* At `level`, non-secure, with vectors of all levels at VECTORS. */
static void start(struct a64 *m, const struct core_config *config,
                  unsigned level)
{
    a64_init(m, config);
    AARCH64_SYS(m->pe, SCR_EL3) |= 1;
    AARCH64_SYS(m->pe, CPTR_EL2) = CPTR_PLAIN & ~0x400;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + VECTORS;
    AARCH64_SYS(m->pe, VBAR_EL2) = A64_RAM + VECTORS;
    AARCH64_SYS(m->pe, VBAR_EL3) = A64_RAM + VECTORS;
    for (unsigned slot = 0; slot < 16; slot++) {
        a64_put(m, VECTORS + slot * 0x80, 0x14000000); /* b . */
    }
    aarch64_set_sp(m->pe, level, level != 0);
    aarch64_update(m->pe);
}

/* EL1 translates one to one by a block of 1 GiB. */
static void translate(struct a64 *m)
{
    AARCH64_SYS(m->pe, TCR_EL1) =
        25 | 25 << 16 | (uint64_t)2 << 30 | (uint64_t)2 << 32;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + L1;
    AARCH64_SYS(m->pe, TTBR1_EL1) = A64_RAM + L1;
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1;
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK);
}

/* Stage 2 of 32 bits from level 1: RAM, with these bits. */
static void second_stage(struct a64 *m, uint64_t bits)
{
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_VM);
    AARCH64_SYS(m->pe, VTCR_EL2) = 32 | 1 << 6 | 2 << 16;
    AARCH64_SYS(m->pe, VTTBR_EL2) = A64_RAM + S2;
    a64_put(m, S2 + 8, A64_RAM | bits | AF | BLOCK);
}

/* ---- Branches ------------------------------------------------------------ */

TEST(a_branch_drops_the_tag_that_translation_ignores)
{
    static const struct {
        uint64_t tbi, target, pc;
    } cases[] = {
        {(uint64_t)1 << 37, 0x1200000040000100, A64_RAM + 0x100   },
        {(uint64_t)1 << 38, 0xe1f8e70263c5a5e8, 0xfff8e70263c5a5e8},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &plain, 1);
        translate(&m);
        AARCH64_SYS(m.pe, TCR_EL1) |= cases[i].tbi;
        A64_CODE(&m, 0, 0xd61f0060 /* br x3 */);
        A64_CODE(&m, 0x100, 0x14000000 /* b . */);
        m.pe->state.r[3] = cases[i].target;
        core_run(m.core, 2);
        test_case("TBI%u", (unsigned)i);
        if (i == 0) {
            EXPECT_EQ(m.pe->state.r[IR_PC], cases[i].pc);
        } else { /* a fault of the fetch */
            EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), cases[i].pc);
            EXPECT_EQ(AARCH64_SYS(m.pe, FAR_EL1), cases[i].pc);
        }
    }
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, start(m, &both, 0))

TEST_BEGINS(the_abort_of_a_fetch_comes_before_the_illegal_state, m)
{
    start(m, &plain, 1);
    translate(m);
    A64_CODE(m, 0, 0xd69f03e0 /* eret */);
    AARCH64_SYS(m->pe, SPSR_EL1) = 0x1003c5;
    AARCH64_SYS(m->pe, ELR_EL1) = 0x80000000; /* not mapped */
    core_run(m->core, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x86000005);
    EXPECT_EQ(AARCH64_SYS(m->pe, SPSR_EL1), 0x1003c5);
}

TEST_ON(a_misaligned_pc_is_told_to_the_level_that_handles_it_alone, m)
{
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_TGE);
    m->pe->state.r[3] = 0x40000102;
    A64_CODE(m, 0, 0xd61f0060 /* br x3 */);
    core_run(m->core, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x8a000000);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL2), 0x40000102);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0);
}

/* ---- Traps --------------------------------------------------------------- */

TEST_ON(with_tge_a_trap_of_cpacr_is_an_undefined_instruction_at_el2, m)
{
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_TGE);
    AARCH64_SYS(m->pe, CPACR_EL1) = 0x100000; /* EL1 alone */
    aarch64_update(m->pe);
    A64_CODE(m, 0, 0x1e202820 /* fadd s0, s1, s0 */);
    core_run(m->core, 1);
    EXPECT_EQ(m->pe->state.level, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x02000000);
}

TEST_ON(with_tge_a_trap_of_wfi_goes_to_el2, m)
{
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_TGE);
    AARCH64_SYS(m->pe, SCTLR_EL1) &= ~(uint64_t)0x10000; /* nTWI */
    A64_CODE(m, 0, 0xd503207f /* wfi */);
    core_run(m->core, 1);
    EXPECT_EQ(m->pe->state.level, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x07e00000);
}

TEST_BEGINS(a_pending_virtual_serror_ends_wfi_though_it_is_masked, m)
{
    start(m, &both, 1);
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_AMO) | HCR(HCR_VSE);
    A64_CODE(m, 0, 0xd503207f /* wfi */, 0x14000000 /* b . */);
    EXPECT_EQ(core_run(m->core, 2), CORE_STOP_BUDGET);
    EXPECT_EQ(m->pe->state.r[IR_PC], A64_RAM + 4);
}

TEST(registers_of_debug_state_are_undefined_at_every_level)
{
    for (unsigned level = 0; level < 4; level++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, level);
        A64_CODE(&m, 0, 0xd53b4534 /* mrs x20, dlr_el0 */);
        core_run(m.core, 1);
        test_case("EL%u", level);
        EXPECT_EQ(level <= 1   ? AARCH64_SYS(m.pe, ESR_EL1)
                  : level == 2 ? AARCH64_SYS(m.pe, ESR_EL2)
                               : AARCH64_SYS(m.pe, ESR_EL3),
                  0x02000000);
    }
}

/* ---- Stage 2 ------------------------------------------------------------- */

TEST_ON(tge_alone_leaves_stage_2_on, m)
{
    struct aarch64_translation t;

    second_stage(m, 0xfc);
    AARCH64_SYS(m->pe, HCR_EL2) |= HCR(HCR_TGE);
    EXPECT(!aarch64_translate(m->pe, 0, 0x80000000, VCPU_READ, true, &t));
    EXPECT(t.stage2);
}

TEST_BEGINS(stage_2_executes_what_it_does_not_let_be_read, m)
{
    struct aarch64_translation t;

    start(m, &both, 1);
    second_stage(m, 0x3c); /* S2AP: none */
    EXPECT(aarch64_translate(m->pe, 1, A64_RAM, VCPU_FETCH, true, &t));
    EXPECT(!aarch64_translate(m->pe, 1, A64_RAM, VCPU_READ, true, &t));
}

TEST(a_start_of_stage_2_that_does_not_fit_faults_at_level_0)
{
    static const uint64_t controls[] = {
        0,                              /* 64 bits from level 2 */
        24 | 2 << 6 | 2 << 16,          /* level 0, which 40 bits do not have */
        27 | 2 << 6 | 2 << 14,          /* level 1 of 16 KiB, the same */
        24 | 3 << 6 | 2 << 16,          /* reserved */
        24 | 0 << 6 | 1 << 14,          /* 64 KiB, level 3: too many tables */
        34 | 1 << 6 | 2 << 16 | 1 << 3, /* too few bits for level 1 */
    };

    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        OWNED(a64_fini) struct a64 m;
        struct aarch64_translation t;

        start(&m, &both, 1);
        second_stage(&m, 0xfc);
        AARCH64_SYS(m.pe, VTCR_EL2) = controls[i];
        test_case("VTCR_EL2 %llx", (unsigned long long)controls[i]);
        EXPECT(!aarch64_translate(m.pe, 1, A64_RAM, VCPU_READ, true, &t));
        EXPECT(t.stage2);
        EXPECT_EQ(t.status, 0x04);
    }
}

TEST(memory_is_as_weak_as_both_stages_make_it)
{
    static const struct {
        uint64_t first; /* MAIR */
        uint64_t first_shareable;
        uint64_t second; /* MemAttr and SH of stage 2 */
        uint64_t par;
        bool cd; /* HCR_EL2.CD */
    } cases[] = {
        {0xff, 0, 0x3c,         0xff00000000000000, false},
        {0xff, 0, 0x3c | 0x300, 0xff00000000000180, false},
        {0xff, 3, 0x3c | 0x200, 0xff00000000000100, false},
        {0xff, 0, 0x28 | 0x300, 0xbb00000000000180, false},
        {0xff, 0, 0x14 | 0x300, 0x4400000000000100, false},
        {0xff, 0, 0x2c,         0xbf00000000000000, false},
        {0xff, 0, 0x04,         0x0400000000000100, false},
        {0x0c, 0, 0x08,         0x0800000000000100, false},
        {0x04, 0, 0x3c,         0x0400000000000100, false},
        {0xff, 3, 0x3c | 0x300, 0x4400000000000100, true },
        {0x04, 0, 0x3c,         0x0400000000000100, true },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, 2);
        translate(&m);
        a64_put(&m, L1 + 8,
                A64_RAM | AF | BLOCK | cases[i].first_shareable << 8);
        AARCH64_SYS(m.pe, MAIR_EL1) = cases[i].first;
        second_stage(&m, 0xc0 | cases[i].second);
        AARCH64_SYS(m.pe, HCR_EL2) |= (uint64_t)cases[i].cd << 32;
        m.pe->state.r[3] = A64_RAM;
        A64_CODE(&m, 0, 0xd50c7883 /* at s12e1r, x3 */);
        core_run(m.core, 1);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(AARCH64_SYS(m.pe, PAR_EL1),
                  cases[i].par | A64_RAM | 1u << 11 | 1u << 9);
    }
}

/* ---- AT ------------------------------------------------------------------ */

TEST_BEGINS(an_external_abort_of_a_walk_for_at_is_an_exception, m)
{
    start(m, &plain, 1);
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + VECTORS;
    A64_CODE(m, 0, 0xd5087803 /* at s1e1r, x3 */);
    translate(m);
    a64_put(m, L1, 0x800000000 | TABLE); /* nothing is there */
    m->pe->state.r[3] = 0x1000;
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000156);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0x1000);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1), 0);
}

TEST_BEGINS(a_stage_2_fault_of_a_walk_for_at_goes_from_el1_to_el2, m)
{
    start(m, &both, 1);
    A64_CODE(m, 0, 0xd5087803 /* at s1e1r, x3 */);
    translate(m);
    second_stage(m, 0xfc);
    AARCH64_SYS(m->pe, TTBR0_EL1) = 0x80000000; /* not in stage 2 */
    AARCH64_SYS(m->pe, SCTLR_EL1) &= ~(uint64_t)1;
    m->pe->state.r[3] = 0x1000;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1;
    m->pe->state.r[IR_PC] = A64_RAM | 0xffffff8000000000;
    core_run(m->core, 1);
    EXPECT_EQ(m->pe->state.level, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x920001c5);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL2), 0x1000);
    EXPECT_EQ(AARCH64_SYS(m->pe, HPFAR_EL2), 0x800000);
}

TEST(a_hypervisor_learns_of_loads_of_literals_too)
{
    static const struct {
        uint32_t word, esr;
    } cases[] = {
        {0x18000005, 0x93850005}, /* ldr w5 */
        {0x58000005, 0x93c58005}, /* ldr x5 */
        {0x98000005, 0x93a58005}, /* ldrsw x5 */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, 1);
        second_stage(&m, 0x3c); /* not to be read, but executed */
        a64_load(&m, 0, &cases[i].word, 4);
        core_run(m.core, 1);
        test_case("%08x", cases[i].word);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2), cases[i].esr | 0xd);
    }
}

/* ---- What no core has ---------------------------------------------------- */

TEST(asking_for_big_endian_data_is_logged_and_stays_without_effect)
{
    static const struct {
        uint32_t word; /* msr sctlr_elN, x0 */
        unsigned level;
        enum aarch64_register row;
        uint64_t value;
        uint64_t lines;
    } cases[] = {
        {0xd5181000, 1, AARCH64_SCTLR_EL1, 0x30d50818,                     0},
        {0xd5181000, 1, AARCH64_SCTLR_EL1, 0x30d50818 | (uint64_t)1 << 24, 1},
        {0xd5181000, 1, AARCH64_SCTLR_EL1, 0x30d50818 | (uint64_t)1 << 25, 1},
        {0xd5181000, 3, AARCH64_SCTLR_EL1, 0x30d50818 | (uint64_t)3 << 24, 1},
        {0xd51c1000, 2, AARCH64_SCTLR_EL2, 0x30c50830 | (uint64_t)1 << 24, 0},
        {0xd51c1000, 2, AARCH64_SCTLR_EL2, 0x30c50830 | (uint64_t)1 << 25, 1},
        {0xd51e1000, 3, AARCH64_SCTLR_EL3, 0x30c50830,                     0},
        {0xd51e1000, 3, AARCH64_SCTLR_EL3, 0x30c50830 | (uint64_t)1 << 25, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, cases[i].level);
        a64_load(&m, 0, &cases[i].word, 4);
        m.pe->vcpu.r[0] = cases[i].value;
        core_run(m.core, 1);
        test_case("%zu", i);
        EXPECT_EQ(m.fabric.log.count[LOG_UNMODELLED], cases[i].lines);
        EXPECT_EQ(AARCH64_SYS(m.pe, SCTLR_EL1) & (3 << 24), 0);
        EXPECT_EQ(m.pe->state.sys[cases[i].row] & (3 << 24), 0);
        EXPECT_EQ(m.pe->rules.initial[AARCH64_ID_AA64MMFR0_EL1] & 0xf0f00, 0);
    }
}
