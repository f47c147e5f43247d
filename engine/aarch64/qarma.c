/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R. Avanzi, "The QARMA Block Cipher Family", and DDI 0487, ComputePAC: a state
 * of 16 cells of 4 bits; here cell i is at bits 4 * i.
 */
#include "engine/aarch64/pauth.h"

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

/* Every cell turned left by one bit, and by two. */
static uint64_t turn(uint64_t state)
{
    return (state << 1 & 0xeeeeeeeeeeeeeeee) |
           (state >> 3 & 0x1111111111111111);
}

static uint64_t turn_twice(uint64_t state)
{
    return (state << 2 & 0xcccccccccccccccc) |
           (state >> 2 & 0x3333333333333333);
}

/* The state as seen `count` rows of four cells further on. */
static uint64_t rows(uint64_t state, unsigned count)
{
    return state >> 16 * count | state << (64 - 16 * count);
}

/* Each column times the circulant (0, r, r2, r): an involution. */
static uint64_t mix(uint64_t state)
{
    return turn(rows(state, 1) ^ rows(state, 3)) ^ turn_twice(rows(state, 2));
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

uint64_t qarma64(uint64_t text, uint64_t tweak, uint64_t whitening,
                 uint64_t core)
{
    uint64_t other = whitening << 63 | (whitening >> 1 ^ whitening >> 63);
    uint64_t state = text ^ whitening;
    uint64_t tweaks[ROUNDS + 1];

    tweaks[0] = tweak;
    for (unsigned i = 0; i < ROUNDS; i++) {
        state ^= core ^ tweaks[i] ^ round_constants[i];
        if (i > 0) {
            state = mix(permute(state));
        }
        state = substitute(state, sbox);
        tweaks[i + 1] = next_tweak(tweaks[i]);
    }
    state = substitute(mix(permute(state ^ other ^ tweaks[ROUNDS])), sbox);
    state = mix(permute(state)) ^ core;
    state = substitute(unpermute(state), inverse_sbox);
    state = unpermute(mix(state)) ^ whitening ^ tweaks[ROUNDS];
    for (unsigned i = ROUNDS; i-- > 0;) {
        state = substitute(state, inverse_sbox);
        if (i > 0) {
            state = unpermute(mix(state));
        }
        state ^= round_constants[i] ^ core ^ tweaks[i] ^ ALPHA;
    }
    return state ^ other;
}
