/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates of the reciprocal and of its square root, 8 bits of precision. */
#include "engine/softfloat/unpacked.h"

/* RecipEstimate: a in 256 .. 511 stands for 0.5 .. 1. */
static uint32_t reciprocal(uint32_t a)
{
    uint32_t b = (1u << 19) / (a * 2 + 1);

    return (b + 1) / 2;
}

/* RecipSqrtEstimate: a in 128 .. 511 stands for 0.25 .. 1. */
static uint32_t reciprocal_root(uint32_t a)
{
    uint32_t b = 512;

    a = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
    while ((uint64_t)a * (b + 1) * (b + 1) < 1u << 28) {
        b++;
    }
    return (b + 1) / 2;
}

uint64_t softfloat_recip_estimate(struct softfloat *fp, unsigned size,
                                  uint64_t bits)
{
    struct number a = unpack(fp, size, bits);
    int bias = exponent_bias(size);
    unsigned width = fraction_bits_of(size);

    if (is_nan(&a)) {
        return process_nan(fp, size, &a);
    }
    if (a.kind == KIND_INFINITY) {
        return zero(size, a.negative);
    }
    if (a.kind == KIND_ZERO) {
        fp->fpsr |= FPSR_DZC;
        return infinity(size, a.negative);
    }
    if (a.exponent < -bias - 1) {
        return softfloat_overflow(fp, size, a.negative, softfloat_rounding(fp));
    }
    if (a.exponent >= bias - 1 && flushes(fp, size)) {
        fp->fpsr |= FPSR_UFC;
        return zero(size, a.negative);
    }

    /* In 52 bits of fraction; results below the normals lose some. */
    uint64_t estimate = reciprocal((uint32_t)(a.significand >> 55));
    uint64_t fraction = (estimate & 255) << 44;
    int exponent = bias - 1 - a.exponent;

    if (exponent == 0) {
        fraction = 1ull << 51 | fraction >> 1;
    } else if (exponent < 0) {
        fraction = 1ull << 50 | fraction >> 2;
        exponent = 0;
    }
    return with_sign(size, a.negative,
                     (uint64_t)exponent << width | fraction >> (52 - width));
}

uint64_t softfloat_rsqrt_estimate(struct softfloat *fp, unsigned size,
                                  uint64_t bits)
{
    struct number a = unpack(fp, size, bits);
    int bias = exponent_bias(size);
    unsigned width = fraction_bits_of(size);

    if (is_nan(&a)) {
        return process_nan(fp, size, &a);
    }
    if (a.kind == KIND_ZERO) {
        fp->fpsr |= FPSR_DZC;
        return infinity(size, a.negative);
    }
    if (a.negative) {
        return invalid(fp, size);
    }
    if (a.kind == KIND_INFINITY) {
        return 0;
    }

    int biased = a.exponent + bias;
    uint32_t scaled =
        (uint32_t)(a.significand >> ((biased & 1) == 0 ? 55 : 56));
    uint64_t estimate = reciprocal_root(scaled);
    uint64_t exponent = (uint64_t)((3 * bias - 1 - biased) / 2);

    return exponent << width | (estimate & 255) << (width - 8);
}

uint64_t softfloat_recip_exponent(struct softfloat *fp, unsigned size,
                                  uint64_t bits)
{
    struct number a = unpack(fp, size, bits);
    unsigned width = fraction_bits_of(size);
    uint64_t top = (uint64_t)exponent_top(size);
    uint64_t exponent = bits >> width & top;

    if (is_nan(&a)) {
        return process_nan(fp, size, &a);
    }
    return with_sign(size, a.negative,
                     (exponent == 0 ? top - 1 : exponent ^ top) << width);
}

uint32_t softfloat_recip_estimate_unsigned(uint32_t a)
{
    return a >> 31 == 0 ? ~0u : reciprocal(a >> 23) << 23;
}

uint32_t softfloat_rsqrt_estimate_unsigned(uint32_t a)
{
    return a >> 30 == 0 ? ~0u : reciprocal_root(a >> 23) << 23;
}
