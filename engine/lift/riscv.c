/* SPDX-License-Identifier: Apache-2.0 */
/* Lifting RV32: from the bytes of a page to rows, and to their lifters; jumps
 * and helpers. */
#include "engine/lift/riscv.h"

#include <string.h>

#include "engine/riscv/riscv.h"

static riscv_lifter *const lifters[RISCV_ROWS] = {
#define INSN(row, mnemonic, pattern, format, section)                          \
    [RISCV_##row] = riscv_lift_##row,
#define CINSN(row, mnemonic, pattern, except, format, base, section)
#include "isa/riscv/instructions.def"
#undef INSN
#undef CINSN
};

void riscv_branch(struct riscv_lift *lift, enum ir_opcode near,
                  enum ir_opcode far, unsigned d, unsigned a, unsigned b)
{
    uint32_t target = lift->pc + (uint32_t)lift->insn->imm;
    bool same_page =
        ((target ^ lift->pc) & ~(uint32_t)(REGION_PAGE_SIZE - 1)) == 0;

    ir_emit(lift->block, same_page ? near : far, d, a, b,
            same_page ? (target & (REGION_PAGE_SIZE - 1)) / 2 : target);
}

void riscv_call_helper(struct riscv_lift *lift, unsigned helper, unsigned a,
                       unsigned b, int32_t argument)
{
    struct ir_block *block = lift->block;

    ir_emit(block, IR_helper, riscv_destination(lift->insn->rd), a, b, 0);
    block->ops[block->count - 1].low = (int32_t)helper;
    block->ops[block->count - 1].high = argument;
    block->ended = true;
}

/* The instruction at `bytes`, or a word that begins with what there is of it:
 * false. */
static bool take(const uint8_t *bytes, size_t size, uint32_t *word)
{
    enum { HALF = 2, WHOLE = 4 };

    if (size >= WHOLE) { /* a size that the compiler knows */
        memcpy(word, bytes, WHOLE);
        return true;
    }
    *word = 0;
    if (size < HALF) {
        return false;
    }
    memcpy(word, bytes, HALF);
    return riscv_length((uint16_t)*word) == HALF;
}

bool riscv_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                const uint8_t *bytes, size_t size)
{
    struct riscv_insn insn;
    struct riscv_lift lift = {block, &insn, (uint32_t)pc};
    uint32_t word;

    if (!take(bytes, size, &word)) {
        return false;
    }
    do {
        unsigned length = riscv_length((uint16_t)word);

        ir_begin(block, (uint8_t)length);
        if (riscv_decode(word, &insn)) {
            lifters[insn.base](&lift);
        } else {
            riscv_call_helper(&lift, RISCV_HELPER_ILLEGAL, 0, 0,
                              (int32_t)insn.encoding);
        }
        bytes += length;
        size -= length;
        lift.pc += length;
    } while (ir_next(block) && take(bytes, size, &word));
    return true;
}
