/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifting RV32: one short function per base row emits its micro-operations.
 * The functions are grouped by file and found by riscv_lifters, which is made
 * from the row tables: a row without a function does not link.
 */
#ifndef ENGINE_LIFT_RISCV_H
#define ENGINE_LIFT_RISCV_H

#include "engine/ir/ir.h"
#include "isa/riscv/decode.h"

struct riscv_lift {
    struct ir_block *block;
    const struct riscv_insn *insn;
    uint32_t pc;
};

typedef void riscv_lifter(struct riscv_lift *lift);

#define INSN(row, mnemonic, pattern, format, section)                          \
    riscv_lifter riscv_lift_##row;
#define CINSN(row, mnemonic, pattern, except, format, base, section)
#include "isa/riscv/instructions.def"
#undef INSN
#undef CINSN

/* A lifter of one statement. */
#define LIFT(row, statement)                                                   \
    void riscv_lift_##row(struct riscv_lift *lift)                             \
    {                                                                          \
        statement;                                                             \
    }

/* Where a result goes: x0 takes none. */
static inline unsigned riscv_destination(unsigned rd)
{
    return rd == 0 ? (unsigned)IR_SINK : rd;
}

/* A result without any other effect: nothing to do for x0. */
static inline void riscv_compute(struct riscv_lift *lift, enum ir_opcode opcode,
                                 unsigned a, unsigned b, int64_t imm)
{
    if (lift->insn->rd != 0) {
        ir_emit(lift->block, opcode, lift->insn->rd, a, b, imm);
    }
}

/* Three-register, immediate and one-register rows that are one operation. */
#define LIFT_RRR(row, opcode)                                                  \
    LIFT(row, riscv_compute(lift, IR_##opcode, lift->insn->rs1,                \
                            lift->insn->rs2, 0))
#define LIFT_RRI(row, opcode)                                                  \
    LIFT(row, riscv_compute(lift, IR_##opcode, lift->insn->rs1, 0,             \
                            lift->insn->imm))
#define LIFT_RR(row, opcode)                                                   \
    LIFT(row, riscv_compute(lift, IR_##opcode, lift->insn->rs1, 0, 0))

/* Goes to the instruction's target, which is known at translation, by the
 * operation for one in the same page or for another one. */
void riscv_branch(struct riscv_lift *lift, enum ir_opcode near,
                  enum ir_opcode far, unsigned d, unsigned a, unsigned b);
/* Hands the instruction to the core; ends the block. */
void riscv_call_helper(struct riscv_lift *lift, unsigned helper, unsigned a,
                       unsigned b, int32_t argument);

#endif
