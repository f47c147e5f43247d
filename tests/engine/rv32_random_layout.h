/* SPDX-License-Identifier: Apache-2.0 */
/* The image of a random RV32 program: for its maker, and for what explains a
 * difference. */
#ifndef TESTS_ENGINE_RV32_RANDOM_LAYOUT_H
#define TESTS_ENGINE_RV32_RANDOM_LAYOUT_H

#include <stdint.h>

/* Where things are in the image, as offsets. */
enum {
    BASE = (int)0x80000000,
    CODE_END = 0x1f0000,
    VARIABLES = 0x1f0000, /* log pointer, resume address, saved x30, x29 */
    INPUTS = 0x200000,    /* 128 bytes a block: registers before */
    OUTPUTS = 0x260000,   /* 128 bytes a block: registers after */
    LOG = 0x2c0000,       /* 16 bytes a trap */
    SCRATCH = 0x360000,   /* two pages for loads and stores */
    GUARDED = 0x362000,   /* one page under PMP, full of returns */
};

static inline uint32_t absolute(uint32_t offset)
{
    return (uint32_t)BASE + offset;
}

#endif
