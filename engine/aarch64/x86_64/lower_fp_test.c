/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point on the host's instructions against the soft one, which GNU
 * MPFR and QEMU hold: registers, NZCV and flags are the same for operands of
 * every kind, with FPSR.IXC set and clear.
 */
#include <stdio.h>
#include <sys/platform/x86.h>
#include <xmmintrin.h>

#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

enum { INEXACT = 0x10, OPERANDS = 24 };

static const uint64_t doubles[OPERANDS] = {
    0,
    0x8000000000000000, /* -0 */
    0x0000000000000001, /* the smallest */
    0x800fffffffffffff, /* the largest subnormal */
    0x0010000000000000, /* the smallest normal, and around it */
    0x0010000000000001,
    0x0020000000000000,
    0x3ff0000000000000, /* 1 */
    0xbff0000000000000,
    0x3ff0000000000001,
    0x3fefffffffffffff,
    0x4330000000000001, /* integers at the end of exactness */
    0x43e0000000000000, /* 2^63 */
    0xc3e0000000000000,
    0x41e0000000000000, /* 2^31 */
    0xc1e0000000200000,
    0x1ff0000000000000, /* its square is subnormal */
    0x2000000000000001,
    0x7fefffffffffffff, /* the largest */
    0x7ff0000000000000, /* infinity */
    0xfff0000000000000,
    0x7ff8000000000001, /* quiet, and signalling */
    0xfff0000000000123,
    0x4008b1d2c3f4a596,
};

static const uint32_t singles[OPERANDS] = {
    0,          0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x00800001,
    0x01000000, 0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x4b000001,
    0x5f000000, 0xdf000000, 0x4f000000, 0xcf000001, 0x1f800000, 0x20000001,
    0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00001, 0xff800123, 0x40458e96,
};

/* On v1, v2 and v3 to v0; x1 and x0. */
static const struct {
    uint32_t insn;
    const char *text;
} instructions[] = {
    {0x1e622820, "fadd d0, d1, d2"           },
    {0x1e222820, "fadd s0, s1, s2"           },
    {0x1e623820, "fsub d0, d1, d2"           },
    {0x1e620820, "fmul d0, d1, d2"           },
    {0x1e220820, "fmul s0, s1, s2"           },
    {0x1e621820, "fdiv d0, d1, d2"           },
    {0x1e221820, "fdiv s0, s1, s2"           },
    {0x1e61c020, "fsqrt d0, d1"              },
    {0x1e21c020, "fsqrt s0, s1"              },
    {0x1f420c20, "fmadd d0, d1, d2, d3"      },
    {0x1f428c20, "fmsub d0, d1, d2, d3"      },
    {0x1f620c20, "fnmadd d0, d1, d2, d3"     },
    {0x1f628c20, "fnmsub d0, d1, d2, d3"     },
    {0x1f020c20, "fmadd s0, s1, s2, s3"      },
    {0x4e62d420, "fadd v0.2d, v1.2d, v2.2d"  },
    {0x4e22d420, "fadd v0.4s, v1.4s, v2.4s"  },
    {0x0e22d420, "fadd v0.2s, v1.2s, v2.2s"  },
    {0x4ea2d420, "fsub v0.4s, v1.4s, v2.4s"  },
    {0x6e62dc20, "fmul v0.2d, v1.2d, v2.2d"  },
    {0x2e22dc20, "fmul v0.2s, v1.2s, v2.2s"  },
    {0x6e22fc20, "fdiv v0.4s, v1.4s, v2.4s"  },
    {0x4e62cc20, "fmla v0.2d, v1.2d, v2.2d"  },
    {0x4ea2cc20, "fmls v0.4s, v1.4s, v2.4s"  },
    {0x4fa21020, "fmla v0.4s, v1.4s, v2.s[1]"},
    {0x4fc29820, "fmul v0.2d, v1.2d, v2.d[1]"},
    {0x1e622020, "fcmp d1, d2"               },
    {0x1e222030, "fcmpe s1, s2"              },
    {0x1e602028, "fcmp d1, #0.0"             },
    {0x1e62cc20, "fcsel d0, d1, d2, gt"      },
    {0x9e620020, "scvtf d0, x1"              },
    {0x1e220020, "scvtf s0, w1"              },
    {0x9e630020, "ucvtf d0, x1"              },
    {0x9e230020, "ucvtf s0, x1"              },
    {0x1e630020, "ucvtf d0, w1"              },
    {0x9e780020, "fcvtzs x0, d1"             },
    {0x1e780020, "fcvtzs w0, d1"             },
    {0x9e380020, "fcvtzs x0, s1"             },
};

static uint64_t operand(bool twofold, size_t index)
{
    return twofold ? doubles[index]
                   : singles[index] | (uint64_t)singles[(index + 7) % OPERANDS]
                                          << 32;
}

/* The instruction and a jump to itself, as one block. */
static void run(struct a64 *m, bool twofold, size_t first, size_t second,
                uint32_t fpsr)
{
    struct aarch64_state *state = &m->pe->state;

    for (unsigned half = 0; half < 2; half++) {
        size_t shift = half * 5;

        state->v[0].d[half] = operand(twofold, (first + second) % OPERANDS);
        state->v[1].d[half] = operand(twofold, (first + shift) % OPERANDS);
        state->v[2].d[half] = operand(twofold, (second + shift) % OPERANDS);
        state->v[3].d[half] = operand(twofold, (first * 5 + 3) % OPERANDS);
    }
    state->r[1] = doubles[first] ^ singles[second];
    state->r[IR_NZCV] = (first + second) & 15;
    state->r[IR_PC] = A64_RAM;
    state->fpsr = fpsr;
    core_run(m->core, 2);
}

static void start(struct a64 *m, uint32_t insn, enum core_engine engine)
{
    const uint32_t words[] = {insn, 0x14000000};

    a64_init(m, &(struct core_config){.engine = engine});
    AARCH64_SYS(m->pe, CPACR_EL1) = 3 << 20;
    aarch64_update(m->pe);
    a64_load(m, 0, words, sizeof(words));
}

static void compare(const struct aarch64_state *a,
                    const struct aarch64_state *b, const char *text,
                    size_t first, size_t second)
{
    test_case("%s of %zu and %zu", text, first, second);
    EXPECT_BYTES(a->v, b->v, sizeof(a->v));
    EXPECT_EQ(a->fpsr, b->fpsr);
    EXPECT_EQ(a->r[0], b->r[0]);
    EXPECT_EQ(a->r[IR_NZCV], b->r[IR_NZCV]);
}

static void check(size_t index, uint32_t fpsr)
{
    struct a64 soft;
    OWNED(a64_fini) struct a64 host;
    uint32_t insn = instructions[index].insn;

    start(&soft, insn, CORE_ENGINE_INTERPRETER);
    start(&host, insn, CORE_ENGINE_COMPILER);
    REQUIRE(host.core != NULL);
    for (size_t i = 0; i < OPERANDS * OPERANDS * 2; i++) {
        size_t first = i / OPERANDS % OPERANDS;
        size_t second = i % OPERANDS;
        bool twofold = i >= (size_t)OPERANDS * OPERANDS;

        run(&soft, twofold, first, second, fpsr);
        run(&host, twofold, first, second, fpsr);
        compare(&host.pe->state, &soft.pe->state, instructions[index].text,
                first, second);
    }
    a64_fini(&soft);
}

TEST(results_and_flags_are_those_of_soft_floating_point)
{
    if (!CPU_FEATURE_ACTIVE(AVX2)) {
        SKIP("this host has no AVX2");
    }
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        check(i, INEXACT);
    }
}

TEST(the_first_inexact_result_sets_its_flag)
{
    if (!CPU_FEATURE_ACTIVE(AVX2)) {
        SKIP("this host has no AVX2");
    }
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        check(i, 0);
    }
}

/* Flush to zero, denormals are zero, and each way to round; and exceptions
 * that would end the program. */
static const unsigned modes[] = {0x1f80, 0x9fc0, 0x3f80, 0x5f80, 0x7f80, 0};

static void run_in_mode(struct a64 *m, unsigned mode, size_t first,
                        size_t second)
{
    unsigned before = _mm_getcsr();

    _mm_setcsr(mode);
    run(m, true, first, second, INEXACT);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    EXPECT_EQ(after, mode);
}

static void check_in_modes(size_t index, enum core_engine engine)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 other;
    uint32_t insn = instructions[index].insn;

    start(&plain, insn, CORE_ENGINE_INTERPRETER);
    start(&other, insn, engine);
    for (size_t i = 0; i < OPERANDS * OPERANDS; i += 5) {
        run(&plain, true, i / OPERANDS, i % OPERANDS, INEXACT);
        for (size_t mode = 0; mode < ARRAY_SIZE(modes); mode++) {
            run_in_mode(&other, modes[mode], i / OPERANDS, i % OPERANDS);
            compare(&other.pe->state, &plain.pe->state,
                    instructions[index].text, i / OPERANDS, i % OPERANDS);
        }
    }
    a64_fini(&plain);
}

TEST(results_do_not_depend_on_the_modes_that_the_caller_has_set)
{
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        check_in_modes(i, CORE_ENGINE_COMPILER);
        check_in_modes(i, CORE_ENGINE_INTERPRETER);
    }
}
