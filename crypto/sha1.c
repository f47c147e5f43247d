/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 by libcrypto's block function, with the state as plain words. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/sha1.h"

#include <openssl/sha.h>

static void to_words(uint32_t state[SHA1_WORDS], const SHA_CTX *context)
{
    state[0] = context->h0;
    state[1] = context->h1;
    state[2] = context->h2;
    state[3] = context->h3;
    state[4] = context->h4;
}

void sha1_start(uint32_t state[SHA1_WORDS])
{
    SHA_CTX context;

    SHA1_Init(&context);
    to_words(state, &context);
}

void sha1_block(uint32_t state[SHA1_WORDS],
                const uint8_t block[SHA1_BLOCK_SIZE])
{
    SHA_CTX context = {
        .h0 = state[0],
        .h1 = state[1],
        .h2 = state[2],
        .h3 = state[3],
        .h4 = state[4],
    };

    SHA1_Transform(&context, block);
    to_words(state, &context);
}
