/* SPDX-License-Identifier: Apache-2.0 */
/* The same on QEMU: a guest at a shell prompt is told what to do, its state
 * goes into a file, and machines begin from that. */
#ifndef BENCH_SNAPSHOT_PEER_H
#define BENCH_SNAPSHOT_PEER_H

#include "bench/peer.h"

struct snapshot_peer {
    const struct peer *peer;
    struct guest guest;
    const char *prompt;  /* that it is awaited with, */
    const char *command; /* what is typed then, */
    const char *answer;  /* and what is printed again and again */
    char file[64];
};

/* False if it does not come so far. */
bool snapshot_peer_save(struct snapshot_peer *peer);
/* Seconds from the start of the process to the first byte that the guest
 * prints; 0 on failure. */
double snapshot_peer_restore(const struct snapshot_peer *peer);

#endif
