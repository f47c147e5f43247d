/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifting T32: one short function per base row emits its micro-operations. The
 * functions are grouped by file and found by a table that is made from the row
 * tables: a row without a function does not link.
 *
 * What reads r15 gets the address of the instruction and 4; r15 of the
 * micro-operations is ITSTATE, so no operand may name it as it is.
 */
#ifndef ENGINE_LIFT_T32_H
#define ENGINE_LIFT_T32_H

#include "engine/mprofile/mprofile.h"
#include "isa/t32/decode.h"

enum { T32_PC = 15, T32_ALWAYS = 14 };

struct t32_lift {
    struct ir_block *block;
    const struct mprofile *core;
    struct t32_insn *insn;
    unsigned features; /* of isa/t32/decode.h */
    uint32_t pc;       /* of the instruction */
    bool in_it;        /* it is one of an IT block, */
    uint8_t it_next;   /* and ITSTATE behind it */
    bool conditional;  /* it may not be executed */
};

typedef void t32_lifter(struct t32_lift *lift);

t32_lifter t32_lift_UNDEFINED;
#define INSN(row, meaning) t32_lifter t32_lift_##row;
#define T16(...)
#define T32(...)
#define UNDER(...)
#include "isa/t32/instructions.def"
#undef UNDER
#undef T32
#undef T16
#undef INSN

/* A lifter of one statement. */
#define LIFT(row, statement)                                                   \
    void t32_lift_##row(struct t32_lift *lift)                                 \
    {                                                                          \
        statement;                                                             \
    }

static inline void t32_emit(struct t32_lift *lift, enum ir_opcode opcode,
                            unsigned d, unsigned a, unsigned b, int64_t imm)
{
    ir_emit(lift->block, opcode, d, a, b, imm);
}

/* An operation with u and v. */
static inline void t32_emit_uv(struct t32_lift *lift, enum ir_opcode opcode,
                               unsigned d, unsigned a, unsigned b, int32_t u,
                               int32_t v)
{
    struct ir_block *block = lift->block;

    ir_emit(block, opcode, d, a, b, 0);
    block->ops[block->count - 1].low = u;
    block->ops[block->count - 1].high = v;
}

/* Calls a helper and goes on with the block. */
static inline void t32_assist(struct t32_lift *lift, enum t32_helper helper,
                              unsigned d, unsigned a, unsigned b, uint32_t v)
{
    t32_emit_uv(lift, IR_assist, d, a, b, (int32_t)helper, (int32_t)v);
}

/* Calls a helper that may change anything; ends the block. */
static inline void t32_end_helper(struct t32_lift *lift, enum t32_helper helper,
                                  unsigned d, unsigned a, unsigned b,
                                  uint32_t v)
{
    t32_emit_uv(lift, IR_helper, d, a, b, (int32_t)helper, (int32_t)v);
    lift->block->ended = true;
}

/* Before a jump, which is the last of an IT block (else UNPREDICTABLE). */
static inline void t32_leave_it(struct t32_lift *lift)
{
    if (lift->in_it) {
        t32_emit(lift, IR_const32, T32_IT, 0, 0, 0);
    }
}

static inline void t32_undefined(struct t32_lift *lift)
{
    t32_end_helper(lift, T32_HELPER_UNDEFINED, IR_SINK, 0, 0,
                   lift->insn->encoding);
}

/* The operand that reads of a register get: r15 by a constant, in IR_TEMPORARY.
 */
static inline unsigned t32_source(struct t32_lift *lift, unsigned number)
{
    if (number != T32_PC) {
        return number;
    }
    t32_emit(lift, IR_const32, IR_TEMPORARY, 0, 0, lift->pc + 4);
    return IR_TEMPORARY;
}

/* Where a result goes. What r15 takes is dropped (UNPREDICTABLE), but for the
 * rows that say otherwise. */
static inline unsigned t32_destination(unsigned number)
{
    return number == T32_PC ? (unsigned)IR_SINK : number;
}

/* Behind a result: bits 1:0 of SP are 0 always (DDI 0403E, B1.4.1). */
static inline void t32_done(struct t32_lift *lift, unsigned number)
{
    if (number == MPROFILE_SP) {
        t32_emit(lift, IR_and32i, MPROFILE_SP, MPROFILE_SP, 0, ~INT64_C(3));
    }
}

/* Before SP becomes a + offset (DDI 0553, B3.21). */
static inline void t32_check_limit(struct t32_lift *lift, unsigned a,
                                   int32_t offset)
{
    if (mprofile_has_stack_limits(lift->core)) {
        t32_emit_uv(lift, IR_check_limit, 0, a, T32_SP_LIMIT,
                    T32_HELPER_STACK_LIMIT, offset);
    }
}

/* Once in a block, where all of it is executed: FP instructions are allowed,
 * and the registers are this context's. */
static inline void t32_check_fp(struct t32_lift *lift)
{
    if (!lift->block->fp_checked) {
        t32_assist(lift, T32_HELPER_FP_CHECK, IR_SINK, 0, 0,
                   lift->insn->encoding);
        if (!lift->conditional) {
            lift->block->fp_checked = true;
            lift->block->last_entry = lift->block->offset;
        }
    }
}

/* Jumps to an address that is known, or that a register and a constant have;
 * the last of an IT block, if of one. */
void t32_jump(struct t32_lift *lift, uint32_t target);
void t32_jump_register(struct t32_lift *lift, unsigned a, uint32_t offset);
/* To the address in a register as BX, POP and LDR of pc go there. */
void t32_exchange(struct t32_lift *lift, unsigned a);

#endif
