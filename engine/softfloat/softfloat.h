/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point as AArch64 defines it (Arm ARM DDI 0487, A1.5 and the shared
 * pseudocode J1.3): binary16, binary32 and binary64 with the rounding modes,
 * flushing and NaN rules of FPCR, and the cumulative flags of FPSR.
 *
 * Numbers are bit patterns in the low bits of a uint64_t, zero above. `size`
 * is 16, 32 or 64. Trapped exceptions do not exist here.
 */
#ifndef ENGINE_SOFTFLOAT_SOFTFLOAT_H
#define ENGINE_SOFTFLOAT_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum softfloat_fpcr {
    FPCR_FZ16 = 1 << 19,
    FPCR_RMODE_SHIFT = 22,
    FPCR_FZ = 1 << 24,
    FPCR_DN = 1 << 25,
    FPCR_AHP = 1 << 26,
};

enum softfloat_fpsr {
    FPSR_IOC = 1 << 0,
    FPSR_DZC = 1 << 1,
    FPSR_OFC = 1 << 2,
    FPSR_UFC = 1 << 3,
    FPSR_IXC = 1 << 4,
    FPSR_IDC = 1 << 7,
    FPSR_QC = 1 << 27,
};

/* The first four as FPCR.RMode numbers them. */
enum softfloat_rounding {
    ROUND_TIES_EVEN,
    ROUND_UP,
    ROUND_DOWN,
    ROUND_TO_ZERO,
    ROUND_TIES_AWAY,
    ROUND_TO_ODD,
};

struct softfloat {
    uint32_t fpcr;
    uint32_t fpsr; /* operations only set bits */
};

static inline enum softfloat_rounding
softfloat_rounding(const struct softfloat *fp)
{
    return (enum softfloat_rounding)(fp->fpcr >> FPCR_RMODE_SHIFT & 3);
}

/* softfloat.c */
uint64_t softfloat_add(struct softfloat *fp, unsigned size, uint64_t a,
                       uint64_t b);
uint64_t softfloat_sub(struct softfloat *fp, unsigned size, uint64_t a,
                       uint64_t b);
uint64_t softfloat_mul(struct softfloat *fp, unsigned size, uint64_t a,
                       uint64_t b);
/* FMULX: infinity times zero is 2. */
uint64_t softfloat_mul_extended(struct softfloat *fp, unsigned size, uint64_t a,
                                uint64_t b);
uint64_t softfloat_div(struct softfloat *fp, unsigned size, uint64_t a,
                       uint64_t b);
uint64_t softfloat_sqrt(struct softfloat *fp, unsigned size, uint64_t a);
/* addend + a * b, rounded once. */
uint64_t softfloat_mul_add(struct softfloat *fp, unsigned size, uint64_t addend,
                           uint64_t a, uint64_t b);
/* 2 - a * b and (3 - a * b) / 2, rounded once. */
uint64_t softfloat_recip_step(struct softfloat *fp, unsigned size, uint64_t a,
                              uint64_t b);
uint64_t softfloat_rsqrt_step(struct softfloat *fp, unsigned size, uint64_t a,
                              uint64_t b);

/* compare.c */
enum softfloat_relation { FP_LESS, FP_EQUAL, FP_GREATER, FP_UNORDERED };

/* A quiet NaN sets IOC only if `signalling`; a signalling one does always. */
enum softfloat_relation softfloat_compare(struct softfloat *fp, unsigned size,
                                          uint64_t a, uint64_t b,
                                          bool signalling);
/* The greatest of two, or the least. */
uint64_t softfloat_extremum(struct softfloat *fp, unsigned size, uint64_t a,
                            uint64_t b, bool greatest);
/* A number beats a quiet NaN. */
uint64_t softfloat_extremum_number(struct softfloat *fp, unsigned size,
                                   uint64_t a, uint64_t b, bool greatest);

/* convert.c */
uint64_t softfloat_round_integral(struct softfloat *fp, unsigned size,
                                  uint64_t bits,
                                  enum softfloat_rounding rounding, bool exact);
uint64_t softfloat_convert(struct softfloat *fp, unsigned from, unsigned to,
                           uint64_t bits, enum softfloat_rounding rounding);
/* bits * 2^fraction_bits as an integer of `width` bits, saturated, zero above.
 */
uint64_t softfloat_to_fixed(struct softfloat *fp, unsigned size, uint64_t bits,
                            unsigned width, bool is_signed,
                            unsigned fraction_bits,
                            enum softfloat_rounding rounding);
/* value / 2^fraction_bits; value is sign- or zero-extended to 64 bits. */
uint64_t softfloat_from_fixed(struct softfloat *fp, unsigned size,
                              uint64_t value, bool is_signed,
                              unsigned fraction_bits);

/* estimate.c */
uint64_t softfloat_recip_estimate(struct softfloat *fp, unsigned size,
                                  uint64_t bits);
uint64_t softfloat_rsqrt_estimate(struct softfloat *fp, unsigned size,
                                  uint64_t bits);
uint64_t softfloat_recip_exponent(struct softfloat *fp, unsigned size,
                                  uint64_t bits);
/* URECPE and URSQRTE. */
uint32_t softfloat_recip_estimate_unsigned(uint32_t a);
uint32_t softfloat_rsqrt_estimate_unsigned(uint32_t a);

#endif
