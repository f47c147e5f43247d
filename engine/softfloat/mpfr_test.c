/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GNU MPFR is the oracle for what rounds: arithmetic, fused multiply-add,
 * square root and conversions, in half, single and double precision and all
 * rounding modes, flags included. What rounds nothing (NaNs, flushing, the
 * division by zero) is written down here from the pseudocode of DDI 0487
 * (J1.3: FPUnpack, FPProcessNaNs, FPRound). Tininess is decided before
 * rounding.
 *
 * CAIRN_MPFR_CASES sets how many cases each test tries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "engine/softfloat/softfloat.h"
#include "tests/harness.h"
#include "tests/random.h"

enum operation { ADD, SUB, MUL, DIV, SQRT, MUL_ADD, OPERATIONS };

/* A format; exponents are MPFR's, of numbers from 1/2 to 1. */
struct format {
    unsigned size, fraction, exponent;
    mpfr_exp_t least, normal, most; /* subnormal, normal, finite */
};

static const struct format formats[] = {
    {16, 10, 5,  -23,   -13,   16  },
    {32, 23, 8,  -148,  -125,  128 },
    {64, 52, 11, -1073, -1021, 1024},
};
static const struct format alternative_half = {16, 10, 5, -23, -13, 17};

static const mpfr_rnd_t modes[4] = {MPFR_RNDN, MPFR_RNDU, MPFR_RNDD, MPFR_RNDZ};

struct outcome {
    uint64_t bits;
    uint32_t flags;
};

static uint64_t case_count(void)
{
    return test_number("CAIRN_MPFR_CASES", 300000);
}

/* ---- Bits ---------------------------------------------------------------- */

static uint64_t ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

static uint64_t fraction_of(const struct format *f, uint64_t bits)
{
    return bits & ones(f->fraction);
}

static uint64_t quiet_bit(const struct format *f)
{
    return (uint64_t)1 << ((f->fraction - 1) & 63);
}

static uint64_t exponent_of(const struct format *f, uint64_t bits)
{
    return bits >> (f->fraction & 63) & ones(f->exponent);
}

static bool is_negative(const struct format *f, uint64_t bits)
{
    return (bits >> (f->size - 1) & 1) != 0;
}

static bool is_special(const struct format *f, uint64_t bits)
{
    return exponent_of(f, bits) == ones(f->exponent);
}

static bool is_nan(const struct format *f, uint64_t bits)
{
    return is_special(f, bits) && fraction_of(f, bits) != 0;
}

static bool is_infinity(const struct format *f, uint64_t bits)
{
    return is_special(f, bits) && fraction_of(f, bits) == 0;
}

static bool is_zero(const struct format *f, uint64_t bits)
{
    return (bits & ones(f->size - 1)) == 0;
}

static bool is_signalling(const struct format *f, uint64_t bits)
{
    return is_nan(f, bits) && (bits & quiet_bit(f)) == 0;
}

static uint64_t infinity(const struct format *f, bool negative)
{
    uint64_t exponent = ones(f->exponent) << (f->fraction & 63);

    return exponent | (uint64_t)negative << ((f->size - 1) & 63);
}

static uint64_t default_nan(const struct format *f)
{
    return infinity(f, false) | quiet_bit(f);
}

/* Bits with few set, edges of the exponents, and the special values. */
static uint64_t operand(uint64_t *state, const struct format *f)
{
    uint64_t bits = random64(state) & ones(f->size);
    uint64_t choice = random64(state);
    uint64_t top = ones(f->exponent);
    const uint64_t exponents[] = {
        0,           1,           2,
        top,         top - 1,     top / 2,
        top / 2 + 1, top / 2 - 1, top / 2 + f->fraction,
        0,           1,           top / 2};

    if ((choice & 1) != 0) {
        bits &= ~(top << (f->fraction & 63));
        bits |= exponents[(choice >> 8) % 12] << (f->fraction & 63);
    }
    switch (choice >> 1 & 7) {
    case 0:
        return bits & ~ones(f->fraction - 2);
    case 1:
        return bits | ones(f->fraction - 1);
    case 2:
        return bits & ~ones(f->fraction);
    default:
        return bits;
    }
}

/* ---- Numbers of MPFR ----------------------------------------------------- */

static void decode(mpfr_t number, const struct format *f, uint64_t bits)
{
    uint64_t exponent = exponent_of(f, bits);
    uint64_t significand = fraction_of(f, bits);
    long scale = -(long)(ones(f->exponent - 1) + f->fraction - 1);
    mpz_t integer;

    if (exponent != 0) {
        significand |= quiet_bit(f) << 1;
        scale += (long)exponent - 1;
    }
    mpz_init(integer);
    mpz_import(integer, 1, 1, sizeof(significand), 0, 0, &significand);
    mpfr_set_z_2exp(number, integer, scale, MPFR_RNDN);
    mpfr_setsign(number, number, is_negative(f, bits), MPFR_RNDN);
    mpz_clear(integer);
}

static uint64_t encode(const struct format *f, mpfr_t number)
{
    uint64_t sign = (uint64_t)(mpfr_signbit(number) != 0)
                    << ((f->size - 1) & 63);
    uint64_t significand = 0;
    mpz_t integer;

    if (mpfr_inf_p(number) != 0) {
        return infinity(f, sign != 0);
    }
    if (mpfr_zero_p(number) != 0) {
        return sign;
    }
    mpz_init(integer);
    mpfr_exp_t exponent = mpfr_get_exp(number);
    long scale = (long)f->fraction + 1 -
                 (long)(exponent < f->normal ? f->normal : exponent);
    mpfr_mul_2si(number, number, scale, MPFR_RNDN);
    mpfr_get_z(integer, number, MPFR_RNDN);
    mpz_export(&significand, NULL, 1, sizeof(significand), 0, 0, integer);
    mpz_clear(integer);
    significand &= ones(f->fraction + 1);
    if (exponent >= f->normal) {
        significand += (uint64_t)(exponent - f->normal) << f->fraction;
    }
    return sign | significand;
}

/* number was rounded with mode and ternary to the precision of the format;
 * exact was cut off to it. The rest of FPRound. */
static struct outcome finish(const struct format *f, uint32_t fpcr,
                             mpfr_t number, int ternary, mpfr_t exact,
                             mpfr_rnd_t mode)
{
    mpfr_exp_t least = mpfr_get_emin();
    mpfr_exp_t most = mpfr_get_emax();
    struct outcome outcome = {0, 0};
    bool tiny = mpfr_regular_p(exact) != 0 && mpfr_get_exp(exact) < f->normal;
    bool flush = (fpcr & (f->size == 16 ? FPCR_FZ16 : FPCR_FZ)) != 0;

    if (tiny && flush) {
        outcome.bits = (uint64_t)(mpfr_signbit(exact) != 0)
                       << ((f->size - 1) & 63);
        outcome.flags = FPSR_UFC;
        return outcome;
    }
    mpfr_clear_flags();
    mpfr_set_emin(f->least);
    mpfr_set_emax(f->most);
    ternary = mpfr_check_range(number, ternary, mode);
    ternary = mpfr_subnormalize(number, ternary, mode);
    bool overflow = mpfr_overflow_p() != 0;
    mpfr_set_emin(least);
    mpfr_set_emax(most);
    outcome.flags = (ternary != 0 ? FPSR_IXC : 0u) |
                    (overflow ? FPSR_OFC | FPSR_IXC : 0u) |
                    (tiny && ternary != 0 ? FPSR_UFC : 0u);
    outcome.bits = encode(f, number);
    return outcome;
}

/* ---- FPUnpack, FPProcessNaNs --------------------------------------------- */

static void flush_input(const struct format *f, uint32_t fpcr, uint64_t *bits,
                        uint32_t *flags)
{
    if (exponent_of(f, *bits) != 0 || fraction_of(f, *bits) == 0 ||
        (fpcr & (f->size == 16 ? FPCR_FZ16 : FPCR_FZ)) == 0) {
        return;
    }
    *bits &= ~ones(f->fraction);
    *flags |= f->size == 16 ? 0 : FPSR_IDC;
}

/* True when one of the operands is a NaN, which is the result then. */
static bool process_nans(const struct format *f, uint32_t fpcr,
                         const uint64_t *operands, unsigned count,
                         struct outcome *outcome)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < count; i++) {
            uint64_t bits = operands[i];

            if (pass == 0 ? is_signalling(f, bits) : is_nan(f, bits)) {
                outcome->flags |= pass == 0 ? FPSR_IOC : 0;
                outcome->bits = (fpcr & FPCR_DN) != 0 ? default_nan(f)
                                                      : bits | quiet_bit(f);
                return true;
            }
        }
    }
    return false;
}

static bool is_invalid(const struct format *f, enum operation operation,
                       uint64_t a, uint64_t b, uint64_t c)
{
    bool signs_differ = is_negative(f, a) != is_negative(f, b);

    switch (operation) {
    case ADD:
    case SUB:
        return is_infinity(f, a) && is_infinity(f, b) &&
               signs_differ == (operation == ADD);
    case MUL:
        return (is_infinity(f, a) && is_zero(f, b)) ||
               (is_zero(f, a) && is_infinity(f, b));
    case DIV:
        return (is_zero(f, a) && is_zero(f, b)) ||
               (is_infinity(f, a) && is_infinity(f, b));
    case SQRT:
        return is_negative(f, a) && !is_zero(f, a);
    default:
        if (is_invalid(f, MUL, a, b, 0)) {
            return true;
        }
        return (is_infinity(f, a) || is_infinity(f, b)) && is_infinity(f, c) &&
               signs_differ != is_negative(f, c);
    }
}

/* ---- Arithmetic ---------------------------------------------------------- */

static int calculate(mpfr_t result, enum operation operation, mpfr_t a,
                     mpfr_t b, mpfr_t c, mpfr_rnd_t mode)
{
    switch (operation) {
    case ADD:
        return mpfr_add(result, a, b, mode);
    case SUB:
        return mpfr_sub(result, a, b, mode);
    case MUL:
        return mpfr_mul(result, a, b, mode);
    case DIV:
        return mpfr_div(result, a, b, mode);
    case SQRT:
        return mpfr_sqrt(result, a, mode);
    default:
        return mpfr_fma(result, a, b, c, mode);
    }
}

/* An infinity for MPFR too. */
static void decode_any(mpfr_t number, const struct format *f, uint64_t bits)
{
    if (is_infinity(f, bits)) {
        mpfr_set_inf(number, is_negative(f, bits) ? -1 : 1);
    } else {
        decode(number, f, bits);
    }
}

/* values: a, b and the addend. */
static struct outcome expected(const struct format *f, uint32_t fpcr,
                               enum operation operation,
                               const uint64_t values[3])
{
    struct outcome outcome = {0, 0};
    uint64_t v[3] = {values[0], values[1], values[2]};
    unsigned count = operation == SQRT ? 1 : operation == MUL_ADD ? 3 : 2;
    mpfr_rnd_t mode = modes[fpcr >> FPCR_RMODE_SHIFT & 3];
    mpfr_t n[3], number, exact;

    for (unsigned i = 0; i < count; i++) {
        flush_input(f, fpcr, &v[i], &outcome.flags);
    }
    bool invalid = is_invalid(f, operation, v[0], v[1], v[2]);
    /* The addend is the first operand of FPMulAdd. */
    const uint64_t order[3] = {v[operation == MUL_ADD ? 2 : 0],
                               v[operation == MUL_ADD ? 0 : 1], v[1]};
    if (operation == MUL_ADD && is_nan(f, v[2]) && !is_signalling(f, v[2]) &&
        is_invalid(f, MUL, v[0], v[1], 0)) {
        outcome.bits = default_nan(f);
        outcome.flags |= FPSR_IOC;
        return outcome;
    }
    if (process_nans(f, fpcr, order, count, &outcome)) {
        return outcome;
    }
    if (invalid) {
        outcome.bits = default_nan(f);
        outcome.flags |= FPSR_IOC;
        return outcome;
    }
    if (operation == DIV && is_zero(f, v[1]) && !is_infinity(f, v[0])) {
        outcome.bits =
            infinity(f, is_negative(f, v[0]) != is_negative(f, v[1]));
        outcome.flags |= FPSR_DZC;
        return outcome;
    }
    for (unsigned i = 0; i < 3; i++) {
        mpfr_init2(n[i], f->fraction + 1);
        decode_any(n[i], f, i < count ? v[i] : 0);
    }
    mpfr_inits2(f->fraction + 1, number, exact, (mpfr_ptr)0);
    int ternary = calculate(number, operation, n[0], n[1], n[2], mode);
    calculate(exact, operation, n[0], n[1], n[2], MPFR_RNDZ);
    struct outcome rounded = finish(f, fpcr, number, ternary, exact, mode);
    mpfr_clears(number, exact, n[0], n[1], n[2], (mpfr_ptr)0);
    rounded.flags |= outcome.flags;
    return rounded;
}

static uint64_t ours(struct softfloat *fp, unsigned size,
                     enum operation operation, const uint64_t v[3])
{
    switch (operation) {
    case ADD:
        return softfloat_add(fp, size, v[0], v[1]);
    case SUB:
        return softfloat_sub(fp, size, v[0], v[1]);
    case MUL:
        return softfloat_mul(fp, size, v[0], v[1]);
    case DIV:
        return softfloat_div(fp, size, v[0], v[1]);
    case SQRT:
        return softfloat_sqrt(fp, size, v[0]);
    default:
        return softfloat_mul_add(fp, size, v[2], v[0], v[1]);
    }
}

static uint32_t random_fpcr(uint64_t *state)
{
    uint64_t random = random64(state);
    uint32_t fpcr = (uint32_t)(random & 3) << FPCR_RMODE_SHIFT;

    fpcr |= (random & 0x30) == 0 ? FPCR_FZ | FPCR_FZ16 : 0;
    return fpcr | ((random & 0x300) == 0 ? FPCR_DN : 0);
}

TEST(arithmetic_is_what_mpfr_says_with_all_flags)
{
    uint64_t state = 1;
    uint64_t cases = case_count();

    for (uint64_t i = 0; i < cases; i++) {
        const struct format *f = &formats[i % 3];
        enum operation operation = (enum operation)(i / 3 % OPERATIONS);
        uint64_t v[3] = {operand(&state, f), operand(&state, f),
                         operand(&state, f)};
        struct softfloat fp = {.fpcr = random_fpcr(&state)};
        struct outcome theirs = expected(f, fp.fpcr, operation, v);
        uint64_t bits = ours(&fp, f->size, operation, v);

        if (bits != theirs.bits || fp.fpsr != theirs.flags) {
            test_case("operation %d of %u bits, FPCR %x: %llx %llx %llx",
                      (int)operation, f->size, fp.fpcr,
                      (unsigned long long)v[0], (unsigned long long)v[1],
                      (unsigned long long)v[2]);
            EXPECT_EQ(bits, theirs.bits);
            EXPECT_EQ(fp.fpsr, theirs.flags);
            return;
        }
    }
    EXPECT(state != 1);
    mpfr_free_cache();
}

/* ---- Conversions --------------------------------------------------------- */

/* FPConvertNaN: the top of the fraction is kept. */
static uint64_t convert_nan(const struct format *from, const struct format *to,
                            uint64_t bits)
{
    uint64_t fraction = fraction_of(from, bits);
    unsigned left =
        to->fraction > from->fraction ? to->fraction - from->fraction : 0;
    unsigned right =
        from->fraction > to->fraction ? from->fraction - to->fraction : 0;

    return infinity(to, is_negative(from, bits)) | quiet_bit(to) |
           fraction << left >> right;
}

static struct outcome expected_convert(const struct format *from,
                                       const struct format *to, uint32_t fpcr,
                                       uint64_t bits, bool odd)
{
    struct outcome outcome = {0, 0};
    bool from_alternative = from->size == 16 && (fpcr & FPCR_AHP) != 0;
    bool to_alternative = to->size == 16 && (fpcr & FPCR_AHP) != 0;
    mpfr_rnd_t mode = odd ? MPFR_RNDZ : modes[fpcr >> FPCR_RMODE_SHIFT & 3];
    uint64_t sign = (uint64_t)is_negative(from, bits) << (to->size - 1);
    mpfr_t source, number, exact;

    fpcr &= ~(uint32_t)FPCR_FZ16; /* not for conversions */
    flush_input(from, fpcr, &bits, &outcome.flags);
    if (!from_alternative && is_nan(from, bits)) {
        outcome.flags |=
            is_signalling(from, bits) || to_alternative ? FPSR_IOC : 0;
        outcome.bits = to_alternative          ? sign
                       : (fpcr & FPCR_DN) != 0 ? default_nan(to)
                                               : convert_nan(from, to, bits);
        return outcome;
    }
    if (!from_alternative && is_infinity(from, bits)) {
        outcome.flags |= to_alternative ? FPSR_IOC : 0;
        outcome.bits = to_alternative ? sign | 0x7fff : infinity(to, sign != 0);
        return outcome;
    }
    mpfr_inits2(to->fraction + 1, number, exact, (mpfr_ptr)0);
    mpfr_init2(source, 64);
    decode(source, from, bits);
    int ternary = mpfr_set(number, source, mode);
    mpfr_set(exact, source, MPFR_RNDZ);
    struct outcome rounded = finish(to_alternative ? &alternative_half : to,
                                    fpcr, number, ternary, exact, mode);
    if (to_alternative && (rounded.flags & FPSR_OFC) != 0) {
        rounded.bits = sign | 0x7fff;
        rounded.flags = FPSR_IOC;
    }
    if (odd && (rounded.flags & FPSR_IXC) != 0) {
        rounded.bits |= 1;
    }
    mpfr_clears(source, number, exact, (mpfr_ptr)0);
    rounded.flags |= outcome.flags;
    return rounded;
}

TEST(conversions_between_formats_are_what_mpfr_says)
{
    uint64_t state = 2;
    uint64_t cases = case_count();

    for (uint64_t i = 0; i < cases; i++) {
        const struct format *from = &formats[i % 3];
        const struct format *to = &formats[(i + 1 + i / 3 % 2) % 3];
        uint64_t bits = operand(&state, from);
        struct softfloat fp = {.fpcr = random_fpcr(&state)};
        bool odd = from->size == 64 && to->size == 32 && i / 6 % 4 == 0;

        fp.fpcr |= (random64(&state) & 3) == 0 ? FPCR_AHP : 0;
        struct outcome theirs = expected_convert(from, to, fp.fpcr, bits, odd);
        uint64_t result =
            softfloat_convert(&fp, from->size, to->size, bits,
                              odd ? ROUND_TO_ODD : softfloat_rounding(&fp));
        if (result != theirs.bits || fp.fpsr != theirs.flags) {
            test_case("%u to %u bits, FPCR %x, odd %d: %llx", from->size,
                      to->size, fp.fpcr, odd, (unsigned long long)bits);
            EXPECT_EQ(result, theirs.bits);
            EXPECT_EQ(fp.fpsr, theirs.flags);
            return;
        }
    }
    EXPECT(state != 2);
    mpfr_free_cache();
}

/* ---- Integers ------------------------------------------------------------ */

static int to_integral(mpfr_t result, mpfr_t number,
                       enum softfloat_rounding rounding)
{
    return rounding == ROUND_TIES_AWAY
               ? mpfr_round(result, number)
               : mpfr_rint(result, number, modes[rounding]);
}

TEST(rounding_to_integral_is_what_mpfr_says)
{
    uint64_t state = 3;
    uint64_t cases = case_count();

    for (uint64_t i = 0; i < cases; i++) {
        const struct format *f = &formats[i % 3];
        uint64_t bits = operand(&state, f);
        struct softfloat fp = {.fpcr = random_fpcr(&state)};
        enum softfloat_rounding rounding = (enum softfloat_rounding)(i / 3 % 5);
        bool exact = i / 15 % 2 != 0;
        struct outcome theirs = {bits, 0};

        flush_input(f, fp.fpcr, &theirs.bits, &theirs.flags);
        if (!process_nans(f, fp.fpcr, &bits, 1, &theirs) &&
            !is_infinity(f, theirs.bits)) {
            mpfr_t number;

            mpfr_init2(number, f->fraction + 1);
            decode(number, f, theirs.bits);
            int ternary = to_integral(number, number, rounding);
            theirs.flags |= exact && ternary != 0 ? FPSR_IXC : 0;
            theirs.bits = encode(f, number);
            mpfr_clear(number);
        }
        uint64_t result =
            softfloat_round_integral(&fp, f->size, bits, rounding, exact);
        if (result != theirs.bits || fp.fpsr != theirs.flags) {
            test_case("%u bits, FPCR %x, rounding %d: %llx", f->size, fp.fpcr,
                      (int)rounding, (unsigned long long)bits);
            EXPECT_EQ(result, theirs.bits);
            EXPECT_EQ(fp.fpsr, theirs.flags);
            return;
        }
    }
    EXPECT(state != 3);
    mpfr_free_cache();
}

struct integer_kind {
    unsigned width;
    bool is_signed;
    unsigned fraction_bits;
};

static struct integer_kind random_kind(uint64_t *state)
{
    uint64_t random = random64(state);
    struct integer_kind kind = {(random & 1) != 0 ? 64 : 32, (random & 2) != 0,
                                0};

    if ((random & 4) != 0) {
        kind.fraction_bits = 1 + (unsigned)((random >> 8) % kind.width);
    }
    return kind;
}

/* Saturates; the integer as its two's complement bits. */
static struct outcome expected_fixed(const struct format *f, uint32_t fpcr,
                                     uint64_t bits, struct integer_kind kind,
                                     enum softfloat_rounding rounding)
{
    struct outcome outcome = {0, 0};
    uint64_t most = ones(kind.width - kind.is_signed);
    uint64_t least = kind.is_signed ? most + 1 : 0;
    mpfr_t number, limit;

    flush_input(f, fpcr, &bits, &outcome.flags);
    if (is_nan(f, bits)) {
        outcome.flags |= FPSR_IOC;
        return outcome;
    }
    mpfr_inits2(128, number, limit, (mpfr_ptr)0);
    decode_any(number, f, bits);
    mpfr_mul_2ui(number, number, kind.fraction_bits, MPFR_RNDN);
    int ternary = to_integral(number, number, rounding);
    mpz_t integer;
    mpz_init(integer);
    mpz_import(integer, 1, 1, 8, 0, 0, &most);
    mpfr_set_z(limit, integer, MPFR_RNDN);
    bool above = mpfr_cmp(number, limit) > 0;
    mpz_import(integer, 1, 1, 8, 0, 0, &least);
    mpfr_set_z(limit, integer, MPFR_RNDN);
    mpfr_neg(limit, limit, MPFR_RNDN);
    bool below = mpfr_cmp(number, limit) < 0;
    if (above || below) {
        outcome.bits = above ? most : least;
        outcome.flags |= FPSR_IOC;
    } else {
        bool negative = mpfr_signbit(number) != 0;

        mpfr_abs(number, number, MPFR_RNDN);
        mpfr_get_z(integer, number, MPFR_RNDN);
        mpz_export(&outcome.bits, NULL, 1, 8, 0, 0, integer);
        outcome.bits =
            (negative ? 0 - outcome.bits : outcome.bits) & ones(kind.width);
        outcome.flags |= ternary != 0 ? FPSR_IXC : 0;
    }
    mpz_clear(integer);
    mpfr_clears(number, limit, (mpfr_ptr)0);
    return outcome;
}

TEST(conversion_to_integers_is_what_mpfr_says)
{
    uint64_t state = 4;
    uint64_t cases = case_count();

    for (uint64_t i = 0; i < cases; i++) {
        const struct format *f = &formats[i % 3];
        uint64_t bits = operand(&state, f);
        struct integer_kind kind = random_kind(&state);
        struct softfloat fp = {.fpcr = random_fpcr(&state)};
        enum softfloat_rounding rounding = (enum softfloat_rounding)(i / 3 % 5);
        struct outcome theirs =
            expected_fixed(f, fp.fpcr, bits, kind, rounding);
        uint64_t result =
            softfloat_to_fixed(&fp, f->size, bits, kind.width, kind.is_signed,
                               kind.fraction_bits, rounding);

        if (result != theirs.bits || fp.fpsr != theirs.flags) {
            test_case(
                "%u bits to %u, signed %d, fraction %u, rounding %d, "
                "FPCR %x: %llx",
                f->size, kind.width, kind.is_signed, kind.fraction_bits,
                (int)rounding, fp.fpcr, (unsigned long long)bits);
            EXPECT_EQ(result, theirs.bits);
            EXPECT_EQ(fp.fpsr, theirs.flags);
            return;
        }
    }
    EXPECT(state != 4);
    mpfr_free_cache();
}

TEST(conversion_from_integers_is_what_mpfr_says)
{
    uint64_t state = 5;
    uint64_t cases = case_count();

    for (uint64_t i = 0; i < cases; i++) {
        const struct format *f = &formats[i % 3];
        struct integer_kind kind = random_kind(&state);
        uint64_t value = random64(&state) >> (random64(&state) & 63);
        struct softfloat fp = {.fpcr = random_fpcr(&state)};
        mpfr_rnd_t mode = modes[softfloat_rounding(&fp)];
        mpfr_t source, number, exact;
        mpz_t integer;

        value = (random64(&state) & 1) != 0 ? value : 0 - value;
        bool negative = kind.is_signed && value >> 63 != 0;
        uint64_t magnitude = negative ? 0 - value : value;
        mpz_init(integer);
        mpz_import(integer, 1, 1, 8, 0, 0, &magnitude);
        mpfr_init2(source, 64);
        mpfr_set_z_2exp(source, integer, -(long)kind.fraction_bits, MPFR_RNDN);
        mpfr_setsign(source, source, negative, MPFR_RNDN);
        mpfr_inits2(f->fraction + 1, number, exact, (mpfr_ptr)0);
        int ternary = mpfr_set(number, source, mode);
        mpfr_set(exact, source, MPFR_RNDZ);
        struct outcome theirs =
            finish(f, fp.fpcr, number, ternary, exact, mode);
        mpfr_clears(source, number, exact, (mpfr_ptr)0);
        mpz_clear(integer);
        uint64_t result = softfloat_from_fixed(
            &fp, f->size, value, kind.is_signed, kind.fraction_bits);
        if (result != theirs.bits || fp.fpsr != theirs.flags) {
            test_case("to %u bits, signed %d, fraction %u, FPCR %x: %llx",
                      f->size, kind.is_signed, kind.fraction_bits, fp.fpcr,
                      (unsigned long long)value);
            EXPECT_EQ(result, theirs.bits);
            EXPECT_EQ(fp.fpsr, theirs.flags);
            return;
        }
    }
    EXPECT(state != 5);
    mpfr_free_cache();
}
