/* SPDX-License-Identifier: Apache-2.0 */
/* Loads, stores and fences: unpriv 2.6, 2.7 and 3.1. */
#include "engine/lift/riscv.h"
#include "engine/riscv/riscv.h"

/* A load into x0 still accesses memory. */
static void load(struct riscv_lift *lift, enum ir_opcode opcode)
{
    const struct riscv_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, riscv_destination(insn->rd), insn->rs1, 0,
            insn->imm);
}

static void store(struct riscv_lift *lift, enum ir_opcode opcode)
{
    const struct riscv_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, 0, insn->rs1, insn->rs2, insn->imm);
}

void riscv_lift_LB(struct riscv_lift *lift)
{
    load(lift, IR_load8);
}

void riscv_lift_LH(struct riscv_lift *lift)
{
    load(lift, IR_load16);
}

void riscv_lift_LW(struct riscv_lift *lift)
{
    load(lift, IR_load32);
}

void riscv_lift_LBU(struct riscv_lift *lift)
{
    load(lift, IR_load8u);
}

void riscv_lift_LHU(struct riscv_lift *lift)
{
    load(lift, IR_load16u);
}

void riscv_lift_SB(struct riscv_lift *lift)
{
    store(lift, IR_store8);
}

void riscv_lift_SH(struct riscv_lift *lift)
{
    store(lift, IR_store16);
}

void riscv_lift_SW(struct riscv_lift *lift)
{
    store(lift, IR_store32);
}

/* One hart sees its own accesses in order: nothing to do. */
void riscv_lift_FENCE(struct riscv_lift *lift)
{
    (void)lift;
}

/* Stores drop decoded code at once; what follows in this block was decoded
 * before, so leave it. */
void riscv_lift_FENCE_I(struct riscv_lift *lift)
{
    riscv_call_helper(lift, RISCV_HELPER_SYNC, 0, 0, 0);
}
