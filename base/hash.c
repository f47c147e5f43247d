/* SPDX-License-Identifier: Apache-2.0 */
/* XXH64: four lanes over stripes of 32 bytes, then the tail, then mixing. */
#include "base/hash.h"

#include "base/bits.h"

/* The five primes of the XXH64 specification, section "Constants". */
#define PRIME_1 0x9e3779b185ebca87u
#define PRIME_2 0xc2b2ae3d27d4eb4fu
#define PRIME_3 0x165667b19e3779f9u
#define PRIME_4 0x85ebca77c2b2ae63u
#define PRIME_5 0x27d4eb2f165667c5u

static inline uint64_t rotate(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

static inline uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t stripes(uint64_t seed, const uint8_t **bytes, size_t *size)
{
    uint64_t lanes[4] = {seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed,
                         seed - PRIME_1};
    while (*size >= 32) {
        for (size_t i = 0; i < 4; i++) {
            lanes[i] = mix(lanes[i], load_le64(*bytes + i * 8));
        }
        *bytes += 32;
        *size -= 32;
    }
    uint64_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) +
                    rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (unsigned i = 0; i < 4; i++) {
        hash = (hash ^ mix(0, lanes[i])) * PRIME_1 + PRIME_4;
    }
    return hash;
}

static uint64_t tail(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (; size >= 8; bytes += 8, size -= 8) {
        hash = rotate(hash ^ mix(0, load_le64(bytes)), 27) * PRIME_1 + PRIME_4;
    }
    if (size >= 4) {
        hash =
            rotate(hash ^ load_le32(bytes) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        bytes += 4;
        size -= 4;
    }
    for (; size != 0; bytes++, size--) {
        hash = rotate(hash ^ *bytes * PRIME_5, 11) * PRIME_1;
    }
    return hash;
}

uint64_t hash64(uint64_t seed, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    size_t left = size;
    uint64_t hash = size >= 32 ? stripes(seed, &p, &left) : seed + PRIME_5;
    hash = tail(hash + size, p, left);
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}
