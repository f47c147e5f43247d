/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point on the host's, bit for bit and flag for flag: where the
 * rounding is to nearest, nothing is flushed, and FPSR.IXC is set already, an
 * operation with a normal result changes no other flag. All else (what may be
 * inexact for the first time, results that are infinite, not a number, or too
 * small to be sure) is the helper's.
 */
#include "engine/compiler/lower_aarch64.h"

enum { INEXACT = 1 << 4 }; /* FPSR.IXC */

/* Once for a block: who fails it goes on in a block of its own. */
static void check_state(struct lower *l)
{
    if (l->fp_checked) {
        return;
    }
    l->fp_checked = true;
    x64_alu_imm(&l->out, false, X64_CMP,
                lower_pe(offsetof(struct aarch64, state.fpcr)), 0);
    lower_unless(l, X64_NE)->kind = COLD_ALONE;
    x64_op(&l->out, false, 0xf6, 0,
           lower_pe(offsetof(struct aarch64, state.fpsr))); /* test */
    x64_byte(&l->out, INEXACT);
    lower_unless(l, X64_E)->kind = COLD_ALONE;
}

/* ---- Results that need a second look ------------------------------------- */

/* The helper computes again unless the exponent of a scalar in xmm0 is at
 * least `least` and no infinity's. */
static struct lower_cold *check_scalar(struct lower *l, bool twofold,
                                       unsigned least)
{
    unsigned all = twofold ? 0x7ff : 0xff;

    /* vmovd, vmovq to rcx */
    lower_vex(l, VEX_0F, VEX_66, twofold, 0x7e, XMM0, 0, x64_reg(X64_RCX));
    x64_shift_imm(&l->out, twofold, X64_SHR, X64_RCX, twofold ? 52 : 23);
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RCX), (int32_t)all);
    if (least != 0) {
        x64_alu_imm(&l->out, false, X64_SUB, x64_reg(X64_RCX), (int32_t)least);
    }
    x64_alu_imm(&l->out, false, X64_CMP, x64_reg(X64_RCX),
                (int32_t)(all - least));
    return lower_unless(l, X64_AE);
}

/* Shifts a vector of ones to a constant: right, then left. */
static void constant(struct lower *l, unsigned xmm, bool twofold,
                     unsigned right, unsigned left)
{
    unsigned opcode = twofold ? 0x73 : 0x72;

    lower_vex(l, VEX_0F, VEX_66, false, 0x76, xmm, xmm, lower_xmm(xmm));
    lower_vex(l, VEX_0F, VEX_66, false, opcode, 2, xmm, lower_xmm(xmm));
    x64_byte(&l->out, right);
    lower_vex(l, VEX_0F, VEX_66, false, opcode, 6, xmm, lower_xmm(xmm));
    x64_byte(&l->out, left);
}

/* The same of all elements of xmm0, or of its lower half. */
static struct lower_cold *check_vector(struct lower *l, bool twofold,
                                       bool small, bool half)
{
    constant(l, XMM2, twofold, twofold ? 53 : 24, twofold ? 52 : 23);
    lower_vex(l, VEX_0F, VEX_66, false, 0xdb, XMM1, XMM0, lower_xmm(XMM2));
    /* vpcmpeqd, vpcmpeqq */
    lower_vex(l, twofold ? VEX_0F38 : VEX_0F, VEX_66, false,
              twofold ? 0x29 : 0x76, XMM3, XMM1, lower_xmm(XMM2));
    if (small) { /* exponents 0 and 1 are less than 2 */
        constant(l, XMM2, twofold, twofold ? 63 : 31, twofold ? 53 : 24);
        lower_vex(l, twofold ? VEX_0F38 : VEX_0F, VEX_66, false,
                  twofold ? 0x37 : 0x66, XMM2, XMM2, lower_xmm(XMM1));
        lower_vex(l, VEX_0F, VEX_66, false, 0xeb, XMM3, XMM3, lower_xmm(XMM2));
    }
    if (half) {
        lower_vex(l, VEX_0F, VEX_F3, false, 0x7e, XMM3, 0, lower_xmm(XMM3));
    }
    /* vptest */
    lower_vex(l, VEX_0F38, VEX_66, false, 0x17, XMM3, 0, lower_xmm(XMM3));
    return lower_unless(l, X64_NE);
}

/* ---- Arithmetic ---------------------------------------------------------- */

enum fp_kind { FP_TWO = 1, FP_ONE, FP_FUSED, FP_ACCUMULATE };

/* add and sub have exact results where they are small. */
static const struct fp_row {
    uint8_t kind;
    uint8_t opcode;
    bool small;   /* small results may be inexact */
    bool vector;  /* the size is bit 22, else 23:22 */
    bool element; /* the second operand is one element */
} rows[SIMD_ROWS] = {
    [SIMD_FADD] = {FP_TWO,        0x58, false, false, false},
    [SIMD_FSUB] = {FP_TWO,        0x5c, false, false, false},
    [SIMD_FMUL] = {FP_TWO,        0x59, true,  false, false},
    [SIMD_FDIV] = {FP_TWO,        0x5e, true,  false, false},
    [SIMD_FSQRT] = {FP_ONE,        0x51, true,  false, false},
    [SIMD_FMADD] = {FP_FUSED,      0xb8, true,  false, false},
    [SIMD_FMSUB] = {FP_FUSED,      0xbc, true,  false, false},
    [SIMD_FNMADD] = {FP_FUSED,      0xbe, true,  false, false},
    [SIMD_FNMSUB] = {FP_FUSED,      0xba, true,  false, false},
    [SIMD_FADD_V] = {FP_TWO,        0x58, false, true,  false},
    [SIMD_FSUB_V] = {FP_TWO,        0x5c, false, true,  false},
    [SIMD_FMUL_V] = {FP_TWO,        0x59, true,  true,  false},
    [SIMD_FDIV_V] = {FP_TWO,        0x5e, true,  true,  false},
    [SIMD_FMLA_V] = {FP_ACCUMULATE, 0xb8, true,  true,  false},
    [SIMD_FMLS_V] = {FP_ACCUMULATE, 0xbc, true,  true,  false},
    [SIMD_FMUL_V_ELEMENT] = {FP_TWO,        0x59, true,  true,  true },
    [SIMD_FMLA_V_ELEMENT] = {FP_ACCUMULATE, 0xb8, true,  true,  true },
    [SIMD_FMLS_V_ELEMENT] = {FP_ACCUMULATE, 0xbc, true,  true,  true },
};

struct fp_shape {
    bool twofold; /* 64 bits */
    bool scalar;
    unsigned size; /* of the operands, in bytes */
};

/* xmm1 = the second operand. */
static void second_operand(struct lower *l, const struct fp_row *row,
                           const struct fp_shape *shape, uint32_t insn)
{
    unsigned m = lower_bits_of(insn, 16, 5);
    unsigned high = lower_bits_of(insn, 11, 1);

    if (!row->element) {
        lower_vector_load(l, XMM1, lower_vector(m, 0), shape->size);
    } else if (shape->twofold) { /* vmovddup */
        lower_vex(l, VEX_0F, VEX_F2, false, 0x12, XMM1, 0,
                  lower_vector(m, high * 8));
    } else { /* vbroadcastss */
        unsigned index = high << 1 | lower_bits_of(insn, 21, 1);

        lower_vex(l, VEX_0F38, VEX_66, false, 0x18, XMM1, 0,
                  lower_vector(m, index * 4));
    }
}

static void arithmetic(struct lower *l, const struct fp_row *row,
                       const struct fp_shape *shape, uint32_t insn)
{
    unsigned n = lower_bits_of(insn, 5, 5);
    unsigned prefix = shape->scalar ? (shape->twofold ? VEX_F2 : VEX_F3)
                                    : (shape->twofold ? VEX_66 : VEX_NONE);
    /* Fused operations on scalars have the next opcode. */
    unsigned fused = row->opcode + shape->scalar;

    switch (row->kind) {
    case FP_ONE:
        lower_vector_load(l, XMM1, lower_vector(n, 0), shape->size);
        lower_vex(l, VEX_0F, prefix, false, row->opcode, XMM0, XMM1,
                  lower_xmm(XMM1));
        break;
    case FP_TWO:
        second_operand(l, row, shape, insn);
        lower_vector_load(l, XMM0, lower_vector(n, 0), shape->size);
        lower_vex(l, VEX_0F, prefix, false, row->opcode, XMM0, XMM0,
                  lower_xmm(XMM1));
        break;
    default:
        second_operand(l, row, shape, insn);
        lower_vector_load(
            l, XMM0,
            lower_vector(lower_bits_of(insn, row->kind == FP_FUSED ? 10 : 0, 5),
                         0),
            shape->size);
        lower_vector_load(l, XMM2, lower_vector(n, 0), shape->size);
        lower_vex(l, VEX_0F38, VEX_66, shape->twofold, fused, XMM0, XMM2,
                  lower_xmm(XMM1));
        break;
    }
}

static bool lower_arithmetic(struct lower *l, const struct fp_row *row,
                             uint32_t insn)
{
    bool q = lower_bits_of(insn, 30, 1) != 0;
    bool scalar = lower_bits_of(insn, 28, 1) != 0;
    struct fp_shape shape = {
        .twofold = lower_bits_of(insn, 22, 1) != 0,
        .scalar = scalar,
    };

    if (!row->vector && lower_bits_of(insn, 23, 1) != 0) {
        return false; /* half precision */
    }
    shape.size = scalar ? (shape.twofold ? 8 : 4) : (q ? 16 : 8);
    check_state(l);
    arithmetic(l, row, &shape, insn);
    struct lower_cold *cold =
        scalar ? check_scalar(l, shape.twofold, row->small ? 2 : 0)
               : check_vector(l, shape.twofold, row->small, !q);
    unsigned d = lower_bits_of(insn, 0, 5);
    if (scalar) { /* the rest of the loaded register is zero */
        lower_vector_store(l, lower_vector(d, 0), XMM0, 16);
    } else {
        lower_vector_put(l, d, XMM0, q ? 16 : 8);
    }
    cold->back = l->out.at;
    return true;
}

/* ---- Comparisons --------------------------------------------------------- */

/* NZCV of less, equal, greater; what is not a number is the helper's. */
static bool lower_compare(struct lower *l, uint32_t insn, bool zero)
{
    bool twofold = lower_bits_of(insn, 22, 1) != 0;
    unsigned size = twofold ? 8 : 4;

    if (lower_bits_of(insn, 23, 1) != 0) {
        return false;
    }
    x64_alu_imm(&l->out, false, X64_CMP,
                lower_pe(offsetof(struct aarch64, state.fpcr)), 0);
    struct lower_cold *other = lower_unless(l, X64_NE);
    lower_vector_load(l, XMM0, lower_vector(lower_bits_of(insn, 5, 5), 0),
                      size);
    if (zero) {
        lower_vex(l, VEX_0F, VEX_66, false, 0xef, XMM1, XMM1, lower_xmm(XMM1));
    } else {
        lower_vector_load(l, XMM1, lower_vector(lower_bits_of(insn, 16, 5), 0),
                          size);
    }
    x64_mov_imm(&l->out, X64_RAX, 2);
    x64_mov_imm(&l->out, X64_RCX, 6);
    x64_mov_imm(&l->out, X64_RDX, 8);
    /* vucomiss, vucomisd */
    lower_vex(l, VEX_0F, twofold ? VEX_66 : VEX_NONE, false, 0x2e, XMM0, 0,
              lower_xmm(XMM1));
    struct lower_cold *unordered = lower_unless(l, X64_P);
    x64_cmov(&l->out, false, X64_E, X64_RAX, x64_reg(X64_RCX));
    x64_cmov(&l->out, false, X64_B, X64_RAX, x64_reg(X64_RDX));
    x64_store(&l->out, true, lower_place(l, IR_NZCV), X64_RAX);
    other->back = unordered->back = l->out.at;
    return true;
}

static bool lower_select(struct lower *l, uint32_t insn)
{
    unsigned condition = lower_bits_of(insn, 12, 4);
    bool twofold = lower_bits_of(insn, 22, 1) != 0;
    unsigned n = lower_bits_of(insn, 5, 5);
    unsigned m = lower_bits_of(insn, 16, 5);

    if (lower_bits_of(insn, 23, 1) != 0 || condition >= 14) {
        return false;
    }
    enum x64_condition host = lower_condition(l, condition);
    x64_mov(&l->out, twofold, X64_RAX, lower_vector(m, 0));
    x64_cmov(&l->out, twofold, host, X64_RAX, lower_vector(n, 0));
    unsigned d = lower_bits_of(insn, 0, 5);
    x64_store(&l->out, true, lower_vector(d, 0), X64_RAX);
    x64_store_imm(&l->out, true, lower_vector(d, 8), 0);
    return true;
}

/* ---- Conversions --------------------------------------------------------- */

/* From a general register. An unsigned double word may look negative. */
static bool lower_from_integer(struct lower *l, uint32_t insn, bool sign)
{
    bool wide = lower_bits_of(insn, 31, 1) != 0;
    bool twofold = lower_bits_of(insn, 22, 1) != 0;
    unsigned n = lower_bits_of(insn, 5, 5);
    struct lower_cold *negative = NULL;

    if (lower_bits_of(insn, 23, 1) != 0) {
        return false;
    }
    check_state(l);
    lower_load(l, wide || !sign, X64_RAX, n == 31 ? (unsigned)IR_ZERO : n);
    if (!sign && !wide) {
        x64_mov(&l->out, false, X64_RAX, x64_reg(X64_RAX));
    }
    if (!sign && wide) {
        x64_alu(&l->out, true, X64_OR, X64_RAX, x64_reg(X64_RAX));
        negative = lower_unless(l, X64_S);
    }
    lower_vex(l, VEX_0F, VEX_66, false, 0xef, XMM0, XMM0, lower_xmm(XMM0));
    lower_vex(l, VEX_0F, twofold ? VEX_F2 : VEX_F3, wide || !sign, 0x2a, XMM0,
              XMM0, x64_reg(X64_RAX));
    lower_vector_store(l, lower_vector(lower_bits_of(insn, 0, 5), 0), XMM0, 16);
    if (negative != NULL) {
        negative->back = l->out.at;
    }
    return true;
}

/* To a signed integer, towards zero; the host's "indefinite" is the helper's.
 */
static bool lower_to_integer(struct lower *l, uint32_t insn)
{
    bool wide = lower_bits_of(insn, 31, 1) != 0;
    bool twofold = lower_bits_of(insn, 22, 1) != 0;
    unsigned d = lower_bits_of(insn, 0, 5);

    if (lower_bits_of(insn, 23, 1) != 0) {
        return false;
    }
    check_state(l);
    lower_vex(l, VEX_0F, twofold ? VEX_F2 : VEX_F3, wide, 0x2c, X64_RAX, 0,
              lower_vector(lower_bits_of(insn, 5, 5), 0));
    x64_mov(&l->out, wide, X64_RCX, x64_reg(X64_RAX));
    /* Only the most negative number is as large as its opposite. */
    x64_alu_imm(&l->out, wide, X64_CMP, x64_reg(X64_RCX), 1);
    struct lower_cold *indefinite = lower_unless(l, X64_O);
    lower_put(l, d == 31 ? (unsigned)IR_SINK : d, X64_RAX);
    indefinite->back = l->out.at;
    return true;
}

bool lower_fp(struct lower *l, enum simd_row_number row, uint32_t insn)
{
    if (rows[row].kind != 0) {
        return lower_arithmetic(l, &rows[row], insn);
    }
    switch (row) {
    case SIMD_FCMP:
    case SIMD_FCMPE:
        return lower_compare(l, insn, false);
    case SIMD_FCMP_ZERO:
    case SIMD_FCMPE_ZERO:
        return lower_compare(l, insn, true);
    case SIMD_FCSEL:
        return lower_select(l, insn);
    case SIMD_SCVTF:
        return lower_from_integer(l, insn, true);
    case SIMD_UCVTF:
        return lower_from_integer(l, insn, false);
    case SIMD_FCVTZS:
        return lower_to_integer(l, insn);
    default:
        return false;
    }
}
