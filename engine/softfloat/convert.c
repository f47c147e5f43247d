/* SPDX-License-Identifier: Apache-2.0 */
/* Between formats, integers and fixed point, and rounding to integral. */
#include "engine/softfloat/unpacked.h"

/* A finite number times 2^scale as an integer. More than 64 bits: *wide. */
static uint64_t to_integer(const struct number *n, int scale,
                           enum softfloat_rounding rounding, bool *inexact,
                           bool *wide)
{
    int shift = 63 - n->exponent - scale; /* right, to make it an integer */

    *inexact = false;
    *wide = shift < 0;
    if (shift <= 0) {
        return n->significand;
    }

    /* One bit of the fraction and a sticky one below it decide. */
    uint64_t value = shift > 63 ? 0 : n->significand >> shift;
    uint64_t rest = shift > 64    ? 1
                    : shift == 64 ? n->significand
                                  : n->significand << (64 - shift);

    if (shift > 64) {
        *inexact = true;
    }
    *inexact |= rest != 0;
    if (rounds_up(rounding, n->negative, (value & 1) != 0, rest, 1ull << 63)) {
        value++; /* cannot wrap: a shift is at least 1 */
    }
    return value;
}

uint64_t softfloat_round_integral(struct softfloat *fp, unsigned size,
                                  uint64_t bits,
                                  enum softfloat_rounding rounding, bool exact)
{
    struct number a = unpack(fp, size, bits);
    bool inexact, wide;

    if (is_nan(&a)) {
        return process_nan(fp, size, &a);
    }
    if (a.kind == KIND_ZERO) {
        return zero(size, a.negative);
    }
    if (a.kind == KIND_INFINITY || a.exponent >= (int)fraction_bits_of(size)) {
        return bits;
    }

    uint64_t value = to_integer(&a, 0, rounding, &inexact, &wide);

    if (exact && inexact) {
        fp->fpsr |= FPSR_IXC;
    }
    if (value == 0) {
        return zero(size, a.negative);
    }

    int shift = __builtin_clzll(value);
    struct number n = {.kind = KIND_FINITE,
                       .negative = a.negative,
                       .exponent = 63 - shift,
                       .significand = value << shift};

    return softfloat_round_as(fp, size, &n, ROUND_TO_ZERO, false, false);
}

/* FPConvertNaN: the top of the payload is kept. */
static uint64_t convert_nan(unsigned from, unsigned to, const struct number *a)
{
    uint64_t payload = a->bits << (64 - fraction_bits_of(from));

    return with_sign(to, a->negative,
                     infinity(to, false) |
                         payload >> (64 - fraction_bits_of(to)) |
                         1ull << (fraction_bits_of(to) - 1));
}

uint64_t softfloat_convert(struct softfloat *fp, unsigned from, unsigned to,
                           uint64_t bits, enum softfloat_rounding rounding)
{
    bool alternative = (fp->fpcr & FPCR_AHP) != 0;
    bool flush = (fp->fpcr & FPCR_FZ) != 0; /* FZ16 does not apply */
    bool alternative_to = alternative && to == 16;
    struct number a = unpack_as(fp, from, bits, flush && from != 16,
                                alternative && from == 16);

    if (is_nan(&a)) {
        if (a.kind == KIND_SIGNALLING || alternative_to) {
            fp->fpsr |= FPSR_IOC;
        }
        return alternative_to              ? zero(to, a.negative)
               : (fp->fpcr & FPCR_DN) != 0 ? default_nan(to)
                                           : convert_nan(from, to, &a);
    }
    if (a.kind == KIND_INFINITY) {
        if (alternative_to) {
            fp->fpsr |= FPSR_IOC;
            return with_sign(to, a.negative, 0x7fff);
        }
        return infinity(to, a.negative);
    }
    if (a.kind == KIND_ZERO) {
        return zero(to, a.negative);
    }
    return softfloat_round_as(fp, to, &a, rounding, flush && to != 16,
                              alternative_to);
}

/* The nearest that fits. */
static uint64_t saturate(struct softfloat *fp, unsigned width, bool is_signed,
                         bool negative)
{
    fp->fpsr |= FPSR_IOC;
    if (!is_signed) {
        return negative ? 0 : ~0ull >> (64 - width);
    }
    return (1ull << (width - 1)) - (negative ? 0 : 1);
}

uint64_t softfloat_to_fixed(struct softfloat *fp, unsigned size, uint64_t bits,
                            unsigned width, bool is_signed,
                            unsigned fraction_bits,
                            enum softfloat_rounding rounding)
{
    struct number a = unpack(fp, size, bits);
    bool inexact, wide;

    if (is_nan(&a)) {
        fp->fpsr |= FPSR_IOC;
        return 0;
    }
    if (a.kind == KIND_ZERO) {
        return 0;
    }
    if (a.kind == KIND_INFINITY) {
        return saturate(fp, width, is_signed, a.negative);
    }

    uint64_t value =
        to_integer(&a, (int)fraction_bits, rounding, &inexact, &wide);
    uint64_t largest = a.negative ? (is_signed ? 1ull << (width - 1) : 0)
                                  : ~0ull >> (64 - width + (is_signed ? 1 : 0));

    if (wide || value > largest) {
        return saturate(fp, width, is_signed, a.negative);
    }
    if (inexact) {
        fp->fpsr |= FPSR_IXC;
    }
    return (a.negative ? 0 - value : value) & ~0ull >> (64 - width);
}

uint64_t softfloat_from_fixed(struct softfloat *fp, unsigned size,
                              uint64_t value, bool is_signed,
                              unsigned fraction_bits)
{
    struct number n = {.kind = KIND_FINITE,
                       .negative = is_signed && value >> 63 != 0};
    uint64_t magnitude = n.negative ? 0 - value : value;

    if (magnitude == 0) {
        return 0;
    }

    int shift = __builtin_clzll(magnitude);

    n.significand = magnitude << shift;
    n.exponent = 63 - shift - (int)fraction_bits;
    return softfloat_round_as(fp, size, &n, softfloat_rounding(fp),
                              flushes(fp, size), false);
}
