/* SPDX-License-Identifier: Apache-2.0 */
/* Branches and exception generation: DDI 0487, C4.1.3. */
#include "engine/lift/aarch64.h"

enum { LINK = 30 };

static void branch(struct aarch64_lift *lift, enum ir_opcode near,
                   enum ir_opcode far, unsigned d, unsigned a, unsigned b,
                   uint64_t target)
{
    bool close = aarch64_near(lift, target);

    /* There it goes on soon, if neighbours are neighbours in memory too. */
    __builtin_prefetch(
        (const void *)((uintptr_t)lift->bytes + target - lift->pc));
    ir_emit(lift->block, close ? near : far, d, a, b,
            close ? (int64_t)((target & (REGION_PAGE_SIZE - 1)) / 2)
                  : (int64_t)target);
}

static uint64_t target(const struct aarch64_lift *lift, unsigned width)
{
    return lift->pc + (uint64_t)aarch64_signed(lift->insn->i, width) * 4;
}

static void jump(struct aarch64_lift *lift, uint64_t to)
{
    branch(lift, IR_jump_near, IR_jump64, 0, 0, 0, to);
    lift->block->ended = true;
}

LIFT(B, jump(lift, target(lift, 26)))

void aarch64_lift_BL(struct aarch64_lift *lift)
{
    branch(lift, IR_call64_near, IR_call64, LINK, 0, 0, target(lift, 26));
    lift->block->ended = true;
}

/* Conditions AL and NV are both "always". */
void aarch64_lift_B_COND(struct aarch64_lift *lift)
{
    uint64_t to = target(lift, 19);

    if (lift->insn->c >= 14) {
        jump(lift, to);
    } else {
        branch(lift, IR_bcond_near, IR_bcond, 0, lift->insn->c, 0, to);
        ir_join(lift->block);
    }
}

void aarch64_lift_CBZ(struct aarch64_lift *lift)
{
    bool wide = lift->insn->f != 0;

    branch(lift, wide ? IR_cbz64_near : IR_cbz32_near,
           wide ? IR_cbz64 : IR_cbz32, 0, aarch64_source(lift->insn->t), 0,
           target(lift, 19));
}

void aarch64_lift_CBNZ(struct aarch64_lift *lift)
{
    bool wide = lift->insn->f != 0;

    branch(lift, wide ? IR_cbnz64_near : IR_cbnz32_near,
           wide ? IR_cbnz64 : IR_cbnz32, 0, aarch64_source(lift->insn->t), 0,
           target(lift, 19));
}

LIFT(TBZ, branch(lift, IR_tbz_near, IR_tbz, 0, aarch64_source(lift->insn->t),
                 lift->insn->b, target(lift, 14)))
LIFT(TBNZ, branch(lift, IR_tbnz_near, IR_tbnz, 0, aarch64_source(lift->insn->t),
                  lift->insn->b, target(lift, 14)))

void aarch64_lift_BR(struct aarch64_lift *lift)
{
    ir_emit(lift->block, IR_jump_register64, 0, aarch64_source(lift->insn->n),
            0, 0);
    lift->block->ended = true;
}

LIFT(RET, aarch64_lift_BR(lift))

void aarch64_lift_BLR(struct aarch64_lift *lift)
{
    ir_emit(lift->block, IR_call_register64, LINK,
            aarch64_source(lift->insn->n), 0, 0);
    lift->block->ended = true;
}

/* ---- Exceptions ---------------------------------------------------------- */

#define LIFT_EXCEPTION(row)                                                    \
    LIFT(row, aarch64_end_helper(lift, AARCH64_HELPER_##row, IR_SINK, IR_ZERO, \
                                 IR_ZERO, (int32_t)lift->insn->i))
LIFT_EXCEPTION(SVC)
LIFT_EXCEPTION(HVC)
LIFT_EXCEPTION(SMC)
LIFT_EXCEPTION(BRK)
LIFT_EXCEPTION(HLT)
LIFT_EXCEPTION(ERET)

/* Undefined outside Debug state. */
LIFT_UNDEFINED(DRPS)
LIFT_UNDEFINED(DCPS1)
LIFT_UNDEFINED(DCPS2)
LIFT_UNDEFINED(DCPS3)
