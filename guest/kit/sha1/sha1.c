/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 (FIPS 180-4, 6.1), padding as it goes. */
#include "guest/kit/sha1/sha1.h"

static uint32_t rotate(uint32_t word, unsigned by)
{
    return word << by | word >> (32 - by);
}

/* The message with its end mark, zeros and length, FIPS 180-4 5.1.1. */
static uint8_t padded(const uint8_t *bytes, uint32_t size, uint32_t total,
                      uint32_t at)
{
    if (at < size) {
        return bytes[at];
    }
    if (at == size) {
        return 0x80;
    }
    return (uint8_t)(at >= total - 4 ? size * 8 >> 8 * (total - 1 - at) : 0);
}

/* FIPS 180-4 4.1.1 and 4.2.1. */
static uint32_t mix(unsigned t, const uint32_t v[5])
{
    if (t < 20) {
        return ((v[1] & v[2]) ^ (~v[1] & v[3])) + 0x5a827999;
    }
    if (t < 40) {
        return (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1;
    }
    if (t < 60) {
        return ((v[1] & v[2]) ^ (v[1] & v[3]) ^ (v[2] & v[3])) + 0x8f1bbcdc;
    }
    return (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
}

/* FIPS 180-4 6.1.2. */
static void compress(uint32_t state[5], uint32_t w[80])
{
    uint32_t v[5];
    for (unsigned t = 16; t < 80; t++) {
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    }
    for (unsigned i = 0; i < 5; i++) {
        v[i] = state[i];
    }
    for (unsigned t = 0; t < 80; t++) {
        uint32_t next = rotate(v[0], 5) + mix(t, v) + v[4] + w[t];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (unsigned i = 0; i < 5; i++) {
        state[i] += v[i];
    }
}

void sha1(const uint8_t *bytes, uint32_t size, uint8_t digest[20])
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                         0xc3d2e1f0};
    uint32_t total = (size + 1 + 8 + 63) & ~63u;
    uint32_t w[80];
    for (uint32_t block = 0; block < total; block += 64) {
        for (unsigned i = 0; i < 64; i++) {
            w[i / 4] = w[i / 4] << 8 | padded(bytes, size, total, block + i);
        }
        compress(state, w);
    }
    for (unsigned i = 0; i < 20; i++) {
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i & 3)));
    }
}
