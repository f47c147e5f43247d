/* SPDX-License-Identifier: Apache-2.0 */
/* A64's flags: what sets them, and what chooses by them. */
#include "engine/compiler/lower.h"

static bool between(unsigned opcode, unsigned first, unsigned last)
{
    return opcode >= first && opcode <= last;
}

static bool sets_and_branches(unsigned opcode)
{
    return between(opcode, IR_subs32i_bcond, IR_subs64_bcond);
}

/* MRS and MSR of NZCV are moves that name it. */
bool lower_reads_flags(const struct ir_op *op)
{
    if (op->a == IR_NZCV) {
        return true;
    }
    return !between(op->opcode, IR_const32, IR_clmulr32) &&
           !between(op->opcode, IR_const64, IR_ands64i) &&
           !sets_and_branches(op->opcode);
}

bool lower_writes_flags(const struct ir_op *op)
{
    return op->d == IR_NZCV || between(op->opcode, IR_adds32, IR_ands64i) ||
           between(op->opcode, IR_adcs32, IR_adcs64) ||
           between(op->opcode, IR_sbcs32, IR_sbcs64) ||
           between(op->opcode, IR_ccmp32, IR_ccmn64) ||
           sets_and_branches(op->opcode);
}

/* ---- Setters ------------------------------------------------------------- */

struct setter {
    uint8_t known;
    bool wide;
    uint8_t what; /* enum x64_alu */
    bool imm;
};

static const struct setter setters[IR_OPCODES] = {
    [IR_adds32] = {1, false, X64_ADD, false},
    [IR_adds32i] = {1, false, X64_ADD, true },
    [IR_adds64] = {1, true,  X64_ADD, false},
    [IR_adds64i] = {1, true,  X64_ADD, true },
    [IR_subs32] = {1, false, X64_SUB, false},
    [IR_subs32i] = {1, false, X64_SUB, true },
    [IR_subs64] = {1, true,  X64_SUB, false},
    [IR_subs64i] = {1, true,  X64_SUB, true },
    [IR_ands32] = {1, false, X64_AND, false},
    [IR_ands32i] = {1, false, X64_AND, true },
    [IR_ands64] = {1, true,  X64_AND, false},
    [IR_ands64i] = {1, true,  X64_AND, true },
    [IR_subs32_bcond] = {1, false, X64_SUB, false},
    [IR_subs32i_bcond] = {1, false, X64_SUB, true },
    [IR_subs64_bcond] = {1, true,  X64_SUB, false},
    [IR_subs64i_bcond] = {1, true,  X64_SUB, true },
};

static int64_t immediate(const struct ir_op *op)
{
    return sets_and_branches(op->opcode) ? op->low : op->imm;
}

static void compare(struct lower *l, const struct setter *row)
{
    const struct ir_op *op = l->op;

    if (!row->imm) {
        x64_alu(&l->out, row->wide, X64_CMP,
                lower_get(l, row->wide, op->a, X64_RAX), lower_place(l, op->b));
        return;
    }
    x64_alu_imm(&l->out, row->wide, X64_CMP, lower_place(l, op->a),
                (int32_t)immediate(op));
}

/* Into d, unless it is b, which is needed until then. */
static void compute(struct lower *l, const struct setter *row, bool fits)
{
    const struct ir_op *op = l->op;
    enum x64_alu what = (enum x64_alu)row->what;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (!row->imm && op->d == op->b) {
        d = X64_RAX;
    }
    x64_mov(&l->out, true, d, lower_place(l, op->a));
    if (!row->imm) {
        x64_alu(&l->out, row->wide, what, d, lower_place(l, op->b));
    } else if (fits) {
        x64_alu_imm(&l->out, row->wide, what, x64_reg(d),
                    (int32_t)immediate(op));
    } else {
        x64_mov_imm(&l->out, X64_RCX, (uint64_t)immediate(op));
        x64_alu(&l->out, row->wide, what, d, x64_reg(X64_RCX));
    }
    lower_put(l, op->d, d);
}

static void set_flags(struct lower *l, const struct setter *row)
{
    int64_t imm = immediate(l->op);
    bool fits = !row->wide || imm == (int32_t)imm;

    l->flags = FLAGS_STORED; /* what came before is overwritten */
    if (l->op->d == IR_SINK && row->what == X64_SUB && (fits || !row->imm)) {
        compare(l, row);
    } else {
        compute(l, row, fits);
    }
    l->flags = row->what == X64_SUB ? FLAGS_SUBTRACTION : FLAGS_ADDITION;
}

/* The carry in CF, inverted for a subtraction. */
static void carry_in(struct lower *l, bool subtract)
{
    if (l->flags == FLAGS_STORED) {
        x64_op(&l->out, false, 0x0fba, 4, lower_place(l, IR_NZCV)); /* bt */
        x64_byte(&l->out, 8); /* see LOWER_NZCV */
    }
    if (subtract == (l->flags != FLAGS_SUBTRACTION)) {
        x64_byte(&l->out, 0xf5); /* cmc */
    }
}

static void with_carry(struct lower *l, bool wide, bool subtract, bool sets)
{
    const struct ir_op *op = l->op;

    if (!sets && l->flags != FLAGS_STORED) {
        l->flags_live = true; /* they are needed after, and lost here */
        lower_flush_flags(l);
    }
    carry_in(l, subtract);
    lower_load(l, wide, X64_RAX, op->a);
    x64_alu(&l->out, wide, subtract ? X64_SBB : X64_ADC, X64_RAX,
            lower_place(l, op->b));
    lower_put(l, op->d, X64_RAX);
    l->flags = FLAGS_STORED;
    if (sets) {
        l->flags = subtract ? FLAGS_SUBTRACTION : FLAGS_ADDITION;
    }
}

/* Condition u ? flags of a and b : v. */
static void compare_if(struct lower *l, bool wide, enum x64_alu what)
{
    const struct ir_op *op = l->op;
    enum x64_condition condition = lower_condition(l, (unsigned)op->low & 15);
    bool always = (op->low & 15) >= 14;
    uint8_t *other = NULL;

    if (!always) {
        other = x64_jcc(&l->out, (enum x64_condition)(condition ^ 1), NULL);
    }
    lower_load(l, wide, X64_RAX, op->a);
    x64_alu(&l->out, wide, what == X64_ADD ? X64_ADD : X64_CMP, X64_RAX,
            lower_place(l, op->b));
    lower_store_flags(l, what == X64_ADD ? FLAGS_ADDITION : FLAGS_SUBTRACTION);
    if (!always) {
        uint8_t *done = x64_jmp(&l->out, NULL);
        x64_aim(other, l->out.at);
        x64_store_imm(&l->out, true, lower_place(l, IR_NZCV),
                      lower_nzcv((unsigned)op->high));
        x64_aim(done, l->out.at);
    }
    l->flags = FLAGS_STORED;
}

/* ---- Choices ------------------------------------------------------------- */

enum otherwise { PLAIN, INCREMENT, INVERT, NEGATE };

/* Nothing here touches the host's flags after lower_condition, so they serve
 * the next operation too. */
static void choose(struct lower *l, bool wide, enum otherwise otherwise)
{
    const struct ir_op *op = l->op;
    unsigned number = (unsigned)op->imm & 15;
    enum x64_condition condition =
        number < 14 ? lower_condition(l, number) : X64_O;

    if (number >= 14) {
        lower_load(l, wide, X64_RAX, op->a);
        lower_put(l, op->d, X64_RAX);
        return;
    }
    lower_load(l, wide, X64_RAX, op->b);
    if (otherwise == INVERT || otherwise == NEGATE) {
        x64_op(&l->out, wide, 0xf7, 2, x64_reg(X64_RAX)); /* not */
    }
    if (otherwise == INCREMENT || otherwise == NEGATE) {
        x64_lea(&l->out, wide, X64_RAX, x64_mem(X64_RAX, 1));
    }
    x64_cmov(&l->out, wide, condition, X64_RAX, lower_place(l, op->a));
    lower_put(l, op->d, X64_RAX);
}

static bool lower_choice(struct lower *l)
{
    switch (l->op->opcode) {
    case IR_csel:
        choose(l, true, PLAIN);
        return true;
    case IR_csel32:
        choose(l, false, PLAIN);
        return true;
    case IR_csinc32:
        choose(l, false, INCREMENT);
        return true;
    case IR_csinc64:
        choose(l, true, INCREMENT);
        return true;
    case IR_csinv32:
        choose(l, false, INVERT);
        return true;
    case IR_csinv64:
        choose(l, true, INVERT);
        return true;
    case IR_csneg32:
        choose(l, false, NEGATE);
        return true;
    case IR_csneg64:
        choose(l, true, NEGATE);
        return true;
    default:
        return false;
    }
}

bool lower_flag_setter(struct lower *l)
{
    const struct setter *row = &setters[l->op->opcode];

    if (row->known != 0) {
        set_flags(l, row);
        return true;
    }
    switch (l->op->opcode) {
    case IR_adc32:
    case IR_adcs32:
        with_carry(l, false, false, l->op->opcode == IR_adcs32);
        return true;
    case IR_adc64:
    case IR_adcs64:
        with_carry(l, true, false, l->op->opcode == IR_adcs64);
        return true;
    case IR_sbc32:
    case IR_sbcs32:
        with_carry(l, false, true, l->op->opcode == IR_sbcs32);
        return true;
    case IR_sbc64:
    case IR_sbcs64:
        with_carry(l, true, true, l->op->opcode == IR_sbcs64);
        return true;
    case IR_ccmp32:
        compare_if(l, false, X64_SUB);
        return true;
    case IR_ccmp64:
        compare_if(l, true, X64_SUB);
        return true;
    case IR_ccmn32:
        compare_if(l, false, X64_ADD);
        return true;
    case IR_ccmn64:
        compare_if(l, true, X64_ADD);
        return true;
    default:
        return lower_choice(l);
    }
}
