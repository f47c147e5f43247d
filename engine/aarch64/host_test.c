/* SPDX-License-Identifier: Apache-2.0 */
/* Virtualization host extensions (DDI 0487, D5.6 and the HCR_EL2 description)
 * and what RAS gives a virtual machine. Words by llvm-mc. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

static const struct core_config with_el2 = {.compatible = "arm,neoverse-n1",
                                            .aarch64.el2 = true};

#define TGE ((uint64_t)1 << 27)
#define E2H ((uint64_t)1 << 34)

#define L1 ((uint64_t)0x10000)
#define L2 ((uint64_t)0x11000)
#define L3 ((uint64_t)0x12000)

static void init(struct a64 *m, uint64_t hcr)
{
    a64_init(m, &with_el2);
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x1000;
    AARCH64_SYS(m->pe, VBAR_EL2) = A64_RAM + 0x2000;
    for (uint64_t at = 0x1000; at < 0x3000; at += 0x80) {
        a64_put(m, at, 0x14000000); /* b . */
    }
    aarch64_register_write(m->pe, AARCH64_HCR_EL2, hcr);
}

static void set_level(struct a64 *m, unsigned level)
{
    aarch64_set_sp(m->pe, level, level != 0);
    aarch64_update(m->pe);
}

static void execute(struct a64 *m, uint32_t word)
{
    a64_load(m, 0, &word, sizeof(word));
    m->pe->state.r[IR_PC] = A64_RAM;
    core_run(m->core, 1);
}

/* A name of EL1 (mrs x0), and the registers it means. */
static const struct {
    const char *name;
    uint32_t word;
    enum aarch64_register el1, el2;
} names[] = {
    {"sctlr_el1",      0xd5381000, AARCH64_SCTLR_EL1,      AARCH64_SCTLR_EL2  },
    {"cpacr_el1",      0xd5381040, AARCH64_CPACR_EL1,      AARCH64_CPTR_EL2   },
    {"ttbr0_el1",      0xd5382000, AARCH64_TTBR0_EL1,      AARCH64_TTBR0_EL2  },
    {"ttbr1_el1",      0xd5382020, AARCH64_TTBR1_EL1,      AARCH64_TTBR1_EL2  },
    {"tcr_el1",        0xd5382040, AARCH64_TCR_EL1,        AARCH64_TCR_EL2    },
    {"spsr_el1",       0xd5384000, AARCH64_SPSR_EL1,       AARCH64_SPSR_EL2   },
    {"elr_el1",        0xd5384020, AARCH64_ELR_EL1,        AARCH64_ELR_EL2    },
    {"esr_el1",        0xd5385200, AARCH64_ESR_EL1,        AARCH64_ESR_EL2    },
    {"far_el1",        0xd5386000, AARCH64_FAR_EL1,        AARCH64_FAR_EL2    },
    {"mair_el1",       0xd538a200, AARCH64_MAIR_EL1,       AARCH64_MAIR_EL2   },
    {"vbar_el1",       0xd538c000, AARCH64_VBAR_EL1,       AARCH64_VBAR_EL2   },
    {"contextidr_el1", 0xd538d020, AARCH64_CONTEXTIDR_EL1,
     AARCH64_CONTEXTIDR_EL2                                                   },
    {"cntkctl_el1",    0xd538e100, AARCH64_CNTKCTL_EL1,    AARCH64_CNTHCTL_EL2},
};

TEST(at_el2_with_e2h_the_names_of_el1_are_those_of_el2)
{
    struct a64 m;

    for (unsigned host = 0; host < 2; host++) {
        init(&m, host != 0 ? E2H : 0);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            m.pe->state.sys[names[i].el1] = 0x100;
            if (names[i].el2 != AARCH64_VBAR_EL2) { /* it is in use */
                m.pe->state.sys[names[i].el2] = 0x200;
            }
            uint64_t second = m.pe->state.sys[names[i].el2];
            test_case("%s, E2H %u", names[i].name, host);
            execute(&m, names[i].word);
            EXPECT_EQ(m.pe->state.r[0], host != 0 ? second : 0x100);
            /* By the name that ends in _EL12: op1 is 5. */
            m.pe->state.r[0] = 0;
            execute(&m, names[i].word | 5 << 16);
            EXPECT_EQ(m.pe->state.r[0], host != 0 ? 0x100u : 0u);
        }
        a64_fini(&m);
    }
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, E2H | TGE))

TEST_BEGINS(writes_by_the_names_of_el1_keep_what_the_layout_of_el1_has, m)
{
    init(m, E2H);
    m->pe->state.r[0] = UINT64_MAX;
    execute(m, 0xd5181040 /* msr cpacr_el1, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CPTR_EL2), 0x80300000);
    execute(m, 0xd518e100 /* msr cntkctl_el1, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTHCTL_EL2), 0xfff);
    execute(m, 0xd5182040 /* msr tcr_el1, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, TCR_EL2) >> 32 & 7, 7); /* IPS */
    EXPECT_EQ(AARCH64_SYS(m->pe, TCR_EL1), 0);
    execute(m, 0xd51d2040 /* msr tcr_el12, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, TCR_EL1) >> 32 & 7, 7);
    aarch64_register_write(m->pe, AARCH64_HCR_EL2, 0);
    aarch64_register_write(m->pe, AARCH64_CNTHCTL_EL2, UINT64_MAX);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTHCTL_EL2), 0xff);
}

TEST_BEGINS(names_of_el12_are_undefined_to_el1_and_without_e2h, m)
{
    init(m, E2H);
    set_level(m, 1);
    execute(m, 0xd53d1000 /* mrs x0, sctlr_el12 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x02000000);
    a64_fini(m);
    init(m, 0);
    execute(m, 0xd53d1000 /* mrs x0, sctlr_el12 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x02000000);
    a64_fini(m);
    init(m, E2H);
    execute(m, 0xd53d4100 /* mrs x0, s3_5_c4_c1_0: no such register */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x02000000);
}

/* ---- The regime EL2&0 ---------------------------------------------------- */

/* Page 0 is EL0's, page 1 EL2's; the upper range has the same tables. */
static void map(struct a64 *m)
{
    struct aarch64 *pe = m->pe;

    AARCH64_SYS(pe, TCR_EL2) =
        25 | 25 << 16 | (uint64_t)2 << 30 | (uint64_t)5 << 32;
    AARCH64_SYS(pe, TTBR0_EL2) = A64_RAM + L1;
    AARCH64_SYS(pe, TTBR1_EL2) = A64_RAM + L1;
    AARCH64_SYS(pe, MAIR_EL2) = 0xff;
    aarch64_register_write(pe, AARCH64_SCTLR_EL2,
                           AARCH64_SYS(pe, SCTLR_EL2) | 1);
    a64_put(m, L1, A64_RAM + L2 + TABLE);
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK | USER | 1 << 7);
    a64_put(m, L2, A64_RAM + L3 + TABLE);
    a64_put(m, L3, (A64_RAM + 0x4000) | AF | PAGE | USER);
    a64_put(m, L3 + 8, (A64_RAM + 0x5000) | AF | PAGE);
}

static const char *rights(struct a64 *m, unsigned level, uint64_t address,
                          char text[4])
{
    static const char letters[] = "rwx";
    struct aarch64_translation t;
    unsigned count = 0;

    for (unsigned access = VCPU_READ; access <= VCPU_FETCH; access++) {
        if (aarch64_translate_data(m->pe, level, address,
                                   (enum vcpu_access)access, true, &t)) {
            text[count++] = letters[access];
        }
    }
    text[count] = '\0';
    return text;
}

TEST_ON(a_host_shares_its_two_ranges_with_el0, m)
{
    const uint64_t upper = 0xffffff8000000000;
    char text[4];

    map(m);
    EXPECT_STR(rights(m, 0, 0, text), "rwx");
    EXPECT_STR(rights(m, 0, 0x1000, text), "x"); /* XN is not set */
    EXPECT_STR(rights(m, 0, upper, text), "rwx");
    EXPECT_STR(rights(m, 2, 0, text), "rw"); /* writable by EL0: no execution */
    EXPECT_STR(rights(m, 2, upper + 0x1000, text), "rwx");
    m->pe->state.pan = 1;
    EXPECT_STR(rights(m, 2, 0, text), "");
    EXPECT_STR(rights(m, 2, 0x1000, text), "rwx");
    EXPECT_STR(rights(m, 0, 0, text), "rwx");
    /* Without TGE, EL0 is of EL1's regime, which is off. */
    aarch64_register_write(m->pe, AARCH64_HCR_EL2, E2H);
    EXPECT_STR(rights(m, 0, 0x1000, text), "rwx");
    EXPECT_STR(rights(m, 2, 0x1000, text), "rwx");
}

TEST_ON(a_hosts_unprivileged_loads_have_the_rights_of_its_el0, m)
{
    map(m);
    m->pe->state.r[1] = 0x1000;
    execute(m, 0xf8400820 /* ldtr x0, [x1] */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x9600000f);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL2), 0x1000);
    aarch64_register_write(m->pe, AARCH64_HCR_EL2, E2H);
    AARCH64_SYS(m->pe, ESR_EL2) = 0;
    execute(m, 0xf8400820 /* ldtr x0, [x1] */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0);
}

TEST_ON(a_hosts_translation_instructions_for_el1_are_for_itself, m)
{
    map(m);
    m->pe->state.r[1] = 0x1000;
    execute(m, 0xd5087801 /* at s1e1r, x1 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1) & 0xfffffffff001, A64_RAM + 0x5000);
    execute(m, 0xd5087841 /* at s1e0r, x1 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, PAR_EL1) & 0x7f, 0x0f << 1 | 1);
}

/* ---- Exceptions, controls and traps -------------------------------------- */

TEST_ON(exceptions_of_a_hosts_el0_go_to_el2_and_set_pan, m)
{
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL2, 0); /* SPAN, as EL1's */
    set_level(m, 0);
    execute(m, 0xd4000001 /* svc #0 */);
    EXPECT_EQ(m->pe->state.level, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x56000000);
    EXPECT_EQ(m->pe->state.r[IR_PC], A64_RAM + 0x2400);
    EXPECT_EQ(m->pe->state.pan, 1);
    a64_fini(m);
    init(m, TGE); /* EL2 without a range of EL0's has no use for it */
    set_level(m, 0);
    execute(m, 0xd4000001 /* svc #0 */);
    EXPECT_EQ(m->pe->state.level, 2);
    EXPECT_EQ(m->pe->state.pan, 0);
}

TEST(a_hosts_el0_masks_interrupts_of_el2)
{
    for (unsigned host = 0; host < 2; host++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, TGE | (host != 0 ? E2H : 0));
        set_level(&m, 0);
        m.pe->state.daif = 15;
        core_input(m.core, AARCH64_IRQ, 1);
        execute(&m, 0xd503201f /* nop */);
        test_case("E2H %u", host);
        EXPECT_EQ(m.pe->state.level, host != 0 ? 0 : 2);
        m.pe->state.daif = 0;
        execute(&m, 0xd503201f /* nop */);
        EXPECT_EQ(m.pe->state.level, 2);
    }
}

struct trap_case {
    const char *what;
    uint64_t hcr;
    uint64_t value; /* of row */
    unsigned level;
    enum aarch64_register row;
    uint32_t word;
    unsigned target; /* 0: it is executed */
    uint32_t class;
};

TEST(controls_of_a_host_are_at_el2)
{
    static const struct trap_case cases[] = {
        {"FPEN 0 at EL2",               E2H,       0,        2, AARCH64_CPTR_EL2,    0x1e602800, 2, 7   },
        {"FPEN 1 at EL2",               E2H,       1 << 20,  2, AARCH64_CPTR_EL2,    0x1e602800, 0, 0   },
        {"FPEN 1 at a host's EL0",      E2H | TGE, 1 << 20,  0, AARCH64_CPTR_EL2,
         0x1e602800,                                                                             2, 7   },
        {"FPEN 3 at a host's EL0",      E2H | TGE, 3 << 20,  0, AARCH64_CPTR_EL2,
         0x1e602800,                                                                             0, 0   },
        {"TFP is no bit of a host",     E2H,       0x300400, 2, AARCH64_CPTR_EL2,
         0x1e602800,                                                                             0, 0   },
        {"cntvct_el0, EL0VCTEN",        E2H | TGE, 2,        0, AARCH64_CNTHCTL_EL2,
         0xd53be040,                                                                             0, 0   },
        {"without",                     E2H | TGE, 1,        0, AARCH64_CNTHCTL_EL2, 0xd53be040, 2, 0x18},
        {"cntp_ctl_el0, EL0PTEN",       E2H | TGE, 1 << 9,   0, AARCH64_CNTHCTL_EL2,
         0xd53be220,                                                                             0, 0   },
        {"without",                     E2H | TGE, 1 << 8,   0, AARCH64_CNTHCTL_EL2, 0xd53be220, 2,
         0x18                                                                                           },
        {"cntpct_el0 at EL1, EL1PCTEN", E2H,       1 << 10,  1, AARCH64_CNTHCTL_EL2,
         0xd53be020,                                                                             0, 0   },
        {"without",                     E2H,       1,        1, AARCH64_CNTHCTL_EL2, 0xd53be020, 2, 0x18},
        {"ctr_el0, UCT of SCTLR_EL2",   E2H | TGE, 1 << 15,  0, AARCH64_SCTLR_EL2,
         0xd53b0020,                                                                             0, 0   },
        {"without",                     E2H | TGE, 0,        0, AARCH64_SCTLR_EL2,   0xd53b0020, 2, 0x18},
        {"dc cvac, UCI of SCTLR_EL2",   E2H | TGE, 1 << 26,  0, AARCH64_SCTLR_EL2,
         0xd50b7a21,                                                                             0, 0   },
        {"without",                     E2H | TGE, 0,        0, AARCH64_SCTLR_EL2,   0xd50b7a21, 2, 0x18},
        {"wfi, nTWI of SCTLR_EL2",      E2H | TGE, 0,        0, AARCH64_SCTLR_EL2,
         0xd503207f,                                                                             2, 1   },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, cases[i].hcr);
        m.pe->state.sys[cases[i].row] = cases[i].value;
        set_level(&m, cases[i].level);
        m.pe->state.r[1] = A64_RAM;
        execute(&m, cases[i].word);
        test_case("%s", cases[i].what);
        EXPECT_EQ(m.pe->state.r[IR_PC] == A64_RAM + 4, cases[i].target == 0);
        if (cases[i].target != 0) {
            EXPECT_EQ(m.pe->state.level, cases[i].target);
            EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2) >> 26, cases[i].class);
        }
    }
}

/* ---- Debug and counters -------------------------------------------------- */

TEST(context_breakpoints_know_a_hosts_contexts)
{
    static const struct {
        const char *what;
        uint64_t hcr;
        uint64_t value;
        unsigned level;
        unsigned type; /* BT */
        bool fires;
    } cases[] = {
        {"a host's EL0",             E2H | TGE, 0x22,                        0, 2,  true },
        {"a host's EL0, EL1's",      E2H | TGE, 0x11,                        0, 2,  false},
        {"EL1, EL1's",               E2H,       0x11,                        1, 2,  true },
        {"EL1, EL2's",               E2H,       0x22,                        1, 2,  false},
        {"CONTEXTIDR_EL1 at EL1",    E2H,       0x11,                        1, 6,  true },
        {"CONTEXTIDR_EL1, a host",   E2H | TGE, 0x11,                        0, 6,  false},
        {"CONTEXTIDR_EL2 at EL1",    E2H,       (uint64_t)0x22 << 32,        1, 12, true },
        {"CONTEXTIDR_EL2, another",  E2H,       (uint64_t)0x23 << 32,        1, 12, false},
        {"both",                     E2H,       (uint64_t)0x22 << 32 | 0x11, 1, 14, true },
        {"both, one differs",        E2H,       (uint64_t)0x22 << 32 | 0x12, 1, 14, false},
        {"a host's EL0 has no VMID", E2H | TGE, 0,                           0, 8,  false},
        {"EL1 has",                  E2H,       0,                           1, 8,  true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, cases[i].hcr);
        AARCH64_SYS(m.pe, CONTEXTIDR_EL1) = 0x11;
        AARCH64_SYS(m.pe, CONTEXTIDR_EL2) = 0x22;
        aarch64_register_write(m.pe, AARCH64_OSLAR_EL1, 0);
        aarch64_register_write(m.pe, AARCH64_MDSCR_EL1, 0xa000);
        aarch64_register_write(m.pe, AARCH64_DBGBVR4_EL1, cases[i].value);
        aarch64_register_write(m.pe, AARCH64_DBGBCR4_EL1,
                               7 | cases[i].type << 20);
        m.pe->state.daif = 0;
        set_level(&m, cases[i].level);
        execute(&m, 0xd503201f /* nop */);
        test_case("%s", cases[i].what);
        EXPECT_EQ(m.pe->state.r[IR_PC] != A64_RAM + 4, cases[i].fires);
    }
}

TEST(hpmd_keeps_counters_from_counting_el2)
{
    for (unsigned own = 0; own < 2; own++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, 0);
        /* HPMD, HPME; HPMN gives counter 0 to everybody or to EL2 */
        aarch64_register_write(m.pe, AARCH64_MDCR_EL2,
                               1 << 17 | 1 << 7 | (own != 0 ? 0 : 1));
        aarch64_register_write(m.pe, AARCH64_PMEVTYPER0_EL0, 1 << 27 | 8);
        aarch64_register_write(m.pe, AARCH64_PMCNTENSET_EL0, 1);
        aarch64_register_write(m.pe, AARCH64_PMCR_EL0, 1);
        execute(&m, 0xd503201f /* nop */);
        execute(&m, 0xd503201f /* nop */);
        test_case("EL2's own %u", own);
        EXPECT_EQ(aarch64_register_read(m.pe, AARCH64_PMEVCNTR0_EL0),
                  own != 0 ? 2 : 0);
    }
}

/* ---- Timers -------------------------------------------------------------- */

TEST_ON(the_timers_of_el1_are_el2s_to_a_host, m)
{
    AARCH64_SYS(m->pe, CNTHCTL_EL2) = 0x300; /* EL0PTEN, EL0VTEN */
    m->pe->state.r[0] = 0x1234;
    execute(m, 0xd51be240 /* msr cntp_cval_el0, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTHP_CVAL_EL2), 0x1234);
    execute(m, 0xd51be340 /* msr cntv_cval_el0, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTHV_CVAL_EL2), 0x1234);
    m->pe->state.r[0] = 0x5678;
    execute(m, 0xd51de240 /* msr cntp_cval_el02, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTP_CVAL_EL0), 0x5678);
    execute(m, 0xd51de340 /* msr cntv_cval_el02, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTV_CVAL_EL0), 0x5678);
    set_level(m, 0);
    m->pe->state.r[0] = 0x9abc;
    execute(m, 0xd51be340 /* msr cntv_cval_el0, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, CNTHV_CVAL_EL2), 0x9abc);
}

TEST_BEGINS(the_virtual_timer_of_el2_counts_without_an_offset, m)
{
    init(m, E2H);
    AARCH64_SYS(m->pe, CNTVOFF_EL2) = (uint64_t)0 - 1000000;
    aarch64_register_write(m->pe, AARCH64_CNTHV_CVAL_EL2, 500000);
    aarch64_register_write(m->pe, AARCH64_CNTV_CVAL_EL0, 500000);
    aarch64_register_write(m->pe, AARCH64_CNTHV_CTL_EL2, 1);
    aarch64_register_write(m->pe, AARCH64_CNTV_CTL_EL0, 1);
    EXPECT_EQ(m->pe->state.outputs[AARCH64_TIMER_HYPERVISOR_VIRTUAL], 0);
    EXPECT_EQ(m->pe->state.outputs[AARCH64_TIMER_VIRTUAL], 1);
    aarch64_register_write(m->pe, AARCH64_CNTHV_CVAL_EL2, 0);
    EXPECT_EQ(m->pe->state.outputs[AARCH64_TIMER_HYPERVISOR_VIRTUAL], 1);
    execute(m, 0xd53be040 /* mrs x0, cntvct_el0 */);
    EXPECT(m->pe->state.r[0] < 500000);
    set_level(m, 1);
    execute(m, 0xd53be040 /* mrs x0, cntvct_el0 */);
    EXPECT(m->pe->state.r[0] >= 1000000);
}

/* ---- RAS ----------------------------------------------------------------- */

#define AMO ((uint64_t)1 << 5)
#define VSE ((uint64_t)1 << 8)

TEST_BEGINS(a_virtual_error_has_the_syndrome_that_the_hypervisor_gave, m)
{
    init(m, AMO | VSE);
    AARCH64_SYS(m->pe, VSESR_EL2) = 0x1abcdef;
    set_level(m, 1);
    m->pe->state.daif = 0;
    execute(m, 0xd503201f /* nop */);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xbe000000 | 0x1abcdef);
    EXPECT_EQ(AARCH64_SYS(m->pe, HCR_EL2) & VSE, 0);
}

TEST_BEGINS(a_masked_virtual_error_is_deferred_by_esb, m)
{
    init(m, AMO | VSE);
    AARCH64_SYS(m->pe, VSESR_EL2) = 0x1abcdef;
    set_level(m, 1);
    execute(m, 0xd503221f /* esb */);
    EXPECT_EQ(AARCH64_SYS(m->pe, HCR_EL2) & VSE, 0);
    execute(m, 0xd538c120 /* mrs x0, disr_el1: the virtual one */);
    EXPECT_EQ(m->pe->state.r[0], 0x80000000 | 0x1abcdef);
    EXPECT_EQ(AARCH64_SYS(m->pe, DISR_EL1), 0);
    m->pe->state.r[0] = 0;
    execute(m, 0xd518c120 /* msr disr_el1, x0 */);
    EXPECT_EQ(AARCH64_SYS(m->pe, VDISR_EL2), 0);
}

/* ISR_EL1, by what HCR_EL2 makes pending and the level that reads it. */
TEST(isr_shows_virtual_exceptions_to_el1_alone)
{
    enum { FMO = 1 << 3, IMO = 1 << 4, VF = 1 << 6, VI = 1 << 7 };
    static const struct {
        uint64_t hcr;
        unsigned level;
        uint64_t isr;
    } cases[] = {
        {AMO | VSE,                       1, 0x100},
        {AMO | VSE,                       2, 0    },
        {VSE,                             1, 0    },
        {AMO,                             1, 0    },
        {FMO | VF,                        1, 0x40 },
        {IMO | VI,                        1, 0x80 },
        {AMO | FMO | IMO | VSE | VF | VI, 1, 0x1c0},
        {AMO | FMO | IMO | VSE | VF | VI, 2, 0    },
        {TGE | E2H | AMO | VSE,           2, 0    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, cases[i].hcr);
        set_level(&m, cases[i].level);
        execute(&m, 0xd538c100 /* mrs x0, isr_el1 */);
        EXPECT_EQ(m.pe->state.r[0], cases[i].isr);
    }
}

/* One that ESB deferred is pending no more. */
TEST_BEGINS(isr_does_not_show_a_deferred_virtual_error, m)
{
    init(m, AMO | VSE);
    set_level(m, 1);
    execute(m, 0xd538c100 /* mrs x0, isr_el1 */);
    EXPECT_EQ(m->pe->state.r[0], 0x100);
    execute(m, 0xd503221f /* esb */);
    execute(m, 0xd538c100 /* mrs x0, isr_el1 */);
    EXPECT_EQ(m->pe->state.r[0], 0);
}
