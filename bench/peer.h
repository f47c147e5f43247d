/* SPDX-License-Identifier: Apache-2.0 */
/* The same guest on our machine, on QEMU's, and on QEMU's that counts
 * instructions. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench/measure.h"

enum machine { OURS, QEMU, ICOUNT, MACHINES };

struct peer {
    const char *architecture;
    char program[512]; /* qemu-system-..., or empty */
    char libraries[512];
};

struct guest {
    const char *kernel;
    const char *memory; /* "128M" */
    const char *initrd; /* or NULL */
    const char *append; /* or NULL */
    const char *cpu;    /* NULL: cortex-a35 */
    bool counted;       /* ours prints what it counts */
    const char *engine; /* of ours, or NULL */
    const char *begin;  /* lines as measure_between has them, or NULL */
    const char *end;
    const char *bios;     /* in place of the kernel, or NULL */
    const char *disks[2]; /* raw images, or NULL */
    bool network;         /* of the user */
    bool pci;             /* devices by virtio-pci, not virtio-mmio */
    unsigned cpus;        /* 0: one */
    unsigned gic;         /* 0: version 2 */
    bool unlimited;       /* in instructions of ours */
    bool security;
    bool virtualization;
    bool parallel;   /* ours with a thread for each processor */
    bool unconfined; /* ours without its sandbox */
    double limit_s;  /* after which it failed, or 0 */
};

/* By bench/peer.sh: "aarch64" or "riscv32". */
void peer_find(struct peer *peer, const char *architecture);
/* Its line, which is before those of its figures. */
void peer_print(const struct peer *peer);
/* True if that machine can run here. */
bool peer_has(const struct peer *peer, enum machine machine);
const char *peer_name(enum machine machine);
/* A command line, with its words. */
enum { PEER_WORDS = 48, PEER_DISK = 512 };

struct peer_command {
    const char *argv[PEER_WORDS];
    char machine[64];
    char cpus[16];
    char disks[4][PEER_DISK]; /* QEMU has two options for each */
};

/* The command that starts the guest. */
void peer_command(const struct peer *peer, enum machine machine,
                  const struct guest *guest, struct peer_command *command);
/* Further words, which NULL ends. */
void peer_add(struct peer_command *command, const char *const *words);
/* Until the guest turns itself off. */
struct cost peer_run(const struct peer *peer, enum machine machine,
                     const struct guest *guest, struct buffer *output);

#endif
