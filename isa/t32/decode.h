/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder of T16 and T32 in M-profile. Encodings and rows come from
 * instructions.def; the tables and the extraction of operands behind t32_decode
 * are printed at build time by build/generate-t32-decoder.c, which refuses
 * encodings that overlap.
 *
 * An encoding (T16 or T32 in the tables) decodes to a row (INSN): what it does.
 * Rows are lifted, encodings are printed.
 */
#ifndef ISA_T32_DECODE_H
#define ISA_T32_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum t32_row {
    T32_UNDEFINED,
#define INSN(row, meaning) T32_ROW_##row,
#define T16(...)
#define T32(...)
#define UNDER(...)
#include "isa/t32/instructions.def"
#undef UNDER
#undef T32
#undef T16
#undef INSN
    T32_ROWS
};

enum t32_form {
    T32_FORM_NONE,
#define INSN(...)
#define T16(form, ...)   T32_FORM_##form,
#define T32(form, ...)   T32_FORM_##form,
#define UNDER(form, ...) T32_FORM_##form,
#include "isa/t32/instructions.def"
#undef UNDER
#undef T32
#undef T16
#undef INSN
    T32_FORMS
};

enum t32_feature {
#define FEATURE(name, meaning) T32_FEATURE_##name,
#include "isa/t32/features.def"
#undef FEATURE
    T32_FEATURES
};

/* Sets of features. */
enum {
#define FEATURE(name, meaning) T32_##name = 1 << T32_FEATURE_##name,
#include "isa/t32/features.def"
#undef FEATURE
};

enum t32_shift { T32_LSL, T32_LSR, T32_ASR, T32_ROR, T32_RRX };

/* The carry after a row that sets flags by an expanded immediate (DDI 0403E,
 * A5.3.2). */
enum t32_carry { T32_CARRY_SAME, T32_CARRY_CLEAR, T32_CARRY_SET };

/* One decoded instruction. Operands are those of the row; what it does not have
 * is 0. */
struct t32_insn {
    uint32_t encoding; /* T16: the halfword; T32: first << 16 | second */
    uint16_t row;      /* enum t32_row */
    uint16_t form;     /* enum t32_form: of the encoding */
    uint32_t imm;      /* expanded and scaled; signed where the row says so */
    uint16_t list;     /* of core registers, bit 15 for pc */
    uint16_t features; /* all that it needs of the core */
    uint8_t length;    /* 2 or 4 bytes */
    uint8_t rd;        /* also Rt, RdLo */
    uint8_t rn;
    uint8_t rm;
    uint8_t ra;     /* also Rt2, RdHi, and the status of a store-exclusive */
    uint8_t cond;   /* of B_COND, IT and VSEL */
    uint8_t shift;  /* enum t32_shift, of rm or as the row says */
    uint8_t amount; /* LSR and ASR: up to 32 */
    uint8_t carry;  /* enum t32_carry */
    bool setflags;
    bool index, add, wback;
    bool dp; /* double precision, or D registers */
};

/* Bytes of the instruction whose first halfword this is. */
static inline unsigned t32_length(uint16_t first)
{
    return first >= 0xe800 ? 4 : 2;
}

/* Decodes a T16 halfword, or T32 as first << 16 | second. False, with row
 * T32_UNDEFINED and length set, for an encoding that no row has. */
bool t32_decode(uint32_t encoding, bool in_it_block, struct t32_insn *insn);

/* True if a core with this set of features has the instruction. */
static inline bool t32_available(const struct t32_insn *insn, unsigned features)
{
    return (insn->features & ~features) == 0;
}

enum { T32_COPROCESSORS = 16 };

/* The coprocessor of an encoding in the space of coprocessor instructions,
 * where NOCP takes precedence over UNDEFINED (DDI 0553, R_QLGM); else
 * T32_COPROCESSORS. Floating-point encodings are coprocessor 10's and 11's,
 * also those that the core lacks (DDI 0553, C2.3.2; DDI 0403E, A5.3.18). */
static inline unsigned t32_coprocessor(uint32_t encoding)
{
    return (encoding & 0xee000000) == 0xec000000 ||
                   (encoding & 0xef000000) == 0xee000000
               ? encoding >> 8 & 15
               : T32_COPROCESSORS;
}

#endif
