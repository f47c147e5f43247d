/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addition, multiplication, division, square root and fused multiply-add.
 *
 * Each operation takes its operands apart, settles NaNs, infinities and zeros,
 * computes with integers to more bits than any format has plus a sticky one,
 * and rounds once. The functions with `always_inline` are made once for each
 * size.
 */
#include "engine/softfloat/softfloat.h"

#include "engine/softfloat/host.h"
#include "engine/softfloat/unpacked.h"

#define TEMPLATE static inline __attribute__((always_inline))
#define BY_SIZE(function, ...)                                                 \
    (size == 64   ? function(fp, 64, __VA_ARGS__)                              \
     : size == 32 ? function(fp, 32, __VA_ARGS__)                              \
                  : function(fp, 16, __VA_ARGS__))

static uint64_t round_result(struct softfloat *fp, unsigned size,
                             const struct number *n)
{
    return softfloat_round_as(fp, size, n, softfloat_rounding(fp),
                              flushes(fp, size), false);
}

/* The value of an exact sum of zero. */
static uint64_t cancelled(const struct softfloat *fp, unsigned size)
{
    return zero(size, softfloat_rounding(fp) == ROUND_DOWN);
}

/* a + b of finite nonzero numbers. */
static uint64_t add_finite(struct softfloat *fp, unsigned size,
                           const struct number *a, const struct number *b)
{
    struct number sum = {.kind = KIND_FINITE};
    bool swap = a->exponent < b->exponent ||
                (a->exponent == b->exponent && a->significand < b->significand);
    const struct number *big = swap ? b : a;
    const struct number *small = swap ? a : b;
    uint64_t high = big->significand >> 1;
    uint64_t low = shift_right_sticky(
        small->significand >> 1, (unsigned)(big->exponent - small->exponent));

    sum.negative = big->negative;
    sum.significand = a->negative == b->negative ? high + low : high - low;
    if (sum.significand == 0) {
        return cancelled(fp, size);
    }

    int shift = __builtin_clzll(sum.significand);

    sum.significand <<= shift;
    sum.exponent = big->exponent + 1 - shift;
    return round_result(fp, size, &sum);
}

TEMPLATE uint64_t add(struct softfloat *fp, unsigned size, uint64_t a_bits,
                      uint64_t b_bits, bool negate)
{
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);

    if (is_nan(&a) || is_nan(&b)) {
        return process_nans(fp, size, &a, &b);
    }
    b.negative ^= negate;
    if (a.kind == KIND_INFINITY || b.kind == KIND_INFINITY) {
        if (a.kind == b.kind && a.negative != b.negative) {
            return invalid(fp, size);
        }
        return infinity(size,
                        a.kind == KIND_INFINITY ? a.negative : b.negative);
    }
    if (a.kind == KIND_ZERO && b.kind == KIND_ZERO) {
        return a.negative == b.negative ? zero(size, a.negative)
                                        : cancelled(fp, size);
    }
    if (a.kind == KIND_ZERO) {
        return round_result(fp, size, &b);
    }
    if (b.kind == KIND_ZERO) {
        return round_result(fp, size, &a);
    }
    return add_finite(fp, size, &a, &b);
}

TEMPLATE uint64_t mul(struct softfloat *fp, unsigned size, uint64_t a_bits,
                      uint64_t b_bits, bool extended)
{
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);
    bool negative = a.negative != b.negative;

    if (is_nan(&a) || is_nan(&b)) {
        return process_nans(fp, size, &a, &b);
    }
    if (a.kind == KIND_INFINITY || b.kind == KIND_INFINITY) {
        if (a.kind != KIND_ZERO && b.kind != KIND_ZERO) {
            return infinity(size, negative);
        }
        /* 2.0 has the exponent field bias + 1. */
        return extended ? with_sign(size, negative,
                                    (uint64_t)(exponent_bias(size) + 1)
                                        << fraction_bits_of(size))
                        : invalid(fp, size);
    }
    if (a.kind == KIND_ZERO || b.kind == KIND_ZERO) {
        return zero(size, negative);
    }

    unsigned __int128 product =
        (unsigned __int128)a.significand * b.significand;
    int carry = (int)(product >> 127);
    struct number n = {.kind = KIND_FINITE, .negative = negative};

    product <<= 1 - carry;
    n.exponent = a.exponent + b.exponent + carry;
    n.significand = (uint64_t)(product >> 64) | ((uint64_t)product != 0);
    return round_result(fp, size, &n);
}

uint64_t softfloat_mul_extended(struct softfloat *fp, unsigned size, uint64_t a,
                                uint64_t b)
{
    return mul(fp, size, a, b, true);
}

TEMPLATE uint64_t divide(struct softfloat *fp, unsigned size, uint64_t a_bits,
                         uint64_t b_bits)
{
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);
    bool negative = a.negative != b.negative;

    if (is_nan(&a) || is_nan(&b)) {
        return process_nans(fp, size, &a, &b);
    }
    if (a.kind == b.kind && a.kind != KIND_FINITE) {
        return invalid(fp, size);
    }
    if (a.kind == KIND_INFINITY || b.kind == KIND_ZERO) {
        fp->fpsr |= a.kind == KIND_INFINITY ? 0u : (uint32_t)FPSR_DZC;
        return infinity(size, negative);
    }
    if (a.kind == KIND_ZERO || b.kind == KIND_INFINITY) {
        return zero(size, negative);
    }

    int less = a.significand < b.significand;
    unsigned __int128 dividend = (unsigned __int128)a.significand
                                 << (63 + less);
    struct number n = {.kind = KIND_FINITE, .negative = negative};

    n.significand = (uint64_t)(dividend / b.significand);
    n.significand |= dividend % b.significand != 0;
    n.exponent = a.exponent - b.exponent - less;
    return round_result(fp, size, &n);
}

/* By the host's arithmetic, where that serves. */
#define BINARY(name, result)                                                   \
    uint64_t softfloat_##name(struct softfloat *fp, unsigned size, uint64_t a, \
                              uint64_t b)                                      \
    {                                                                          \
        uint64_t quick;                                                        \
                                                                               \
        return host_##name(fp, size, a, b, &quick) ? quick : (result);         \
    }
BINARY(add, BY_SIZE(add, a, b, false))
BINARY(sub, BY_SIZE(add, a, b, true))
BINARY(mul, BY_SIZE(mul, a, b, false))
BINARY(div, divide(fp, size, a, b))

/* The root of a number with bit 126 or 127 set, to 64 bits, with sticky. */
static uint64_t root(unsigned __int128 value)
{
    unsigned __int128 remainder = 0;
    uint64_t result = 0;

    for (int bit = 126; bit >= 0; bit -= 2) {
        unsigned __int128 trial = (unsigned __int128)result << 2 | 1;

        remainder = remainder << 2 | ((unsigned)(value >> bit) & 3);
        result <<= 1;
        if (remainder >= trial) {
            remainder -= trial;
            result |= 1;
        }
    }
    return result | (remainder != 0);
}

uint64_t softfloat_sqrt(struct softfloat *fp, unsigned size, uint64_t a_bits)
{
    struct number a = unpack(fp, size, a_bits);

    if (is_nan(&a)) {
        return process_nan(fp, size, &a);
    }
    if (a.kind == KIND_ZERO) {
        return zero(size, a.negative);
    }
    if (a.negative) {
        return invalid(fp, size);
    }
    if (a.kind == KIND_INFINITY) {
        return infinity(size, false);
    }

    /* value = s / 2^63 * 2^e; with e even the root of s * 2^63 is the
     * significand, in [2^63, 2^64). */
    int odd = a.exponent & 1;
    struct number n = {.kind = KIND_FINITE};

    n.significand = root((unsigned __int128)a.significand << (63 + odd));
    n.exponent = (a.exponent - odd) / 2;
    return round_result(fp, size, &n);
}

/* addend + a * b of finite a and b, not zero; times 2^scale. */
static uint64_t fuse_finite(struct softfloat *fp, unsigned size,
                            const struct number *addend, const struct number *a,
                            const struct number *b, int scale)
{
    unsigned __int128 product =
        (unsigned __int128)a->significand * b->significand;
    int exponent = a->exponent + b->exponent + 1;
    bool negative = a->negative != b->negative;

    /* From here the leading bit is 126, so that sums do not overflow. */
    if ((uint64_t)(product >> 127) != 0) {
        product >>= 1; /* exact: the low bits of significands are clear */
    } else {
        exponent--;
    }
    if (addend->kind != KIND_ZERO) {
        unsigned __int128 other = (unsigned __int128)addend->significand << 63;
        int distance = exponent - addend->exponent;

        if (distance >= 0) {
            other = shift_right_sticky128(other, (unsigned)distance);
        } else {
            product = shift_right_sticky128(product, (unsigned)-distance);
            exponent = addend->exponent;
        }
        if (addend->negative == negative) {
            product += other;
        } else if (product >= other) {
            product -= other;
        } else {
            product = other - product;
            negative = addend->negative;
        }
    }
    if (product == 0) {
        return cancelled(fp, size);
    }

    uint64_t high = (uint64_t)(product >> 64);
    int shift = high != 0 ? __builtin_clzll(high)
                          : 64 + __builtin_clzll((uint64_t)product);
    struct number n = {.kind = KIND_FINITE, .negative = negative};

    product <<= shift;
    n.exponent = exponent + 1 - shift + scale;
    n.significand = (uint64_t)(product >> 64) | ((uint64_t)product != 0);
    return round_result(fp, size, &n);
}

TEMPLATE uint64_t mul_add(struct softfloat *fp, unsigned size,
                          uint64_t addend_bits, uint64_t a_bits,
                          uint64_t b_bits)
{
    struct number c = unpack(fp, size, addend_bits);
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);
    bool negative = a.negative != b.negative;
    bool undefined = (a.kind == KIND_INFINITY && b.kind == KIND_ZERO) ||
                     (a.kind == KIND_ZERO && b.kind == KIND_INFINITY);

    if (c.kind == KIND_QUIET && undefined) {
        return invalid(fp, size);
    }
    if (is_nan(&a) || is_nan(&b) || is_nan(&c)) {
        const struct number *first = c.kind < a.kind ? &a : &c;

        return process_nans(fp, size, is_nan(first) ? first : &b, &b);
    }
    if (undefined) {
        return invalid(fp, size);
    }
    if (a.kind == KIND_INFINITY || b.kind == KIND_INFINITY) {
        return c.kind == KIND_INFINITY && c.negative != negative
                   ? invalid(fp, size)
                   : infinity(size, negative);
    }
    if (c.kind == KIND_INFINITY) {
        return infinity(size, c.negative);
    }
    if (a.kind == KIND_ZERO || b.kind == KIND_ZERO) {
        if (c.kind != KIND_ZERO) {
            return round_result(fp, size, &c);
        }
        return c.negative == negative ? zero(size, negative)
                                      : cancelled(fp, size);
    }
    return fuse_finite(fp, size, &c, &a, &b, 0);
}

uint64_t softfloat_mul_add(struct softfloat *fp, unsigned size, uint64_t addend,
                           uint64_t a, uint64_t b)
{
    return BY_SIZE(mul_add, addend, a, b);
}

/* (constant - a * b) * 2^scale for the steps of Newton's iteration; the
 * constant is significand / 2^63 * 2. */
static uint64_t step(struct softfloat *fp, unsigned size, uint64_t a_bits,
                     uint64_t b_bits, uint64_t significand, int scale)
{
    struct number a = unpack(fp, size, a_bits ^ sign_bit(size));
    struct number b = unpack(fp, size, b_bits);
    struct number constant = {
        .kind = KIND_FINITE, .exponent = 1, .significand = significand};
    bool negative = a.negative != b.negative;

    if (is_nan(&a) || is_nan(&b)) {
        return process_nans(fp, size, &a, &b);
    }
    if ((a.kind == KIND_INFINITY || b.kind == KIND_INFINITY) &&
        a.kind != KIND_ZERO && b.kind != KIND_ZERO) {
        return infinity(size, negative);
    }
    if (a.kind == KIND_FINITE && b.kind == KIND_FINITE) {
        return fuse_finite(fp, size, &constant, &a, &b, scale);
    }
    constant.exponent += scale;
    return round_result(fp, size, &constant);
}

uint64_t softfloat_recip_step(struct softfloat *fp, unsigned size, uint64_t a,
                              uint64_t b)
{
    return step(fp, size, a, b, 1ull << 63, 0);
}

uint64_t softfloat_rsqrt_step(struct softfloat *fp, unsigned size, uint64_t a,
                              uint64_t b)
{
    return step(fp, size, a, b, 3ull << 62, -1);
}
