/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers taken apart, shared by the files of softfloat.
 *
 * A nonzero finite number is (-1)^negative * significand / 2^63 * 2^exponent
 * with bit 63 of the significand set. Bit 0 may stand for anything nonzero
 * below it ("sticky"): rounding needs no more, as formats keep 53 bits at most.
 */
#ifndef ENGINE_SOFTFLOAT_UNPACKED_H
#define ENGINE_SOFTFLOAT_UNPACKED_H

#include "engine/softfloat/softfloat.h"

enum number_kind {
    KIND_ZERO,
    KIND_FINITE,
    KIND_INFINITY,
    KIND_QUIET,
    KIND_SIGNALLING,
};

struct number {
    enum number_kind kind;
    bool negative;
    int exponent;
    uint64_t significand;
    uint64_t bits;
};

static inline unsigned fraction_bits_of(unsigned size)
{
    return size == 64 ? 52 : size == 32 ? 23 : 10;
}

/* All ones in the exponent field. */
static inline int exponent_top(unsigned size)
{
    return size == 64 ? 2047 : size == 32 ? 255 : 31;
}

static inline int exponent_bias(unsigned size)
{
    return exponent_top(size) >> 1;
}

static inline uint64_t sign_bit(unsigned size)
{
    return 1ull << (size - 1);
}

static inline uint64_t with_sign(unsigned size, bool negative, uint64_t bits)
{
    return bits | (negative ? sign_bit(size) : 0);
}

static inline uint64_t infinity(unsigned size, bool negative)
{
    return with_sign(size, negative,
                     (uint64_t)exponent_top(size) << fraction_bits_of(size));
}

static inline uint64_t largest_normal(unsigned size, bool negative)
{
    return with_sign(size, negative, infinity(size, false) - 1);
}

static inline uint64_t default_nan(unsigned size)
{
    return infinity(size, false) | 1ull << (fraction_bits_of(size) - 1);
}

static inline bool flushes(const struct softfloat *fp, unsigned size)
{
    return (fp->fpcr & (uint32_t)(size == 16 ? FPCR_FZ16 : FPCR_FZ)) != 0;
}

/* Right by any count, keeping what falls off in bit 0. */
static inline uint64_t shift_right_sticky(uint64_t value, unsigned count)
{
    if (count == 0) {
        return value;
    }
    if (count > 63) {
        return value != 0;
    }
    return value >> count | (uint64_t)(value << (64 - count) != 0);
}

static inline unsigned __int128 shift_right_sticky128(unsigned __int128 value,
                                                      unsigned count)
{
    if (count == 0) {
        return value;
    }
    if (count > 127) {
        return value != 0;
    }
    return value >> count | (unsigned __int128)(value << (128 - count) != 0);
}

/* FPUnpackBase. `flush` and `alternative` (half precision without infinities
 * and NaNs) are the caller's: conversions differ from arithmetic. */
static inline __attribute__((always_inline)) struct number
unpack_as(struct softfloat *fp, unsigned size, uint64_t bits, bool flush,
          bool alternative)
{
    unsigned width = fraction_bits_of(size);
    int exponent = (int)(bits >> width) & exponent_top(size);
    uint64_t fraction = bits & ((1ull << width) - 1);
    struct number n = {.negative = (bits & sign_bit(size)) != 0, .bits = bits};

    if (exponent == 0) {
        if (fraction != 0 && flush) {
            /* Half precision is flushed silently. */
            fp->fpsr |= size == 16 ? 0u : (uint32_t)FPSR_IDC;
            fraction = 0;
        }
        if (fraction != 0) {
            unsigned shift = (unsigned)__builtin_clzll(fraction);

            n.kind = KIND_FINITE;
            n.significand = fraction << shift;
            n.exponent = 1 - exponent_bias(size) + 63 - (int)width - (int)shift;
        }
    } else if (exponent == exponent_top(size) && !alternative) {
        n.kind = fraction == 0                        ? KIND_INFINITY
                 : (fraction >> (width - 1) & 1) != 0 ? KIND_QUIET
                                                      : KIND_SIGNALLING;
    } else {
        n.kind = KIND_FINITE;
        n.significand = 1ull << 63 | fraction << (63 - width);
        n.exponent = exponent - exponent_bias(size);
    }
    return n;
}

static inline __attribute__((always_inline)) struct number
unpack(struct softfloat *fp, unsigned size, uint64_t bits)
{
    return unpack_as(fp, size, bits, flushes(fp, size), false);
}

static inline bool is_nan(const struct number *n)
{
    return n->kind >= KIND_QUIET;
}

/* A zero with the sign after flushing. */
static inline uint64_t zero(unsigned size, bool negative)
{
    return with_sign(size, negative, 0);
}

static inline uint64_t invalid(struct softfloat *fp, unsigned size)
{
    fp->fpsr |= FPSR_IOC;
    return default_nan(size);
}

/* FPProcessNaN */
static inline uint64_t process_nan(struct softfloat *fp, unsigned size,
                                   const struct number *n)
{
    if (n->kind == KIND_SIGNALLING) {
        fp->fpsr |= FPSR_IOC;
    }
    return (fp->fpcr & FPCR_DN) != 0
               ? default_nan(size)
               : n->bits | 1ull << (fraction_bits_of(size) - 1);
}

/* FPProcessNaNs: the first signalling one, else the first quiet one. */
static inline uint64_t process_nans(struct softfloat *fp, unsigned size,
                                    const struct number *a,
                                    const struct number *b)
{
    bool second = a->kind < b->kind;

    return process_nan(fp, size, second ? b : a);
}

/* Adds one to the last place, or not, for a positive or negative number with
 * `half` of the last place's weight and `rest` below. */
static inline bool rounds_up(enum softfloat_rounding rounding, bool negative,
                             bool odd, uint64_t error, uint64_t half)
{
    switch (rounding) {
    case ROUND_TIES_EVEN:
        return error > half || (error == half && odd);
    case ROUND_TIES_AWAY:
        return error >= half;
    case ROUND_UP:
        return error != 0 && !negative;
    case ROUND_DOWN:
        return error != 0 && negative;
    default:
        return false;
    }
}

/* FPRoundBase: to `size`; flush and alternative as for unpack_as. */
uint64_t softfloat_round_as(struct softfloat *fp, unsigned size,
                            const struct number *n,
                            enum softfloat_rounding rounding, bool flush,
                            bool alternative);
/* A result above all finite numbers. */
uint64_t softfloat_overflow(struct softfloat *fp, unsigned size, bool negative,
                            enum softfloat_rounding rounding);

#endif
