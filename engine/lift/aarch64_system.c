/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, hints and barriers: DDI 0487, C4.1.3. */
#include "engine/lift/aarch64.h"

/* op0:op1:CRn:CRm:op2 of an instruction. */
static int32_t register_number(const struct aarch64_insn *insn)
{
    return (int32_t)(insn->encoding >> 5 & 0xffff);
}

/* The same with the register's row, one up, above it; see AARCH64_ROW_OF. */
static int32_t register_operand(const struct aarch64_insn *insn)
{
    int32_t number = register_number(insn);

    return number | (aarch64_register_find((uint32_t)number) + 1) << 16;
}

/* NZCV is op0 3, op1 3, CRn 4, CRm 2, op2 0. */
enum { NZCV = 3 << 14 | 3 << 11 | 4 << 7 | 2 << 3 | 0 };

/* Calls a helper without a result. */
static void call(struct aarch64_lift *lift, bool ends,
                 enum aarch64_helper helper, unsigned a, int32_t argument)
{
    aarch64_emit_helper(lift, ends ? IR_helper : IR_assist, helper, IR_SINK, a,
                        IR_ZERO, argument);
    lift->block->ended |= ends;
}

LIFT(undefined, call(lift, true, AARCH64_HELPER_UNDEFINED, IR_ZERO,
                     (int32_t)lift->insn->encoding))

void aarch64_lift_MRS(struct aarch64_lift *lift)
{
    int32_t number = register_number(lift->insn);
    unsigned d = aarch64_destination(lift->insn->t);

    if (number == NZCV) {
        ir_emit(lift->block, IR_get_nzcv, d, 0, 0, 0);
    } else {
        aarch64_assist(lift, AARCH64_HELPER_MRS, d, IR_ZERO, IR_ZERO,
                       register_operand(lift->insn));
    }
}

void aarch64_lift_MSR(struct aarch64_lift *lift)
{
    int32_t number = register_number(lift->insn);
    unsigned a = aarch64_source(lift->insn->t);

    if (number == NZCV) {
        ir_emit(lift->block, IR_set_nzcv, 0, a, 0, 0);
        return;
    }
    int32_t operand = register_operand(lift->insn);
    call(lift, !aarch64_msr_goes_on(AARCH64_ROW_OF(operand)),
         AARCH64_HELPER_MSR, a, operand);
}

void aarch64_lift_MSR_IMM(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned field = insn->p << 4 | insn->o;

    call(lift, field != AARCH64_DAIF_SET && field != AARCH64_DAIF_CLR,
         AARCH64_HELPER_MSR_PSTATE, IR_ZERO, (int32_t)(field << 4 | insn->i));
}

/* Cache maintenance and address translation (CRn 7) change nothing that code
 * depends on; TLB maintenance does. */
void aarch64_lift_SYS(struct aarch64_lift *lift)
{
    int32_t number = register_number(lift->insn);

    call(lift, (number >> 7 & 15) != 7, AARCH64_HELPER_SYS,
         aarch64_source(lift->insn->t), number);
}

LIFT_UNDEFINED(SYSL)

#define LIFT_CALL(row, ends)                                                   \
    LIFT(row, call(lift, ends, AARCH64_HELPER_##row, IR_ZERO, 0))
LIFT_CALL(WFI, true)
LIFT_CALL(WFE, false) /* the run loop is told where it waits */

void aarch64_lift_YIELD(struct aarch64_lift *lift)
{
    if (lift->several) {
        call(lift, true, AARCH64_HELPER_YIELD, IR_ZERO, 0);
    }
}

/* An instruction that changes context ends its block itself, and so does a
 * store into code that runs. */
LIFT_NOTHING(ISB)

LIFT_CALL(SEV, false)
LIFT_CALL(SEVL, false)
LIFT_CALL(CLREX, false)
LIFT_CALL(ESB, false)

/* Cores that run one at a time see each other's accesses in order. Else the
 * host keeps loads before what follows, and stores in their order; CRm[1:0] is
 * 1 and 2 for barriers that ask for no more (C6.2.81). */
void aarch64_lift_DMB(struct aarch64_lift *lift)
{
    unsigned types = lift->insn->i & 3u;

    if (lift->parallel && types != 1 && types != 2) {
        call(lift, false, AARCH64_HELPER_BARRIER, IR_ZERO, 0);
    }
}

void aarch64_lift_DSB(struct aarch64_lift *lift)
{
    if (lift->parallel) {
        call(lift, false, AARCH64_HELPER_BARRIER, IR_ZERO, 1);
    }
}

LIFT_NOTHING(NOP)
LIFT_NOTHING(HINT)
LIFT_NOTHING(CSDB)
LIFT_NOTHING(SB)
