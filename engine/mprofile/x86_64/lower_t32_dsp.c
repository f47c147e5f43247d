/* SPDX-License-Identifier: Apache-2.0 */
/* The DSP extension, and saturation, by the host's instructions; what is
 * missing here is the helper's (engine/mprofile/dsp.c). */
#include "engine/mprofile/dsp.h"
#include "engine/mprofile/x86_64/lower_t32.h"
#include "engine/x86_64/lower_vector.h"

/* The operation at hand's v. */
struct dsp {
    unsigned row, ra, imm, amount;
    bool asr;
};

/* ---- Parts --------------------------------------------------------------- */

/* A register's value in 64 bits, with its sign. */
static void load_signed(struct lower *l, enum x64_register to, unsigned guest)
{
    lower_extend(l, to, lower_place(l, guest), 32, true);
}

/* The same of a half of it. */
static void load_half(struct lower *l, enum x64_register to, unsigned guest,
                      unsigned which)
{
    if (which == 0) {
        lower_extend(l, to, lower_place(l, guest), 16, true);
    } else {
        load_signed(l, to, guest);
        x64_shift_imm(&l->out, true, X64_SAR, to, 16);
    }
}

static void multiply(struct lower *l, enum x64_register d, enum x64_register s)
{
    x64_imul(&l->out, true, d, x64_reg(s));
}

static void add(struct lower *l, enum x64_alu what, enum x64_register s)
{
    x64_alu(&l->out, true, what, X64_RAX, x64_reg(s));
}

/* RAX = the product of halves, as imm tells them. */
static void multiply_halves(struct lower *l, const struct dsp *dsp)
{
    load_half(l, X64_RAX, l->op->a, dsp->imm >> 1 & 1);
    load_half(l, X64_RCX, l->op->b, dsp->imm & 1);
    multiply(l, X64_RAX, X64_RCX);
}

/* RAX = both products of halves, added or subtracted. */
static void multiply_both(struct lower *l, const struct dsp *dsp,
                          enum x64_alu what)
{
    const unsigned swaps = dsp->imm & 1;

    load_half(l, X64_RAX, l->op->a, 0);
    load_half(l, X64_RCX, l->op->b, swaps);
    multiply(l, X64_RAX, X64_RCX);
    load_half(l, X64_RDX, l->op->a, 1);
    load_half(l, X64_RCX, l->op->b, swaps ^ 1);
    multiply(l, X64_RDX, X64_RCX);
    add(l, what, X64_RDX);
}

static void add_ra(struct lower *l, const struct dsp *dsp)
{
    load_signed(l, X64_RCX, dsp->ra);
    add(l, X64_ADD, X64_RCX);
}

/* d = EAX. */
static bool put(struct lower *l)
{
    x64_mov(&l->out, false, X64_RAX, x64_reg(X64_RAX));
    lower_put(l, l->op->d, X64_RAX);
    return true;
}

/* Q |= what the comparison just made found unequal. */
static void set_q(struct lower *l)
{
    x64_setcc(&l->out, X64_NE, X64_RCX);
    lower_extend(l, X64_RCX, x64_reg(X64_RCX), 8, false);
    x64_alu(&l->out, false, X64_OR, X64_RCX, lower_place(l, T32_Q));
    lower_put(l, T32_Q, X64_RCX);
}

/* d = EAX; Q if RAX is more. */
static bool put_wrapped(struct lower *l)
{
    lower_extend(l, X64_RCX, x64_reg(X64_RAX), 32, true);
    x64_alu(&l->out, true, X64_CMP, X64_RCX, x64_reg(X64_RAX));
    set_q(l);
    return put(l);
}

/* RAX to 32 bits, and Q; uses RCX and RDX. */
static void saturate(struct lower *l)
{
    x64_mov(&l->out, true, X64_RDX, x64_reg(X64_RAX));
    x64_shift_imm(&l->out, true, X64_SAR, X64_RDX, 63);
    x64_alu_imm(&l->out, false, X64_XOR, x64_reg(X64_RDX), INT32_MAX);
    lower_extend(l, X64_RCX, x64_reg(X64_RAX), 32, true);
    x64_alu(&l->out, true, X64_CMP, X64_RCX, x64_reg(X64_RAX));
    x64_cmov(&l->out, false, X64_NE, X64_RAX, x64_reg(X64_RDX));
    set_q(l);
}

/* ra:d += RAX. */
static bool put_long(struct lower *l, const struct dsp *dsp)
{
    lower_load(l, false, X64_RCX, dsp->ra);
    x64_shift_imm(&l->out, true, X64_SHL, X64_RCX, 32);
    lower_load(l, false, X64_RDX, l->op->d);
    x64_alu(&l->out, true, X64_OR, X64_RCX, x64_reg(X64_RDX));
    add(l, X64_ADD, X64_RCX);
    x64_mov(&l->out, true, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(&l->out, true, X64_SHR, X64_RCX, 32);
    put(l);
    lower_put(l, dsp->ra, X64_RCX);
    return true;
}

/* ---- Rows of products ---------------------------------------------------- */

static bool accumulate_half(struct lower *l, const struct dsp *dsp)
{
    multiply_halves(l, dsp);
    add_ra(l, dsp);
    return put_wrapped(l);
}

static bool accumulate_half_long(struct lower *l, const struct dsp *dsp)
{
    multiply_halves(l, dsp);
    return put_long(l, dsp);
}

static bool accumulate_word(struct lower *l, const struct dsp *dsp)
{
    load_signed(l, X64_RAX, l->op->a);
    load_half(l, X64_RCX, l->op->b, dsp->imm & 1);
    multiply(l, X64_RAX, X64_RCX);
    x64_shift_imm(&l->out, true, X64_SAR, X64_RAX, 16);
    add_ra(l, dsp);
    return put_wrapped(l);
}

static bool dual(struct lower *l, const struct dsp *dsp)
{
    const bool subtracts =
        dsp->row == T32_ROW_SMUSD || dsp->row == T32_ROW_SMLSD;

    multiply_both(l, dsp, subtracts ? X64_SUB : X64_ADD);
    if (dsp->row == T32_ROW_SMLAD || dsp->row == T32_ROW_SMLSD) {
        add_ra(l, dsp);
    }
    return put_wrapped(l);
}

static bool dual_long(struct lower *l, const struct dsp *dsp)
{
    multiply_both(l, dsp, dsp->row == T32_ROW_SMLSLD ? X64_SUB : X64_ADD);
    return put_long(l, dsp);
}

/* The upper word of ra and, or less, a product. */
static bool upper(struct lower *l, const struct dsp *dsp)
{
    load_signed(l, X64_RAX, l->op->a);
    load_signed(l, X64_RCX, l->op->b);
    multiply(l, X64_RAX, X64_RCX);
    if (dsp->row == T32_ROW_SMMLS) {
        x64_op(&l->out, true, 0xf7, 3, x64_reg(X64_RAX)); /* neg */
    }
    if (dsp->row != T32_ROW_SMMUL) {
        lower_load(l, false, X64_RCX, dsp->ra);
        x64_shift_imm(&l->out, true, X64_SHL, X64_RCX, 32);
        add(l, X64_ADD, X64_RCX);
    }
    if (dsp->imm != 0) {
        x64_mov_imm(&l->out, X64_RCX, 0x80000000);
        add(l, X64_ADD, X64_RCX);
    }
    x64_shift_imm(&l->out, true, X64_SHR, X64_RAX, 32);
    return put(l);
}

/* ---- Saturation ---------------------------------------------------------- */

/* rm, and, or less, rn, which is doubled first or not. */
static bool saturated_sum(struct lower *l, const struct dsp *dsp)
{
    const bool doubles = dsp->row == T32_ROW_QDADD || dsp->row == T32_ROW_QDSUB;
    const bool adds = dsp->row == T32_ROW_QADD || dsp->row == T32_ROW_QDADD;

    load_signed(l, X64_RAX, l->op->a);
    if (doubles) {
        add(l, X64_ADD, X64_RAX);
        saturate(l);
        lower_extend(l, X64_RAX, x64_reg(X64_RAX), 32, true);
    }
    load_signed(l, X64_RCX, l->op->b);
    if (!adds) {
        x64_op(&l->out, true, 0xf7, 3, x64_reg(X64_RAX)); /* neg */
    }
    add(l, X64_ADD, X64_RCX);
    saturate(l);
    return put(l);
}

static void hold_to(struct lower *l, int32_t limit, enum x64_condition beyond)
{
    x64_mov_imm(&l->out, X64_RCX, (uint32_t)limit);
    x64_alu(&l->out, false, X64_CMP, X64_RAX, x64_reg(X64_RCX));
    x64_cmov(&l->out, false, beyond, X64_RAX, x64_reg(X64_RCX));
}

static bool saturate_to(struct lower *l, const struct dsp *dsp)
{
    const bool is_signed = dsp->row == T32_ROW_SSAT;
    const unsigned bits = is_signed ? dsp->imm - 1 : dsp->imm;
    const int32_t most = (int32_t)(((uint64_t)1 << bits) - 1);

    lower_load(l, false, X64_RAX, l->op->a);
    if (dsp->amount != 0) {
        x64_shift_imm(&l->out, false, dsp->asr ? X64_SAR : X64_SHL, X64_RAX,
                      dsp->amount < 31 ? dsp->amount : 31);
    }
    x64_mov(&l->out, false, X64_RDX, x64_reg(X64_RAX));
    hold_to(l, is_signed ? -most - 1 : 0, X64_L);
    hold_to(l, most, X64_G);
    x64_alu(&l->out, false, X64_CMP, X64_RAX, x64_reg(X64_RDX));
    set_q(l);
    return put(l);
}

/* ---- Lanes --------------------------------------------------------------- */

/* VEX.66.0F and an opcode. */
static unsigned packed(unsigned opcode)
{
    return VEX_66 << 12 | VEX_0F << 8 | opcode;
}

enum { PLAIN, SATURATING, HALVING, U_PLAIN, U_SATURATING, U_HALVING };
enum { ADD8, ADD16, ASX, SAX, SUB8, SUB16, KINDS };

/* GE = the signs or masks of lanes in xmm2, inverted or not. */
static void put_ge(struct lower *l, bool inverts)
{
    avx_exactly(l, packed(0xd7), X64_RAX, 0, lower_xmm(XMM2)); /* vpmovmskb */
    if (inverts) {
        x64_alu_imm(&l->out, false, X64_XOR, x64_reg(X64_RAX), -1);
    }
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RAX), 15);
    lower_put(l, T32_GE, X64_RAX);
}

/* Signed: what saturates keeps the sign of the whole result. */
static void signed_ge(struct lower *l, unsigned saturating, bool halves)
{
    avx(l, packed(saturating), XMM2, XMM0, XMM1);
    if (halves) {
        avx_shift(l, AVX_ARITHMETIC, 1, XMM2, XMM2, 15);
    }
    put_ge(l, true);
}

/* Unsigned: a sum that is less than its operand has carried; a difference
 * borrows if the first operand is less. xmm3 = the result. */
static void unsigned_ge(struct lower *l, bool adds, bool halves)
{
    const unsigned larger =
        halves ? VEX_66 << 12 | VEX_0F38 << 8 | 0x3e : AVX_vpmaxub;
    const unsigned of = adds ? XMM3 : XMM0;

    avx(l, larger, XMM2, of, adds ? XMM0 : XMM1);
    avx(l, packed(halves ? 0x75 : 0x74), XMM2, XMM2, of); /* vpcmpeq */
    put_ge(l, adds);
}

static bool lanes(struct lower *l, const struct dsp *dsp)
{
    static const uint8_t opcodes[][KINDS] = {
        [PLAIN] = {0xfc,  0xfd, 0, 0, 0xf8, 0xf9},
        [SATURATING] = {0xec,    0xed, 0, 0, 0xe8, 0xe9},
        [U_PLAIN] = {0xfc, 0xfd, 0, 0, 0xf8, 0xf9},
        [U_SATURATING] = {0xdc,     0xdd, 0, 0, 0xd8, 0xd9},
        [U_HALVING] = {0},
    };
    const unsigned prefix = (dsp->row - T32_ROW_SADD8) / KINDS;
    const unsigned kind = (dsp->row - T32_ROW_SADD8) % KINDS;
    const bool halves = kind == ADD16 || kind == SUB16;
    const bool adds = kind == ADD8 || kind == ADD16;

    if (opcodes[prefix][kind] == 0 || !l->target->has_avx2) {
        return false;
    }
    avx_exactly(l, AVX_vmovd, XMM0, 0, lower_place(l, l->op->a));
    avx_exactly(l, AVX_vmovd, XMM1, 0, lower_place(l, l->op->b));
    avx(l, packed(opcodes[prefix][kind]), XMM3, XMM0, XMM1);
    if (prefix == PLAIN) {
        signed_ge(l, opcodes[SATURATING][kind], halves);
    } else if (prefix == U_PLAIN) {
        unsigned_ge(l, adds, halves);
    }
    avx_to(l, AVX_vmovd_to, XMM3, x64_reg(X64_RAX));
    return put(l);
}

/* A byte of ones for each bit of GE chooses bytes. */
static bool select(struct lower *l, const struct dsp *dsp)
{
    lower_load(l, false, X64_RAX, T32_GE);
    x64_mov_imm(&l->out, X64_RDX, 0x01010101);
    /* pdep */
    x64_vex(&l->out, 2, 3, false, 0xf5, X64_RAX, X64_RAX, x64_reg(X64_RDX));
    x64_mov(&l->out, false, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(&l->out, false, X64_SHL, X64_RCX, 8);
    x64_alu(&l->out, false, X64_SUB, X64_RCX, x64_reg(X64_RAX));
    /* andn */
    x64_vex(&l->out, 2, 0, false, 0xf2, X64_RAX, X64_RCX,
            lower_place(l, l->op->b));
    x64_alu(&l->out, false, X64_AND, X64_RCX, lower_place(l, l->op->a));
    x64_alu(&l->out, false, X64_OR, X64_RAX, x64_reg(X64_RCX));
    return put(l);
}

/* ---- All of it ----------------------------------------------------------- */

typedef bool lower_dsp(struct lower *l, const struct dsp *dsp);

static lower_dsp *const rows[T32_ROWS] = {
    [T32_ROW_SSAT] = saturate_to,
    [T32_ROW_USAT] = saturate_to,
    [T32_ROW_QADD] = saturated_sum,
    [T32_ROW_QSUB] = saturated_sum,
    [T32_ROW_QDADD] = saturated_sum,
    [T32_ROW_QDSUB] = saturated_sum,
    [T32_ROW_SMLA_HALF] = accumulate_half,
    [T32_ROW_SMLAL_HALF] = accumulate_half_long,
    [T32_ROW_SMLAW] = accumulate_word,
    [T32_ROW_SMUAD] = dual,
    [T32_ROW_SMUSD] = dual,
    [T32_ROW_SMLAD] = dual,
    [T32_ROW_SMLSD] = dual,
    [T32_ROW_SMLALD] = dual_long,
    [T32_ROW_SMLSLD] = dual_long,
    [T32_ROW_SMMUL] = upper,
    [T32_ROW_SMMLA] = upper,
    [T32_ROW_SMMLS] = upper,
    [T32_ROW_SEL] = select,
};

bool lower_t32_dsp(struct lower *l)
{
    const uint32_t v = (uint32_t)l->op->high;
    const struct dsp dsp = {
        .row = v & ((1 << DSP_RA) - 1),
        .ra = v >> DSP_RA & 15,
        .imm = v >> DSP_IMM & 63,
        .amount = v >> DSP_AMOUNT & 63,
        .asr = (v >> DSP_ASR & 1) != 0,
    };

    if (dsp.row >= T32_ROW_SADD8 && dsp.row <= T32_ROW_UHSUB16) {
        return lanes(l, &dsp);
    }
    return rows[dsp.row] != NULL && rows[dsp.row](l, &dsp);
}
