/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings of coprocessors that are not there, not enabled, or do not have
 * them: NOCP or UNDEFINSTR (DDI 0553, R_QLGM; DDI 0403E, A5.3.18). */
#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

static const struct {
    const char *name;
    uint32_t encoding;
} encodings[] = {
    {"vadd.f32",          0xee300a00},
    {"vadd.f64",          0xee310b02},
    {"vrintz.f32",        0xeeb60ac0},
    {"vcvt.f64.f32",      0xeeb70ac0},
    {"vmrs r0, fpsid",    0xeef00a10},
    {"vmrs r0, mvfr0",    0xeef70a10},
    {"vmsr fpexc, r0",    0xeee80a10},
    {"vldr d16",          0xedd00b00},
    {"vadd.f64 d16",      0xee700b00},
    {"vlstm r0",          0xec200a00},
    {"mrc p14",           0xee100e10},
    {"cdp p0",            0xee000000},
    {"simd, 111x 1111",   0xef000a10},
    {"unallocated, cp 9", 0xec000900},
    {"unallocated, cp10", 0xec000a00},
};

enum outcome { RUNS, NOCP, UNDEFINED, HARD };

/* The results, by core: with CPACR's fields clear, and set. */
static const struct {
    const char *core;
    bool enables;
    uint8_t outcomes[ARRAY_SIZE(encodings)];
} cores[] = {
  /* clang-format off */
    {"arm,cortex-m0", false,
     {HARD, HARD, HARD, HARD, HARD, HARD, HARD, HARD, HARD, HARD, HARD, HARD,
      HARD, HARD, HARD}},
    {"arm,cortex-m3", true,
     {NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP,
      UNDEFINED, NOCP, NOCP}},
    {"arm,cortex-m33", true, /* VLSTM does nothing without registers */
     {NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, RUNS, NOCP, NOCP,
      UNDEFINED, NOCP, NOCP}},
    {"arm,cortex-m4f", false,
     {NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP,
      UNDEFINED, NOCP, NOCP}},
    {"arm,cortex-m4f", true,
     {RUNS, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED,
      UNDEFINED, UNDEFINED, UNDEFINED, NOCP, NOCP, UNDEFINED, NOCP,
      UNDEFINED}},
    {"arm,cortex-m7", false,
     {NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP,
      UNDEFINED, NOCP, NOCP}},
    {"arm,cortex-m7", true,
     {RUNS, RUNS, RUNS, RUNS, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED,
      UNDEFINED, UNDEFINED, NOCP, NOCP, UNDEFINED, NOCP, UNDEFINED}},
    {"arm,cortex-m33f", false,
     {NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, NOCP, RUNS, NOCP, NOCP,
      UNDEFINED, NOCP, NOCP}},
    {"arm,cortex-m33f", true,
     {RUNS, UNDEFINED, RUNS, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED,
      UNDEFINED, UNDEFINED, RUNS, NOCP, NOCP, UNDEFINED, NOCP, UNDEFINED}},
  /* clang-format on */
};

static enum outcome outcome_of(const struct mprofile_state *state)
{
    switch (state->exception) {
    case 0:
        return RUNS;
    case EXCEPTION_USAGE_FAULT:
        return state->cfsr[state->secure] == UFSR_NOCP ? NOCP : UNDEFINED;
    default:
        return HARD;
    }
}

static void run_one(const char *core, bool enables, uint32_t encoding,
                    enum core_engine engine, enum outcome expected)
{
    const uint16_t code[] = {(uint16_t)(encoding >> 16), (uint16_t)encoding,
                             HERE};
    OWNED(fini) struct machine machine;

    init_on(&machine, core, engine);
    struct mprofile_state *state = &of(&machine)->state;
    state->system_enabled[NON_SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    state->x[0] = RAM + 0x1000;
    poke(&machine, 0xe000ed88, enables ? 0xf << 20 : 0);
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(outcome_of(state), expected);
    if (expected == UNDEFINED) {
        EXPECT_EQ(state->cfsr[state->secure], UFSR_UNDEFINSTR);
    }
}

TEST(a_coprocessor_is_asked_for_before_its_encodings)
{
    static const enum core_engine engines[] = {CORE_ENGINE_INTERPRETER,
                                               CORE_ENGINE_ANY};

    for (size_t i = 0; i < ARRAY_SIZE(cores); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(encodings); j++) {
            test_case("%s, %s, %s", cores[i].core,
                      cores[i].enables ? "enabled" : "disabled",
                      encodings[j].name);
            for (size_t k = 0; k < ARRAY_SIZE(engines); k++) {
                run_one(cores[i].core, cores[i].enables, encodings[j].encoding,
                        engines[k], (enum outcome)cores[i].outcomes[j]);
            }
        }
    }
}

/* A system that gives threads floating point when they ask for it: its handler
 * enables the coprocessor and returns to the instruction. One that the core
 * does not have must come back as UNDEFINSTR, or the handler is entered for
 * ever. */
TEST(a_handler_that_enables_floating_point_sees_an_undefined_encoding_once)
{
    static const uint16_t code[] = {0xeef0, 0x0a10 /* VMRS r0, FPSID */, HERE};
    static const uint16_t handler[] = {
        0x6829,         /* LDR r1, [r5] (CFSR) */
        0x4039,         /* ANDS r1, r7 (UNDEFINSTR) */
        0xd1fe,         /* BNE . */
        0x6034,         /* STR r4, [r6] (CPACR) */
        0xf3bf, 0x8f6f, /* ISB */
        BX_LR,
    };
    OWNED(fini) struct machine machine;

    init(&machine, "arm,cortex-m4f");
    struct mprofile_state *state = &of(&machine)->state;
    state->system_enabled[NON_SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    state->x[4] = 0xf << 20;
    state->x[5] = 0xe000ed28;
    state->x[6] = 0xe000ed88;
    state->x[7] = UFSR_UNDEFINSTR;
    put(&machine, HANDLER, handler, sizeof(handler));
    run(&machine, code, sizeof(code), 100);
    EXPECT_EQ(machine.core->traps, 2);
    EXPECT_EQ(state->cfsr[NON_SECURE], UFSR_NOCP | UFSR_UNDEFINSTR);
}
