/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons, minimum and maximum. */
#include "engine/softfloat/unpacked.h"

/* Neither is a NaN. Encodings of one sign are ordered like numbers. */
static enum softfloat_relation order(unsigned size, const struct number *a,
                                     const struct number *b)
{
    uint64_t x = a->kind == KIND_ZERO ? 0 : a->bits & ~sign_bit(size);
    uint64_t y = b->kind == KIND_ZERO ? 0 : b->bits & ~sign_bit(size);

    if (x == 0 && y == 0) {
        return FP_EQUAL;
    }
    if (a->negative != b->negative) {
        return a->negative ? FP_LESS : FP_GREATER;
    }
    if (x == y) {
        return FP_EQUAL;
    }
    return (x < y) != a->negative ? FP_LESS : FP_GREATER;
}

enum softfloat_relation softfloat_compare(struct softfloat *fp, unsigned size,
                                          uint64_t a_bits, uint64_t b_bits,
                                          bool signalling)
{
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);

    if (is_nan(&a) || is_nan(&b)) {
        if (signalling || a.kind == KIND_SIGNALLING ||
            b.kind == KIND_SIGNALLING) {
            fp->fpsr |= FPSR_IOC;
        }
        return FP_UNORDERED;
    }
    return order(size, &a, &b);
}

uint64_t softfloat_extremum(struct softfloat *fp, unsigned size,
                            uint64_t a_bits, uint64_t b_bits, bool greatest)
{
    struct number a = unpack(fp, size, a_bits);
    struct number b = unpack(fp, size, b_bits);

    if (is_nan(&a) || is_nan(&b)) {
        return process_nans(fp, size, &a, &b);
    }

    enum softfloat_relation relation = order(size, &a, &b);
    const struct number *n =
        relation == (greatest ? FP_GREATER : FP_LESS) ? &a : &b;

    if (n->kind == KIND_ZERO) {
        /* With two zeros the sign decides; FPMax and FPMin. */
        bool negative = n->negative;

        if (relation == FP_EQUAL) {
            negative =
                greatest ? a.negative && b.negative : a.negative || b.negative;
        }
        return zero(size, negative);
    }
    return n->bits;
}

static bool is_quiet(unsigned size, uint64_t bits)
{
    return (bits & ~sign_bit(size)) >= default_nan(size);
}

uint64_t softfloat_extremum_number(struct softfloat *fp, unsigned size,
                                   uint64_t a, uint64_t b, bool greatest)
{
    bool quiet_a = is_quiet(size, a);
    bool quiet_b = is_quiet(size, b);

    if (quiet_a && !quiet_b) {
        a = infinity(size, greatest);
    } else if (quiet_b && !quiet_a) {
        b = infinity(size, greatest);
    }
    return softfloat_extremum(fp, size, a, b, greatest);
}
