/* SPDX-License-Identifier: Apache-2.0 */
/* Control: what leaves a block, or calls what is not generated. */
#include <stddef.h>

#include "engine/x86_64/rows.h"

static void store_link(struct lower *l, bool wide)
{
    uint64_t link = lower_told(l, (unsigned)l->op->offset + l->op->length);

    if (l->op->d != IR_SINK) {
        lower_told_address(l, X64_RCX, wide ? link : (uint32_t)link);
        if (l->compiler->guest->link_bits != 0) {
            x64_lea(&l->out, true, X64_RDX,
                    x64_mem(X64_RCX, l->compiler->guest->link_bits));
            lower_put(l, l->op->d, X64_RDX);
            return;
        }
        lower_put(l, l->op->d, X64_RCX);
    }
}

static void go_far(struct lower *l, uint64_t target)
{
    uint64_t here = lower_told(l, 0);

    if (((target ^ here) & ~(uint64_t)(REGION_PAGE_SIZE - 1)) == 0) {
        lower_go(l, (unsigned)(target & (REGION_PAGE_SIZE - 1)) / 2);
        return;
    }
    lower_told_address(l, X64_RAX, target);
    x64_jmp(&l->out, l->target->shared.lookup);
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

void lower_op_compare_branch32(struct lower *l, bool near, unsigned condition)
{
    lower_flush_flags(l);
    enum x64_register a = lower_get(l, false, l->op->a, X64_RAX);
    x64_alu(&l->out, false, X64_CMP, a, lower_place(l, l->op->b));
    branch(l, (enum x64_condition)condition, near,
           near ? target_of(l, true) : (uint32_t)l->op->imm);
}

static void zero_branch(struct lower *l, bool wide, bool near,
                        unsigned condition)
{
    lower_flush_flags(l);
    struct x64_operand a = lower_source(l, l->op->a);
    if (x64_is_memory(a)) {
        x64_alu_imm(&l->out, wide, X64_CMP, a, 0);
    } else {
        x64_op(&l->out, wide, 0x85, x64_base(a), a); /* test */
    }
    branch(l, (enum x64_condition)condition, near, target_of(l, near));
}

void lower_op_zero_branch32(struct lower *l, bool near, unsigned condition)
{
    zero_branch(l, false, near, condition);
}

void lower_op_zero_branch64(struct lower *l, bool near, unsigned condition)
{
    zero_branch(l, true, near, condition);
}

void lower_op_bit_branch(struct lower *l, bool near, unsigned condition)
{
    lower_flush_flags(l);
    x64_op(&l->out, true, 0x0fba, 4, lower_place(l, l->op->a)); /* bt */
    x64_byte(&l->out, l->op->b);
    branch(l, (enum x64_condition)condition, near, target_of(l, near));
}

void lower_op_condition_branch(struct lower *l, bool near, unsigned what)
{
    enum x64_condition condition = lower_condition(l, l->op->a);

    branch(l, condition, near, target_of(l, near));
}

/* d = a + u, then to v if it is (not) b. */
void lower_op_add_branch(struct lower *l, bool near, unsigned condition)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    lower_flush_flags(l);
    x64_mov(&l->out, true, d, lower_place(l, op->a));
    x64_alu_imm(&l->out, false, X64_ADD, x64_reg(d), op->low);
    lower_put(l, op->d, d);
    x64_alu(&l->out, false, X64_CMP, d, lower_place(l, op->b));
    branch(l, (enum x64_condition)condition, near, (uint32_t)op->high);
}

void lower_op_flags_branch(struct lower *l, bool wide, unsigned what)
{
    uint32_t high = (uint32_t)l->op->high;

    lower_op_set_flags(l, wide, what);
    branch(l, lower_condition(l, high >> 16), true, high & 0xffff);
}

/* ---- Calls of what is not generated -------------------------------------- */

void lower_call(struct lower *l, const uint8_t *callee)
{
    x64_mov_imm(&l->out, X64_RAX, lower_offset_of(l, l->op));
    x64_call(&l->out, callee);
    l->vectors = 0;
}

/* A check of SP, which is aligned: see guest_traits.aligned_register. */
void lower_op_nothing(struct lower *l, bool flag, unsigned what)
{
}

void lower_op_call_assist(struct lower *l, bool flag, unsigned what)
{
    lower_flush_flags(l);
    if (l->compiler->guest->lower_assist == NULL ||
        !l->compiler->guest->lower_assist(l)) {
        lower_call(l, l->target->shared.assist);
    }
}

/* ---- Ends of blocks ------------------------------------------------------ */

void lower_op_leave(struct lower *l, bool flag, unsigned why)
{
    lower_leave(l, lower_told(l, l->op->offset), l->op->rest,
                (enum interpreter_exit)why);
}

void lower_op_go_on(struct lower *l, bool flag, unsigned what)
{
    go_far(l, lower_told(l, l->op->offset));
}

void lower_op_call_helper(struct lower *l, bool flag, unsigned what)
{
    x64_mov_imm(&l->out, X64_RAX, lower_offset_of(l, l->op));
    x64_jmp(&l->out, l->target->shared.helper);
}

/* ---- Jumps and calls ----------------------------------------------------- */

/* Stores the address behind a call. True: made the half of a frame for the
 * return that holds it, and the host's call makes the other. Keeps RAX; RCX is
 * the address. */
static bool begin_call(struct lower *l, bool wide)
{
    store_link(l, wide);
    if (l->op->d != l->compiler->guest->link_register) {
        return false;
    }
    x64_op(&l->out, false, 0xf7, 0, x64_reg(X64_RSP)); /* test */
    x64_word32(&l->out, LOWER_CALLS - 1);
    struct lower_cold *full =
        lower_cold(l, COLD_FULL, x64_jcc(&l->out, X64_E, NULL));
    full->back = l->out.at;
    x64_byte(&l->out, 0x51); /* push rcx */
    return true;
}

/* Where the return comes to, with the address in RAX. */
static void end_call(struct lower *l)
{
    unsigned next = l->op->offset + l->op->length;

    x64_alu_imm(&l->out, true, X64_ADD, x64_reg(X64_RSP), 8);
    if (next < REGION_PAGE_SIZE) {
        lower_go(l, next / 2);
    } else {
        x64_jmp(&l->out, l->target->shared.lookup);
    }
}

/* To the address in RAX. */
static void go_to(struct lower *l, bool kept)
{
    if (kept) {
        x64_call(&l->out, l->target->shared.lookup);
        end_call(l);
    } else {
        x64_jmp(&l->out, l->target->shared.lookup);
    }
}

/* The block goes on behind those that a skip passes over. */
void lower_op_jump_near(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    if (what == CALL && begin_call(l, wide)) {
        lower_link(l, x64_call(&l->out, NULL), (unsigned)l->op->imm);
        end_call(l);
    } else {
        lower_go(l, (unsigned)l->op->imm);
    }
}

void lower_op_jump_far(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    go_far(l, wide ? (uint64_t)l->op->imm : (uint32_t)l->op->imm);
}

/* The target is mostly near the link, which RCX holds. */
void lower_op_call_far(struct lower *l, bool wide, unsigned what)
{
    uint64_t target = wide ? (uint64_t)l->op->imm : (uint32_t)l->op->imm;
    uint64_t distance =
        target - lower_told(l, (unsigned)l->op->offset + l->op->length);

    lower_give_back(l, l->op->rest);
    bool kept = begin_call(l, wide);
    if (l->op->d != IR_SINK && l->compiler->relative &&
        distance == (uint64_t)(int64_t)(int32_t)distance) {
        x64_lea(&l->out, true, X64_RAX, x64_mem(X64_RCX, (int32_t)distance));
    } else {
        lower_told_address(l, X64_RAX, target);
    }
    go_to(l, kept);
}

/* To the address in RAX, which is that of register a. */
static void go_by_register(struct lower *l, bool wide, unsigned what)
{
    if (what == CALL) {
        go_to(l, begin_call(l, wide));
    } else if (l->op->a == l->compiler->guest->link_register ||
               l->op->b == l->compiler->guest->link_register) {
        x64_jmp(&l->out, l->target->shared.returns);
    } else {
        go_to(l, false);
    }
}

void lower_op_jump_register32(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    lower_load(l, wide, X64_RAX, l->op->a);
    x64_alu_imm(&l->out, wide, X64_ADD, x64_reg(X64_RAX), (int32_t)l->op->imm);
    x64_alu_imm(&l->out, wide, X64_AND, x64_reg(X64_RAX), ~1);
    go_by_register(l, wide, what);
}

void lower_op_jump_register64(struct lower *l, bool wide, unsigned what)
{
    lower_load(l, wide, X64_RAX, l->op->a);
    go_by_register(l, wide, what);
}
