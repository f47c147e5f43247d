/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps and branches: unpriv 2.5. */
#include "bus/region.h"
#include "engine/lift/riscv.h"

void riscv_lift_JAL(struct riscv_lift *lift)
{
    riscv_jump(lift, lift->pc + (uint32_t)lift->insn->imm, lift->insn->rd);
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
    const struct riscv_insn *insn = lift->insn;
    uint32_t target = lift->pc + (uint32_t)insn->imm;
    bool same_page =
        ((target ^ lift->pc) & ~(uint32_t)(REGION_PAGE_SIZE - 1)) == 0;

    ir_emit(lift->block, same_page ? near : far, 0, insn->rs1, insn->rs2,
            same_page ? (target & (REGION_PAGE_SIZE - 1)) / 2 : target);
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

void riscv_lift_BLT(struct riscv_lift *lift)
{
    branch(lift, IR_blt_near, IR_blt);
}

void riscv_lift_BGE(struct riscv_lift *lift)
{
    branch(lift, IR_bge_near, IR_bge);
}

void riscv_lift_BLTU(struct riscv_lift *lift)
{
    branch(lift, IR_bltu_near, IR_bltu);
}

void riscv_lift_BGEU(struct riscv_lift *lift)
{
    branch(lift, IR_bgeu_near, IR_bgeu);
}
