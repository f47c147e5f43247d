/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thin over libcrypto, whose block functions use the host's SHA instructions.
 * Its contexts are copied to and from plain words, so that a device can keep a
 * half-done hash in its saved state.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/sha2.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

void sha224_start(uint32_t state[8])
{
    SHA256_CTX context;
    SHA224_Init(&context);
    memcpy(state, context.h, sizeof(context.h));
}

void sha256_start(uint32_t state[8])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    memcpy(state, context.h, sizeof(context.h));
}

void sha256_block(uint32_t state[8], const uint8_t block[SHA256_BLOCK_SIZE])
{
    SHA256_CTX context;
    memcpy(context.h, state, sizeof(context.h));
    SHA256_Transform(&context, block);
    memcpy(state, context.h, sizeof(context.h));
}

void sha256_add(struct sha256_pieces *pieces, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    if (pieces->size_bytes == 0) {
        sha256_start(pieces->state);
    }
    while (size > 0) {
        size_t held = pieces->size_bytes % SHA256_BLOCK_SIZE;
        size_t taken = SHA256_BLOCK_SIZE - held;
        taken = taken < size ? taken : size;
        memcpy(pieces->open + held, from, taken);
        pieces->size_bytes += taken;
        from += taken;
        size -= taken;
        if (held + taken == SHA256_BLOCK_SIZE) {
            sha256_block(pieces->state, pieces->open);
        }
    }
}

void sha256_end(struct sha256_pieces *pieces, uint8_t digest[SHA256_SIZE])
{
    static const uint8_t padding[SHA256_BLOCK_SIZE] = {0x80};
    uint8_t bit_count[8];
    uint64_t size_bytes = pieces->size_bytes;
    size_t held = size_bytes % SHA256_BLOCK_SIZE;
    size_t full = SHA256_BLOCK_SIZE - sizeof(bit_count);
    store_be32(bit_count, (uint32_t)(size_bytes >> 29));
    store_be32(bit_count + 4, (uint32_t)(size_bytes << 3));
    sha256_add(pieces, padding,
               (held < full ? full : full + SHA256_BLOCK_SIZE) - held);
    sha256_add(pieces, bit_count, sizeof(bit_count));
    for (unsigned i = 0; i < 8; i++) {
        store_be32(digest + 4 * (size_t)i, pieces->state[i]);
    }
}

static void words_from_context(uint64_t state[8], const SHA512_CTX *context)
{
    for (unsigned i = 0; i < 8; i++) {
        state[i] = context->h[i];
    }
}

void sha384_start(uint64_t state[8])
{
    SHA512_CTX context;
    SHA384_Init(&context);
    words_from_context(state, &context);
}

void sha512_start(uint64_t state[8])
{
    SHA512_CTX context;
    SHA512_Init(&context);
    words_from_context(state, &context);
}

void sha512_t_start(uint64_t state[8], unsigned bit_count)
{
    uint8_t block[SHA512_BLOCK_SIZE] = {0};
    int length =
        snprintf((char *)block, sizeof(block), "SHA-512/%u", bit_count);

    assert(bit_count != 0 && bit_count < 512 && bit_count != 384);
    sha512_start(state);
    for (unsigned i = 0; i < 8; i++) {
        state[i] ^= 0xa5a5a5a5a5a5a5a5u;
    }
    block[length] = 0x80;
    block[SHA512_BLOCK_SIZE - 1] = (uint8_t)(8 * length);
    sha512_block(state, block);
}

void sha512_block(uint64_t state[8], const uint8_t block[SHA512_BLOCK_SIZE])
{
    SHA512_CTX context;
    for (unsigned i = 0; i < 8; i++) {
        context.h[i] = state[i];
    }
    SHA512_Transform(&context, block);
    words_from_context(state, &context);
}

void sha512_digest(const uint64_t state[8], uint8_t digest[SHA512_SIZE])
{
    for (size_t i = 0; i < 8; i++) {
        store_be32(digest + 8 * i, (uint32_t)(state[i] >> 32));
        store_be32(digest + 8 * i + 4, (uint32_t)state[i]);
    }
}

/* One-shot digests, without libcrypto's search for a provider of the algorithm:
 * the first such search takes longer than hashing a firmware image. */

void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, size);
    SHA256_Final(digest, &context);
}

void sha384(const void *bytes, size_t size, uint8_t digest[SHA384_SIZE])
{
    SHA512_CTX context;
    SHA384_Init(&context);
    SHA384_Update(&context, bytes, size);
    SHA384_Final(digest, &context);
}

void sha512(const void *bytes, size_t size, uint8_t digest[SHA512_SIZE])
{
    SHA512_CTX context;
    SHA512_Init(&context);
    SHA512_Update(&context, bytes, size);
    SHA512_Final(digest, &context);
}
