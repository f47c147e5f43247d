/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256 (FIPS 197): the block and CBC mode (SP 800-38A, 6.2). */
#ifndef CRYPTO_AES_H
#define CRYPTO_AES_H

#include <stddef.h>
#include <stdint.h>

enum { AES_BLOCK_BYTES = 16, AES256_KEY_BYTES = 32 };

void aes256_encrypt(const uint8_t key[AES256_KEY_BYTES],
                    const uint8_t in[AES_BLOCK_BYTES],
                    uint8_t out[AES_BLOCK_BYTES]);
void aes256_decrypt(const uint8_t key[AES256_KEY_BYTES],
                    const uint8_t in[AES_BLOCK_BYTES],
                    uint8_t out[AES_BLOCK_BYTES]);
/* block_count blocks of counter mode's kind: out[i] = E(key, counter + 1 + i),
 * counting in the last 32 bits only, big-endian and without carry out of them;
 * the counter is left at the last value used. */
void aes256_counter_blocks(const uint8_t key[AES256_KEY_BYTES],
                           uint8_t counter[AES_BLOCK_BYTES], uint8_t *out,
                           size_t block_count);

/* iv is replaced by the value that continues the chain; in and out may be the
 * same. */
void aes256_cbc_encrypt(const uint8_t key[AES256_KEY_BYTES],
                        uint8_t iv[AES_BLOCK_BYTES], const uint8_t *in,
                        uint8_t *out, size_t block_count);
void aes256_cbc_decrypt(const uint8_t key[AES256_KEY_BYTES],
                        uint8_t iv[AES_BLOCK_BYTES], const uint8_t *in,
                        uint8_t *out, size_t block_count);

#endif
