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

LIFT(LB, load(lift, IR_load8))
LIFT(LH, load(lift, IR_load16))
LIFT(LW, load(lift, IR_load32))
LIFT(LBU, load(lift, IR_load8u))
LIFT(LHU, load(lift, IR_load16u))
LIFT(SB, store(lift, IR_store8))
LIFT(SH, store(lift, IR_store16))
LIFT(SW, store(lift, IR_store32))

/* One hart sees its own accesses in order: nothing to do. */
LIFT(FENCE, (void)lift)

/* Stores drop decoded code at once; what follows in this block was decoded
 * before, so leave it. */
LIFT(FENCE_I, riscv_call_helper(lift, RISCV_HELPER_SYNC, 0, 0, 0))
