/* SPDX-License-Identifier: Apache-2.0 */
/* Control: what leaves a block, or calls what is not generated. */
#include <stddef.h>

#include "engine/compiler/lower.h"

static void store_link(struct lower *l, bool wide)
{
    uint64_t link = lower_told(l, (unsigned)l->op->offset + l->op->length);

    if (l->op->d != IR_SINK) {
        lower_told_address(l, X64_RCX, wide ? link : (uint32_t)link);
        if (l->compiler->link_bits != 0) {
            x64_lea(&l->out, true, X64_RDX,
                    x64_mem(X64_RCX, l->compiler->link_bits));
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
    x64_jmp(&l->out, l->compiler->shared.lookup);
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

static void compare_branch32(struct lower *l, bool near, unsigned condition)
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

static void zero_branch32(struct lower *l, bool near, unsigned condition)
{
    zero_branch(l, false, near, condition);
}

static void zero_branch64(struct lower *l, bool near, unsigned condition)
{
    zero_branch(l, true, near, condition);
}

static void bit_branch(struct lower *l, bool near, unsigned condition)
{
    lower_flush_flags(l);
    x64_op(&l->out, true, 0x0fba, 4, lower_place(l, l->op->a)); /* bt */
    x64_byte(&l->out, l->op->b);
    branch(l, (enum x64_condition)condition, near, target_of(l, near));
}

static void condition_branch(struct lower *l, bool near, unsigned what)
{
    enum x64_condition condition = lower_condition(l, l->op->a);

    branch(l, condition, near, target_of(l, near));
}

/* d = a + u, then to v if it is (not) b. */
static void add_branch(struct lower *l, bool near, unsigned condition)
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

static void flags_branch(struct lower *l, bool wide, unsigned what)
{
    uint32_t high = (uint32_t)l->op->high;

    lower_set_flags(l, wide, what);
    branch(l, lower_condition(l, high >> 16), true, high & 0xffff);
}

/* ---- Calls of what is not generated -------------------------------------- */

void lower_call(struct lower *l, const uint8_t *callee)
{
    x64_mov_imm(&l->out, X64_RAX, lower_op_offset(l, l->op));
    x64_call(&l->out, callee);
    l->vectors = 0;
}

/* A check of SP, which is aligned: see guest_traits.aligned_register. */
static void nothing(struct lower *l, bool flag, unsigned what)
{
}

static void assist(struct lower *l, bool flag, unsigned what)
{
    lower_flush_flags(l);
    if (l->compiler->lower_assist == NULL || !l->compiler->lower_assist(l)) {
        lower_call(l, l->compiler->shared.assist);
    }
}

/* ---- Ends of blocks ------------------------------------------------------ */

static void leave(struct lower *l, bool flag, unsigned why)
{
    lower_leave(l, lower_told(l, l->op->offset), l->op->rest,
                (enum interpreter_exit)why);
}

static void go_on(struct lower *l, bool flag, unsigned what)
{
    go_far(l, lower_told(l, l->op->offset));
}

static void helper(struct lower *l, bool flag, unsigned what)
{
    x64_mov_imm(&l->out, X64_RAX, lower_op_offset(l, l->op));
    x64_jmp(&l->out, l->compiler->shared.helper);
}

/* ---- Jumps and calls ----------------------------------------------------- */

/* The kinds of a jump. */
enum { JUMP, CALL };

/* Stores the address behind a call. True: made the half of a frame for the
 * return that holds it, and the host's call makes the other. Keeps RAX; RCX is
 * the address. */
static bool begin_call(struct lower *l, bool wide)
{
    store_link(l, wide);
    if (l->op->d != l->compiler->link) {
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
        x64_jmp(&l->out, l->compiler->shared.lookup);
    }
}

/* To the address in RAX. */
static void go_to(struct lower *l, bool kept)
{
    if (kept) {
        x64_call(&l->out, l->compiler->shared.lookup);
        end_call(l);
    } else {
        x64_jmp(&l->out, l->compiler->shared.lookup);
    }
}

/* The block goes on behind those that a skip passes over. */
static void jump_near(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    if (what == CALL && begin_call(l, wide)) {
        lower_link(l, x64_call(&l->out, NULL), (unsigned)l->op->imm);
        end_call(l);
    } else {
        lower_go(l, (unsigned)l->op->imm);
    }
}

static void jump_far(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    go_far(l, wide ? (uint64_t)l->op->imm : (uint32_t)l->op->imm);
}

/* The target is mostly near the link, which RCX holds. */
static void call_far(struct lower *l, bool wide, unsigned what)
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
    } else if (l->op->a == l->compiler->link || l->op->b == l->compiler->link) {
        x64_jmp(&l->out, l->compiler->shared.returns);
    } else {
        go_to(l, false);
    }
}

static void jump_register32(struct lower *l, bool wide, unsigned what)
{
    lower_give_back(l, l->op->rest);
    lower_load(l, wide, X64_RAX, l->op->a);
    x64_alu_imm(&l->out, wide, X64_ADD, x64_reg(X64_RAX), (int32_t)l->op->imm);
    x64_alu_imm(&l->out, wide, X64_AND, x64_reg(X64_RAX), ~1);
    go_by_register(l, wide, what);
}

static void jump_register64(struct lower *l, bool wide, unsigned what)
{
    lower_load(l, wide, X64_RAX, l->op->a);
    go_by_register(l, wide, what);
}

/* flag: of branches, the target is near; of jumps and comparisons, 64 bits. */
const struct lower_row lower_branch_rows[IR_OPCODES] = {
    [IR_beq_near] = {compare_branch32, true,  X64_E                    },
    [IR_bne_near] = {compare_branch32, true,  X64_NE                   },
    [IR_blt_near] = {compare_branch32, true,  X64_L                    },
    [IR_bge_near] = {compare_branch32, true,  X64_GE                   },
    [IR_bltu_near] = {compare_branch32, true,  X64_B                    },
    [IR_bgeu_near] = {compare_branch32, true,  X64_AE                   },
    [IR_beq] = {compare_branch32, false, X64_E                    },
    [IR_bne] = {compare_branch32, false, X64_NE                   },
    [IR_blt] = {compare_branch32, false, X64_L                    },
    [IR_bge] = {compare_branch32, false, X64_GE                   },
    [IR_bltu] = {compare_branch32, false, X64_B                    },
    [IR_bgeu] = {compare_branch32, false, X64_AE                   },
    [IR_add_beq_near] = {add_branch,       true,  X64_E                    },
    [IR_add_bne_near] = {add_branch,       true,  X64_NE                   },
    [IR_cbz32_near] = {zero_branch32,    true,  X64_E                    },
    [IR_cbz32] = {zero_branch32,    false, X64_E                    },
    [IR_cbnz32_near] = {zero_branch32,    true,  X64_NE                   },
    [IR_cbnz32] = {zero_branch32,    false, X64_NE                   },
    [IR_cbz64_near] = {zero_branch64,    true,  X64_E                    },
    [IR_cbz64] = {zero_branch64,    false, X64_E                    },
    [IR_cbnz64_near] = {zero_branch64,    true,  X64_NE                   },
    [IR_cbnz64] = {zero_branch64,    false, X64_NE                   },
    [IR_tbz_near] = {bit_branch,       true,  X64_AE                   },
    [IR_tbz] = {bit_branch,       false, X64_AE                   },
    [IR_tbnz_near] = {bit_branch,       true,  X64_B                    },
    [IR_tbnz] = {bit_branch,       false, X64_B                    },
    [IR_bcond_near] = {condition_branch, true,  0                        },
    [IR_bcond] = {condition_branch, false, 0                        },
    [IR_subs32i_bcond] = {flags_branch,     false, X64_SUB | LOWER_IMMEDIATE},
    [IR_subs64i_bcond] = {flags_branch,     true,  X64_SUB | LOWER_IMMEDIATE},
    [IR_subs32_bcond] = {flags_branch,     false, X64_SUB                  },
    [IR_subs64_bcond] = {flags_branch,     true,  X64_SUB                  },
    [IR_check_sp] = {nothing,          false, 0                        },
    [IR_assist] = {assist,           false, 0                        },
    [IR_leave] = {go_on,            false, 0                        },
    [IR_step] = {leave,            false, INTERPRETER_STEP         },
    [IR_miss] = {leave,            false, INTERPRETER_MISS         },
    [IR_helper] = {helper,           false, 0                        },
    [IR_jump_near] = {jump_near,        false, JUMP                     },
    [IR_call_near] = {jump_near,        false, CALL                     },
    [IR_call64_near] = {jump_near,        true,  CALL                     },
    [IR_jump] = {jump_far,         false, JUMP                     },
    [IR_jump64] = {jump_far,         true,  JUMP                     },
    [IR_call] = {call_far,         false, CALL                     },
    [IR_call64] = {call_far,         true,  CALL                     },
    [IR_jump_register] = {jump_register32,  false, JUMP                     },
    [IR_call_register] = {jump_register32,  false, CALL                     },
    [IR_jump_register64] = {jump_register64,  true,  JUMP                     },
    [IR_call_register64] = {jump_register64,  true,  CALL                     },
};

/* Other branches look after the flags themselves. */
bool lower_ends(unsigned opcode)
{
    static const bool ends[IR_OPCODES] = {
        [IR_leave] = true,
        [IR_step] = true,
        [IR_miss] = true,
        [IR_helper] = true,
        [IR_jump_near] = true,
        [IR_call_near] = true,
        [IR_call64_near] = true,
        [IR_jump] = true,
        [IR_jump64] = true,
        [IR_call] = true,
        [IR_call64] = true,
        [IR_jump_register] = true,
        [IR_call_register] = true,
        [IR_jump_register64] = true,
        [IR_call_register64] = true,
    };

    return ends[opcode];
}
