/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings by the text of their row's pattern, for tests: nothing here knows
 * the tables that are printed from it.
 */
#ifndef ISA_AARCH64_PATTERN_H
#define ISA_AARCH64_PATTERN_H

#include "isa/aarch64/decode.h"

/* The bits of a row's encodings that a letter stands at; '-': those that should
 * be 1. Not for AARCH64_UNALLOCATED, which has no pattern. */
static inline uint32_t aarch64_pattern_bits(enum aarch64_row row, char letter)
{
    uint32_t bits = 0;

    for (const char *p = aarch64_rows[row].pattern; *p != '\0'; p++) {
        if (*p != ' ') {
            bits = bits << 1 | (*p == letter);
        }
    }
    return bits;
}

/* The field that a letter names, as the decoder has it; 0 if there is none. */
static inline uint32_t aarch64_pattern_get(uint32_t word, enum aarch64_row row,
                                           char letter)
{
    uint32_t value = 0;
    unsigned width = 0;

    for (uint32_t bits = aarch64_pattern_bits(row, letter); bits != 0;
         bits &= bits - 1) {
        value |= (word >> __builtin_ctz(bits) & 1) << width++;
    }
    return value;
}

/* Sets it to the low bits of value. */
static inline void aarch64_pattern_put(uint32_t *word, enum aarch64_row row,
                                       char letter, uint32_t value)
{
    for (uint32_t bits = aarch64_pattern_bits(row, letter); bits != 0;
         bits &= bits - 1) {
        uint32_t bit = bits & -bits;

        *word = (value & 1) != 0 ? *word | bit : *word & ~bit;
        value >>= 1;
    }
}

#endif
