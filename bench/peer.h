/* SPDX-License-Identifier: Apache-2.0 */
/* The same guest on our machine, on QEMU's, and on QEMU's that counts
 * instructions. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench/measure.h"

enum machine { OURS, QEMU, ICOUNT, MACHINES };

struct peer {
    char program[512]; /* qemu-system-aarch64, or empty */
    char libraries[512];
};

struct guest {
    const char *kernel;
    const char *memory; /* "128M" */
    const char *initrd; /* or NULL */
    const char *append; /* or NULL */
};

/* Found once, by bench/peer.sh. */
const struct peer *peer_find(void);
/* Its line, which is the first of the table. */
void peer_print(const struct peer *peer);
const char *peer_name(enum machine machine);
/* Until the guest turns itself off. */
struct cost peer_run(const struct peer *peer, enum machine machine,
                     const struct guest *guest, struct buffer *output);

#endif
