/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the lowering of all operations: registers, flags, slow paths and
 * blocks. */
#include "engine/x86_64/rows.h"

#include <assert.h>
#include <stddef.h>

const uint8_t lower_pinned_host[LOWER_PINNED] = {
    X64_RBX, X64_RSI, X64_RDI, X64_R8,  X64_R9,
    X64_R10, X64_R11, X64_R12, X64_R13, X64_R14,
};

struct x64_operand lower_beside(int32_t bytes)
{
    return x64_mem(X64_RBP, bytes - LOWER_BIAS);
}

struct x64_operand lower_slot(unsigned guest)
{
    return lower_beside((int32_t)(guest * 8));
}

enum x64_register lower_get(struct lower *l, bool wide, unsigned guest,
                            enum x64_register scratch)
{
    enum x64_register host = lower_host(l, guest);

    if (host != X64_NONE) {
        return host;
    }
    lower_load(l, wide, scratch, guest);
    return scratch;
}

void lower_load(struct lower *l, bool wide, enum x64_register d, unsigned guest)
{
    x64_mov(&l->out, wide, d, lower_source(l, guest));
}

void lower_put(struct lower *l, unsigned guest, enum x64_register value)
{
    const bool needed = (lower_host(l, guest) != value) & (guest != IR_SINK);

    l->sp_written |= guest == l->compiler->aligned;
    x64_mov_to(&l->out, lower_place(l, guest), value, needed);
}

void lower_keep(struct lower *l, unsigned guest, enum x64_register value)
{
    lower_put(l, guest, value);
    l->kept = (uint8_t)guest;
    l->kept_until = value == X64_RAX ? l->out.at : NULL;
}

struct x64_operand lower_field(const struct lower_target *target, size_t offset)
{
    return x64_mem(X64_RBP, target->compiled + (int32_t)offset);
}

/* ---- Flags --------------------------------------------------------------- */

const uint8_t lower_held[] = {[FLAGS_STORED] = 0,
                              [FLAGS_SUBTRACTION] = 15,
                              [FLAGS_ADDITION] = 15,
                              [FLAGS_SHIFT] = 14,
                              [FLAGS_LOGIC] = 12};

void lower_store_flags(struct lower *l, enum lower_flags flags)
{
    if (flags == FLAGS_SUBTRACTION) {
        x64_byte(&l->out, 0xf5); /* cmc */
    }
    x64_byte(&l->out, 0x9f); /* lahf */
    if (flags == FLAGS_LOGIC) {
        lower_merge_flags(l, lower_nzcv(12));
        return;
    }
    if (flags == FLAGS_SHIFT) {
        x64_op(&l->out, false, 0x8a, X64_RAX, lower_slot(IR_NZCV)); /* mov al */
    } else {
        x64_setcc(&l->out, X64_O, X64_RAX);
    }
    x64_store(&l->out, false, lower_slot(IR_NZCV), X64_RAX);
}

void lower_flush_flags(struct lower *l)
{
    if ((lower_held[l->flags] & l->flags_live) != 0) {
        lower_store_flags(l, l->flags);
    }
    l->flags = FLAGS_STORED;
}

static const uint8_t after_subtraction[16] = {
    X64_E,  X64_NE, X64_AE, X64_B,  X64_S, X64_NS, X64_O,
    X64_NO, X64_A,  X64_BE, X64_GE, X64_L, X64_G,  X64_LE,
};

static enum x64_condition opposite(enum x64_condition condition)
{
    return (enum x64_condition)(condition ^ 1);
}

static enum x64_condition stored_condition(struct lower *l, unsigned condition)
{
    static const uint8_t bits[4] = {4, 2, 8, 1}; /* Z, C, N, V */

    if (condition < 8) {
        x64_op(&l->out, false, 0x0fba, 4, lower_slot(IR_NZCV)); /* bt */
        x64_byte(&l->out, (unsigned)__builtin_ctz(
                              (unsigned)lower_nzcv(bits[condition / 2])));
        return (condition & 1) == 0 ? X64_B : X64_AE;
    }
    x64_mov(&l->out, false, X64_RAX, lower_slot(IR_NZCV));
    x64_byte(&l->out, 0x04); /* add al, 0x7f: overflows from 1 */
    x64_byte(&l->out, 0x7f);
    x64_byte(&l->out, 0x9e); /* sahf */
    x64_byte(&l->out, 0xf5); /* cmc */
    return (enum x64_condition)after_subtraction[condition & 15];
}

/* True if the host has a condition for one of A64's, by what its flags hold: a
 * bit for each. */
static bool is_at_hand(enum lower_flags flags, unsigned condition)
{
    static const uint16_t at_hand[] = {
        [FLAGS_STORED] = 0,        [FLAGS_SUBTRACTION] = 0x3fff,
        [FLAGS_ADDITION] = 0x3cff, [FLAGS_SHIFT] = 0x003f,
        [FLAGS_LOGIC] = 0x0033,
    };

    return (at_hand[flags] >> condition & 1) != 0;
}

enum x64_condition lower_condition(struct lower *l, unsigned condition)
{
    if (!is_at_hand(l->flags, condition)) {
        l->flags_live = SURVEY_READS_FLAGS;
        lower_flush_flags(l);
        return stored_condition(l, condition);
    }
    enum x64_condition host =
        (enum x64_condition)after_subtraction[condition & 15];
    const bool is_carry = condition == 2 || condition == 3;

    return is_carry && l->flags != FLAGS_SUBTRACTION ? opposite(host) : host;
}

/* ---- Rare paths ---------------------------------------------------------- */

struct lower_cold *lower_cold(struct lower *l, enum lower_cold_kind kind,
                              uint8_t *site)
{
    assert(l->cold_count < LOWER_COLD);
    struct lower_cold *cold = &l->cold[l->cold_count++];

    cold->kind = kind;
    cold->refill = NULL;
    cold->op = l->op;
    cold->site = site;
    cold->vectors = l->vectors != 0;
    return cold;
}

uint32_t lower_offset_of(const struct lower *l, const struct ir_op *op)
{
    return (uint32_t)((uintptr_t)op - (uintptr_t)l->compiler->code->pages);
}

static uint32_t place_of(const struct lower *l, uint64_t slot, unsigned count)
{
    return compiler_place(l->compiler, l->page, slot, count);
}

void lower_go(struct lower *l, unsigned slot)
{
    uint32_t host = code_slot(l->page, slot)->host;

    if (host >= COMPILER_COLD_BLOCK) {
        x64_jmp(&l->out, l->compiler->base + host);
        return;
    }
    x64_call(&l->out, l->target->shared.jump);
    x64_word32(&l->out, place_of(l, slot, 0));
}

void lower_link(struct lower *l, uint8_t *site, unsigned slot)
{
    uint32_t host = code_slot(l->page, slot)->host;

    if (host >= COMPILER_COLD_BLOCK) {
        x64_aim(site, l->compiler->base + host);
    } else {
        lower_cold(l, COLD_LINK, site)->target = slot;
    }
}

void lower_give_back(struct lower *l, int32_t count)
{
    if (count != 0) {
        x64_alu_imm(&l->out, true, X64_ADD, x64_reg(X64_R15), count);
    }
}

void lower_told_address(struct lower *l, enum x64_register d, uint64_t told)
{
    struct x64_operand base =
        lower_field(l->target, offsetof(struct vcpu_compiled, base));

    if (!l->compiler->relative) {
        x64_mov_imm(&l->out, d, told);
    } else if (told == (uint64_t)(int64_t)(int32_t)told) {
        x64_mov(&l->out, true, d, base);
        x64_lea(&l->out, true, d, x64_mem(d, (int32_t)told));
    } else {
        x64_mov_imm(&l->out, X64_RCX, told);
        x64_mov(&l->out, true, X64_RDX, base);
        x64_lea(&l->out, true, d, x64_mem_index(X64_RCX, X64_RDX, 0, 0));
    }
}

uint64_t lower_told(const struct lower *l, unsigned offset)
{
    return l->compiler->relative
               ? offset
               : (l->page->base + offset) & l->compiler->address_mask;
}

void lower_leave(struct lower *l, uint64_t told_pc, int32_t count,
                 enum interpreter_exit why)
{
    lower_give_back(l, count);
    lower_told_address(l, X64_RCX, told_pc);
    x64_store(&l->out, true, lower_slot(IR_PC), X64_RCX);
    x64_mov_imm(&l->out, X64_RAX, why);
    x64_jmp(&l->out, l->target->shared.leave);
}

/* A distance back to a place in the code from where it is told. */
static void tell_distance(struct lower *l, const uint8_t *place,
                          const uint8_t *from)
{
    static_assert(COMPILER_ROOM <= 1 << 16, "distances are of 16 bits");
    x64_word16(&l->out, (uint16_t)(from - place));
}

static void cold_short(struct lower *l, const struct lower_cold *cold)
{
    x64_mov_imm(&l->out, X64_RAX, cold->target);
    x64_jmp(&l->out, l->target->shared.too_short);
}

static void cold_link(struct lower *l, const struct lower_cold *cold)
{
    x64_call(&l->out, l->target->shared.link);
    const uint8_t *told = l->out.at;
    x64_word32(&l->out, place_of(l, cold->target, 0));
    tell_distance(l, cold->site, told);
}

static void cold_taken(struct lower *l, const struct lower_cold *cold)
{
    if (cold->flags != FLAGS_STORED) {
        lower_store_flags(l, cold->flags);
    }
    lower_give_back(l, cold->op->rest);
    if (cold->near) {
        lower_go(l, (unsigned)cold->target);
    } else {
        lower_told_address(l, X64_RAX, cold->target);
        x64_jmp(&l->out, l->target->shared.lookup);
    }
}

static void cold_call(struct lower *l, const struct lower_cold *cold)
{
    if (cold->vectors) {
        x64_mov_imm(&l->out, X64_RAX, lower_offset_of(l, cold->op));
        x64_call(&l->out, cold->callee);
        x64_call(&l->out, l->target->shared.vectors);
        x64_jmp(&l->out, cold->back);
        return;
    }
    x64_call(&l->out, cold->callee - LOWER_COLD_CALL);
    const uint8_t *told = l->out.at;
    x64_word32(&l->out, lower_offset_of(l, cold->op));
    tell_distance(l, cold->back, told);
}

static inline void lower_one(struct lower *l);

/* Blocks begin with SP aligned, and go on with it. */
static void check_sp(struct lower *l)
{
    lower_flush_flags(l);
    x64_op(&l->out, false, 0xf6, 0, lower_place(l, l->compiler->aligned));
    x64_byte(&l->out, 15); /* test byte */
    lower_cold(l, COLD_MISALIGNED, x64_jcc(&l->out, X64_NE, NULL));
    l->sp_written = false;
}

static void cold_misaligned(struct lower *l, const struct lower_cold *cold)
{
    lower_leave(l, lower_told(l, cold->op->offset + cold->op->length),
                cold->op->rest, INTERPRETER_LEFT);
}

static void cold_alone(struct lower *l, const struct lower_cold *cold)
{
    unsigned next = cold->op->offset + cold->op->length;

    x64_mov_imm(&l->out, X64_RAX, lower_offset_of(l, cold->op));
    x64_call(&l->out, cold->callee);
    l->flags = FLAGS_STORED;
    l->sp_written = false;
    l->fp_checked = false;
    l->fpcr_checked = false;
    l->vectors = 0;
    /* The next block in the page may begin with the same instruction. */
    const struct ir_op *end = l->first + l->survey.count;

    for (l->op = cold->op + 1;
         l->op != end && l->op->offset == cold->op->offset; l->op++) {
        lower_one(l);
    }
    const struct ir_op *last = l->op - 1;
    l->op = cold->op;
    if (l->sp_written) {
        check_sp(l);
    }
    if (last->opcode == IR_meet && last->imm != 0) { /* no entry is there */
        lower_leave(l, lower_told(l, next), cold->op->rest, INTERPRETER_LEFT);
        return;
    }
    lower_give_back(l, cold->op->rest);
    if (next < REGION_PAGE_SIZE) {
        lower_go(l, next / 2);
        return;
    }
    lower_told_address(l, X64_RAX, lower_told(l, next));
    x64_jmp(&l->out, l->target->shared.lookup);
}

static void cold_full(struct lower *l, const struct lower_cold *cold)
{
    x64_call(&l->out, l->target->shared.forget_calls);
    x64_jmp(&l->out, cold->back);
}

static void cold_one(struct lower *l, const struct lower_cold *cold)
{
    static void (*const kinds[])(struct lower *, const struct lower_cold *) = {
        [COLD_SHORT] = cold_short, [COLD_TAKEN] = cold_taken,
        [COLD_LINK] = cold_link,   [COLD_CALL] = cold_call,
        [COLD_ALONE] = cold_alone, [COLD_MISALIGNED] = cold_misaligned,
        [COLD_FULL] = cold_full,   [COLD_OUTSIDE] = lower_outside,
    };

    x64_aim(cold->site, l->out.at);
    if (cold->refill != NULL) {
        x64_call(&l->out, cold->refill);
        x64_jcc(&l->out, X64_E, cold->again);
    }
    kinds[cold->kind](l, cold);
}

/* The list grows while it is worked off. */
void lower_cold_code(struct lower *l)
{
    for (size_t i = 0; i < l->cold_count; i++) {
        cold_one(l, &l->cold[i]);
    }
}

/* ---- Blocks -------------------------------------------------------------- */

static inline void lower_one(struct lower *l)
{
    const struct lower_row *row = &lower_rows[l->op->opcode];

    if (l->flags != FLAGS_STORED && !row->keeps_flags) {
        lower_flush_flags(l);
    }
    row->lower(l, row->flag, row->what);
}

/* As if the budget were used up. */
static void leave_if_rung(struct lower *l, uint64_t place)
{
    x64_op(&l->out, false, 0x83, X64_CMP,
           lower_field(l->target, offsetof(struct vcpu_compiled, rung)));
    x64_byte(&l->out, 0);
    struct lower_cold *cold =
        lower_cold(l, COLD_SHORT, x64_jcc(&l->out, X64_NE, NULL));
    cold->target = place;
}

void lower_op_by_c(struct lower *l, bool flag, unsigned what)
{
    lower_call(l, l->target->shared.compute);
    l->sp_written |= l->op->d == l->compiler->aligned;
}

void lower_block(struct compiler *compiler, const struct vcpu *cpu,
                 struct code_page *page, unsigned slot)
{
    struct lower_target *target = lower_target_of(compiler);
    struct lower *l = target->lower;
    uint32_t entry = code_slot(page, slot)->map;
    const struct ir_op *first = &page->ops[entry & 0xffff];

    l->out = (struct x64){compiler->at, compiler->base};
    l->target = target;
    l->compiler = compiler;
    l->windows = cpu->windows_used;
    l->page = page;
    l->op = first;
    l->flags = FLAGS_STORED;
    l->sp_written = false;
    l->fp_checked = false;
    l->fpcr_checked = false;
    l->vectors = 0;
    l->kept_until = NULL;
    l->skip = 0;
    l->cold_count = 0;
    l->first = first;
    l->whole = true;
    l->known[0] = l->known[1] = l->at_hand = 0;
    l->skipping = NULL;
    l->it_stored = false;
    survey_look(&l->survey, compiler->traits, first);
    code_slot(page, slot)->host = (uint32_t)(compiler->at - compiler->base);
    x64_alu_imm(&l->out, true, X64_SUB, x64_reg(X64_R15),
                (int32_t)(entry >> 16));
    struct lower_cold *cold =
        lower_cold(l, COLD_SHORT, x64_jcc(&l->out, X64_L, NULL));
    cold->target = place_of(l, slot, entry >> 16);
    if (compiler->parallel) {
        leave_if_rung(l, cold->target);
    }
    for (size_t i = 0; i < l->survey.count; i++) {
        l->op = &first[i];
        l->flags_live = l->survey.flags[i];
        lower_one(l);
        if (l->sp_written && l->op[1].offset != l->op->offset) {
            l->flags_live = SURVEY_READS_FLAGS;
            check_sp(l);
        }
        i += l->skip;
        l->skip = 0;
    }
    assert(!l->sp_written);
    l->whole = false;
    l->flags_live = SURVEY_READS_FLAGS;
    lower_cold_code(l);
    assert(l->out.at - compiler->at >= LOWER_LEAST);
    compiler->at = l->out.at;
}
