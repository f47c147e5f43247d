/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that build/generate-t32-decoder.c prints. Private to the decoder and
 * its tests. */
#ifndef ISA_T32_TABLES_H
#define ISA_T32_TABLES_H

#include "isa/t32/decode.h"

struct t32_cube {
    uint32_t mask, match;
};

struct t32_pattern {
    uint32_t mask, match;
    uint16_t except; /* where its exceptions start; a mask of 0 ends them */
    uint16_t row;
    uint16_t features;
    uint16_t shape; /* of encodings with the same operands */
};

/* By form. */
extern const struct t32_pattern t32_patterns[];
extern const struct t32_cube t32_exceptions[];

/* Where a group's encodings start in t32_candidates; 0 ends them. */
extern const uint16_t t32_short_groups[];
extern const uint16_t t32_long_groups[];
extern const uint16_t t32_candidates[];

enum { T32_SHORT_GROUPS = 1 << 10, T32_LONG_GROUPS = 1 << 12 };

/* The group of a halfword: its upper bits. */
static inline unsigned t32_short_group(uint32_t encoding)
{
    return encoding >> 6 & (T32_SHORT_GROUPS - 1);
}

static inline uint32_t t32_short_word(unsigned group)
{
    return group << 6;
}

/* Bits of two halfwords: 28 to 20, and of the second those that tell most. */
static inline unsigned t32_long_group(uint32_t encoding)
{
    return (encoding >> 20 & 0x1ff) << 3 | (encoding >> 15 & 1) << 2 |
           (encoding >> 6 & 3);
}

static inline uint32_t t32_long_word(unsigned group)
{
    return 0xe0000000 | group >> 3 << 20 | (group >> 2 & 1) << 15 |
           (group & 3) << 6;
}

/* Sets the operands that encodings of the shape have. */
void t32_extract(unsigned shape, bool in_it_block, struct t32_insn *insn);

#endif
