/* SPDX-License-Identifier: Apache-2.0 */
/* Control: what leaves a block, or calls what is not generated. */
#include <stddef.h>

#include "base/bits.h"
#include "engine/compiler/lower.h"

static void store_link(struct lower *l, bool wide)
{
    uint64_t link = lower_told(l, (unsigned)l->op->offset + l->op->length);

    if (l->op->d != IR_SINK) {
        lower_told_address(l, X64_RCX, wide ? link : (uint32_t)link);
        lower_put(l, l->op->d, X64_RCX);
    }
}

/* RAX = an address near the one that RCX holds. */
static void call_far64(struct lower *l, uint64_t target)
{
    uint64_t distance =
        target - lower_told(l, (unsigned)l->op->offset + l->op->length);

    store_link(l, true);
    if (l->op->d != IR_SINK &&
        distance == (uint64_t)(int64_t)(int32_t)distance) {
        x64_lea(&l->out, true, X64_RAX, x64_mem(X64_RCX, (int32_t)distance));
    } else {
        lower_told_address(l, X64_RAX, target);
    }
    x64_jmp(&l->out, l->compiler->shared.lookup);
}

static void go_far(struct lower *l, uint64_t target)
{
    uint64_t here = lower_told(l, 0);

    if (((target ^ here) & ~(uint64_t)(REGION_PAGE_SIZE - 1)) == 0) {
        lower_go(l, (unsigned)(target & (REGION_PAGE_SIZE - 1)) / 2);
        return;
    }
    lower_told_address(l, X64_RAX, target);
    x64_jmp(&l->out, l->compiler->shared.lookup);
}

static void jump_register32(struct lower *l)
{
    lower_load(l, false, X64_RAX, l->op->a);
    x64_alu_imm(&l->out, false, X64_ADD, x64_reg(X64_RAX), (int32_t)l->op->imm);
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RAX), ~1);
}

/* ---- Conditional branches ------------------------------------------------ */

/* Goes to the operation's target on a condition of the host's flags; `near`
 * and `target` are the operation's. */
static void branch(struct lower *l, enum x64_condition condition, bool near,
                   uint64_t target)
{
    uint8_t *site = x64_jcc(&l->out, condition, NULL);

    if (near && l->op->rest == 0 && l->flags == FLAGS_STORED) {
        lower_link(l, site, (unsigned)target);
        return;
    }
    struct lower_cold *cold = lower_cold(l, COLD_TAKEN, site);
    cold->flags = l->flags;
    cold->near = near;
    cold->target = target;
}

static uint64_t target_of(const struct lower *l, bool near)
{
    return near ? (uint64_t)l->op->imm & 0xffff : (uint64_t)l->op->imm;
}

static void compare_branch32(struct lower *l, enum x64_condition condition,
                             bool near)
{
    lower_flush_flags(l);
    enum x64_register a = lower_get(l, false, l->op->a, X64_RAX);
    x64_alu(&l->out, false, X64_CMP, a, lower_place(l, l->op->b));
    branch(l, condition, near,
           near ? target_of(l, true) : (uint32_t)l->op->imm);
}

static void zero_branch(struct lower *l, bool wide,
                        enum x64_condition condition, bool near)
{
    lower_flush_flags(l);
    struct x64_operand a = lower_place(l, l->op->a);
    if (a.memory) {
        x64_alu_imm(&l->out, wide, X64_CMP, a, 0);
    } else {
        x64_op(&l->out, wide, 0x85, a.base, a); /* test */
    }
    branch(l, condition, near, target_of(l, near));
}

static void bit_branch(struct lower *l, enum x64_condition condition, bool near)
{
    lower_flush_flags(l);
    x64_op(&l->out, true, 0x0fba, 4, lower_place(l, l->op->a)); /* bt */
    x64_byte(&l->out, l->op->b);
    branch(l, condition, near, target_of(l, near));
}

static void condition_branch(struct lower *l, bool near)
{
    enum x64_condition condition = lower_condition(l, l->op->a);

    branch(l, condition, near, target_of(l, near));
}

/* d = a + u, then to v if it is (not) b. */
static void add_branch(struct lower *l, enum x64_condition condition)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    lower_flush_flags(l);
    x64_mov(&l->out, true, d, lower_place(l, op->a));
    x64_alu_imm(&l->out, false, X64_ADD, x64_reg(d), op->low);
    lower_put(l, op->d, d);
    x64_alu(&l->out, false, X64_CMP, d, lower_place(l, op->b));
    branch(l, condition, true, (uint32_t)op->high);
}

/* ---- Calls of what is not generated -------------------------------------- */

void lower_call(struct lower *l, const uint8_t *callee)
{
    x64_mov_imm(&l->out, X64_RAX, lower_op_offset(l, l->op));
    x64_call(&l->out, callee);
    l->vectors = 0;
}

static void check_sp(struct lower *l)
{
    if (l->sp_checked) {
        return;
    }
    lower_flush_flags(l);
    x64_op(&l->out, false, 0xf6, 0, lower_place(l, 31)); /* test byte */
    x64_byte(&l->out, 15);
    struct lower_cold *cold =
        lower_cold(l, COLD_CALL, x64_jcc(&l->out, X64_NE, NULL));
    cold->callee = l->compiler->shared.check_sp;
    cold->back = l->out.at;
    l->sp_checked = true;
}

static void assist(struct lower *l)
{
    lower_flush_flags(l);
    if (l->compiler->lower_assist == NULL || !l->compiler->lower_assist(l)) {
        lower_call(l, l->compiler->shared.assist);
        l->sp_checked = false;
    }
}

static bool lower_end(struct lower *l)
{
    const struct ir_op *op = l->op;

    if (!lower_ends_block((enum ir_opcode)op->opcode)) {
        return false;
    }
    lower_flush_flags(l);
    switch (op->opcode) {
    case IR_leave:
        go_far(l, lower_told(l, op->offset));
        return true;
    case IR_jump_near:
        lower_go(l, (unsigned)op->imm);
        return true;
    case IR_call_near:
    case IR_call64_near:
        store_link(l, op->opcode == IR_call64_near);
        lower_go(l, (unsigned)op->imm);
        return true;
    case IR_call64:
        call_far64(l, (uint64_t)op->imm);
        return true;
    case IR_jump64:
        go_far(l, (uint64_t)op->imm);
        return true;
    case IR_call:
        store_link(l, false);
        go_far(l, (uint32_t)op->imm);
        return true;
    case IR_jump:
        go_far(l, (uint32_t)op->imm);
        return true;
    case IR_call_register64:
        lower_load(l, true, X64_RAX, op->a);
        store_link(l, true);
        x64_jmp(&l->out, l->compiler->shared.lookup64);
        return true;
    case IR_jump_register64:
        lower_load(l, true, X64_RAX, op->a);
        x64_jmp(&l->out, l->compiler->shared.lookup64);
        return true;
    case IR_call_register:
        jump_register32(l);
        store_link(l, false);
        x64_jmp(&l->out, l->compiler->shared.lookup);
        return true;
    case IR_jump_register:
        jump_register32(l);
        x64_jmp(&l->out, l->compiler->shared.lookup);
        return true;
    case IR_step:
        lower_leave(l, lower_told(l, op->offset), op->rest, INTERPRETER_STEP);
        return true;
    case IR_miss:
        lower_leave(l, lower_told(l, op->offset), op->rest, INTERPRETER_MISS);
        return true;
    case IR_helper:
        x64_mov_imm(&l->out, X64_RAX, lower_op_offset(l, op));
        x64_jmp(&l->out, l->compiler->shared.helper);
        return true;
    default:
        return false;
    }
}

bool lower_branch(struct lower *l)
{
    static const struct {
        uint8_t near;
        uint8_t far;
        uint8_t condition;
    } compares[] = {
        {IR_beq_near,  IR_beq,  X64_E },
        {IR_bne_near,  IR_bne,  X64_NE},
        {IR_blt_near,  IR_blt,  X64_L },
        {IR_bge_near,  IR_bge,  X64_GE},
        {IR_bltu_near, IR_bltu, X64_B },
        {IR_bgeu_near, IR_bgeu, X64_AE},
    };
    enum ir_opcode opcode = (enum ir_opcode)l->op->opcode;

    for (size_t i = 0; i < ARRAY_SIZE(compares); i++) {
        if (opcode == compares[i].near || opcode == compares[i].far) {
            compare_branch32(l, (enum x64_condition)compares[i].condition,
                             opcode == compares[i].near);
            return true;
        }
    }
    switch (opcode) {
    case IR_cbz32_near:
    case IR_cbz32:
        zero_branch(l, false, X64_E, opcode == IR_cbz32_near);
        return true;
    case IR_cbnz32_near:
    case IR_cbnz32:
        zero_branch(l, false, X64_NE, opcode == IR_cbnz32_near);
        return true;
    case IR_cbz64_near:
    case IR_cbz64:
        zero_branch(l, true, X64_E, opcode == IR_cbz64_near);
        return true;
    case IR_cbnz64_near:
    case IR_cbnz64:
        zero_branch(l, true, X64_NE, opcode == IR_cbnz64_near);
        return true;
    case IR_tbz_near:
    case IR_tbz:
        bit_branch(l, X64_AE, opcode == IR_tbz_near);
        return true;
    case IR_tbnz_near:
    case IR_tbnz:
        bit_branch(l, X64_B, opcode == IR_tbnz_near);
        return true;
    case IR_bcond_near:
    case IR_bcond:
        condition_branch(l, opcode == IR_bcond_near);
        return true;
    case IR_subs32i_bcond:
    case IR_subs64i_bcond:
    case IR_subs32_bcond:
    case IR_subs64_bcond:
        lower_flag_setter(l);
        branch(l, lower_condition(l, (uint32_t)l->op->high >> 16), true,
               (uint32_t)l->op->high & 0xffff);
        return true;
    case IR_add_beq_near:
        add_branch(l, X64_E);
        return true;
    case IR_add_bne_near:
        add_branch(l, X64_NE);
        return true;
    case IR_check_sp:
        check_sp(l);
        return true;
    case IR_assist:
        assist(l);
        return true;
    default:
        break;
    }
    return lower_end(l);
}
