/* SPDX-License-Identifier: Apache-2.0 */
/* Modes of AES (SP 800-38A) with keys of each size, as engines run them. */
#ifndef CRYPTO_AES_MODES_H
#define CRYPTO_AES_MODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/aes.h"

enum aes_mode { AES_ECB, AES_CBC, AES_CFB, AES_OFB, AES_CTR };

/* The way in which an operation works. CFB has segments of whole blocks; the
 * counter of CTR is all of the block. */
struct aes_way {
    enum aes_mode mode;
    bool encrypt;
    unsigned key_bits; /* 128, 192 or 256 */
    uint8_t key[32];
    uint8_t iv[AES_BLOCK_BYTES]; /* after a call: what continues the chain */
};

/* in and out may be the same. */
void aes_blocks(struct aes_way *way, const uint8_t *in, uint8_t *out,
                size_t block_count);

#endif
