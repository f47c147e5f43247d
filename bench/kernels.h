/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of one image, of which one repeats its work as often as the image
 * says, on our machine and on the peers. How often is found by trial; the time
 * of a program that does nothing is taken off. Instructions are ours to count,
 * the code being the same. A run that fails ends this process.
 */
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <stdint.h>

#include "bench/figures.h"

/* benchmark is the row's place among the twelve, 0 for none; per_turn is 0 for
 * a rate, else how many of what the row names one turn does; goal is for the
 * ratio to plain QEMU. */
struct kernel_row {
    const char *name;
    unsigned kernel;
    unsigned per_turn;
    unsigned benchmark;
    double goal;
};

struct kernels {
    const char *image;
    unsigned number_at; /* where the image has a kernel's number, then turns */
    unsigned width;     /* of either, in bytes */
    enum machine end;   /* machines before this one run it */
    bool by_wall;       /* wall time counts, not CPU time */
    /* Starts the image of that path. */
    struct cost (*start)(const struct bench *bench, enum machine machine,
                         const char *path, struct buffer *output);
    const struct kernel_row *rows;
    size_t row_count;
};

/* Reads the image; kernels_close removes the file that is run. */
void kernels_open(const struct kernels *which, const struct bench *settings);
void kernels_close(void);
struct cost kernels_run(enum machine machine, unsigned kernel, uint64_t turns);
/* Medians of so many starts of kernel 0, which does nothing: what is taken off
 * all rows from here on. */
void kernels_starts(unsigned tries, double cpu_s[MACHINES],
                    double wall_s[MACHINES]);
/* True if a row is wanted. */
bool kernels_wanted(void);
void kernels_rows(void);

#endif
