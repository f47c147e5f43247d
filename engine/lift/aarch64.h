/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifting A64: one short function per row of isa/aarch64 emits its
 * micro-operations. The functions are grouped by file; the table that finds
 * them is made from the rows, so a row without a function does not link.
 *
 * Rules
 * - Memory operations come before any change of the state that they may still
 *   fault before: compute into a temporary (IR_TEMPORARY), write back after.
 *   They need not be last; an instruction may have up to 6 operations.
 *   Temporaries do not live from one instruction to the next. IR_SECOND is
 *   made by a constant, shift, extension or inversion and read by the operation
 *   behind that alone, which is no helper: the compiler has it in a scratch
 *   register.
 * - XZR: read IR_ZERO, write IR_SINK. Number 31 as an IR register is SP.
 * - 32-bit forms use the operations named 32 (they zero-extend). Bitwise
 *   results of zero-extended operands may not assume zero upper halves: the
 *   sources hold 64 bits.
 * - An operation that must not be executed with FP and SIMD disabled is
 *   preceded by aarch64_check_fp.
 */
#ifndef ENGINE_LIFT_AARCH64_H
#define ENGINE_LIFT_AARCH64_H

#include "engine/aarch64/aarch64.h"
#include "isa/aarch64/decode.h"

struct aarch64_lift {
    struct ir_block *block;
    struct aarch64_insn *insn;
    uint64_t pc;
    const uint8_t *bytes; /* at pc */
    bool several;         /* there are other cores, */
    bool parallel;        /* which run at the same time */
};

typedef void aarch64_lifter(struct aarch64_lift *lift);

#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    aarch64_lifter aarch64_lift_##row;
#define OVER INSN
#include "isa/aarch64/instructions.def"
#undef OVER
#undef INSN
/* Not a row: what is UNDEFINED on this core. */
aarch64_lifter aarch64_lift_undefined;
/* By row, printed at build time: they set the instruction's fields first, so
 * that one jump does for both. */
extern aarch64_lifter *const aarch64_lifters[AARCH64_ROWS];

/* A lifter of one statement. */
#define LIFT(row, statement)                                                   \
    void aarch64_lift_##row(struct aarch64_lift *lift)                         \
    {                                                                          \
        statement;                                                             \
    }
#define LIFT_NOTHING(row)   LIFT(row, (void)lift)
#define LIFT_UNDEFINED(row) LIFT(row, aarch64_lift_undefined(lift))

/* IR registers for an encoded register number: 31 is XZR, or SP. */
static inline unsigned aarch64_source(unsigned number)
{
    return number == 31 ? (unsigned)IR_ZERO : number;
}

static inline unsigned aarch64_destination(unsigned number)
{
    return number == 31 ? (unsigned)IR_SINK : number;
}

static inline void aarch64_emit_helper(struct aarch64_lift *lift,
                                       enum ir_opcode opcode,
                                       enum aarch64_helper helper, unsigned d,
                                       unsigned a, unsigned b, int32_t argument)
{
    struct ir_block *block = lift->block;

    ir_emit(block, opcode, d, a, b, 0);
    block->ops[block->count - 1].low = (int32_t)helper;
    block->ops[block->count - 1].high = argument;
}

/* Calls a helper and goes on with the block. */
static inline void aarch64_assist(struct aarch64_lift *lift,
                                  enum aarch64_helper helper, unsigned d,
                                  unsigned a, unsigned b, int32_t argument)
{
    aarch64_emit_helper(lift, IR_assist, helper, d, a, b, argument);
}

/* Calls a helper that may change anything; ends the block. */
static inline void aarch64_end_helper(struct aarch64_lift *lift,
                                      enum aarch64_helper helper, unsigned d,
                                      unsigned a, unsigned b, int32_t argument)
{
    aarch64_emit_helper(lift, IR_helper, helper, d, a, b, argument);
    lift->block->ended = true;
}

/* Emits the check for FP and SIMD being enabled, once in a block. */
static inline void aarch64_check_fp(struct aarch64_lift *lift)
{
    if (!lift->block->fp_checked) {
        lift->block->fp_checked = true;
        lift->block->last_entry = lift->block->offset;
        aarch64_assist(lift, AARCH64_HELPER_CHECK_FP, 0, 0, 0, 0);
    }
}

/* Emits the SP alignment check if the base register is SP. */
static inline void aarch64_check_sp(struct aarch64_lift *lift, unsigned base)
{
    if (base == AARCH64_SP) {
        ir_emit(lift->block, IR_check_sp, 0, 0, 0, 0);
    }
}

/* True when target lies in the page of the instruction at hand: operations
 * named _near take (target & 4095) / 2, the others the whole target. */
static inline bool aarch64_near(const struct aarch64_lift *lift,
                                uint64_t target)
{
    return ((lift->pc ^ target) & ~(uint64_t)(REGION_PAGE_SIZE - 1)) == 0;
}

#endif
