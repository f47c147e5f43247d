/* SPDX-License-Identifier: Apache-2.0 */
/* The time that a Caliptra takes to its FMC, from the start of the process. */
#ifndef BENCH_CALIPTRA_START_H
#define BENCH_CALIPTRA_START_H

#include "bench/figures.h"

void caliptra_start_bench(const struct bench *bench);

#endif
