/* SPDX-License-Identifier: Apache-2.0 */
/* Bare-metal AArch64 programs, and starts: benchmarks 1 to 9 and 12. */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

#include "bench/figures.h"

void programs_bench(const struct bench *bench);

#endif
