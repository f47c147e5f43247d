/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on registers that move with the counter: see spin.c. */
#include <string.h>

#include "base/bits.h"
#include "engine/interpreter/arithmetic.h"
#include "engine/interpreter/interpreter.h"
#include "engine/spin/walk.h"

/* A register that takes so few steps on the way takes them anywhere. */
enum { COARSE = 16 };

enum verdict walk_turns(struct walk *w, uint64_t steps, uint64_t left)
{
    __extension__ typedef unsigned __int128 wide;
    const wide all = (wide)steps + left;

    w->guess = all < COARSE ? 0 : (uint64_t)(w->distance * (wide)steps / all);
    return TURNS;
}

static uint64_t difference(uint64_t a, uint64_t b)
{
    return a < b ? b - a : a - b;
}

enum verdict walk_narrow(struct walk *w, struct pair *pair, unsigned width)
{
    const struct pair all = *pair;
    const uint64_t kept = low_mask(width);

    pair->near &= kept;
    pair->far &= kept;
    if (all.near - pair->near == all.far - pair->far) {
        return SAME;
    }
    const uint64_t steps = all.near < all.far ? kept - pair->near : pair->near;
    return walk_turns(w, steps, difference(all.near, all.far) - steps);
}

/* The result of an operation that grows with its operand, or falls. */
static enum verdict moves(struct walk *w, struct pair to)
{
    walk_set_moving(w, w->op->d, to, IR_ZERO);
    return SAME;
}

/* a + b, or a - b, of which one moves: the operation's first register, or else
 * its second. The sum may not pass the end of the numbers on the way, and has
 * the origin of what moves. */
static enum verdict add(struct walk *w, struct pair a, struct pair b,
                        bool subtracts, bool wide)
{
    const struct ir_op *op = w->op;
    const uint64_t kept = low_mask(wide ? 64 : 32);
    const bool a_moves = walk_moves(w, op->a);
    const bool falls = subtracts && !a_moves;
    const unsigned from = a_moves ? op->a : op->b;
    const unsigned origin = falls ? (unsigned)IR_ZERO : w->origin[from];
    const struct pair sum = {
        (subtracts ? a.near - b.near : a.near + b.near) & kept,
        (subtracts ? a.far - b.far : a.far + b.far) & kept,
    };

    if (!wide &&
        (walk_narrow(w, &a, 32) != SAME || walk_narrow(w, &b, 32) != SAME)) {
        return TURNS;
    }
    const struct pair moved = a_moves ? a : b;
    const bool grew = (moved.near < moved.far) != falls;
    if (sum.near != sum.far && (sum.near < sum.far) != grew) {
        const uint64_t steps = grew ? kept - sum.near : sum.near;
        return walk_turns(w, steps, difference(moved.near, moved.far) - steps);
    }
    walk_set_moving(w, op->d, sum, origin);
    return SAME;
}

static uint64_t flags_of(const struct comparison *c, unsigned which)
{
    const uint64_t a = c->a[which];
    const uint64_t b = c->b[which];

    return c->wide ? flags_sub(a, b, a - b, 64)
                   : flags_sub((uint32_t)a, (uint32_t)b, (uint32_t)(a - b), 32);
}

enum verdict walk_compare(struct walk *w, struct pair a, struct pair b,
                          bool wide)
{
    const struct pair given[2] = {a, b};

    if (!wide &&
        (walk_narrow(w, &a, 32) != SAME || walk_narrow(w, &b, 32) != SAME)) {
        return TURNS;
    }
    w->compared = (struct comparison){
        {a.near, a.far},
        {b.near, b.far},
        wide
    };
    w->r[IR_NZCV] = flags_of(&w->compared, 0);
    w->stale &= ~walk_bit(IR_NZCV);
    w->moving |= walk_bit(IR_NZCV);
    if (w->op->d == IR_SINK) {
        return SAME;
    }
    return add(w, given[0], given[1], true, wide);
}

/* True if no value between the two makes a and b equal. */
static bool stays_unequal(const struct comparison *c)
{
    return c->a[0] != c->b[0] && c->a[1] != c->b[1] &&
           (c->a[0] < c->b[0]) == (c->a[1] < c->b[1]);
}

static bool keeps_sign(const uint64_t value[2], bool wide)
{
    return ((value[0] ^ value[1]) >> (wide ? 63 : 31) & 1) == 0;
}

/* Where a comparison turns out otherwise, as if both operands grew or fell at
 * the same pace all the way. */
static enum verdict crosses(struct walk *w)
{
    const struct comparison *c = &w->compared;
    const bool below = c->a[0] < c->b[0];

    return below == (c->a[1] < c->b[1]) && c->a[1] != c->b[1]
               ? TURNS
               : walk_turns(w, difference(c->a[0], c->b[0]),
                            difference(c->a[1], c->b[1]));
}

/* True if a condition holds, in all turns. */
enum verdict walk_holds(struct walk *w, unsigned condition, bool *yes)
{
    const struct comparison *c = &w->compared;

    *yes = condition_holds(condition, w->r[IR_NZCV]);
    if (!walk_moves(w, IR_NZCV)) {
        return walk_is_stale(w, IR_NZCV) ? OTHER : SAME;
    }
    if (condition_holds(condition, flags_of(c, 1)) != *yes) {
        return crosses(w);
    }
    switch (condition & 14) {
    case 0: /* EQ, NE */
        return stays_unequal(c) ? SAME : crosses(w);
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
    if (is_low_mask(with)) {
        return walk_narrow(w, &a, (unsigned)__builtin_popcountll(with)) == SAME
                   ? moves(w, a)
                   : TURNS;
    }
    return is_low_mask(~with)
               ? moves(w, (struct pair){a.near & with, a.far & with})
               : OTHER;
}

/* `width` bits from bit `from` on. */
static enum verdict extract(struct walk *w, struct pair a, unsigned from,
                            unsigned width)
{
    return walk_narrow(w, &a, from + width) == SAME
               ? moves(w, (struct pair){a.near >> from, a.far >> from})
               : TURNS;
}

static enum verdict shift_left(struct walk *w, struct pair a, unsigned by)
{
    return walk_narrow(w, &a, 64 - by) == SAME
               ? moves(w, (struct pair){a.near << by, a.far << by})
               : TURNS;
}

static enum verdict multiply(struct walk *w, struct pair a, uint64_t by)
{
    struct pair to = {0, 0};

    if (__builtin_mul_overflow(a.near, by, &to.near)) {
        return TURNS;
    }
    if (__builtin_mul_overflow(a.far, by, &to.far)) {
        const uint64_t most = UINT64_MAX / by;

        return walk_turns(w, most - a.near, a.far - most);
    }
    return moves(w, to);
}

static enum verdict divide(struct walk *w, struct pair a, uint64_t by)
{
    return by == 0 ? OTHER : moves(w, (struct pair){a.near / by, a.far / by});
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
        return moves(w, a);
    case IR_mov32:
        return walk_narrow(w, &low_a, 32) == SAME ? moves(w, low_a) : TURNS;
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
        return op->a == IR_ZERO ? moves(w, (struct pair){~b.near, ~b.far})
                                : OTHER;
    case IR_or64: /* MOV */
        return op->a == IR_ZERO   ? moves(w, b)
               : op->b == IR_ZERO ? moves(w, a)
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

/* Registers that an operation reads, as bits. */
static uint64_t read_by(const struct ir_op *op)
{
    uint64_t set = 0;

    for (const char *at = ir_operands(op->opcode); *at != '\0'; at++) {
        set |= *at == 'a'   ? walk_bit(op->a)
               : *at == 'b' ? walk_bit(op->b)
               : *at == 'c' ? walk_bit((unsigned)op->imm)
                            : 0;
    }
    if (is_in(op->opcode, IR_bfi32, IR_bfxil64)) {
        set |= walk_bit(op->d);
    }
    if (reads_flags(op->opcode)) {
        set |= walk_bit(IR_NZCV);
    }
    return set;
}

enum verdict walk_compute(struct walk *w)
{
    const struct ir_op *op = w->op;
    const uint64_t read = (w->moving | w->stale) != 0 ? read_by(op) : 0;

    if ((read & w->stale) != 0) {
        return OTHER;
    }
    if ((read & w->moving) != 0) {
        const bool two = strchr(ir_operands(op->opcode), 'b') != NULL &&
                         walk_moves(w, op->a) && walk_moves(w, op->b);

        if (two && op->a == op->b &&
            (op->opcode == IR_xor64 || op->opcode == IR_xor32)) {
            walk_set_steady(w, op->d, 0);
            return SAME;
        }
        return two ? OTHER : move(w);
    }
    interpreter_compute(w->cpu, op);
    walk_steady(w, op->d);
    if (writes_flags(op->opcode)) {
        walk_steady(w, IR_NZCV);
    }
    return SAME;
}
