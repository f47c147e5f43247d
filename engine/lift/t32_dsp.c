/* SPDX-License-Identifier: Apache-2.0 */
/* The DSP extension, and saturation. What is no few operations is a helper's
 * matter (engine/mprofile/dsp.c). */
#include "engine/lift/t32.h"

#include "engine/mprofile/dsp.h"

static void by_helper(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_assist(lift, T32_HELPER_DSP, t32_destination(insn->rd), insn->rn,
               insn->rm, dsp_pack(insn));
    t32_done(lift, insn->rd);
    t32_done(lift, insn->ra);
}

#define BY_HELPER(row) LIFT(row, by_helper(lift))

BY_HELPER(SSAT)
BY_HELPER(USAT)
BY_HELPER(SSAT16)
BY_HELPER(USAT16)
BY_HELPER(SXTB16)
BY_HELPER(SXTAB16)
BY_HELPER(UXTAB16)
BY_HELPER(SEL)
BY_HELPER(USAD8)
BY_HELPER(USADA8)
BY_HELPER(QADD)
BY_HELPER(QSUB)
BY_HELPER(QDADD)
BY_HELPER(QDSUB)
BY_HELPER(SMLA_HALF)
BY_HELPER(SMLAL_HALF)
BY_HELPER(SMLAW)
BY_HELPER(SMUAD)
BY_HELPER(SMUSD)
BY_HELPER(SMLAD)
BY_HELPER(SMLSD)
BY_HELPER(SMLALD)
BY_HELPER(SMLSLD)
BY_HELPER(SMMLA)
BY_HELPER(SMMLS)

#define PARALLEL(prefix)                                                       \
    BY_HELPER(prefix##ADD8)                                                    \
    BY_HELPER(prefix##ADD16)                                                   \
    BY_HELPER(prefix##ASX)                                                     \
    BY_HELPER(prefix##SAX)                                                     \
    BY_HELPER(prefix##SUB8)                                                    \
    BY_HELPER(prefix##SUB16)

PARALLEL(S)
PARALLEL(Q)
PARALLEL(SH)
PARALLEL(U)
PARALLEL(UQ)
PARALLEL(UH)

/* From IR_TEMPORARY. */
static void result(struct t32_lift *lift, enum ir_opcode opcode, int64_t imm)
{
    t32_emit(lift, opcode, t32_destination(lift->insn->rd), IR_TEMPORARY, 0,
             imm);
    t32_done(lift, lift->insn->rd);
}

/* d = half of a register, with its sign. */
static void take_half(struct t32_lift *lift, unsigned d, unsigned from,
                      unsigned which)
{
    t32_emit_uv(lift, IR_sbfx32, d, from, 0, which != 0 ? 16 : 0, 16);
}

void t32_lift_SMUL_HALF(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    take_half(lift, IR_TEMPORARY, insn->rn, insn->imm & 2);
    take_half(lift, IR_SECOND, insn->rm, insn->imm & 1);
    t32_emit(lift, IR_mul32, t32_destination(insn->rd), IR_TEMPORARY, IR_SECOND,
             0);
    t32_done(lift, insn->rd);
}

void t32_lift_SMULW(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    take_half(lift, IR_TEMPORARY, insn->rm, insn->imm & 1);
    t32_emit(lift, IR_smaddl, IR_TEMPORARY, insn->rn, IR_TEMPORARY, IR_ZERO);
    t32_emit(lift, IR_shr64i, IR_TEMPORARY, IR_TEMPORARY, 0, 16);
    result(lift, IR_mov32, 0);
}

void t32_lift_SMMUL(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->imm != 0) {
        by_helper(lift);
        return;
    }
    t32_emit(lift, IR_mulh32, t32_destination(insn->rd), insn->rn, insn->rm, 0);
    t32_done(lift, insn->rd);
}

void t32_lift_UXTB16(struct t32_lift *lift)
{
    t32_emit(lift, IR_ror32i, IR_TEMPORARY, lift->insn->rm, 0,
             lift->insn->amount);
    result(lift, IR_and32i, 0x00ff00ff);
}

/* IR_TEMPORARY's low half, the other register's upper one. */
static void pack(struct t32_lift *lift, unsigned low)
{
    t32_emit_uv(lift, IR_bfi32, IR_TEMPORARY, low, 0, 0, 16);
    result(lift, IR_mov32, 0);
}

void t32_lift_PKHBT(struct t32_lift *lift)
{
    t32_emit(lift, IR_shl32i, IR_TEMPORARY, lift->insn->rm, 0,
             lift->insn->amount);
    pack(lift, lift->insn->rn);
}

void t32_lift_PKHTB(struct t32_lift *lift)
{
    const unsigned amount = lift->insn->amount;

    t32_emit(lift, IR_mov32, IR_TEMPORARY, lift->insn->rn, 0, 0);
    t32_emit(lift, IR_sar32i, IR_SECOND, lift->insn->rm, 0,
             amount < 32 ? amount : 31);
    pack(lift, IR_SECOND);
}
