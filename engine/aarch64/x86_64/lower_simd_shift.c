/* SPDX-License-Identifier: Apache-2.0 */
/* Shifts, and what makes elements half as wide. */
#include <assert.h>

#include "engine/aarch64/x86_64/lower_simd.h"

/* A byte in all places, as an immediate. */
static void bytes(struct lower *l, unsigned xmm, unsigned value)
{
    lower_constant64(l, xmm, value * 0x0101010101010101ull);
}

/* d = a shifted left by less than the size. Uses xmm7. */
static void left(struct lower *l, unsigned log2, unsigned d, unsigned a,
                 unsigned count)
{
    if (log2 > 0) {
        avx_shift(l, AVX_LEFT, log2, d, a, count);
        return;
    }
    bytes(l, XMM7, 0xffu >> count);
    avx(l, AVX_vpand, d, a, XMM7);
    avx_shift(l, AVX_LEFT, 1, d, d, count);
}

/* The host shifts no bytes: halfwords, without what came from the neighbour. */
static void right_bytes(struct lower *l, bool is_unsigned, unsigned d,
                        unsigned a, unsigned count)
{
    avx_shift(l, AVX_RIGHT, 1, d, a, count);
    bytes(l, XMM7, 0xffu >> count);
    avx(l, AVX_vpand, d, d, XMM7);
    if (!is_unsigned) { /* where the sign is now */
        bytes(l, XMM7, 0x80u >> count);
        avx(l, AVX_vpxor, d, d, XMM7);
        avx(l, AVX_vpsubb, d, d, XMM7);
    }
}

void lower_shift_right(struct lower *l, unsigned log2, bool is_unsigned,
                       unsigned d, unsigned a, unsigned count)
{
    if (log2 == 0) {
        unsigned most = is_unsigned ? 8 : 7; /* as far as there is a change */

        right_bytes(l, is_unsigned, d, a, count < most ? count : most);
    } else if (log2 == 3 && !is_unsigned && l->target->has_avx512) {
        avx_imm(l, AVX_shift_512, AVX_ARITHMETIC, d, a, count);
    } else if (log2 == 3 && !is_unsigned) {
        avx_zero(l, XMM7);
        avx(l, AVX_vpcmpgtq, XMM7, XMM7, a); /* its sign everywhere */
        avx(l, AVX_vpxor, d, a, XMM7);
        avx_shift(l, AVX_RIGHT, 3, d, d, count);
        avx(l, AVX_vpxor, d, d, XMM7);
    } else {
        avx_shift(l, is_unsigned ? AVX_RIGHT : AVX_ARITHMETIC, log2, d, a,
                  count);
    }
}

/* xmm0 shifted right and rounded: plus the last bit that went. Uses xmm2. */
static void rounded(struct lower *l, unsigned log2, bool is_unsigned,
                    unsigned count)
{
    if (count == 0) {
        return;
    }
    lower_shift_right(l, log2, true, XMM2, XMM0, count - 1);
    avx_from(l, AVX_vpand, XMM2, XMM2,
             lower_constant(l, CONSTANT_ONE_8 + log2));
    lower_shift_right(l, log2, is_unsigned, XMM0, XMM0, count);
    avx(l, lower_each[EACH_ADD][0][log2], XMM0, XMM0, XMM2);
}

bool lower_emit_shl(struct lower *l, struct lower_simd *s)
{
    if (s->count != 0) {
        left(l, s->log2, XMM0, XMM0, s->count);
    }
    return true;
}

bool lower_emit_shr(struct lower *l, struct lower_simd *s)
{
    lower_shift_right(l, s->log2, s->is_unsigned, XMM0, XMM0, s->count);
    return true;
}

bool lower_emit_rounding_shr(struct lower *l, struct lower_simd *s)
{
    rounded(l, s->log2, s->is_unsigned, s->count);
    return true;
}

/* An element's bits in all places. */
static uint64_t repeated(unsigned log2, uint64_t value)
{
    for (unsigned i = log2; i < 3; i++) {
        value |= value << (8u << i);
    }
    return value;
}

/* xmm0, and of the destination what `kept` says. */
static bool insert(struct lower *l, struct lower_simd *s, uint64_t kept)
{
    lower_constant64(l, XMM1, repeated(s->log2, kept));
    avx_from(l, AVX_vpand, XMM1, XMM1, s->d);
    avx(l, AVX_vpor, XMM0, XMM0, XMM1);
    return true;
}

bool lower_emit_sli(struct lower *l, struct lower_simd *s)
{
    lower_emit_shl(l, s);
    return insert(l, s, ((uint64_t)1 << s->count) - 1);
}

bool lower_emit_sri(struct lower *l, struct lower_simd *s)
{
    unsigned bits = 8u << s->log2;
    uint64_t mask = simd_mask(bits);

    lower_shift_right(l, s->log2, true, XMM0, XMM0, s->count);
    return insert(l, s, s->count == bits ? mask : mask & ~(mask >> s->count));
}

/* By the signed low byte of each element: to the right if it is negative. The
 * host shifts everything out when a count is too large, as a negative one is,
 * but to the right with the sign it must not be used then. */
bool lower_emit_shift(struct lower *l, struct lower_simd *s)
{
    static const uint32_t lefts[] = {0, AVX_vpsllvw, AVX_vpsllvd, AVX_vpsllvq};
    static const uint32_t rights[2][4] = {
        {0, AVX_vpsravw, AVX_vpsravd, AVX_vpsravq},
        {0, AVX_vpsrlvw, AVX_vpsrlvd, AVX_vpsrlvq},
    };
    uint32_t right = rights[s->is_unsigned][s->log2];
    unsigned unused = (8u << s->log2) - 8;

    if (!l->target->has_avx512 && ((lefts[s->log2] | right) & AVX_512) != 0) {
        return false;
    }
    avx_shift(l, AVX_LEFT, s->log2, XMM1, lower_second(l, s), unused);
    lower_shift_right(l, s->log2, false, XMM1, XMM1, unused);
    avx_zero(l, XMM2);
    lower_do(l, s, EACH_SUB, XMM2, XMM2, XMM1);
    avx(l, lefts[s->log2], XMM3, XMM0, XMM1);
    avx(l, right, XMM0, XMM0, XMM2);
    if (s->is_unsigned) {
        avx(l, AVX_vpor, XMM0, XMM0, XMM3);
        return true;
    }
    lower_shift_right(l, s->log2, false, XMM1, XMM1, unused);
    avx_imm(l, AVX_vpblendvb, XMM0, XMM3, XMM0, XMM1 << 4);
    return true;
}

/* SHLL: by the size of the narrow elements. */
bool lower_emit_shl_long(struct lower *l, struct lower_simd *s)
{
    avx_shift(l, AVX_LEFT, s->log2, XMM0, XMM0, 4u << s->log2);
    return true;
}

/* ---- Narrowing; log2 is that of the result ------------------------------- */

/* d = one half of each element of twice the size, in its lower part. */
static void half_of(struct lower *l, bool bytes, bool upper, unsigned d,
                    unsigned a)
{
    if (upper) {
        avx_shift(l, AVX_RIGHT, bytes ? 1 : 2, d, a, bytes ? 8 : 16);
    } else {
        avx_from(l, AVX_vpand, d, a,
                 lower_constant(l, bytes ? CONSTANT_LOW_8 : CONSTANT_LOW_16));
    }
}

void lower_unzip(struct lower *l, unsigned log2, bool odd, unsigned d,
                 unsigned n, unsigned m)
{
    bool of_bytes = log2 == 0;
    unsigned second = m == n ? d : XMM7;

    if (log2 == 3) {
        avx(l, odd ? AVX_vpunpckhqdq : AVX_vpunpcklqdq, d, n, m);
        return;
    }
    if (log2 == 2) {
        avx_imm(l, AVX_vshufps, d, n, m, odd ? 0xdd : 0x88);
        return;
    }
    if (m != n) { /* first, since d may be n or m */
        half_of(l, of_bytes, odd, XMM7, m);
    }
    half_of(l, of_bytes, odd, d, n);
    avx(l, of_bytes ? AVX_vpackuswb : AVX_vpackusdw, d, d, second);
}

void lower_narrow(struct lower *l, unsigned log2)
{
    lower_unzip(l, log2, false, XMM0, XMM0, XMM0);
}

bool lower_emit_shr_narrow(struct lower *l, struct lower_simd *s)
{
    if (s->how == NARROW_ROUNDED) {
        rounded(l, s->log2 + 1, true, s->count);
    } else if (s->count != 0) {
        avx_shift(l, AVX_RIGHT, s->log2 + 1, XMM0, XMM0, s->count);
    }
    lower_narrow(l, s->log2);
    return true;
}

/* The upper halves of sums or differences; rounded: half a unit is added. */
bool lower_emit_upper_half(struct lower *l, struct lower_simd *s)
{
    avx_from(l, lower_each[s->how & (NARROW_ROUNDED - 1)][0][s->log2 + 1], XMM0,
             XMM0, s->m);
    if ((s->how & NARROW_ROUNDED) != 0) {
        lower_constant64(
            l, XMM1,
            repeated(s->log2 + 1, (uint64_t)1 << ((8u << s->log2) - 1)));
        avx(l, lower_each[EACH_ADD][0][s->log2 + 1], XMM0, XMM0, XMM1);
    }
    lower_unzip(l, s->log2, true, XMM0, XMM0, XMM0);
    return true;
}

enum narrowing { SIGNED_TO_SIGNED, SIGNED_TO_UNSIGNED, UNSIGNED_TO_UNSIGNED };

/* The host narrows signed numbers only: unsigned ones are limited first. What
 * does not come back by extension was saturated. */
static void saturate(struct lower *l, unsigned log2, enum narrowing how)
{
    static const uint32_t packs[2][2] = {
        {AVX_vpacksswb, AVX_vpackssdw},
        {AVX_vpackuswb, AVX_vpackusdw},
    };
    unsigned limited = XMM0;

    assert(log2 < 2);
    if (how == UNSIGNED_TO_UNSIGNED) {
        limited = XMM1;
        avx_from(l, lower_each[EACH_MIN][1][log2 + 1], XMM1, XMM0,
                 lower_constant(l, CONSTANT_LOW_8 + log2));
    }
    avx(l, packs[how != SIGNED_TO_SIGNED][log2], XMM1, limited, limited);
    avx(l, lower_each[EACH_EXTENDED][how != SIGNED_TO_SIGNED][log2], XMM2, 0,
        XMM1);
    avx(l, AVX_vpxor, XMM2, XMM2, XMM0);
    lower_saturated(l, XMM2);
    avx(l, AVX_vmovdqu, XMM0, 0, XMM1);
}

bool lower_emit_saturating_narrow(struct lower *l, struct lower_simd *s)
{
    enum narrowing how = (s->how & NARROW_UNSIGNED) != 0 ? SIGNED_TO_UNSIGNED
                         : s->is_unsigned                ? UNSIGNED_TO_UNSIGNED
                                                         : SIGNED_TO_SIGNED;
    bool is_unsigned = how == UNSIGNED_TO_UNSIGNED;

    if ((s->how & NARROW_ROUNDED) != 0) {
        rounded(l, s->log2 + 1, is_unsigned, s->count);
    } else if (s->count != 0) {
        lower_shift_right(l, s->log2 + 1, is_unsigned, XMM0, XMM0, s->count);
    }
    saturate(l, s->log2, how);
    return true;
}
