/* SPDX-License-Identifier: Apache-2.0 */
/* RV32 loops beside qemu-system-riscv32. */
#ifndef BENCH_RV32_H
#define BENCH_RV32_H

#include "bench/figures.h"

void rv32_bench(const struct bench *bench);

#endif
