/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 (FIPS 180-4), one block at a time as hardware engines run it. */
#ifndef CRYPTO_SHA1_H
#define CRYPTO_SHA1_H

#include <stdint.h>

enum { SHA1_SIZE = 20, SHA1_BLOCK_SIZE = 64, SHA1_WORDS = 5 };

void sha1_start(uint32_t state[SHA1_WORDS]);
void sha1_block(uint32_t state[SHA1_WORDS],
                const uint8_t block[SHA1_BLOCK_SIZE]);

#endif
