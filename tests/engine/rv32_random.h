/* SPDX-License-Identifier: Apache-2.0 */
/* Random RV32 programs for comparing two implementations; tests only. */
#ifndef TESTS_ENGINE_RV32_RANDOM_H
#define TESTS_ENGINE_RV32_RANDOM_H

#include <stdint.h>

#include "base/buffer.h"

/* The image is what RAM at 0x80000000 holds; it must have 4 MiB or more. */
enum {
    RANDOM_IMAGE_SIZE = 0x380000,
    RANDOM_BLOCKS = 2500,
    RANDOM_BODY = 64,
    RANDOM_STEPS = RANDOM_BLOCKS * RANDOM_BODY,
};

struct random_block {
    uint32_t start, body, resume, end;
    uint8_t user;
};

struct random_program {
    uint8_t *image;
    uint32_t end; /* where it stops: a jump to itself */
    uint64_t state;
    uint32_t here;
    struct random_block blocks[RANDOM_BLOCKS];
};

struct random_program *random_program_create(uint64_t seed);
void random_program_destroy(struct random_program *program);
/* Says where two memories after a run differ first: the block's listing, and
 * both sides' registers and trap records. */
void random_explain(const struct random_program *program, const uint8_t *ours,
                    const uint8_t *theirs, struct buffer *out);

#endif
