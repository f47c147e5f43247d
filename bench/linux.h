/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's Linux, as tests/guests.sh fetched it, with a job to do between its
 * boot and its power-off. */
#ifndef BENCH_LINUX_H
#define BENCH_LINUX_H

#include "bench/peer.h"

struct linux_job {
    const char *name;
    const char *word; /* job=word tells init */
};

typedef void linux_report(const char *name, const char *suffix, double ours,
                          double theirs, double ratio, const char *unit);

/* Whether it is there; makes its initial file system. */
bool linux_find(void);
/* The jobs by index, the bare boot first; false past the end. */
bool linux_job(size_t index, struct linux_job *job);
/* What a booted machine takes, on one core and on four. */
void linux_memory(linux_report *report);
/* Medians of the CPU time of the job, without that of a boot. */
void linux_bench(const struct peer *peer, size_t index, unsigned runs,
                 linux_report *report);

#endif
