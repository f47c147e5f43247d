/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jumps of compiled code between pages, against the interpreter: a place that
 * was jumped to may be another's code, nobody's or forbidden the next time.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

/* Offsets in RAM: tables, the loop, what it calls, and what is run between. */
enum {
    L1 = 0x10000,
    L2 = 0x11000,
    L3 = 0x12000,
    LOOP = 0x20000,
    THREES = 0x21000,
    FOURS = 0x22000,
    BETWEEN = 0x23000,
};

/* Addresses of these pages. Calls go to FIRST or RIVAL, which has SECOND's
 * place among the jumps, so that one is in the other place of the pair, and to
 * SECOND. NEIGHBOUR has that other place. */
enum {
    LOOP_AT = 0x1000,
    BETWEEN_AT = 0x2000,
    FIRST = 0x5000,
    RIVAL = 0x500c,
    NEIGHBOUR = 0x5008,
    SECOND = 0x6000
};
static_assert((((RIVAL ^ RIVAL >> 10) ^ (SECOND ^ SECOND >> 10)) >> 2 &
               (JUMPS - 1)) == 0,
              "both have one place");
static_assert((((NEIGHBOUR ^ NEIGHBOUR >> 10) ^ (SECOND ^ SECOND >> 10)) >> 2 &
               (JUMPS - 1)) == 1,
              "and the neighbour the other of the pair");

/* Counts in X3 or X4, from any word of the page on. */
static void fill(struct a64 *m, uint64_t offset, uint32_t add)
{
    uint32_t words[REGION_PAGE_SIZE / 4];

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        words[i] = i % 4 == 2 ? 0xd65f03c0 /* ret */ : add;
    }
    a64_load(m, offset, words, sizeof(words));
}

static void map(struct a64 *m, uint64_t address, uint64_t offset,
                uint64_t attributes)
{
    a64_put(m, L3 + (address >> 12) * 8,
            (A64_RAM + offset) | AF | PAGE | USER | READ_ONLY | attributes);
}

static void begin(struct a64 *m, enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine});
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 1 << 23;
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + L1;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_VECTORS_1;
    a64_put(m, L1, (A64_RAM + L2) | TABLE);
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK);
    a64_put(m, L2, (A64_RAM + L3) | TABLE);
    map(m, LOOP_AT, LOOP, 0);
    map(m, BETWEEN_AT, BETWEEN, 0);
    map(m, FIRST, THREES, 0);
    map(m, SECOND & ~0xfff, FOURS, 0);
    map(m, A64_VECTORS_1, A64_VECTORS_1, 0);
    for (unsigned at = 0; at < 0x800; at += 4) {
        A64_CODE(m, A64_VECTORS_1 + at, 0x14000000 /* b . */);
    }
    A64_CODE(m, LOOP, 0xd63f0020, /* blr x1 */
             0xd63f0040,          /* blr x2 */
             0x91000529,          /* add x9, x9, #1 */
             0x17fffffd);         /* b .-12 */
    fill(m, THREES, 0x91000463 /* add x3, x3, #1 */);
    fill(m, FOURS, 0x91000484 /* add x4, x4, #1 */);
    aarch64_set_sp(m->pe, 1, true);
    m->pe->state.r[1] = FIRST;
    m->pe->state.r[2] = SECOND;
    m->pe->state.r[8] = LOOP_AT;
    m->pe->state.r[IR_PC] = LOOP_AT;
    aarch64_update(m->pe);
}

/* Changes that happen while the loop rests: to tables, and by two
 * instructions. */
static const struct change {
    const char *what;
    uint64_t called; /* in place of FIRST */
    uint64_t entry;  /* offset in RAM of one that changes, 0 for none */
    uint64_t value;
    uint32_t instructions[2]; /* may use X5 to X7 */
    uint64_t x5;
    unsigned level; /* on at this one */
} changes[] = {
    {"nothing",                                             FIRST, 0,          0, {0xd503201f, 0xd503201f}, 0, 1},
    {"nothing, with one place",                             RIVAL, 0,          0, {0xd503201f, 0xd503201f}, 0, 1},
    {"a page goes elsewhere, with one place",
     RIVAL,                                                        L3 + 5 * 8,
     (A64_RAM + FOURS) | AF | PAGE,
     {0xd5088725, 0xd5033fdf},
     5,                                                                                                        1},
    {"a page goes elsewhere, with one place, TLBI VMALLE1",
     RIVAL,                                                        L3 + 5 * 8,
     (A64_RAM + FOURS) | AF | PAGE,
     {0xd508871f, 0xd5033fdf},
     0,                                                                                                        1},
    {"a page goes away, with a neighbour",
     NEIGHBOUR,                                                    L3 + 6 * 8,
     0,                                                                           {0xd5088725, 0xd5033fdf},
     6,                                                                                                        1},
    {"a page goes away, with one place",
     RIVAL,                                                        L3 + 6 * 8,
     0,                                                                           {0xd5088725, 0xd5033fdf},
     6,                                                                                                        1},
    {"all of a page is written",
     FIRST,                                                        THREES,
     0,                                                                           {0xd503201f, 0xd503201f},
     0,                                                                                                        1},
    {"a page goes elsewhere, TLBI VAE1",
     FIRST,                                                        L3 + 5 * 8,
     (A64_RAM + FOURS) | AF | PAGE,
     {0xd5088725, 0xd5033fdf},
     5,                                                                                                        1},
    {"a page goes elsewhere, TLBI VMALLE1",
     FIRST,                                                        L3 + 5 * 8,
     (A64_RAM + FOURS) | AF | PAGE,
     {0xd508871f, 0xd5033fdf},
     0,                                                                                                        1},
    {"a page goes away",                                    FIRST, L3 + 6 * 8, 0, {0xd5088725, 0xd5033fdf}, 6, 1},
    {"a leaf goes away by another page of it",
     A64_RAM + THREES,
     L1 + 8,
     0,                                                                           {0xd5088725, 0xd5033fdf},
     (A64_RAM + 0x300000) >> 12,
     1                                                                                                          },
    {"code is written",                                     FIRST, 0,          0, {0xf90000e6, 0xd503201f}, 0, 1},
    {"the level may execute nothing there",
     FIRST,                                                        L3 + 6 * 8,
     (A64_RAM + FOURS) | AF | PAGE | USER | READ_ONLY | UXN,
     {0xd5088725, 0xd5033fdf},
     6,                                                                                                        0},
};

static void happen(struct a64 *m, const struct change *change)
{
    if (change->entry == THREES) {
        fill(m, THREES, 0x91000c63 /* add x3, x3, #3 */);
    } else if (change->entry != 0) {
        a64_put(m, change->entry, change->value);
    }
    a64_load(m, BETWEEN, change->instructions, sizeof(change->instructions));
    A64_CODE(m, BETWEEN + 8, 0xd61f0100 /* br x8 */);
    m->pe->state.r[5] = change->x5;
    m->pe->state.r[6] = 0xd65f03c091001063; /* add x3, x3, #4; ret */
    m->pe->state.r[7] = A64_RAM + THREES;
    m->pe->state.r[IR_PC] = BETWEEN_AT;
    core_run(m->core, 3);
    aarch64_set_sp(m->pe, change->level, change->level != 0);
    aarch64_update(m->pe);
}

static void compare(const struct change *change, enum core_engine engine)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 compiled;

    begin(&plain, CORE_ENGINE_INTERPRETER);
    begin(&compiled, engine);
    plain.pe->state.r[1] = compiled.pe->state.r[1] = change->called;
    core_run(plain.core, 100);
    core_run(compiled.core, 100);
    EXPECT(plain.pe->state.r[9] > 5);
    happen(&plain, change);
    happen(&compiled, change);
    for (unsigned slice = 60; slice > 0; slice--) {
        core_run(plain.core, slice);
        core_run(compiled.core, slice);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
    }
    a64_fini(&plain);
}

TEST(a_jump_goes_to_what_is_there_now)
{
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        test_case("%s", changes[i].what);
        compare(&changes[i], CORE_ENGINE_COMPILER);
        compare(&changes[i], CORE_ENGINE_CHAOS);
    }
}

/* Code that is dropped now and then gives way to other code. */
TEST(a_jump_does_not_go_to_code_that_was_dropped)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 compiled;

    begin(&plain, CORE_ENGINE_INTERPRETER);
    begin(&compiled, CORE_ENGINE_CHAOS);
    for (unsigned turn = 0; turn < 3000; turn++) {
        static const uint64_t each[] = {FIRST, RIVAL, NEIGHBOUR, RIVAL};
        const uint64_t called = each[turn / 100 % ARRAY_SIZE(each)];

        plain.pe->state.r[1] = compiled.pe->state.r[1] = called;
        core_run(plain.core, 100);
        core_run(compiled.core, 100);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
    }
    a64_fini(&plain);
}

/* Addresses that empty places have, that no code can have, and that have
 * nothing. */
TEST(a_jump_to_nothing_faults)
{
    static const uint64_t targets[] = {
        0,
        1,
        2,
        3,
        4,
        8,
        0xffc,
        FIRST + 2,
        SECOND + 1,
        0x7000,
        UINT64_MAX,
        ~(uint64_t)3,
        (uint64_t)1 << 55 | FIRST,
        (uint64_t)1 << 32 | FIRST,
    };

    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        struct change change = changes[0];

        test_case("to %llx", (unsigned long long)targets[i]);
        struct a64 plain;
        OWNED(a64_fini) struct a64 compiled;
        begin(&plain, CORE_ENGINE_INTERPRETER);
        begin(&compiled, CORE_ENGINE_COMPILER);
        core_run(plain.core, 100);
        core_run(compiled.core, 100);
        plain.pe->state.r[2] = compiled.pe->state.r[2] = targets[i];
        happen(&plain, &change);
        happen(&compiled, &change);
        core_run(plain.core, 100);
        core_run(compiled.core, 100);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
        EXPECT(AARCH64_SYS(plain.pe, ESR_EL1) != 0);
        a64_fini(&plain);
    }
}
