/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding to integers, and conversions between formats. */
#include "engine/aarch64/x86_64/lower_simd.h"

/* ---- Rounding ------------------------------------------------------------ */

/* Ties away from zero: towards zero, and one more if half or more went. What
 * the host computes on the way is exact. Uses xmm1 to xmm3. */
static void round_away(struct lower *l, unsigned log2)
{
    struct x64_operand sign = lower_constant(l, CONSTANT_SIGN_8 + log2);
    struct x64_operand one = lower_constant(l, CONSTANT_ONE_F32 + log2 - 2);
    struct x64_operand half = lower_constant(l, CONSTANT_HALF_F32 + log2 - 2);

    avx_imm(l, log2 == 3 ? AVX_vroundpd : AVX_vroundps, XMM1, 0, XMM0,
            8 | FP_TO_ZERO);
    avx(l, lower_fp_packed(log2, FP_SUB), XMM2, XMM0, XMM1);
    avx_from(l, AVX_vpand, XMM0, XMM0, sign);
    lower_vector_load(l, XMM3, sign, 16);
    avx(l, AVX_vpandn, XMM2, XMM3, XMM2);
    lower_vector_load(l, XMM3, half, 16);
    avx_imm(l, lower_fp_packed(log2, FP_COMPARE), XMM3, XMM3, XMM2, 2);
    avx_from(l, AVX_vpor, XMM2, XMM0, one);
    avx(l, AVX_vpand, XMM2, XMM2, XMM3);
    avx(l, lower_fp_packed(log2, FP_ADD), XMM1, XMM1, XMM2);
    avx(l, AVX_vpor, XMM0, XMM0, XMM1);
}

/* Without an exception for what is inexact. */
static void round_to(struct lower *l, const struct lower_simd *s, unsigned log2,
                     enum lower_fp_rounding how)
{
    static const uint32_t opcodes[2][2] = {
        {AVX_vroundps, AVX_vroundpd},
        {AVX_vroundss, AVX_vroundsd}
    };

    if (how == FP_AWAY) {
        round_away(l, log2);
    } else {
        avx_imm(l, opcodes[s->scalar][log2 - 2], XMM0, s->scalar ? XMM0 : 0,
                XMM0, 8 | how);
    }
}

bool lower_emit_fp_round(struct lower *l, struct lower_simd *s)
{
    lower_fp_control(l);
    lower_fp_check_numbers(l, s, XMM0);
    round_to(l, s, s->log2, (enum lower_fp_rounding)s->how);
    return true;
}

/* FRINTX may set IXC. */
bool lower_emit_fp_round_exactly(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    return lower_emit_fp_round(l, s);
}

/* ---- To integers --------------------------------------------------------- */

/* xmm0 *= 2^power, of numbers of 8 << log2 bits. */
static void scale(struct lower *l, unsigned log2, int power)
{
    uint64_t bits = log2 == 3 ? (uint64_t)(1023 + power) << 52
                              : (uint64_t)(127 + power) * 0x80000000800000;

    if (power != 0) {
        lower_constant64(l, XMM1, bits);
        avx(l, lower_fp_packed(log2, FP_MUL), XMM0, XMM0, XMM1);
    }
}

/* The host's "indefinite", a number out of range, is the helper's; and all
 * unsigned ones that do not look positive. RAX, of what width. */
static void check_integer(struct lower *l, struct lower_simd *s, bool wide,
                          bool is_unsigned)
{
    if (is_unsigned) {
        x64_op(&l->out, wide, 0x85, X64_RAX, x64_reg(X64_RAX)); /* test */
        lower_unless(l, X64_S);
    } else { /* Only the most negative number is as large as its opposite. */
        x64_alu_imm(&l->out, wide, X64_CMP, x64_reg(X64_RAX), 1);
        lower_unless(l, X64_O);
    }
}

/* RAX = the scalar in an xmm register, towards zero. */
static void truncate(struct lower *l, unsigned log2, bool wide, unsigned xmm)
{
    x64_vex(&l->out, VEX_0F, log2 == 3 ? VEX_F2 : VEX_F3, wide, 0x2c, X64_RAX,
            0, lower_xmm(xmm));
}

static void words_to_integers(struct lower *l, struct lower_simd *s)
{
    struct x64_operand sign = lower_constant(l, CONSTANT_SIGN_32);

    avx(l, AVX_vcvttps2dq, XMM0, 0, XMM0);
    if (s->is_unsigned) {
        avx_from(l, AVX_vptest, XMM0, 0, sign);
    } else {
        avx_from(l, AVX_vpcmpeqd, XMM1, XMM0, sign);
        avx(l, AVX_vptest, XMM1, 0, XMM1);
    }
    lower_unless(l, X64_NE);
}

/* At once, or one after the other. */
static void doubles_to_integers(struct lower *l, struct lower_simd *s)
{
    if (l->target->has_avx512) {
        avx(l, s->is_unsigned ? AVX_vcvttpd2uqq : AVX_vcvttpd2qq, XMM0, 0,
            XMM0);
        if (s->is_unsigned) { /* "indefinite" is all ones */
            avx_ones(l, XMM1);
            avx(l, AVX_vpcmpeqq, XMM1, XMM1, XMM0);
        } else {
            avx_from(l, AVX_vpcmpeqq, XMM1, XMM0,
                     lower_constant(l, CONSTANT_SIGN_64));
        }
        avx(l, AVX_vptest, XMM1, 0, XMM1);
        lower_unless(l, X64_NE);
        return;
    }
    if (!s->scalar) {
        avx_shift_bytes(l, XMM1, XMM0, 8);
        truncate(l, 3, true, XMM1);
        check_integer(l, s, true, s->is_unsigned);
        avx_from(l, AVX_vmovq_from, XMM1, 0, x64_reg(X64_RAX));
    }
    truncate(l, 3, true, XMM0);
    check_integer(l, s, true, s->is_unsigned);
    avx_from(l, AVX_vmovq_from, XMM0, 0, x64_reg(X64_RAX));
    if (!s->scalar) {
        avx(l, AVX_vpunpcklqdq, XMM0, XMM0, XMM1);
    }
}

bool lower_emit_fp_to_integers(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    scale(l, s->log2, (int)s->count);
    if (s->how != FP_TO_ZERO) {
        round_to(l, s, s->log2, (enum lower_fp_rounding)s->how);
    }
    if (s->log2 == 3) {
        doubles_to_integers(l, s);
    } else {
        words_to_integers(l, s);
    }
    return true;
}

/* To a general register: rounding in bits 20:19, or 18 for ties away; the
 * scale in 15:10 unless bit 21 is set. */
bool lower_fcvt_general(struct lower *l, struct lower_simd *s)
{
    static const uint8_t roundings[] = {FP_NEAREST, FP_UP, FP_DOWN, FP_TO_ZERO};
    bool wide = lower_field_of(s, 31, 1) != 0;
    bool is_unsigned = lower_field_of(s, 16, 1) != 0;
    bool fixed = lower_field_of(s, 21, 1) == 0;
    unsigned how = lower_field_of(s, 18, 1) != 0
                       ? (unsigned)FP_AWAY
                       : roundings[lower_field_of(s, 19, 2)];
    unsigned d = lower_field_of(s, 0, 5);
    unsigned log2 = s->log2 == 1 ? 2 : s->log2;

    if (s->log2 == 0 || (s->log2 == 1 && !l->target->has_f16c)) {
        return false;
    }
    s->scalar = true;
    lower_fp_state(l);
    lower_vector_load(l, XMM0, lower_register(s, 5, 0), 1u << s->log2);
    if (s->log2 == 1) { /* a single holds it exactly */
        avx(l, AVX_vcvtph2ps, XMM0, 0, XMM0);
    }
    scale(l, log2, fixed ? (int)(64 - lower_field_of(s, 10, 6)) : 0);
    if (how != FP_TO_ZERO) {
        round_to(l, s, log2, (enum lower_fp_rounding)how);
    }
    truncate(l, log2, wide || is_unsigned, XMM0);
    if (is_unsigned && !wide) { /* not above 32 bits */
        x64_mov(&l->out, true, X64_RCX, x64_reg(X64_RAX));
        x64_shift_imm(&l->out, true, X64_SHR, X64_RCX, 32);
        lower_unless(l, X64_NE);
    } else {
        check_integer(l, s, wide, is_unsigned);
    }
    lower_put(l, d == 31 ? (unsigned)IR_SINK : d, X64_RAX);
    return true;
}

/* Few programs use it (FJCVTZS, of JavaScript). */
bool lower_fjcvtzs(struct lower *l, struct lower_simd *s)
{
    return false;
}

/* ---- From integers ------------------------------------------------------- */

/* xmm = RAX as a number; an unsigned one must not look negative. */
static void from_integer(struct lower *l, unsigned log2, bool wide,
                         unsigned xmm)
{
    avx_zero(l, xmm);
    x64_vex(&l->out, VEX_0F, log2 == 3 ? VEX_F2 : VEX_F3, wide, 0x2a, xmm, xmm,
            x64_reg(X64_RAX));
}

static void check_positive(struct lower *l, struct lower_simd *s)
{
    x64_op(&l->out, true, 0x85, X64_RAX, x64_reg(X64_RAX)); /* test */
    lower_unless(l, X64_S);
}

/* Unsigned words by halves: only the last sum is rounded. */
static void from_words(struct lower *l, const struct lower_simd *s)
{
    if (s->is_unsigned) {
        avx_shift(l, AVX_RIGHT, 2, XMM1, XMM0, 16);
        avx_from(l, AVX_vpand, XMM0, XMM0, lower_constant(l, CONSTANT_LOW_16));
        avx(l, AVX_vcvtdq2ps, XMM1, 0, XMM1);
        avx_from(l, lower_fp_packed(2, FP_MUL), XMM1, XMM1,
                 lower_constant(l, CONSTANT_65536_F32));
    }
    avx(l, AVX_vcvtdq2ps, XMM0, 0, XMM0);
    if (s->is_unsigned) {
        avx(l, lower_fp_packed(2, FP_ADD), XMM0, XMM0, XMM1);
    }
}

static void from_doubles(struct lower *l, struct lower_simd *s)
{
    if (l->target->has_avx512) {
        avx(l, s->is_unsigned ? AVX_vcvtuqq2pd : AVX_vcvtqq2pd, XMM0, 0, XMM0);
        return;
    }
    if (!s->scalar) {
        avx_shift_bytes(l, XMM2, XMM0, 8);
        avx_from(l, AVX_vmovq_to, XMM2, 0, x64_reg(X64_RAX));
        if (s->is_unsigned) {
            check_positive(l, s);
        }
        from_integer(l, 3, true, XMM2);
    }
    avx_from(l, AVX_vmovq_to, XMM0, 0, x64_reg(X64_RAX));
    if (s->is_unsigned) {
        check_positive(l, s);
    }
    from_integer(l, 3, true, XMM0);
    if (!s->scalar) {
        avx(l, AVX_vpunpcklqdq, XMM0, XMM0, XMM2);
    }
}

bool lower_emit_fp_from_fixed(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    if (s->log2 == 3) {
        from_doubles(l, s);
    } else {
        from_words(l, s);
    }
    scale(l, s->log2, -(int)s->count);
    return true;
}

/* From a general register. */
bool lower_cvtf_general(struct lower *l, struct lower_simd *s)
{
    bool wide = lower_field_of(s, 31, 1) != 0;
    bool is_unsigned = lower_field_of(s, 16, 1) != 0;
    bool fixed = lower_field_of(s, 21, 1) == 0;
    unsigned n = lower_field_of(s, 5, 5);

    if (s->log2 < 2) { /* by way of singles a half would be rounded twice */
        return false;
    }
    lower_fp_state(l);
    lower_load(l, wide, X64_RAX, n == 31 ? (unsigned)IR_ZERO : n);
    if (is_unsigned && wide) {
        check_positive(l, s);
    }
    from_integer(l, s->log2, wide || is_unsigned, XMM0);
    scale(l, s->log2, fixed ? -(int)(64 - lower_field_of(s, 10, 6)) : 0);
    lower_vector_store(l, s->d, XMM0, 16);
    return true;
}

/* ---- Between formats ----------------------------------------------------- */

/* To a narrower one; doubles to halves would be rounded twice. */
static bool narrow(struct lower *l, struct lower_simd *s, unsigned to)
{
    if (to == 1 && (s->log2 != 2 || !l->target->has_f16c)) {
        return false;
    }
    lower_fp_state(l);
    if (to == 2) {
        avx(l, s->scalar ? AVX_vcvtsd2ss : AVX_vcvtpd2ps, XMM0,
            s->scalar ? XMM0 : 0, XMM0);
    } else { /* the source is the register field */
        avx_imm(l, AVX_vcvtps2ph, XMM0, 0, XMM0, 0);
    }
    lower_fp_check(l, s, to, true);
    return true;
}

static bool widen(struct lower *l, struct lower_simd *s, unsigned to)
{
    if (s->log2 == 1 && !l->target->has_f16c) {
        return false;
    }
    lower_fp_control(l);
    if (s->log2 == 1) {
        avx(l, AVX_vcvtph2ps, XMM0, 0, XMM0);
    }
    if (to == 3) {
        avx(l, AVX_vcvtss2sd, XMM0, XMM0, XMM0);
    }
    lower_fp_check(l, s, to, false);
    return true;
}

/* FCVT: to the format in bits 16:15. */
bool lower_fcvt(struct lower *l, struct lower_simd *s)
{
    static const uint8_t formats[] = {2, 3, 0, 1};
    unsigned to = formats[lower_field_of(s, 15, 2)];

    if (to == 0 || s->log2 == 0) {
        return false;
    }
    s->scalar = true;
    lower_vector_load(l, XMM0, lower_register(s, 5, 0), 1u << s->log2);
    if (!(to < s->log2 ? narrow(l, s, to) : widen(l, s, to))) {
        return false;
    }
    if (to == 2 && s->log2 == 3) { /* the double's upper half is there yet */
        avx_from(l, AVX_vmovd_to, XMM0, 0, x64_reg(X64_RAX));
        avx_from(l, AVX_vmovd, XMM0, 0, x64_reg(X64_RAX));
    }
    lower_simd_put(l, s, 8);
    return true;
}

/* FCVTL; the elements are named by the narrow size. */
bool lower_fcvt_long(struct lower *l, struct lower_simd *s)
{
    struct x64_operand from = lower_register(s, 5, s->q ? 8 : 0);

    if (s->log2 == 1 && !l->target->has_f16c) {
        return false;
    }
    lower_fp_control(l);
    avx_from(l, s->log2 == 1 ? AVX_vcvtph2ps : AVX_vcvtps2pd, XMM0, 0, from);
    s->size = 16;
    lower_fp_check(l, s, s->log2 + 1, false);
    lower_simd_put(l, s, 16);
    return true;
}

/* FCVTN, whose shape puts the result. */
bool lower_emit_fp_narrow(struct lower *l, struct lower_simd *s)
{
    unsigned to = s->log2;
    unsigned size = s->size;

    s->log2++;
    s->size = 8; /* what is checked */
    bool done = narrow(l, s, to);
    s->size = size;
    return done;
}
