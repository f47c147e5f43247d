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

/* One place may get something that is not there already. */
static enum verdict store(struct walk *w, const uint8_t *bytes, unsigned size,
                          unsigned number)
{
    const bool known = bytes == w->stored && size == w->stored_size;

    if (!known && walk_is_steady(w, number) &&
        memcmp(bytes, &w->r[number], size) == 0) {
        return SAME;
    }
    if (walk_is_stale(w, number) || (w->stored != NULL && !known)) {
        return OTHER;
    }
    w->stored = bytes;
    w->stored_size = size;
    w->stored_again = true;
    return SAME;
}

static bool loads_stored(const struct walk *w, const uint8_t *bytes,
                         unsigned size)
{
    return w->stored != NULL && bytes < w->stored + w->stored_size &&
           w->stored < bytes + size;
}

/* One register of an access. Nobody else writes memory meanwhile. */
static enum verdict transfer(struct walk *w, const struct ir_access *access,
                             unsigned number, uint64_t address)
{
    const uint8_t *bytes = bytes_at(w, address, access->size,
                                    access->store ? VCPU_WRITE : VCPU_READ);
    const unsigned unused = 64 - access->size * 8u;
    uint64_t value = 0;

    if (bytes == NULL || address % access->size != 0) {
        return OTHER;
    }
    if (access->store) {
        return store(w, bytes, access->size, number);
    }
    if (loads_stored(w, bytes, access->size)) {
        return OTHER;
    }
    memcpy(&value, bytes, access->size);
    if (access->sign != 0) {
        value = (uint64_t)((int64_t)(value << unused) >> unused);
        value = access->sign == 32 ? (uint32_t)value : value;
    }
    walk_set_steady(w, number, value);
    return SAME;
}

static enum verdict access_memory(struct walk *w,
                                  const struct ir_access *access)
{
    const struct ir_op *op = w->op;
    uint64_t address = w->r[op->a];

    if (!walk_is_steady(w, op->a) ||
        (access->indexed && !walk_is_steady(w, op->b))) {
        return OTHER;
    }
    address += access->indexed ? w->r[op->b] << op->imm : (uint64_t)op->imm;
    const bool plain_store = access->store && !access->pair && !access->indexed;
    enum verdict verdict =
        transfer(w, access, plain_store ? op->b : op->d, address);
    if (verdict == SAME && access->pair) {
        verdict = transfer(w, access, op->b, address + access->size);
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

/* The page-relative address in the operation at hand. */
static uint64_t address_of(const struct walk *w)
{
    return w->page->base + (uint64_t)w->op->imm;
}

static enum verdict next(struct walk *w)
{
    w->op++;
    return SAME;
}

/* True if a register is zero, or has a bit, in all turns. */
static enum verdict is_zero(struct walk *w, bool wide, bool *yes)
{
    struct pair a = walk_pair(w, w->op->a);

    if (walk_is_stale(w, w->op->a)) {
        return OTHER;
    }
    if (!wide && walk_narrow(w, &a, 32) != SAME) {
        return TURNS;
    }
    *yes = a.near == 0;
    return (a.far == 0) == *yes ? SAME
           : *yes               ? walk_turns(w, 0, a.far)
                                : walk_turns(w, a.near, 0);
}

static enum verdict has_bit(struct walk *w, bool *yes)
{
    struct pair a = walk_pair(w, w->op->a);

    *yes = (a.near >> w->op->b & 1) != 0;
    return walk_is_stale(w, w->op->a) ? OTHER : walk_narrow(w, &a, w->op->b);
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

    if (walk_is_stale(w, op->a) || (!constant && walk_is_stale(w, op->b)) ||
        (walk_moves(w, op->a) && !constant && walk_moves(w, op->b))) {
        return OTHER;
    }
    verdict = walk_compare(w, a, b, wide);
    if (!moving) {
        walk_steady(w, op->d);
        walk_steady(w, IR_NZCV);
    }
    return verdict == SAME ? walk_holds(w, (unsigned)op->high >> 16, yes)
                           : verdict;
}

enum test { NO_BRANCH, ON_FLAGS, ON_ZERO, ON_BIT, ON_COMPARISON };

/* Conditional branches; negated: taken when the test fails. */
/* clang-format off */
static const struct branch_op {
    uint8_t test;
    bool near;
    bool wide;
    bool negated;
} branch_ops[IR_OPCODES] = {
    [IR_bcond_near]    = {ON_FLAGS,      true,  true,  false},
    [IR_bcond]         = {ON_FLAGS,      false, true,  false},
    [IR_cbz32_near]    = {ON_ZERO,       true,  false, false},
    [IR_cbz32]         = {ON_ZERO,       false, false, false},
    [IR_cbnz32_near]   = {ON_ZERO,       true,  false, true },
    [IR_cbnz32]        = {ON_ZERO,       false, false, true },
    [IR_cbz64_near]    = {ON_ZERO,       true,  true,  false},
    [IR_cbz64]         = {ON_ZERO,       false, true,  false},
    [IR_cbnz64_near]   = {ON_ZERO,       true,  true,  true },
    [IR_cbnz64]        = {ON_ZERO,       false, true,  true },
    [IR_tbz_near]      = {ON_BIT,        true,  true,  true },
    [IR_tbz]           = {ON_BIT,        false, true,  true },
    [IR_tbnz_near]     = {ON_BIT,        true,  true,  false},
    [IR_tbnz]          = {ON_BIT,        false, true,  false},
    [IR_subs32i_bcond] = {ON_COMPARISON, true,  false, false},
    [IR_subs64i_bcond] = {ON_COMPARISON, true,  true,  false},
    [IR_subs32_bcond]  = {ON_COMPARISON, true,  false, false},
    [IR_subs64_bcond]  = {ON_COMPARISON, true,  true,  false},
};
/* clang-format on */

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
                      : leave_far(w, address_of(w));
}

static enum verdict jump(struct walk *w)
{
    const struct ir_op *op = w->op;
    const bool links = op->opcode == IR_call64_near ||
                       op->opcode == IR_call64 ||
                       op->opcode == IR_call_register64;
    const uint64_t target = w->r[op->a];
    const bool steady = walk_is_steady(w, op->a);

    if (links) {
        walk_set_steady(w, op->d, w->page->base + op->offset + op->length);
    }
    switch (op->opcode) {
    case IR_jump_near:
    case IR_call64_near:
        return leave_near(w, (unsigned)op->imm);
    case IR_jump64:
    case IR_call64:
        return leave_far(w, address_of(w));
    case IR_jump_register64:
    case IR_call_register64:
        return steady ? leave_far(w, target) : OTHER;
    case IR_leave:
        return leave_far(w, w->page->base + op->offset);
    default:
        return OTHER;
    }
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
    w->read_clock = true;
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
        /* Where it loads from is not known here. */
        if (w->stored != NULL || !walk_is_steady(w, op->a) ||
            !walk_is_steady(w, op->b) || !walk_is_steady(w, op->d)) {
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
    const struct ir_access *access = &ir_accesses[op->opcode];
    const struct branch_op *branches = &branch_ops[op->opcode];
    enum verdict verdict = OTHER;

    if (walk_is_pure(op->opcode)) {
        verdict = walk_compute(w);
    } else if (op->opcode == IR_adr64) {
        walk_set_steady(w, op->d, address_of(w));
        verdict = SAME;
    } else if (op->opcode == IR_check_sp) {
        verdict = (w->r[31] & 15) == 0 && walk_is_steady(w, 31) ? SAME : OTHER;
    } else if (access->size != 0) {
        verdict = access_memory(w, access);
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
