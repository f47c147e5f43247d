/* SPDX-License-Identifier: Apache-2.0 */
/* PAN, UAO, hierarchical permission disable and stage 2 XN of two bits.
 * Expectations from DDI 0487, D5; words by llvm-mc. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

static const struct core_config plain = {.compatible = "arm,neoverse-n1"};
static const struct core_config virtual = {.compatible = "arm,neoverse-n1",
                                           .aarch64.el2 = true};

#define L1 ((uint64_t)0x10000)
#define L2 ((uint64_t)0x11000)
#define L3 ((uint64_t)0x12000)
#define S2 ((uint64_t)0x14000)

enum { PAN_BIT = 1 << 22, UAO_BIT = 1 << 23 };

/* Page 0 is EL0's, page 1 EL1's, both at RAM; from 1 GiB on RAM as blocks. */
static void init(struct a64 *m, const struct core_config *config)
{
    a64_init(m, config);
    struct aarch64 *pe = m->pe;
    aarch64_set_sp(pe, 1, 1);
    AARCH64_SYS(pe, TCR_EL1) =
        25 | 25 << 16 | (uint64_t)2 << 30 | (uint64_t)5 << 32;
    AARCH64_SYS(pe, TTBR0_EL1) = A64_RAM + L1;
    AARCH64_SYS(pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(pe, SCTLR_EL1) |= 1;
    AARCH64_SYS(pe, VBAR_EL1) = A64_RAM + 0x800;
    aarch64_update(pe);
    a64_put(m, L1, A64_RAM + L2 + TABLE);
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK);
    a64_put(m, L2, A64_RAM + L3 + TABLE);
    a64_put(m, L3, (A64_RAM + 0x4000) | AF | PAGE | USER);
    a64_put(m, L3 + 8, (A64_RAM + 0x5000) | AF | PAGE);
    a64_put(m, 0xa00, 0x14000000); /* b . */
}

/* Executes a word at EL1 with x1 = address: the fault's status, 0 if none. */
static unsigned status_of(struct a64 *m, uint32_t word, uint64_t address)
{
    a64_load(m, 0, &word, sizeof(word));
    m->pe->state.r[IR_PC] = A64_RAM;
    m->pe->state.r[1] = address;
    AARCH64_SYS(m->pe, ESR_EL1) = 0;
    core_run(m->core, 1);
    return AARCH64_SYS(m->pe, ESR_EL1) & 0x3f;
}

enum {
    LDR = 0xf9400020 /* ldr x0, [x1] */,
    STR = 0xf9000020 /* str x0, [x1] */,
    LDTR = 0xf8400820 /* ldtr x0, [x1] */,
    CVAC = 0xd50b7a21 /* dc cvac, x1 */,
    ZVA = 0xd50b7421 /* dc zva, x1 */,
    S1E1R = 0xd5087801 /* at s1e1r, x1 */,
    S1E1RP = 0xd5087901 /* at s1e1rp, x1 */,
};

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, &plain))

TEST_ON(pan_keeps_el1_off_the_pages_of_el0_but_for_what_acts_for_it, m)
{
    static const struct {
        const char *what;
        uint64_t pstate;
        uint64_t address;
        uint32_t word;
        unsigned status;
    } cases[] = {
        {"load",               0,                 0,      LDR,  0   },
        {"load with PAN",      PAN_BIT,           0,      LDR,  0x0f},
        {"store with PAN",     PAN_BIT,           0,      STR,  0x0f},
        {"zeroing with PAN",   PAN_BIT,           0,      ZVA,  0x0f},
        {"cleaning with PAN",  PAN_BIT,           0,      CVAC, 0   },
        {"own page with PAN",  PAN_BIT,           0x1000, LDR,  0   },
        {"as EL0 with PAN",    PAN_BIT,           0,      LDTR, 0   },
        {"as EL0, own page",   0,                 0x1000, LDTR, 0x0f},
        {"UAO, own page",      UAO_BIT,           0x1000, LDTR, 0   },
        {"UAO, EL0's page",    UAO_BIT,           0,      LDTR, 0   },
        {"UAO and PAN, EL0's", UAO_BIT | PAN_BIT, 0,      LDTR, 0x0f},
    };

    /* One machine: what a bank of the soft TLB holds must not outlive PAN. */
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            aarch64_set_controls(m->pe, cases[i].pstate);
            aarch64_update(m->pe);
            test_case("%s", cases[i].what);
            EXPECT_EQ(status_of(m, cases[i].word, cases[i].address),
                      cases[i].status);
        }
    }
}

TEST_ON(pan_written_by_msr_acts_on_the_next_access, m)
{
    /* clang-format off */
    A64_CODE(m, 0,
        0xf9400020 /* ldr x0, [x1] */,
        0xd500419f /* msr pan, #1 */,
        0xf9400020 /* ldr x0, [x1] */);
    /* clang-format on */
    m->pe->state.r[1] = 0;
    core_run(m->core, 2);
    EXPECT_EQ(m->pe->state.pan, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x9600000f);
    EXPECT_EQ(AARCH64_SYS(m->pe, SPSR_EL1) & PAN_BIT, PAN_BIT);
}

TEST_ON(translation_instructions_heed_pan_only_by_name, m)
{
    aarch64_set_controls(m->pe, PAN_BIT);
    aarch64_update(m->pe);
    EXPECT_EQ(status_of(m, S1E1R, 0), 0);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1) & 1, 0);
    EXPECT_EQ(status_of(m, S1E1RP, 0), 0);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1) & 0x7f, 0x0f << 1 | 1);
    EXPECT_EQ(status_of(m, S1E1RP, 0x1000), 0);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1) & 1, 0);
}

TEST(an_exception_sets_pan_unless_span_says_to_leave_it)
{
    for (unsigned span = 0; span < 2; span++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, &plain);
        AARCH64_SYS(m.pe, SCTLR_EL1) &= ~((uint64_t)1 << 23);
        AARCH64_SYS(m.pe, SCTLR_EL1) |= (uint64_t)span << 23;
        aarch64_set_controls(m.pe, UAO_BIT);
        status_of(&m, 0xd4000001 /* svc #0 */, 0);
        EXPECT_EQ(m.pe->state.pan, !span);
        EXPECT_EQ(m.pe->state.uao, 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, SPSR_EL1) & (PAN_BIT | UAO_BIT), UAO_BIT);
        status_of(&m, 0xd69f03e0 /* eret */, 0);
        EXPECT_EQ(m.pe->state.pan, 0);
        EXPECT_EQ(m.pe->state.uao, 1);
    }
}

TEST(permissions_of_tables_count_unless_hpd_disables_them)
{
    for (unsigned disabled = 0; disabled < 2; disabled++) {
        struct aarch64_translation t;
        OWNED(a64_fini) struct a64 m;

        init(&m, &plain);
        AARCH64_SYS(m.pe, TCR_EL1) |= (uint64_t)disabled << 41;
        /* APTable: no EL0, read only; XNTable, PXNTable */
        a64_put(&m, L1, (A64_RAM + L2 + TABLE) | (uint64_t)0x1f << 59);
        a64_put(&m, L3, A64_RAM | AF | PAGE | USER);
        test_case("HPD0 %u", disabled);
        EXPECT_EQ(aarch64_translate(m.pe, 0, 0, VCPU_READ, true, &t), disabled);
        EXPECT_EQ(aarch64_translate(m.pe, 1, 0, VCPU_WRITE, true, &t),
                  disabled);
        EXPECT_EQ(aarch64_translate(m.pe, 0, 0, VCPU_FETCH, true, &t),
                  disabled);
    }
}

TEST_BEGINS(a_cortex_a35_has_no_control_to_disable_them, m)
{
    static const struct core_config older = {0};

    a64_init(m, &older);
    aarch64_register_write(m->pe, AARCH64_TCR_EL1, UINT64_MAX);
    EXPECT_EQ(AARCH64_SYS(m->pe, TCR_EL1), 0x77ffffffbf);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0);
    EXPECT_EQ(AARCH64_SYS(m->pe, SCTLR_EL1) >> 23 & 1, 1); /* SPAN is RES1 */
}

/* XN of stage 2: the leaf's bits 54 and 53 (D5.4.5, FEAT_XNX). */
TEST(stage_2_tells_execution_at_el0_and_el1_apart)
{
    static const struct {
        unsigned xn;
        bool user, kernel;
    } cases[] = {
        {0, true,  true },
        {1, true,  false},
        {2, false, false},
        {3, false, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct aarch64_translation t;
        OWNED(a64_fini) struct a64 m;

        init(&m, &virtual);
        AARCH64_SYS(m.pe, SCTLR_EL1) &= ~(uint64_t)1;
        AARCH64_SYS(m.pe, HCR_EL2) |= 1;
        AARCH64_SYS(m.pe, VTCR_EL2) = 25 | 1 << 6 | 2 << 16;
        AARCH64_SYS(m.pe, VTTBR_EL2) = A64_RAM + S2;
        a64_put(&m, S2 + 8,
                A64_RAM | AF | BLOCK | 0xfc | (uint64_t)cases[i].xn << 53);
        test_case("XN %u", cases[i].xn);
        EXPECT_EQ(aarch64_translate(m.pe, 0, A64_RAM, VCPU_FETCH, true, &t),
                  cases[i].user);
        EXPECT_EQ(aarch64_translate(m.pe, 1, A64_RAM, VCPU_FETCH, true, &t),
                  cases[i].kernel);
        EXPECT(aarch64_translate(m.pe, 0, A64_RAM, VCPU_READ, true, &t));
    }
}
