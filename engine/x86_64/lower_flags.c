/* SPDX-License-Identifier: Apache-2.0 */
/* A64's flags: what sets them, and what chooses by them. */
#include "engine/x86_64/rows.h"

static bool sets_and_branches(unsigned opcode)
{
    return opcode >= IR_subs32i_bcond && opcode <= IR_subs64_bcond;
}

/* ---- Setters ------------------------------------------------------------- */

/* One of them at hand: what it computes, its immediate, and whether that is
 * the second operand, and one that the host can take. */
struct setter {
    bool wide;
    enum x64_alu what;
    bool has_immediate;
    bool fits;
    int64_t immediate;
};

/* For the flags alone: SUB and AND have instructions for that. */
static void compare(struct lower *l, const struct setter *setter)
{
    const struct ir_op *op = l->op;
    const bool subtracts = setter->what == X64_SUB;

    if (!setter->has_immediate) {
        enum x64_register a = lower_get(l, setter->wide, op->a, X64_RAX);

        if (subtracts) {
            x64_alu(&l->out, setter->wide, X64_CMP, a, lower_place(l, op->b));
        } else {
            x64_op(&l->out, setter->wide, 0x85, a, lower_place(l, op->b));
        }
    } else if (subtracts) {
        x64_alu_imm(&l->out, setter->wide, X64_CMP, lower_source(l, op->a),
                    (int32_t)setter->immediate);
    } else {
        x64_op(&l->out, setter->wide, 0xf7, 0, lower_source(l, op->a));
        x64_word32(&l->out, (uint32_t)setter->immediate);
    }
}

/* Into d, unless it is b, which is needed until then. */
static void compute(struct lower *l, const struct setter *setter)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (!setter->has_immediate && op->d == op->b) {
        d = X64_RAX;
    }
    struct x64_operand second = lower_other(l, d);
    lower_load(l, true, d, op->a);
    if (!setter->has_immediate) {
        x64_alu(&l->out, setter->wide, setter->what, d, second);
    } else if (setter->fits) {
        x64_alu_imm(&l->out, setter->wide, setter->what, x64_reg(d),
                    (int32_t)setter->immediate);
    } else {
        x64_mov_imm(&l->out, X64_RCX, (uint64_t)setter->immediate);
        x64_alu(&l->out, setter->wide, setter->what, d, x64_reg(X64_RCX));
    }
    lower_keep(l, op->d, d);
}

/* what: enum x64_alu, and LOWER_IMMEDIATE. */
void lower_op_set_flags(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    struct setter setter = {
        .wide = wide,
        .what = (enum x64_alu)(what & ~(unsigned)LOWER_IMMEDIATE),
        .has_immediate = (what & LOWER_IMMEDIATE) != 0,
        .immediate = sets_and_branches(op->opcode) ? op->low : op->imm,
    };

    setter.fits = !setter.has_immediate || !wide ||
                  setter.immediate == (int32_t)setter.immediate;
    l->flags = FLAGS_STORED; /* what came before is overwritten */
    if (op->d == IR_SINK && setter.what != X64_ADD && setter.fits) {
        compare(l, &setter);
    } else {
        compute(l, &setter);
    }
    l->flags = setter.what == X64_SUB ? FLAGS_SUBTRACTION : FLAGS_ADDITION;
}

/* The carry in CF, inverted for a subtraction. */
static void carry_in(struct lower *l, bool subtract)
{
    if (l->flags == FLAGS_STORED || l->flags == FLAGS_LOGIC) {
        x64_op(&l->out, false, 0x0fba, 4, lower_place(l, IR_NZCV)); /* bt */
        x64_byte(&l->out, 8); /* see lower_nzcv */
    }
    if (subtract == (l->flags != FLAGS_SUBTRACTION)) {
        x64_byte(&l->out, 0xf5); /* cmc */
    }
}

unsigned lower_live_behind(const struct lower *l)
{
    return l->whole ? l->survey.flags[l->op - l->first + 1]
                    : (unsigned)SURVEY_READS_FLAGS;
}

/* Stores NZCV; the carry stays in CF if it is there. */
static void save_flags(struct lower *l)
{
    if (l->flags != FLAGS_STORED) {
        lower_store_flags(l, l->flags);
        l->flags = l->flags == FLAGS_LOGIC ? FLAGS_STORED : FLAGS_ADDITION;
    }
}

void lower_op_with_carry(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    const bool subtract = (what & SUBTRACT) != 0;
    const bool sets = (what & SETS) != 0;
    const enum x64_alu alu = subtract ? X64_SBB : X64_ADC;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (!sets && lower_live_behind(l) != 0) {
        save_flags(l);
    }
    carry_in(l, subtract);
    if (d == lower_host(l, op->b) && op->a != op->b) {
        d = X64_RAX;
    }
    lower_load(l, true, d, op->a);
    x64_alu(&l->out, wide, alu, d, lower_place(l, op->b));
    lower_keep(l, op->d, d);
    l->flags = FLAGS_STORED;
    if (sets) {
        l->flags = subtract ? FLAGS_SUBTRACTION : FLAGS_ADDITION;
    }
}

/* Sets the host's flags as that kind of operation does for nzcv. Uses RAX. */
static void set_host_flags(struct lower *l, enum lower_flags kind,
                           unsigned nzcv)
{
    unsigned stored = (unsigned)lower_nzcv(nzcv) >> 8; /* as AH is */

    if (kind == FLAGS_SUBTRACTION) {
        stored ^= 1;
    }
    if ((nzcv & 1) != 0) {
        x64_mov_imm(&l->out, X64_RAX, stored << 8 | 1);
        x64_byte(&l->out, 0x04); /* add al, 0x7f: overflows */
        x64_byte(&l->out, 0x7f);
    } else {
        x64_mov_imm(&l->out, X64_RAX, stored << 8);
        x64_byte(&l->out, 0xa8); /* test al, 0: does not */
        x64_byte(&l->out, 0);
    }
    x64_byte(&l->out, 0x9e); /* sahf */
}

/* Condition u ? flags of a and b : v. Either way the host's flags hold them. */
void lower_op_compare_if(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    const bool adds = what == X64_ADD;
    const enum lower_flags kind = adds ? FLAGS_ADDITION : FLAGS_SUBTRACTION;
    enum x64_condition condition = lower_condition(l, (unsigned)op->low & 15);
    bool always = (op->low & 15) >= 14;
    uint8_t *other = NULL;

    if (!always) {
        other = x64_jcc(&l->out, (enum x64_condition)(condition ^ 1), NULL);
    }
    if (adds) {
        lower_load(l, wide, X64_RAX, op->a);
        x64_alu(&l->out, wide, X64_ADD, X64_RAX, lower_place(l, op->b));
    } else {
        x64_alu(&l->out, wide, X64_CMP, lower_get(l, wide, op->a, X64_RAX),
                lower_place(l, op->b));
    }
    if (!always) {
        uint8_t *done = x64_jmp(&l->out, NULL);
        x64_aim(other, l->out.at);
        set_host_flags(l, kind, (unsigned)op->high);
        x64_aim(done, l->out.at);
    }
    l->flags = kind;
}

/* NZCV of bits 31:28. */
void lower_op_put_flags(struct lower *l, bool wide, unsigned what)
{
    lower_load(l, false, X64_RAX, l->op->a);
    x64_shift_imm(&l->out, false, X64_SHR, X64_RAX, 28);
    x64_mov_imm(&l->out, X64_RDX, LOWER_NZCV);
    /* pdep */
    x64_vex(&l->out, 2, 3, false, 0xf5, X64_RAX, X64_RAX, x64_reg(X64_RDX));
    x64_store(&l->out, false, lower_slot(IR_NZCV), X64_RAX);
    l->flags = FLAGS_STORED;
}

/* ---- Choices ------------------------------------------------------------- */

/* CSET and CSETM: of both, IR_ZERO. */
static void set_if(struct lower *l, bool wide, enum x64_condition condition,
                   bool ones)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_setcc(&l->out, ones ? condition : (enum x64_condition)(condition ^ 1),
              X64_RAX);
    x64_op(&l->out, false, 0x0fb6, ones ? X64_RAX : d, x64_reg(X64_RAX));
    if (ones) {
        x64_lea(&l->out, wide, d, x64_mem(X64_RAX, -1));
    }
    lower_put(l, l->op->d, d);
}

/* Nothing here touches the host's flags after lower_condition, so they serve
 * the next operation too. */
void lower_op_choose(struct lower *l, bool wide, unsigned otherwise)
{
    const struct ir_op *op = l->op;
    const unsigned number = (unsigned)op->imm & 15;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (number >= 14) {
        lower_load(l, wide, X64_RAX, op->a);
        lower_put(l, op->d, X64_RAX);
        return;
    }
    enum x64_condition condition = lower_condition(l, number);
    if (op->a == IR_ZERO && op->b == IR_ZERO &&
        (otherwise == INCREMENT || otherwise == INVERT)) {
        set_if(l, wide, condition, otherwise == INVERT);
        return;
    }
    if (d == lower_host(l, op->a)) {
        d = X64_RAX;
    }
    if (op->b == IR_ZERO) {
        x64_mov_imm(&l->out, d, 0);
    } else {
        lower_load(l, wide, d, op->b);
    }
    if (otherwise == INVERT || otherwise == NEGATE) {
        x64_op(&l->out, wide, 0xf7, 2, x64_reg(d)); /* not */
    }
    if (otherwise == INCREMENT || otherwise == NEGATE) {
        x64_lea(&l->out, wide, d, x64_mem(d, 1));
    }
    x64_cmov(&l->out, wide, condition, d, lower_place(l, op->a));
    lower_keep(l, op->d, d);
}
