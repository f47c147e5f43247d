/* SPDX-License-Identifier: Apache-2.0 */
/* Branches: DDI 0403E A7.7, DDI 0553 C2.4. */
#include "engine/lift/t32.h"

/* ---- Targets ------------------------------------------------------------- */

static bool is_near(const struct t32_lift *lift, uint32_t target)
{
    return ((lift->pc ^ target) & ~(uint32_t)(REGION_PAGE_SIZE - 1)) == 0;
}

/* By the operation for a target in the same page or for another one. */
static void go_to(struct t32_lift *lift, enum ir_opcode near,
                  enum ir_opcode far, unsigned d, unsigned a, uint32_t target)
{
    if (is_near(lift, target)) {
        t32_emit(lift, near, d, a, 0, (target & (REGION_PAGE_SIZE - 1)) / 2);
    } else {
        t32_emit(lift, far, d, a, 0, target);
    }
}

/* To the target of the instruction. */
static void go(struct t32_lift *lift, enum ir_opcode near, enum ir_opcode far,
               unsigned d, unsigned a)
{
    go_to(lift, near, far, d, a, lift->pc + lift->insn->imm);
}

void t32_jump(struct t32_lift *lift, uint32_t target)
{
    t32_leave_it(lift);
    go_to(lift, IR_jump_near, IR_jump, 0, 0, target);
    lift->block->ended = true;
}

void t32_jump_register(struct t32_lift *lift, unsigned a, uint32_t offset)
{
    t32_leave_it(lift);
    t32_emit(lift, IR_jump_register, 0, a, 0, (int32_t)offset);
    lift->block->ended = true;
}

/* An address that POP loads into pc is mostly a link. */
void t32_exchange(struct t32_lift *lift, unsigned a)
{
    t32_emit_uv(lift, IR_branch_exchange, 0, a, 0, T32_HELPER_EXCHANGE, 0);
    t32_leave_it(lift);
    t32_emit(lift, IR_jump_register, 0, a, MPROFILE_LR, 0);
    lift->block->ended = true;
}

/* ---- Rows ---------------------------------------------------------------- */

LIFT(B, t32_jump(lift, lift->pc + lift->insn->imm))

/* A comparison just before goes with a short one. */
void t32_lift_B_COND(struct t32_lift *lift)
{
    go(lift, IR_bcond_near, IR_bcond, 0, lift->insn->cond);
    if (lift->insn->length == 2 && !lift->in_it) {
        ir_join(lift->block);
    }
}

void t32_lift_BL(struct t32_lift *lift)
{
    t32_leave_it(lift);
    go(lift, IR_call_near, IR_call, MPROFILE_LR, 0);
    lift->block->ended = true;
}

LIFT(BX, t32_exchange(lift, lift->insn->rm))

void t32_lift_BLX(struct t32_lift *lift)
{
    const unsigned rm = lift->insn->rm;

    t32_emit_uv(lift, IR_branch_exchange, MPROFILE_LR, rm, 0,
                T32_HELPER_EXCHANGE_LINK, 0);
    t32_leave_it(lift);
    t32_emit(lift, IR_call_register, MPROFILE_LR, rm, 0, 0);
    lift->block->ended = true;
}

LIFT(BXNS, t32_end_helper(lift, T32_HELPER_BXNS, IR_SINK, lift->insn->rm, 0, 0))
LIFT(BLXNS,
     t32_end_helper(lift, T32_HELPER_BLXNS, IR_SINK, lift->insn->rm, 0, 0))

LIFT(CBZ, go(lift, IR_cbz32_near, IR_cbz32, 0, lift->insn->rn))
LIFT(CBNZ, go(lift, IR_cbnz32_near, IR_cbnz32, 0, lift->insn->rn))

/* The table's entry, which counts halfwords. */
static void by_table(struct t32_lift *lift, enum ir_opcode load, unsigned shift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->rn == T32_PC) {
        t32_emit(lift, IR_shl32i, IR_TEMPORARY, insn->rm, 0, shift);
        t32_emit(lift, load, IR_TEMPORARY, IR_TEMPORARY, 0,
                 (int32_t)(lift->pc + 4));
    } else {
        t32_emit(lift, IR_shladd32, IR_TEMPORARY, insn->rm, insn->rn, shift);
        t32_emit(lift, load, IR_TEMPORARY, IR_TEMPORARY, 0, 0);
    }
    t32_emit(lift, IR_shl32i, IR_TEMPORARY, IR_TEMPORARY, 0, 1);
    t32_jump_register(lift, IR_TEMPORARY, lift->pc + 4);
}

LIFT(TBB, by_table(lift, IR_load8u, 0))
LIFT(TBH, by_table(lift, IR_load16u, 1))

/* Lifted with what it is about (t32.c); within another it is UNPREDICTABLE. */
LIFT(IT, t32_undefined(lift))
