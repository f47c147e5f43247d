/* SPDX-License-Identifier: Apache-2.0 */
/* RV32I computation and M: unpriv 2.4 and 7. */
#include "engine/lift/riscv.h"

static void constant(struct riscv_lift *lift, uint32_t value)
{
    riscv_compute(lift, IR_const32, 0, 0, value);
}

void riscv_lift_LUI(struct riscv_lift *lift)
{
    constant(lift, (uint32_t)lift->insn->imm);
}

void riscv_lift_AUIPC(struct riscv_lift *lift)
{
    constant(lift, lift->pc + (uint32_t)lift->insn->imm);
}

void riscv_lift_ADDI(struct riscv_lift *lift)
{
    const struct riscv_insn *insn = lift->insn;

    if (insn->rs1 == 0) {
        constant(lift, (uint32_t)insn->imm);
    } else if (insn->imm == 0) {
        riscv_compute(lift, IR_mov32, insn->rs1, 0, 0);
    } else {
        riscv_compute(lift, IR_add32i, insn->rs1, 0, insn->imm);
        ir_join(lift->block);
    }
}

void riscv_lift_ADD(struct riscv_lift *lift)
{
    const struct riscv_insn *insn = lift->insn;

    if (insn->rs1 == 0) {
        riscv_compute(lift, IR_mov32, insn->rs2, 0, 0);
    } else {
        riscv_compute(lift, IR_add32, insn->rs1, insn->rs2, 0);
    }
}

LIFT_RRI(SLTI, slt32i)
LIFT_RRI(SLTIU, sltu32i)
LIFT_RRI(XORI, xor32i)
LIFT_RRI(ORI, or32i)
LIFT_RRI(ANDI, and32i)
LIFT_RRI(SLLI, shl32i)
LIFT_RRI(SRLI, shr32i)
LIFT_RRI(SRAI, sar32i)
LIFT_RRR(SUB, sub32)
LIFT_RRR(SLL, shl32)
LIFT_RRR(SLT, slt32)
LIFT_RRR(SLTU, sltu32)
LIFT_RRR(XOR, xor32)
LIFT_RRR(SRL, shr32)
LIFT_RRR(SRA, sar32)
LIFT_RRR(OR, or32)
LIFT_RRR(AND, and32)

LIFT_RRR(MUL, mul32)
LIFT_RRR(MULH, mulh32)
LIFT_RRR(MULHSU, mulhsu32)
LIFT_RRR(MULHU, mulhu32)
LIFT_RRR(DIV, div32)
LIFT_RRR(DIVU, divu32)
LIFT_RRR(REM, rem32)
LIFT_RRR(REMU, remu32)
