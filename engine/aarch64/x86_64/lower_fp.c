/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point on the host's, bit for bit and flag for flag: where the
 * rounding is to nearest, nothing is flushed, and FPSR.IXC is set already, an
 * operation with a normal result changes no other flag. All else (what may be
 * inexact for the first time, results that are infinite, not a number, or too
 * small to be sure) is the helper's.
 */
#include "engine/aarch64/x86_64/lower_simd.h"

/* ---- Checks -------------------------------------------------------------- */

void lower_fp_control(struct lower *l)
{
    if (!l->fpcr_checked) {
        l->fpcr_checked = true;
        x64_alu_imm(&l->out, false, X64_CMP,
                    lower_pe(offsetof(struct aarch64, state.fpcr)), 0);
        lower_unless(l, X64_NE)->kind = COLD_ALONE;
    }
}

void lower_fp_state(struct lower *l)
{
    lower_fp_control(l);
    if (!l->fp_checked) {
        l->fp_checked = true;
        x64_op(&l->out, false, 0xf6, 0,
               lower_pe(offsetof(struct aarch64, state.fpsr))); /* test */
        x64_byte(&l->out, FPSR_IXC);
        lower_unless(l, X64_E)->kind = COLD_ALONE;
    }
}

static void check_vector(struct lower *l, struct lower_simd *s, unsigned log2,
                         bool small)
{
    struct x64_operand exponent =
        lower_constant(l, CONSTANT_EXPONENT_16 + log2 - 1);

    avx_from(l, AVX_vpand, XMM1, XMM0, exponent);
    avx_from(l, lower_each[EACH_EQUAL][0][log2], XMM3, XMM1, exponent);
    if (small) { /* exponents 0 and 1 are less than 2 */
        lower_vector_load(l, XMM2,
                          lower_constant(l, CONSTANT_LEAST_16 + log2 - 1), 16);
        avx(l, lower_each[EACH_GREATER][0][log2], XMM2, XMM2, XMM1);
        avx(l, AVX_vpor, XMM3, XMM3, XMM2);
    }
    if (s->size == 8) {
        avx(l, AVX_vmovq, XMM3, 0, XMM3);
    }
    avx(l, AVX_vptest, XMM3, 0, XMM3);
    lower_unless(l, X64_NE);
}

void lower_fp_check(struct lower *l, struct lower_simd *s, unsigned log2,
                    bool small)
{
    if (s->scalar) {
        lower_fp_check_scalar(l, log2, small);
    } else {
        check_vector(l, s, log2, small);
    }
}

void lower_fp_check_numbers(struct lower *l, struct lower_simd *s,
                            unsigned second)
{
    if (s->scalar) {
        avx(l, lower_fp_packed(s->log2, FP_UCOMIS), XMM0, 0, second);
        lower_unless(l, X64_P);
        return;
    }
    avx_imm(l, lower_fp_packed(s->log2, FP_COMPARE), XMM2, XMM0, second,
            FP_NO_NUMBER);
    avx(l, AVX_vptest, XMM2, 0, XMM2);
    lower_unless(l, X64_NE);
}

/* ---- Arithmetic ---------------------------------------------------------- */

/* Sums have exact results where they are small. */
bool lower_emit_fp_two(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    avx_from(l, lower_fp_code(s, s->how), XMM0, XMM0, s->m);
    lower_fp_check(l, s, s->log2, s->how == FP_MUL || s->how == FP_DIV);
    return true;
}

bool lower_emit_fp_sqrt(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    avx(l, lower_fp_code(s, FP_SQRT), XMM0, s->scalar ? XMM0 : 0, XMM0);
    lower_fp_check(l, s, s->log2, true);
    return true;
}

static void fused(struct lower *l, const struct lower_simd *s, unsigned opcode,
                  unsigned second, unsigned third)
{
    unsigned code = VEX_66 << 12 | VEX_0F38 << 8 | (opcode + s->scalar);

    avx(l, code | (s->log2 == 3 ? 0x10000 : 0), XMM0, second, third);
}

bool lower_emit_fp_accumulate(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    unsigned m = lower_second(l, s);
    lower_vector_load(l, XMM2, s->d, s->size);
    fused(l, s, s->how, m, XMM2);
    lower_fp_check(l, s, s->log2, true);
    return true;
}

/* FMADD and its kin: bit 15 negates the product, bit 21 both. */
bool lower_fmadd(struct lower *l, struct lower_simd *s)
{
    static const uint8_t opcodes[2][2] = {
        {FUSED,         FUSED_NEG},
        {FUSED_NEG_SUB, FUSED_SUB}
    };

    if (s->log2 < 2) {
        return false;
    }
    lower_fp_state(l);
    lower_vector_load(l, XMM0, lower_register(s, 5, 0), s->size);
    lower_vector_load(l, XMM1, lower_register(s, 16, 0), s->size);
    lower_vector_load(l, XMM2, lower_register(s, 10, 0), s->size);
    fused(l, s, opcodes[lower_field_of(s, 21, 1)][lower_field_of(s, 15, 1)],
          XMM1, XMM2);
    lower_fp_check(l, s, s->log2, true);
    lower_simd_put(l, s, 16);
    return true;
}

/* 2 - n * m; (3 - n * m) / 2. */
bool lower_emit_fp_step(struct lower *l, struct lower_simd *s)
{
    lower_fp_state(l);
    unsigned m = lower_second(l, s);
    lower_vector_load(l, XMM2, lower_constant(l, s->how + s->log2 - 2),
                      s->size);
    fused(l, s, FUSED_NEG, m, XMM2);
    if (s->how == CONSTANT_THREE_F32) {
        avx_from(l, lower_fp_packed(s->log2, FP_MUL), XMM0, XMM0,
                 lower_constant(l, CONSTANT_HALF_F32 + s->log2 - 2));
    }
    lower_fp_check(l, s, s->log2, true);
    return true;
}

/* The host gives its second operand for zeros of both signs: what both orders
 * give tells them apart. */
bool lower_emit_fp_extremum(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    lower_fp_control(l);
    lower_fp_check_numbers(l, s, m);
    avx(l, lower_fp_code(s, s->how), XMM2, m, XMM0);
    avx(l, lower_fp_code(s, s->how), XMM0, XMM0, m);
    avx(l, s->how == FP_MAX ? AVX_vpand : AVX_vpor, XMM0, XMM0, XMM2);
    return true;
}

/* ---- Comparisons to masks ------------------------------------------------ */

bool lower_emit_fp_compare(struct lower *l, struct lower_simd *s)
{
    bool swap = (s->how & FP_SWAPPED) != 0;
    unsigned m = lower_second(l, s);

    if ((s->how & FP_ABSOLUTE) != 0) {
        lower_vector_load(l, XMM2, lower_constant(l, CONSTANT_SIGN_8 + s->log2),
                          16);
        avx(l, AVX_vpandn, XMM0, XMM2, XMM0);
        avx(l, AVX_vpandn, XMM1, XMM2, m);
        m = XMM1;
    }
    lower_fp_control(l);
    lower_fp_check_numbers(l, s, m);
    avx_imm(l, lower_fp_code(s, FP_COMPARE), XMM0, swap ? m : XMM0,
            swap ? XMM0 : m, s->how & 3);
    return true;
}
