/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translations that follow their tables without maintenance: guests change
 * entries of each level and both stages in each way to store, right before the
 * access that they are about, in compiled code and without; so do another core
 * and a device. Words by llvm-mc.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

#define MIB ((uint64_t)1 << 20)

/* Offsets in RAM. Pages of data begin with their own offset. */
enum {
    CODE = 0x3000, /* at another place of the soft TLB than AT */
    L1 = 0x10000,
    L2 = 0x11000,
    L3 = 0x12000,
    OTHER_L1 = 0x13000,
    OTHER_L2 = 0x14000,
    OTHER_L3 = 0x15000,
    S2_L1 = 0x18000, /* of IPAs: two tables side by side */
    S2_L2 = 0x1a000, /* of RAM */
    S2_L3 = 0x1b000, /* of its block with FIRST, SECOND and THIRD */
    FIRST = 0x200000,
    SECOND = 0x201000,
    THIRD = 0x202000,
};

/* Where the guest sees FIRST, by the entry 1 of L3. */
enum { AT = 0x1000 };

static const enum core_engine engines[] = {
    CORE_ENGINE_INTERPRETER, CORE_ENGINE_COMPILER, CORE_ENGINE_CHAOS};

static uint64_t page_of(uint64_t offset)
{
    return (A64_RAM + offset) | AF | PAGE;
}

static void put_tables(struct a64 *m, uint64_t l1, uint64_t l2, uint64_t l3,
                       uint64_t data)
{
    a64_put(m, l1, A64_RAM + l2 + TABLE);
    a64_put(m, l1 + 8, A64_RAM | AF | BLOCK);
    a64_put(m, l2, A64_RAM + l3 + TABLE);
    a64_put(m, l3 + 8, page_of(data));
    a64_put(m, l3 + 16, page_of(l3)); /* the table itself */
}

/* RAM as it is, in a page each where the data are, else in blocks of 2 MiB. */
static void put_stage2(struct a64 *m)
{
    const uint64_t rights = AF | 0xfc; /* write-back, read and write */

    a64_put(m, S2_L1 + 8, A64_RAM + S2_L2 + TABLE);
    for (uint64_t i = 0; i < A64_RAM_SIZE / (2 * MIB); i++) {
        a64_put(m, S2_L2 + i * 8, (A64_RAM + i * 2 * MIB) | rights | BLOCK);
    }
    a64_put(m, S2_L2 + 8, A64_RAM + S2_L3 + TABLE);
    for (uint64_t i = 0; i < 512; i++) {
        a64_put(m, S2_L3 + i * 8, (A64_RAM + FIRST + i * 4096) | rights | PAGE);
    }
}

static void start_core(struct a64 *m, bool stage2)
{
    aarch64_register_write(m->pe, AARCH64_TCR_EL1,
                           25 | (uint64_t)1 << 23 | (uint64_t)2 << 32);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL1, 0xff);
    aarch64_register_write(m->pe, AARCH64_CPACR_EL1, 3 << 20); /* FPEN */
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + L1);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0x30d00801);
    aarch64_register_write(m->pe, AARCH64_VTTBR_EL2, A64_RAM + S2_L1);
    aarch64_register_write(m->pe, AARCH64_VTCR_EL2,
                           25 | 1 << 6 | (uint64_t)2 << 16 | 1u << 31);
    aarch64_register_write(m->pe, AARCH64_HCR_EL2,
                           (uint64_t)stage2 | (uint64_t)1 << 31);
    m->pe->state.level = 1;
    aarch64_update(m->pe);
    m->pe->state.r[IR_PC] = A64_RAM + CODE;
}

static void init(struct a64 *m, enum core_engine engine, bool stage2)
{
    a64_init(m, &(struct core_config){.engine = engine,
                                      .compatible = "arm,neoverse-n1",
                                      .aarch64.el2 = true});
    a64_vectors(m);
    put_tables(m, L1, L2, L3, FIRST);
    put_tables(m, OTHER_L1, OTHER_L2, OTHER_L3, THIRD);
    put_stage2(m);
    for (uint64_t at = FIRST; at <= THIRD; at += 4096) {
        a64_put(m, at, at);
    }
    start_core(m, stage2);
}

/* ---- One entry changes --------------------------------------------------- */

/* How the guest stores x1 at x0. */
static const struct {
    const char *name;
    uint32_t words[3];
    bool zeros; /* it stores nothing else */
    bool wide;  /* and to the next entry */
} stores[] = {
    {"str",       {0xf9000001, 0xd503201f, 0xd503201f}, false, false},
    {"stlr",      {0xc89ffc01, 0xd503201f, 0xd503201f}, false, false},
    {"stp",       {0xa9007c01, 0xd503201f, 0xd503201f}, false, true },
    {"ldxr stxr", {0xc85f7c07, 0xc8087c01, 0xd503201f}, false, false},
    {"swp",       {0xf8218007, 0xd503201f, 0xd503201f}, false, false},
    {"cas",       {0xf9400007, 0xc8a77c01, 0xd503201f}, false, false},
    {"str q",     {0x9e670020, 0x3d800000, 0xd503201f}, false, true },
    {"dc zva",    {0xd50b7420, 0xd503201f, 0xd503201f}, true,  true },
};

enum {
    LDR = 0xf9400044 /* ldr x4, [x2] */,
    STR = 0xf9000045 /* str x5, [x2] */
};

static const struct {
    const char *name;
    uint64_t entry; /* that changes */
    uint64_t value;
    bool stage2;
    uint32_t access; /* behind the change */
    uint64_t result; /* what is loaded, or the page that is stored to; or */
    uint32_t status; /* the fault's, of EL1 or, with stage2, EL2 */
} changes[] = {
    {"a page",                L3 + 8,    A64_RAM + SECOND + 0x403,               false, LDR, SECOND, 0   },
    {"a page",                L3 + 8,    A64_RAM + SECOND + 0x403,               false, STR, SECOND, 0   },
    {"read only",             L3 + 8,    A64_RAM + FIRST + 0x483,                false, STR, 0,      0x0f},
    {"read only, and read",   L3 + 8,    A64_RAM + FIRST + 0x483,                false, LDR, FIRST,
     0                                                                                                   },
    {"no access flag",        L3 + 8,    A64_RAM + FIRST + 0x003,                false, LDR, 0,      0x0b},
    {"invalid",               L3 + 8,    0,                                      false, LDR, 0,      0x07},
    {"invalid",               L3 + 8,    0,                                      false, STR, 0,      0x07},
    {"a bit of software's",   L3 + 8,    A64_RAM + FIRST + 0x403 + (1ull << 55),
     false,                                                                             LDR, FIRST,  0   },
    {"another table",         L2,        A64_RAM + OTHER_L3 + TABLE,             false, LDR, THIRD,  0   },
    {"a block",               L2,        A64_RAM + FIRST + 0x401,                false, LDR, SECOND, 0   },
    {"no table",              L2,        0,                                      false, LDR, 0,      0x06},
    {"a read only table",     L2,        A64_RAM + L3 + TABLE + (1ull << 62),    false, STR,
     0,                                                                                              0x0f},
    {"another table of them", L1,        A64_RAM + OTHER_L2 + TABLE,             false, LDR, THIRD,
     0                                                                                                   },
    {"none",                  L1,        0,                                      false, LDR, 0,      0x05},
    {"a page of stage 2",     S2_L3,     A64_RAM + SECOND + 0x4ff,               true,  LDR, SECOND,
     0                                                                                                   },
    {"read only by stage 2",  S2_L3,     A64_RAM + FIRST + 0x47f,                true,  STR, 0,
     0x0f                                                                                                },
    {"none of stage 2",       S2_L3,     0,                                      true,  LDR, 0,      0x07},
    {"a block of stage 2",    S2_L2 + 8, A64_RAM + FIRST + 0x4fd,                true,  LDR, FIRST,
     0                                                                                                   },
    {"no table of stage 2",   S2_L2 + 8, 0,                                      true,  LDR, 0,      0x06},
};

/* Reads and writes the page until that is compiled, then stores and accesses
 * it; x9 tells that it came to the end. */
static void run(struct a64 *m, size_t store, size_t change)
{
    const uint32_t words[] = {
        0xf9400043, /* ldr x3, [x2] */
        0xf9000445, /* str x5, [x2, #8] */
        0xd10004c6, /* sub x6, x6, #1 */
        0xb5ffffa6, /* cbnz x6, .-12 */
        stores[store].words[0],
        stores[store].words[1],
        stores[store].words[2],
        changes[change].access,
        0xd2800029, /* mov x9, #1 */
        0x14000000, /* b . */
    };

    a64_load(m, CODE, words, sizeof(words));
    m->pe->state.r[0] = A64_RAM + changes[change].entry;
    m->pe->state.r[1] = changes[change].value;
    m->pe->state.r[2] = AT;
    m->pe->state.r[5] = 0x5555;
    m->pe->state.r[6] = 200;
    core_run(m->core, 1000);
}

static void expect_result(const struct a64 *m, size_t change)
{
    const bool stage2 = changes[change].stage2;
    const uint64_t esr =
        stage2 ? AARCH64_SYS(m->pe, ESR_EL2) : AARCH64_SYS(m->pe, ESR_EL1);

    EXPECT_EQ(m->pe->state.r[3], FIRST);
    EXPECT_EQ(m->pe->state.r[9], changes[change].status == 0);
    if (changes[change].status != 0) {
        EXPECT_EQ(esr & 0x3f, changes[change].status);
        EXPECT_EQ(a64_at(m, FIRST), FIRST);
    } else if (changes[change].access == LDR) {
        EXPECT_EQ(m->pe->state.r[4], changes[change].result);
    } else {
        EXPECT_EQ(a64_at(m, changes[change].result), 0x5555);
    }
}

TEST(each_change_of_an_entry_is_seen_by_the_next_access)
{
    enum { ENGINES = ARRAY_SIZE(engines), STORES = ARRAY_SIZE(stores) };

    for (size_t i = 0; i < ENGINES * STORES * ARRAY_SIZE(changes); i++) {
        const size_t store = i / ENGINES % STORES;
        const size_t change = i / ENGINES / STORES;
        struct a64 m;

        /* Behind the first entry of L1 is the program's own. */
        if ((stores[store].zeros && changes[change].value != 0) ||
            (stores[store].wide && changes[change].entry == L1)) {
            continue;
        }
        test_case("engine %u, %s, %s", (unsigned)engines[i % ENGINES],
                  stores[store].name, changes[change].name);
        init(&m, engines[i % ENGINES], changes[change].stage2);
        run(&m, store, change);
        expect_result(&m, change);
        a64_fini(&m);
    }
}

/* ---- Other places -------------------------------------------------------- */

/* The store's own page: it makes the table read only that it is in, and the
 * next one there fails. */
TEST(a_table_that_maps_itself_is_no_exception)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i], false);
        A64_CODE(&m, CODE, 0xf9000c05, /* str x5, [x0, #24] */
                 0xd10004c6,           /* sub x6, x6, #1 */
                 0xb5ffffc6,           /* cbnz x6, .-8 */
                 0xf9000801,           /* str x1, [x0, #16] */
                 0xf9001005,           /* str x5, [x0, #32] */
                 0xd2800029,           /* mov x9, #1 */
                 0x14000000);
        m.pe->state.r[0] = 2 * 4096;
        m.pe->state.r[1] = page_of(L3) | READ_ONLY;
        m.pe->state.r[5] = 0x5550;
        m.pe->state.r[6] = 200;
        core_run(m.core, 1000);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(a64_at(&m, L3 + 16), page_of(L3) | READ_ONLY);
        EXPECT_EQ(a64_at(&m, L3 + 32), 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1) & 0x3f, 0x0f);
        EXPECT_EQ(m.pe->state.r[9], 0);
    }
}

/* Functions that return 1 and 2. */
TEST(code_is_that_of_the_page_now)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i], false);
        A64_CODE(&m, FIRST, 0xd2800024 /* mov x4, #1 */, 0xd65f03c0 /* ret */);
        A64_CODE(&m, SECOND, 0xd2800044 /* mov x4, #2 */, 0xd65f03c0);
        A64_CODE(&m, CODE, 0xd63f0040, /* blr x2 */
                 0x8b040063,           /* add x3, x3, x4 */
                 0xd10004c6,           /* sub x6, x6, #1 */
                 0xb5ffffa6,           /* cbnz x6, .-12 */
                 0xf9000001,           /* str x1, [x0] */
                 0xd63f0040,           /* blr x2 */
                 0x14000000);
        m.pe->state.r[0] = A64_RAM + L3 + 8;
        m.pe->state.r[1] = page_of(SECOND);
        m.pe->state.r[2] = AT;
        m.pe->state.r[6] = 200;
        core_run(m.core, 2000);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(m.pe->state.r[3], 200);
        EXPECT_EQ(m.pe->state.r[4], 2);
    }
}

static uint64_t read_at(struct aarch64 *pe)
{
    uint64_t value[2];

    return aarch64_load(pe, AT, 8, value) ? value[0] : 1;
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, CORE_ENGINE_COMPILER, false))

/* Pages that are global are those of the table in use, too. */
TEST_ON(another_table_in_the_register_counts_at_once, m)
{
    EXPECT_EQ(read_at(m->pe), FIRST);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + OTHER_L1);
    EXPECT_EQ(read_at(m->pe), THIRD);
    a64_put(m, L3 + 8, page_of(SECOND));
    EXPECT_EQ(read_at(m->pe), THIRD);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + L1);
    EXPECT_EQ(read_at(m->pe), SECOND);
}

/* A device, a rollback of memory, and another core. */
TEST_ON(changes_by_others_count_at_once, m)
{
    const uint64_t value[2] = {page_of(THIRD), 0};
    struct a64 other;

    other = *m;
    core_create(&(struct core_config){.name = "other",
                                      .compatible = "arm,neoverse-n1",
                                      .engine = CORE_ENGINE_COMPILER,
                                      .hart_id = 1,
                                      .space = m->space,
                                      .fabric = &m->fabric,
                                      .frequency_hz = 1000000000,
                                      .aarch64.el2 = true},
                &other.core, NULL);
    other.pe = aarch64_of(vcpu_of(other.core));
    start_core(&other, false);
    EXPECT_EQ(region_checkpoint(m->ram, NULL), 0);
    EXPECT_EQ(read_at(m->pe), FIRST);
    EXPECT_EQ(read_at(other.pe), FIRST);
    EXPECT_EQ(space_write(m->space, &m->space->attributes,
                          gpa(A64_RAM + L3 + 8), 8, page_of(SECOND)),
              0);
    EXPECT_EQ(read_at(m->pe), SECOND);
    EXPECT_EQ(read_at(other.pe), SECOND);
    EXPECT(aarch64_store(other.pe, A64_RAM + L3 + 8, 8, value));
    EXPECT_EQ(read_at(m->pe), THIRD);
    EXPECT_EQ(read_at(other.pe), THIRD);
    region_rollback(m->ram);
    EXPECT_EQ(read_at(m->pe), FIRST);
    EXPECT_EQ(read_at(other.pe), FIRST);
    core_destroy(other.core);
}

/* ---- Bookkeeping --------------------------------------------------------- */

/* A page whose entries all changed may be written without notice again, and so
 * may one that is written again and again beside its entries. */
TEST_ON(pages_without_entries_in_use_are_let_go, m)
{
    EXPECT_EQ(read_at(m->pe), FIRST);
    EXPECT(m->ram->page_flags[L3 >> 12] & REGION_PAGE_TABLE);
    a64_put(m, L3 + 8, 0);
    EXPECT_EQ(m->ram->page_flags[L3 >> 12], REGION_PAGE_DIRTY);
    a64_put(m, L3 + 8, page_of(SECOND));
    EXPECT_EQ(read_at(m->pe), SECOND);
    for (unsigned i = 0; i < 4096; i++) {
        EXPECT(m->ram->page_flags[L3 >> 12] & REGION_PAGE_TABLE);
        a64_put(m, L3 + 0x800, i);
    }
    EXPECT_EQ(m->ram->page_flags[L3 >> 12], REGION_PAGE_DIRTY);
    EXPECT_EQ(read_at(m->pe), SECOND);
}

/* Two places that share a table see its changes. */
TEST_ON(a_table_of_two_places_ends_both, m)
{
    uint64_t value[2];

    a64_put(m, L2 + 16, A64_RAM + L3 + TABLE);
    EXPECT_EQ(read_at(m->pe), FIRST);
    EXPECT(aarch64_load(m->pe, 4 * MIB + AT, 8, value));
    EXPECT_EQ(value[0], FIRST);
    a64_put(m, L3 + 8, page_of(SECOND));
    EXPECT(aarch64_load(m->pe, 4 * MIB + AT, 8, value));
    EXPECT_EQ(value[0], SECOND);
    EXPECT_EQ(read_at(m->pe), SECOND);
}
