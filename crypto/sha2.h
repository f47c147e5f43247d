/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-2 (FIPS 180-4), one block at a time as hardware engines run it, and in
 * one go. States are the standard's words H0 to H7; blocks are bytes, padded by
 * the caller.
 */
#ifndef CRYPTO_SHA2_H
#define CRYPTO_SHA2_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHA224_SIZE = 28,
    SHA256_SIZE = 32,
    SHA384_SIZE = 48,
    SHA512_SIZE = 64,
    SHA256_BLOCK_SIZE = 64,
    SHA512_BLOCK_SIZE = 128,
};

void sha224_start(uint32_t state[8]);
void sha256_start(uint32_t state[8]);
void sha256_block(uint32_t state[8], const uint8_t block[SHA256_BLOCK_SIZE]);

/* SHA-256 of bytes that come in pieces: all zero before the first. */
struct sha256_pieces {
    uint32_t state[8];
    uint8_t open[SHA256_BLOCK_SIZE]; /* the begin of a block */
    uint64_t size_bytes;
};
void sha256_add(struct sha256_pieces *pieces, const void *bytes, size_t size);
void sha256_end(struct sha256_pieces *pieces, uint8_t digest[SHA256_SIZE]);

void sha384_start(uint64_t state[8]);
void sha512_start(uint64_t state[8]);
/* SHA-512/t (FIPS 180-4, 5.3.6), bit_count 224 or 256. */
void sha512_t_start(uint64_t state[8], unsigned bit_count);
void sha512_block(uint64_t state[8], const uint8_t block[SHA512_BLOCK_SIZE]);
/* The state as big-endian bytes. */
void sha512_digest(const uint64_t state[8], uint8_t digest[SHA512_SIZE]);

void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);
void sha384(const void *bytes, size_t size, uint8_t digest[SHA384_SIZE]);
void sha512(const void *bytes, size_t size, uint8_t digest[SHA512_SIZE]);

#endif
