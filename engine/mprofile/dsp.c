/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the DSP extension, and of SSAT and USAT: DDI 0403E A7.7. */
#include "engine/mprofile/dsp.h"
#include "engine/mprofile/mprofile.h"

/* One instruction: its operands, and what it does to flags. */
struct dsp {
    uint32_t n, m, a;
    unsigned imm, amount;
    bool asr;
    uint64_t old;  /* ra:rd */
    uint64_t *x;   /* the core's registers */
    uint32_t high; /* the result's upper word, for rows that have one */
};

static int32_t half(uint32_t value, unsigned which)
{
    return (int16_t)(value >> 16 * which);
}

static void set_q(struct dsp *dsp, bool saturated)
{
    dsp->x[T32_Q] |= saturated;
}

/* SignedSatQ and UnsignedSatQ. */
static int64_t saturate(int64_t value, int64_t least, int64_t most,
                        bool *saturated)
{
    *saturated |= value < least || value > most;
    return value < least ? least : value > most ? most : value;
}

static int64_t saturate_signed(int64_t value, unsigned bits, bool *saturated)
{
    const int64_t half_range = (int64_t)1 << (bits - 1);

    return saturate(value, -half_range, half_range - 1, saturated);
}

static int64_t saturate_unsigned(int64_t value, unsigned bits, bool *saturated)
{
    return saturate(value, 0, ((int64_t)1 << bits) - 1, saturated);
}

/* To 32 bits, and Q. */
static uint32_t saturated32(struct dsp *dsp, int64_t value)
{
    bool saturated = false;
    const int64_t result = saturate_signed(value, 32, &saturated);

    set_q(dsp, saturated);
    return (uint32_t)result;
}

/* The low word; Q if the value does not fit. */
static uint32_t wrapped32(struct dsp *dsp, int64_t value)
{
    set_q(dsp, value != (int32_t)value);
    return (uint32_t)value;
}

/* ---- Parallel additions and subtractions --------------------------------- */

/* In the order of the rows. */
enum { PLAIN, SATURATING, HALVING, U_PLAIN, U_SATURATING, U_HALVING };
enum { ADD8, ADD16, ASX, SAX, SUB8, SUB16, PARALLEL_KINDS };

static_assert((int)T32_ROW_UHSUB16 - (int)T32_ROW_SADD8 ==
                  (int)PARALLEL_KINDS * 6 - 1,
              "rows of parallel additions follow each other");

/* One lane's value of a register. */
static int32_t lane(uint32_t value, unsigned low, unsigned bits, bool is_signed)
{
    const uint32_t field = value >> low & ((1u << bits) - 1);

    return is_signed && field >> (bits - 1) != 0
               ? (int32_t)(field - (1u << bits))
               : (int32_t)field;
}

/* The result of a sum or difference; *ge: what that lane's GE bits become. */
static uint32_t lane_result(int32_t value, unsigned bits, unsigned prefix,
                            bool adds, bool *ge)
{
    bool saturated = false;

    switch (prefix) {
    case SATURATING:
        return (uint32_t)saturate_signed(value, bits, &saturated);
    case U_SATURATING:
        return (uint32_t)saturate_unsigned(value, bits, &saturated);
    case HALVING:
    case U_HALVING:
        return (uint32_t)(value >> 1);
    case U_PLAIN:
        *ge = adds ? value >> bits != 0 : value >= 0;
        return (uint32_t)value;
    default:
        *ge = value >= 0;
        return (uint32_t)value;
    }
}

static uint32_t parallel(struct dsp *dsp, unsigned prefix, unsigned kind)
{
    const unsigned bits = kind == ADD8 || kind == SUB8 ? 8 : 16;
    const bool crosses = kind == ASX || kind == SAX;
    const bool is_signed = prefix <= HALVING;
    uint32_t result = 0;
    uint32_t ge = 0;

    for (unsigned low = 0; low < 32; low += bits) {
        const bool adds = kind == ADD8 || kind == ADD16 ||
                          (kind == ASX && low != 0) ||
                          (kind == SAX && low == 0);
        const int32_t a = lane(dsp->n, low, bits, is_signed);
        const int32_t b =
            lane(dsp->m, crosses ? 16 - low : low, bits, is_signed);
        bool set = false;
        const uint32_t value =
            lane_result(adds ? a + b : a - b, bits, prefix, adds, &set);

        result |= (value & ((1u << bits) - 1)) << low;
        ge |= set ? ((1u << bits / 8) - 1) << low / 8 : 0;
    }
    if (prefix == PLAIN || prefix == U_PLAIN) {
        dsp->x[T32_GE] = ge;
    }
    return result;
}

/* ---- Saturation ---------------------------------------------------------- */

static int32_t shifted(const struct dsp *dsp)
{
    const int32_t n = (int32_t)dsp->n;

    return dsp->asr ? n >> (dsp->amount < 31 ? dsp->amount : 31)
                    : (int32_t)((uint32_t)n << dsp->amount);
}

static uint32_t ssat(struct dsp *dsp)
{
    bool saturated = false;
    const int64_t result = saturate_signed(shifted(dsp), dsp->imm, &saturated);

    set_q(dsp, saturated);
    return (uint32_t)result;
}

static uint32_t usat(struct dsp *dsp)
{
    bool saturated = false;
    const int64_t result =
        saturate_unsigned(shifted(dsp), dsp->imm, &saturated);

    set_q(dsp, saturated);
    return (uint32_t)result;
}

static uint32_t ssat16(struct dsp *dsp)
{
    bool saturated = false;
    const int64_t low = saturate_signed(half(dsp->n, 0), dsp->imm, &saturated);
    const int64_t high = saturate_signed(half(dsp->n, 1), dsp->imm, &saturated);

    set_q(dsp, saturated);
    return (uint32_t)high << 16 | (uint16_t)low;
}

static uint32_t usat16(struct dsp *dsp)
{
    bool saturated = false;
    const int64_t low =
        saturate_unsigned(half(dsp->n, 0), dsp->imm, &saturated);
    const int64_t high =
        saturate_unsigned(half(dsp->n, 1), dsp->imm, &saturated);

    set_q(dsp, saturated);
    return (uint32_t)high << 16 | (uint16_t)low;
}

static int32_t doubled(struct dsp *dsp)
{
    return (int32_t)saturated32(dsp, 2 * (int64_t)(int32_t)dsp->n);
}

static uint32_t qadd(struct dsp *dsp)
{
    return saturated32(dsp, (int64_t)(int32_t)dsp->m + (int32_t)dsp->n);
}

static uint32_t qsub(struct dsp *dsp)
{
    return saturated32(dsp, (int64_t)(int32_t)dsp->m - (int32_t)dsp->n);
}

static uint32_t qdadd(struct dsp *dsp)
{
    const int32_t twice = doubled(dsp);

    return saturated32(dsp, (int64_t)(int32_t)dsp->m + twice);
}

static uint32_t qdsub(struct dsp *dsp)
{
    const int32_t twice = doubled(dsp);

    return saturated32(dsp, (int64_t)(int32_t)dsp->m - twice);
}

/* ---- Products ------------------------------------------------------------ */

static int64_t half_product(const struct dsp *dsp)
{
    return (int64_t)half(dsp->n, dsp->imm >> 1) * half(dsp->m, dsp->imm & 1);
}

static uint32_t smla_half(struct dsp *dsp)
{
    return wrapped32(dsp, half_product(dsp) + (int32_t)dsp->a);
}

static uint32_t long_result(struct dsp *dsp, uint64_t value)
{
    dsp->high = (uint32_t)(value >> 32);
    return (uint32_t)value;
}

static uint32_t smlal_half(struct dsp *dsp)
{
    return long_result(dsp, dsp->old + (uint64_t)half_product(dsp));
}

static uint32_t smlaw(struct dsp *dsp)
{
    const int64_t product =
        ((int64_t)(int32_t)dsp->n * half(dsp->m, dsp->imm & 1)) >> 16;

    return wrapped32(dsp, product + (int32_t)dsp->a);
}

/* The products of the low halves and of the high ones; sign: of the second. */
static int64_t dual(const struct dsp *dsp, int sign)
{
    const unsigned swaps = dsp->imm & 1;

    return (int64_t)half(dsp->n, 0) * half(dsp->m, swaps) +
           sign * ((int64_t)half(dsp->n, 1) * half(dsp->m, swaps ^ 1));
}

static uint32_t smuad(struct dsp *dsp)
{
    return wrapped32(dsp, dual(dsp, 1));
}

static uint32_t smusd(struct dsp *dsp)
{
    return (uint32_t)dual(dsp, -1);
}

static uint32_t smlad(struct dsp *dsp)
{
    return wrapped32(dsp, dual(dsp, 1) + (int32_t)dsp->a);
}

static uint32_t smlsd(struct dsp *dsp)
{
    return wrapped32(dsp, dual(dsp, -1) + (int32_t)dsp->a);
}

static uint32_t smlald(struct dsp *dsp)
{
    return long_result(dsp, dsp->old + (uint64_t)dual(dsp, 1));
}

static uint32_t smlsld(struct dsp *dsp)
{
    return long_result(dsp, dsp->old + (uint64_t)dual(dsp, -1));
}

/* The upper word of a + sign * n * m, rounded if imm says so. */
static uint32_t top(const struct dsp *dsp, uint32_t a, bool subtracts)
{
    const uint64_t product =
        (uint64_t)((int64_t)(int32_t)dsp->n * (int32_t)dsp->m);
    const uint64_t sum = ((uint64_t)a << 32) +
                         (subtracts ? 0 - product : product) +
                         ((uint64_t)dsp->imm << 31);

    return (uint32_t)(sum >> 32);
}

static uint32_t smmul(struct dsp *dsp)
{
    return top(dsp, 0, false);
}

static uint32_t smmla(struct dsp *dsp)
{
    return top(dsp, dsp->a, false);
}

static uint32_t smmls(struct dsp *dsp)
{
    return top(dsp, dsp->a, true);
}

/* ---- Bytes --------------------------------------------------------------- */

static uint32_t sxtb16(struct dsp *dsp)
{
    const uint32_t m = dsp->m >> dsp->amount | dsp->m << (-dsp->amount & 31);

    return (uint16_t)(int8_t)m | (uint32_t)(int8_t)(m >> 16) << 16;
}

static uint32_t uxtb16(struct dsp *dsp)
{
    const uint32_t m = dsp->m >> dsp->amount | dsp->m << (-dsp->amount & 31);

    return m & 0x00ff00ff;
}

/* The sums of halves. */
static uint32_t add_halves(uint32_t a, uint32_t b)
{
    return (uint16_t)(a + b) | ((a >> 16) + (b >> 16)) << 16;
}

static uint32_t sxtab16(struct dsp *dsp)
{
    return add_halves(dsp->n, sxtb16(dsp));
}

static uint32_t uxtab16(struct dsp *dsp)
{
    return add_halves(dsp->n, uxtb16(dsp));
}

static uint32_t sel(struct dsp *dsp)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 4; i++) {
        mask |= (dsp->x[T32_GE] >> i & 1) != 0 ? 0xffu << 8 * i : 0;
    }
    return (dsp->n & mask) | (dsp->m & ~mask);
}

static uint32_t differences(const struct dsp *dsp)
{
    uint32_t sum = 0;

    for (unsigned low = 0; low < 32; low += 8) {
        const int32_t a = (int32_t)(dsp->n >> low & 0xff);
        const int32_t b = (int32_t)(dsp->m >> low & 0xff);

        sum += (uint32_t)(a < b ? b - a : a - b);
    }
    return sum;
}

static uint32_t usad8(struct dsp *dsp)
{
    return differences(dsp);
}

static uint32_t usada8(struct dsp *dsp)
{
    return differences(dsp) + dsp->a;
}

/* ---- Rows ---------------------------------------------------------------- */

static uint32_t (*const functions[T32_ROWS])(struct dsp *) = {
    [T32_ROW_SSAT] = ssat,
    [T32_ROW_USAT] = usat,
    [T32_ROW_SSAT16] = ssat16,
    [T32_ROW_USAT16] = usat16,
    [T32_ROW_QADD] = qadd,
    [T32_ROW_QSUB] = qsub,
    [T32_ROW_QDADD] = qdadd,
    [T32_ROW_QDSUB] = qdsub,
    [T32_ROW_SMLA_HALF] = smla_half,
    [T32_ROW_SMLAL_HALF] = smlal_half,
    [T32_ROW_SMLAW] = smlaw,
    [T32_ROW_SMUAD] = smuad,
    [T32_ROW_SMUSD] = smusd,
    [T32_ROW_SMLAD] = smlad,
    [T32_ROW_SMLSD] = smlsd,
    [T32_ROW_SMLALD] = smlald,
    [T32_ROW_SMLSLD] = smlsld,
    [T32_ROW_SMMUL] = smmul,
    [T32_ROW_SMMLA] = smmla,
    [T32_ROW_SMMLS] = smmls,
    [T32_ROW_SXTB16] = sxtb16,
    [T32_ROW_UXTB16] = uxtb16,
    [T32_ROW_SXTAB16] = sxtab16,
    [T32_ROW_UXTAB16] = uxtab16,
    [T32_ROW_SEL] = sel,
    [T32_ROW_USAD8] = usad8,
    [T32_ROW_USADA8] = usada8,
};

static bool has_high(unsigned row)
{
    return row == T32_ROW_SMLAL_HALF || row == T32_ROW_SMLALD ||
           row == T32_ROW_SMLSLD;
}

enum vcpu_outcome mprofile_dsp(struct vcpu *cpu, const struct ir_op *op)
{
    const uint32_t v = (uint32_t)op->high;
    const unsigned row = v & ((1 << DSP_RA) - 1);
    const unsigned ra = v >> DSP_RA & 15;
    const unsigned beyond = row - T32_ROW_SADD8;
    uint64_t *x = cpu->r;
    struct dsp dsp = {
        .n = (uint32_t)x[op->a],
        .m = (uint32_t)x[op->b],
        .a = (uint32_t)x[ra],
        .imm = v >> DSP_IMM & 63,
        .amount = v >> DSP_AMOUNT & 63,
        .asr = (v >> DSP_ASR & 1) != 0,
        .old = x[ra] << 32 | (uint32_t)x[op->d],
        .x = x,
    };

    x[op->d] =
        row >= T32_ROW_SADD8 && row <= T32_ROW_UHSUB16
            ? parallel(&dsp, beyond / PARALLEL_KINDS, beyond % PARALLEL_KINDS)
            : functions[row](&dsp);
    if (has_high(row)) {
        x[ra] = dsp.high;
    }
    return VCPU_NEXT;
}
