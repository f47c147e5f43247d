/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on elements by simd_integer.def, and macros of its rows. */
#include "engine/aarch64/simd.h"

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

/* The number of the other signedness. */
static wide other_number(const struct simd *s, uint64_t value)
{
    return s->is_unsigned ? as_signed(s, value)
                          : (wide)(value & simd_mask(s->size));
}

static uint64_t clamp(struct simd *s, wide value, wide low, wide high)
{
    if (value < low || value > high) {
        s->fp.fpsr |= FPSR_QC;
        value = value < low ? low : high;
    }
    return (uint64_t)value;
}

static uint64_t saturate_signed(struct simd *s, wide value)
{
    wide limit = (wide)1 << (s->size - 1);

    return clamp(s, value, -limit, limit - 1);
}

static uint64_t saturate_unsigned(struct simd *s, wide value)
{
    return clamp(s, value, 0, (wide)simd_mask(s->size));
}

static uint64_t saturate(struct simd *s, wide value)
{
    return s->is_unsigned ? saturate_unsigned(s, value)
                          : saturate_signed(s, value);
}

static uint64_t difference(struct simd *s, uint64_t n, uint64_t m)
{
    return number(s, n) > number(s, m) ? n - m : m - n;
}

/* ---- Products ------------------------------------------------------------ */

unsigned __int128 simd_carryless(uint64_t a, uint64_t b)
{
    unsigned __int128 product = 0;

    for (unsigned i = 0; i < 64; i++) {
        product ^= (b >> i & 1) != 0 ? (unsigned __int128)a << i : 0;
    }
    return product;
}

static wide doubled(const struct simd *s, uint64_t n, uint64_t m)
{
    return 2 * as_signed(s, n) * as_signed(s, m);
}

static uint64_t high_half(struct simd *s, wide value, bool round)
{
    wide half = round ? (wide)1 << (s->size - 1) : 0;

    return saturate_signed(s, (value + half) >> s->size);
}

static wide accumulator(const struct simd *s, uint64_t d)
{
    return as_signed(s, d) * ((wide)1 << s->size);
}

static wide doubling(struct simd *s, uint64_t n, uint64_t m)
{
    return as_signed(s, saturate_signed(s, doubled(s, n, m)));
}

/* ---- Shifts -------------------------------------------------------------- */

static wide right(wide value, uint64_t count, bool round)
{
    wide half = round && count > 0 ? (wide)1 << (count - 1) : 0;

    return (value + half) >> count;
}

static uint64_t insert_right(struct simd *s, uint64_t d, uint64_t n, uint64_t m)
{
    if (m == s->size) {
        return d;
    }

    uint64_t mask = simd_mask(s->size) >> m;

    return (n >> m & mask) | (d & ~mask);
}

/* Left by less than the size of an element; the result by is_unsigned. */
static uint64_t saturating_left(struct simd *s, wide value, uint64_t count)
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

/* By the signed low byte of m, to the right if it is negative. */
static uint64_t shift_by_register(struct simd *s, uint64_t n, uint64_t m,
                                  bool round, bool saturates)
{
    int count = (int)(m & 0x7f) - (int)(m & 0x80);
    wide value = number(s, n);

    if (count < 0) {
        return (uint64_t)right(value, count < -127 ? 127 : (uint64_t)-count,
                               round);
    }
    if ((unsigned)count < s->size) {
        return saturates ? saturating_left(s, value, (uint64_t)count)
                         : n << count;
    }
    if (!saturates || value == 0) {
        return 0;
    }
    /* Anything left of the element is out of range. */
    return saturate(s, value > 0 ? (wide)1 << 65 : -((wide)1 << 65));
}

/* ---- Narrowing: operands have twice the size ----------------------------- */

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

/* ---- Bits ---------------------------------------------------------------- */

static unsigned leading_zeros(const struct simd *s, uint64_t value)
{
    value &= simd_mask(s->size);
    return value == 0 ? s->size
                      : (unsigned)__builtin_clzll(value) - (64 - s->size);
}

static uint64_t reversed_bits(uint64_t byte)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < 8; i++) {
        result |= (byte >> i & 1) << (7 - i);
    }
    return result;
}

/* ---- The table ----------------------------------------------------------- */

#define OPERATION SIMD_OPERATION
#include "engine/aarch64/simd_integer.def"
#undef OPERATION
