/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point: moves and accesses are operations, values are a helper's
 * matter (engine/mprofile/fp.c). */
#include "engine/lift/t32.h"

#include "engine/mprofile/dsp.h"

/* ---- Values -------------------------------------------------------------- */

static void by_helper(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_check_fp(lift);
    t32_assist(lift, T32_HELPER_FP, insn->rd, insn->rn, insn->rm,
               fp_pack(insn));
}

#define BY_HELPER(row) LIFT(row, by_helper(lift))

BY_HELPER(VADD)
BY_HELPER(VSUB)
BY_HELPER(VMUL)
BY_HELPER(VNMUL)
BY_HELPER(VMLA)
BY_HELPER(VMLS)
BY_HELPER(VNMLA)
BY_HELPER(VNMLS)
BY_HELPER(VFMA)
BY_HELPER(VFMS)
BY_HELPER(VFNMA)
BY_HELPER(VFNMS)
BY_HELPER(VDIV)
BY_HELPER(VSQRT)
BY_HELPER(VCMP)
BY_HELPER(VCMPE)
BY_HELPER(VCMP_ZERO)
BY_HELPER(VCMPE_ZERO)
BY_HELPER(VCVT_TO_DOUBLE)
BY_HELPER(VCVT_TO_SINGLE)
BY_HELPER(VCVT_TO_HALF)
BY_HELPER(VCVT_FROM_HALF)
BY_HELPER(VCVT_TO_INTEGER)
BY_HELPER(VCVTR_TO_INTEGER)
BY_HELPER(VCVT_DIRECTED)
BY_HELPER(VCVT_FROM_INTEGER)
BY_HELPER(VCVT_TO_FIXED)
BY_HELPER(VCVT_FROM_FIXED)
BY_HELPER(VRINTZ)
BY_HELPER(VRINTR)
BY_HELPER(VRINTX)
BY_HELPER(VRINT_DIRECTED)
BY_HELPER(VMAXNM)
BY_HELPER(VMINNM)

/* ---- Words of registers -------------------------------------------------- */

static int64_t place_of(size_t offset)
{
    return (int64_t)(offset - offsetof(struct mprofile_state, x));
}

static int64_t single(unsigned number)
{
    return place_of(offsetof(struct mprofile_state, s) +
                    number * sizeof(uint32_t));
}

static int64_t fpscr(void)
{
    return place_of(offsetof(struct mprofile_state, fpscr));
}

static void get_single(struct t32_lift *lift, unsigned d, unsigned number)
{
    t32_emit(lift, IR_get_word, d, 0, 0, single(number));
}

static void put_single(struct t32_lift *lift, unsigned number, unsigned a)
{
    t32_emit(lift, IR_put_word, 0, a, 0, single(number));
}

/* Words of each register, and where a register's begin. */
static unsigned words(const struct t32_insn *insn)
{
    return insn->dp ? 2 : 1;
}

static unsigned first(const struct t32_insn *insn, unsigned number)
{
    return number * words(insn);
}

/* rd = rm, whose sign an operation changes by a constant. */
static void move(struct t32_lift *lift, enum ir_opcode opcode, uint32_t imm)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned last = words(insn) - 1;

    t32_check_fp(lift);
    for (unsigned i = 0; i <= last; i++) {
        get_single(lift, IR_TEMPORARY, first(insn, insn->rm) + i);
        if (i == last) {
            t32_emit(lift, opcode, IR_TEMPORARY, IR_TEMPORARY, 0, (int32_t)imm);
        }
        put_single(lift, first(insn, insn->rd) + i, IR_TEMPORARY);
    }
}

LIFT(VMOV_REGISTER, move(lift, IR_or32i, 0))
LIFT(VABS, move(lift, IR_and32i, 0x7fffffff))
LIFT(VNEG, move(lift, IR_xor32i, 0x80000000))

void t32_lift_VMOV_IMMEDIATE(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned at = first(insn, insn->rd);

    t32_check_fp(lift);
    t32_emit(lift, IR_const32, IR_TEMPORARY, 0, 0, insn->imm);
    if (insn->dp) {
        put_single(lift, at, IR_ZERO);
    }
    put_single(lift, at + words(insn) - 1, IR_TEMPORARY);
}

void t32_lift_VSEL(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_check_fp(lift);
    for (unsigned i = 0; i < words(insn); i++) {
        get_single(lift, IR_TEMPORARY, first(insn, insn->rn) + i);
        get_single(lift, IR_SECOND, first(insn, insn->rm) + i);
        t32_emit(lift, IR_csel32, IR_TEMPORARY, IR_TEMPORARY, IR_SECOND,
                 insn->cond);
        put_single(lift, first(insn, insn->rd) + i, IR_TEMPORARY);
    }
}

/* ---- To and from core registers ------------------------------------------ */

/* rd = S `number`. */
static void to_core(struct t32_lift *lift, unsigned rd, unsigned number)
{
    get_single(lift, t32_destination(rd), number);
    t32_done(lift, rd);
}

void t32_lift_VMOV_TO_SINGLE(struct t32_lift *lift)
{
    t32_check_fp(lift);
    put_single(lift, lift->insn->rn, lift->insn->rd);
}

void t32_lift_VMOV_FROM_SINGLE(struct t32_lift *lift)
{
    t32_check_fp(lift);
    to_core(lift, lift->insn->rd, lift->insn->rn);
}

/* Two singles from `at` on. */
static void from_pair(struct t32_lift *lift, unsigned at)
{
    t32_check_fp(lift);
    put_single(lift, at, lift->insn->rd);
    put_single(lift, (at + 1) & 31, lift->insn->ra);
}

static void to_pair(struct t32_lift *lift, unsigned at)
{
    t32_check_fp(lift);
    to_core(lift, lift->insn->rd, at);
    to_core(lift, lift->insn->ra, (at + 1) & 31);
}

LIFT(VMOV_TO_SINGLES, from_pair(lift, lift->insn->rm))
LIFT(VMOV_FROM_SINGLES, to_pair(lift, lift->insn->rm))
LIFT(VMOV_TO_DOUBLE, from_pair(lift, 2u * lift->insn->rm))
LIFT(VMOV_FROM_DOUBLE, to_pair(lift, 2u * lift->insn->rm))

void t32_lift_VMRS(struct t32_lift *lift)
{
    const unsigned rd = lift->insn->rd;

    t32_check_fp(lift);
    if (rd == T32_PC) {
        t32_emit(lift, IR_get_word, IR_TEMPORARY, 0, 0, fpscr());
        t32_emit(lift, IR_set_nzcv, 0, IR_TEMPORARY, 0, 0);
    } else {
        t32_emit(lift, IR_get_word, t32_destination(rd), 0, 0, fpscr());
        t32_done(lift, rd);
    }
}

/* Bits that FPSCR has (DDI 0403E, A2.5.3). */
#define FPSCR_BITS 0xf7c0009f

void t32_lift_VMSR(struct t32_lift *lift)
{
    t32_check_fp(lift);
    t32_emit(lift, IR_and32i, IR_TEMPORARY, lift->insn->rd, 0,
             (int32_t)FPSCR_BITS);
    t32_emit(lift, IR_put_word, 0, IR_TEMPORARY, 0, fpscr());
}

/* ---- Memory -------------------------------------------------------------- */

/* Accesses of words from rn + offset on, whose alignment CCR does not
 * concern. */
static void transfer(struct t32_lift *lift, bool loads, unsigned base,
                     int32_t offset, unsigned count)
{
    const struct t32_insn *insn = lift->insn;

    for (unsigned i = 0; i < count; i++) {
        const unsigned number = first(insn, insn->rd) + i;

        if (loads) {
            t32_emit(lift, IR_load32, IR_TEMPORARY, base, 0, offset);
            put_single(lift, number, IR_TEMPORARY);
        } else {
            get_single(lift, IR_TEMPORARY, number);
            t32_emit(lift, IR_store32, 0, base, IR_TEMPORARY, offset);
        }
        offset += 4;
    }
}

static void check_words(struct t32_lift *lift)
{
    if (lift->insn->rn != MPROFILE_SP) {
        t32_emit_uv(lift, IR_check_word, 0, lift->insn->rn, 0,
                    T32_HELPER_ALIGNED, 4);
    }
}

static int32_t offset_of(const struct t32_insn *insn)
{
    return insn->add ? (int32_t)insn->imm : -(int32_t)insn->imm;
}

static void one(struct t32_lift *lift, bool loads)
{
    const struct t32_insn *insn = lift->insn;

    t32_check_fp(lift);
    if (insn->rn == T32_PC) {
        transfer(lift, loads, IR_ZERO,
                 (int32_t)((lift->pc + 4) & ~3u) + offset_of(insn),
                 words(insn));
    } else {
        check_words(lift);
        transfer(lift, loads, insn->rn, offset_of(insn), words(insn));
    }
}

LIFT(VLDR, one(lift, true))
LIFT(VSTR, one(lift, false))

/* As operations, if they are not more than an instruction may have. */
enum { WORDS = 16 };

static void several(struct t32_lift *lift, bool loads)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned count = insn->amount * words(insn);
    const int32_t offset = insn->add ? 0 : offset_of(insn);

    t32_check_fp(lift);
    check_words(lift);
    if (insn->wback && insn->rn == MPROFILE_SP) {
        t32_check_limit(lift, MPROFILE_SP, offset);
    }
    if (count > WORDS) {
        t32_assist(lift, T32_HELPER_FP, first(insn, insn->rd), insn->rn, count,
                   insn->row | (uint32_t)-offset << FP_AMOUNT);
    } else {
        transfer(lift, loads, insn->rn, offset, count);
    }
    if (insn->wback) {
        t32_emit(lift, IR_add32i, insn->rn, insn->rn, 0, offset_of(insn));
    }
}

LIFT(VLDM, several(lift, true))
LIFT(VSTM, several(lift, false))

LIFT(VLLDM,
     t32_end_helper(lift, T32_HELPER_VLLDM, IR_SINK, lift->insn->rn, 0, 0))
LIFT(VLSTM,
     t32_end_helper(lift, T32_HELPER_VLSTM, IR_SINK, lift->insn->rn, 0, 0))
