/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Halves by way of singles. A single holds a half exactly, and has twice its
 * digits and two more: sums, products, quotients and square roots that are
 * rounded to a single and then to a half are those that are rounded once (S. A.
 * Figueroa, "When is double rounding innocuous?"). Sums of three are not.
 */
#include "engine/aarch64/x86_64/lower_simd.h"

/* xmm0 = the operation on four of the halves in xmm4 and xmm5. */
static bool on_singles(struct lower *l, struct lower_simd *s, bool upper)
{
    if (upper) {
        avx_shift_bytes(l, XMM0, XMM4, 8);
        avx_shift_bytes(l, XMM1, XMM5, 8);
    }
    avx(l, AVX_vcvtph2ps, XMM0, 0, upper ? XMM0 : XMM4);
    avx(l, AVX_vcvtph2ps, XMM1, 0, upper ? XMM1 : XMM5);
    s->m = lower_xmm(XMM1);
    if (!lower_operate(l, s, s->of_singles)) {
        return false;
    }
    if (s->of_singles->care == HALF_MASK) {
        avx(l, AVX_vpackssdw, XMM0, XMM0, XMM0);
    } else {
        avx_imm(l, AVX_vcvtps2ph, XMM0, 0, XMM0, 0);
    }
    return true;
}

/* All of them: the upper four, if there are any, first. */
static bool all_on_singles(struct lower *l, struct lower_simd *s, bool two)
{
    if (two) {
        if (!on_singles(l, s, true)) {
            return false;
        }
        avx(l, AVX_vmovdqu, XMM6, 0, XMM0);
    }
    if (!on_singles(l, s, false)) {
        return false;
    }
    if (two) {
        avx(l, AVX_vpunpcklqdq, XMM0, XMM0, XMM6);
    }
    return true;
}

static bool halves(struct lower *l, struct lower_simd *s)
{
    unsigned half = s->of_singles->care;
    unsigned size = s->size;

    if (!l->target->has_f16c) {
        return false;
    }
    avx(l, AVX_vmovdqu, XMM5, 0, lower_second(l, s));
    avx(l, AVX_vmovdqu, XMM4, 0, XMM0);
    s->operand = OPERAND_REGISTER;
    s->log2 = 2;
    s->size = s->scalar ? 4 : 16;
    bool done = all_on_singles(l, s, size == 16);
    s->log2 = 1;
    s->size = size;
    if (done && (half == HALF_SUM || half == HALF_PRODUCT)) {
        lower_fp_check(l, s, 1, half == HALF_PRODUCT);
    }
    return done;
}

const struct lower_operation lower_half_operation = {
    .emit = halves, .sizes = SIZES_16, .care = EXACT};
