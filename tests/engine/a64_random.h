/* SPDX-License-Identifier: Apache-2.0 */
/* Random A64 programs for comparing two implementations; tests only. */
#ifndef TESTS_ENGINE_A64_RANDOM_H
#define TESTS_ENGINE_A64_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "isa/aarch64/decode.h"

/* The image is what memory at A64_BASE holds: code, then data, then one record
 * for each run of a block. */
enum {
    A64_BASE = 0x10000000,
    A64_CODE = 0x1000, /* offsets: the frame, then blocks */
    A64_BLOCKS = 96,
    A64_SLOTS = 24, /* of two instructions, in a block */
    A64_BLOCK_BYTES = 512,
    A64_DATA = 0x10000,
    A64_DATA_SIZE = 0x20000,
    A64_RECORDS = A64_DATA + A64_DATA_SIZE,
    A64_SETS = 64, /* of register values, for each block */
    A64_CASES = A64_BLOCKS * A64_SETS * A64_SLOTS * 2,
};

/* The registers that a block starts with; it is overwritten by what it ends
 * with. */
struct a64_record {
    uint64_t x[31]; /* x28 and x29 are not loaded */
    uint64_t sp;
    uint64_t nzcv;
    uint64_t body; /* 0: the end */
    uint64_t fpcr;
    uint64_t fpsr;
    uint64_t v[32][2];
};

enum {
    A64_IMAGE_SIZE =
        A64_RECORDS + (A64_BLOCKS * A64_SETS + 1) * sizeof(struct a64_record)
};

/* Which rows: general registers, FP and SIMD too (both of a Cortex-A35), or
 * what a Neoverse N1 has beyond, among the others. */
enum a64_kind { A64_GENERAL, A64_VECTORS, A64_NEOVERSE_N1 };

struct a64_program {
    uint8_t *image;
    enum a64_kind kind;
    uint32_t entry;              /* under QEMU */
    uint32_t privileged_entry;   /* on a bare core: enables FP first */
    uint32_t exit;               /* where a bare core is stopped */
    uint64_t state;              /* of the random numbers */
    uint32_t runs[AARCH64_ROWS]; /* executions of each row, about */
};

struct a64_program *a64_program_create(uint64_t seed, enum a64_kind kind);
void a64_program_destroy(struct a64_program *program);
/* True if random programs hold the row. */
bool a64_row_is_random(enum aarch64_row row, enum a64_kind kind);

/* Says where two images differ first. */
void a64_explain(const struct a64_program *program, const uint8_t *ours,
                 const uint8_t *theirs, struct buffer *out);

#endif
