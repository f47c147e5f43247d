/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded code: entries into blocks, and cores that share it. */
#include "base/bits.h"
#include "engine/compiler/compiler.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};

/* A block with an instruction that has no operations, fused ones, one that
 * checks something first, and a branch that is fused with a comparison before
 * a NOP. */
static void load_program(struct a64 *m)
{
    A64_CODE(m, 0, 0x91000400, /* add x0, x0, #1 */
             0xd503201f,       /* nop */
             0x91000421,       /* add x1, x1, #1 */
             0xd2824682,       /* movz x2, #0x1234 */
             0xf2a00022,       /* movk x2, #1, lsl #16 */
             0x1e604000,       /* fmov d0, d0 */
             0x91000463,       /* add x3, x3, #1 */
             0xf1000c7f,       /* cmp x3, #3 */
             0xd503201f,       /* nop */
             0x54fffee1,       /* b.ne .-36 */
             0x91000484,       /* add x4, x4, #1 */
             0x14000000);      /* b . */
    AARCH64_SYS(m->pe, CPACR_EL1) = 3 << 20;
    aarch64_update(m->pe);
}

static void run_to(struct a64 *m, uint64_t count)
{
    core_run(m->core, count - m->core->retired);
}

/* Decoded from the start, then entered everywhere, in runs of all lengths. */
TEST(a_block_is_entered_at_any_of_its_instructions)
{
    for (unsigned entry = 0; entry < 12; entry++) {
        for (uint64_t budget = 1; budget <= 30; budget++) {
            struct a64 whole;
            OWNED(a64_fini) struct a64 steps;

            a64_init(&whole, &plain);
            a64_init(&steps, &plain);
            load_program(&whole);
            load_program(&steps);
            run_to(&whole, 40);
            whole.core->retired = 0;
            memset(whole.pe->state.r, 0, 8 * sizeof(uint64_t));
            whole.pe->state.r[IR_NZCV] = 0;
            whole.pe->state.r[IR_PC] = A64_RAM + entry * 4;
            steps.pe->state.r[IR_PC] = A64_RAM + entry * 4;
            run_to(&whole, budget);
            for (uint64_t i = 1; i <= budget; i++) {
                run_to(&steps, i);
            }
            test_case("entry %u, %u instructions", entry, (unsigned)budget);
            EXPECT_EQ(whole.core->retired, budget);
            EXPECT_BYTES(whole.pe->state.r, steps.pe->state.r,
                         sizeof(steps.pe->state.r));
            a64_fini(&whole);
        }
    }
}

/* The first comparison's second operation is fused with the branch after it,
 * so that a slice may not end between them. */
TEST(a_slice_ends_between_fused_instructions)
{
    for (uint64_t budget = 1; budget <= 8; budget++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &plain);
        A64_CODE(&m, 0, 0x91000800, /* add x0, x0, #2 */
                 0xeb400c01,        /* subs x1, x0, x0, lsr #3 */
                 0x54ffffc1,        /* b.ne .-8 */
                 0x14000000);       /* b . */
        run_to(&m, 3 * 16);
        m.core->retired = 0;
        m.pe->state.r[0] = 0x100;
        m.pe->state.r[1] = 0;
        run_to(&m, budget);
        test_case("%u instructions", (unsigned)budget);
        EXPECT_EQ(m.core->retired, budget);
        EXPECT_EQ(m.pe->state.r[IR_PC], A64_RAM + budget % 3 * 4);
        uint64_t turns = (budget + 2) / 3;
        uint64_t x0 = 0x100 + turns * 2;
        EXPECT_EQ(m.pe->state.r[0], x0);
        x0 = budget % 3 == 1 ? x0 - 2 : x0;
        EXPECT_EQ(m.pe->state.r[1], x0 == 0x100 ? 0 : x0 - (x0 >> 3));
    }
}

static struct core *second_core(struct a64 *m)
{
    struct core_config config = m->core->config;
    struct core *core;

    config.name = "second";
    config.compatible = "arm,cortex-a35";
    core_create(&config, &core, NULL);
    core->power = CORE_RUNNING;
    return core;
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, a64_init(m, &plain))

TEST_ON(cores_that_share_code_stop_at_their_own_breakpoints, m)
{
    load_program(m);
    struct core *second = second_core(m);
    core_run(second, 2);
    core_add_breakpoint(m->core, gva(A64_RAM + 8));
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_BREAKPOINT);
    EXPECT_EQ(m->core->retired, 2);
    EXPECT_EQ(core_run(second, 3), CORE_STOP_BUDGET);
    EXPECT_EQ(second->retired, 5);
    core_destroy(second);
    EXPECT_EQ(core_run(m->core, 3), CORE_STOP_BUDGET);
}

TEST_ON(code_that_one_core_changes_is_new_to_the_other, m)
{
    const uint32_t other = 0x91000800; /* add x0, x0, #2 */
    struct core *second;

    load_program(m);
    second = second_core(m);
    struct aarch64 *pe = aarch64_of(vcpu_of(second));
    core_run(m->core, 2);
    core_run(second, 2);
    EXPECT_EQ(pe->state.r[0], 1);
    a64_load(m, 0, &other, sizeof(other));
    pe->state.r[IR_PC] = A64_RAM;
    m->pe->state.r[IR_PC] = A64_RAM;
    core_run(second, 2);
    core_run(m->core, 2);
    EXPECT_EQ(pe->state.r[0], 3);
    EXPECT_EQ(m->pe->state.r[0], 3);
    core_destroy(second);
}

/* Twice as many pages as are kept, and one that calls them all. */
TEST_ON(a_page_that_is_used_between_others_is_not_evicted_for_them, m)
{
    const uint32_t ret = 0xd65f03c0;

    unsigned pages = m->pe->vcpu.guest->code_pages * 2;
    A64_CODE(m, 0, 0xd63f0020, /* blr x1 */
             0x91400421,       /* add x1, x1, #4096 */
             0x17fffffe);      /* b .-8 */
    for (unsigned i = 1; i <= pages; i++) {
        a64_load(m, i * (uint64_t)REGION_PAGE_SIZE, &ret, sizeof(ret));
    }
    m->pe->state.r[1] = A64_RAM + REGION_PAGE_SIZE;
    run_to(m, pages * (uint64_t)4);
    const struct code_statistics *statistics = &m->pe->vcpu.code->statistics;
    EXPECT_EQ(m->pe->state.r[1], A64_RAM + (pages + 1) * REGION_PAGE_SIZE);
    EXPECT_EQ(statistics->pages, pages + 1);
    EXPECT_EQ(statistics->evicted, pages / 2 + 1);
}

/* ---- Blocks that get warm ------------------------------------------------ */

/* Blocks of two instructions, a granule from each other. */
enum { WARM_BLOCK = 0x40 };

static void meet(struct a64 *m, unsigned block, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        m->pe->state.r[IR_PC] = A64_RAM + block * WARM_BLOCK;
        core_run(m->core, 2);
    }
}

/* So many were compiled, if there is a compiler for this host. */
static void expect_blocks(const struct a64 *m, uint64_t count)
{
    const struct compiler *compiler = m->pe->vcpu.code->compiler;

    if (compiler != NULL) {
        EXPECT_EQ(compiler_statistics(compiler)->blocks, count);
    }
}

TEST_ON(blocks_that_are_nearly_warm_are_compiled_with_one_that_is, m)
{
    const uint32_t code[] = {0x91000400,  /* add x0, x0, #1 */
                             0x17ffffff}; /* b .-4 */
    const uint32_t other = 0x91000800;    /* add x0, x0, #2 */

    for (unsigned i = 0; i < 4; i++) {
        a64_load(m, i * WARM_BLOCK, code, sizeof(code));
    }
    meet(m, 0, 3);
    meet(m, 1, 4);
    meet(m, 2, 4);
    a64_load(m, 2 * WARM_BLOCK, &other, sizeof(other)); /* gone again */
    meet(m, 3, 7);
    expect_blocks(m, 0);
    meet(m, 3, 1);
    expect_blocks(m, 2);
    meet(m, 1, 1);
    meet(m, 0, 4);
    expect_blocks(m, 2);
    meet(m, 0, 1);
    expect_blocks(m, 3);
    EXPECT_EQ(m->pe->state.r[0], 3 + 4 + 4 + 8 + 1 + 5);
    meet(m, 2, 1);
    EXPECT_EQ(m->pe->state.r[0], 25 + 2);
}

/* ---- Stores into pages with code ----------------------------------------- */

static const enum core_engine engines[] = {CORE_ENGINE_INTERPRETER,
                                           CORE_ENGINE_COMPILER,
                                           CORE_ENGINE_CHAOS, CORE_ENGINE_ANY};

static void init(struct a64 *m, enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine});
}

static const struct code_statistics *statistics(const struct a64 *m)
{
    return &m->pe->vcpu.code->statistics;
}

/* Instructions of programs here: w1 is what a program stores, x2 where. */
enum {
    ADD_1 = 0x91000400, /* add x0, x0, #1 */
    ADD_2 = 0x91000800, /* add x0, x0, #2 */
    STORE_W1 = 0xb9000041 /* str w1, [x2] */,
    BACK_1 = 0x17ffffff, /* b .-4 */
    BACK_2 = 0x17fffffe, /* b .-8 */
    SPIN = 0x14000000,   /* b . */
};

TEST(a_store_beside_code_in_its_page_keeps_the_code)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        A64_CODE(&m, 0x100, ADD_1, STORE_W1, BACK_2);
        m.pe->state.r[2] = A64_RAM + 0x140;
        m.pe->state.r[IR_PC] = A64_RAM + 0x100;
        test_case("engine %u", (unsigned)engines[i]);
        core_run(m.core, 3);
        EXPECT_EQ(statistics(&m)->dropped, 0);
        m.pe->state.r[2] = A64_RAM + 0xfc;
        core_run(m.core, 3 * 4);
        EXPECT_EQ(m.pe->state.r[0], 5);
        EXPECT_EQ(statistics(&m)->dropped, 0);
        EXPECT_EQ(statistics(&m)->written, 0);
        EXPECT_EQ(statistics(&m)->pages, 1);
    }
}

TEST_BEGINS(stores_beside_code_that_go_on_and_on_drop_it_now_and_then, m)
{
    init(m, CORE_ENGINE_ANY);
    A64_CODE(m, 0x100, ADD_1, STORE_W1, BACK_2);
    m->pe->state.r[2] = A64_RAM + 0x800;
    m->pe->state.r[IR_PC] = A64_RAM + 0x100;
    core_run(m->core, 3 * 100000);
    EXPECT_EQ(m->pe->state.r[0], 100000);
    EXPECT(statistics(m)->written >= 1 && statistics(m)->written < 40);
}

/* Blocks of 40 instructions at 0x20 reach into the granules at 0x40, 0x80; the
 * store is to each of their words, before or behind itself. */
TEST(a_store_into_any_instruction_of_a_block_is_seen_by_the_next_one)
{
    enum { LENGTH = 40, AT = 0x20 };

    for (size_t i = 0; i < ARRAY_SIZE(engines) * LENGTH; i++) {
        enum core_engine engine = engines[i / LENGTH];
        size_t target = i % LENGTH;
        uint32_t words[LENGTH + 1];
        OWNED(a64_fini) struct a64 m;

        init(&m, engine);
        for (size_t j = 0; j < LENGTH; j++) {
            words[j] = j == LENGTH / 2 ? STORE_W1 : ADD_1;
        }
        words[LENGTH] = 0x17ffffd8; /* b .-160 */
        a64_load(&m, AT, words, sizeof(words));
        m.pe->state.r[1] = ADD_2;
        m.pe->state.r[2] = A64_RAM + 0x1000;
        m.pe->state.r[IR_PC] = A64_RAM + AT;
        core_run(m.core, 10 * (LENGTH + 1));
        EXPECT_EQ(m.pe->state.r[0], 10 * (LENGTH - 1));
        m.pe->state.r[0] = 0;
        m.pe->state.r[2] = A64_RAM + AT + target * 4;
        core_run(m.core, 10 * (LENGTH + 1));
        test_case("engine %u, word %zu", (unsigned)engine, target);
        uint64_t twice = target == LENGTH / 2  ? 10 * 2 - 2
                         : target > LENGTH / 2 ? 10
                                               : 9;
        EXPECT_EQ(m.pe->state.r[0], 10 * (LENGTH - 1) + twice);
        EXPECT(statistics(&m)->dropped > 0);
    }
}

/* A block that jumps to a block that was dropped finds its successor: from a
 * block that stays, compiled and linked. */
TEST(a_linked_block_is_replaced_beneath_who_jumps_to_it)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;
        const uint32_t other = ADD_2;

        init(&m, engines[i]);
        A64_CODE(&m, 0, ADD_1, 0x1400003f); /* b .+252 */
        A64_CODE(&m, 0x100, ADD_1, 0x17ffffbf /* b .-260 */);
        core_run(m.core, 4 * 100);
        EXPECT_EQ(m.pe->state.r[0], 200);
        for (unsigned j = 1; j <= 50; j++) {
            a64_load(&m, 0x100, &other, sizeof(other));
            core_run(m.core, 4 * 20);
            test_case("engine %u, turn %u", (unsigned)engines[i], j);
            EXPECT_EQ(m.pe->state.r[0], 200 + 60 * j);
        }
        EXPECT_EQ(statistics(&m)->written, 2);
    }
}

TEST(code_that_goes_on_in_the_next_page_is_dropped_by_page)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        A64_CODE(&m, 0xff8, ADD_1, ADD_1, ADD_1, STORE_W1,
                 0x17fffffc /* b .-16 */);
        m.pe->state.r[1] = ADD_2;
        m.pe->state.r[2] = A64_RAM + 0x2000;
        m.pe->state.r[IR_PC] = A64_RAM + 0xff8;
        core_run(m.core, 5 * 20);
        EXPECT_EQ(m.pe->state.r[0], 60);
        m.pe->state.r[2] = A64_RAM + 0x1000; /* the third */
        core_run(m.core, 5 * 20);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(m.pe->state.r[0], 60 + 3 + 19 * 4);
        m.pe->state.r[2] = A64_RAM + 0xffc; /* the second */
        core_run(m.core, 5 * 20);
        EXPECT_EQ(m.pe->state.r[0], 139 + 4 + 19 * 5);
    }
}

#define ALIAS UINT64_C(0x80000000)

static void add_alias_at(struct a64 *m, uint64_t base)
{
    struct window alias = {.name = "alias",
                           .base = gpa(base),
                           .size_bytes = A64_RAM_SIZE,
                           .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                           .enabled = true,
                           .region = m->ram};

    space_add_window(m->space, &alias);
}

static void add_alias(struct a64 *m)
{
    add_alias_at(m, ALIAS);
}

TEST(a_store_by_another_address_of_the_same_memory_is_seen)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        add_alias(&m);
        A64_CODE(&m, 0, ADD_1, STORE_W1, BACK_2);
        m.pe->state.r[1] = ADD_2;
        m.pe->state.r[2] = A64_RAM + 0x2000;
        core_run(m.core, 3 * 20);
        m.pe->state.r[IR_PC] = ALIAS;
        core_run(m.core, 3 * 20);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(m.pe->state.r[0], 40);
        m.pe->state.r[2] = A64_RAM; /* runs at the alias, stores here */
        core_run(m.core, 3 * 20);
        EXPECT_EQ(m.pe->state.r[0], 40 + 1 + 19 * 2);
        m.pe->state.r[1] = ADD_1;
        m.pe->state.r[2] = ALIAS;
        m.pe->state.r[IR_PC] = A64_RAM;
        core_run(m.core, 3 * 20);
        EXPECT_EQ(m.pe->state.r[0], 79 + 2 + 19);
    }
}

/* True if a store to the page hits the soft TLB, in the bank of data. */
static bool may_write(const struct a64 *m, uint64_t page)
{
    const struct vcpu *cpu = &m->pe->vcpu;
    const struct vcpu_tlb *tlb = &cpu->tlbs[cpu->data_context];

    return tlb->data[vcpu_tlb_index(page)].tag[VCPU_WRITE] == page;
}

/* By which address it was given, or by two with entries of their own. Without
 * translation only the interpreter has entries. */
TEST(the_first_code_of_a_page_takes_permission_to_write_it)
{
    const uint64_t alias = ALIAS + 0x10000;
    const uint64_t other = A64_RAM + 0x6000;

    for (unsigned addresses = 1; addresses <= 3; addresses++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, CORE_ENGINE_INTERPRETER);
        add_alias_at(&m, alias);
        A64_CODE(&m, 0, STORE_W1, BACK_1);
        A64_CODE(&m, 0x5004, BACK_1);
        const uint64_t pages[] = {
            other, (addresses & 1) != 0 ? A64_RAM + 0x5000 : other,
            (addresses & 2) != 0 ? alias + 0x5000 : other};
        m.pe->state.r[1] = ADD_1;
        for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
            m.pe->state.r[2] = pages[i];
            m.pe->state.r[IR_PC] = A64_RAM;
            core_run(m.core, 20);
            EXPECT(may_write(&m, pages[i]));
        }
        m.pe->state.r[IR_PC] = A64_RAM + 0x5000;
        core_run(m.core, 20);
        test_case("addresses %u", addresses);
        EXPECT_EQ(m.pe->state.r[0], 10);
        EXPECT(may_write(&m, other));
        EXPECT(!may_write(&m, A64_RAM + 0x5000));
        EXPECT(!may_write(&m, alias + 0x5000));
        m.pe->state.r[0] = 0;
        m.pe->state.r[1] = ADD_2;
        m.pe->state.r[2] = alias + 0x5000;
        m.pe->state.r[IR_PC] = A64_RAM;
        core_run(m.core, 20);
        m.pe->state.r[IR_PC] = A64_RAM + 0x5000;
        core_run(m.core, 20);
        EXPECT_EQ(m.pe->state.r[0], 20);
    }
}

TEST(maintenance_of_caches_and_translations_drops_no_code)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        A64_CODE(&m, 0x100, 0xd50b7b22, /* dc cvau, x2 */
                 0xd5033f9f,            /* dsb sy */
                 0xd50b7522,            /* ic ivau, x2 */
                 0xd508751f,            /* ic iallu */
                 0xd508871f,            /* tlbi vmalle1 */
                 0xd5182003,            /* msr ttbr0_el1, x3 */
                 0xd5033fdf,            /* isb */
                 ADD_1, 0x17fffff8);    /* b .-32 */
        m.pe->state.r[2] = A64_RAM + 0x100;
        m.pe->state.r[IR_PC] = A64_RAM + 0x100;
        core_run(m.core, 9 * 50);
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(m.pe->state.r[0], 50);
        EXPECT_EQ(statistics(&m)->pages, 1);
        EXPECT_EQ(statistics(&m)->dropped, 0);
        EXPECT(m.pe->vcpu.code->decoded < 9 * 4);
    }
}

/* ---- Pages that are seen at two addresses -------------------------------- */

/* All that an instruction knows of its own address; it ends where it began. */
static void load_relative(struct a64 *m)
{
    A64_CODE(m, 0xff0, 0x10000001, /* adr x1, . */
             0x90000002,           /* adrp x2, . */
             0x91003042,           /* add x2, x2, #12 */
             0xb0080003,           /* adrp x3, .+0x10001000 */
             0x58000104,           /* ldr x4, .+32, in the next page */
             0x94000005,           /* bl .+20 */
             0xb5ffff41);          /* cbnz x1, .-24 */
    a64_put(m, 0x1020, 0x1122334455667788);
    A64_CODE(m, 0x1018, 0xd65f03c0 /* ret */);
}

static void expect_relative(const struct a64 *m, uint64_t base)
{
    const uint64_t *r = m->pe->state.r;

    EXPECT_EQ(r[1], base + 0xff0);
    EXPECT_EQ(r[2], base + 12);
    EXPECT_EQ(r[3], base + 0x10001000);
    EXPECT_EQ(r[4], 0x1122334455667788);
    EXPECT_EQ(r[30], base + 0x1008);
    EXPECT_EQ(r[IR_PC] - base, 0x1008);
}

/* In turns, so that neither address is the last one for long. */
TEST(a_page_that_is_seen_at_two_addresses_is_decoded_once)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        add_alias(&m);
        load_relative(&m);
        for (unsigned turn = 0; turn < 60; turn++) {
            uint64_t base = turn % 2 == 0 ? A64_RAM : ALIAS;

            m.pe->state.r[IR_PC] = base + 0xff0;
            core_run(m.core, 7 + turn % 3 * 8);
            test_case("engine %u, turn %u", (unsigned)engines[i], turn);
            expect_relative(&m, base);
        }
        /* As the MMU is off, also as code that checks alignment. */
        EXPECT_EQ(statistics(&m)->pages,
                  m.pe->vcpu.code->compiler != NULL ? 4 : 2);
    }
}

TEST(a_breakpoint_is_at_one_of_the_addresses_of_a_page)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, engines[i]);
        add_alias(&m);
        A64_CODE(&m, 0, ADD_1, ADD_1, ADD_1, 0x17fffffd /* b .-12 */);
        core_run(m.core, 100);
        core_add_breakpoint(m.core, gva(ALIAS + 4));
        m.pe->state.r[IR_PC] = A64_RAM;
        test_case("engine %u", (unsigned)engines[i]);
        EXPECT_EQ(core_run(m.core, 100), CORE_STOP_BUDGET);
        m.pe->state.r[IR_PC] = ALIAS;
        m.pe->state.r[0] = 0;
        EXPECT_EQ(core_run(m.core, 100), CORE_STOP_BREAKPOINT);
        EXPECT_EQ(m.pe->state.r[0], 1);
        m.pe->state.r[IR_PC] = A64_RAM;
        EXPECT_EQ(core_run(m.core, 100), CORE_STOP_BUDGET);
    }
}

/* ---- Random programs that store into themselves -------------------------- */

/*
 * Additions, subtractions, short jumps, and stores of instructions out of a
 * table to anywhere in the two pages of the program: x20 and x22 point to where
 * the next one goes and comes from. What they do is told again here.
 */

enum {
    PROGRAM = 0x2000, /* to TAIL, of jumps to its start; NOPs before it */
    TAIL = 0x4000,
    MARGIN = 0x100,
    TABLE = 0x8000,
    TABLE_WORDS = 64,
    PIECES = 30,
    PIECE = 150,
};

enum {
    BFI_TARGET = 0xb37e2814, /* bfi x20, x0, #2, #11 */
    BFI_SOURCE = 0xb37e1416, /* bfi x22, x0, #2, #6 */
    STORE = 0xb9000290,      /* str w16, [x20] */
    LOAD = 0xb94002d0,       /* ldr w16, [x22] */
    CBZ = 0xb4000000,
    B_NE = 0x54000001,
    SUBS = 0xf1000000,
    ADD = 0x91000000,
    NOP = 0xd503201f,
    MAJOR = 0xff000000,
};

static uint64_t draw(uint64_t *chance, uint64_t limit)
{
    *chance ^= *chance << 13;
    *chance ^= *chance >> 7;
    *chance ^= *chance << 17;
    return (*chance >> 11) % limit;
}

static uint32_t random_instruction(uint64_t *chance)
{
    uint32_t d = (uint32_t)draw(chance, 16);
    uint32_t n = (uint32_t)draw(chance, 16);

    switch (draw(chance, 24)) {
    case 0:
    case 1:
    case 2:
        return STORE;
    case 3:
    case 4:
    case 5:
        return BFI_TARGET | n << 5;
    case 6:
        return LOAD;
    case 7:
        return BFI_SOURCE | n << 5;
    case 8:
    case 9:
        return CBZ | (1 + (uint32_t)draw(chance, 63)) << 5 | d;
    case 10:
        return B_NE | (1 + (uint32_t)draw(chance, 63)) << 5;
    case 11:
        return B_NE | (0x7ffff - (uint32_t)draw(chance, 63)) << 5;
    case 12:
    case 13:
    case 14:
    case 15:
        return SUBS | (uint32_t)draw(chance, 3) << 10 | n << 5 | d;
    default:
        return ADD | (uint32_t)draw(chance, 4096) << 10 | n << 5 | d;
    }
}

/* The task of the core: registers, and the first 64 KiB of RAM. */
struct model {
    uint64_t x[32];
    uint64_t pc; /* in RAM */
    bool zero;
    uint32_t words[0x10000 / 4];
};

static void model_jump(struct model *m, uint32_t word, unsigned bits)
{
    uint64_t shift = 64 - bits;
    uint64_t offset = (bits == 26 ? (uint64_t)word : (uint64_t)word >> 5)
                      << shift;

    m->pc += (uint64_t)((int64_t)offset >> shift) * 4 - 4;
}

static void model_insert(struct model *m, uint32_t word, unsigned d,
                         unsigned width)
{
    uint64_t mask = (((uint64_t)1 << width) - 1) << 2;

    m->x[d] = (m->x[d] & ~mask) | (m->x[word >> 5 & 31] << 2 & mask);
}

static void model_step(struct model *m)
{
    uint32_t word = m->words[m->pc / 4];
    uint64_t a = m->x[word >> 5 & 31];
    uint64_t imm = word >> 10 & 0xfff;

    m->pc += 4;
    if ((word & MAJOR) == (uint32_t)ADD) {
        m->x[word & 31] = a + imm;
    } else if ((word & MAJOR) == (uint32_t)SUBS) {
        m->x[word & 31] = a - imm;
        m->zero = a == imm;
    } else if ((word & MAJOR) == (uint32_t)CBZ) {
        if (m->x[word & 31] == 0) {
            model_jump(m, word, 19);
        }
    } else if ((word & MAJOR) == B_NE - 1) {
        if (!m->zero) {
            model_jump(m, word, 19);
        }
    } else if (word == (uint32_t)STORE) {
        m->words[(m->x[20] - A64_RAM) / 4] = (uint32_t)m->x[16];
    } else if (word == (uint32_t)LOAD) {
        m->x[16] = m->words[(m->x[22] - A64_RAM) / 4];
    } else if ((word & ~0x3e0u) == (uint32_t)BFI_TARGET) {
        model_insert(m, word, 20, 11);
    } else if ((word & ~0x3e0u) == (uint32_t)BFI_SOURCE) {
        model_insert(m, word, 22, 6);
    } else if (word >> 26 == 5) {
        model_jump(m, word, 26);
    }
}

static void make_program(struct model *m, uint64_t *chance)
{
    memset(m, 0, sizeof(*m));
    for (size_t at = PROGRAM - MARGIN; at < TAIL + MARGIN; at += 4) {
        m->words[at / 4] = at < PROGRAM ? NOP
                           : at < TAIL
                               ? random_instruction(chance)
                               : 0x14000000 | ((PROGRAM - at) / 4 & 0x3ffffff);
    }
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        m->words[TABLE / 4 + i] = random_instruction(chance);
    }
}

/* Somewhere else in the program, with other values: it may be stuck. */
static void stir(struct model *m, uint64_t *chance)
{
    for (unsigned i = 0; i < 16; i++) {
        m->x[i] = draw(chance, 8) == 0 ? 0 : draw(chance, 1 << 11);
    }
    m->x[16] = random_instruction(chance);
    m->x[20] = A64_RAM + PROGRAM;
    m->x[22] = A64_RAM + TABLE;
    m->pc = PROGRAM + draw(chance, (TAIL - PROGRAM) / 4) * 4;
}

static bool run_piece(struct a64 *m, struct model *model)
{
    struct aarch64_state *state = &m->pe->state;

    memcpy(state->r, model->x, 31 * sizeof(uint64_t));
    state->r[IR_PC] = A64_RAM + model->pc;
    state->r[IR_NZCV] = model->zero ? 4 : 0;
    core_run(m->core, PIECE);
    for (unsigned i = 0; i < PIECE; i++) {
        model_step(model);
    }
    return EXPECT_EQ(state->r[IR_PC], A64_RAM + model->pc) &&
           EXPECT_BYTES(state->r, model->x, 31 * sizeof(uint64_t)) &&
           EXPECT_EQ((state->r[IR_NZCV] & 4) != 0, model->zero) &&
           EXPECT_BYTES(region_host(m->ram), model->words,
                        sizeof(model->words));
}

static void run_program(uint64_t seed, enum core_engine engine)
{
    static struct model model;
    uint64_t chance = seed * 0x9e3779b97f4a7c15u + 1;
    OWNED(a64_fini) struct a64 m;
    bool good = true;

    init(&m, engine);
    make_program(&model, &chance);
    a64_load(&m, 0, model.words, sizeof(model.words));
    for (unsigned piece = 0; good && piece < PIECES; piece++) {
        test_case("engine %u, program %u, piece %u", (unsigned)engine,
                  (unsigned)seed, piece);
        stir(&model, &chance);
        good = run_piece(&m, &model);
    }
}

TEST(random_programs_that_store_into_themselves_do_as_a_plain_model_does)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        for (unsigned seed = 0; seed < 60; seed++) {
            run_program(seed, engines[i]);
        }
    }
}
