/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256 by libcrypto's block cipher. The counter is 32 bits wide, as a
 * CTR_DRBG here has it. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/aes.h"

#include <openssl/aes.h>

#include "base/bits.h"

void aes256_encrypt(const uint8_t key[AES256_KEY_BYTES],
                    const uint8_t in[AES_BLOCK_BYTES],
                    uint8_t out[AES_BLOCK_BYTES])
{
    AES_KEY schedule;

    AES_set_encrypt_key(key, 256, &schedule);
    AES_encrypt(in, out, &schedule);
}

void aes256_decrypt(const uint8_t key[AES256_KEY_BYTES],
                    const uint8_t in[AES_BLOCK_BYTES],
                    uint8_t out[AES_BLOCK_BYTES])
{
    AES_KEY schedule;

    AES_set_decrypt_key(key, 256, &schedule);
    AES_decrypt(in, out, &schedule);
}

static void increment(uint8_t counter[AES_BLOCK_BYTES])
{
    uint8_t *last_word = &counter[AES_BLOCK_BYTES - 4];
    store_be32(last_word, load_be32(last_word) + 1);
}

void aes256_counter_blocks(const uint8_t key[AES256_KEY_BYTES],
                           uint8_t counter[AES_BLOCK_BYTES], uint8_t *out,
                           size_t block_count)
{
    AES_KEY schedule;

    AES_set_encrypt_key(key, 256, &schedule);
    for (size_t i = 0; i < block_count; i++) {
        increment(counter);
        AES_encrypt(counter, out + i * AES_BLOCK_BYTES, &schedule);
    }
}

void aes256_cbc_encrypt(const uint8_t key[AES256_KEY_BYTES],
                        uint8_t iv[AES_BLOCK_BYTES], const uint8_t *in,
                        uint8_t *out, size_t block_count)
{
    AES_KEY schedule;

    AES_set_encrypt_key(key, 256, &schedule);
    AES_cbc_encrypt(in, out, block_count * AES_BLOCK_BYTES, &schedule, iv,
                    AES_ENCRYPT);
}

void aes256_cbc_decrypt(const uint8_t key[AES256_KEY_BYTES],
                        uint8_t iv[AES_BLOCK_BYTES], const uint8_t *in,
                        uint8_t *out, size_t block_count)
{
    AES_KEY schedule;

    AES_set_decrypt_key(key, 256, &schedule);
    AES_cbc_encrypt(in, out, block_count * AES_BLOCK_BYTES, &schedule, iv,
                    AES_DECRYPT);
}
