/* SPDX-License-Identifier: Apache-2.0 */
/* GHASH bit by bit: it runs over a few blocks only. */
#include "crypto/ghash.h"

#include <string.h>

/* v = v * x: a shift right in GHASH's bit order (SP 800-38D, 6.3). */
static void times_x(uint8_t v[GHASH_BYTES])
{
    uint8_t carry = 0;
    uint8_t lost = v[GHASH_BYTES - 1] & 1;

    for (int i = 0; i < GHASH_BYTES; i++) {
        uint8_t next = (uint8_t)(v[i] << 7);

        v[i] = (uint8_t)(v[i] >> 1 | carry);
        carry = next;
    }
    v[0] ^= lost != 0 ? 0xe1 : 0;
}

void ghash_block(uint8_t state[GHASH_BYTES], const uint8_t subkey[GHASH_BYTES],
                 const uint8_t block[GHASH_BYTES])
{
    uint8_t product[GHASH_BYTES] = {0};
    uint8_t v[GHASH_BYTES];

    memcpy(v, subkey, sizeof(v));
    for (int bit = 0; bit < 8 * GHASH_BYTES; bit++) {
        uint8_t byte = state[bit / 8] ^ block[bit / 8];

        if ((byte >> (7 - bit % 8) & 1) != 0) {
            for (int i = 0; i < GHASH_BYTES; i++) {
                product[i] ^= v[i];
            }
        }
        times_x(v);
    }
    memcpy(state, product, sizeof(product));
}
