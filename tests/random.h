/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers of tests that compare two ways, from a seed: SplitMix64. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>

static inline uint64_t random64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Below count. */
static inline unsigned pick(uint64_t *state, unsigned count)
{
    return (unsigned)(random64(state) >> 33) % count;
}

#endif
