/* SPDX-License-Identifier: Apache-2.0 */
/* Self-hosted debug: DDI 0487, D2. Words have their assembly beside them. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number)   ((machine)->pe->state.r[number])
#define SET(machine, row, v) aarch64_register_write((machine)->pe, (row), (v))

enum { SCR_SECURE = 0x530, SCR_NON_SECURE = 0x531 };
enum { SS = 1, KDE = 1 << 13, MDE = 1 << 15 };
/* The same memory once more, for EL0. */
#define ALIAS ((uint64_t)0x80000000)
enum { DATA = 0x1000 };

/* At a level, debug exceptions enabled, vectors of endless loops. */
static void start(struct a64 *m, unsigned level, bool secure)
{
    a64_init(m, &both);
    a64_vectors(m);
    SET(m, AARCH64_SCR_EL3, secure ? SCR_SECURE : SCR_NON_SECURE);
    SET(m, AARCH64_OSLAR_EL1, 0);
    SET(m, AARCH64_MDSCR_EL1, KDE | MDE);
    aarch64_set_sp(m->pe, level, level != 0);
    m->pe->state.daif = 0;
    aarch64_update(m->pe);
}

/* Blocks of 1 GiB: memory for EL1, and at ALIAS for EL0 too. */
static void map(struct a64 *m)
{
    a64_put(m, 0x10008, A64_RAM | 1 << 10 | 1);
    a64_put(m, 0x10010, A64_RAM | 1 << 10 | 1 << 6 | 1);
    SET(m, AARCH64_TTBR0_EL1, A64_RAM + 0x10000);
    SET(m, AARCH64_TCR_EL1, 25 | (uint64_t)2 << 32);
    SET(m, AARCH64_MAIR_EL1, 0xff);
    SET(m, AARCH64_SCTLR_EL1, AARCH64_SYS(m->pe, SCTLR_EL1) | 1);
}

/* ---- Breakpoints --------------------------------------------------------- */

static uint32_t bcr(unsigned hmc, unsigned ssc, unsigned pmc, unsigned type,
                    unsigned link)
{
    return 1 | pmc << 1 | hmc << 13 | ssc << 14 | link << 16 | type << 20;
}

static void nop_and_add(struct a64 *m)
{
    A64_CODE(m, 0, 0xd503201f /* nop */, 0x91000400 /* add x0, x0, #1 */,
             0x14000000 /* b . */);
}

TEST(a_breakpoint_fires_at_the_levels_and_states_of_its_filter)
{
    static const struct {
        uint8_t level, secure, hmc, ssc, pmc;
        uint8_t to; /* the level that takes it; 0: none */
    } cases[] = {
        {0, 0, 0, 0, 2, 1}, /* EL0 */
        {1, 0, 0, 0, 2, 0},
        {0, 0, 0, 0, 1, 0}, /* EL1 */
        {1, 0, 0, 0, 1, 1},
        {0, 0, 0, 0, 3, 1}, /* EL1 and EL0 */
        {1, 1, 0, 0, 3, 1},
        {1, 0, 0, 1, 1, 1}, /* non-secure */
        {1, 1, 0, 1, 1, 0},
        {1, 0, 0, 2, 1, 0}, /* secure */
        {1, 1, 0, 2, 1, 1},
        {2, 0, 0, 0, 3, 0}, /* EL2 only with HMC */
        {2, 0, 1, 0, 1, 2},
        {2, 0, 1, 3, 0, 2}, /* EL2 alone */
        {1, 0, 1, 3, 0, 0},
        {0, 0, 1, 1, 3, 1},
        {3, 0, 1, 0, 3, 0}, /* never debugged by itself */
        {1, 0, 0, 0, 0, 0}, /* reserved */
        {1, 0, 1, 0, 2, 0},
        {1, 0, 0, 3, 1, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;
        unsigned to = cases[i].to;

        start(&m, cases[i].level, cases[i].secure);
        nop_and_add(&m);
        SET(&m, AARCH64_MDCR_EL2, cases[i].level == 2 ? 0x106 : 6); /* TDE */
        SET(&m, AARCH64_DBGBVR0_EL1, A64_RAM + 4);
        SET(&m, AARCH64_DBGBCR0_EL1,
            bcr(cases[i].hmc, cases[i].ssc, cases[i].pmc, 0, 0));
        core_run(m.core, 2);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(X(&m, 0), to == 0);
        EXPECT_EQ(m.pe->state.level, to != 0 ? to : cases[i].level);
        if (to != 0) {
            EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1) | AARCH64_SYS(m.pe, ESR_EL2),
                      cases[i].level == to ? 0xc6000022 : 0xc2000022);
            EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1) | AARCH64_SYS(m.pe, ELR_EL2),
                      A64_RAM + 4);
        }
    }
}

TEST(debug_exceptions_need_their_enables_and_no_lock)
{
    static const struct {
        const char *what;
        uint32_t mdscr, daif, osl, osdlr, prcr, mdcr3;
        bool secure, fires;
    } cases[] = {
        {"enabled",             KDE | MDE, 0, 0, 0, 0, 0,       false, true },
        {"no MDE",              KDE,       0, 0, 0, 0, 0,       false, false},
        {"no KDE",              MDE,       0, 0, 0, 0, 0,       false, false},
        {"masked",              KDE | MDE, 8, 0, 0, 0, 0,       false, false},
        {"OS lock",             KDE | MDE, 0, 1, 0, 0, 0,       false, false},
        {"OS double lock",      KDE | MDE, 0, 0, 1, 0, 0,       false, false},
        {"kept powered",        KDE | MDE, 0, 0, 1, 1, 0,       false, true },
        {"secure",              KDE | MDE, 0, 0, 0, 0, 0,       true,  true },
        {"secure, SDD",         KDE | MDE, 0, 0, 0, 0, 1 << 16, true,  false},
        {"SDD for others",      KDE | MDE, 0, 0, 0, 0, 1 << 16, false, true },
        {"what I mask matters", KDE | MDE, 7, 0, 0, 0, 0,       false, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1, cases[i].secure);
        nop_and_add(&m);
        SET(&m, AARCH64_MDSCR_EL1, cases[i].mdscr);
        SET(&m, AARCH64_MDCR_EL3, cases[i].mdcr3);
        SET(&m, AARCH64_OSLAR_EL1, cases[i].osl);
        SET(&m, AARCH64_OSDLR_EL1, cases[i].osdlr);
        SET(&m, AARCH64_DBGPRCR_EL1, cases[i].prcr);
        m.pe->state.daif = (uint8_t)cases[i].daif;
        SET(&m, AARCH64_DBGBVR3_EL1, A64_RAM + 4);
        SET(&m, AARCH64_DBGBCR3_EL1, bcr(0, 0, 1, 0, 0));
        core_run(m.core, 2);
        test_case("%s", cases[i].what);
        EXPECT_EQ(X(&m, 0), !cases[i].fires);
    }
}

TEST(context_breakpoints_fire_by_themselves_or_where_they_are_linked)
{
    static const struct {
        const char *what;
        uint32_t bcr0, bcr4;
        uint64_t bvr4;
        uint32_t contextidr;
        uint64_t at; /* where it fires; 0: nowhere */
    } cases[] = {
        {"context, equal",               0,        0x200003 | 1, 7,                     7, A64_RAM    },
        {"context, other",               0,        0x200003,     7,                     8, 0          },
        {"VMID, equal",                  0,        0x800003,     (uint64_t)5 << 32,     8, A64_RAM    },
        {"VMID, other",                  0,        0x800003,     (uint64_t)4 << 32,     8, 0          },
        {"both, equal",                  0,        0xa00003,     (uint64_t)5 << 32 | 7, 7, A64_RAM    },
        {"both, VMID alone",             0,        0xa00003,     (uint64_t)5 << 32 | 7, 8, 0          },
        {"for linking only",             0,        0x300003,     7,                     7, 0          },
        {"linked, equal",                0x140003, 0x300003,     7,                     7, A64_RAM + 4},
        {"linked, other",                0x140003, 0x300003,     7,                     8, 0          },
        {"linked to what is not for it", 0x140003, 0x200003,     7,                     8, 0          },
        {"linked to what is off",        0x140003, 0x300002,     7,                     7, 0          },
        {"linked to an address",         0x110003, 0x300003,     7,                     7, 0          },
        {"linked to nothing",            0x1f0003, 0x300003,     7,                     7, 0          },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1, false);
        nop_and_add(&m);
        SET(&m, AARCH64_VTTBR_EL2, (uint64_t)5 << 48);
        SET(&m, AARCH64_CONTEXTIDR_EL1, cases[i].contextidr);
        SET(&m, AARCH64_DBGBVR0_EL1, A64_RAM + 4);
        SET(&m, AARCH64_DBGBCR0_EL1, cases[i].bcr0);
        SET(&m, AARCH64_DBGBVR4_EL1, cases[i].bvr4);
        SET(&m, AARCH64_DBGBCR4_EL1, cases[i].bcr4);
        core_run(m.core, 2);
        test_case("%s", cases[i].what);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), cases[i].at);
        EXPECT_EQ(X(&m, 0), cases[i].at == 0);
    }
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, start(m, 1, false))

TEST_ON(a_context_breakpoint_fires_as_soon_as_the_context_is_there, m)
{
    A64_CODE(m, 0, 0xd503201f /* nop */,
             0xd518d021 /* msr contextidr_el1, x1 */,
             0x91000400 /* add x0, x0, #1 */, 0x14000000 /* b . */);
    X(m, 1) = 7;
    SET(m, AARCH64_DBGBVR5_EL1, 7);
    SET(m, AARCH64_DBGBCR5_EL1, 0x200003);
    core_run(m->core, 10);
    EXPECT_EQ(AARCH64_SYS(m->pe, ELR_EL1), A64_RAM + 8);
    EXPECT_EQ(X(m, 0), 0);
}

/* The code is decoded and its blocks are linked when the breakpoint comes, and
 * again when it goes. */
TEST_ON(a_breakpoint_set_in_code_that_runs_already_fires_and_can_be_removed, m)
{
    A64_CODE(m, 0, 0x91000400 /* add x0, x0, #1 */,
             0x91000421 /* add x1, x1, #1 */, 0x17fffffe /* b . - 8 */);
    core_run(m->core, 300);
    EXPECT_EQ(X(m, 0), 100);
    SET(m, AARCH64_DBGBVR0_EL1, A64_RAM + 4);
    SET(m, AARCH64_DBGBCR0_EL1, bcr(0, 0, 1, 0, 0));
    core_run(m->core, 100);
    EXPECT_EQ(X(m, 0), 101);
    EXPECT_EQ(AARCH64_SYS(m->pe, ELR_EL1), A64_RAM + 4);
    SET(m, AARCH64_DBGBCR0_EL1, 0);
    X(m, IR_PC) = A64_RAM + 4;
    core_run(m->core, 299);
    EXPECT_EQ(X(m, 0), 200);
}

TEST_ON(a_breakpoint_comes_after_faults_of_the_fetch_and_before_illegal_state,
        m)
{
    nop_and_add(m);
    SET(m, AARCH64_DBGBVR0_EL1, (uint64_t)1 << 41);
    SET(m, AARCH64_DBGBCR0_EL1, bcr(0, 0, 1, 0, 0));
    SET(m, AARCH64_DBGBVR1_EL1, A64_RAM);
    SET(m, AARCH64_DBGBCR1_EL1, bcr(0, 0, 1, 0, 0));
    X(m, IR_PC) = (uint64_t)1 << 41;
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x86000000); /* address size */
    X(m, IR_PC) = A64_RAM;
    m->pe->state.il = 1;
    m->pe->state.daif = 0;
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xc6000022);
    EXPECT_EQ(AARCH64_SYS(m->pe, SPSR_EL1) >> 20 & 1, 1);
}

/* ---- Watchpoints --------------------------------------------------------- */

enum { LOAD = 1, STORE = 2, BOTH = 3, WRITE = 0x40, MAINTENANCE = 0x100 };

#define WCR(pac, lsc, bas, mask)                                               \
    (1 | (pac) << 1 | (lsc) << 3 | (bas) << 5 | (mask) << 24)

struct watch {
    const char *what;
    uint32_t word;
    uint32_t value; /* from DATA */
    uint32_t control;
    uint32_t far; /* from DATA; 0x100: none */
    uint32_t iss;
};

enum { NONE = 0x100 };

static const struct watch watches[] = {
    {"ldr x1, [x9]",          0xf9400121, 0,  WCR(3, LOAD,  0xff, 0),      0,    0    },
    {"ldr, stores watched",   0xf9400121, 0,  WCR(3, STORE, 0xff, 0),      NONE, 0    },
    {"ldr, one byte of it",   0xf9400121, 0,  WCR(3, BOTH,  0x08, 0),      3,    0    },
    {"ldr, word above",       0xf9400121, 4,  WCR(3, LOAD,  0x01, 0),      4,    0    },
    {"ldr, next doubleword",  0xf9400121, 8,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"ldrb w1, [x9, #3]",     0x39400d21, 0,  WCR(3, LOAD,  0x08, 0),      3,    0    },
    {"ldrb, byte beside it",  0x39400d21, 0,  WCR(3, LOAD,  0xf4, 0),      NONE, 0    },
    {"str x1, [x9]",          0xf9000121, 0,  WCR(3, STORE, 0xff, 0),      0,    WRITE},
    {"str, loads watched",    0xf9000121, 0,  WCR(3, LOAD,  0xff, 0),      NONE, 0    },
    {"strb w1, [x9, #3]",     0x39000d21, 0,  WCR(3, STORE, 0x08, 0),      3,    WRITE},
    {"ldp x1, x2, [x9]",      0xa9400921, 8,  WCR(3, LOAD,  0xff, 0),      8,    0    },
    {"ldp x1, x2, [x9], #16", 0xa8c10921, 8,  WCR(3, LOAD,  0xff, 0),      8,    0    },
    {"stp x1, x2, [x9]",      0xa9000921, 8,  WCR(3, STORE, 0xff, 0),      8,    WRITE},
    {"ldr q0, [x9]",          0x3dc00120, 8,  WCR(3, LOAD,  0x10, 0),      12,   0    },
    {"mask of 4 KiB",         0xf9400121, 0,  WCR(3, LOAD,  0xff, 12),     0,    0    },
    {"mask of 8 bytes",       0xf9400121, 8,  WCR(3, LOAD,  0xff, 3),      NONE, 0    },
    {"mask of 16 bytes",      0xa9400921, 0,  WCR(3, LOAD,  0xff, 4),      0,    0    },
    {"reserved mask",         0xf9400121, 0,  WCR(3, LOAD,  0xff, 2),      NONE, 0    },
    {"dc zva, x9",            0xd50b7429, 32, WCR(3, STORE, 0xff, 0),      32,   WRITE},
    {"dc ivac, x9",           0xd5087629, 0,  WCR(3, STORE, 0xff, 0),      0,
     WRITE | MAINTENANCE                                                              },
    {"dc civac, x9",          0xd50b7e29, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"dc cvac, x9",           0xd50b7a29, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"dc cvau, x9",           0xd50b7b29, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"ic ivau, x9",           0xd50b7529, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"at s1e1r, x9",          0xd5087809, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"prfm pldl1keep, [x9]",  0xf9800120, 0,  WCR(3, BOTH,  0xff, 0),      NONE, 0    },
    {"ldxr x1, [x9]",         0xc85f7d21, 0,  WCR(3, LOAD,  0xff, 0),      0,    0    },
    {"ldtr x1, [x9], EL0's",  0xf8400921, 0,  WCR(2, LOAD,  0xff, 0),      0,    0    },
    {"ldtr x1, [x9], EL1's",  0xf8400921, 0,  WCR(1, LOAD,  0xff, 0),      NONE, 0    },
    {"sttr x1, [x9], EL0's",  0xf8000921, 0,  WCR(2, STORE, 0xff, 0),      0,    WRITE},
    {"ldr x1, [x9], EL0's",   0xf9400121, 0,  WCR(2, LOAD,  0xff, 0),      NONE, 0    },
    {"off",                   0xf9400121, 0,  WCR(3, BOTH,  0xff, 0) & ~1, NONE, 0    },
};

TEST(watchpoints_see_the_accesses_and_bytes_that_they_name)
{
    for (size_t i = 0; i < ARRAY_SIZE(watches); i++) {
        const struct watch *w = &watches[i];
        bool fires = w->far != NONE;
        OWNED(a64_fini) struct a64 m;

        start(&m, 1, false);
        map(&m);
        a64_load(&m, 0, &w->word, 4);
        A64_CODE(&m, 4, 0x14000000 /* b . */);
        SET(&m, AARCH64_CPACR_EL1, 3 << 20);
        SET(&m, AARCH64_CPTR_EL3, 0);
        X(&m, 9) = ALIAS + DATA;
        X(&m, 1) = 0x1111;
        X(&m, 2) = 0x2222;
        for (unsigned j = 0; j < 64; j += 8) {
            a64_put(&m, DATA + j, UINT64_MAX);
        }
        /* The contents of the soft TLB must not matter. */
        core_run(m.core, 1);
        X(&m, IR_PC) = A64_RAM;
        X(&m, 9) = ALIAS + DATA;
        X(&m, 1) = 0x1111;
        SET(&m, AARCH64_DBGWVR2_EL1, ALIAS + DATA + w->value);
        SET(&m, AARCH64_DBGWCR2_EL1, w->control);
        a64_put(&m, DATA + 32, UINT64_MAX);
        core_run(m.core, 1);
        test_case("%s", w->what);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), fires ? 0xd6000022 | w->iss : 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, FAR_EL1),
                  fires ? ALIAS + DATA + w->far : 0);
        if (fires) {
            EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), A64_RAM);
            EXPECT_EQ(X(&m, 1), 0x1111);
            EXPECT_EQ(X(&m, 9), ALIAS + DATA); /* no write-back */
            EXPECT_EQ(a64_at(&m, DATA + 32), UINT64_MAX);
        }
    }
}

TEST_ON(a_watchpoint_leaves_the_rest_of_its_page_alone_and_comes_after_faults,
        m)
{
    map(m);
    A64_CODE(m, 0, 0xf9000121 /* str x1, [x9] */, 0x14000000 /* b . */);
    SET(m, AARCH64_DBGWVR0_EL1, A64_RAM + DATA);
    SET(m, AARCH64_DBGWCR0_EL1, WCR(3, BOTH, 0xff, 0));
    X(m, 1) = 7;
    X(m, 9) = A64_RAM + DATA + 8;
    core_run(m->core, 2);
    EXPECT_EQ(a64_at(m, DATA + 8), 7);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0);
    /* Now read-only. */
    a64_put(m, 0x10008, A64_RAM | 1 << 10 | 1 << 7 | 1);
    SET(m, AARCH64_TCR_EL1, 25 | (uint64_t)1 << 32);
    X(m, 9) = A64_RAM + DATA;
    X(m, IR_PC) = A64_RAM;
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x9600004d);
}

TEST(a_watchpoint_is_linked_to_a_context_and_routed_to_el2)
{
    for (unsigned i = 0; i < 8; i++) {
        bool equal = (i & 1) != 0;
        bool linked = (i & 2) != 0;
        bool routed = (i & 4) != 0;
        OWNED(a64_fini) struct a64 m;

        start(&m, 1, false);
        A64_CODE(&m, 0, 0xf9000121 /* str x1, [x9] */, 0x14000000 /* b . */);
        SET(&m, AARCH64_CONTEXTIDR_EL1, equal ? 7 : 8);
        SET(&m, AARCH64_MDCR_EL2, routed ? 0x106 : 6);
        SET(&m, AARCH64_DBGBVR4_EL1, 7);
        SET(&m, AARCH64_DBGBCR4_EL1, 0x300003);
        SET(&m, AARCH64_DBGWVR0_EL1, A64_RAM + DATA);
        SET(&m, AARCH64_DBGWCR0_EL1,
            WCR(3, BOTH, 0xff, 0) | (linked ? 0x140000 : 0));
        X(&m, 9) = A64_RAM + DATA;
        core_run(m.core, 1);
        test_case("%u", i);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1),
                  !routed && (equal || !linked) ? 0xd6000062 : 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2),
                  routed && (equal || !linked) ? 0xd2000062 : 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, FAR_EL2),
                  routed && (equal || !linked) ? A64_RAM + DATA : 0);
    }
}

/* Its check of the place is not a load of the program. */
TEST_ON(a_store_exclusive_is_a_store_to_watchpoints_and_faults, m)
{
    map(m);
    A64_CODE(m, 0, 0xc85f7d21 /* ldxr x1, [x9] */,
             0xc8027d21 /* stxr w2, x1, [x9] */, 0x14000000 /* b . */);
    X(m, 9) = A64_RAM + DATA;
    core_run(m->core, 1);
    SET(m, AARCH64_DBGWVR0_EL1, A64_RAM + DATA);
    SET(m, AARCH64_DBGWCR0_EL1, WCR(3, LOAD, 0xff, 0));
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0);
    EXPECT_EQ(X(m, 2), 0);
    SET(m, AARCH64_DBGWCR0_EL1, 0);
    X(m, IR_PC) = A64_RAM;
    core_run(m->core, 1);
    SET(m, AARCH64_DBGWCR0_EL1, WCR(3, STORE, 0xff, 0));
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xd6000062);
    /* The page goes between the two. */
    SET(m, AARCH64_DBGWCR0_EL1, 0);
    X(m, IR_PC) = A64_RAM;
    X(m, 9) = ALIAS + DATA;
    m->pe->state.daif = 0;
    core_run(m->core, 1);
    a64_put(m, 0x10010, 0);
    SET(m, AARCH64_TCR_EL1, 25 | (uint64_t)1 << 32);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000045);
}

/* ---- Software step ------------------------------------------------------- */

/* EL1 returns with SPSR.SS to EL0 at 0x100. */
static void start_step(struct a64 *m, uint32_t spsr)
{
    start(m, 1, false);
    SET(m, AARCH64_MDSCR_EL1, SS);
    SET(m, AARCH64_ELR_EL1, A64_RAM + 0x100);
    SET(m, AARCH64_SPSR_EL1, spsr | 1 << 21);
    A64_CODE(m, 0, 0xd69f03e0 /* eret */);
}

TEST(each_step_tells_what_was_stepped)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t esr, spsr; /* of the exception after it */
        uint64_t elr;
    } cases[] = {
        {"add x0, x0, #1",    0x91000400, 0xca000022 | 1 << 24, 0,       0x104},
        {"ldxr x1, [x9]",     0xc85f7d21, 0xca000062 | 1 << 24, 0,       0x104},
        {"b . + 8",           0x14000002, 0xca000022 | 1 << 24, 0,       0x108},
 /* Executed: the step is over, and pending when the handler returns. */
        {"svc #0",            0xd4000001, 0x56000000,           0,       0x104},
 /* Not executed: the step is still to be made. */
        {"udf #0",            0x00000000, 0x02000000,           1 << 21, 0x100},
        {"brk #1",            0xd4200020, 0xf2000001,           1 << 21, 0x100},
        {"ldr x1, [x10]",     0xf9400141, 0x92000021,           1 << 21, 0x100},
        {"mrs x0, currentel", 0xd5384240, 0x02000000,           1 << 21, 0x100},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start_step(&m, 0);
        a64_load(&m, 0x100, &cases[i].word, 4);
        X(&m, 9) = A64_RAM + DATA;
        X(&m, 10) = A64_RAM + DATA + 1;
        core_run(m.core, 1);
        EXPECT_EQ(m.pe->state.ss, 1);
        core_run(m.core, 3);
        test_case("%s", cases[i].what);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), cases[i].esr);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), A64_RAM + cases[i].elr);
        EXPECT_EQ(AARCH64_SYS(m.pe, SPSR_EL1), cases[i].spsr);
    }
}

TEST_BEGINS(a_return_without_ss_is_pending_at_once_and_did_not_step, m)
{
    start_step(m, 0);
    SET(m, AARCH64_SPSR_EL1, 0);
    core_run(m->core, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xca000022); /* no ISV */
    EXPECT_EQ(AARCH64_SYS(m->pe, ELR_EL1), A64_RAM + 0x100);
}

TEST_BEGINS(an_interrupt_before_the_stepped_instruction_keeps_the_step, m)
{
    start_step(m, 0);
    A64_CODE(m, 0x100, 0x91000400 /* add x0, x0, #1 */);
    m->pe->state.daif = 2; /* I, so that EL0 takes it */
    core_input(m->core, AARCH64_IRQ, 1);
    core_run(m->core, 2);
    EXPECT_EQ(X(m, 0), 0);
    EXPECT_EQ(X(m, IR_PC), A64_RAM + A64_VECTORS_1 + 0x480);
    EXPECT_EQ(AARCH64_SYS(m->pe, SPSR_EL1) >> 21 & 1, 1);
}

TEST(the_return_sets_ss_only_where_stepping_begins)
{
    static const struct {
        const char *what;
        uint32_t mdscr, spsr, daif;
        bool lock, ss;
    } cases[] = {
        {"to EL0",                      SS,       0,     0, false, true },
        {"not asked for",               KDE,      0,     0, false, false},
        {"OS lock",                     SS,       0,     0, true,  false},
        {"to EL1 without KDE",          SS,       5,     8, false, false},
        {"to EL1 with KDE",             SS | KDE, 5,     8, false, true },
        {"to EL1, masked there",        SS | KDE, 0x205, 8, false, false},
        {"from where it is on already", SS | KDE, 5,     0, false, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start_step(&m, cases[i].spsr);
        m.pe->state.ss = 1; /* the eret itself may be stepped */
        m.pe->state.daif = (uint8_t)cases[i].daif;
        SET(&m, AARCH64_MDSCR_EL1, cases[i].mdscr);
        SET(&m, AARCH64_OSLAR_EL1, cases[i].lock);
        core_run(m.core, 1);
        test_case("%s", cases[i].what);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 0x100);
        EXPECT_EQ(m.pe->state.ss, cases[i].ss);
    }
}

/* Both a call and an interrupt of EL1 end in a vector that EL2 steps. */
TEST(el2_steps_el1_from_its_vector_on)
{
    for (unsigned interrupt = 0; interrupt < 2; interrupt++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 2, false);
        SET(&m, AARCH64_MDSCR_EL1, SS);
        SET(&m, AARCH64_MDCR_EL2, 0x106); /* TDE */
        SET(&m, AARCH64_ELR_EL2, A64_RAM + 0x100);
        SET(&m, AARCH64_SPSR_EL2, 5 | 1 << 21);
        A64_CODE(&m, 0, 0xd69f03e0 /* eret */);
        A64_CODE(&m, 0x100, 0xd4000001 /* svc #0 */);
        A64_CODE(&m, A64_VECTORS_1 + 0x280, 0x91000400 /* add x0, x0, #1 */);
        m.pe->state.daif = AARCH64_I;
        core_input(m.core, AARCH64_IRQ, interrupt);
        core_run(m.core, 3);
        test_case("%u", interrupt);
        /* No instruction at EL1 after that was executed. */
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), interrupt ? 0 : 0x56000000);
        EXPECT_EQ(AARCH64_SYS(m.pe, SPSR_EL1) >> 21 & 1, interrupt);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2), 0xca000022);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL2),
                  A64_RAM + A64_VECTORS_1 + (interrupt ? 0x280 : 0x200));
        EXPECT_EQ(m.pe->state.level, 2);
        EXPECT_EQ(X(&m, 0), 0);
    }
}

/* A handler at EL1 steps a loop at EL0 that runs into a breakpoint and a
 * watchpoint, in slices of every length. */
static void load_debugger(struct a64 *m)
{
    start_step(m, 0);
    A64_CODE(m, 0x100, 0xf9000120 /* str x0, [x9] */,
             0x91000400 /* add x0, x0, #1 */, 0xc85f7d21 /* ldxr x1, [x9] */,
             0x17fffffd /* b . - 12 */);
    A64_CODE(m, A64_VECTORS_1 + 0x400, 0x910004a5 /* add x5, x5, #1 */,
             0xd5385214 /* mrs x20, esr_el1 */,
             0xd5384015 /* mrs x21, spsr_el1 */,
             0xb26b02b5 /* orr x21, x21, #0x200000 */,
             0xd5184015 /* msr spsr_el1, x21 */, 0xd69f03e0 /* eret */);
    X(m, 9) = A64_RAM + DATA;
}

TEST(debugging_lands_exactly_whatever_the_slices)
{
    for (uint64_t budget = 1; budget < 64; budget++) {
        struct a64 whole;
        OWNED(a64_fini) struct a64 stepped;

        load_debugger(&whole);
        load_debugger(&stepped);
        core_run(whole.core, budget);
        for (uint64_t i = 0; i < budget; i++) {
            core_run(stepped.core, 1);
        }
        test_case("budget %u", (unsigned)budget);
        EXPECT_EQ(whole.core->retired, budget);
        EXPECT_EQ(core_hash(whole.core), core_hash(stepped.core));
        if (budget == 63) { /* seven instructions for each */
            EXPECT_EQ(X(&whole, 5), 9);
            EXPECT_EQ(X(&whole, 0), 2);
        }
        a64_fini(&whole);
    }
}

TEST_BEGINS(a_saved_state_keeps_breakpoints_watchpoints_and_the_step, m)
{
    static struct aarch64_state saved;

    start_step(m, 0);
    A64_CODE(m, 0x100, 0xc85f7d21 /* ldxr x1, [x9] */);
    X(m, 9) = A64_RAM + DATA;
    SET(m, AARCH64_DBGBVR0_EL1, A64_RAM + 0x200);
    SET(m, AARCH64_DBGBCR0_EL1, bcr(0, 0, 2, 0, 0));
    core_run(m->core, 2);
    memcpy(&saved, m->core->type->state(m->core), sizeof(saved));
    SET(m, AARCH64_DBGBCR0_EL1, 0);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xcb000062);
    memcpy(m->core->type->state(m->core), &saved, sizeof(saved));
    m->core->type->restored(m->core);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0);
    EXPECT_EQ(m->pe->debug.break_count, 1);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xcb000062);
}

/* ---- Registers and their traps ------------------------------------------- */

TEST(debug_registers_trap_by_their_group)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t bits; /* of MDCR_EL2 that trap it */
    } cases[] = {
        {"mrs x0, mdrar_el1",         0xd5301000, 1 << 11 | 1 << 8},
        {"mrs x0, oslsr_el1",         0xd5301180, 1 << 10 | 1 << 8},
        {"msr osdlr_el1, x0",         0xd5101380, 1 << 10 | 1 << 8},
        {"mrs x0, mdscr_el1",         0xd5300240, 1 << 9 | 1 << 8 },
        {"mrs x0, dbgbvr0_el1",       0xd5300080, 1 << 9 | 1 << 8 },
        {"mrs x0, mdccsr_el0",        0xd5330100, 1 << 9 | 1 << 8 },
        {"mrs x0, dbgauthstatus_el1", 0xd5307ec0, 1 << 9 | 1 << 8 },
        {"mrs x0, pmccntr_el0",       0xd53b9d00, 1 << 6          },
        {"mrs x0, pmcr_el0",          0xd53b9c00, 1 << 6 | 1 << 5 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * 7; i++) {
        unsigned bit = 5 + (unsigned)(i % 7);
        struct a64 m;

        start(&m, 1, false);
        a64_load(&m, 0, &cases[i / 7].word, 4);
        SET(&m, AARCH64_MDCR_EL2, 6 | 1 << bit);
        core_run(m.core, 1);
        test_case("%s, bit %u", cases[i / 7].what, bit);
        EXPECT_EQ(m.pe->state.level, cases[i / 7].bits >> bit & 1 ? 2 : 1);
        a64_fini(&m);
        /* And of EL3, which has the groups but no TDRA, TDE and TPMCR. */
        uint32_t monitor = cases[i / 7].bits & (1 << 10 | 1 << 9 | 1 << 6);

        if ((cases[i / 7].bits & 1 << 11) != 0) {
            monitor |= 1 << 9;
        }
        start(&m, 1, false);
        a64_load(&m, 0, &cases[i / 7].word, 4);
        SET(&m, AARCH64_MDCR_EL3, 1 << bit);
        core_run(m.core, 1);
        EXPECT_EQ(m.pe->state.level, monitor >> bit & 1 ? 3 : 1);
        a64_fini(&m);
    }
}

static uint64_t get(struct a64 *m, enum aarch64_register row)
{
    return aarch64_register_read(m->pe, row);
}

TEST_BEGINS(debug_registers_read_as_the_manual_says, m)
{
    a64_init(m, &both);
    EXPECT_EQ(get(m, AARCH64_OSLSR_EL1), 0xa); /* locked at reset */
    /* With the lock, software saves what is an external debugger's. */
    SET(m, AARCH64_MDSCR_EL1, UINT64_MAX);
    EXPECT_EQ(get(m, AARCH64_MDSCR_EL1), 0x6ce0f041);
    SET(m, AARCH64_MDSCR_EL1, 0);
    SET(m, AARCH64_OSLAR_EL1, 0);
    EXPECT_EQ(get(m, AARCH64_OSLSR_EL1), 8);
    SET(m, AARCH64_MDSCR_EL1, UINT64_MAX);
    EXPECT_EQ(get(m, AARCH64_MDSCR_EL1), 0xb001);
    EXPECT_EQ(get(m, AARCH64_DBGAUTHSTATUS_EL1), 0xaa);
    EXPECT_EQ(get(m, AARCH64_DBGBCR0_EL1), 0x1e0);
    /* Claim tags. */
    EXPECT_EQ(get(m, AARCH64_DBGCLAIMSET_EL1), 0xff);
    SET(m, AARCH64_DBGCLAIMSET_EL1, 0x0f);
    SET(m, AARCH64_DBGCLAIMCLR_EL1, 0x05);
    EXPECT_EQ(get(m, AARCH64_DBGCLAIMCLR_EL1), 0x0a);
    EXPECT_EQ(get(m, AARCH64_DBGCLAIMSET_EL1), 0xff);
    /* A byte that is sent over the channel stays there. */
    EXPECT_EQ(get(m, AARCH64_MDCCSR_EL0), 0);
    SET(m, AARCH64_DBGDTRRX_EL0, 0x1234);
    EXPECT_EQ(get(m, AARCH64_MDCCSR_EL0), 1 << 29);
    EXPECT_EQ(get(m, AARCH64_OSDTRTX_EL1), 0x1234);
    a64_fini(m);
    /* As many pairs as ID_AA64DFR0_EL1 says, and no more. */
    a64_init(m, &both);
    uint64_t dfr0 = get(m, AARCH64_ID_AA64DFR0_EL1);
    EXPECT_EQ((dfr0 >> 12 & 15) + 1, AARCH64_BREAKPOINTS);
    EXPECT_EQ((dfr0 >> 20 & 15) + 1, AARCH64_WATCHPOINTS);
    EXPECT_EQ((dfr0 >> 28 & 15) + 1, AARCH64_CONTEXT_BREAKPOINTS);
    for (unsigned n = 0; n < 16; n++) {
        EXPECT_EQ(aarch64_register_find(AARCH64_ENCODING(2, 0, 0, n, 5)) >= 0,
                  n < AARCH64_BREAKPOINTS);
        EXPECT_EQ(aarch64_register_find(AARCH64_ENCODING(2, 0, 0, n, 7)) >= 0,
                  n < AARCH64_WATCHPOINTS);
    }
}
