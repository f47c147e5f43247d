/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte strings as runs of 32-bit registers: the first byte of a string is in
 * bits 31:24 of the first register, or in bits 7:0 where a name says "le".
 */
#ifndef CRYPTO_WORDS_H
#define CRYPTO_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

static inline void words_to_bytes(void *bytes, const uint32_t *words,
                                  size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        store_be32((uint8_t *)bytes + 4 * i, words[i]);
    }
}

static inline void words_from_bytes(uint32_t *words, const void *bytes,
                                    size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        words[i] = load_be32((const uint8_t *)bytes + 4 * i);
    }
}

static inline void words_to_le_bytes(void *bytes, const uint32_t *words,
                                     size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        store_le32((uint8_t *)bytes + 4 * i, words[i]);
    }
}

static inline void words_from_le_bytes(uint32_t *words, const void *bytes,
                                       size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        words[i] = load_le32((const uint8_t *)bytes + 4 * i);
    }
}

#endif
