/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on registers that move with the counter: see spin.c. */
#include <string.h>

#include "engine/interpreter/arithmetic64.h"
#include "engine/interpreter/interpreter.h"
#include "engine/spin/walk.h"

/* The result of an operation that grows with its operand, or falls, unless it
 * passed the end of the numbers on the way. Its sum with a constant has an
 * origin. */
static enum verdict moves(struct walk *w, struct pair from, bool falls,
                          struct pair to)
{
    const bool grew = (from.near < from.far) != falls;

    if (to.near != to.far && (to.near < to.far) != grew) {
        return TURNS;
    }
    walk_set_moving(w, w->op->d, to, IR_ZERO);
    return SAME;
}

/* The low halves; they move alike only while the upper halves stay. */
enum verdict walk_narrow(struct pair *pair)
{
    const bool stays = (pair->near ^ pair->far) >> 32 == 0;

    pair->near = (uint32_t)pair->near;
    pair->far = (uint32_t)pair->far;
    return stays ? SAME : TURNS;
}

static uint64_t low(uint64_t value, bool wide)
{
    return wide ? value : (uint32_t)value;
}

/* a + b, or a - b, of which one moves: the operation's first register, or else
 * its second. */
static enum verdict add(struct walk *w, struct pair a, struct pair b,
                        bool subtracts, bool wide)
{
    const struct ir_op *op = w->op;
    const bool a_moves = walk_moves(w, op->a);
    const unsigned origin = a_moves     ? w->origin[op->a]
                            : subtracts ? (unsigned)IR_ZERO
                                        : w->origin[op->b];
    const struct pair sum = {
        low(subtracts ? a.near - b.near : a.near + b.near, wide),
        low(subtracts ? a.far - b.far : a.far + b.far, wide),
    };

    if (!wide && (walk_narrow(&a) != SAME || walk_narrow(&b) != SAME)) {
        return TURNS;
    }
    enum verdict verdict =
        moves(w, a_moves ? a : b, subtracts && !a_moves, sum);
    if (verdict == SAME) {
        w->origin[op->d] = (uint8_t)origin;
    }
    return verdict;
}

static uint64_t flags_of(const struct comparison *c, unsigned which)
{
    const uint64_t a = c->a[which];
    const uint64_t b = c->b[which];

    return c->wide ? flags_sub64(a, b, a - b)
                   : flags_sub32((uint32_t)a, (uint32_t)b, (uint32_t)(a - b));
}

/* a - b, its flags told as a comparison. */
enum verdict walk_compare(struct walk *w, struct pair a, struct pair b,
                          bool wide)
{
    const struct pair given[2] = {a, b};

    if (!wide && (walk_narrow(&a) != SAME || walk_narrow(&b) != SAME)) {
        return TURNS;
    }
    w->compared = (struct comparison){
        {a.near, a.far},
        {b.near, b.far},
        wide
    };
    w->r[IR_NZCV] = flags_of(&w->compared, 0);
    w->kind[IR_NZCV] = MOVING;
    if (w->op->d == IR_SINK) {
        return SAME;
    }
    return add(w, given[0], given[1], true, wide);
}

/* Whether no value between the two makes a and b equal. */
static bool stays_unequal(const struct comparison *c)
{
    return c->a[0] != c->b[0] && c->a[1] != c->b[1] &&
           (c->a[0] < c->b[0]) == (c->a[1] < c->b[1]);
}

static bool keeps_sign(const uint64_t value[2], bool wide)
{
    return ((value[0] ^ value[1]) >> (wide ? 63 : 31) & 1) == 0;
}

/* As if both grew or fell at the same pace all the way. */
static uint64_t guess(const struct walk *w)
{
    __extension__ typedef __int128 wide;
    const struct comparison *c = &w->compared;
    const wide before = (wide)c->a[0] - c->b[0];
    const wide behind = (wide)c->a[1] - c->b[1];

    return (before < 0) == (behind < 0)
               ? 0
               : (uint64_t)(w->distance * before / (before - behind));
}

/* Whether a condition holds, in all turns. */
enum verdict walk_holds(struct walk *w, unsigned condition, bool *yes)
{
    const struct comparison *c = &w->compared;

    *yes = condition_holds(condition, w->r[IR_NZCV]);
    if (!walk_moves(w, IR_NZCV)) {
        return w->kind[IR_NZCV] == STEADY ? SAME : OTHER;
    }
    if (condition_holds(condition, flags_of(c, 1)) != *yes) {
        w->guess = guess(w);
        return TURNS;
    }
    switch (condition & 14) {
    case 0: /* EQ, NE */
        return stays_unequal(c) ? SAME : TURNS;
    case 2: /* CS, CC */
    case 8: /* HI, LS */
    case 14:
        return SAME;
    case 10: /* GE, LT */
    case 12: /* GT, LE */
        return keeps_sign(c->a, c->wide) && keeps_sign(c->b, c->wide) ? SAME
                                                                      : TURNS;
    default:
        return OTHER;
    }
}

/* ---- Operations ---------------------------------------------------------- */

/* Low bits that a mask keeps and nothing else, or the other way round. */
static bool is_low_mask(uint64_t mask)
{
    return (mask & (mask + 1)) == 0;
}

static enum verdict mask(struct walk *w, struct pair a, uint64_t with)
{
    const struct pair to = {a.near & with, a.far & with};

    if (is_low_mask(with)) {
        return ((a.near ^ a.far) & ~with) == 0 ? moves(w, a, false, to) : TURNS;
    }
    return is_low_mask(~with) ? moves(w, a, false, to) : OTHER;
}

/* `width` bits from bit `from` on. */
static enum verdict extract(struct walk *w, struct pair a, unsigned from,
                            unsigned width)
{
    const uint64_t bits = low_mask(width);
    const struct pair to = {a.near >> from & bits, a.far >> from & bits};

    return a.near >> from >> (width - 1) >> 1 ==
                   a.far >> from >> (width - 1) >> 1
               ? moves(w, a, false, to)
               : TURNS;
}

static enum verdict shift_left(struct walk *w, struct pair a, unsigned by)
{
    const struct pair to = {a.near << by, a.far << by};

    return to.near >> by == a.near && to.far >> by == a.far
               ? moves(w, a, false, to)
               : TURNS;
}

static enum verdict multiply(struct walk *w, struct pair a, uint64_t by)
{
    struct pair to = {0, 0};

    return __builtin_mul_overflow(a.near, by, &to.near) ||
                   __builtin_mul_overflow(a.far, by, &to.far)
               ? TURNS
               : moves(w, a, false, to);
}

static enum verdict divide(struct walk *w, struct pair a, uint64_t by)
{
    return by == 0 ? OTHER
                   : moves(w, a, false, (struct pair){a.near / by, a.far / by});
}

/* An operation with one register that moves; the other does not. */
static enum verdict move(struct walk *w)
{
    const struct ir_op *op = w->op;
    const struct pair a = walk_pair(w, op->a);
    const struct pair b = walk_pair(w, op->b);
    const struct pair imm = {(uint64_t)op->imm, (uint64_t)op->imm};
    const bool a_moves = walk_moves(w, op->a);
    struct pair low_a = a;

    switch (op->opcode) {
    case IR_mov64:
        return moves(w, a, false, a);
    case IR_mov32:
        return walk_narrow(&low_a) == SAME ? moves(w, low_a, false, low_a)
                                           : TURNS;
    case IR_add64:
    case IR_sub64:
        return add(w, a, b, op->opcode == IR_sub64, true);
    case IR_add64i:
        return add(w, a, imm, false, true);
    case IR_add32:
    case IR_sub32:
        return add(w, a, b, op->opcode == IR_sub32, false);
    case IR_add32i:
        return add(w, a, (struct pair){(uint32_t)imm.near, (uint32_t)imm.far},
                   false, false);
    case IR_subs64:
        return walk_compare(w, a, b, true);
    case IR_subs64i:
        return walk_compare(w, a, imm, true);
    case IR_subs32:
        return walk_compare(w, a, b, false);
    case IR_subs32i:
        return walk_compare(
            w, a, (struct pair){(uint32_t)imm.near, (uint32_t)imm.far}, false);
    case IR_and64i:
        return mask(w, a, imm.near);
    case IR_and64:
        return a_moves ? mask(w, a, b.near) : mask(w, b, a.near);
    case IR_orn64: /* MVN */
        return op->a == IR_ZERO
                   ? moves(w, b, true, (struct pair){~b.near, ~b.far})
                   : OTHER;
    case IR_or64: /* MOV */
        return op->a == IR_ZERO   ? moves(w, b, false, b)
               : op->b == IR_ZERO ? moves(w, a, false, a)
                                  : OTHER;
    case IR_shr64i:
        return extract(w, a, (unsigned)op->imm, 64 - (unsigned)op->imm);
    case IR_shl64i:
        return shift_left(w, a, (unsigned)op->imm);
    case IR_ubfx:
        return extract(w, a, (unsigned)op->low, (unsigned)op->high);
    case IR_mul64:
        return a_moves ? multiply(w, a, b.near) : multiply(w, b, a.near);
    case IR_udiv64:
        return a_moves ? divide(w, a, b.near) : OTHER;
    default:
        return OTHER;
    }
}

static bool is_in(unsigned opcode, enum ir_opcode first, enum ir_opcode last)
{
    return opcode >= (unsigned)first && opcode <= (unsigned)last;
}

bool walk_is_pure(unsigned opcode)
{
    return opcode != IR_adr64 && (is_in(opcode, IR_const32, IR_clmulr32) ||
                                  is_in(opcode, IR_const64, IR_ccmn64));
}

static bool reads_flags(unsigned opcode)
{
    return is_in(opcode, IR_adc32, IR_ccmn64) && opcode != IR_set_nzcv;
}

static bool writes_flags(unsigned opcode)
{
    return is_in(opcode, IR_adds32, IR_ands64i) || opcode == IR_adcs32 ||
           opcode == IR_adcs64 || opcode == IR_sbcs32 || opcode == IR_sbcs64 ||
           opcode == IR_set_nzcv || is_in(opcode, IR_ccmp32, IR_ccmn64);
}

static const char *const operands[IR_OPCODES] = {
#define OP(name, operands) operands,
#include "engine/ir/ops.def"
#undef OP
};

/* Registers that an operation reads, as bits. */
static uint64_t read_by(const struct ir_op *op)
{
    uint64_t set = 0;

    for (const char *at = operands[op->opcode]; *at != '\0'; at++) {
        set |= *at == 'a'   ? (uint64_t)1 << op->a
               : *at == 'b' ? (uint64_t)1 << op->b
               : *at == 'c' ? (uint64_t)1 << op->imm
                            : 0;
    }
    if (is_in(op->opcode, IR_bfi32, IR_bfxil64)) {
        set |= (uint64_t)1 << op->d;
    }
    if (reads_flags(op->opcode)) {
        set |= (uint64_t)1 << IR_NZCV;
    }
    return set;
}

/* The kind that a set of registers makes of what is computed from them. */
static enum spin_kind kind_of(const struct walk *w, uint64_t set)
{
    enum spin_kind kind = STEADY;

    for (; set != 0; set &= set - 1) {
        const enum spin_kind one =
            (enum spin_kind)w->kind[__builtin_ctzll(set)];

        kind = one > kind ? one : kind;
    }
    return kind;
}

enum verdict walk_compute(struct walk *w)
{
    const struct ir_op *op = w->op;
    const uint64_t set = read_by(op);

    if (kind_of(w, set) == STALE) {
        return OTHER;
    }
    if (kind_of(w, set) == MOVING) {
        const bool two = strchr(operands[op->opcode], 'b') != NULL &&
                         walk_moves(w, op->a) && walk_moves(w, op->b);

        if (two && op->a == op->b &&
            (op->opcode == IR_xor64 || op->opcode == IR_xor32)) {
            walk_set_steady(w, op->d, 0);
            return SAME;
        }
        return two ? OTHER : move(w);
    }
    interpreter_compute(w->cpu, op);
    w->kind[op->d] = STEADY;
    if (writes_flags(op->opcode)) {
        w->kind[IR_NZCV] = STEADY;
    }
    return SAME;
}
