/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work of one processor that has nothing to do with others': loads, stores,
 * arithmetic, and branches that hang on it. Guest code, and what bench/parallel
 * measures the host by.
 */
#ifndef GUEST_TESTS_LITMUS_WORK_H
#define GUEST_TESTS_LITMUS_WORK_H

#include <stdint.h>

enum { LITMUS_WORDS = 512 };

/* The number of branches taken, of words[LITMUS_WORDS] that are 0 at first. */
static inline uint64_t litmus_work(uint64_t *words, uint64_t turns)
{
    uint64_t state = 88172645463325252u;
    uint64_t taken = 0;

    for (uint64_t i = 0; i < turns; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t *word = &words[state % LITMUS_WORDS];
        if ((*word & 1) != 0) {
            taken++;
        }
        *word = *word * 5 + state;
    }
    return taken;
}

#endif
