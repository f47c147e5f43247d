/* SPDX-License-Identifier: Apache-2.0 */
/* Work that libraries do with vector registers, checksums and digests. */
#include <arm_acle.h>
#include <arm_neon.h>
#include <stdbool.h>

#include "guest/bench/kernels.h"

/* Four rounds of SHA-256, and four words more of its schedule. */
static void rounds(uint32x4_t state[2], uint32x4_t words[4], unsigned i)
{
    uint32x4_t sum = vaddq_u32(words[i & 3], vdupq_n_u32(0x428a2f98 + i));
    uint32x4_t first = state[0];

    words[i & 3] =
        vsha256su1q_u32(vsha256su0q_u32(words[i & 3], words[(i + 1) & 3]),
                        words[(i + 2) & 3], words[(i + 3) & 3]);
    state[0] = vsha256hq_u32(first, state[1], sum);
    state[1] = vsha256h2q_u32(state[1], first, sum);
}

/* Blocks of bytes, with constants of our own. */
uint64_t sha256_instructions(uint64_t turns)
{
    uint32x4_t state[2] = {vdupq_n_u32(0x6a09e667), vdupq_n_u32(0x510e527f)};

    for (uint64_t i = 0; i < turns * 10; i++) {
        const uint8_t *block = SCRATCH + (i & 63) * 64;
        uint32x4_t before[2] = {state[0], state[1]};
        uint32x4_t words[4];

        for (unsigned j = 0; j < 4; j++) {
            words[j] =
                vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + j * 16)));
        }
#pragma unroll
        for (unsigned j = 0; j < 16; j++) {
            rounds(state, words, j);
        }
        state[0] = vaddq_u32(state[0], before[0]);
        state[1] = vaddq_u32(state[1], before[1]);
    }
    return vgetq_lane_u64(vreinterpretq_u64_u32(veorq_u32(state[0], state[1])),
                          0);
}

uint64_t crc32_instructions(uint64_t turns)
{
    uint32_t one = 1;
    uint32_t other = 2;

    for (uint64_t i = 0; i < turns; i++) {
        for (unsigned j = 0; j < 512; j++) {
            one = __crc32d(one, i * j);
            other = __crc32cd(other, i + j);
        }
    }
    return (uint64_t)one << 32 | other;
}

/* As libraries find the end of a string: a nibble for each byte. */
static size_t length_of(const uint8_t *text)
{
    for (const uint8_t *at = text;; at += 16) {
        uint8x16_t zero = vceqzq_u8(vld1q_u8(at));
        uint64_t nibbles = vget_lane_u64(
            vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(zero), 4)), 0);

        if (nibbles != 0) {
            return (size_t)(at - text) + (unsigned)__builtin_ctzll(nibbles) / 4;
        }
    }
}

static bool has_byte(const uint8_t *text, size_t length, uint8_t byte)
{
    uint8x16_t wanted = vdupq_n_u8(byte);

    for (size_t i = 0; i < length; i += 32) {
        uint8x16_t found = vorrq_u8(vceqq_u8(vld1q_u8(text + i), wanted),
                                    vceqq_u8(vld1q_u8(text + i + 16), wanted));

        if (vmaxvq_u8(found) != 0) {
            return true;
        }
    }
    return false;
}

uint64_t strings(uint64_t turns)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 4096; i++) {
        SCRATCH[i] = i % 61 == 60 ? 0 : (uint8_t)(i | 1);
    }
    for (uint64_t i = 0; i < turns; i++) {
        for (const uint8_t *at = SCRATCH; at < SCRATCH + 4000;) {
            size_t length = length_of(at);

            sum += length + has_byte(at, length, 0xfe);
            at += length + 1;
        }
    }
    return sum;
}
