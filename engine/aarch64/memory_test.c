/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusives, alignment, maintenance by address and accesses that fail half
 * way: DDI 0487, B2.9, B2.5, C5.3 and D1.13. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number)   ((machine)->pe->state.r[number])
#define SET(machine, row, v) aarch64_register_write((machine)->pe, (row), (v))
#define GET(machine, row)    aarch64_register_read((machine)->pe, (row))

enum { TABLE = 0x10000, DATA = 0x1000 };
/* Virtual addresses of RAM: the kernel's, a user's, a user's to read. The
 * first GiB holds single pages. */
enum { KERNEL = 0x40000000 };
#define USER     ((uint64_t)0x80000000)
#define USER_RO  ((uint64_t)0xc0000000)
#define UNMAPPED ((uint64_t)0x100000000)

static void map(struct a64 *m)
{
    const uint64_t block = A64_RAM | 1 << 10 | 1;

    a64_put(m, TABLE, A64_RAM + TABLE + 0x1003);
    a64_put(m, TABLE + 0x1000, A64_RAM + TABLE + 0x2003);
    a64_put(m, TABLE + 0x2008, (A64_RAM + 0x5000) | 1 << 10 | 3);
    a64_put(m, TABLE + 8, block);
    a64_put(m, TABLE + 16, block | 1 << 6);
    a64_put(m, TABLE + 24, block | 3 << 6);
    SET(m, AARCH64_TTBR0_EL1, A64_RAM + TABLE);
    SET(m, AARCH64_TCR_EL1, 25 | 1 << 23 | (uint64_t)2 << 32);
    SET(m, AARCH64_MAIR_EL1, 0xff);
    SET(m, AARCH64_SCTLR_EL1, AARCH64_SYS(m->pe, SCTLR_EL1) | 1);
}

/* At EL1 or EL0 of the non-secure state, translation on. */
static void start_as(struct a64 *m, unsigned level, enum core_engine engine)
{
    struct core_config config = both;

    config.engine = engine;
    a64_init(m, &config);
    a64_vectors(m);
    SET(m, AARCH64_SCR_EL3, 0x531);
    SET(m, AARCH64_CPTR_EL3, 0);
    SET(m, AARCH64_CPACR_EL1, 3 << 20);
    map(m);
    aarch64_set_sp(m->pe, level, level);
    aarch64_update(m->pe);
    X(m, IR_PC) = level == 0 ? USER_RO : KERNEL;
}

static void start(struct a64 *m, unsigned level)
{
    start_as(m, level, both.engine);
}

/* ---- Exclusives ---------------------------------------------------------- */

TEST(an_exclusive_store_needs_its_load_to_be_of_this_place_and_size)
{
    static const struct {
        const char *what;
        uint32_t load, between, store;
        uint32_t status;
    } cases[] = {
        {"nothing between",     0xc85f7d21, 0xd503201f, 0xc8027d21, 0},
        {"ldr x4, [x9]",        0xc85f7d21, 0xf9400124, 0xc8027d21, 0},
        {"str x3, [x9, #8]",    0xc85f7d21, 0xf9000523, 0xc8027d21, 0},
        {"dsb sy",              0xc85f7d21, 0xd5033f9f, 0xc8027d21, 0},
        {"svc and its handler", 0xc85f7d21, 0xd4000001, 0xd503201f, 0},
        {"clrex",               0xc85f7d21, 0xd5033f5f, 0xc8027d21, 1},
        {"another place",       0xc85f7d21, 0x91002129, 0xc8027d21, 1},
        {"half the size",       0xc85f7d21, 0xd503201f, 0x88027d21, 1},
        {"twice the size",      0x885f7d21, 0xd503201f, 0xc8027d21, 1},
        {"no load",             0xd503201f, 0xd503201f, 0xc8027d21, 1},
        {"a second store",      0xc85f7d21, 0xc8027d21, 0xc8027d21, 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i].load, 4);
        a64_load(&m, 4, &cases[i].between, 4);
        a64_load(&m, 8, &cases[i].store, 4);
        /* An exception leaves the monitor alone; its return would not. */
        A64_CODE(&m, A64_VECTORS_1 + 0x200, 0xc8027d21 /* stxr w2, x1, [x9] */,
                 0x14000000 /* b . */);
        X(&m, 2) = 7;
        X(&m, 9) = KERNEL + DATA;
        core_run(m.core, 3);
        test_case("%s", cases[i].what);
        EXPECT_EQ(X(&m, 2), cases[i].status);
    }
}

/* A second core of the same machine, in the same state. */
static struct core *second_core(struct a64 *m)
{
    struct core_config config = m->core->config;
    struct core *core = NULL;

    config.name = "second";
    config.compatible = "arm,cortex-a35";
    config.hart_id = 1;
    core_create(&config, &core, NULL);
    core->power = CORE_RUNNING;
    memcpy(core->type->state(core), m->core->type->state(m->core),
           core->type->state_size);
    core->type->restored(core);
    return core;
}

TEST(a_store_of_another_core_makes_the_exclusive_store_fail)
{
    for (unsigned other = 0; other < 3; other++) {
        /* str x3, [x9]; str x3, [x9, #8]; stxr after its own ldxr */
        static const uint32_t ops[] = {0xf9000123, 0xf9000523, 0xc8057d23};
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        A64_CODE(&m, 0, 0xc85f7d21 /* ldxr x1, [x9] */,
                 0xc8027d21 /* stxr w2, x1, [x9] */);
        A64_CODE(&m, 0x100, 0xc85f7d24 /* ldxr x4, [x9] */);
        a64_load(&m, 0x104, &ops[other], 4);
        X(&m, 9) = KERNEL + DATA;
        X(&m, 3) = 5;
        core_run(m.core, 1);
        struct core *core = second_core(&m);
        aarch64_of(vcpu_of(core))->state.r[IR_PC] = KERNEL + 0x100;
        core_run(core, 2);
        core_run(m.core, 1);
        test_case("%u", other);
        EXPECT_EQ(X(&m, 2), other != 1);
        EXPECT_EQ(a64_at(&m, DATA), other == 1 ? 0 : 5);
        core_destroy(core);
    }
}

/* ---- Alignment ----------------------------------------------------------- */

TEST(exclusive_and_ordered_accesses_are_aligned_whatever_the_memory)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t offset;
        uint32_t status; /* 0: allowed; WnR and DFSC */
        bool strict;     /* SCTLR.A */
    } cases[] = {
        {"ldr x1, [x9]",        0xf9400121, 1, 0,    false},
        {"ldr x1, [x9], A",     0xf9400121, 1, 0x21, true },
        {"ldr x1, [x9], A",     0xf9400121, 8, 0,    true },
        {"str x3, [x9], A",     0xf9000123, 4, 0x61, true },
        {"ldr w3, [x9], A",     0xb9400123, 4, 0,    true },
        {"ldp x1, x2, [x9], A", 0xa9400921, 8, 0,    true },
        {"ldp x1, x2, [x9], A", 0xa9400921, 4, 0x21, true },
        {"stp x1, x2, [x9], A", 0xa9000921, 4, 0x61, true },
        {"ldrsb w3, [x9], A",   0x39c00123, 3, 0,    true },
        {"ldar x1, [x9]",       0xc8dffd21, 4, 0x21, false},
        {"stlr x1, [x9]",       0xc89ffd21, 4, 0x61, false},
        {"stlrb w6, [x9]",      0x089ffd26, 3, 0,    false},
        {"ldxr x1, [x9]",       0xc85f7d21, 4, 0x21, false},
        {"ldxr w1, [x9]",       0x885f7d21, 4, 0,    false},
        {"stxr w2, x1, [x9]",   0xc8027d21, 4, 0x61, false},
        {"ldxp x1, x2, [x9]",   0xc87f0921, 8, 0x21, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t address = KERNEL + DATA + cases[i].offset;
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i].word, 4);
        SET(&m, AARCH64_SCTLR_EL1,
            GET(&m, AARCH64_SCTLR_EL1) | (cases[i].strict ? 2 : 0));
        X(&m, 9) = address;
        core_run(m.core, 1);
        test_case("%s at %u", cases[i].what, cases[i].offset);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1),
                  cases[i].status != 0 ? 0x96000000 | cases[i].status : 0);
        EXPECT_EQ(GET(&m, AARCH64_FAR_EL1), cases[i].status != 0 ? address : 0);
    }
}

TEST(without_translation_addresses_end_where_physical_ones_do)
{
    static const enum aarch64_register esr[] = {
        [1] = AARCH64_ESR_EL1, [2] = AARCH64_ESR_EL2, [3] = AARCH64_ESR_EL3};
    static const enum aarch64_register far[] = {
        [1] = AARCH64_FAR_EL1, [2] = AARCH64_FAR_EL2, [3] = AARCH64_FAR_EL3};

    for (unsigned level = 1; level <= 3; level++) {
        for (unsigned fetch = 0; fetch < 2; fetch++) {
            const uint64_t address = (uint64_t)1 << 40;
            OWNED(a64_fini) struct a64 m;

            a64_init(&m, &both);
            a64_vectors(&m);
            A64_CODE(&m, 0, 0xf9400121 /* ldr x1, [x9] */);
            aarch64_set_sp(m.pe, level, 1);
            SET(&m, AARCH64_SCR_EL3, 0x531);
            X(&m, 9) = address;
            X(&m, IR_PC) = fetch ? address : A64_RAM;
            core_run(m.core, 1);
            test_case("EL%u", level);
            /* Address size fault, level 0. */
            EXPECT_EQ(GET(&m, esr[level]), fetch ? 0x86000000 : 0x96000000);
            EXPECT_EQ(GET(&m, far[level]), address);
        }
    }
}

/* ---- Half an access ------------------------------------------------------ */

TEST(a_pair_that_fails_half_way_leaves_its_registers_and_base_alone)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t base;
        uint32_t write;
    } cases[] = {
        {"ldp x1, x2, [x9], #32",   0xa8c20921, 0x1ff8, 0   },
        {"ldp x1, x2, [x9], #32",   0xa8c20921, 0x1ffc, 0   },
        {"ldp w1, w2, [x9, #8]!",   0x29c10921, 0x1ff4, 0   },
        {"stp x1, x2, [x9, #-16]!", 0xa9bf0921, 0x2008, 0x40},
        {"stp q0, q1, [x9], #32",   0xac810520, 0x1ff0, 0x40},
        {"ldr x1, [x9], #8",        0xf8408521, 0x1ffc, 0   },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i].word, 4);
        X(&m, 1) = 0x1111;
        X(&m, 2) = 0x2222;
        X(&m, 9) = cases[i].base;
        core_run(m.core, 1);
        test_case("%s at %x", cases[i].what, cases[i].base);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1), 0x96000007 | cases[i].write);
        /* The first byte of the page that fails. */
        EXPECT_EQ(GET(&m, AARCH64_FAR_EL1), 0x2000);
        EXPECT_EQ(X(&m, 1), 0x1111);
        EXPECT_EQ(X(&m, 2), 0x2222);
        EXPECT_EQ(X(&m, 9), cases[i].base);
    }
}

/* ---- Maintenance by address ---------------------------------------------- */

enum { UCI = 1 << 26, DZE = 1 << 14, UCT = 1 << 15 };

struct maintenance {
    const char *what;
    uint64_t address;
    uint32_t word;
    uint32_t level;
    uint32_t enables; /* of SCTLR_EL1 */
    uint32_t esr;     /* 0: done */
};

static const struct maintenance maintained[] = {
    {"dc cvac",  KERNEL,   0xd50b7a29, 1, 0,   0         },
    {"dc cvac",  USER_RO,  0xd50b7a29, 1, 0,   0         },
    {"dc cvac",  UNMAPPED, 0xd50b7a29, 1, 0,   0x96000145},
    {"dc cvau",  UNMAPPED, 0xd50b7b29, 1, 0,   0x96000145},
    {"dc civac", UNMAPPED, 0xd50b7e29, 1, 0,   0x96000145},
    {"ic ivau",  UNMAPPED, 0xd50b7529, 1, 0,   0x96000145},
    {"dc ivac",  UNMAPPED, 0xd5087629, 1, 0,   0x96000145},
    {"dc ivac",  KERNEL,   0xd5087629, 1, 0,   0         },
    {"dc ivac",  USER_RO,  0xd5087629, 1, 0,   0x9600014d},
    {"dc zva",   USER_RO,  0xd50b7429, 1, 0,   0x9600004d},
    {"dc zva",   UNMAPPED, 0xd50b7429, 1, 0,   0x96000045},
    {"dc cvac",  USER,     0xd50b7a29, 0, UCI, 0         },
    {"dc cvac",  KERNEL,   0xd50b7a29, 0, UCI, 0x9200014d},
    {"dc cvau",  KERNEL,   0xd50b7b29, 0, UCI, 0x9200014d},
    {"dc civac", KERNEL,   0xd50b7e29, 0, UCI, 0x9200014d},
    {"ic ivau",  KERNEL,   0xd50b7529, 0, UCI, 0x9200014d},
    {"dc cvac",  USER,     0xd50b7a29, 0, 0,   0x6212dd34},
    {"ic ivau",  USER,     0xd50b7529, 0, 0,   0x6212dd2a},
    {"dc zva",   USER,     0xd50b7429, 0, DZE, 0         },
    {"dc zva",   KERNEL,   0xd50b7429, 0, DZE, 0x9200004d},
    {"dc zva",   USER,     0xd50b7429, 0, UCI, 0x6212dd28},
    {"dc ivac",  USER,     0xd5087629, 0, UCI, 0x02000000},
    {"dc isw",   USER,     0xd5087640, 0, UCI, 0x02000000},
    {"ic iallu", USER,     0xd508751f, 0, UCI, 0x02000000},
};

TEST(maintenance_by_address_faults_and_traps_as_an_access_would)
{
    for (size_t i = 0; i < ARRAY_SIZE(maintained); i++) {
        const struct maintenance *c = &maintained[i];
        bool faults = c->esr >> 26 == 0x24 || c->esr >> 26 == 0x25;
        OWNED(a64_fini) struct a64 m;

        start(&m, c->level);
        a64_load(&m, 0, &c->word, 4);
        SET(&m, AARCH64_SCTLR_EL1,
            (GET(&m, AARCH64_SCTLR_EL1) & ~(uint64_t)(UCI | DZE | UCT)) |
                c->enables);
        X(&m, 9) = c->address + DATA + 3;
        core_run(m.core, 1);
        test_case("%s at EL%u, %llx", c->what, c->level,
                  (unsigned long long)c->address);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1), c->esr);
        EXPECT_EQ(GET(&m, AARCH64_FAR_EL1), faults ? X(&m, 9) : 0);
    }
}

TEST(a_hypervisor_traps_maintenance_by_its_kind)
{
    static const struct {
        const char *what;
        uint32_t word;
        unsigned bit; /* of HCR_EL2 */
    } cases[] = {
        {"dc isw, x0",  0xd5087640, 22}, /* TSW */
        {"dc civac",    0xd50b7e29, 23}, /* TPC */
        {"dc cvac",     0xd50b7a29, 23},
        {"dc ivac",     0xd5087629, 23},
        {"dc cvau",     0xd50b7b29, 24}, /* TPU */
        {"ic ivau",     0xd50b7529, 24},
        {"ic iallu",    0xd508751f, 24},
        {"tlbi vae1is", 0xd5088320, 25}, /* TTLB */
        {"dc zva",      0xd50b7429, 28}, /* TDZ */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * 8; i++) {
        unsigned bit = 21 + (unsigned)(i % 8);
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i / 8].word, 4);
        SET(&m, AARCH64_HCR_EL2, (uint64_t)1 << bit);
        X(&m, 9) = KERNEL + DATA;
        core_run(m.core, 1);
        test_case("%s, bit %u", cases[i / 8].what, bit);
        EXPECT_EQ(m.pe->state.level, bit == cases[i / 8].bit ? 2 : 1);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL2) >> 26,
                  bit == cases[i / 8].bit ? 0x18 : 0);
    }
}

TEST(cache_registers_describe_caches_that_can_be_walked)
{
    OWNED(a64_fini) struct a64 m;

    a64_init(&m, &plain);
    uint64_t clidr = GET(&m, AARCH64_CLIDR_EL1);
    uint64_t ctr = GET(&m, AARCH64_CTR_EL0);
    unsigned coherency = clidr >> 24 & 7;

    EXPECT_EQ(coherency, 2);
    for (unsigned level = 0; level < 7; level++) {
        unsigned kind = clidr >> 3 * level & 7;

        test_case("level %u", level + 1);
        EXPECT_EQ(kind != 0, level < coherency);
        SET(&m, AARCH64_CSSELR_EL1, 2 * level);
        uint64_t geometry = GET(&m, AARCH64_CCSIDR_EL1);
        uint64_t bytes =
            ((geometry >> 13 & 0x7fff) + 1) * ((geometry >> 3 & 0x3ff) + 1) * 16
            << (geometry & 7);
        if (kind != 0) {
            EXPECT_EQ(bytes, level == 0 ? 0x8000 : 0x80000);
            EXPECT_EQ((geometry & 7) + 2, ctr >> 16 & 15); /* DminLine */
        }
    }
    /* Both kinds of maintenance are needed, so software does them. */
    EXPECT_EQ(ctr >> 28 & 3, 0);
    EXPECT_EQ(4 << (GET(&m, AARCH64_DCZID_EL0) & 15), 64);
    EXPECT_EQ(GET(&m, AARCH64_DCZID_EL0) >> 4, 0);
    aarch64_set_sp(m.pe, 0, 0);
    SET(&m, AARCH64_SCTLR_EL1, 0); /* DZE */
    EXPECT_EQ(GET(&m, AARCH64_DCZID_EL0) >> 4, 1);
}

/* ---- Rights of others, other cores --------------------------------------- */

TEST(unprivileged_accesses_have_the_rights_of_el0)
{
    static const struct {
        uint64_t address;
        uint32_t word;
        uint32_t esr;
    } cases[] = {
        {USER,    0xf8400921 /* ldtr x1, [x9] */,  0         },
        {USER_RO, 0xf8400921 /* ldtr x1, [x9] */,  0         },
        {KERNEL,  0xf8400921 /* ldtr x1, [x9] */,  0x9600000d},
        {USER,    0xf8000921 /* sttr x1, [x9] */,  0         },
        {USER_RO, 0xf8000921 /* sttr x1, [x9] */,  0x9600004d},
        {KERNEL,  0xf8000921 /* sttr x1, [x9] */,  0x9600004d},
        {KERNEL,  0x78400925 /* ldtrh w5, [x9] */, 0x9600000d},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i].word, 4);
        X(&m, 9) = cases[i].address + DATA;
        core_run(m.core, 1);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1), cases[i].esr);
    }
}

/* Over two pages, at each distance from a multiple of their size, as copies to
 * programs have them. */
TEST(unprivileged_accesses_need_not_be_aligned)
{
    enum { TURNS = 700 };
    static const enum core_engine engines[] = {CORE_ENGINE_INTERPRETER,
                                               CORE_ENGINE_COMPILER};
    uint64_t hashes[2];
    uint64_t sums[2];

    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        start_as(&m, 1, engines[i]);
        A64_CODE(
            &m, 0, 0xf8000921 /* sttr x1, [x9] */,
            0xf8400922 /* ldtr x2, [x9] */, 0x78402924 /* ldtrh w4, [x9, #2] */,
            0x8b020063 /* add x3, x3, x2 */, 0x8b030081 /* add x1, x4, x3 */,
            0x91003529 /* add x9, x9, #13 */, 0xd100054a /* sub x10, x10, #1 */,
            0xb5ffff2a /* cbnz x10, .-28 */, 0x14000000 /* b . */);
        X(&m, 1) = 0x0123456789abcdef;
        X(&m, 9) = USER + DATA;
        X(&m, 10) = TURNS;
        core_run(m.core, 8 * TURNS + 1);
        hashes[i] = core_hash(m.core);
        sums[i] = X(&m, 3);
        EXPECT_EQ(X(&m, 9), USER + DATA + 13 * TURNS);
    }
    EXPECT_EQ(hashes[1], hashes[0]);
    EXPECT_EQ(sums[1], sums[0]);
    EXPECT(sums[0] != 0);
}

TEST(tlbi_of_the_inner_shareable_domain_reaches_the_other_core)
{
    static const uint32_t ops[] = {
        0xd508831f, /* tlbi vmalle1is */
        0xd5088320, /* tlbi vae1is, x0: page 1 of ASID 0 */
    };

    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        A64_CODE(&m, 0, 0xf9400121 /* ldr x1, [x9] */,
                 0xf9400121 /* ldr x1, [x9] */);
        a64_load(&m, 0x100, &ops[i], 4);
        A64_CODE(&m, 0x104, 0xd5033f9f /* dsb sy */);
        a64_put(&m, 0x5000, 5);
        a64_put(&m, 0x6000, 6);
        X(&m, 0) = 1;
        X(&m, 9) = 0x1000;
        struct core *core = second_core(&m);
        const uint64_t *x = aarch64_of(vcpu_of(core))->state.r;
        core_run(core, 1);
        EXPECT_EQ(x[1], 5);
        a64_put(&m, TABLE + 0x2008, (A64_RAM + 0x6000) | 1 << 10 | 3);
        X(&m, IR_PC) = KERNEL + 0x100;
        core_run(m.core, 2);
        core_run(core, 1);
        test_case("%u", (unsigned)i);
        EXPECT_EQ(x[1], 6);
        core_destroy(core);
    }
}
