/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments of one machine's run, in their order, between which it can be moved.
 *
 * The regions' baselines hold the memory of one moment, the one the machine was
 * last at. Between two neighbours the chain keeps one copy of the pages in
 * which they differ: on the side of the older moment if the machine is behind
 * it, else of the younger. Moving over the gap exchanges those pages. So a
 * moment costs the pages that its stretch of the run wrote, and the state of
 * devices and cores, which is copied whole.
 *
 * While a chain exists no other code may take snapshots of the machine.
 */
#ifndef PLATFORM_SNAPSHOT_CHAIN_H
#define PLATFORM_SNAPSHOT_CHAIN_H

#include "platform/machine/machine.h"

/* Where a page is: its memory's index (memories.h), and its number there. */
struct page_place {
    uint32_t memory;
    uint32_t page;
};

/* Pages in rising order of their places. */
struct page_set {
    struct page_place *places;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

struct chain_link {
    void *mark; /* the owner's note of the moment; freed with the link */
    struct buffer state;
    struct page_set pages; /* in which this moment and the next differ */
};

struct snapshot_chain {
    struct cairn_machine *machine;
    struct chain_link *links;
    size_t count;
    size_t capacity;
    size_t at;    /* the moment whose memory the baselines are */
    size_t bytes; /* of all moments together */
};

/* Empty. */
void snapshot_chain_init(struct snapshot_chain *chain,
                         struct cairn_machine *machine);
void snapshot_chain_fini(struct snapshot_chain *chain);
/* Puts the present behind the moment that the machine was last at, which may
 * have others behind it, and takes mark over. 0 or -ENOMEM. */
int snapshot_chain_take(struct snapshot_chain *chain, void *mark);
/* Moves the machine to a moment. */
void snapshot_chain_go(struct snapshot_chain *chain, size_t index);
/* True if the memory, after a run on, is that of the next moment. */
bool snapshot_chain_matches(const struct snapshot_chain *chain);
/* Forgets a moment other than the one that the machine was last at. */
void snapshot_chain_drop(struct snapshot_chain *chain, size_t index);

#endif
