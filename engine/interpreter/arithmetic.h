/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that operations need beyond C's operators. */
#ifndef ENGINE_INTERPRETER_ARITHMETIC_H
#define ENGINE_INTERPRETER_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

/* The four flags after a result, as IR_NZCV holds them. */
static inline uint64_t flags_logic(uint64_t result, unsigned width)
{
    return (result >> (width - 1) & 1) << 3 | (uint64_t)(result == 0) << 2;
}

static inline uint64_t flags_add(uint64_t a, uint64_t b, uint64_t sum,
                                 unsigned width)
{
    return flags_logic(sum, width) | (uint64_t)(sum < a) << 1 |
           ((a ^ sum) & (b ^ sum)) >> (width - 1);
}

static inline uint64_t flags_sub(uint64_t a, uint64_t b, uint64_t difference,
                                 unsigned width)
{
    return flags_logic(difference, width) | (uint64_t)(a >= b) << 1 |
           ((a ^ b) & (a ^ difference)) >> (width - 1);
}

/* a + b + the carry flag, and the flags of it. */
static inline uint64_t add_carry64(uint64_t a, uint64_t b, uint64_t *nzcv)
{
    uint64_t carry = *nzcv >> 1 & 1;
    uint64_t partial = a + b;
    uint64_t sum = partial + carry;

    *nzcv = flags_logic(sum, 64) |
            (uint64_t)((partial < a) | (sum < partial)) << 1 |
            ((a ^ sum) & (b ^ sum)) >> 63;
    return sum;
}

static inline uint64_t add_carry32(uint32_t a, uint32_t b, uint64_t *nzcv)
{
    uint64_t wide = (uint64_t)a + b + (*nzcv >> 1 & 1);
    uint32_t sum = (uint32_t)wide;

    *nzcv = flags_logic(sum, 32) | (wide >> 32) << 1 |
            ((a ^ sum) & (b ^ sum)) >> 31;
    return sum;
}

/* The values of NZCV for which a condition holds, by value of NZCV (DDI 0487,
 * C1.2.4): a bit for each. */
static const uint16_t arithmetic_conditions[16] = {
    0xf0f0, 0x0f0f, 0xcccc, 0x3333, 0xff00, 0x00ff, 0xaaaa, 0x5555,
    0x0c0c, 0xf3f3, 0xaa55, 0x55aa, 0x0a05, 0xf5fa, 0xffff, 0xffff,
};

static inline bool condition_holds(unsigned condition, uint64_t nzcv)
{
    return (arithmetic_conditions[condition & 15] >> (nzcv & 15) & 1) != 0;
}

static inline uint64_t low_mask(unsigned width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

static inline uint64_t sign_extend(uint64_t value, unsigned width)
{
    return (uint64_t)((int64_t)(value << (64 - width)) >> (64 - width));
}

static inline uint64_t rotate_right64(uint64_t value, uint64_t count)
{
    return value >> (count & 63) | value << (-count & 63);
}

static inline uint64_t extract_pair64(uint64_t high, uint64_t low,
                                      unsigned shift)
{
    return shift == 0 ? low : low >> shift | high << (64 - shift);
}

/* ExtendReg: UXTB, UXTH, UXTW, UXTX, SXTB, SXTH, SXTW, SXTX. */
static inline uint64_t extend_register(uint64_t value, unsigned option,
                                       unsigned shift)
{
    unsigned width = 8u << (option & 3);

    value =
        (option & 4) != 0 ? sign_extend(value, width) : value & low_mask(width);
    return value << shift;
}

static inline uint64_t insert_bits(uint64_t into, uint64_t value, unsigned low,
                                   unsigned width)
{
    uint64_t mask = low_mask(width) << low;

    return (into & ~mask) | (value << low & mask);
}

static inline uint64_t reverse_bits64(uint64_t value)
{
    value = __builtin_bswap64(value);
    value = (value >> 4 & 0x0f0f0f0f0f0f0f0f) | (value & 0x0f0f0f0f0f0f0f0f)
                                                    << 4;
    value = (value >> 2 & 0x3333333333333333) | (value & 0x3333333333333333)
                                                    << 2;
    return (value >> 1 & 0x5555555555555555) | (value & 0x5555555555555555)
                                                   << 1;
}

static inline uint64_t reverse_halfword_bytes(uint64_t value)
{
    return (value >> 8 & 0x00ff00ff00ff00ff) | (value & 0x00ff00ff00ff00ff)
                                                   << 8;
}

static inline uint64_t reverse_word_bytes(uint64_t value)
{
    value = __builtin_bswap64(value);
    return value >> 32 | value << 32;
}

static inline uint64_t divide_signed(uint64_t a, uint64_t b)
{
    if (b == 0) {
        return 0;
    }
    return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
}

/* Bits after the first that equal it. */
static inline unsigned leading_sign_bits(uint64_t value, unsigned width)
{
    uint64_t changes = (value ^ value >> 1) & low_mask(width - 1);

    return changes == 0 ? width - 1
                        : (unsigned)__builtin_clzll(changes) - (64 - width) - 1;
}

/* ---- T32 ----------------------------------------------------------------- */

/* N, Z and C of a shift; V stays. */
static inline uint64_t flags_shift(uint32_t result, uint64_t carry,
                                   uint64_t nzcv)
{
    return flags_logic(result, 32) | (carry & 1) << 1 | (nzcv & 1);
}

/* Shift_C (DDI 0403E, A2.2.1) by 0 to 255. */
static inline uint32_t shift_left_carry(uint32_t a, unsigned by, uint64_t *nzcv)
{
    const uint64_t wide = (uint64_t)a << (by < 63 ? by : 63);
    const uint64_t carry = by == 0 ? *nzcv >> 1 : wide >> 32;

    *nzcv = flags_shift((uint32_t)wide, carry, *nzcv);
    return (uint32_t)wide;
}

static inline uint32_t shift_right_carry(uint32_t a, unsigned by,
                                         uint64_t *nzcv)
{
    const uint64_t wide = (uint64_t)a << 32 >> (by < 63 ? by : 63);
    const uint64_t carry = by == 0 ? *nzcv >> 1 : wide >> 31;

    *nzcv = flags_shift((uint32_t)(wide >> 32), carry, *nzcv);
    return (uint32_t)(wide >> 32);
}

static inline uint32_t shift_signed_carry(uint32_t a, unsigned by,
                                          uint64_t *nzcv)
{
    const uint64_t wide =
        (uint64_t)((int64_t)((uint64_t)a << 32) >> (by < 63 ? by : 63));
    const uint64_t carry = by == 0 ? *nzcv >> 1 : wide >> 31;

    *nzcv = flags_shift((uint32_t)(wide >> 32), carry, *nzcv);
    return (uint32_t)(wide >> 32);
}

/* ---- RISC-V ------------------------------------------------------------- */

static inline uint32_t rotate_right(uint32_t value, uint32_t count)
{
    return value >> (count & 31) | value << (-count & 31);
}

/* ROR_C, of T32. */
static inline uint32_t rotate_right_carry(uint32_t a, unsigned by,
                                          uint64_t *nzcv)
{
    const uint32_t result = rotate_right(a, by);

    *nzcv = flags_shift(result, by == 0 ? *nzcv >> 1 : result >> 31, *nzcv);
    return result;
}

static inline uint32_t multiply_high(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)((int64_t)(int32_t)a * (int32_t)b) >> 32);
}

static inline uint32_t multiply_high_mixed(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)((int64_t)(int32_t)a * (int64_t)b) >> 32);
}

static inline uint32_t divide32(uint32_t a, uint32_t b)
{
    if (b == 0) {
        return UINT32_MAX;
    }
    return b == UINT32_MAX ? 0 - a : (uint32_t)((int32_t)a / (int32_t)b);
}

static inline uint32_t remainder_signed(uint32_t a, uint32_t b)
{
    if (b == 0) {
        return a;
    }
    return b == UINT32_MAX ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
}

static inline uint64_t carryless(uint32_t a, uint32_t b)
{
    uint64_t product = 0;

    for (unsigned bit = 0; bit < 32; bit++) {
        product ^= (uint64_t)a << bit & -(uint64_t)(b >> bit & 1);
    }
    return product;
}

static inline uint32_t or_bytes(uint32_t value)
{
    uint32_t result = 0;

    for (unsigned shift = 0; shift < 32; shift += 8) {
        result |= (value >> shift & 0xff) != 0 ? 0xffu << shift : 0;
    }
    return result;
}

#endif
