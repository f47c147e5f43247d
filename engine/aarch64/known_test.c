/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages and walks that are known behind the soft TLB: by the interpreter, by
 * compiled code and by helpers. Many pages lie at the same place of the soft
 * TLB, and tables are changed behind memory's back, which no guest can do:
 * where the old page still answers, it was known.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

#define MIB ((uint64_t)1 << 20)

/* Offsets in RAM: code, tables, and pages that begin with their own offset. */
enum {
    CODE = 0x1000,
    L1 = 0x10000,
    L2 = 0x11000,
    OTHER_L1 = 0x12000,
    OTHER_L2 = 0x13000,
    OTHER_L3 = 0x14000,
    L3 = 0x20000, /* for TABLES * 2 MiB */
    TABLES = 64,
    DATA = 0x200000,
    PAGES = 2048,
    APART = 4 << 20, /* pages of one place of the soft TLB */
};

enum {
    TLBI_ALL = AARCH64_ENCODING(1, 0, 8, 7, 0),
    TLBI_PAGE = AARCH64_ENCODING(1, 0, 8, 7, 1),
};

static const enum core_engine engines[] = {
    CORE_ENGINE_INTERPRETER, CORE_ENGINE_COMPILER, CORE_ENGINE_CHAOS};

/* Where the page at an address lies. */
static uint64_t data_of(uint64_t address)
{
    return DATA + (address >> 12) % PAGES * 4096;
}

static uint64_t l3_of(uint64_t address)
{
    return L3 + (address >> 12) * 8;
}

/* EL1 with RAM as it is from 1 GiB on, and pages at 0. */
static void init(struct a64 *m, enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine, .aarch64.el3 = true});
    a64_vectors(m);
    aarch64_register_write(m->pe, AARCH64_VBAR_EL1, A64_RAM + A64_VECTORS_1);
    aarch64_register_write(m->pe, AARCH64_TCR_EL1,
                           25 | (uint64_t)1 << 23 | (uint64_t)2 << 32);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL1, 0xff);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + L1);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0x30d00801);
    a64_put(m, L1, A64_RAM + L2 + TABLE);
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK);
    for (uint64_t i = 0; i < TABLES; i++) {
        a64_put(m, L2 + i * 8, A64_RAM + L3 + i * 4096 + TABLE);
    }
    for (uint64_t at = 0; at < TABLES * 2 * MIB; at += 4096) {
        a64_put(m, l3_of(at), (A64_RAM + data_of(at)) | AF | PAGE);
        a64_put(m, data_of(at), data_of(at));
    }
    m->pe->state.level = 1;
    aarch64_update(m->pe);
    m->pe->state.r[IR_PC] = A64_RAM + CODE;
}

static uint64_t read_at(struct a64 *m, uint64_t address)
{
    uint64_t value[2];

    return aarch64_load(m->pe, address, 8, value) ? value[0] : 1;
}

static uint64_t fills(const struct a64 *m)
{
    return m->pe->vcpu.statistics.fills[VCPU_READ] +
           m->pe->vcpu.statistics.fills[VCPU_WRITE];
}

/* Adds one to four pages of one place by turns, of which two and two are the
 * same memory: within a page, at its end, and on to the next one. */
TEST(pages_of_one_place_are_filled_once)
{
    static const uint64_t offsets[] = {0, 3, 0xff8, 0xffc};

    for (size_t i = 0; i < ARRAY_SIZE(engines) * ARRAY_SIZE(offsets); i++) {
        const enum core_engine engine = engines[i % ARRAY_SIZE(engines)];
        const uint64_t offset = offsets[i / ARRAY_SIZE(engines)];
        OWNED(a64_fini) struct a64 m;

        init(&m, engine);
        A64_CODE(&m, CODE, 0x8b030022, /* add x2, x1, x3 */
                 0xf9400044,           /* ldr x4, [x2] */
                 0x91000484,           /* add x4, x4, #1 */
                 0xf9000044,           /* str x4, [x2] */
                 0x91500063,           /* add x3, x3, #4 MiB */
                 0x926a0463,           /* and x3, x3, #12 MiB */
                 0x17fffffa);          /* b .-24 */
        m.pe->state.r[1] = offset;
        const uint64_t first = read_at(&m, offset);
        const uint64_t second = read_at(&m, APART + offset);
        core_run(m.core, 7 * 4 * 4);
        aarch64_banks_invalidate(m.pe, TLBI_ALL, 0);
        core_run(m.core, 7 * 4 * 4);
        const uint64_t before = fills(&m);
        core_run(m.core, 7 * 4 * 100);
        test_case("engine %u, offset %u", (unsigned)engine, (unsigned)offset);
        EXPECT_EQ(fills(&m), before);
        EXPECT_EQ(read_at(&m, offset), first + 2 * 108);
        EXPECT_EQ(read_at(&m, 3 * APART + offset), second + 2 * 108);
    }
}

enum { ADD_1 = 0x91000400, ADD_2 = 0x91000800 }; /* add x0, x0, #n */

/* Stores w1 at x2, loads from x6, which crowds out that page, and calls x7. */
static void load_loop(struct a64 *m)
{
    A64_CODE(m, CODE, 0xb9000041 /* str w1, [x2] */,
             0xf94000c5 /* ldr x5, [x6] */, 0xd63f00e0 /* blr x7 */,
             0x17fffffd /* b .-12 */);
    A64_CODE(m, DATA, ADD_1, 0xd65f03c0 /* ret */);
    m->pe->state.r[1] = ADD_1;
    m->pe->state.r[2] = 0;
    m->pe->state.r[6] = APART;
    m->pe->state.r[7] = A64_RAM + DATA;
}

TEST(a_known_page_that_gets_code_is_not_written_unnoticed)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        for (unsigned aliases = 0; aliases < 2; aliases++) {
            OWNED(a64_fini) struct a64 m;
            const uint64_t value[2] = {ADD_1, 0};

            init(&m, engines[i]);
            load_loop(&m);
            EXPECT(aarch64_store(m.pe, 0, 4, value));
            EXPECT(aarch64_store(m.pe, aliases * 2 * APART, 4, value));
            EXPECT_EQ(read_at(&m, APART), data_of(APART));
            core_run(m.core, 6 * 20);
            m.pe->state.r[1] = ADD_2;
            core_run(m.core, 6 * 20);
            test_case("engine %u, aliases %u", (unsigned)engines[i], aliases);
            EXPECT_EQ(m.pe->state.r[0], 20 + 2 * 20);
        }
    }
}

TEST(a_store_to_a_known_page_is_noticed_after_a_checkpoint)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        load_loop(&m);
        m.pe->state.r[2] = 0x1000;
        m.pe->state.r[6] = APART + 0x1000;
        core_run(m.core, 6 * 20);
        EXPECT_EQ(region_checkpoint(m.ram, NULL), 0);
        const size_t page = data_of(0x1000) >> 12;
        EXPECT(region_next_dirty(m.ram, page) != page);
        const uint64_t before = fills(&m);
        core_run(m.core, 6 * 20);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(region_next_dirty(m.ram, page), page);
        EXPECT(fills(&m) - before <= 4);
    }
}

TEST(a_watched_page_is_not_known)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        load_loop(&m);
        m.pe->state.r[2] = 0x1000;
        m.pe->state.r[6] = APART + 0x1000;
        core_run(m.core, 6 * 20);
        core_add_watchpoint(m.core, gva(0x1000), 4, WATCH_WRITE);
        test_case("engine %u", (unsigned)engines[i]);
        for (unsigned j = 0; j < 3; j++) {
            EXPECT_EQ(core_run(m.core, 6 * 20), CORE_STOP_WATCHPOINT);
            EXPECT_EQ(m.core->stop_address.value, 0x1000);
        }
    }
}

/* ---- What ends them ------------------------------------------------------ */

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, CORE_ENGINE_INTERPRETER))

TEST_ON(stamps_are_not_taken_for_older_ones, m)
{
    struct vcpu *cpu = &m->pe->vcpu;
    EXPECT_EQ(read_at(m, 0), data_of(0));
    const uint32_t stamp = cpu->tlbs[cpu->data_context].stamp;
    cpu->compiled.known.stamp = UINT32_MAX;
    a64_put(m, l3_of(0), (A64_RAM + DATA + 0x3000) | AF | PAGE);
    for (unsigned i = 0; i < 2 * VCPU_CONTEXTS; i++) {
        EXPECT_EQ(read_at(m, APART), data_of(APART));
        aarch64_banks_invalidate(m->pe, TLBI_ALL, 0);
        for (unsigned j = 0; j < VCPU_CONTEXTS; j++) {
            for (unsigned k = 0; k < j; k++) {
                EXPECT(cpu->tlbs[j].stamp != cpu->tlbs[k].stamp);
            }
        }
        if (cpu->tlbs[cpu->data_context].stamp == stamp) {
            EXPECT_EQ(read_at(m, 0), DATA + 0x3000);
        }
    }
}

TEST_ON(a_table_of_known_pages_grows_and_forgets_nothing_it_should_not, m)
{
    const struct known *known = &m->pe->vcpu.compiled.known;
    const uint32_t least = known->mask;
    for (unsigned turn = 0; turn < 4; turn++) {
        for (uint64_t at = 0; at < TABLES * 2 * MIB; at += 4096) {
            const uint64_t value[2] = {data_of(at), 0};

            EXPECT_EQ(read_at(m, at), data_of(at));
            EXPECT(aarch64_store(m->pe, at, 8, value));
        }
    }
    EXPECT(known->mask > least);
    const uint64_t before = fills(m);
    for (uint64_t at = 0; at < TABLES * MIB; at += 4096) {
        EXPECT_EQ(read_at(m, at), data_of(at));
    }
    EXPECT_EQ(fills(m), before);
    /* All of them, whatever the size was when they were entered. */
    EXPECT_EQ(region_checkpoint(m->ram, NULL), 0);
    for (uint64_t at = 0; at < PAGES * 4096; at += 4096) {
        const uint64_t value[2] = {at, 0};

        EXPECT(aarch64_store(m->pe, at, 8, value));
        EXPECT_EQ(region_next_dirty(m->ram, data_of(at) >> 12),
                  data_of(at) >> 12);
    }
}

/* ---- Walks --------------------------------------------------------------- */

/* A page of another table in the place of L3's for the same block. */
static void other_table(struct a64 *m, uint64_t page, uint64_t to)
{
    a64_put_unheard(m, L2, A64_RAM + OTHER_L3 + TABLE);
    a64_put_unheard(m, OTHER_L3 + page * 8, (A64_RAM + to) | AF | PAGE);
}

TEST(walks_begin_at_the_table_that_the_last_one_found)
{
    static const struct {
        uint64_t operand;
        uint32_t encoding;
        bool invalidates;
        bool drops;
    } rows[] = {
        {0,     0,         false, false},
        {0,     TLBI_ALL,  true,  true },
        {0,     TLBI_PAGE, true,  true },
        {0x400, TLBI_PAGE, true,  true }, /* the same table of level 2 */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, CORE_ENGINE_INTERPRETER);
        EXPECT_EQ(read_at(&m, 0), data_of(0));
        other_table(&m, 1, DATA + 0x5000);
        if (rows[i].invalidates) {
            aarch64_banks_invalidate(m.pe, rows[i].encoding, rows[i].operand);
        }
        test_case("row %zu", i);
        EXPECT_EQ(read_at(&m, 0x1000),
                  rows[i].drops ? DATA + 0x5000 : data_of(0x1000));
    }
}

TEST_ON(no_fault_is_of_a_table_that_an_earlier_walk_found, m)
{
    a64_put(m, l3_of(0x1000), 0);
    EXPECT_EQ(read_at(m, 0), data_of(0));
    EXPECT_EQ(read_at(m, 0x1000), 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1) & 63, 7);
    other_table(m, 1, DATA + 0x5000);
    EXPECT_EQ(read_at(m, 0x1000), DATA + 0x5000);
    /* And a block that was not accessed yet. */
    a64_put(m, L2 + 8, A64_RAM | BLOCK);
    EXPECT_EQ(read_at(m, 2 * MIB), 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1) & 63, 10);
    a64_put(m, L2 + 8, (A64_RAM + DATA) | AF | BLOCK);
    EXPECT_EQ(read_at(m, 2 * MIB), DATA);
}

/* Pages of EL1 that are global keep their bank when the table changes. */
TEST_ON(a_walk_of_another_table_begins_at_its_top, m)
{
    EXPECT_EQ(read_at(m, 0), data_of(0));
    a64_put(m, OTHER_L1, A64_RAM + OTHER_L2 + TABLE);
    a64_put(m, OTHER_L2, A64_RAM + OTHER_L3 + TABLE);
    a64_put(m, OTHER_L3 + 8, (A64_RAM + DATA + 0x5000) | AF | PAGE);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + OTHER_L1);
    EXPECT_EQ(read_at(m, 0x1000), DATA + 0x5000);
}

/* Restrictions of tables hold for walks that begin behind these. */
TEST_ON(what_tables_forbid_is_remembered_with_them, m)
{
    const uint64_t value[2] = {7, 0};

    a64_put(m, L2, (A64_RAM + L3 + TABLE) | (uint64_t)1 << 62);
    EXPECT_EQ(read_at(m, 0), data_of(0));
    EXPECT(!aarch64_store(m->pe, 0x1000, 8, value));
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1) & 63, 15);
    EXPECT_EQ(read_at(m, 0x2000), data_of(0x2000));
    EXPECT_EQ(a64_at(m, data_of(0x1000)), data_of(0x1000));
}

/* Tables restrict nothing at EL1 (TCR_EL1.HPD0), but do at EL3. */
TEST_ON(a_walk_of_another_level_is_not_resumed, m)
{
    const uint64_t value[2] = {7, 0};

    a64_put(m, L2, (A64_RAM + L3 + TABLE) | (uint64_t)1 << 62);
    AARCH64_SYS(m->pe, TCR_EL1) |= (uint64_t)1 << 41;
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL3, A64_RAM + L1);
    aarch64_register_write(m->pe, AARCH64_TCR_EL3, 25 | (uint64_t)2 << 16);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL3, 0xff);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL3, 0x30c50831);
    EXPECT(aarch64_store(m->pe, 0x1000, 8, value));
    m->pe->state.level = 3;
    aarch64_update(m->pe);
    EXPECT_EQ(read_at(m, 0x2000), data_of(0x2000));
    EXPECT(!aarch64_store(m->pe, 0x3000, 8, value));
}
