/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding to a format: FPRoundBase of the Arm ARM's pseudocode. */
#include "engine/softfloat/unpacked.h"

uint64_t softfloat_overflow(struct softfloat *fp, unsigned size, bool negative,
                            enum softfloat_rounding rounding)
{
    bool to_infinity = rounding == ROUND_TIES_EVEN ||
                       rounding == ROUND_TIES_AWAY ||
                       (rounding == ROUND_UP && !negative) ||
                       (rounding == ROUND_DOWN && negative);

    fp->fpsr |= FPSR_OFC | FPSR_IXC;
    return to_infinity ? infinity(size, negative)
                       : largest_normal(size, negative);
}

uint64_t softfloat_round_as(struct softfloat *fp, unsigned size,
                            const struct number *n,
                            enum softfloat_rounding rounding, bool flush,
                            bool alternative)
{
    unsigned width = fraction_bits_of(size);
    unsigned below = 63 - width;
    uint64_t significand = n->significand;
    int biased = n->exponent + exponent_bias(size);

    if (biased <= 0) {
        if (flush) {
            fp->fpsr |= FPSR_UFC;
            return zero(size, n->negative);
        }
        significand = shift_right_sticky(significand, (unsigned)(1 - biased));
        biased = 0;
    }

    uint64_t mantissa = significand >> below;
    uint64_t error = significand & ((1ull << below) - 1);

    /* Tiny is decided before rounding. */
    if (biased == 0 && error != 0) {
        fp->fpsr |= FPSR_UFC;
    }
    if (rounding == ROUND_TO_ODD) {
        mantissa |= error != 0;
    } else if (rounds_up(rounding, n->negative, (mantissa & 1) != 0, error,
                         1ull << (below - 1))) {
        mantissa++;
    }
    /* The leading bit adds one to the exponent field; a carry out of the
     * mantissa adds another. */
    uint64_t bits =
        ((uint64_t)(biased == 0 ? 0 : biased - 1) << width) + mantissa;

    if (alternative) {
        if (bits >> width >= 32) {
            fp->fpsr |= FPSR_IOC;
            return with_sign(size, n->negative, 0x7fff);
        }
    } else if (bits >= infinity(size, false)) {
        return softfloat_overflow(fp, size, n->negative, rounding);
    }
    if (error != 0) {
        fp->fpsr |= FPSR_IXC;
    }
    return with_sign(size, n->negative, bits);
}
