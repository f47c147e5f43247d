/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmarks that run inside: each does one turn's work and returns a
 * number that depends on all of it. KERNEL(function) in order of their numbers,
 * which bench/programs.c gives.
 */
#ifndef GUEST_BENCH_KERNELS_H
#define GUEST_BENCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t kernel(uint64_t turns);

#define KERNEL(name) kernel name;
#include "guest/bench/kernels.def"
#undef KERNEL

/* Scratch memory, zero at first. */
#define SCRATCH ((uint8_t *)0x41000000)

static inline uint32_t next(uint32_t x)
{
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ x << 5;
}

/* start.S */
uint64_t user_calls(uint64_t turns);
uint64_t exclusives(uint64_t *word, uint64_t turns);
void copy_pairs(void *to, const void *from, size_t bytes);
void copy_vectors(void *to, const void *from, size_t bytes);
void aes_blocks(uint8_t block[16], const uint8_t keys[11][16], uint64_t turns);
uint64_t read_registers(uint64_t turns);
uint64_t mask_interrupts(uint64_t turns);
uint64_t unaligned(uint8_t *bytes, uint64_t turns);
extern uint64_t parameters[2];
extern uint64_t tables[512], pages_2[512], pages[512];

#endif
