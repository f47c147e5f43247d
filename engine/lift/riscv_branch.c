/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps and branches: unpriv 2.5. */
#include "engine/lift/riscv.h"

void riscv_lift_JAL(struct riscv_lift *lift)
{
    if (lift->insn->rd != 0) {
        riscv_branch(lift, IR_call_near, IR_call, lift->insn->rd, 0, 0);
    } else {
        riscv_branch(lift, IR_jump_near, IR_jump, 0, 0, 0);
    }
    lift->block->ended = true;
}

void riscv_lift_JALR(struct riscv_lift *lift)
{
    const struct riscv_insn *insn = lift->insn;

    ir_emit(lift->block, insn->rd == 0 ? IR_jump_register : IR_call_register,
            insn->rd, insn->rs1, 0, insn->imm);
    lift->block->ended = true;
}

/* Taken branches leave the block, others go on in it. */
static void branch(struct riscv_lift *lift, enum ir_opcode near,
                   enum ir_opcode far)
{
    riscv_branch(lift, near, far, 0, lift->insn->rs1, lift->insn->rs2);
}

void riscv_lift_BEQ(struct riscv_lift *lift)
{
    branch(lift, IR_beq_near, IR_beq);
    ir_join(lift->block);
}

void riscv_lift_BNE(struct riscv_lift *lift)
{
    branch(lift, IR_bne_near, IR_bne);
    ir_join(lift->block);
}

LIFT(BLT, branch(lift, IR_blt_near, IR_blt))
LIFT(BGE, branch(lift, IR_bge_near, IR_bge))
LIFT(BLTU, branch(lift, IR_bltu_near, IR_bltu))
LIFT(BGEU, branch(lift, IR_bgeu_near, IR_bgeu))
