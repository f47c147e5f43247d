/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's Linux, as tests/guests/guests.sh fetched it, with a job to do
 * between its boot and its power-off: benchmarks 10 and 11. */
#ifndef BENCH_LINUX_H
#define BENCH_LINUX_H

#include "bench/figures.h"

void linux_bench(const struct bench *bench);
/* A boot, with what `cairn run --stats` prints; false: there is no Linux. */
bool linux_boot_counted(struct buffer *output);

#endif
