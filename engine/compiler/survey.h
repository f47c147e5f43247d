/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about a block for the back end that makes code of it: where it ends,
 * before which operations NZCV matters, and which accesses one check covers.
 */
#ifndef ENGINE_COMPILER_SURVEY_H
#define ENGINE_COMPILER_SURVEY_H

#include "base/bits.h"
#include "engine/ir/ir.h"

/* Properties of an operation. */
enum {
    SURVEY_ENDS = 1,      /* the block */
    SURVEY_HAS_PLACE = 2, /* accesses a plus a constant */
    SURVEY_MOVES = 4,     /* d is a plus a constant */
    SURVEY_WRITES_ANY = 8,
    SURVEY_SKIPS = 16,
    SURVEY_CHANGES_FLAGS = 32, /* some of NZCV, perhaps */
};
static_assert(BITS_DIFFER(SURVEY_ENDS, SURVEY_HAS_PLACE, SURVEY_MOVES,
                          SURVEY_WRITES_ANY, SURVEY_SKIPS,
                          SURVEY_CHANGES_FLAGS),
              "traits are combined");

/* Values of survey_traits.flags: bits of NZCV that are read, or made visible by
 * a helper or exit; and above those that are written always. */
enum { SURVEY_READS_FLAGS = 15, SURVEY_WRITES_FLAGS = 16 };

struct survey_traits {
    uint8_t what;
    /* Masks that turn d and b of an operation that does not write them into
     * SURVEY_NOBODY. */
    uint8_t no_result;
    uint8_t no_second;
    uint8_t names; /* 1: d, 2: a, 4: b are registers */
    uint8_t flags;
};

/* The index of six bits, all set; registers have numbers below. */
enum { SURVEY_NOBODY = 63 };

/* Operations of a block, the end included. */
enum { SURVEY_OPS = IR_BLOCK_INSTRUCTIONS * 4 + 1 };

/* Accesses in one page that the first one checks for all. Distances are from
 * its address. */
struct survey_group {
    int32_t low;
    int32_t high;
    uint8_t align; /* log2 of the largest access's */
    /* Some access may be misaligned though the first byte is aligned so. */
    bool uneven;
};

/* Result of survey_look. */
struct survey {
    size_t count; /* of operations */
    /* The flags of NZCV that matter before each. */
    uint8_t flags[SURVEY_OPS];
    uint16_t group_of[SURVEY_OPS]; /* the access's, or 0 */
    int32_t distance[SURVEY_OPS];
    struct survey_group groups[SURVEY_OPS + 1];
};

/* Fills in what is true of each opcode. */
void survey_make_traits(struct survey_traits traits[IR_OPCODES]);
/* Looks at the block that begins with ops; traits by opcode. */
void survey_look(struct survey *survey, const struct survey_traits *traits_of,
                 const struct ir_op *ops);

#endif
