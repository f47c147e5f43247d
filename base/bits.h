/* SPDX-License-Identifier: Apache-2.0 */
/* Bit fields, alignment, byte order and checked arithmetic. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n)        (1u << (n))

/*
 * True if no two of the constants, at most 16, have a bit in common: only then
 * their sum is their union. For static_assert beside a set of flags whose
 * values are written by hand.
 */
#define BITS_DIFFER(...)                                                       \
    (BITS_JOIN(+, __VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    \
               0) == BITS_JOIN(|, __VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
                               0, 0, 0, 0, 0, 0))
#define BITS_JOIN(op, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ...)     \
    (UINT64_C(0) op(a) op(b) op(c) op(d) op(e) op(f) op(g) op(h) op(i) op(j)   \
         op(k) op(l) op(m) op(n) op(o) op(p))

/* Bits high..low of value, right-aligned. */
static inline uint32_t bits(uint32_t value, unsigned high, unsigned low)
{
    debug_assert(low <= high && high < 32);
    return (value >> low) & (uint32_t)(((uint64_t)1 << (high - low + 1)) - 1);
}

static inline bool is_aligned(uint64_t value, uint64_t power_of_two)
{
    debug_assert(power_of_two != 0 && (power_of_two & (power_of_two - 1)) == 0);
    return (value & (power_of_two - 1)) == 0;
}

/* True when [offset, offset + length) lies in [0, size): never overflows. */
static inline bool in_range(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

/* True if each of the bytes is value, and for none. */
static inline bool all_bytes(const void *bytes, size_t size, uint8_t value)
{
    const uint8_t *first = bytes;
    return size == 0 ||
           (*first == value && memcmp(first, first + 1, size - 1) == 0);
}

/* Its sign says how a is to b, for qsort. */
static inline int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static inline uint32_t load_le32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static inline void store_le32(void *p, uint32_t value)
{
    uint8_t *b = p;
    b[0] = (uint8_t)value;
    b[1] = (uint8_t)(value >> 8);
    b[2] = (uint8_t)(value >> 16);
    b[3] = (uint8_t)(value >> 24);
}

static inline uint32_t load_be32(const void *p)
{
    return __builtin_bswap32(load_le32(p));
}

static inline void store_be32(void *p, uint32_t value)
{
    store_le32(p, __builtin_bswap32(value));
}

static inline uint64_t load_le64(const void *p)
{
    const uint8_t *b = p;
    return load_le32(b) | (uint64_t)load_le32(b + 4) << 32;
}

static inline void store_le64(void *p, uint64_t value)
{
    uint8_t *b = p;
    store_le32(b, (uint32_t)value);
    store_le32(b + 4, (uint32_t)(value >> 32));
}

/* A number of 64 bits as two words, the lower first, as registers show it. */
static inline uint64_t join_words(const uint32_t words[2])
{
    return words[0] | (uint64_t)words[1] << 32;
}

static inline uint32_t split_word(uint64_t value, unsigned index)
{
    return (uint32_t)(value >> 32 * index);
}

static inline uint64_t replace_word(uint64_t value, unsigned index,
                                    uint32_t word)
{
    return (value & ~((uint64_t)UINT32_MAX << 32 * index)) | (uint64_t)word
                                                                 << 32 * index;
}

#endif
