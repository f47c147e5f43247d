/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions, hints, barriers, system registers and security. */
#include "engine/lift/t32.h"

/* Helpers that end a block see to ITSTATE themselves. */
static void end_with(struct t32_lift *lift, enum t32_helper helper, unsigned a,
                     uint32_t v)
{
    t32_end_helper(lift, helper, IR_SINK, a, 0, v);
}

LIFT(SVC, end_with(lift, T32_HELPER_SVC, 0, lift->insn->imm))
LIFT(BKPT,
     t32_end_helper(lift, T32_HELPER_BKPT, IR_SINK, 0, 0, lift->insn->imm))
LIFT(UDF, t32_undefined(lift))

enum { CPS_FAULTMASK = 1 << 0, CPS_DISABLE = 1 << 4 };

/* CPS of PRIMASK alone is MSR of that. */
static void change_state(struct t32_lift *lift, bool disable)
{
    const uint32_t imm = lift->insn->imm;

    if ((imm & CPS_FAULTMASK) == 0) {
        t32_emit(lift, IR_const32, IR_TEMPORARY, 0, 0, disable);
        t32_assist(lift, T32_HELPER_SET_SPECIAL, IR_SINK, IR_TEMPORARY, 0,
                   T32_SYSM_PRIMASK);
    } else {
        end_with(lift, T32_HELPER_CPS, 0, disable ? imm | CPS_DISABLE : imm);
    }
}

LIFT(CPSIE, change_state(lift, false))
LIFT(CPSID, change_state(lift, true))

void t32_lift_MRS(struct t32_lift *lift)
{
    const unsigned rd = lift->insn->rd;

    t32_assist(lift, T32_HELPER_MRS, t32_destination(rd), 0, 0,
               lift->insn->imm);
    t32_done(lift, rd);
}

/* True if neither mode nor rights of accesses are of a register. */
static bool is_aside(uint32_t sysm)
{
    sysm &= ~(uint32_t)T32_SYSM_NS;
    return (sysm >= T32_SYSM_MSP && sysm <= T32_SYSM_PSPLIM) ||
           (sysm >= T32_SYSM_PRIMASK && sysm <= T32_SYSM_BASEPRI_MAX) ||
           sysm == T32_SYSM_SP;
}

void t32_lift_MSR(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (is_aside(insn->imm)) {
        t32_assist(lift, T32_HELPER_SET_SPECIAL, IR_SINK, insn->rn, 0,
                   insn->imm);
    } else {
        end_with(lift, T32_HELPER_MSR, insn->rn,
                 insn->imm | (uint32_t)insn->amount << 8);
    }
}

LIFT(NOP, (void)lift)
LIFT(YIELD, (void)lift)
LIFT(SEV, t32_assist(lift, T32_HELPER_SEV, IR_SINK, 0, 0, 0))
LIFT(WFE, end_with(lift, T32_HELPER_WFE, 0, 0))
LIFT(WFI, end_with(lift, T32_HELPER_WFI, 0, 0))

/* One core sees its own accesses in order, and stores drop decoded code at
 * once; but what follows an ISB in its block was decoded before, so it is a
 * jump to what is decoded now. */
LIFT(DSB, (void)lift)
LIFT(DMB, (void)lift)

void t32_lift_ISB(struct t32_lift *lift)
{
    if (lift->in_it) {
        end_with(lift, T32_HELPER_SYNC, 0, 0);
    } else {
        t32_jump(lift, lift->pc + lift->insn->length);
    }
}

LIFT(SG, end_with(lift, T32_HELPER_SG, 0, 0))

/* The helper has A in bit 0 and T in bit 1. */
void t32_lift_TT(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_assist(lift, T32_HELPER_TT, t32_destination(insn->rd), insn->rn, 0,
               insn->imm >> 1 | (insn->imm & 1) << 1);
    t32_done(lift, insn->rd);
}

LIFT(COPROCESSOR,
     t32_end_helper(lift, T32_HELPER_NOCP, IR_SINK, 0, 0, lift->insn->encoding))
