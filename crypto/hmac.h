/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC-SHA-384 and HMAC-SHA-512 (FIPS 198-1), as an engine with block registers
 * runs it and in one go.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include <stddef.h>
#include <stdint.h>

enum { HMAC384_SIZE = 48, HMAC512_SIZE = 64, HMAC384_BLOCK_SIZE = 128 };

/* Begins with a 48-byte key: inner is the hash of the key block. */
void hmac384_start(uint64_t inner[8], const uint8_t key[HMAC384_SIZE]);
/* Takes in one block; the caller pads the last one and counts the key block in
 * its length. */
void hmac384_block(uint64_t inner[8], const uint8_t block[HMAC384_BLOCK_SIZE]);
/* The tag if the blocks so far were all; needs the key again, and leaves inner
 * as it is. */
void hmac384_tag(const uint64_t inner[8], const uint8_t key[HMAC384_SIZE],
                 uint8_t tag[HMAC384_SIZE]);

/* HMAC-SHA-512 likewise; hmac384_block takes in its blocks too. */
void hmac512_start(uint64_t inner[8], const uint8_t key[HMAC512_SIZE]);
void hmac512_tag(const uint64_t inner[8], const uint8_t key[HMAC512_SIZE],
                 uint8_t tag[HMAC512_SIZE]);

/* One go, any key size. */
void hmac384(const void *key, size_t key_size, const void *bytes, size_t size,
             uint8_t tag[HMAC384_SIZE]);

#endif
