/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keccak (FIPS 202): SHA-3 and SHAKE by absorbing, then squeezing, any number
 * of bytes at a time.
 */
#ifndef CRYPTO_KECCAK_H
#define CRYPTO_KECCAK_H

#include <stddef.h>
#include <stdint.h>

enum {
    KECCAK_LANES = 25,
    KECCAK_STATE_BYTES = 8 * KECCAK_LANES,
    SHAKE128_RATE = 168,
    SHAKE256_RATE = 136,
};

/* Suffix of the message: the domain's bits and the first bit of padding. */
enum keccak_suffix {
    KECCAK_CSHAKE = 0x04,
    KECCAK_SHA3 = 0x06,
    KECCAK_SHAKE = 0x1f,
};

/* Plain data. */
struct keccak {
    uint64_t lanes[KECCAK_LANES];
    uint32_t rate;     /* bytes */
    uint32_t position; /* in the block at hand */
};

void keccak_permute(uint64_t lanes[KECCAK_LANES]);

/* rate: 200 less twice the strength in bytes. */
void keccak_start(struct keccak *keccak, uint32_t rate);
void keccak_absorb(struct keccak *keccak, const void *bytes, size_t size);
/* Ends the message; the first block may be squeezed. */
void keccak_finish(struct keccak *keccak, enum keccak_suffix suffix);
void keccak_squeeze(struct keccak *keccak, void *bytes, size_t size);

void shake256(const void *bytes, size_t size, void *digest, size_t digest_size);

#endif
