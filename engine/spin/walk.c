/* SPDX-License-Identifier: Apache-2.0 */
/* A turn of a loop, operation by operation: memory, control, and where it ends.
 * See spin.c. */
#include "engine/spin/walk.h"

#include <string.h>

#include "base/bits.h"

enum { OPS_MAX = 256 }; /* of a turn */

/* ---- Memory -------------------------------------------------------------- */

/* The host bytes of an access that the soft TLB answers. */
static uint8_t *bytes_at(const struct walk *w, uint64_t address, unsigned size,
                         enum vcpu_access access)
{
    return vcpu_tlb_find(&w->cpu->tlbs[w->cpu->data_context], access, address,
                         size);
}

struct memory_op {
    uint8_t opcode;
    uint8_t size;
    bool store;
    bool pair;
    bool indexed;
};

static const struct memory_op memory_ops[] = {
    {IR_ld8,   1, false, false, false},
    {IR_ld16,  2, false, false, false},
    {IR_ld32,  4, false, false, false},
    {IR_ld64,  8, false, false, false},
    {IR_ld8x,  1, false, false, true },
    {IR_ld16x, 2, false, false, true },
    {IR_ld32x, 4, false, false, true },
    {IR_ld64x, 8, false, false, true },
    {IR_ldp32, 4, false, true,  false},
    {IR_ldp64, 8, false, true,  false},
    {IR_st32,  4, true,  false, false},
    {IR_st64,  8, true,  false, false},
    {IR_stp32, 4, true,  true,  false},
    {IR_stp64, 8, true,  true,  false},
};

static const struct memory_op *memory_op_of(unsigned opcode)
{
    for (size_t i = 0; i < ARRAY_SIZE(memory_ops); i++) {
        if (memory_ops[i].opcode == opcode) {
            return &memory_ops[i];
        }
    }
    return NULL;
}

/* One register of an access. Nobody else writes memory meanwhile; what is
 * stored must be there already. */
static enum verdict transfer(struct walk *w, const struct memory_op *what,
                             unsigned number, uint64_t address)
{
    uint8_t *bytes =
        bytes_at(w, address, what->size, what->store ? VCPU_WRITE : VCPU_READ);
    uint64_t value = 0;

    if (bytes == NULL || (what->store && w->kind[number] != STEADY)) {
        return OTHER;
    }
    if (what->store) {
        return memcmp(bytes, &w->r[number], what->size) == 0 ? SAME : OTHER;
    }
    memcpy(&value, bytes, what->size);
    walk_set_steady(w, number, value);
    return SAME;
}

static enum verdict access_memory(struct walk *w, const struct memory_op *what)
{
    const struct ir_op *op = w->op;
    const unsigned first =
        what->store && !what->pair && !what->indexed ? op->b : op->d;
    uint64_t address = w->r[op->a];

    if (w->kind[op->a] != STEADY ||
        (what->indexed && w->kind[op->b] != STEADY)) {
        return OTHER;
    }
    address += what->indexed ? w->r[op->b] << op->imm : (uint64_t)op->imm;
    enum verdict verdict = transfer(w, what, first, address);
    if (verdict == SAME && what->pair) {
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
    w->count += entry >> 16;
    w->op = &w->page->ops[entry & 0xffff];
    return SAME;
}

static enum verdict go(struct walk *w, uint64_t pc)
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
    return go(w, pc);
}

static enum verdict next(struct walk *w)
{
    w->op++;
    return SAME;
}

static void link_here(struct walk *w)
{
    walk_set_steady(w, w->op->d, w->page->base + w->op->offset + w->op->length);
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

enum test { ON_FLAGS, ON_ZERO, ON_BIT, ON_COMPARISON };

/* Conditional branches; negated: taken when the test fails. */
static const struct branch_op {
    uint8_t opcode;
    uint8_t test;
    bool near;
    bool wide;
    bool negated;
} branch_ops[] = {
    {IR_bcond_near,    ON_FLAGS,      true,  true,  false},
    {IR_bcond,         ON_FLAGS,      false, true,  false},
    {IR_cbz32_near,    ON_ZERO,       true,  false, false},
    {IR_cbz32,         ON_ZERO,       false, false, false},
    {IR_cbnz32_near,   ON_ZERO,       true,  false, true },
    {IR_cbnz32,        ON_ZERO,       false, false, true },
    {IR_cbz64_near,    ON_ZERO,       true,  true,  false},
    {IR_cbz64,         ON_ZERO,       false, true,  false},
    {IR_cbnz64_near,   ON_ZERO,       true,  true,  true },
    {IR_cbnz64,        ON_ZERO,       false, true,  true },
    {IR_tbz_near,      ON_BIT,        true,  true,  true },
    {IR_tbz,           ON_BIT,        false, true,  true },
    {IR_tbnz_near,     ON_BIT,        true,  true,  false},
    {IR_tbnz,          ON_BIT,        false, true,  false},
    {IR_subs32i_bcond, ON_COMPARISON, true,  false, false},
    {IR_subs64i_bcond, ON_COMPARISON, true,  true,  false},
    {IR_subs32_bcond,  ON_COMPARISON, true,  false, false},
    {IR_subs64_bcond,  ON_COMPARISON, true,  true,  false},
};

static const struct branch_op *branch_op_of(unsigned opcode)
{
    for (size_t i = 0; i < ARRAY_SIZE(branch_ops); i++) {
        if (branch_ops[i].opcode == opcode) {
            return &branch_ops[i];
        }
    }
    return NULL;
}

static enum verdict test(struct walk *w, const struct branch_op *what,
                         bool *yes)
{
    switch ((enum test)what->test) {
    case ON_FLAGS:
        return walk_holds(w, w->op->a, yes);
    case ON_ZERO:
        return is_zero(w, what->wide, yes);
    case ON_BIT:
        return has_bit(w, yes);
    case ON_COMPARISON:
        return compare_and_branch(w, what->wide, yes);
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
    if (what->test == ON_COMPARISON) {
        return leave_near(w, (unsigned)op->high & 0xffff);
    }
    return what->near ? leave_near(w, (unsigned)op->imm)
                      : leave_far(w, w->page->base + (uint64_t)op->imm);
}

static enum verdict jump(struct walk *w)
{
    const struct ir_op *op = w->op;
    const uint64_t target = w->r[op->a];

    switch (op->opcode) {
    case IR_leave:
        return leave_far(w, w->page->base + op->offset);
    case IR_jump_near:
        return leave_near(w, (unsigned)op->imm);
    case IR_call64_near:
        link_here(w);
        return leave_near(w, (unsigned)op->imm);
    case IR_call64:
        link_here(w);
        /* fallthrough */
    case IR_jump64:
        return leave_far(w, w->page->base + (uint64_t)op->imm);
    case IR_call_register64:
    case IR_jump_register64:
        if (w->kind[op->a] != STEADY) {
            return OTHER;
        }
        if (op->opcode == IR_call_register64) {
            link_here(w);
        }
        return leave_far(w, target);
    default:
        return OTHER;
    }
}

/* ---- A turn -------------------------------------------------------------- */

static enum verdict assist(struct walk *w, bool *read)
{
    const struct ir_op *op = w->op;
    const uint64_t pc = w->page->base + op->offset;
    uint64_t value = 0;

    switch (w->cpu->guest->spin_effect(w->cpu, op, &value)) {
    case SPIN_COUNTER:
        *read = true;
        w->count -= op->rest;
        return pc == w->cpu->spin.pc ? SAME : OTHER;
    case SPIN_VALUE:
        walk_set_steady(w, op->d, value);
        break;
    case SPIN_NOTHING:
        break;
    case SPIN_OTHER:
        return OTHER;
    }
    return op->opcode == IR_helper ? leave_far(w, pc + op->length) : next(w);
}

static enum verdict step(struct walk *w, bool *read)
{
    const struct ir_op *op = w->op;
    const struct memory_op *memory = memory_op_of(op->opcode);
    const struct branch_op *branches = branch_op_of(op->opcode);
    enum verdict verdict = OTHER;

    if (walk_is_pure(op->opcode)) {
        verdict = walk_compute(w);
    } else if (op->opcode == IR_adr64) {
        walk_set_steady(w, op->d, w->page->base + (uint64_t)op->imm);
        verdict = SAME;
    } else if (op->opcode == IR_check_sp) {
        verdict = (w->r[31] & 15) == 0 && w->kind[31] == STEADY ? SAME : OTHER;
    } else if (memory != NULL) {
        verdict = access_memory(w, memory);
    } else if (op->opcode == IR_assist || op->opcode == IR_helper) {
        return assist(w, read);
    } else {
        return branches != NULL ? branch(w, branches) : jump(w);
    }
    return verdict == SAME ? next(w) : verdict;
}

/* From behind a read of the counter to behind the next. */
enum verdict walk_turn(struct walk *w, const uint64_t *r)
{
    const struct spin *spin = &w->cpu->spin;
    enum verdict verdict;
    bool read = false;

    memcpy(w->r, r, sizeof(w->far));
    w->count = 0;
    verdict = go(w, r[IR_PC]);
    for (unsigned i = 0; i < OPS_MAX && verdict == SAME && !read; i++) {
        verdict = step(w, &read);
    }
    return verdict != SAME                  ? verdict
           : read && w->count == spin->turn ? SAME
                                            : OTHER;
}
