/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that C has no operator for. */
#ifndef ENGINE_INTERPRETER_ARITHMETIC_H
#define ENGINE_INTERPRETER_ARITHMETIC_H

#include <stdint.h>

static inline uint32_t sign_extend8(uint32_t value)
{
    return (uint32_t)(int32_t)(int8_t)value;
}

static inline uint32_t sign_extend16(uint32_t value)
{
    return (uint32_t)(int32_t)(int16_t)value;
}

static inline uint32_t rotate_right(uint32_t value, uint32_t count)
{
    return value >> (count & 31) | value << (-count & 31);
}

static inline uint32_t multiply_high(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)((int64_t)(int32_t)a * (int32_t)b) >> 32);
}

static inline uint32_t multiply_high_mixed(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)((int64_t)(int32_t)a * (int64_t)b) >> 32);
}

static inline uint32_t divide(uint32_t a, uint32_t b)
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
