/* SPDX-License-Identifier: Apache-2.0 */
/* What floating-point instructions do with elements. */
#include "engine/aarch64/simd.h"

#define FLOAT(name, expression)                                                \
    uint64_t simd_##name(struct simd *s, uint64_t d, uint64_t n, uint64_t m)   \
    {                                                                          \
        (void)s, (void)d, (void)n, (void)m;                                    \
        return (uint64_t)(expression);                                         \
    }

static uint64_t sign(const struct simd *s)
{
    return 1ull << (s->size - 1);
}

static uint64_t truth(bool holds)
{
    return holds ? ~0ull : 0;
}

FLOAT(fadd, softfloat_add(&s->fp, s->size, n, m))
FLOAT(fsub, softfloat_sub(&s->fp, s->size, n, m))
FLOAT(fmul, softfloat_mul(&s->fp, s->size, n, m))
FLOAT(fnmul, softfloat_mul(&s->fp, s->size, n, m) ^ sign(s))
FLOAT(fmulx, softfloat_mul_extended(&s->fp, s->size, n, m))
FLOAT(fdiv, softfloat_div(&s->fp, s->size, n, m))
FLOAT(fsqrt, softfloat_sqrt(&s->fp, s->size, n))
FLOAT(fmla, softfloat_mul_add(&s->fp, s->size, d, n, m))
FLOAT(fmls, softfloat_mul_add(&s->fp, s->size, d, n ^ sign(s), m))
FLOAT(frecps, softfloat_recip_step(&s->fp, s->size, n, m))
FLOAT(frsqrts, softfloat_rsqrt_step(&s->fp, s->size, n, m))
FLOAT(fabd, softfloat_sub(&s->fp, s->size, n, m) & ~sign(s))
FLOAT(fmax, softfloat_max(&s->fp, s->size, n, m))
FLOAT(fmin, softfloat_min(&s->fp, s->size, n, m))
FLOAT(fmaxnm, softfloat_max_number(&s->fp, s->size, n, m))
FLOAT(fminnm, softfloat_min_number(&s->fp, s->size, n, m))
FLOAT(fabs, n & ~sign(s))
FLOAT(fneg, n ^ sign(s))
FLOAT(frecpe, softfloat_recip_estimate(&s->fp, s->size, n))
FLOAT(frsqrte, softfloat_rsqrt_estimate(&s->fp, s->size, n))
FLOAT(frecpx, softfloat_recip_exponent(&s->fp, s->size, n))
FLOAT(urecpe, softfloat_recip_estimate_unsigned((uint32_t)n))
FLOAT(ursqrte, softfloat_rsqrt_estimate_unsigned((uint32_t)n))

/* ---- Comparisons --------------------------------------------------------- */

static uint64_t compare(struct simd *s, uint64_t n, uint64_t m, bool or_equal)
{
    enum softfloat_relation relation =
        softfloat_compare(&s->fp, s->size, n, m, true);

    return truth(relation == FP_GREATER || (or_equal && relation == FP_EQUAL));
}

FLOAT(fcmeq, truth(softfloat_compare(&s->fp, s->size, n, m, false) == FP_EQUAL))
FLOAT(fcmgt, compare(s, n, m, false))
FLOAT(fcmge, compare(s, n, m, true))
FLOAT(fcmlt, compare(s, m, n, false))
FLOAT(fcmle, compare(s, m, n, true))
FLOAT(facgt, compare(s, n & ~sign(s), m & ~sign(s), false))
FLOAT(facge, compare(s, n & ~sign(s), m & ~sign(s), true))

/* ---- Rounding and conversion --------------------------------------------- */

static uint64_t integral(struct simd *s, uint64_t n,
                         enum softfloat_rounding rounding, bool exact)
{
    return softfloat_round_integral(&s->fp, s->size, n, rounding, exact);
}

FLOAT(frintn, integral(s, n, ROUND_TIES_EVEN, false))
FLOAT(frintp, integral(s, n, ROUND_UP, false))
FLOAT(frintm, integral(s, n, ROUND_DOWN, false))
FLOAT(frintz, integral(s, n, ROUND_TO_ZERO, false))
FLOAT(frinta, integral(s, n, ROUND_TIES_AWAY, false))
FLOAT(frintx, integral(s, n, softfloat_rounding(&s->fp), true))
FLOAT(frinti, integral(s, n, softfloat_rounding(&s->fp), false))

/* m is the number of fraction bits, 0 for the forms without. */
static uint64_t to_fixed(struct simd *s, uint64_t n, uint64_t m,
                         enum softfloat_rounding rounding)
{
    return softfloat_to_fixed(&s->fp, s->size, n, s->size, !s->is_unsigned,
                              (unsigned)m, rounding);
}

FLOAT(fcvtn_integer, to_fixed(s, n, m, ROUND_TIES_EVEN))
FLOAT(fcvtp_integer, to_fixed(s, n, m, ROUND_UP))
FLOAT(fcvtm_integer, to_fixed(s, n, m, ROUND_DOWN))
FLOAT(fcvtz_integer, to_fixed(s, n, m, ROUND_TO_ZERO))
FLOAT(fcvta_integer, to_fixed(s, n, m, ROUND_TIES_AWAY))
FLOAT(from_fixed,
      softfloat_from_fixed(&s->fp, s->size,
                           s->is_unsigned ? n
                                          : (uint64_t)simd_signed(s->size, n),
                           !s->is_unsigned, (unsigned)m))
FLOAT(fcvt_narrow, softfloat_convert(&s->fp, 2 * s->size, s->size, n,
                                     softfloat_rounding(&s->fp)))
FLOAT(fcvt_narrow_odd,
      softfloat_convert(&s->fp, 2 * s->size, s->size, n, ROUND_TO_ODD))

/* FCVTL: elements that shapes would extend as integers. */
void simd_fcvt_long(struct simd *s, simd_operation *operation)
{
    const struct aarch64_vector n = *simd_register(s, 5);
    struct aarch64_vector *d = simd_register(s, 0);
    unsigned elements = 64 / s->size;

    (void)operation;
    for (unsigned i = 0; i < elements; i++) {
        simd_set(
            d, 2 * s->size, i,
            softfloat_convert(&s->fp, s->size, 2 * s->size,
                              simd_get(&n, s->size, (s->q ? elements : 0) + i),
                              softfloat_rounding(&s->fp)));
    }
}

/* ---- Scalar instructions of their own shape ------------------------------ */

static void set_scalar(struct simd *s, unsigned size, uint64_t value)
{
    struct aarch64_vector *d = simd_register(s, 0);

    d->d[0] = value & simd_mask(size);
    d->d[1] = 0;
}

/* FCVT: to the format in bits 16:15. */
void simd_fcvt(struct simd *s, simd_operation *operation)
{
    unsigned type = simd_field(s, 15, 2);
    unsigned to = type == 0 ? 32 : type == 1 ? 64 : 16;

    (void)operation;
    set_scalar(s, to,
               softfloat_convert(&s->fp, s->size, to,
                                 simd_get(simd_register(s, 5), s->size, 0),
                                 softfloat_rounding(&s->fp)));
}

/* FMADD and its kin: bit 15 negates the product, bit 21 both. */
void simd_fmadd(struct simd *s, simd_operation *operation)
{
    uint64_t n = simd_get(simd_register(s, 5), s->size, 0);
    uint64_t m = simd_get(simd_register(s, 16), s->size, 0);
    uint64_t a = simd_get(simd_register(s, 10), s->size, 0);
    bool subtract = simd_field(s, 15, 1) != 0;
    bool negate = simd_field(s, 21, 1) != 0;

    (void)operation;
    n ^= subtract != negate ? sign(s) : 0;
    a ^= negate ? sign(s) : 0;
    set_scalar(s, s->size, softfloat_mul_add(&s->fp, s->size, a, n, m));
}

/* To a general register: rounding in bits 20:19, or 18 for ties away. */
void simd_fcvt_general(struct simd *s, simd_operation *operation)
{
    static const enum softfloat_rounding roundings[] = {
        ROUND_TIES_EVEN, ROUND_UP, ROUND_DOWN, ROUND_TO_ZERO};
    unsigned width = simd_field(s, 31, 1) != 0 ? 64 : 32;
    bool integer = simd_field(s, 21, 1) != 0;
    unsigned d = simd_field(s, 0, 5);
    uint64_t value = softfloat_to_fixed(
        &s->fp, s->size, simd_get(simd_register(s, 5), s->size, 0), width,
        simd_field(s, 16, 1) == 0, integer ? 0 : 64 - simd_field(s, 10, 6),
        simd_field(s, 18, 1) != 0 ? ROUND_TIES_AWAY
                                  : roundings[simd_field(s, 19, 2)]);

    (void)operation;
    if (d != 31) {
        s->pe->state.r[d] = value;
    }
}

void simd_cvtf_general(struct simd *s, simd_operation *operation)
{
    unsigned width = simd_field(s, 31, 1) != 0 ? 64 : 32;
    bool integer = simd_field(s, 21, 1) != 0;
    bool is_signed = simd_field(s, 16, 1) == 0;
    unsigned n = simd_field(s, 5, 5);
    uint64_t value = n == 31 ? 0 : s->pe->state.r[n];

    (void)operation;
    if (width == 32) {
        value = is_signed ? (uint64_t)(int32_t)value : (uint32_t)value;
    }
    set_scalar(s, s->size,
               softfloat_from_fixed(&s->fp, s->size, value, is_signed,
                                    integer ? 0 : 64 - simd_field(s, 10, 6)));
}

static void compare_to_flags(struct simd *s, bool with_zero, bool signalling)
{
    static const uint8_t flags[] = {
        [FP_LESS] = 8, [FP_EQUAL] = 6, [FP_GREATER] = 2, [FP_UNORDERED] = 3};
    uint64_t m = with_zero ? 0 : simd_get(simd_register(s, 16), s->size, 0);

    s->pe->state.r[IR_NZCV] = flags[softfloat_compare(
        &s->fp, s->size, simd_get(simd_register(s, 5), s->size, 0), m,
        signalling)];
}

void simd_fcmp(struct simd *s, simd_operation *operation)
{
    (void)operation;
    compare_to_flags(s, simd_field(s, 3, 1) != 0, simd_field(s, 4, 1) != 0);
}

static bool holds(struct simd *s)
{
    unsigned condition = simd_field(s, 12, 4);
    unsigned nzcv = (unsigned)s->pe->state.r[IR_NZCV];
    bool n = (nzcv & 8) != 0, z = (nzcv & 4) != 0;
    bool c = (nzcv & 2) != 0, v = (nzcv & 1) != 0;
    const bool base[] = {z, c, n, v, c && !z, n == v, n == v && !z, true};

    return base[condition >> 1] != ((condition & 1) != 0 && condition != 15);
}

void simd_fccmp(struct simd *s, simd_operation *operation)
{
    (void)operation;
    if (holds(s)) {
        compare_to_flags(s, false, simd_field(s, 4, 1) != 0);
    } else {
        s->pe->state.r[IR_NZCV] = simd_field(s, 0, 4);
    }
}

void simd_fcsel(struct simd *s, simd_operation *operation)
{
    (void)operation;
    set_scalar(s, s->size,
               simd_get(simd_register(s, holds(s) ? 5 : 16), s->size, 0));
}

/* FMOV between general and vector registers; bit 19: the upper half, bit 16:
 * from the general register. A half uses 16 bits, a single 32. */
void simd_fmov_general(struct simd *s, simd_operation *operation)
{
    bool upper = simd_field(s, 19, 1) != 0;
    unsigned general = simd_field(s, simd_field(s, 16, 1) != 0 ? 5 : 0, 5);
    unsigned size = upper ? 64 : s->size;

    (void)operation;
    if (simd_field(s, 16, 1) != 0) {
        uint64_t value = general == 31 ? 0 : s->pe->state.r[general];

        if (upper) {
            simd_register(s, 0)->d[1] = value;
        } else {
            set_scalar(s, size, value);
        }
    } else if (general != 31) {
        s->pe->state.r[general] =
            simd_get(simd_register(s, 5), size, upper ? 1 : 0);
    }
}

/* FJCVTZS: the low 32 bits of the integer; Z if that is all of the number. */
void simd_fjcvtzs(struct simd *s, simd_operation *operation)
{
    uint64_t n = simd_register(s, 5)->d[0];
    unsigned exponent = (unsigned)(n >> 52 & 2047);
    uint64_t fraction = (n & ((1ull << 52) - 1)) | 1ull << 52;
    struct softfloat plain = {.fpcr = s->fp.fpcr};
    unsigned d = simd_field(s, 0, 5);
    uint32_t low = 0;

    (void)operation;
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
    if (d != 31) {
        s->pe->state.r[d] = low;
    }
}
