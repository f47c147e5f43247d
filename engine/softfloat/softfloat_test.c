/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's SSE2 arithmetic is the oracle: results in all four rounding modes,
 * and flags but for underflow (x86 decides tininess after rounding) and NaNs
 * (x86 chooses others). Corner cases come from the pseudocode of DDI 0487.
 */
#include <emmintrin.h>
#include <string.h>

#include "engine/softfloat/softfloat.h"
#include "tests/harness.h"
#include "tests/random.h"

enum operation { ADD, SUB, MUL, DIV, SQRT, OPERATIONS };

/* MXCSR: IE 0, DE 1, ZE 2, OE 3, UE 4, PE 5; all masked; RC 14:13. */
static const unsigned mxcsr_modes[] = {0x1f80, 0x5f80, 0x3f80, 0x7f80};

static uint32_t flags_of(unsigned mxcsr)
{
    return ((mxcsr & 1) != 0 ? FPSR_IOC : 0u) |
           ((mxcsr & 4) != 0 ? FPSR_DZC : 0u) |
           ((mxcsr & 8) != 0 ? FPSR_OFC : 0u) |
           ((mxcsr & 32) != 0 ? FPSR_IXC : 0u);
}

__attribute__((noinline)) static uint64_t host64(enum operation operation,
                                                 uint64_t a, uint64_t b,
                                                 unsigned mode, uint32_t *flags)
{
    unsigned saved = _mm_getcsr();
    __m128d x = _mm_castsi128_pd(_mm_set_epi64x(0, (long long)a));
    __m128d y = _mm_castsi128_pd(_mm_set_epi64x(0, (long long)b));

    /* The barriers keep the arithmetic between the two. */
    _mm_setcsr(mxcsr_modes[mode]);
    __asm__ volatile("" : "+x"(x), "+x"(y)::"memory");
    switch (operation) {
    case ADD:
        x = _mm_add_sd(x, y);
        break;
    case SUB:
        x = _mm_sub_sd(x, y);
        break;
    case MUL:
        x = _mm_mul_sd(x, y);
        break;
    case DIV:
        x = _mm_div_sd(x, y);
        break;
    default:
        x = _mm_sqrt_sd(x, x);
        break;
    }
    __asm__ volatile("" : "+x"(x)::"memory");
    *flags = flags_of(_mm_getcsr());
    _mm_setcsr(saved);
    return (uint64_t)_mm_cvtsi128_si64(_mm_castpd_si128(x));
}

__attribute__((noinline)) static uint64_t host32(enum operation operation,
                                                 uint64_t a, uint64_t b,
                                                 unsigned mode, uint32_t *flags)
{
    unsigned saved = _mm_getcsr();
    __m128 x = _mm_castsi128_ps(_mm_cvtsi32_si128((int)a));
    __m128 y = _mm_castsi128_ps(_mm_cvtsi32_si128((int)b));

    _mm_setcsr(mxcsr_modes[mode]);
    __asm__ volatile("" : "+x"(x), "+x"(y)::"memory");
    switch (operation) {
    case ADD:
        x = _mm_add_ss(x, y);
        break;
    case SUB:
        x = _mm_sub_ss(x, y);
        break;
    case MUL:
        x = _mm_mul_ss(x, y);
        break;
    case DIV:
        x = _mm_div_ss(x, y);
        break;
    default:
        x = _mm_sqrt_ss(x);
        break;
    }
    __asm__ volatile("" : "+x"(x)::"memory");
    *flags = flags_of(_mm_getcsr());
    _mm_setcsr(saved);
    return (uint32_t)_mm_cvtsi128_si32(_mm_castps_si128(x));
}

static uint64_t ours(struct softfloat *fp, enum operation operation,
                     unsigned size, uint64_t a, uint64_t b)
{
    switch (operation) {
    case ADD:
        return softfloat_add(fp, size, a, b);
    case SUB:
        return softfloat_sub(fp, size, a, b);
    case MUL:
        return softfloat_mul(fp, size, a, b);
    case DIV:
        return softfloat_div(fp, size, a, b);
    default:
        return softfloat_sqrt(fp, size, a);
    }
}

/* Random bits, often with few of them set or an exponent near an edge. */
static uint64_t operand(uint64_t *state, unsigned size)
{
    unsigned width = size == 64 ? 52 : 23;
    uint64_t top = size == 64 ? 2047 : 255;
    uint64_t bits = random64(state), choice = random64(state);
    const uint64_t exponents[] = {0,       1,       2,           top,
                                  top - 1, top / 2, top / 2 + 1, top / 2 - 1};

    if ((choice & 1) != 0) {
        bits &= ~(top << width);
        bits |= exponents[choice >> 8 & 7] << width;
    }
    if ((choice & 6) == 0) {
        bits &= ~0ull << (width - 4);
    }
    return size == 64 ? bits : (uint32_t)bits;
}

static bool is_nan(unsigned size, uint64_t bits)
{
    return size == 64 ? bits << 1 > 0xffe0000000000000ull
                      : (uint32_t)(bits << 1) > 0xff000000u;
}

static bool agrees(enum operation operation, unsigned size, uint64_t a,
                   uint64_t b, unsigned mode)
{
    uint32_t theirs;
    struct softfloat fp = {.fpcr = mode << FPCR_RMODE_SHIFT};
    /* The second time with the shortcut through the host's arithmetic. */
    struct softfloat set = {.fpcr = fp.fpcr, .fpsr = FPSR_IXC};
    uint64_t expected = size == 64 ? host64(operation, a, b, mode, &theirs)
                                   : host32(operation, a, b, mode, &theirs);
    uint64_t actual = ours(&fp, operation, size, a, b);
    uint64_t again = ours(&set, operation, size, a, b);
    bool same =
        is_nan(size, expected) ? is_nan(size, actual) : actual == expected;

    return same && again == actual && set.fpsr == (fp.fpsr | FPSR_IXC) &&
           (fp.fpsr & ~(uint32_t)FPSR_UFC) == theirs;
}

TEST(arithmetic_agrees_with_sse_in_all_rounding_modes)
{
    uint64_t state = 1;

    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = (i & 1) != 0 ? 64 : 32, mode = i >> 1 & 3;
        enum operation operation = (enum operation)(i / 8 % OPERATIONS);
        uint64_t a = operand(&state, size), b = operand(&state, size);

        if (!agrees(operation, size, a, b, mode)) {
            test_case("operation %d size %u mode %u: %016llx %016llx",
                      (int)operation, size, mode, (unsigned long long)a,
                      (unsigned long long)b);
            REQUIRE(false);
        }
    }
    EXPECT(state != 1);
}

TEST(tininess_is_decided_before_rounding)
{
    /* (1 - 2^-53) * 2^-1022 rounds up to the least normal number. */
    struct softfloat fp = {0};

    EXPECT_EQ(softfloat_mul(&fp, 64, 0x3fefffffffffffff, 0x0010000000000000),
              0x0010000000000000);
    EXPECT_EQ(fp.fpsr, FPSR_UFC | FPSR_IXC);
}

TEST(flushed_results_underflow_and_are_not_inexact)
{
    struct softfloat fp = {.fpcr = FPCR_FZ};

    EXPECT_EQ(softfloat_mul(&fp, 32, 0xbf000000, 0x00800000), 0x80000000);
    EXPECT_EQ(fp.fpsr, FPSR_UFC);
}

TEST(flushed_operands_set_idc_but_not_in_half_precision)
{
    struct softfloat fp = {.fpcr = FPCR_FZ | FPCR_FZ16};

    EXPECT_EQ(softfloat_add(&fp, 16, 0x0001, 0x0001), 0);
    EXPECT_EQ(fp.fpsr, 0);
    EXPECT_EQ(softfloat_add(&fp, 32, 1, 0x3f800000), 0x3f800000);
    EXPECT_EQ(fp.fpsr, FPSR_IDC);
}

TEST(the_first_signalling_nan_wins_over_quiet_ones)
{
    struct softfloat fp = {0};

    EXPECT_EQ(softfloat_add(&fp, 32, 0x7fc00001, 0xff800002), 0xffc00002);
    EXPECT_EQ(fp.fpsr, FPSR_IOC);
    fp.fpcr = FPCR_DN;
    EXPECT_EQ(softfloat_add(&fp, 32, 0x7fc00001, 0xff800002), 0x7fc00000);
}

TEST(infinity_times_zero_beats_a_quiet_addend)
{
    struct softfloat fp = {0};

    EXPECT_EQ(
        softfloat_mul_add(&fp, 64, 0x7ff8000000000001, 0x7ff0000000000000, 0),
        0x7ff8000000000000);
    EXPECT_EQ(fp.fpsr, FPSR_IOC);
}

TEST(multiply_add_rounds_once)
{
    /* (1 + 2^-27)^2 - (1 + 2^-26) is 2^-54 exactly. */
    struct softfloat fp = {0};

    EXPECT_EQ(softfloat_mul_add(&fp, 64, 0xbff0000004000000, 0x3ff0000002000000,
                                0x3ff0000002000000),
              0x3c90000000000000);
    EXPECT_EQ(fp.fpsr, 0);
}

TEST(conversion_to_integers_saturates_with_ioc_alone)
{
    struct softfloat fp = {0};

    EXPECT_EQ(softfloat_to_fixed(&fp, 64, 0x41e0000000000000, 32, true, 0,
                                 ROUND_TO_ZERO),
              0x7fffffff);
    EXPECT_EQ(fp.fpsr, FPSR_IOC);
    fp.fpsr = 0;
    EXPECT_EQ(softfloat_to_fixed(&fp, 64, 0xbfe0000000000000, 32, false, 0,
                                 ROUND_TO_ZERO),
              0);
    EXPECT_EQ(fp.fpsr, FPSR_IXC);
}

TEST(alternative_half_precision_has_no_infinity)
{
    struct softfloat fp = {.fpcr = FPCR_AHP};

    EXPECT_EQ(softfloat_convert(&fp, 32, 16, 0x7f800000, ROUND_TIES_EVEN),
              0x7fff);
    EXPECT_EQ(fp.fpsr, FPSR_IOC);
    EXPECT_EQ(softfloat_convert(&fp, 16, 32, 0x7c00, ROUND_TIES_EVEN),
              0x47800000);
}
