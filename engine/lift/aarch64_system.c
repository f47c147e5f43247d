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

LIFT(undefined,
     aarch64_end_helper(lift, AARCH64_HELPER_UNDEFINED, IR_SINK, IR_ZERO,
                        IR_ZERO, (int32_t)lift->insn->encoding))

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
    if (aarch64_msr_goes_on(AARCH64_ROW_OF(operand))) {
        aarch64_assist(lift, AARCH64_HELPER_MSR, IR_SINK, a, IR_ZERO, operand);
    } else {
        aarch64_end_helper(lift, AARCH64_HELPER_MSR, IR_SINK, a, IR_ZERO,
                           operand);
    }
}

void aarch64_lift_MSR_IMM(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned field = insn->p << 4 | insn->o;
    int32_t what = (int32_t)(field << 4 | insn->i);

    if (field == AARCH64_DAIF_SET || field == AARCH64_DAIF_CLR) {
        aarch64_assist(lift, AARCH64_HELPER_MSR_PSTATE, IR_SINK, IR_ZERO,
                       IR_ZERO, what);
    } else {
        aarch64_end_helper(lift, AARCH64_HELPER_MSR_PSTATE, IR_SINK, IR_ZERO,
                           IR_ZERO, what);
    }
}

/* Cache maintenance and address translation (CRn 7) change nothing that code
 * depends on; TLB maintenance does. */
void aarch64_lift_SYS(struct aarch64_lift *lift)
{
    int32_t number = register_number(lift->insn);
    unsigned a = aarch64_source(lift->insn->t);

    if ((number >> 7 & 15) == 7) {
        aarch64_assist(lift, AARCH64_HELPER_SYS, IR_SINK, a, IR_ZERO, number);
    } else {
        aarch64_end_helper(lift, AARCH64_HELPER_SYS, IR_SINK, a, IR_ZERO,
                           number);
    }
}

LIFT(SYSL, aarch64_end_helper(lift, AARCH64_HELPER_SYSL,
                              aarch64_destination(lift->insn->t), IR_ZERO,
                              IR_ZERO, register_number(lift->insn)))

#define LIFT_END(row)                                                          \
    LIFT(row, aarch64_end_helper(lift, AARCH64_HELPER_##row, IR_SINK, IR_ZERO, \
                                 IR_ZERO, 0))
LIFT_END(WFI)
LIFT_END(WFE)

void aarch64_lift_YIELD(struct aarch64_lift *lift)
{
    if (lift->several) {
        aarch64_end_helper(lift, AARCH64_HELPER_YIELD, IR_SINK, IR_ZERO,
                           IR_ZERO, 0);
    }
}

/* What changes context ends its block itself, and so does a store into code
 * that runs. */
LIFT_NOTHING(ISB)

#define LIFT_ASSIST(row)                                                       \
    LIFT(row, aarch64_assist(lift, AARCH64_HELPER_##row, IR_SINK, IR_ZERO,     \
                             IR_ZERO, 0))
LIFT_ASSIST(SEV)
LIFT_ASSIST(SEVL)
LIFT_ASSIST(CLREX)
LIFT_ASSIST(ESB)

/* Those that run one at a time see each other's accesses in order. Else the
 * host keeps loads before what follows, and stores in their order; CRm[1:0] is
 * 1 and 2 for barriers that ask for no more (C6.2.81). */
void aarch64_lift_DMB(struct aarch64_lift *lift)
{
    unsigned types = lift->insn->i & 3u;

    if (lift->parallel && types != 1 && types != 2) {
        aarch64_assist(lift, AARCH64_HELPER_BARRIER, IR_SINK, IR_ZERO, IR_ZERO,
                       0);
    }
}

void aarch64_lift_DSB(struct aarch64_lift *lift)
{
    if (lift->parallel) {
        aarch64_assist(lift, AARCH64_HELPER_BARRIER, IR_SINK, IR_ZERO, IR_ZERO,
                       1);
    }
}

LIFT_NOTHING(NOP)
LIFT_NOTHING(HINT)
LIFT_NOTHING(CSDB)
LIFT_NOTHING(SB)
