/* SPDX-License-Identifier: Apache-2.0 */
/* A turn of a loop, operation by operation: memory, control, and where it ends.
 * See spin.c. */
#include "engine/spin/walk.h"

#include <string.h>

#include "base/bits.h"

/* ---- Memory -------------------------------------------------------------- */

/* The host bytes of an access that the soft TLB answers. */
static uint8_t *bytes_at(const struct walk *w, uint64_t address, unsigned size,
                         enum vcpu_access access)
{
    return vcpu_tlb_find(&w->cpu->tlbs[w->cpu->data_context], access, address,
                         size);
}

enum form { LOAD, LOAD_PAIR, STORE, STORE_PAIR, STORE_INDEXED };

/* size 0: no access. */
static const struct memory_op {
    uint8_t form;
    uint8_t size;
    uint8_t extends; /* bits that a signed load fills */
    bool indexed;
} memory_ops[IR_OPCODES] = {
    [IR_load8] = {LOAD,          1, 32, false},
    [IR_load8u] = {LOAD,          1, 0,  false},
    [IR_load16] = {LOAD,          2, 32, false},
    [IR_load16u] = {LOAD,          2, 0,  false},
    [IR_load32] = {LOAD,          4, 0,  false},
    [IR_store8] = {STORE,         1, 0,  false},
    [IR_store16] = {STORE,         2, 0,  false},
    [IR_store32] = {STORE,         4, 0,  false},
    [IR_ld8] = {LOAD,          1, 0,  false},
    [IR_ld16] = {LOAD,          2, 0,  false},
    [IR_ld32] = {LOAD,          4, 0,  false},
    [IR_ld64] = {LOAD,          8, 0,  false},
    [IR_ld8s32] = {LOAD,          1, 32, false},
    [IR_ld8s64] = {LOAD,          1, 64, false},
    [IR_ld16s32] = {LOAD,          2, 32, false},
    [IR_ld16s64] = {LOAD,          2, 64, false},
    [IR_ld32s64] = {LOAD,          4, 64, false},
    [IR_ld8x] = {LOAD,          1, 0,  true },
    [IR_ld16x] = {LOAD,          2, 0,  true },
    [IR_ld32x] = {LOAD,          4, 0,  true },
    [IR_ld64x] = {LOAD,          8, 0,  true },
    [IR_ldp32] = {LOAD_PAIR,     4, 0,  false},
    [IR_ldp64] = {LOAD_PAIR,     8, 0,  false},
    [IR_st8] = {STORE,         1, 0,  false},
    [IR_st16] = {STORE,         2, 0,  false},
    [IR_st32] = {STORE,         4, 0,  false},
    [IR_st64] = {STORE,         8, 0,  false},
    [IR_st8x] = {STORE_INDEXED, 1, 0,  true },
    [IR_st16x] = {STORE_INDEXED, 2, 0,  true },
    [IR_st32x] = {STORE_INDEXED, 4, 0,  true },
    [IR_st64x] = {STORE_INDEXED, 8, 0,  true },
    [IR_stp32] = {STORE_PAIR,    4, 0,  false},
    [IR_stp64] = {STORE_PAIR,    8, 0,  false},
};

/* One register of an access. Nobody else writes memory meanwhile; what is
 * stored must be there already. */
static enum verdict transfer(struct walk *w, const struct memory_op *what,
                             unsigned number, uint64_t address)
{
    const bool store = what->form >= STORE;
    const uint8_t *bytes =
        bytes_at(w, address, what->size, store ? VCPU_WRITE : VCPU_READ);
    const unsigned unused = 64 - what->size * 8u;
    uint64_t value = 0;

    if (bytes == NULL || address % what->size != 0 ||
        (store && w->kind[number] != STEADY)) {
        return OTHER;
    }
    if (store) {
        return memcmp(bytes, &w->r[number], what->size) == 0 ? SAME : OTHER;
    }
    memcpy(&value, bytes, what->size);
    if (what->extends != 0) {
        value = (uint64_t)((int64_t)(value << unused) >> unused);
        value = what->extends == 32 ? (uint32_t)value : value;
    }
    walk_set_steady(w, number, value);
    return SAME;
}

static enum verdict access_memory(struct walk *w, const struct memory_op *what)
{
    const struct ir_op *op = w->op;
    const bool pair = what->form == LOAD_PAIR || what->form == STORE_PAIR;
    uint64_t address = w->r[op->a];

    if (w->kind[op->a] != STEADY ||
        (what->indexed && w->kind[op->b] != STEADY)) {
        return OTHER;
    }
    address += what->indexed ? w->r[op->b] << op->imm : (uint64_t)op->imm;
    address &= guest_address_mask(w->cpu->guest);
    enum verdict verdict =
        transfer(w, what, what->form == STORE ? op->b : op->d, address);
    if (verdict == SAME && pair) {
        verdict = transfer(w, what, op->b, address + what->size);
    }
    return verdict;
}

/* ---- Control ------------------------------------------------------------- */

static enum verdict enter(struct walk *w, unsigned slot)
{
    const uint32_t entry = code_slot(w->page, slot)->map;

    if ((entry & 0xffff) == 0) {
        return OTHER;
    }
    w->before = w->count;
    w->count += entry >> 16;
    w->op = &w->page->ops[entry & 0xffff];
    w->pc = w->page->base + slot * 2u;
    w->arrived = true;
    w->at_clock = false;
    return SAME;
}

enum verdict walk_go(struct walk *w, uint64_t pc)
{
    const uint64_t page = pc & ~(uint64_t)(REGION_PAGE_SIZE - 1);
    const struct vcpu_fetch_entry *entry =
        &w->cpu->fetch[w->cpu->fetch_context]
                      [pc >> REGION_PAGE_SHIFT & (VCPU_FETCH_ENTRIES - 1)];

    if (entry->tag != page || (pc & w->cpu->granule_mask) != 0) {
        return OTHER;
    }
    w->page = entry->page;
    w->page->base = page;
    return enter(w, (unsigned)(pc & (REGION_PAGE_SIZE - 1)) / 2);
}

/* Leaves the block at the operation at hand: for a slot, or an address. */
static enum verdict leave_near(struct walk *w, unsigned slot)
{
    w->count -= w->op->rest;
    return enter(w, slot);
}

static enum verdict leave_far(struct walk *w, uint64_t pc)
{
    w->count -= w->op->rest;
    return walk_go(w, pc);
}

/* A page-relative address: see guest_traits.position_independent. */
static uint64_t told(const struct walk *w)
{
    const uint64_t imm = (uint64_t)w->op->imm;

    return w->cpu->guest->position_independent ? w->page->base + imm
                                               : (uint32_t)imm;
}

static enum verdict next(struct walk *w)
{
    w->op++;
    return SAME;
}

/* Whether a register is zero, or has a bit, in all turns. */
static enum verdict is_zero(const struct walk *w, bool wide, bool *yes)
{
    struct pair a = walk_pair(w, w->op->a);

    if (w->kind[w->op->a] == STALE) {
        return OTHER;
    }
    if (!wide && walk_narrow(&a) != SAME) {
        return TURNS;
    }
    *yes = a.near == 0;
    return (a.far == 0) == *yes ? SAME : TURNS;
}

static enum verdict has_bit(const struct walk *w, bool *yes)
{
    const struct pair a = walk_pair(w, w->op->a);

    *yes = (a.near >> w->op->b & 1) != 0;
    return w->kind[w->op->a] == STALE                ? OTHER
           : a.near >> w->op->b != a.far >> w->op->b ? TURNS
                                                     : SAME;
}

/* A comparison that is fused with the branch on it. */
static enum verdict compare_and_branch(struct walk *w, bool wide, bool *yes)
{
    const struct ir_op *op = w->op;
    const bool constant =
        op->opcode == IR_subs64i_bcond || op->opcode == IR_subs32i_bcond;
    const uint64_t imm = wide ? (uint64_t)(int64_t)op->low : (uint32_t)op->low;
    const struct pair a = walk_pair(w, op->a);
    const struct pair b =
        constant ? (struct pair){imm, imm} : walk_pair(w, op->b);
    const bool moving =
        walk_moves(w, op->a) || (!constant && walk_moves(w, op->b));
    enum verdict verdict = SAME;

    if (w->kind[op->a] == STALE || (!constant && w->kind[op->b] == STALE) ||
        (walk_moves(w, op->a) && !constant && walk_moves(w, op->b))) {
        return OTHER;
    }
    verdict = walk_compare(w, a, b, wide);
    if (!moving) {
        w->kind[op->d] = STEADY;
        w->kind[IR_NZCV] = STEADY;
    }
    return verdict == SAME ? walk_holds(w, (unsigned)op->high >> 16, yes)
                           : verdict;
}

/* Two registers, of a guest without flags: by the condition that A64 has for
 * it. The first may become a sum before that. */
static enum verdict compare_registers(struct walk *w, bool sums,
                                      unsigned condition, bool *yes)
{
    const struct ir_op *op = w->op;
    const unsigned first = sums ? op->d : op->a;
    struct ir_op part = {
        .opcode = IR_add32i, .d = op->d, .a = op->a, .imm = op->low};
    enum verdict verdict = SAME;

    w->op = &part;
    if (sums) {
        verdict = walk_compute(w);
    }
    part.d = IR_SINK;
    if (w->kind[first] == STALE || w->kind[op->b] == STALE ||
        (walk_moves(w, first) && walk_moves(w, op->b))) {
        verdict = OTHER;
    }
    if (verdict == SAME) {
        verdict =
            walk_compare(w, walk_pair(w, first), walk_pair(w, op->b), false);
    }
    if (verdict == SAME) {
        verdict = walk_holds(w, condition, yes);
    }
    walk_set_steady(w, IR_NZCV, 0);
    w->op = op;
    return verdict;
}

enum test {
    NO_BRANCH,
    ON_FLAGS,
    ON_ZERO,
    ON_BIT,
    ON_COMPARISON,
    ON_REGISTERS,
    ON_SUM
};

/* Conditions of A64. */
enum { EQ = 0, NE = 1, CS = 2, CC = 3, GE = 10, LT = 11 };

/* Conditional branches; negated: taken when the test fails. */
static const struct branch_op {
    uint8_t test;
    bool near;
    bool wide;
    bool negated;
    uint8_t condition;
} branch_ops[IR_OPCODES] = {
    [IR_bcond_near] = {ON_FLAGS,      true,  true,  false, 0 },
    [IR_bcond] = {ON_FLAGS,      false, true,  false, 0 },
    [IR_cbz32_near] = {ON_ZERO,       true,  false, false, 0 },
    [IR_cbz32] = {ON_ZERO,       false, false, false, 0 },
    [IR_cbnz32_near] = {ON_ZERO,       true,  false, true,  0 },
    [IR_cbnz32] = {ON_ZERO,       false, false, true,  0 },
    [IR_cbz64_near] = {ON_ZERO,       true,  true,  false, 0 },
    [IR_cbz64] = {ON_ZERO,       false, true,  false, 0 },
    [IR_cbnz64_near] = {ON_ZERO,       true,  true,  true,  0 },
    [IR_cbnz64] = {ON_ZERO,       false, true,  true,  0 },
    [IR_tbz_near] = {ON_BIT,        true,  true,  true,  0 },
    [IR_tbz] = {ON_BIT,        false, true,  true,  0 },
    [IR_tbnz_near] = {ON_BIT,        true,  true,  false, 0 },
    [IR_tbnz] = {ON_BIT,        false, true,  false, 0 },
    [IR_subs32i_bcond] = {ON_COMPARISON, true,  false, false, 0 },
    [IR_subs64i_bcond] = {ON_COMPARISON, true,  true,  false, 0 },
    [IR_subs32_bcond] = {ON_COMPARISON, true,  false, false, 0 },
    [IR_subs64_bcond] = {ON_COMPARISON, true,  true,  false, 0 },
    [IR_beq_near] = {ON_REGISTERS,  true,  false, false, EQ},
    [IR_beq] = {ON_REGISTERS,  false, false, false, EQ},
    [IR_bne_near] = {ON_REGISTERS,  true,  false, false, NE},
    [IR_bne] = {ON_REGISTERS,  false, false, false, NE},
    [IR_blt_near] = {ON_REGISTERS,  true,  false, false, LT},
    [IR_blt] = {ON_REGISTERS,  false, false, false, LT},
    [IR_bge_near] = {ON_REGISTERS,  true,  false, false, GE},
    [IR_bge] = {ON_REGISTERS,  false, false, false, GE},
    [IR_bltu_near] = {ON_REGISTERS,  true,  false, false, CC},
    [IR_bltu] = {ON_REGISTERS,  false, false, false, CC},
    [IR_bgeu_near] = {ON_REGISTERS,  true,  false, false, CS},
    [IR_bgeu] = {ON_REGISTERS,  false, false, false, CS},
    [IR_add_beq_near] = {ON_SUM,        true,  false, false, EQ},
    [IR_add_bne_near] = {ON_SUM,        true,  false, false, NE},
};

static enum verdict test(struct walk *w, const struct branch_op *what,
                         bool *yes)
{
    switch ((enum test)what->test) {
    case NO_BRANCH:
        break;
    case ON_FLAGS:
        return walk_holds(w, w->op->a, yes);
    case ON_ZERO:
        return is_zero(w, what->wide, yes);
    case ON_BIT:
        return has_bit(w, yes);
    case ON_COMPARISON:
        return compare_and_branch(w, what->wide, yes);
    case ON_REGISTERS:
    case ON_SUM:
        return compare_registers(w, what->test == ON_SUM, what->condition, yes);
    }
    return OTHER;
}

static enum verdict branch(struct walk *w, const struct branch_op *what)
{
    const struct ir_op *op = w->op;
    bool yes = false;
    enum verdict verdict = test(w, what, &yes);

    if (verdict != SAME) {
        return verdict;
    }
    if (yes == what->negated) {
        return next(w);
    }
    if (what->test == ON_COMPARISON || what->test == ON_SUM) {
        return leave_near(w, (unsigned)op->high & 0xffff);
    }
    return what->near ? leave_near(w, (unsigned)op->imm)
                      : leave_far(w, told(w));
}

static const struct jump_op {
    bool links;
    enum { NO_JUMP, TO_SLOT, TO_IMMEDIATE, TO_REGISTER, TO_REGISTER32 } to;
} jump_ops[IR_OPCODES] = {
    [IR_jump_near] = {false, TO_SLOT      },
    [IR_call_near] = {true,  TO_SLOT      },
    [IR_call64_near] = {true,  TO_SLOT      },
    [IR_jump] = {false, TO_IMMEDIATE },
    [IR_call] = {true,  TO_IMMEDIATE },
    [IR_jump64] = {false, TO_IMMEDIATE },
    [IR_call64] = {true,  TO_IMMEDIATE },
    [IR_jump_register64] = {false, TO_REGISTER  },
    [IR_call_register64] = {true,  TO_REGISTER  },
    [IR_jump_register] = {false, TO_REGISTER32},
    [IR_call_register] = {true,  TO_REGISTER32},
};

static enum verdict jump(struct walk *w)
{
    const struct ir_op *op = w->op;
    const struct jump_op *what = &jump_ops[op->opcode];
    uint64_t target = 0;

    if (what->to == NO_JUMP) {
        return op->opcode == IR_leave ? leave_far(w, w->page->base + op->offset)
                                      : OTHER;
    }
    if (what->to >= TO_REGISTER && w->kind[op->a] != STEADY) {
        return OTHER;
    }
    target = what->to == TO_IMMEDIATE ? told(w)
             : what->to == TO_REGISTER
                 ? w->r[op->a]
                 : (uint32_t)(w->r[op->a] + (uint64_t)op->imm) & ~1u;
    if (what->links) {
        walk_set_steady(w, op->d, w->page->base + op->offset + op->length);
    }
    return what->to == TO_SLOT ? leave_near(w, (unsigned)op->imm)
                               : leave_far(w, target);
}

/* ---- On ------------------------------------------------------------------ */

/* Where retired instructions tell the time. */
static enum spin_effect effect_at(struct walk *w, uint64_t further,
                                  uint64_t *value)
{
    const struct ir_op *op = w->op;

    w->cpu->core.retired = w->retired + w->count - op->rest - 1 + further;
    return w->cpu->guest->spin_effect(w->cpu, op, value);
}

static enum verdict read_clock(struct walk *w, struct pair value)
{
    const struct ir_op *op = w->op;

    if (!w->at_clock) {
        w->pc = w->page->base + op->offset;
        w->before = w->count - op->rest - 1;
        w->arrived = true;
        w->at_clock = true;
        return SAME;
    }
    w->at_clock = false;
    w->timed = true;
    if (w->distance == 0) {
        walk_set_steady(w, op->d, value.near);
    } else if (effect_at(w, w->distance, &value.far) == SPIN_CLOCK &&
               value.far >= value.near) {
        walk_set_moving(w, op->d, value, IR_ZERO);
    } else {
        return TURNS;
    }
    return next(w);
}

static enum verdict assist(struct walk *w)
{
    const struct ir_op *op = w->op;
    const uint64_t pc = w->page->base + op->offset;
    struct pair value = {0, 0};

    switch (effect_at(w, 0, &value.near)) {
    case SPIN_CLOCK:
        return read_clock(w, value);
    case SPIN_VALUE:
        if (w->kind[op->a] != STEADY || w->kind[op->b] != STEADY ||
            w->kind[op->d] != STEADY) {
            return OTHER;
        }
        walk_set_steady(w, op->d, value.near);
        break;
    case SPIN_NOTHING:
        break;
    case SPIN_OTHER:
        return OTHER;
    }
    return op->opcode == IR_helper ? leave_far(w, pc + op->length) : next(w);
}

static enum verdict step(struct walk *w)
{
    const struct ir_op *op = w->op;
    const struct memory_op *memory = &memory_ops[op->opcode];
    const struct branch_op *branches = &branch_ops[op->opcode];
    enum verdict verdict = OTHER;

    if (walk_is_pure(op->opcode)) {
        verdict = walk_compute(w);
    } else if (op->opcode == IR_adr64) {
        walk_set_steady(w, op->d, told(w));
        verdict = SAME;
    } else if (op->opcode == IR_check_sp) {
        verdict = (w->r[31] & 15) == 0 && w->kind[31] == STEADY ? SAME : OTHER;
    } else if (memory->size != 0) {
        verdict = access_memory(w, memory);
    } else if (op->opcode == IR_assist || op->opcode == IR_helper) {
        return assist(w);
    } else {
        return branches->test != NO_BRANCH ? branch(w, branches) : jump(w);
    }
    return verdict == SAME ? next(w) : verdict;
}

enum verdict walk_on(struct walk *w, unsigned *ops)
{
    enum verdict verdict = SAME;

    for (w->arrived = false; verdict == SAME && !w->arrived;) {
        verdict = (*ops)-- != 0 ? step(w) : OTHER;
    }
    return verdict;
}
