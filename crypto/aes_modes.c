/* SPDX-License-Identifier: Apache-2.0 */
/* Modes of AES over libcrypto's block cipher. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/aes_modes.h"

#include <openssl/aes.h>
#include <string.h>

#include "base/assert.h"

static void add(uint8_t *out, const uint8_t *in, const uint8_t *with)
{
    for (size_t i = 0; i < AES_BLOCK_BYTES; i++) {
        out[i] = in[i] ^ with[i];
    }
}

static void count_up(uint8_t counter[AES_BLOCK_BYTES])
{
    for (size_t i = AES_BLOCK_BYTES; i-- > 0 && ++counter[i] == 0;) {
    }
}

static void electronic_codebook(const struct aes_way *way,
                                const AES_KEY *schedule, const uint8_t *in,
                                uint8_t *out)
{
    if (way->encrypt) {
        AES_encrypt(in, out, schedule);
    } else {
        AES_decrypt(in, out, schedule);
    }
}

static void block_chaining(struct aes_way *way, const AES_KEY *schedule,
                           const uint8_t *in, uint8_t *out)
{
    uint8_t block[AES_BLOCK_BYTES];

    if (way->encrypt) {
        add(block, in, way->iv);
        AES_encrypt(block, out, schedule);
        memcpy(way->iv, out, AES_BLOCK_BYTES);
    } else {
        AES_decrypt(in, block, schedule);
        add(block, block, way->iv);
        memcpy(way->iv, in, AES_BLOCK_BYTES);
        memcpy(out, block, AES_BLOCK_BYTES);
    }
}

static void cipher_feedback(struct aes_way *way, const AES_KEY *schedule,
                            const uint8_t *in, uint8_t *out)
{
    uint8_t block[AES_BLOCK_BYTES];

    AES_encrypt(way->iv, block, schedule);
    if (!way->encrypt) {
        memcpy(way->iv, in, AES_BLOCK_BYTES);
    }
    add(out, in, block);
    if (way->encrypt) {
        memcpy(way->iv, out, AES_BLOCK_BYTES);
    }
}

static void output_feedback(struct aes_way *way, const AES_KEY *schedule,
                            const uint8_t *in, uint8_t *out)
{
    AES_encrypt(way->iv, way->iv, schedule);
    add(out, in, way->iv);
}

static void counter_mode(struct aes_way *way, const AES_KEY *schedule,
                         const uint8_t *in, uint8_t *out)
{
    uint8_t block[AES_BLOCK_BYTES];

    AES_encrypt(way->iv, block, schedule);
    add(out, in, block);
    count_up(way->iv);
}

static void one_block(struct aes_way *way, const AES_KEY *schedule,
                      const uint8_t *in, uint8_t *out)
{
    switch (way->mode) {
    case AES_ECB:
        electronic_codebook(way, schedule, in, out);
        break;
    case AES_CBC:
        block_chaining(way, schedule, in, out);
        break;
    case AES_CFB:
        cipher_feedback(way, schedule, in, out);
        break;
    case AES_OFB:
        output_feedback(way, schedule, in, out);
        break;
    case AES_CTR:
        counter_mode(way, schedule, in, out);
        break;
    }
}

void aes_blocks(struct aes_way *way, const uint8_t *in, uint8_t *out,
                size_t block_count)
{
    bool inverse = !way->encrypt && way->mode <= AES_CBC;
    AES_KEY schedule;

    debug_assert(way->key_bits == 128 || way->key_bits == 192 ||
                 way->key_bits == 256);
    if (inverse) {
        AES_set_decrypt_key(way->key, (int)way->key_bits, &schedule);
    } else {
        AES_set_encrypt_key(way->key, (int)way->key_bits, &schedule);
    }
    for (size_t i = 0; i < block_count; i++) {
        one_block(way, &schedule, in + i * AES_BLOCK_BYTES,
                  out + i * AES_BLOCK_BYTES);
    }
}
