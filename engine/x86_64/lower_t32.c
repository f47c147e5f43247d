/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that T32 needs: flags of which some stay, shifts as Arm counts,
 * instructions on a condition, and checks that hardly ever fail. */
#include "engine/x86_64/rows.h"

#include <string.h>

/* ---- Flags --------------------------------------------------------------- */

void lower_merge_flags(struct lower *l, int32_t mask)
{
    x64_mov(&l->out, false, X64_RDX, lower_slot(IR_NZCV));
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RAX), mask);
    x64_alu_imm(&l->out, false, X64_AND, x64_reg(X64_RDX), LOWER_NZCV & ~mask);
    x64_alu(&l->out, false, X64_OR, X64_RAX, x64_reg(X64_RDX));
    x64_store(&l->out, false, lower_slot(IR_NZCV), X64_RAX);
}

void lower_op_sign_and_zero(struct lower *l, bool flag, unsigned what)
{
    if (l->flags != FLAGS_LOGIC) { /* whose N and Z nothing wants any more */
        lower_flush_flags(l);
    }
    if ((lower_live_behind(l) & lower_held[FLAGS_LOGIC]) != 0) {
        enum x64_register a = lower_get(l, false, l->op->a, X64_RAX);

        x64_op(&l->out, false, 0x85, a, x64_reg(a)); /* test */
        l->flags = FLAGS_LOGIC;
    } else {
        l->flags = FLAGS_STORED;
    }
}

void lower_op_carry(struct lower *l, bool flag, unsigned what)
{
    /* From the bit to where LAHF leaves the carry. */
    const unsigned right = ((unsigned)l->op->imm - 8) & 31;

    if ((lower_live_behind(l) & 2) != 0) {
        x64_rotate_right(&l->out, false, X64_RAX, lower_source(l, l->op->a),
                         right);
        lower_merge_flags(l, lower_nzcv(2));
    }
}

/* ---- Shifts -------------------------------------------------------------- */

/* By a constant; the host sets N, Z and C in the same way, and V is stored. */
void lower_op_shift_setting(struct lower *l, bool flag, unsigned what)
{
    const struct ir_op *op = l->op;
    const unsigned count = (unsigned)op->imm;
    enum x64_register d = lower_result(l, op->d, X64_RDX);

    lower_load(l, false, d, op->a);
    if (count == 32) { /* which the host takes for 0 */
        x64_shift_imm(&l->out, false, (enum x64_shift)what, d, 31);
    }
    x64_shift_imm(&l->out, false, (enum x64_shift)what, d,
                  count == 32 ? 1 : count);
    lower_put(l, op->d, d);
    l->flags = (lower_live_behind(l) & lower_held[FLAGS_SHIFT]) != 0
                   ? FLAGS_SHIFT
                   : FLAGS_STORED;
}

/* By a register's low byte: in 64 bits, and 63 does for all that is more. */
void lower_op_shift_by_register(struct lower *l, bool rotates, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if ((rotates || op->imm != 0) && lower_live_behind(l) != 0) {
        lower_call(l, l->target->shared.compute);
        return;
    }
    lower_extend(l, X64_RCX, lower_place(l, op->b), 8, false);
    if (rotates) { /* for which the low bits do */
        lower_load(l, false, X64_RAX, op->a);
        x64_op(&l->out, false, 0xd3, X64_ROR, x64_reg(X64_RAX));
        lower_put(l, op->d, X64_RAX);
        return;
    }
    lower_extend(l, X64_RAX, lower_place(l, op->a), 32, what == X64_SARX);
    x64_mov_imm(&l->out, X64_RDX, 63);
    x64_alu(&l->out, false, X64_CMP, X64_RCX, x64_reg(X64_RDX));
    x64_cmov(&l->out, false, X64_A, X64_RCX, x64_reg(X64_RDX));
    x64_shiftx(&l->out, true, (enum x64_shiftx)what, X64_RAX, x64_reg(X64_RAX),
               X64_RCX);
    x64_mov(&l->out, false, d, x64_reg(X64_RAX));
    lower_keep(l, op->d, d);
}

/* ---- Words of the core's state ------------------------------------------- */

static struct x64_operand word(const struct lower *l)
{
    return lower_beside((int32_t)l->op->imm);
}

void lower_op_get_word(struct lower *l, bool flag, unsigned what)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_mov(&l->out, false, d, word(l));
    lower_keep(l, l->op->d, d);
}

void lower_op_put_word(struct lower *l, bool flag, unsigned what)
{
    x64_store(&l->out, false, word(l), lower_get(l, false, l->op->a, X64_RAX));
    if (l->op->imm == l->compiler->guest->fp_control) {
        l->fp_checked = false;
        l->fpcr_checked = false;
    }
}

/* ---- Conditions ---------------------------------------------------------- */

enum { CHOICE_OPS = 3 };

/* By its row alone, with RAX and RCX. */
static bool is_simple(unsigned opcode)
{
    return (opcode >= IR_const32 && opcode <= IR_andn32) ||
           opcode == IR_shl32i || opcode == IR_shr32i || opcode == IR_sar32i ||
           opcode == IR_ror32i;
}

static bool is_move(const struct lower *l)
{
    return l->op->low == 1 && l->op[1].opcode <= IR_mov32;
}

/* True if what the operation at hand skips computes one register, and the
 * host's flags are not wanted behind it unless they stay as they are. */
static bool is_choice(const struct lower *l)
{
    const struct ir_op *first = l->op + 1;
    const int32_t count = l->op->low;
    bool simple = l->whole && count > 0 && count <= CHOICE_OPS &&
                  first[count - 1].d < IR_PC;

    for (int32_t i = 0; simple && i < count; i++) {
        simple = is_simple(first[i].opcode) &&
                 (i == count - 1 || first[i].d == IR_TEMPORARY ||
                  first[i].d == IR_SECOND);
    }
    return simple && (is_move(l) || (l->survey.flags[first - l->first] &
                                     lower_held[l->flags]) == 0);
}

/* RAX = what the operation at hand skips, of `count` operations. */
static void compute_skipped(struct lower *l, unsigned count)
{
    const struct ir_op *skip = l->op;
    struct ir_op copies[CHOICE_OPS];

    memcpy(copies, skip + 1, count * sizeof(*copies));
    copies[count - 1].d = IR_TEMPORARY;
    for (unsigned i = 0; i < count; i += 1 + l->skip) {
        const struct lower_row *row = &lower_rows[copies[i].opcode];

        l->op = &copies[i];
        l->skip = 0;
        row->lower(l, row->flag, row->what);
    }
    l->op = skip;
    if (!lower_is_kept(l, IR_TEMPORARY)) {
        lower_load(l, false, X64_RAX, IR_TEMPORARY);
    }
}

/* A register that is computed whether or not it is wanted: where chances are
 * even the host guesses a branch wrongly as often as not. */
static void choose(struct lower *l)
{
    const unsigned count = (unsigned)l->op->low;
    const struct ir_op *last = l->op + count;
    enum x64_condition holds = lower_condition(l, l->op->a);
    struct x64_operand value = x64_reg(X64_RAX);

    if (!is_move(l)) {
        x64_setcc(&l->out, holds, X64_RDX);
        l->flags = FLAGS_STORED;
        compute_skipped(l, count);
        x64_op(&l->out, false, 0x84, X64_RDX, x64_reg(X64_RDX)); /* test dl */
        holds = X64_NE;
    } else if (last->opcode == IR_const32) {
        x64_mov_imm(&l->out, X64_RAX, (uint32_t)last->imm);
    } else {
        value = lower_place(l, last->a);
    }
    const enum x64_register d = lower_get(l, false, last->d, X64_RCX);
    x64_cmov(&l->out, false, holds, d, value);
    lower_put(l, last->d, d);
    l->skip = count;
}

/* A fact about registers and flags must be so on both ways to the meet. Where
 * the host's flags hold NZCV they do on the way that skips. */
void lower_op_skip(struct lower *l, bool flag, unsigned what)
{
    if (is_choice(l)) {
        choose(l);
        return;
    }
    const enum x64_condition holds = lower_condition(l, l->op->a);

    l->skipping = x64_jcc(&l->out, (enum x64_condition)(holds ^ 1), NULL);
    l->skipped_flags = l->flags;
    l->skip_end = l->op + 1 + l->op->low;
}

/* The flags of both ways in one place. */
static void agree(struct lower *l)
{
    const unsigned held = lower_held[l->flags] | lower_held[l->skipped_flags];
    const bool live = (l->survey.flags[l->op - l->first] & held) != 0;

    if (!live || l->flags == l->skipped_flags) {
        l->flags = live ? l->flags : FLAGS_STORED;
        x64_aim(l->skipping, l->out.at);
        return;
    }
    l->flags_live = SURVEY_READS_FLAGS;
    lower_flush_flags(l);
    if (l->skipped_flags == FLAGS_STORED) {
        x64_aim(l->skipping, l->out.at);
        return;
    }
    uint8_t *over = x64_jmp(&l->out, NULL);
    x64_aim(l->skipping, l->out.at);
    lower_store_flags(l, l->skipped_flags);
    x64_aim(over, l->out.at);
}

/* True if an operation neither leaves the block nor shows registers to C. */
static bool is_pure(unsigned opcode)
{
    return (opcode >= IR_const32 && opcode <= IR_clmulr32) ||
           (opcode >= IR_const64 && opcode <= IR_ccmn64) ||
           (opcode >= IR_nz32 && opcode <= IR_skip);
}

/* True if nobody can see d before the next meet sets it anew. */
static bool is_unseen(const struct lower *l)
{
    const struct ir_op *op = l->op + 1;

    while (is_pure(op->opcode)) {
        op++;
    }
    return l->whole && l->op->imm != 0 && op->opcode == IR_meet;
}

void lower_op_meet(struct lower *l, bool flag, unsigned what)
{
    if (l->skipping != NULL && l->op == l->skip_end) {
        agree(l);
        l->skipping = NULL;
        l->known[0] = l->known[1] = l->at_hand = 0;
        l->kept_until = l->at_hand_until = NULL;
        l->fp_checked = false;
        l->fpcr_checked = false;
    }
    /* Blocks begin with 0 there. */
    if (!is_unseen(l) && (l->op->imm != 0 || l->it_stored || !l->whole)) {
        l->it_stored |= l->op->imm != 0;
        lower_op_put_constant(l, false, 0);
    }
}

/* ---- Checks -------------------------------------------------------------- */

/* Calls the operation's helper where the jump at `site` goes. */
static void call_at(struct lower *l, uint8_t *site)
{
    struct lower_cold *cold = lower_cold(l, COLD_CALL, site);

    cold->callee = l->target->shared.assist;
    cold->back = l->out.at;
}

void lower_op_check_word(struct lower *l, bool flag, unsigned what)
{
    x64_op(&l->out, false, 0xf7, 0, lower_source(l, l->op->a)); /* test */
    x64_word32(&l->out, 3);
    call_at(l, x64_jcc(&l->out, X64_NE, NULL));
}

void lower_op_check_nonzero(struct lower *l, bool flag, unsigned what)
{
    x64_alu_imm(&l->out, false, X64_CMP, lower_source(l, l->op->a), 0);
    call_at(l, x64_jcc(&l->out, X64_E, NULL));
}

void lower_op_check_limit(struct lower *l, bool flag, unsigned what)
{
    const struct ir_op *op = l->op;

    lower_load(l, false, X64_RAX, op->a);
    x64_alu_imm(&l->out, false, X64_ADD, x64_reg(X64_RAX), op->high);
    x64_alu(&l->out, false, X64_CMP, X64_RAX, lower_place(l, op->b));
    call_at(l, x64_jcc(&l->out, X64_B, NULL));
}

/* With bit 0 above the others, what is odd and below 0xf0000000 lies between
 * two numbers. */
void lower_op_branch_exchange(struct lower *l, bool flag, unsigned what)
{
    x64_rotate_right(&l->out, false, X64_RAX, lower_source(l, l->op->a), 1);
    x64_alu_imm(&l->out, false, X64_SUB, x64_reg(X64_RAX), INT32_MIN);
    x64_alu_imm(&l->out, false, X64_CMP, x64_reg(X64_RAX), 0xf0000000u >> 1);
    call_at(l, x64_jcc(&l->out, X64_AE, NULL));
}
