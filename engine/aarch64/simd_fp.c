/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on elements by simd_fp.def, and shapes of floating point alone. */
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/simd.h"
#include "engine/interpreter/arithmetic.h"

static uint64_t sign(const struct simd *s)
{
    return 1ull << (s->size - 1);
}

/* ---- Comparisons --------------------------------------------------------- */

static uint64_t compare(struct simd *s, uint64_t n, uint64_t m, bool or_equal)
{
    enum softfloat_relation relation =
        softfloat_compare(&s->fp, s->size, n, m, true);

    return simd_truth(relation == FP_GREATER ||
                      (or_equal && relation == FP_EQUAL));
}

/* ---- Rounding and conversion --------------------------------------------- */

static uint64_t integral(struct simd *s, uint64_t n,
                         enum softfloat_rounding rounding, bool exact)
{
    return softfloat_round_integral(&s->fp, s->size, n, rounding, exact);
}

/* m is the number of fraction bits, 0 for the forms without. */
static uint64_t to_fixed(struct simd *s, uint64_t n, uint64_t m,
                         enum softfloat_rounding rounding)
{
    return softfloat_to_fixed(&s->fp, s->size, n, s->size, !s->is_unsigned,
                              (unsigned)m, rounding);
}

static uint64_t from_fixed(struct simd *s, uint64_t n, uint64_t m)
{
    return softfloat_from_fixed(
        &s->fp, s->size, s->is_unsigned ? n : (uint64_t)simd_signed(s->size, n),
        !s->is_unsigned, (unsigned)m);
}

#define OPERATION SIMD_OPERATION
#include "engine/aarch64/simd_fp.def"
#undef OPERATION

/* FCVTL: elements that shapes would extend as integers. */
void simd_fcvt_long(struct simd *s)
{
    const struct aarch64_vector n = *s->n;
    unsigned elements = 64 / s->size;

    for (unsigned i = 0; i < elements; i++) {
        simd_set(
            s->d, 2 * s->size, i,
            softfloat_convert(&s->fp, s->size, 2 * s->size,
                              simd_get(&n, s->size, (s->q ? elements : 0) + i),
                              softfloat_rounding(&s->fp)));
    }
}

/* ---- Scalar instructions of their own shape ------------------------------ */

/* FCVT: to the format in bits 16:15. */
void simd_fcvt(struct simd *s)
{
    unsigned type = simd_field(s, 15, 2);
    unsigned to = type == 0 ? 32 : type == 1 ? 64 : 16;

    simd_set_scalar(s, to,
                    softfloat_convert(&s->fp, s->size, to,
                                      simd_get(s->n, s->size, 0),
                                      softfloat_rounding(&s->fp)));
}

/* FMADD and its kin: bit 15 negates the product, bit 21 both. */
void simd_fmadd(struct simd *s)
{
    uint64_t n = simd_get(s->n, s->size, 0);
    uint64_t m = simd_get(s->m, s->size, 0);
    uint64_t a = simd_get(simd_register(s, 10), s->size, 0);
    bool subtract = simd_field(s, 15, 1) != 0;
    bool negate = simd_field(s, 21, 1) != 0;

    n ^= subtract != negate ? sign(s) : 0;
    a ^= negate ? sign(s) : 0;
    simd_set_scalar(s, s->size, softfloat_mul_add(&s->fp, s->size, a, n, m));
}

/* To a general register: rounding in bits 20:19, or 18 for ties away. */
void simd_fcvt_general(struct simd *s)
{
    static const enum softfloat_rounding roundings[] = {
        ROUND_TIES_EVEN, ROUND_UP, ROUND_DOWN, ROUND_TO_ZERO};
    unsigned width = simd_field(s, 31, 1) != 0 ? 64 : 32;
    bool integer = simd_field(s, 21, 1) != 0;
    uint64_t value = softfloat_to_fixed(
        &s->fp, s->size, simd_get(s->n, s->size, 0), width,
        simd_field(s, 16, 1) == 0, integer ? 0 : 64 - simd_field(s, 10, 6),
        simd_field(s, 18, 1) != 0 ? ROUND_TIES_AWAY
                                  : roundings[simd_field(s, 19, 2)]);

    aarch64_set_general(&s->pe->vcpu, simd_field(s, 0, 5), value);
}

void simd_cvtf_general(struct simd *s)
{
    unsigned width = simd_field(s, 31, 1) != 0 ? 64 : 32;
    bool integer = simd_field(s, 21, 1) != 0;
    bool is_signed = simd_field(s, 16, 1) == 0;
    uint64_t value = aarch64_general(&s->pe->vcpu, simd_field(s, 5, 5));

    if (width == 32) {
        value = is_signed ? (uint64_t)(int32_t)value : (uint32_t)value;
    }
    simd_set_scalar(
        s, s->size,
        softfloat_from_fixed(&s->fp, s->size, value, is_signed,
                             integer ? 0 : 64 - simd_field(s, 10, 6)));
}

static void compare_to_flags(struct simd *s, bool with_zero, bool signalling)
{
    static const uint8_t flags[] = {
        [FP_LESS] = 8, [FP_EQUAL] = 6, [FP_GREATER] = 2, [FP_UNORDERED] = 3};
    uint64_t m = with_zero ? 0 : simd_get(s->m, s->size, 0);

    s->pe->state.r[IR_NZCV] = flags[softfloat_compare(
        &s->fp, s->size, simd_get(s->n, s->size, 0), m, signalling)];
}

void simd_fcmp(struct simd *s)
{
    compare_to_flags(s, simd_field(s, 3, 1) != 0, simd_field(s, 4, 1) != 0);
}

static bool holds(const struct simd *s)
{
    return condition_holds(simd_field(s, 12, 4), s->pe->state.r[IR_NZCV]);
}

void simd_fccmp(struct simd *s)
{
    if (holds(s)) {
        compare_to_flags(s, false, simd_field(s, 4, 1) != 0);
    } else {
        s->pe->state.r[IR_NZCV] = simd_field(s, 0, 4);
    }
}

void simd_fcsel(struct simd *s)
{
    simd_set_scalar(s, s->size,
                    simd_get(simd_register(s, holds(s) ? 5 : 16), s->size, 0));
}

/* FMOV between general and vector registers; bit 19: the upper half, bit 16:
 * from the general register. A half uses 16 bits, a single 32. */
void simd_fmov_general(struct simd *s)
{
    bool upper = simd_field(s, 19, 1) != 0;
    unsigned size = upper ? 64 : s->size;

    if (simd_field(s, 16, 1) == 0) {
        aarch64_set_general(&s->pe->vcpu, simd_field(s, 0, 5),
                            simd_get(s->n, size, upper ? 1 : 0));
        return;
    }
    uint64_t value = aarch64_general(&s->pe->vcpu, simd_field(s, 5, 5));
    if (upper) {
        s->d->d[1] = value;
    } else {
        simd_set_scalar(s, size, value);
    }
}

/* FJCVTZS: the low 32 bits of the integer; Z if that is all of the number. */
void simd_fjcvtzs(struct simd *s)
{
    uint64_t n = s->n->d[0];
    unsigned exponent = (unsigned)(n >> 52 & 2047);
    uint64_t fraction = (n & ((1ull << 52) - 1)) | 1ull << 52;
    struct softfloat plain = {.fpcr = s->fp.fpcr};
    uint32_t low = 0;

    if (exponent >= 1023 && exponent < 1023 + 84) {
        low = exponent <= 1075 ? (uint32_t)(fraction >> (1075 - exponent))
                               : (uint32_t)(fraction << (exponent - 1075));
        low = n >> 63 != 0 ? 0 - low : low;
    }
    /* The flags are those of the plain conversion. */
    softfloat_to_fixed(&plain, 64, n, 32, true, 0, ROUND_TO_ZERO);
    s->fp.fpsr |= plain.fpsr;
    s->pe->state.r[IR_NZCV] =
        (plain.fpsr & (FPSR_IOC | FPSR_IXC)) == 0 && (low != 0 || n >> 63 == 0)
            ? 4
            : 0;
    aarch64_set_general(&s->pe->vcpu, simd_field(s, 0, 5), low);
}
