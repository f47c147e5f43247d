/* SPDX-License-Identifier: Apache-2.0 */
/* Zba, Zbb, Zbc and Zbs. */
#include "engine/lift/riscv.h"

static void shift_add(struct riscv_lift *lift, unsigned shift)
{
    riscv_compute(lift, IR_shladd32, lift->insn->rs1, lift->insn->rs2, shift);
}

LIFT(SH1ADD, shift_add(lift, 1))
LIFT(SH2ADD, shift_add(lift, 2))
LIFT(SH3ADD, shift_add(lift, 3))

LIFT_RRR(ANDN, andn32)
LIFT_RRR(ORN, orn32)
LIFT_RRR(XNOR, xnor32)
LIFT_RR(CLZ, clz32)
LIFT_RR(CTZ, ctz32)
LIFT_RR(CPOP, popcount32)
LIFT_RR(SEXT_B, sext8)
LIFT_RR(SEXT_H, sext16)
LIFT_RR(ZEXT_H, zext16)
LIFT_RRR(MAX, max32)
LIFT_RRR(MAXU, maxu32)
LIFT_RRR(MIN, min32)
LIFT_RRR(MINU, minu32)
LIFT_RRR(ROL, rol32)
LIFT_RRR(ROR, ror32)
LIFT_RRI(RORI, ror32i)
LIFT_RR(ORC_B, orbytes32)
LIFT_RR(REV8, byteswap32)
LIFT_RRR(CLMUL, clmul32)
LIFT_RRR(CLMULH, clmulh32)
LIFT_RRR(CLMULR, clmulr32)
LIFT_RRR(BCLR, bitclear32)
LIFT_RRR(BEXT, extract32)
LIFT_RRI(BEXTI, extract32i)
LIFT_RRR(BINV, bitflip32)
LIFT_RRR(BSET, bitset32)

/* With a known bit number the others are logic with a constant. */
static uint32_t bit(const struct riscv_lift *lift)
{
    return 1u << (lift->insn->imm & 31);
}

LIFT(BCLRI, riscv_compute(lift, IR_and32i, lift->insn->rs1, 0, ~bit(lift)))
LIFT(BINVI, riscv_compute(lift, IR_xor32i, lift->insn->rs1, 0, bit(lift)))
LIFT(BSETI, riscv_compute(lift, IR_or32i, lift->insn->rs1, 0, bit(lift)))
