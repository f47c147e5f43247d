/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that strangers may hand to `cairn`, made from a seed: boards,
 * snapshots, firmware, capsules, kernels, packets, scripts. Half of it is sound
 * but for a few bytes, as that gets further than noise.
 */
#ifndef TESTS_HOSTILE_STRANGERS_H
#define TESTS_HOSTILE_STRANGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct stranger {
    uint64_t chance;    /* all that the case is made from */
    const char *canary; /* a file that nothing may read, from the root on */
    const char *folder; /* where the case's files go: "in" of the box */
    char *words[24];    /* of the command line, behind "cairn"; freed */
    unsigned word_count;
    struct buffer wire; /* what a debugger says; empty: there is none */
};

struct stranger_kind {
    const char *name;
    /* Makes files and words; false when there is nothing to make it from. */
    bool (*make)(struct stranger *stranger);
};

extern const struct stranger_kind stranger_kinds[];
extern const unsigned stranger_kind_count;

/* Below the limit. */
uint64_t stranger_draw(struct stranger *stranger, uint64_t limit);
void stranger_fini(struct stranger *stranger);

#endif
