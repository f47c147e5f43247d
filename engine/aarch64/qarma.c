/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R. Avanzi, "The QARMA Block Cipher Family", and DDI 0487, ComputePAC: a state
 * of 16 cells of 4 bits; here cell i is at bits 4 * i.
 */
#include "engine/aarch64/qarma.h"

enum { CELLS = 16, ROUNDS = 5 };

#define ALPHA 0xc0ac29b7c97c50ddu

static const uint64_t round_constants[ROUNDS] = {
    0,
    0x13198a2e03707344,
    0xa4093822299f31d0,
    0x082efa98ec4e6c89,
    0x452821e638d01377,
};

static const uint8_t sbox[16] = {11, 6, 8, 15, 12, 0, 9, 14,
                                 3,  7, 4, 5,  13, 2, 1, 10};
static const uint8_t inverse_sbox[16] = {5, 14, 13, 8, 10, 11, 1, 9,
                                         2, 6,  15, 0, 4,  12, 7, 3};
/* Which cell each is taken from. */
static const uint8_t shuffle[CELLS] = {13, 6, 11, 0, 7, 12, 1, 10,
                                       8,  3, 14, 5, 2, 9,  4, 15};
static const uint8_t tweak_shuffle[CELLS] = {4,  5,  6,  7,  11, 2, 3,  8,
                                             12, 13, 14, 15, 0,  1, 10, 9};
/* Cells of the tweak, after the shuffle, that the register steps in. */
enum {
    STEPPED = 1 << 2 | 1 << 4 | 1 << 7 | 1 << 11 | 1 << 12 | 1 << 14 | 1 << 15
};

static unsigned cell(uint64_t state, unsigned i)
{
    return state >> 4 * i & 15;
}

static uint64_t substitute(uint64_t state, const uint8_t table[16])
{
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        result |= (uint64_t)table[cell(state, i)] << 4 * i;
    }
    return result;
}

static uint64_t permute(uint64_t state)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        result |= (uint64_t)cell(state, shuffle[i]) << 4 * i;
    }
    return result;
}

static uint64_t unpermute(uint64_t state)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        result |= (uint64_t)cell(state, i) << 4 * shuffle[i];
    }
    return result;
}

static unsigned rotate(unsigned value, unsigned count)
{
    return (value << count | value >> (4 - count)) & 15;
}

/* Each column times the circulant (0, r, r2, r): an involution. */
static uint64_t mix(uint64_t state)
{
    static const uint8_t rotations[4] = {0, 1, 2, 1};
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        unsigned value = 0;

        for (unsigned k = 1; k < 4; k++) {
            value ^= rotate(cell(state, (i + 4 * k) % CELLS), rotations[k]);
        }
        result |= (uint64_t)value << 4 * i;
    }
    return result;
}

static uint64_t next_tweak(uint64_t tweak)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        unsigned value = cell(tweak, tweak_shuffle[i]);

        if ((STEPPED >> i & 1) != 0) {
            value = value >> 1 | ((value ^ value >> 1) & 1) << 3;
        }
        result |= (uint64_t)value << 4 * i;
    }
    return result;
}

static uint64_t last_tweak(uint64_t tweak)
{
    uint64_t result = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        unsigned value = cell(tweak, i);

        if ((STEPPED >> i & 1) != 0) {
            value = (value << 1 & 15) | ((value ^ value >> 3) & 1);
        }
        result |= (uint64_t)value << 4 * tweak_shuffle[i];
    }
    return result;
}

uint64_t qarma64(uint64_t text, uint64_t tweak, uint64_t whitening,
                 uint64_t core)
{
    uint64_t other = whitening << 63 | (whitening >> 1 ^ whitening >> 63);
    uint64_t state = text ^ whitening;

    for (unsigned i = 0; i < ROUNDS; i++) {
        state ^= core ^ tweak ^ round_constants[i];
        if (i > 0) {
            state = mix(permute(state));
        }
        state = substitute(state, sbox);
        tweak = next_tweak(tweak);
    }
    state = substitute(mix(permute(state ^ other ^ tweak)), sbox);
    state = mix(permute(state)) ^ core;
    state = substitute(unpermute(state), inverse_sbox);
    state = unpermute(mix(state)) ^ whitening ^ tweak;
    for (unsigned i = 0; i < ROUNDS; i++) {
        state = substitute(state, inverse_sbox);
        if (i < ROUNDS - 1) {
            state = unpermute(mix(state));
        }
        tweak = last_tweak(tweak);
        state ^= round_constants[ROUNDS - 1 - i] ^ core ^ tweak ^ ALPHA;
    }
    return state ^ other;
}
