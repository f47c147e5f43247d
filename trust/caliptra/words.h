/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between standard byte order and the words of a Caliptra manifest, for the
 * files of trust/caliptra/. Manifest structs are read and written as they lie
 * in memory, which asks for a little-endian host.
 */
#ifndef TRUST_CALIPTRA_WORDS_H
#define TRUST_CALIPTRA_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_image.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "manifests are little-endian");

/* 48 bytes, most significant first, to 12 words and back. */
static inline void words_from_bytes(uint32_t words[12], const uint8_t *bytes)
{
    for (size_t i = 0; i < 12; i++) {
        words[i] = load_be32(bytes + 4 * i);
    }
}

static inline void words_to_bytes(const uint32_t words[12], uint8_t *bytes)
{
    for (size_t i = 0; i < 12; i++) {
        store_be32(bytes + 4 * i, words[i]);
    }
}

static inline void words_sha384(uint32_t words[12], const void *bytes,
                                size_t size)
{
    uint8_t digest[SHA384_SIZE];
    sha384(bytes, size, digest);
    words_from_bytes(words, digest);
}

/* As ecdsa_p384_verify. */
static inline int words_verify(const struct caliptra_ecc_key *key,
                               const struct caliptra_ecc_signature *signature,
                               const uint8_t digest[SHA384_SIZE])
{
    struct ecdsa_p384_signature numbers;
    uint8_t x[P384_SIZE];
    uint8_t y[P384_SIZE];
    words_to_bytes(key->x, x);
    words_to_bytes(key->y, y);
    words_to_bytes(signature->r, numbers.r);
    words_to_bytes(signature->s, numbers.s);
    return ecdsa_p384_verify(x, y, digest, &numbers);
}

#endif
