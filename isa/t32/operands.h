/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets that instructions.def names, and the declarations behind the printed
 * tables. Private to the decoder.
 *
 * A set that finds an encoding UNPREDICTABLE or UNDEFINED says so by the row.
 */
#ifndef ISA_T32_OPERANDS_H
#define ISA_T32_OPERANDS_H

#include "isa/t32/tables.h"

static inline void undefined_if(struct t32_insn *insn, bool condition)
{
    if (condition) {
        insn->row = T32_UNDEFINED;
    }
}

static inline uint32_t sign_extend(uint32_t value, unsigned width)
{
    return (uint32_t)((int32_t)(value << (32 - width)) >> (32 - width));
}

/* ---- Data processing ----------------------------------------------------- */

/* DecodeImmShift (DDI 0403E, A7.4.2). */
static inline void set_shift(struct t32_insn *insn)
{
    if (insn->amount == 0) {
        if (insn->shift == T32_ROR) {
            insn->shift = T32_RRX;
            insn->amount = 1;
        } else if (insn->shift != T32_LSL) {
            insn->amount = 32;
        }
    }
}

/* ThumbExpandImm_C (DDI 0403E, A5.3.2). A byte of 0 in more than one place is
 * UNPREDICTABLE, and 0 here as in QEMU. */
static inline void set_expand_c(struct t32_insn *insn)
{
    const uint32_t byte = insn->imm & 0xff;
    const unsigned rotation = insn->imm >> 7;

    switch (insn->imm >> 8) {
    case 0:
        insn->imm = byte;
        break;
    case 1:
        insn->imm = byte * 0x00010001;
        break;
    case 2:
        insn->imm = byte * 0x01000100;
        break;
    case 3:
        insn->imm = byte * 0x01010101;
        break;
    default:
        insn->imm =
            (byte | 0x80) << (32 - rotation) | (byte | 0x80) >> rotation;
        insn->carry = insn->imm >> 31 != 0 ? T32_CARRY_SET : T32_CARRY_CLEAR;
        break;
    }
}

/* ThumbExpandImm. */
static inline void set_expand(struct t32_insn *insn)
{
    set_expand_c(insn);
    insn->carry = T32_CARRY_SAME;
}

static inline void set_negate(struct t32_insn *insn)
{
    insn->imm = 0 - insn->imm;
}

/* i:imm4:imm3:imm8 to imm4:i:imm3:imm8. */
static inline void set_wide(struct t32_insn *insn)
{
    insn->imm = (insn->imm & 0x7ff) | (insn->imm >> 15 & 1) << 11 |
                (insn->imm >> 11 & 15) << 12;
}

/* A field that leaves the register is UNPREDICTABLE, and UNDEFINED in QEMU. */
static inline void set_within_32(struct t32_insn *insn)
{
    undefined_if(insn, insn->imm + insn->amount > 32);
}

/* Amount is the number of the last bit; one below the first is UNPREDICTABLE,
 * and UNDEFINED in QEMU. */
static inline void set_from_msb(struct t32_insn *insn)
{
    undefined_if(insn, insn->amount < insn->imm);
    insn->amount = (uint8_t)(insn->amount + 1 - insn->imm);
}

/* ---- Memory -------------------------------------------------------------- */

/* The ninth bit of a list is lr. */
static inline void set_lr(struct t32_insn *insn)
{
    insn->list = (uint16_t)((insn->list & 0xff) | (insn->list >> 8) << 14);
}

/* Or pc. */
static inline void set_pc(struct t32_insn *insn)
{
    insn->list = (uint16_t)((insn->list & 0xff) | (insn->list >> 8) << 15);
}

static inline void set_unless_loaded(struct t32_insn *insn)
{
    insn->wback = (insn->list >> insn->rn & 1) == 0;
}

/* Bit 13 of the encoding is 0 and no letter, which the list has to make up for.
 * Nothing listed and a base register that is written twice are UNPREDICTABLE,
 * and UNDEFINED in QEMU; a single register is UNPREDICTABLE too, but works in
 * hardware and in QEMU since 9.1. */
static inline void set_block(struct t32_insn *insn)
{
    insn->list = insn->encoding & 0xffff;
    undefined_if(insn, insn->list == 0);
    undefined_if(insn, insn->wback && (insn->list >> insn->rn & 1) != 0);
}

/* Relative to pc: the offset becomes signed. */
static inline void set_literal(struct t32_insn *insn)
{
    if (!insn->add) {
        insn->imm = 0 - insn->imm;
    }
    insn->add = false;
}

/* ---- Branches ------------------------------------------------------------ */

static inline void set_branch_8(struct t32_insn *insn)
{
    insn->imm = sign_extend(insn->imm << 1, 9) + 4;
}

static inline void set_branch_11(struct t32_insn *insn)
{
    insn->imm = sign_extend(insn->imm << 1, 12) + 4;
}

/* S:imm6:J1:J2:imm11 to S:J2:J1:imm6:imm11. */
static inline void set_branch_20(struct t32_insn *insn)
{
    const uint32_t i = insn->imm;

    insn->imm = sign_extend((i & 0x7ff) << 1 | (i >> 13 & 0x3f) << 12 |
                                (i >> 12 & 1) << 18 | (i >> 11 & 1) << 19 |
                                (i >> 19) << 20,
                            21) +
                4;
}

/* S:imm10:J1:J2:imm11 to S:I1:I2:imm10:imm11, I = !(J ^ S). */
static inline void set_branch_24(struct t32_insn *insn)
{
    const uint32_t i = insn->imm;
    const uint32_t sign = i >> 23;

    insn->imm = sign_extend((i & 0x7ff) << 1 | (i >> 13 & 0x3ff) << 12 |
                                (~(i >> 11 ^ sign) & 1) << 22 |
                                (~(i >> 12 ^ sign) & 1) << 23 | sign << 24,
                            25) +
                4;
}

/* ---- Floating point ------------------------------------------------------ */

/* EQ, VS, GE, GT. */
static inline void set_vsel(struct t32_insn *insn)
{
    insn->cond =
        (uint8_t)(insn->cond << 2 | ((insn->cond ^ insn->cond >> 1) & 1) << 1);
}

/* VFPExpandImm (DDI 0403E, A6.4.1) for singles: sign, 6 bits of exponent. */
static inline void set_fp_single(struct t32_insn *insn)
{
    const uint32_t i = insn->imm;

    insn->imm = (i & 0x80) << 24 | ((i & 0x40) != 0 ? 0x3e000000 : 0x40000000) |
                (i & 0x3f) << 19;
}

/* And the upper word of doubles. */
static inline void set_fp_double(struct t32_insn *insn)
{
    const uint32_t i = insn->imm;

    insn->imm = (i & 0x80) << 24 | ((i & 0x40) != 0 ? 0x3fc00000 : 0x40000000) |
                (i & 0x3f) << 16;
}

/* The bit is that of signed ones. */
static inline void set_unsigned(struct t32_insn *insn)
{
    insn->imm ^= 1;
}

/* U:sx to sx:U. More bits in front of the point than there are is
 * UNPREDICTABLE. */
static inline void set_fixed(struct t32_insn *insn)
{
    const unsigned width = (insn->imm & 1) != 0 ? 32 : 16;

    insn->imm = (insn->imm & 1) << 1 | insn->imm >> 1;
    undefined_if(insn, insn->amount > width);
    insn->amount = (uint8_t)(width - insn->amount);
}

/* None and more than there are, are UNPREDICTABLE, and UNDEFINED in QEMU. */
static inline void set_several(struct t32_insn *insn)
{
    undefined_if(insn, insn->imm == 0 || insn->rd + insn->imm > 32);
    insn->amount = (uint8_t)insn->imm;
    insn->imm *= 4;
}

/* An odd number of words is FLDMX's and FSTMX's, which skip the last. */
static inline void set_several_dp(struct t32_insn *insn)
{
    const uint32_t count = insn->imm / 2;

    undefined_if(insn, count == 0 || insn->rd + count > 16);
    insn->amount = (uint8_t)count;
    insn->imm *= 4;
    insn->dp = true;
}

#endif
