/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what translation costs, and how large the engine is. */
#ifndef BENCH_TRANSLATION_H
#define BENCH_TRANSLATION_H

#include "bench/figures.h"

/* In a boot of Debian's Linux, where that is at hand. */
void translation_bench(const struct bench *bench);
void translation_engine_lines(const struct bench *bench);

#endif
