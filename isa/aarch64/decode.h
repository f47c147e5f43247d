/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The A64 decoder. Rows come from instructions.def; the tables behind
 * aarch64_decode are printed at build time by build/generate-aarch64-decoder.c,
 * which refuses rows that overlap.
 */
#ifndef ISA_AARCH64_DECODE_H
#define ISA_AARCH64_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum aarch64_row {
    AARCH64_UNALLOCATED,
#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    AARCH64_ROW_##row,
#define OVER INSN
#include "isa/aarch64/instructions.def"
#undef OVER
#undef INSN
    AARCH64_ROWS
};

enum aarch64_feature {
#define FEATURE(name, llvm) AARCH64_FEATURE_##name,
#include "isa/aarch64/features.def"
#undef FEATURE
    AARCH64_FEATURES
};

struct aarch64_row_info {
    const char *name;
    const char *mnemonic;
    const char *pattern;
    const char *syntax;
    const char *section;
};

extern const struct aarch64_row_info aarch64_rows[AARCH64_ROWS];
extern const char *const aarch64_feature_names[AARCH64_FEATURES];

/* An instruction: its row, and its fields by the letters of the pattern;
 * letters that the row does not have are 0. */
struct aarch64_insn {
    uint32_t encoding;
    enum aarch64_row row;
    union {
        uint32_t field[26];
        struct {
            uint32_t a, b, c, d, e, f, g, h, i, j, k, l, m;
            uint32_t n, o, p, q, r, s, t, u, v, w, x, y, z;
        };
    };
};

/* False, and row AARCH64_UNALLOCATED, for a word that is no instruction. */
bool aarch64_decode(uint32_t encoding, struct aarch64_insn *insn);

/* The value of a field of `width` bits as a signed number. */
static inline int64_t aarch64_signed(uint32_t value, unsigned width)
{
    return (int64_t)((uint64_t)value << (64 - width)) >> (64 - width);
}

/* The extension that the instruction belongs to: the row's, or FP16 for the
 * half-precision forms of rows that have others too. */
enum aarch64_feature aarch64_feature_of(const struct aarch64_insn *insn);

/* The immediate of a logical instruction (DecodeBitMasks). */
uint64_t aarch64_bit_mask(const struct aarch64_insn *insn);

/* ---- Printed at build time ----------------------------------------------- */

struct aarch64_cube {
    uint32_t mask, match;
};

struct aarch64_pattern {
    uint32_t mask, match;
    uint16_t except; /* where its exceptions start; a mask of 0 ends them */
};

/* The properties needed for every instruction, small enough to stay cached. */
struct aarch64_kind {
    uint8_t shape;   /* of rows with the same fields at the same places */
    uint8_t feature; /* enum aarch64_feature */
};

/* Encodings by their upper bits: other bits, which distinguish its rows
 * best, choose one of its buckets. */
enum { AARCH64_GROUP_SHIFT = 21, AARCH64_GROUPS = 2048 };

struct aarch64_group {
    uint16_t buckets; /* where they start, or as a bucket: its only row */
    uint8_t shift;
    uint8_t mask;
};

extern const struct aarch64_pattern aarch64_patterns[AARCH64_ROWS];
extern const struct aarch64_kind aarch64_kinds[AARCH64_ROWS];
extern const struct aarch64_cube aarch64_exceptions[];
extern const struct aarch64_group aarch64_groups[AARCH64_GROUPS];
/* With the top bit, the row that all encodings of the bucket belong to;
 * else where the rows start that they may belong to; 0 ends these. */
extern const uint16_t aarch64_buckets[];
extern const uint16_t aarch64_candidates[];
enum { AARCH64_SURELY = 0x8000 };
/* Sets the fields that the shape has. */
void aarch64_extract(unsigned shape, uint32_t encoding, uint32_t *field);
/* The first matching row from `candidate` on. */
unsigned aarch64_choose(const uint16_t *candidate, uint32_t encoding);

/* A group of one row looks at a bucket as well, the first: which groups are
 * such ones, branches would guess wrongly. */
static inline unsigned aarch64_row_of(uint32_t encoding)
{
    const struct aarch64_group *group =
        &aarch64_groups[encoding >> AARCH64_GROUP_SHIFT];
    const unsigned start = group->buckets;
    const unsigned sure = 0u - start / AARCH64_SURELY;
    const unsigned index = start + (encoding >> group->shift & group->mask);
    const unsigned bucket =
        (start & sure) | (aarch64_buckets[index & ~sure] & ~sure);

    return (bucket & AARCH64_SURELY) != 0
               ? bucket ^ AARCH64_SURELY
               : aarch64_choose(&aarch64_candidates[bucket], encoding);
}

/* The row alone: the fields are all 0. They are cleared in halves: of the whole
 * GCC makes a REP STOS, which takes as long as all the rest. */
static inline void aarch64_find_row(uint32_t encoding,
                                    struct aarch64_insn *insn)
{
    enum { HALF = sizeof(insn->field) / 2 };

    insn->encoding = encoding;
    insn->row = (enum aarch64_row)aarch64_row_of(encoding);
    memset(insn->field, 0, HALF);
    memset((char *)insn->field + HALF, 0, HALF);
}

/* True if the instruction is every core's: of no extension. */
static inline bool aarch64_is_base(const struct aarch64_insn *insn)
{
    return aarch64_kinds[insn->row].feature == AARCH64_FEATURE_BASE;
}

#endif
