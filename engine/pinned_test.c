/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest registers that compiled code keeps in the host's follow what the
 * guest names most; the state is the interpreter's before and behind the
 * change.
 */
#include "engine/compiler/compiler.h"
#include "tests/a64.h"
#include "tests/harness.h"

/* Instructions of the loop, of which each names three registers. */
enum { ADDS = 60, REGISTERS = 9 };
/* Instructions, and slices of as many as a sample is taken of. */
enum { SLICE = (1 << 16) + 77, SLICES = 100 };

static const uint8_t of_gcc[REGISTERS] = {0, 1, 2, 3, 4, 5, 19, 20, 21};
static const uint8_t of_clang[REGISTERS] = {0, 1, 8, 9, 10, 11, 12, 19, 20};
static const uint8_t others[REGISTERS] = {22, 23, 24, 25, 26, 27, 28, 29, 30};

/* The registers are added to each other in turn, for ever. */
static void begin(struct a64 *m, const uint8_t *registers,
                  enum core_engine engine)
{
    uint32_t words[ADDS + 1];

    a64_init(m, &(struct core_config){.engine = engine});
    for (unsigned i = 0; i < ADDS; i++) {
        const uint32_t d = registers[i % REGISTERS];
        const uint32_t other = registers[(i * 7 + 3) % REGISTERS];

        words[i] = 0x8b000000 | other << 16 | d << 5 | d; /* add */
    }
    words[ADDS] = 0x17ffffff - ADDS + 1; /* b, to the first */
    a64_load(m, 0, words, sizeof(words));
    for (unsigned r = 0; r < 31; r++) {
        m->pe->state.r[r] = r * 0x9e3779b97f4a7c15 + 1;
    }
}

static uint64_t flushes(const struct a64 *m)
{
    const struct vcpu *cpu = (const struct vcpu *)m->core;

    return compiler_statistics(cpu->code->compiler)->flushes;
}

/* How often the compiler dropped all code, which changed nothing. */
static uint64_t count_flushes(const uint8_t *registers, enum core_engine engine)
{
    struct a64 plain;
    struct a64 compiled;
    unsigned slices = engine == CORE_ENGINE_CHAOS ? SLICES / 10 : SLICES;

    begin(&plain, registers, CORE_ENGINE_INTERPRETER);
    begin(&compiled, registers, engine);
    for (unsigned i = 0; i < slices; i++) {
        core_run(plain.core, SLICE);
        core_run(compiled.core, SLICE);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
    }
    const uint64_t count = flushes(&compiled);
    a64_fini(&plain);
    a64_fini(&compiled);
    return count;
}

TEST(registers_that_the_guest_names_most_are_pinned)
{
    EXPECT_EQ(count_flushes(of_clang, CORE_ENGINE_COMPILER), 1);
    EXPECT_EQ(count_flushes(of_clang, CORE_ENGINE_ANY), 1);
    EXPECT_EQ(count_flushes(others, CORE_ENGINE_COMPILER), 1);
}

TEST(those_that_are_pinned_are_left_alone)
{
    EXPECT_EQ(count_flushes(of_gcc, CORE_ENGINE_COMPILER), 0);
    EXPECT_EQ(count_flushes(of_gcc, CORE_ENGINE_ANY), 0);
}

/* Other code has run for so short a time that all code made anew cost more. */
TEST(what_does_not_last_changes_nothing)
{
    OWNED(a64_fini) struct a64 m;

    begin(&m, others, CORE_ENGINE_COMPILER);
    for (unsigned i = 0; i < 12; i++) {
        core_run(m.core, SLICE);
    }
    EXPECT_EQ(flushes(&m), 0);
}

TEST(chaos_pins_any)
{
    EXPECT(count_flushes(of_gcc, CORE_ENGINE_CHAOS) > 0);
    EXPECT(count_flushes(others, CORE_ENGINE_CHAOS) > 0);
}
