/* SPDX-License-Identifier: Apache-2.0 */
/* What integer SIMD instructions do with elements. */
#include "engine/aarch64/simd.h"

#define INTEGER(name, expression)                                              \
    uint64_t simd_##name(struct simd *s, uint64_t d, uint64_t n, uint64_t m)   \
    {                                                                          \
        (void)s, (void)d, (void)n, (void)m;                                    \
        return (uint64_t)(expression);                                         \
    }

typedef __int128 wide;

/* An element as a number, by the instruction's signedness or by name. */
static wide number(const struct simd *s, uint64_t value)
{
    return s->is_unsigned ? (wide)(value & simd_mask(s->size))
                          : (wide)simd_signed(s->size, value);
}

static wide as_signed(const struct simd *s, uint64_t value)
{
    return simd_signed(s->size, value);
}

static uint64_t clamp(struct simd *s, wide value, wide low, wide high)
{
    if (value < low || value > high) {
        s->fp.fpsr |= FPSR_QC;
        value = value < low ? low : high;
    }
    return (uint64_t)value;
}

static uint64_t saturate_signed(struct simd *s, unsigned size, wide value)
{
    wide limit = (wide)1 << (size - 1);

    return clamp(s, value, -limit, limit - 1);
}

static uint64_t saturate_unsigned(struct simd *s, wide value)
{
    return clamp(s, value, 0, (wide)simd_mask(s->size));
}

static uint64_t saturate(struct simd *s, wide value)
{
    return s->is_unsigned ? saturate_unsigned(s, value)
                          : saturate_signed(s, s->size, value);
}

static uint64_t truth(bool holds)
{
    return holds ? ~0ull : 0;
}

INTEGER(add, n + m)
INTEGER(sub, n - m)
INTEGER(mul, n *m)
INTEGER(mla, d + n * m)
INTEGER(mls, d - n * m)
INTEGER(and, n &m)
INTEGER(bic, n & ~m)
INTEGER(orr, n | m)
INTEGER(orn, n | ~m)
INTEGER(eor, n ^ m)
INTEGER(bsl, (d & n) | (~d & m))
INTEGER(bit, (d & ~m) | (n & m))
INTEGER(bif, (d & m) | (n & ~m))
INTEGER(not, ~n)
INTEGER(move, n)
INTEGER(orr_immediate, d | n)
INTEGER(bic_immediate, d & ~n)
INTEGER(halving_add, (number(s, n) + number(s, m)) >> 1)
INTEGER(rounding_halving_add, (number(s, n) + number(s, m) + 1) >> 1)
INTEGER(halving_sub, (number(s, n) - number(s, m)) >> 1)
INTEGER(saturating_add, saturate(s, number(s, n) + number(s, m)))
INTEGER(saturating_sub, saturate(s, number(s, n) - number(s, m)))
INTEGER(greater, truth(number(s, n) > number(s, m)))
INTEGER(greater_equal, truth(number(s, n) >= number(s, m)))
INTEGER(equal, truth(n == m))
INTEGER(test, truth((n & m) != 0))
INTEGER(greater_signed, truth(as_signed(s, n) > as_signed(s, m)))
INTEGER(greater_equal_signed, truth(as_signed(s, n) >= as_signed(s, m)))
INTEGER(less_signed, truth(as_signed(s, n) < as_signed(s, m)))
INTEGER(less_equal_signed, truth(as_signed(s, n) <= as_signed(s, m)))
INTEGER(max, number(s, n) > number(s, m) ? n : m)
INTEGER(min, number(s, n) < number(s, m) ? n : m)
INTEGER(neg, 0 - n)
INTEGER(abs, as_signed(s, n) < 0 ? 0 - n : n)
INTEGER(saturating_neg, saturate_signed(s, s->size, -as_signed(s, n)))
INTEGER(pair_add, n + m)
INTEGER(pair_accumulate, d + n + m)
INTEGER(extract_narrow, n)

static uint64_t difference(struct simd *s, uint64_t n, uint64_t m)
{
    return number(s, n) > number(s, m) ? n - m : m - n;
}

INTEGER(abd, difference(s, n, m))
INTEGER(aba, d + difference(s, n, m))
INTEGER(saturating_abs,
        as_signed(s, n) < 0 ? saturate_signed(s, s->size, -as_signed(s, n)) : n)

/* SUQADD and USQADD: what is added has the other signedness. */
INTEGER(add_other,
        saturate(s, number(s, d) + (s->is_unsigned
                                        ? as_signed(s, n)
                                        : (wide)(n & simd_mask(s->size)))))

/* ---- Products ------------------------------------------------------------ */

unsigned __int128 simd_carryless(uint64_t a, uint64_t b)
{
    unsigned __int128 product = 0;

    for (unsigned i = 0; i < 64; i++) {
        product ^= (b >> i & 1) != 0 ? (unsigned __int128)a << i : 0;
    }
    return product;
}

INTEGER(polynomial, simd_carryless(n, m))
/* The narrow operands come sign-extended. */
INTEGER(polynomial_bytes, simd_carryless(n & 0xff, m & 0xff))

static wide doubled(const struct simd *s, uint64_t n, uint64_t m)
{
    return 2 * as_signed(s, n) * as_signed(s, m);
}

static uint64_t high_half(struct simd *s, wide value, bool round)
{
    wide half = round ? (wide)1 << (s->size - 1) : 0;

    return saturate_signed(s, s->size, (value + half) >> s->size);
}

static wide accumulator(const struct simd *s, uint64_t d)
{
    return as_signed(s, d) * ((wide)1 << s->size);
}

INTEGER(doubling_high, high_half(s, doubled(s, n, m), false))
INTEGER(rounding_doubling_high, high_half(s, doubled(s, n, m), true))
INTEGER(rounding_doubling_add,
        high_half(s, accumulator(s, d) + doubled(s, n, m), true))
INTEGER(rounding_doubling_sub,
        high_half(s, accumulator(s, d) - doubled(s, n, m), true))

static uint64_t doubling(struct simd *s, uint64_t n, uint64_t m)
{
    return saturate_signed(s, s->size, doubled(s, n, m));
}

INTEGER(doubling_long, doubling(s, n, m))
INTEGER(doubling_long_add,
        saturate_signed(s, s->size,
                        as_signed(s, d) + as_signed(s, doubling(s, n, m))))
INTEGER(doubling_long_sub,
        saturate_signed(s, s->size,
                        as_signed(s, d) - as_signed(s, doubling(s, n, m))))

/* ---- Shifts -------------------------------------------------------------- */

static wide right(wide value, unsigned count, bool round)
{
    wide half = round && count > 0 ? (wide)1 << (count - 1) : 0;

    return (value + half) >> count;
}

INTEGER(shl, m > 63 ? 0 : n << m)
INTEGER(shr, right(number(s, n), (unsigned)m, false))
INTEGER(rounding_shr, right(number(s, n), (unsigned)m, true))
INTEGER(sra, d + (uint64_t)right(number(s, n), (unsigned)m, false))
INTEGER(rounding_sra, d + (uint64_t)right(number(s, n), (unsigned)m, true))

uint64_t simd_sli(struct simd *s, uint64_t d, uint64_t n, uint64_t m)
{
    (void)s;
    return n << m | (d & ((1ull << m) - 1));
}

uint64_t simd_sri(struct simd *s, uint64_t d, uint64_t n, uint64_t m)
{
    if (m == s->size) {
        return d;
    }

    uint64_t mask = simd_mask(s->size) >> m;

    return (n >> m & mask) | (d & ~mask);
}

/* Left by less than the size of an element; the result by is_unsigned. */
static uint64_t saturating_left(struct simd *s, wide value, unsigned count)
{
    /* A value that does not fit even when it is shifted back saturates; the
     * sum of both widths may pass 127 bits. */
    wide high = s->is_unsigned ? (wide)simd_mask(s->size)
                               : (wide)(simd_mask(s->size) >> 1);
    wide low = s->is_unsigned ? 0 : -high - 1;

    if (value > high >> count) {
        s->fp.fpsr |= FPSR_QC;
        return (uint64_t)high;
    }
    if (value < low >> count) {
        s->fp.fpsr |= FPSR_QC;
        return (uint64_t)low;
    }
    return (uint64_t)value << count;
}

INTEGER(saturating_shl, saturating_left(s, number(s, n), (unsigned)m))
/* SQSHLU: from signed to unsigned. */
INTEGER(saturating_shl_unsigned,
        saturating_left(s, as_signed(s, n), (unsigned)m))

/* By the signed low byte of m, to the right if it is negative. */
static uint64_t shift_by_register(struct simd *s, uint64_t n, uint64_t m,
                                  bool round, bool saturates)
{
    int count = (int)(m & 0x7f) - (int)(m & 0x80);
    wide value = number(s, n);

    if (count < 0) {
        return (uint64_t)right(value, count < -127 ? 127 : (unsigned)-count,
                               round);
    }
    if ((unsigned)count < s->size) {
        return saturates ? saturating_left(s, value, (unsigned)count)
                         : n << count;
    }
    if (!saturates || value == 0) {
        return 0;
    }
    /* Anything left of the element is out of range. */
    return saturate(s, value > 0 ? (wide)1 << 65 : -((wide)1 << 65));
}

INTEGER(shift, shift_by_register(s, n, m, false, false))
INTEGER(rounding_shift, shift_by_register(s, n, m, true, false))
INTEGER(saturating_shift, shift_by_register(s, n, m, false, true))
INTEGER(saturating_rounding_shift, shift_by_register(s, n, m, true, true))

/* ---- Narrowing: n, and m if it is a register, have twice the size -------- */

static wide wide_signed(const struct simd *s, uint64_t value)
{
    return simd_signed(2 * s->size, value);
}

static wide wide_number(const struct simd *s, uint64_t value)
{
    return s->is_unsigned ? (wide)value : wide_signed(s, value);
}

static uint64_t high(const struct simd *s, uint64_t value, bool round)
{
    return (value + (round ? 1ull << (s->size - 1) : 0)) >> s->size;
}

INTEGER(add_narrow, high(s, n + m, false))
INTEGER(rounding_add_narrow, high(s, n + m, true))
INTEGER(sub_narrow, high(s, n - m, false))
INTEGER(rounding_sub_narrow, high(s, n - m, true))
/* m is 0 for the extracting forms. */
INTEGER(saturating_narrow,
        saturate(s, right(wide_number(s, n), (unsigned)m, false)))
INTEGER(saturating_rounding_narrow,
        saturate(s, right(wide_number(s, n), (unsigned)m, true)))
INTEGER(saturating_narrow_unsigned,
        saturate_unsigned(s, right(wide_signed(s, n), (unsigned)m, false)))
INTEGER(saturating_rounding_narrow_unsigned,
        saturate_unsigned(s, right(wide_signed(s, n), (unsigned)m, true)))
INTEGER(shr_narrow, right((wide)n, (unsigned)m, false))
INTEGER(rounding_shr_narrow, right((wide)n, (unsigned)m, true))
/* SHLL: by the size of the narrow element. */
INTEGER(shl_long, n << s->size / 2)

/* ---- Bits ---------------------------------------------------------------- */

static unsigned leading_zeros(const struct simd *s, uint64_t value)
{
    value &= simd_mask(s->size);
    return value == 0 ? s->size
                      : (unsigned)__builtin_clzll(value) - (64 - s->size);
}

INTEGER(clz, leading_zeros(s, n))
INTEGER(cls, leading_zeros(s, (uint64_t)(simd_signed(s->size, n) ^
                                         simd_signed(s->size, n) >> 1)) -
                 1)
INTEGER(cnt, __builtin_popcountll(n & 0xff))

uint64_t simd_rbit(struct simd *s, uint64_t d, uint64_t n, uint64_t m)
{
    uint64_t result = 0;

    (void)s, (void)d, (void)m;
    for (unsigned i = 0; i < 8; i++) {
        result |= (n >> i & 1) << (7 - i);
    }
    return result;
}
