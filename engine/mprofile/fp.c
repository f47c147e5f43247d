/* SPDX-License-Identifier: Apache-2.0 */
/* Values of FPv4 and FPv5: DDI 0403E A2.5 and A7.7, DDI 0553 C2.4. FPSCR has
 * the control bits and flags of A64's FPCR and FPSR at the same places. */
#include "engine/memory.h"
#include "engine/mprofile/dsp.h"
#include "engine/mprofile/mprofile.h"
#include "engine/softfloat/softfloat.h"

enum {
    FPSCR_CONTROL = FPCR_AHP | FPCR_DN | FPCR_FZ | 3 << FPCR_RMODE_SHIFT,
    NZCV_SHIFT = 28,
};

/* One instruction. Numbers are in the low `size` bits. */
struct fp {
    struct softfloat soft;
    struct mprofile_state *state;
    unsigned size;
    uint64_t d, n, m;
    unsigned rd, rm;
    unsigned imm, amount;
};

/* ---- Registers ----------------------------------------------------------- */

/* Some rows name an S register where others have a D register's number, and do
 * not use what is read there. */
static uint64_t get(const struct mprofile_state *s, unsigned number,
                    unsigned size)
{
    const uint32_t *pair = &s->s[2 * (number & 15)];

    return size == 64 ? pair[0] | (uint64_t)pair[1] << 32 : s->s[number & 31];
}

static void put(struct mprofile_state *s, unsigned number, unsigned size,
                uint64_t value)
{
    if (size == 64) {
        s->s[2 * number] = (uint32_t)value;
        s->s[2 * number + 1] = (uint32_t)(value >> 32);
    } else {
        s->s[number] = (uint32_t)value;
    }
}

static void put_result(struct fp *fp, uint64_t value)
{
    put(fp->state, fp->rd, fp->size, value);
}

static uint64_t negated(const struct fp *fp, uint64_t value)
{
    return value ^ (uint64_t)1 << (fp->size - 1);
}

/* ---- Arithmetic ---------------------------------------------------------- */

static uint64_t product(struct fp *fp)
{
    return softfloat_mul(&fp->soft, fp->size, fp->n, fp->m);
}

static void add(struct fp *fp)
{
    put_result(fp, softfloat_add(&fp->soft, fp->size, fp->n, fp->m));
}

static void subtract(struct fp *fp)
{
    put_result(fp, softfloat_sub(&fp->soft, fp->size, fp->n, fp->m));
}

static void multiply(struct fp *fp)
{
    put_result(fp, product(fp));
}

static void multiply_negate(struct fp *fp)
{
    put_result(fp, negated(fp, product(fp)));
}

static void divide(struct fp *fp)
{
    put_result(fp, softfloat_div(&fp->soft, fp->size, fp->n, fp->m));
}

static void square_root(struct fp *fp)
{
    put_result(fp, softfloat_sqrt(&fp->soft, fp->size, fp->m));
}

/* With a rounding between product and sum. */
static void accumulate(struct fp *fp, bool negates_addend, bool negates_product)
{
    const uint64_t p = product(fp);

    put_result(fp, softfloat_add(&fp->soft, fp->size,
                                 negates_addend ? negated(fp, fp->d) : fp->d,
                                 negates_product ? negated(fp, p) : p));
}

static void mla(struct fp *fp)
{
    accumulate(fp, false, false);
}

static void mls(struct fp *fp)
{
    accumulate(fp, false, true);
}

static void nmla(struct fp *fp)
{
    accumulate(fp, true, true);
}

static void nmls(struct fp *fp)
{
    accumulate(fp, true, false);
}

/* With one rounding. */
static void fuse(struct fp *fp, bool negates_addend, bool negates_product)
{
    put_result(fp, softfloat_mul_add(
                       &fp->soft, fp->size,
                       negates_addend ? negated(fp, fp->d) : fp->d,
                       negates_product ? negated(fp, fp->n) : fp->n, fp->m));
}

static void fused_ma(struct fp *fp)
{
    fuse(fp, false, false);
}

static void fused_ms(struct fp *fp)
{
    fuse(fp, false, true);
}

static void fused_nma(struct fp *fp)
{
    fuse(fp, true, true);
}

static void fused_nms(struct fp *fp)
{
    fuse(fp, true, false);
}

static void greatest(struct fp *fp)
{
    put_result(
        fp, softfloat_extremum_number(&fp->soft, fp->size, fp->n, fp->m, true));
}

static void least(struct fp *fp)
{
    put_result(fp, softfloat_extremum_number(&fp->soft, fp->size, fp->n, fp->m,
                                             false));
}

/* ---- Comparisons --------------------------------------------------------- */

static void compare_with(struct fp *fp, uint64_t other, bool signalling)
{
    static const uint8_t nzcv[] = {
        [FP_LESS] = 8, [FP_EQUAL] = 6, [FP_GREATER] = 2, [FP_UNORDERED] = 3};
    const enum softfloat_relation relation =
        softfloat_compare(&fp->soft, fp->size, fp->d, other, signalling);

    fp->state->fpscr = (fp->state->fpscr & ~(15u << NZCV_SHIFT)) |
                       (uint32_t)nzcv[relation] << NZCV_SHIFT;
}

static void compare(struct fp *fp)
{
    compare_with(fp, fp->m, false);
}

static void compare_signalling(struct fp *fp)
{
    compare_with(fp, fp->m, true);
}

static void compare_zero(struct fp *fp)
{
    compare_with(fp, 0, false);
}

static void compare_zero_signalling(struct fp *fp)
{
    compare_with(fp, 0, true);
}

/* ---- Conversions --------------------------------------------------------- */

static void to_double(struct fp *fp)
{
    put(fp->state, fp->rd, 64,
        softfloat_convert(&fp->soft, 32, 64, get(fp->state, fp->rm, 32),
                          softfloat_rounding(&fp->soft)));
}

static void to_single(struct fp *fp)
{
    put(fp->state, fp->rd, 32,
        softfloat_convert(&fp->soft, 64, 32, get(fp->state, fp->rm, 64),
                          softfloat_rounding(&fp->soft)));
}

/* The other half of the register stays. */
static void to_half(struct fp *fp)
{
    const unsigned shift = 16 * fp->imm;
    const uint64_t result = softfloat_convert(&fp->soft, fp->size, 16, fp->m,
                                              softfloat_rounding(&fp->soft));
    uint32_t *s = &fp->state->s[fp->rd];

    *s = (*s & ~(0xffffu << shift)) | (uint32_t)result << shift;
}

static void from_half(struct fp *fp)
{
    const uint16_t bits = (uint16_t)(fp->state->s[fp->rm] >> 16 * fp->imm);

    put_result(fp, softfloat_convert(&fp->soft, 16, fp->size, bits,
                                     softfloat_rounding(&fp->soft)));
}

static void to_integer(struct fp *fp, enum softfloat_rounding rounding)
{
    put(fp->state, fp->rd, 32,
        softfloat_to_fixed(&fp->soft, fp->size, fp->m, 32, fp->imm == 0, 0,
                           rounding));
}

static void to_integer_zero(struct fp *fp)
{
    to_integer(fp, ROUND_TO_ZERO);
}

static void to_integer_rounded(struct fp *fp)
{
    to_integer(fp, softfloat_rounding(&fp->soft));
}

/* A, N, P and M, as encodings number them. */
static enum softfloat_rounding directed(const struct fp *fp)
{
    static const enum softfloat_rounding roundings[] = {
        ROUND_TIES_AWAY, ROUND_TIES_EVEN, ROUND_UP, ROUND_DOWN};

    return roundings[fp->amount & 3];
}

static void to_integer_directed(struct fp *fp)
{
    to_integer(fp, directed(fp));
}

static void from_integer(struct fp *fp)
{
    const uint32_t bits = fp->state->s[fp->rm];
    const bool is_signed = fp->imm == 0;
    const uint64_t value = is_signed ? (uint64_t)(int32_t)bits : bits;

    put_result(fp,
               softfloat_from_fixed(&fp->soft, fp->size, value, is_signed, 0));
}

static uint64_t extended(uint64_t value, unsigned width, bool is_signed)
{
    const unsigned shift = 64 - width;

    return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift)
                     : value << shift >> shift;
}

static void to_fixed(struct fp *fp)
{
    const unsigned width = (fp->imm & 2) != 0 ? 32 : 16;
    const bool is_signed = (fp->imm & 1) == 0;
    const uint64_t value =
        softfloat_to_fixed(&fp->soft, fp->size, fp->d, width, is_signed,
                           fp->amount, ROUND_TO_ZERO);

    put_result(fp, extended(value, width, is_signed));
}

/* To nearest, whatever FPSCR says. */
static void from_fixed(struct fp *fp)
{
    const unsigned width = (fp->imm & 2) != 0 ? 32 : 16;
    const bool is_signed = (fp->imm & 1) == 0;

    fp->soft.fpcr &= ~(3u << FPCR_RMODE_SHIFT);
    put_result(fp, softfloat_from_fixed(&fp->soft, fp->size,
                                        extended(fp->d, width, is_signed),
                                        is_signed, fp->amount));
}

/* ---- Integral values ----------------------------------------------------- */

static void round_integral(struct fp *fp, enum softfloat_rounding rounding,
                           bool exact)
{
    put_result(fp, softfloat_round_integral(&fp->soft, fp->size, fp->m,
                                            rounding, exact));
}

static void round_zero(struct fp *fp)
{
    round_integral(fp, ROUND_TO_ZERO, false);
}

static void round_current(struct fp *fp)
{
    round_integral(fp, softfloat_rounding(&fp->soft), false);
}

static void round_exact(struct fp *fp)
{
    round_integral(fp, softfloat_rounding(&fp->soft), true);
}

static void round_directed(struct fp *fp)
{
    round_integral(fp, directed(fp), false);
}

/* ---- Rows ---------------------------------------------------------------- */

static void (*const functions[T32_ROWS])(struct fp *) = {
    [T32_ROW_VADD] = add,
    [T32_ROW_VSUB] = subtract,
    [T32_ROW_VMUL] = multiply,
    [T32_ROW_VNMUL] = multiply_negate,
    [T32_ROW_VDIV] = divide,
    [T32_ROW_VSQRT] = square_root,
    [T32_ROW_VMLA] = mla,
    [T32_ROW_VMLS] = mls,
    [T32_ROW_VNMLA] = nmla,
    [T32_ROW_VNMLS] = nmls,
    [T32_ROW_VFMA] = fused_ma,
    [T32_ROW_VFMS] = fused_ms,
    [T32_ROW_VFNMA] = fused_nma,
    [T32_ROW_VFNMS] = fused_nms,
    [T32_ROW_VMAXNM] = greatest,
    [T32_ROW_VMINNM] = least,
    [T32_ROW_VCMP] = compare,
    [T32_ROW_VCMPE] = compare_signalling,
    [T32_ROW_VCMP_ZERO] = compare_zero,
    [T32_ROW_VCMPE_ZERO] = compare_zero_signalling,
    [T32_ROW_VCVT_TO_DOUBLE] = to_double,
    [T32_ROW_VCVT_TO_SINGLE] = to_single,
    [T32_ROW_VCVT_TO_HALF] = to_half,
    [T32_ROW_VCVT_FROM_HALF] = from_half,
    [T32_ROW_VCVT_TO_INTEGER] = to_integer_zero,
    [T32_ROW_VCVTR_TO_INTEGER] = to_integer_rounded,
    [T32_ROW_VCVT_DIRECTED] = to_integer_directed,
    [T32_ROW_VCVT_FROM_INTEGER] = from_integer,
    [T32_ROW_VCVT_TO_FIXED] = to_fixed,
    [T32_ROW_VCVT_FROM_FIXED] = from_fixed,
    [T32_ROW_VRINTZ] = round_zero,
    [T32_ROW_VRINTR] = round_current,
    [T32_ROW_VRINTX] = round_exact,
    [T32_ROW_VRINT_DIRECTED] = round_directed,
};

/* b registers from S d on, at a - amount. */
static enum vcpu_outcome transfer(struct vcpu *cpu, const struct ir_op *op,
                                  bool loads)
{
    uint32_t *s = mprofile_of(cpu)->state.s;
    uint32_t address =
        (uint32_t)cpu->r[op->a] - ((uint32_t)op->high >> FP_AMOUNT);

    for (unsigned i = op->d; i < (unsigned)op->d + op->b; i++) {
        uint64_t value[2] = {s[i], 0};

        if (!(loads ? vcpu_load(cpu, address, 4, value)
                    : vcpu_store(cpu, address, 4, value))) {
            return VCPU_TRAPPED;
        }
        s[i] = (uint32_t)value[0];
        address += 4;
    }
    return VCPU_NEXT;
}

enum vcpu_outcome mprofile_fp(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile_state *state = &mprofile_of(cpu)->state;
    const uint32_t v = (uint32_t)op->high;
    const unsigned row = v & ((1 << FP_DP) - 1);
    const unsigned size = (v >> FP_DP & 1) != 0 ? 64 : 32;
    struct fp fp = {
        .soft = {state->fpscr & FPSCR_CONTROL, state->fpscr & FPSR_IXC},
        .state = state,
        .size = size,
        .d = get(state, op->d, size),
        .n = get(state, op->a, size),
        .m = get(state, op->b, size),
        .rd = op->d,
        .rm = op->b,
        .imm = v >> FP_IMM & 3,
        .amount = v >> FP_AMOUNT & 63,
    };

    if (row == T32_ROW_VLDM || row == T32_ROW_VSTM) {
        return transfer(cpu, op, row == T32_ROW_VLDM);
    }
    functions[row](&fp);
    state->fpscr |= fp.soft.fpsr;
    return VCPU_NEXT;
}
