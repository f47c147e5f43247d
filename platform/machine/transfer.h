/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of a device's block requests: each is a transfer from or to
 * bytes of its own, which a back end (backends/block.h) serves.
 *
 * A transfer starts at once, unless an earlier one that is under way touches
 * the same bytes of the disk and one of the two changes them; then it waits for
 * it. Most are served before transfer_start returns, because the page cache of
 * the host has what they need. Buffers are kept for transfers to come.
 *
 * The thread of the back end's loop.
 */
#ifndef PLATFORM_MACHINE_TRANSFER_H
#define PLATFORM_MACHINE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/block.h"

/* Buffers are of 4 KiB, and of powers of two from there to 4 MiB. */
enum { TRANSFER_SMALLEST_LOG2 = 12, TRANSFER_CLASSES = 11 };

struct transfers {
    struct block *block;
    /* A transfer was served; the request's status says how. */
    void (*done)(struct transfers *transfers, void *owner, int status);
    /* Private. */
    struct transfer *first; /* not served yet, in the order of their start */
    struct transfer **last;
    unsigned held; /* of these, those that wait for others */
    struct transfer *idle[TRANSFER_CLASSES];
    size_t idle_bytes;
};

struct transfer {
    struct block_request request; /* operation, offset, size and may_unmap are
                                     set before the start */
    void *owner;                  /* NULL: nobody waits for it */
    uint8_t *bytes;
    /* Private. */
    struct transfers *transfers;
    struct transfer *next;
    unsigned class;
    bool started;
};

void transfers_init(struct transfers *transfers, struct block *block,
                    void (*done)(struct transfers *transfers, void *owner,
                                 int status));
/* Waits for what is under way; owners hear of it. */
void transfers_drain(struct transfers *transfers);
/* None is under way. */
void transfers_fini(struct transfers *transfers);

/* With room for size bytes of undefined contents, at most 4 MiB. */
struct transfer *transfer_make(struct transfers *transfers, size_t size);
/* done may be called before this returns; with an owner it stays until
 * transfer_free, without one it is freed when it was served. */
void transfer_start(struct transfer *transfer);
/* Waits for it and whatever it waits for. It was started and has an owner, and
 * its done was not called yet. */
void transfer_finish(struct transfer *transfer);
/* It is not under way; NULL is fine. */
void transfer_free(struct transfer *transfer);

#endif
