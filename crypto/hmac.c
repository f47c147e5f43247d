/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC over SHA-384 and SHA-512, whose inner and outer states can be kept
 * between blocks. */
#include "crypto/hmac.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/sha2.h"

static_assert((int)HMAC384_BLOCK_SIZE == (int)SHA512_BLOCK_SIZE &&
                  (int)HMAC384_SIZE == (int)SHA384_SIZE &&
                  (int)HMAC512_SIZE == (int)SHA512_SIZE,
              "the hash's sizes are the code's");

static void absorb_pad(uint64_t state[8], const uint8_t *key, size_t key_size,
                       uint8_t pad)
{
    uint8_t block[HMAC384_BLOCK_SIZE];

    assert(key_size <= sizeof(block));
    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < key_size; i++) {
        block[i] ^= key[i];
    }
    sha512_block(state, block);
}

/* The state of the hash after the key block under a pad byte. */
static void absorb_key(uint64_t state[8], const uint8_t *key, size_t key_size,
                       uint8_t pad)
{
    sha384_start(state);
    absorb_pad(state, key, key_size, pad);
}

static void outer_tag(const uint64_t inner[8], const uint8_t *key,
                      size_t key_size, uint8_t tag[HMAC384_SIZE])
{
    enum { BITS = 8 * (HMAC384_BLOCK_SIZE + HMAC384_SIZE) };
    uint64_t outer[8];
    uint8_t digest[SHA512_SIZE];
    uint8_t block[HMAC384_BLOCK_SIZE] = {0};

    absorb_key(outer, key, key_size, 0x5c);
    sha512_digest(inner, digest);
    memcpy(block, digest, HMAC384_SIZE);
    block[HMAC384_SIZE] = 0x80;
    block[HMAC384_BLOCK_SIZE - 2] = BITS >> 8;
    block[HMAC384_BLOCK_SIZE - 1] = BITS & 0xff;
    sha512_block(outer, block);
    sha512_digest(outer, digest);
    memcpy(tag, digest, HMAC384_SIZE);
}

void hmac512_start(uint64_t inner[8], const uint8_t key[HMAC512_SIZE])
{
    sha512_start(inner);
    absorb_pad(inner, key, HMAC512_SIZE, 0x36);
}

void hmac512_tag(const uint64_t inner[8], const uint8_t key[HMAC512_SIZE],
                 uint8_t tag[HMAC512_SIZE])
{
    enum { BITS = 8 * (HMAC384_BLOCK_SIZE + HMAC512_SIZE) };
    uint64_t outer[8];
    uint8_t block[HMAC384_BLOCK_SIZE] = {0};

    sha512_start(outer);
    absorb_pad(outer, key, HMAC512_SIZE, 0x5c);
    sha512_digest(inner, block);
    block[HMAC512_SIZE] = 0x80;
    block[HMAC384_BLOCK_SIZE - 2] = BITS >> 8;
    block[HMAC384_BLOCK_SIZE - 1] = BITS & 0xff;
    sha512_block(outer, block);
    sha512_digest(outer, tag);
}

void hmac384_start(uint64_t inner[8], const uint8_t key[HMAC384_SIZE])
{
    absorb_key(inner, key, HMAC384_SIZE, 0x36);
}

void hmac384_block(uint64_t inner[8], const uint8_t block[HMAC384_BLOCK_SIZE])
{
    sha512_block(inner, block);
}

void hmac384_tag(const uint64_t inner[8], const uint8_t key[HMAC384_SIZE],
                 uint8_t tag[HMAC384_SIZE])
{
    outer_tag(inner, key, HMAC384_SIZE, tag);
}

/* The last one or two blocks: rest, pad bit, zeros, length in bits. */
static void finish_inner(uint64_t inner[8], const uint8_t *rest,
                         size_t rest_size, uint64_t total_bytes)
{
    uint8_t block[HMAC384_BLOCK_SIZE] = {0};

    assert(rest_size < sizeof(block));
    memcpy(block, rest, rest_size);
    block[rest_size] = 0x80;
    if (rest_size >= HMAC384_BLOCK_SIZE - 16) {
        sha512_block(inner, block);
        memset(block, 0, sizeof(block));
    }
    for (unsigned i = 0; i < 8; i++) {
        block[HMAC384_BLOCK_SIZE - 1 - i] =
            (uint8_t)((total_bytes * 8) >> (8 * i));
    }
    sha512_block(inner, block);
}

void hmac384(const void *key, size_t key_size, const void *bytes, size_t size,
             uint8_t tag[HMAC384_SIZE])
{
    uint8_t short_key[SHA384_SIZE];
    uint8_t empty[1] = {0};
    const uint8_t *next = size != 0 ? bytes : empty;
    uint64_t inner[8];
    size_t left = size;

    if (key_size > HMAC384_BLOCK_SIZE) {
        sha384(key, key_size, short_key);
        key = short_key;
        key_size = sizeof(short_key);
    }
    absorb_key(inner, key, key_size, 0x36);
    for (; left >= HMAC384_BLOCK_SIZE; left -= HMAC384_BLOCK_SIZE) {
        sha512_block(inner, next);
        next += HMAC384_BLOCK_SIZE;
    }
    finish_inner(inner, next, left, HMAC384_BLOCK_SIZE + (uint64_t)size);
    outer_tag(inner, key, key_size, tag);
}
