/* SPDX-License-Identifier: Apache-2.0 */
/* Data processing: DDI 0403E A7.7, whose names and rows these are. */
#include "engine/lift/t32.h"

/* ---- Results and flags --------------------------------------------------- */

/* Tells whether a result goes to SP by an instruction that DDI 0553 B3.21 holds
 * to its limit: additions, subtractions and moves. */
static void set_sp(struct t32_lift *lift)
{
    t32_check_limit(lift, IR_TEMPORARY, 0);
    t32_emit(lift, IR_and32i, MPROFILE_SP, IR_TEMPORARY, 0, ~INT64_C(3));
}

static unsigned result_of(const struct t32_lift *lift)
{
    return t32_destination(lift->insn->rd);
}

/* Behind a result at d: N and Z. */
static void finish(struct t32_lift *lift, unsigned d)
{
    if (lift->insn->setflags) {
        t32_emit(lift, IR_nz32, 0, d, 0, 0);
    }
    t32_done(lift, lift->insn->rd);
}

static void carry_bit(struct t32_lift *lift, unsigned a, unsigned bit)
{
    if (lift->insn->setflags) {
        t32_emit(lift, IR_carry32i, 0, a, 0, bit);
    }
}

/* ---- Second operands ----------------------------------------------------- */

/* d = rotated right by 1 with C above. */
static void rotate_with_extend(struct t32_lift *lift, unsigned d, bool sets)
{
    const unsigned rm = lift->insn->rm;

    t32_emit(lift, IR_get_nzcv, IR_TEMPORARY, 0, 0, 0);
    t32_emit_uv(lift, IR_ubfx, IR_TEMPORARY, IR_TEMPORARY, 0, 29, 1);
    if (sets) {
        carry_bit(lift, rm, 0);
    }
    t32_emit(lift, IR_extr32, d, IR_TEMPORARY, rm, 1);
}

/* d = rm shifted by a constant, which is not LSL by 0; sets: C as well. */
static void shift(struct t32_lift *lift, unsigned d, bool sets)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned amount = insn->amount;

    switch ((enum t32_shift)insn->shift) {
    case T32_LSL:
        if (sets) {
            carry_bit(lift, insn->rm, 32 - amount);
        }
        t32_emit(lift, IR_shl32i, d, insn->rm, 0, amount);
        break;
    case T32_LSR:
        if (sets) {
            carry_bit(lift, insn->rm, amount - 1);
        }
        t32_emit(lift, amount == 32 ? IR_const32 : IR_shr32i, d, insn->rm, 0,
                 amount == 32 ? 0 : amount);
        break;
    case T32_ASR:
        if (sets) {
            carry_bit(lift, insn->rm, amount - 1);
        }
        t32_emit(lift, IR_sar32i, d, insn->rm, 0, amount == 32 ? 31 : amount);
        break;
    case T32_ROR:
        if (sets) {
            carry_bit(lift, insn->rm, amount - 1);
        }
        t32_emit(lift, IR_ror32i, d, insn->rm, 0, amount);
        break;
    case T32_RRX:
        rotate_with_extend(lift, d, sets);
        break;
    }
}

static bool is_shifted(const struct t32_insn *insn)
{
    return insn->shift != T32_LSL || insn->amount != 0;
}

/* The register that holds rm as it is shifted: IR_SECOND, for the next
 * operation alone. */
static unsigned shifted(struct t32_lift *lift, bool sets)
{
    if (!is_shifted(lift->insn)) {
        return t32_source(lift, lift->insn->rm);
    }
    shift(lift, IR_SECOND, sets);
    return IR_SECOND;
}

/* ---- Logic --------------------------------------------------------------- */

/* The carry that an expanded immediate tells. */
static void carry_of_immediate(struct t32_lift *lift)
{
    if (!lift->insn->setflags || lift->insn->carry == T32_CARRY_SAME) {
        return;
    }
    if (lift->insn->carry == T32_CARRY_CLEAR) {
        carry_bit(lift, IR_ZERO, 0);
    } else {
        t32_emit(lift, IR_const32, IR_TEMPORARY, 0, 0, 1);
        carry_bit(lift, IR_TEMPORARY, 0);
    }
}

static void compute_immediate(struct t32_lift *lift, enum ir_opcode opcode,
                              uint32_t imm)
{
    const unsigned d = result_of(lift);

    carry_of_immediate(lift);
    t32_emit(lift, opcode, d, lift->insn->rn, 0, (int32_t)imm);
    finish(lift, d);
}

LIFT(AND_IMMEDIATE, compute_immediate(lift, IR_and32i, lift->insn->imm))
LIFT(BIC_IMMEDIATE, compute_immediate(lift, IR_and32i, ~lift->insn->imm))
LIFT(ORR_IMMEDIATE, compute_immediate(lift, IR_or32i, lift->insn->imm))
LIFT(ORN_IMMEDIATE, compute_immediate(lift, IR_or32i, ~lift->insn->imm))
LIFT(EOR_IMMEDIATE, compute_immediate(lift, IR_xor32i, lift->insn->imm))

/* Flags alone. */
static void test_immediate(struct t32_lift *lift, enum ir_opcode opcode)
{
    carry_of_immediate(lift);
    t32_emit(lift, opcode, IR_TEMPORARY, lift->insn->rn, 0,
             (int32_t)lift->insn->imm);
    t32_emit(lift, IR_nz32, 0, IR_TEMPORARY, 0, 0);
}

LIFT(TST_IMMEDIATE, test_immediate(lift, IR_and32i))
LIFT(TEQ_IMMEDIATE, test_immediate(lift, IR_xor32i))

static void move_immediate(struct t32_lift *lift, uint32_t imm)
{
    const unsigned d = result_of(lift);

    carry_of_immediate(lift);
    t32_emit(lift, IR_const32, d, 0, 0, imm);
    finish(lift, d);
}

LIFT(MOV_IMMEDIATE, move_immediate(lift, lift->insn->imm))
LIFT(MVN_IMMEDIATE, move_immediate(lift, ~lift->insn->imm))

static void compute_register(struct t32_lift *lift, enum ir_opcode opcode,
                             unsigned a, unsigned d)
{
    t32_emit(lift, opcode, d, a, shifted(lift, true), 0);
    finish(lift, d);
}

static void logic_register(struct t32_lift *lift, enum ir_opcode opcode)
{
    compute_register(lift, opcode, lift->insn->rn, result_of(lift));
}

LIFT(AND_REGISTER, logic_register(lift, IR_and32))
LIFT(BIC_REGISTER, logic_register(lift, IR_andn32))
LIFT(ORR_REGISTER, logic_register(lift, IR_or32))
LIFT(ORN_REGISTER, logic_register(lift, IR_orn32))
LIFT(EOR_REGISTER, logic_register(lift, IR_xor32))
LIFT(MVN_REGISTER, compute_register(lift, IR_orn32, IR_ZERO, result_of(lift)))

static void test_register(struct t32_lift *lift, enum ir_opcode opcode)
{
    compute_register(lift, opcode, lift->insn->rn, IR_TEMPORARY);
}

LIFT(TST_REGISTER, test_register(lift, IR_and32))
LIFT(TEQ_REGISTER, test_register(lift, IR_xor32))

/* By a constant, with flags. */
static void shift_setting(struct t32_lift *lift, enum ir_opcode opcode)
{
    t32_emit(lift, opcode, result_of(lift), lift->insn->rm, 0,
             lift->insn->amount);
    t32_done(lift, lift->insn->rd);
}

static void move_shifted(struct t32_lift *lift)
{
    static const uint8_t setting[] = {
        [T32_LSL] = IR_lsls32i, [T32_LSR] = IR_lsrs32i, [T32_ASR] = IR_asrs32i};
    const struct t32_insn *insn = lift->insn;
    const unsigned d = result_of(lift);

    if (insn->setflags && insn->shift <= T32_ASR) {
        shift_setting(lift, (enum ir_opcode)setting[insn->shift]);
    } else {
        shift(lift, d, true);
        finish(lift, d);
    }
}

void t32_lift_MOV_REGISTER(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (is_shifted(insn)) {
        move_shifted(lift);
    } else if (insn->rd == T32_PC) {
        t32_jump_register(lift, t32_source(lift, insn->rm), 0);
    } else if (insn->rd == MPROFILE_SP) {
        t32_emit(lift, IR_mov32, IR_TEMPORARY, t32_source(lift, insn->rm), 0,
                 0);
        set_sp(lift);
    } else {
        t32_emit(lift, IR_mov32, insn->rd, t32_source(lift, insn->rm), 0, 0);
        finish(lift, insn->rd);
    }
}

void t32_lift_MOVT(struct t32_lift *lift)
{
    const unsigned rd = lift->insn->rd;
    const uint32_t upper = lift->insn->imm << 16;
    struct ir_block *block = lift->block;
    const struct ir_op *before = &block->ops[block->count - 1];

    /* Behind MOVW both are one constant. */
    if (block->count != 0 && !lift->in_it && rd < MPROFILE_SP &&
        before->opcode == IR_const32 && before->d == rd &&
        (uint32_t)before->imm < 0x10000) {
        t32_emit(lift, IR_add32i, rd, rd, 0, upper);
        ir_join(block);
        return;
    }
    t32_emit(lift, IR_and32i, t32_destination(rd), rd, 0, 0xffff);
    t32_emit(lift, IR_or32i, t32_destination(rd), t32_destination(rd), 0,
             (int32_t)upper);
    t32_done(lift, rd);
}

/* ---- Sums ---------------------------------------------------------------- */

/* Where their results go, and what comes behind. */
static unsigned sum_of(const struct t32_lift *lift)
{
    return lift->insn->rd == MPROFILE_SP ? (unsigned)IR_TEMPORARY
                                         : t32_destination(lift->insn->rd);
}

static void sum_done(struct t32_lift *lift)
{
    if (lift->insn->rd == MPROFILE_SP) {
        set_sp(lift);
    }
}

/* rn + imm, without flags. SP by a multiple of 4 stays one. */
static void add_constant(struct t32_lift *lift, uint32_t imm)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->rd == MPROFILE_SP && insn->rn == MPROFILE_SP && (imm & 3) == 0) {
        t32_check_limit(lift, MPROFILE_SP, (int32_t)imm);
        t32_emit(lift, IR_add32i, MPROFILE_SP, MPROFILE_SP, 0, (int32_t)imm);
        return;
    }
    t32_emit(lift, IR_add32i, sum_of(lift), insn->rn, 0, (int32_t)imm);
    sum_done(lift);
}

static void sum_immediate(struct t32_lift *lift, enum ir_opcode setting,
                          bool subtracts)
{
    const struct t32_insn *insn = lift->insn;

    if (!insn->setflags) {
        add_constant(lift, subtracts ? 0 - insn->imm : insn->imm);
        return;
    }
    t32_emit(lift, setting, sum_of(lift), insn->rn, 0, (int32_t)insn->imm);
    sum_done(lift);
}

LIFT(ADD_IMMEDIATE, sum_immediate(lift, IR_adds32i, false))
LIFT(SUB_IMMEDIATE, sum_immediate(lift, IR_subs32i, true))
LIFT(CMP_IMMEDIATE, t32_emit(lift, IR_subs32i, IR_SINK, lift->insn->rn, 0,
                             (int32_t)lift->insn->imm))
LIFT(CMN_IMMEDIATE, t32_emit(lift, IR_adds32i, IR_SINK, lift->insn->rn, 0,
                             (int32_t)lift->insn->imm))

/* With the immediate in a register. */
static void with_constant(struct t32_lift *lift, enum ir_opcode plain,
                          enum ir_opcode setting, bool reverse)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned other = insn->imm == 0 ? IR_ZERO : IR_TEMPORARY;

    if (other != IR_ZERO) {
        t32_emit(lift, IR_const32, IR_TEMPORARY, 0, 0, insn->imm);
    }
    t32_emit(lift, insn->setflags ? setting : plain, sum_of(lift),
             reverse ? other : insn->rn, reverse ? insn->rn : other, 0);
    sum_done(lift);
}

LIFT(ADC_IMMEDIATE, with_constant(lift, IR_adc32, IR_adcs32, false))
LIFT(SBC_IMMEDIATE, with_constant(lift, IR_sbc32, IR_sbcs32, false))
LIFT(RSB_IMMEDIATE, with_constant(lift, IR_sub32, IR_subs32, true))

static void sum_register(struct t32_lift *lift, enum ir_opcode plain,
                         enum ir_opcode setting)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, insn->setflags ? setting : plain, sum_of(lift), insn->rn,
             shifted(lift, false), 0);
    sum_done(lift);
}

void t32_lift_ADD_REGISTER(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->rd != T32_PC) {
        sum_register(lift, IR_add32, IR_adds32);
    } else { /* pc + rm */
        t32_jump_register(lift, t32_source(lift, insn->rm), lift->pc + 4);
    }
}

LIFT(SUB_REGISTER, sum_register(lift, IR_sub32, IR_subs32))
LIFT(ADC_REGISTER, sum_register(lift, IR_adc32, IR_adcs32))
LIFT(SBC_REGISTER, sum_register(lift, IR_sbc32, IR_sbcs32))

void t32_lift_RSB_REGISTER(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;
    unsigned rm = insn->rm;

    if (is_shifted(insn)) { /* IR_SECOND is no first operand */
        shift(lift, IR_TEMPORARY, false);
        rm = IR_TEMPORARY;
    }
    t32_emit(lift, insn->setflags ? IR_subs32 : IR_sub32, sum_of(lift), rm,
             insn->rn, 0);
    sum_done(lift);
}

static void compare_register(struct t32_lift *lift, enum ir_opcode opcode)
{
    t32_emit(lift, opcode, IR_SINK, lift->insn->rn, shifted(lift, false), 0);
}

LIFT(CMP_REGISTER, compare_register(lift, IR_subs32))
LIFT(CMN_REGISTER, compare_register(lift, IR_adds32))

void t32_lift_ADR(struct t32_lift *lift)
{
    t32_emit(lift, IR_const32, lift->insn->rd, 0, 0,
             ((lift->pc + 4) & ~3u) + lift->insn->imm);
    t32_done(lift, lift->insn->rd);
}

/* ---- Shifts by a register ------------------------------------------------ */

static void shift_by(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, opcode, result_of(lift), insn->rn, insn->rm, insn->setflags);
    t32_done(lift, insn->rd);
}

LIFT(LSL_REGISTER, shift_by(lift, IR_lsl32))
LIFT(LSR_REGISTER, shift_by(lift, IR_lsr32))
LIFT(ASR_REGISTER, shift_by(lift, IR_asr32))
LIFT(ROR_REGISTER, shift_by(lift, lift->insn->setflags ? IR_rors32 : IR_ror32))

/* ---- Products and quotients ---------------------------------------------- */

/* d = rn op rm, and N and Z if it says so. */
static void compute(struct t32_lift *lift, enum ir_opcode opcode)
{
    const unsigned d = result_of(lift);

    t32_emit(lift, opcode, d, lift->insn->rn, lift->insn->rm, 0);
    finish(lift, d);
}

LIFT(MUL, compute(lift, IR_mul32))

/* ra and, or less, rn * rm. */
static void accumulate(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, opcode, result_of(lift), insn->rn, insn->rm, insn->ra);
    t32_done(lift, insn->rd);
}

LIFT(MLA, accumulate(lift, IR_madd32))
LIFT(MLS, accumulate(lift, IR_msub32))

/* 64 bits in IR_TEMPORARY to ra:rd. */
static void put_long(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, IR_mov32, insn->rd, IR_TEMPORARY, 0, 0);
    t32_done(lift, insn->rd);
    t32_emit(lift, IR_shr64i, insn->ra, IR_TEMPORARY, 0, 32);
    t32_done(lift, insn->ra);
}

static void multiply_long(struct t32_lift *lift, enum ir_opcode opcode)
{
    t32_emit(lift, opcode, IR_TEMPORARY, lift->insn->rn, lift->insn->rm,
             IR_ZERO);
    put_long(lift);
}

LIFT(SMULL, multiply_long(lift, IR_smaddl))
LIFT(UMULL, multiply_long(lift, IR_umaddl))

static void accumulate_long(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, IR_shl64i, IR_TEMPORARY, insn->ra, 0, 32);
    t32_emit(lift, IR_or64, IR_TEMPORARY, IR_TEMPORARY, insn->rd, 0);
    t32_emit(lift, opcode, IR_TEMPORARY, insn->rn, insn->rm, IR_TEMPORARY);
    put_long(lift);
}

LIFT(SMLAL, accumulate_long(lift, IR_smaddl))
LIFT(UMLAL, accumulate_long(lift, IR_umaddl))

/* ra:rd = rn * rm + ra + rd. */
void t32_lift_UMAAL(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit(lift, IR_umaddl, IR_TEMPORARY, insn->rn, insn->rm, insn->rd);
    t32_emit(lift, IR_add64, IR_TEMPORARY, IR_TEMPORARY, insn->ra, 0);
    put_long(lift);
}

static void divide(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit_uv(lift, IR_check_nonzero, 0, insn->rm, insn->rm,
                T32_HELPER_DIVIDE, 0);
    compute(lift, opcode);
}

LIFT(SDIV, divide(lift, IR_sdiv32))
LIFT(UDIV, divide(lift, IR_udiv32))

/* ---- Fields and bits ----------------------------------------------------- */

static void insert(struct t32_lift *lift, unsigned from)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit_uv(lift, IR_bfi32, insn->rd, from, 0, (int32_t)insn->imm,
                insn->amount);
    t32_done(lift, insn->rd);
}

LIFT(BFI, insert(lift, lift->insn->rn))
LIFT(BFC, insert(lift, IR_ZERO))

static void extract(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    t32_emit_uv(lift, opcode, result_of(lift), insn->rn, 0, (int32_t)insn->imm,
                insn->amount);
    t32_done(lift, insn->rd);
}

LIFT(SBFX, extract(lift, IR_sbfx32))
LIFT(UBFX, extract(lift, IR_ubfx))

static void of_one(struct t32_lift *lift, enum ir_opcode opcode)
{
    t32_emit(lift, opcode, result_of(lift), lift->insn->rm, 0, 0);
    t32_done(lift, lift->insn->rd);
}

LIFT(CLZ, of_one(lift, IR_clz32))
LIFT(RBIT, of_one(lift, IR_bitreverse32))
LIFT(REV, of_one(lift, IR_byteswap32))
LIFT(REV16, of_one(lift, IR_rev16_32))

void t32_lift_REVSH(struct t32_lift *lift)
{
    t32_emit(lift, IR_rev16_32, IR_TEMPORARY, lift->insn->rm, 0, 0);
    t32_emit(lift, IR_sext16, result_of(lift), IR_TEMPORARY, 0, 0);
    t32_done(lift, lift->insn->rd);
}

/* d = `width` bits of rm, rotated right by amount, extended. */
static void extend(struct t32_lift *lift, unsigned d, bool sign, unsigned width)
{
    const struct t32_insn *insn = lift->insn;
    unsigned from = insn->rm;
    unsigned low = insn->amount;

    if (low + width > 32) {
        t32_emit(lift, IR_ror32i, IR_TEMPORARY, from, 0, low);
        from = IR_TEMPORARY;
        low = 0;
    }
    t32_emit_uv(lift, sign ? IR_sbfx32 : IR_ubfx, d, from, 0, (int32_t)low,
                (int32_t)width);
}

static void extend_only(struct t32_lift *lift, bool sign, unsigned width)
{
    extend(lift, result_of(lift), sign, width);
    t32_done(lift, lift->insn->rd);
}

LIFT(SXTB, extend_only(lift, true, 8))
LIFT(SXTH, extend_only(lift, true, 16))
LIFT(UXTB, extend_only(lift, false, 8))
LIFT(UXTH, extend_only(lift, false, 16))

static void extend_add(struct t32_lift *lift, bool sign, unsigned width)
{
    extend(lift, IR_TEMPORARY, sign, width);
    t32_emit(lift, IR_add32, result_of(lift), lift->insn->rn, IR_TEMPORARY, 0);
    t32_done(lift, lift->insn->rd);
}

LIFT(SXTAB, extend_add(lift, true, 8))
LIFT(SXTAH, extend_add(lift, true, 16))
LIFT(UXTAB, extend_add(lift, false, 8))
LIFT(UXTAH, extend_add(lift, false, 16))
