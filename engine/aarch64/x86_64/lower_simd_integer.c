/* SPDX-License-Identifier: Apache-2.0 */
/* Integer SIMD operations by host instructions: xmm0 = operation(xmm0, m). */
#include "engine/aarch64/x86_64/lower_simd.h"

bool lower_emit_move(struct lower *l, struct lower_simd *s)
{
    return true;
}

/* ---- Logic --------------------------------------------------------------- */

/* One host instruction. */
bool lower_emit_each(struct lower *l, struct lower_simd *s)
{
    if (s->operand == OPERAND_NONE) {
        lower_second(l, s);
    }
    avx_from(l, lower_each[s->how][s->is_unsigned][s->log2], XMM0, XMM0, s->m);
    return true;
}

/* The host inverts its first operand, A64 its second. */
bool lower_emit_bic(struct lower *l, struct lower_simd *s)
{
    avx(l, AVX_vpandn, XMM0, lower_second(l, s), XMM0);
    return true;
}

/* A bitwise function of three operands, the first of which is the result too,
 * by a table of their eight combinations. */
enum {
    TERNARY_NOT = 0x0f,
    TERNARY_OR_NOT_THIRD = 0xf5,
    TERNARY_BY_SECOND = 0xe2, /* second ? first : third */
    TERNARY_BY_NOT_SECOND = 0xb8
};

static bool ternary(struct lower *l, unsigned xmm, unsigned second,
                    struct x64_operand third, unsigned table)
{
    if (!l->target->has_avx512) {
        return false;
    }
    avx_from(l, AVX_vpternlogd, xmm, second, third);
    x64_byte(&l->out, table);
    return true;
}

static void invert(struct lower *l, unsigned xmm)
{
    if (ternary(l, xmm, xmm, lower_xmm(xmm), TERNARY_NOT)) {
        return;
    }
    avx_ones(l, XMM7);
    avx(l, AVX_vpxor, xmm, xmm, XMM7);
}

bool lower_emit_not(struct lower *l, struct lower_simd *s)
{
    invert(l, XMM0);
    return true;
}

bool lower_emit_orn(struct lower *l, struct lower_simd *s)
{
    if (ternary(l, XMM0, XMM0, s->m, TERNARY_OR_NOT_THIRD)) {
        return true;
    }
    avx_ones(l, XMM7);
    avx_from(l, AVX_vpxor, XMM1, XMM7, s->m);
    avx(l, AVX_vpor, XMM0, XMM0, XMM1);
    return true;
}

/* xmm0 = where mask has a bit that of n, else that of d. */
static void select(struct lower *l, struct lower_simd *s, unsigned mask)
{
    avx_from(l, AVX_vpxor, XMM0, XMM0, s->d);
    avx(l, AVX_vpand, XMM0, XMM0, mask);
    avx_from(l, AVX_vpxor, XMM0, XMM0, s->d);
}

bool lower_emit_bsl(struct lower *l, struct lower_simd *s)
{
    if (l->target->has_avx512) {
        lower_vector_load(l, XMM2, s->d, 16);
        return ternary(l, XMM0, XMM2, s->m, TERNARY_BY_SECOND);
    }
    unsigned m = lower_second(l, s);

    avx(l, AVX_vpxor, XMM0, XMM0, m);
    avx_from(l, AVX_vpand, XMM0, XMM0, s->d);
    avx(l, AVX_vpxor, XMM0, XMM0, m);
    return true;
}

bool lower_emit_bit(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    if (!ternary(l, XMM0, m, s->d, TERNARY_BY_SECOND)) {
        select(l, s, m);
    }
    return true;
}

bool lower_emit_bif(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    if (ternary(l, XMM0, m, s->d, TERNARY_BY_NOT_SECOND)) {
        return true;
    }
    avx_from(l, AVX_vpxor, XMM0, XMM0, s->d);
    avx(l, AVX_vpandn, XMM0, m, XMM0);
    avx_from(l, AVX_vpxor, XMM0, XMM0, s->d);
    return true;
}

/* ---- Comparisons --------------------------------------------------------- */

bool lower_emit_test(struct lower *l, struct lower_simd *s)
{
    avx_from(l, AVX_vpand, XMM0, XMM0, s->m);
    avx_zero(l, XMM1);
    lower_do(l, s, EACH_EQUAL, XMM0, XMM0, XMM1);
    invert(l, XMM0);
    return true;
}

/* Unsigned numbers compare as signed ones with the other sign. */
static void flip_signs(struct lower *l, const struct lower_simd *s, unsigned m)
{
    if (s->is_unsigned) {
        struct x64_operand sign = lower_constant(l, CONSTANT_SIGN_8 + s->log2);

        avx_from(l, AVX_vpxor, XMM0, XMM0, sign);
        avx_from(l, AVX_vpxor, XMM1, m, sign);
    }
}

bool lower_emit_greater(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    flip_signs(l, s, m);
    lower_do(l, s, EACH_GREATER, XMM0, XMM0, XMM1);
    return true;
}

/* a >= b if the maximum of both is a. */
bool lower_emit_greater_equal(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    if (s->log2 < 3) {
        lower_do(l, s, EACH_MAX, XMM1, XMM0, m);
        lower_do(l, s, EACH_EQUAL, XMM0, XMM0, XMM1);
        return true;
    }
    flip_signs(l, s, m);
    lower_do(l, s, EACH_GREATER, XMM0, XMM1, XMM0);
    invert(l, XMM0);
    return true;
}

/* With zero. */
bool lower_emit_compare_zero(struct lower *l, struct lower_simd *s)
{
    bool swap = s->how == ZERO_LESS || s->how == ZERO_GREATER_EQUAL;

    avx_zero(l, XMM1);
    lower_do(l, s, EACH_GREATER, XMM0, swap ? XMM1 : XMM0, swap ? XMM0 : XMM1);
    if (s->how >= ZERO_LESS_EQUAL) {
        invert(l, XMM0);
    }
    return true;
}

/* ---- Sums and differences ------------------------------------------------ */

bool lower_emit_neg(struct lower *l, struct lower_simd *s)
{
    avx_zero(l, XMM1);
    lower_do(l, s, EACH_SUB, XMM0, XMM1, XMM0);
    return true;
}

bool lower_emit_abs(struct lower *l, struct lower_simd *s)
{
    static const uint32_t opcodes[] = {AVX_vpabsb, AVX_vpabsw, AVX_vpabsd};

    if (s->log2 < 3) {
        avx(l, opcodes[s->log2], XMM0, 0, XMM0);
        return true;
    }
    if (l->target->has_avx512) {
        avx(l, AVX_vpabsq, XMM0, 0, XMM0);
        return true;
    }
    avx_zero(l, XMM7);
    avx(l, AVX_vpcmpgtq, XMM7, XMM7, XMM0); /* its sign everywhere */
    avx(l, AVX_vpxor, XMM0, XMM0, XMM7);
    avx(l, AVX_vpsubq, XMM0, XMM0, XMM7);
    return true;
}

/* If the numbers were extended the difference has its sign; else the larger
 * less the smaller. */
bool lower_emit_abd(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    if (s->log2 == 3) {
        avx(l, AVX_vpsubq, XMM0, XMM0, m);
        return lower_emit_abs(l, s);
    }
    lower_do(l, s, EACH_MIN, XMM7, XMM0, m);
    lower_do(l, s, EACH_MAX, XMM0, XMM0, m);
    lower_do(l, s, EACH_SUB, XMM0, XMM0, XMM7);
    return true;
}

/* Saturates where the plain result is another one. */
bool lower_emit_saturating(struct lower *l, struct lower_simd *s)
{
    bool add = s->how == EACH_ADD;
    unsigned m = lower_second(l, s);

    lower_do(l, s, add ? EACH_ADD : EACH_SUB, XMM7, XMM0, m);
    lower_do(l, s, add ? EACH_ADD_SATURATED : EACH_SUB_SATURATED, XMM0, XMM0,
             m);
    avx(l, AVX_vpxor, XMM7, XMM7, XMM0);
    lower_saturated(l, XMM7);
    return true;
}

/* a + b is 2 * (a & b) + (a ^ b), or 2 * (a | b) - (a ^ b) where halves are
 * rounded up, and a - b is (a ^ b) - 2 * (~a & b). */
bool lower_emit_halving(struct lower *l, struct lower_simd *s)
{
    static const uint32_t twice[] = {
        [HALVING_ADD] = AVX_vpand,
        [HALVING_ROUNDED] = AVX_vpor,
        [HALVING_SUB] = AVX_vpandn,
    };
    unsigned m = lower_second(l, s);

    if (s->how == HALVING_ROUNDED && s->is_unsigned && s->log2 < 2) {
        avx(l, s->log2 == 0 ? AVX_vpavgb : AVX_vpavgw, XMM0, XMM0, m);
        return true;
    }
    avx(l, twice[s->how], XMM2, XMM0, m);
    avx(l, AVX_vpxor, XMM0, XMM0, m);
    lower_shift_right(l, s->log2, s->is_unsigned, XMM0, XMM0, 1);
    if (s->how == HALVING_ROUNDED) {
        lower_do(l, s, EACH_SUB, XMM0, XMM2, XMM0);
    } else {
        lower_do(l, s, s->how == HALVING_ADD ? EACH_ADD : EACH_SUB, XMM0, XMM0,
                 XMM2);
    }
    return true;
}

/* ---- Products ------------------------------------------------------------ */

/* The products of bytes: those at odd and at even places as halfwords. */
static void multiply_bytes(struct lower *l, unsigned m)
{
    avx_shift(l, AVX_RIGHT, 1, XMM2, XMM0, 8);
    avx_shift(l, AVX_RIGHT, 1, XMM7, m, 8);
    avx(l, AVX_vpmullw, XMM2, XMM2, XMM7);
    avx_shift(l, AVX_LEFT, 1, XMM2, XMM2, 8);
    avx(l, AVX_vpmullw, XMM0, XMM0, m);
    avx_from(l, AVX_vpand, XMM0, XMM0, lower_constant(l, CONSTANT_LOW_8));
    avx(l, AVX_vpor, XMM0, XMM0, XMM2);
}

/* Only products of words that were extended have 64 bits. */
bool lower_emit_mul(struct lower *l, struct lower_simd *s)
{
    switch (s->log2) {
    case 0:
        multiply_bytes(l, lower_second(l, s));
        break;
    case 1:
        avx_from(l, AVX_vpmullw, XMM0, XMM0, s->m);
        break;
    case 2:
        avx_from(l, AVX_vpmulld, XMM0, XMM0, s->m);
        break;
    default:
        avx_from(l, s->is_unsigned ? AVX_vpmuludq : AVX_vpmuldq, XMM0, XMM0,
                 s->m);
        break;
    }
    return true;
}

/* The product of the most negative numbers, and no other, comes out as the
 * most negative. */
static void mend_product(struct lower *l)
{
    avx_from(l, AVX_vpcmpeqw, XMM7, XMM0, lower_constant(l, CONSTANT_SIGN_16));
    avx(l, AVX_vpxor, XMM0, XMM0, XMM7);
    lower_saturated(l, XMM7);
}

bool lower_emit_doubling_high(struct lower *l, struct lower_simd *s)
{
    unsigned m = lower_second(l, s);

    avx(l, AVX_vpmulhw, XMM2, XMM0, m);
    avx(l, AVX_vpmullw, XMM0, XMM0, m);
    avx_shift(l, AVX_RIGHT, 1, XMM0, XMM0, 15);
    avx(l, AVX_vpaddw, XMM2, XMM2, XMM2);
    avx(l, AVX_vpor, XMM0, XMM0, XMM2);
    mend_product(l);
    return true;
}

bool lower_emit_rounding_doubling_high(struct lower *l, struct lower_simd *s)
{
    avx(l, AVX_vpmulhrsw, XMM0, XMM0, lower_second(l, s));
    mend_product(l);
    return true;
}

/* ---- Bits ---------------------------------------------------------------- */

/* xmm0 = of each byte, first[low nibble] what then[high nibble]. */
static void by_nibbles(struct lower *l, unsigned first, unsigned then,
                       uint32_t what)
{
    struct x64_operand nibble = lower_constant(l, CONSTANT_NIBBLE);

    avx_shift(l, AVX_RIGHT, 1, XMM1, XMM0, 4);
    avx_from(l, AVX_vpand, XMM0, XMM0, nibble);
    avx_from(l, AVX_vpand, XMM1, XMM1, nibble);
    lower_vector_load(l, XMM2, lower_constant(l, first), 16);
    avx(l, AVX_vpshufb, XMM0, XMM2, XMM0);
    if (then != first) {
        lower_vector_load(l, XMM2, lower_constant(l, then), 16);
    }
    avx(l, AVX_vpshufb, XMM1, XMM2, XMM1);
    avx(l, what, XMM0, XMM0, XMM1);
}

bool lower_emit_cnt(struct lower *l, struct lower_simd *s)
{
    by_nibbles(l, CONSTANT_BITS_IN_NIBBLE, CONSTANT_BITS_IN_NIBBLE, AVX_vpaddb);
    return true;
}

/* The count of each byte, whose upper nibble counts unless it is zero. Elements
 * of twice the size have the count of their upper half, and if that is all
 * zeros of the lower one too. */
bool lower_emit_clz(struct lower *l, struct lower_simd *s)
{
    by_nibbles(l, CONSTANT_ZEROS_LOW, CONSTANT_ZEROS_HIGH, AVX_vpminub);
    for (unsigned log2 = 0; log2 < s->log2 && log2 < 2; log2++) {
        avx_shift(l, AVX_RIGHT, log2 + 1, XMM1, XMM0, 8u << log2);
        lower_constant64(l, XMM2,
                         (8u << log2) * (log2 == 0 ? 0x0001000100010001ull
                                                   : 0x0000000100000001ull));
        avx(l, lower_each[EACH_EQUAL][0][log2 + 1], XMM2, XMM2, XMM1);
        avx_from(l, AVX_vpand, XMM0, XMM0,
                 lower_constant(l, CONSTANT_LOW_8 + log2));
        avx(l, AVX_vpand, XMM0, XMM0, XMM2);
        avx(l, lower_each[EACH_ADD][0][log2 + 1], XMM0, XMM0, XMM1);
    }
    return true;
}

/* Bits that are like the one above them are leading zeros then. */
bool lower_emit_cls(struct lower *l, struct lower_simd *s)
{
    lower_shift_right(l, s->log2, false, XMM1, XMM0, 1);
    avx(l, AVX_vpxor, XMM0, XMM0, XMM1);
    lower_emit_clz(l, s);
    avx_from(l, lower_each[EACH_SUB][0][s->log2], XMM0, XMM0,
             lower_constant(l, CONSTANT_ONE_8 + s->log2));
    return true;
}

bool lower_emit_rbit(struct lower *l, struct lower_simd *s)
{
    by_nibbles(l, CONSTANT_REVERSED_LOW, CONSTANT_REVERSED_HIGH, AVX_vpor);
    return true;
}
