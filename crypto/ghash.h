/* SPDX-License-Identifier: Apache-2.0 */
/* GHASH, the universal hash of Galois/Counter Mode (SP 800-38D, 6.4). */
#ifndef CRYPTO_GHASH_H
#define CRYPTO_GHASH_H

#include <stdint.h>

enum { GHASH_BYTES = 16 };

/* state = (state ^ block) * subkey. */
void ghash_block(uint8_t state[GHASH_BYTES], const uint8_t subkey[GHASH_BYTES],
                 const uint8_t block[GHASH_BYTES]);

#endif
