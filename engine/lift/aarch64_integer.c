/* SPDX-License-Identifier: Apache-2.0 */
/* Data processing of general registers: DDI 0487, C4.1.2 and C4.1.5. */
#include "engine/lift/aarch64.h"

/* Where a result goes: most rows have XZR as number 31, some the SP. */
enum target { TO_ZR, TO_SP };

static unsigned destination(const struct aarch64_insn *insn, enum target target)
{
    return target == TO_SP ? insn->d : aarch64_destination(insn->d);
}

/* The operation of two that fits the row's register size. */
static enum ir_opcode sized(const struct aarch64_lift *lift,
                            enum ir_opcode narrow, enum ir_opcode wide)
{
    return lift->insn->f != 0 ? wide : narrow;
}

#define SIZED(lift, name)   sized(lift, IR_##name##32, IR_##name##64)
#define SIZED_I(lift, name) sized(lift, IR_##name##32i, IR_##name##64i)

static unsigned register_size(const struct aarch64_lift *lift)
{
    return lift->insn->f != 0 ? 64 : 32;
}

static void constant(struct aarch64_lift *lift, unsigned d, uint64_t value)
{
    ir_emit(lift->block, IR_const64, d, 0, 0, (int64_t)value);
}

void aarch64_lift_ADR(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    uint64_t offset = (uint64_t)aarch64_signed(insn->i << 2 | insn->j, 21);

    ir_emit(lift->block, IR_adr64, aarch64_destination(insn->d), 0, 0,
            (int64_t)(lift->pc + offset));
}

void aarch64_lift_ADRP(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    uint64_t offset = (uint64_t)aarch64_signed(insn->i << 2 | insn->j, 21)
                      << 12;

    ir_emit(lift->block, IR_adr64, aarch64_destination(insn->d), 0, 0,
            (int64_t)offset);
}

/* ---- Addition and subtraction -------------------------------------------- */

static void add_immediate(struct aarch64_lift *lift, int64_t sign)
{
    const struct aarch64_insn *insn = lift->insn;
    int64_t value = sign * ((int64_t)insn->i << (insn->h != 0 ? 12 : 0));

    if (value == 0) {
        ir_emit(lift->block, SIZED(lift, mov), insn->d, insn->n, 0, 0);
    } else {
        ir_emit(lift->block, SIZED_I(lift, add), insn->d, insn->n, 0, value);
        ir_join(lift->block);
    }
}

LIFT(ADD_IMM, add_immediate(lift, 1))
LIFT(SUB_IMM, add_immediate(lift, -1))

static void flags_immediate(struct aarch64_lift *lift, enum ir_opcode opcode)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, destination(insn, TO_ZR), insn->n, 0,
            (int64_t)insn->i << (insn->h != 0 ? 12 : 0));
}

LIFT(ADDS_IMM, flags_immediate(lift, SIZED_I(lift, adds)))
LIFT(SUBS_IMM, flags_immediate(lift, SIZED_I(lift, subs)))

/* Rm shifted by the amount k, as an IR register (ShiftReg). */
static unsigned shifted(struct aarch64_lift *lift)
{
    static const enum ir_opcode shifts[4][2] = {
        {IR_shl32i, IR_shl64i},
        {IR_shr32i, IR_shr64i},
        {IR_sar32i, IR_sar64i},
        {IR_ror32i, IR_ror64i},
    };
    const struct aarch64_insn *insn = lift->insn;
    unsigned source = aarch64_source(insn->m);

    if (insn->k == 0) {
        return source;
    }
    ir_emit(lift->block, shifts[insn->h][insn->f], IR_SECOND, source, 0,
            insn->k);
    return IR_SECOND;
}

static void register_form(struct aarch64_lift *lift, enum ir_opcode opcode)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned operand = shifted(lift);

    ir_emit(lift->block, opcode, destination(insn, TO_ZR),
            aarch64_source(insn->n), operand, 0);
}

#define LIFT_SHIFTED(row, name)                                                \
    LIFT(row, register_form(lift, SIZED(lift, name)))
LIFT_SHIFTED(ADD_REG, add)
LIFT_SHIFTED(ADDS_REG, adds)
LIFT_SHIFTED(SUB_REG, sub)
LIFT_SHIFTED(SUBS_REG, subs)
LIFT_SHIFTED(AND_REG, and)
LIFT_SHIFTED(BIC_REG, andn)
LIFT_SHIFTED(ORN_REG, orn)
LIFT_SHIFTED(EOR_REG, xor)
LIFT_SHIFTED(EON_REG, xnor)
LIFT_SHIFTED(ANDS_REG, ands)

/* ORR with XZR is the move between registers. */
void aarch64_lift_ORR_REG(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    if (insn->n == 31) {
        unsigned operand = shifted(lift);

        ir_emit(lift->block, SIZED(lift, mov), destination(insn, TO_ZR),
                operand, 0, 0);
    } else {
        register_form(lift, SIZED(lift, or));
    }
}

void aarch64_lift_BICS_REG(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned operand = shifted(lift);

    ir_emit(lift->block, IR_orn64, IR_SECOND, IR_ZERO, operand, 0);
    ir_emit(lift->block, SIZED(lift, ands), destination(insn, TO_ZR),
            aarch64_source(insn->n), IR_SECOND, 0);
}

static void extended(struct aarch64_lift *lift, enum ir_opcode opcode,
                     enum target target)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, IR_extend, IR_SECOND, aarch64_source(insn->m), 0, 0);
    lift->block->ops[lift->block->count - 1].low = (int32_t)insn->o;
    lift->block->ops[lift->block->count - 1].high = (int32_t)insn->k;
    ir_emit(lift->block, opcode, destination(insn, target), insn->n, IR_SECOND,
            0);
}

LIFT(ADD_EXT, extended(lift, SIZED(lift, add), TO_SP))
LIFT(ADDS_EXT, extended(lift, SIZED(lift, adds), TO_ZR))
LIFT(SUB_EXT, extended(lift, SIZED(lift, sub), TO_SP))
LIFT(SUBS_EXT, extended(lift, SIZED(lift, subs), TO_ZR))

/* ---- Logic with an immediate, moves -------------------------------------- */

static uint64_t ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static void logical_immediate(struct aarch64_lift *lift, enum ir_opcode opcode,
                              enum target target)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, destination(insn, target),
            aarch64_source(insn->n), 0, (int64_t)aarch64_bit_mask(insn));
}

void aarch64_lift_AND_IMM(struct aarch64_lift *lift)
{
    logical_immediate(lift, SIZED_I(lift, and), TO_SP);
    ir_join(lift->block);
}

void aarch64_lift_ORR_IMM(struct aarch64_lift *lift)
{
    if (lift->insn->n == 31) {
        constant(lift, lift->insn->d, aarch64_bit_mask(lift->insn));
    } else {
        logical_immediate(lift, SIZED_I(lift, or), TO_SP);
        ir_join(lift->block);
    }
}

LIFT(EOR_IMM, logical_immediate(lift, SIZED_I(lift, xor), TO_SP))
LIFT(ANDS_IMM, logical_immediate(lift, SIZED_I(lift, ands), TO_ZR))

void aarch64_lift_MOVZ(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    constant(lift, destination(insn, TO_ZR), (uint64_t)insn->i << insn->h * 16);
}

void aarch64_lift_MOVN(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    uint64_t value = ~((uint64_t)insn->i << insn->h * 16);

    constant(lift, destination(insn, TO_ZR), value & ones(register_size(lift)));
}

void aarch64_lift_MOVK(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned shift = insn->h * 16;
    uint64_t kept = ~(UINT64_C(0xffff) << shift) & ones(register_size(lift));

    if (insn->d == 31) {
        return;
    }
    ir_emit(lift->block, IR_and64i, insn->d, insn->d, 0, (int64_t)kept);
    ir_join(lift->block);
    ir_emit(lift->block, IR_or64i, insn->d, insn->d, 0,
            (int64_t)((uint64_t)insn->i << shift));
    ir_join(lift->block);
}

/* ---- Bit fields ---------------------------------------------------------- */

static void field(struct aarch64_lift *lift, enum ir_opcode opcode,
                  unsigned low, unsigned width)
{
    struct ir_block *block = lift->block;

    if (lift->insn->d == 31) {
        return;
    }
    ir_emit(block, opcode, lift->insn->d, aarch64_source(lift->insn->n), 0, 0);
    block->ops[block->count - 1].low = (int32_t)low;
    block->ops[block->count - 1].high = (int32_t)width;
}

/* imms at or above immr takes a field out of the register, else one is put
 * into place. */
static void bit_field(struct aarch64_lift *lift, enum ir_opcode take,
                      enum ir_opcode put)
{
    const struct aarch64_insn *insn = lift->insn;

    if (insn->k >= insn->r) {
        field(lift, take, insn->r, insn->k - insn->r + 1);
    } else {
        field(lift, put, register_size(lift) - insn->r, insn->k + 1);
    }
}

LIFT(SBFM, bit_field(lift, SIZED(lift, sbfx), SIZED(lift, sbfiz)))

void aarch64_lift_UBFM(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned last = register_size(lift) - 1;

    if (insn->k == last) { /* LSR */
        ir_emit(lift->block, SIZED_I(lift, shr), destination(insn, TO_ZR),
                aarch64_source(insn->n), 0, insn->r);
    } else if (insn->k + 1 == insn->r) { /* LSL */
        ir_emit(lift->block, SIZED_I(lift, shl), destination(insn, TO_ZR),
                aarch64_source(insn->n), 0, last - insn->k);
    } else {
        bit_field(lift, IR_ubfx, IR_ubfiz);
    }
}

LIFT(BFM, bit_field(lift, SIZED(lift, bfxil), SIZED(lift, bfi)))

void aarch64_lift_EXTR(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, SIZED(lift, extr), destination(insn, TO_ZR),
            aarch64_source(insn->n), aarch64_source(insn->m), insn->k);
}

/* ---- Two sources and one ------------------------------------------------- */

static void two(struct aarch64_lift *lift, enum ir_opcode opcode)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, destination(insn, TO_ZR),
            aarch64_source(insn->n), aarch64_source(insn->m), 0);
}

#define LIFT_TWO(row, name) LIFT(row, two(lift, SIZED(lift, name)))
LIFT_TWO(ADC, adc)
LIFT_TWO(ADCS, adcs)
LIFT_TWO(SBC, sbc)
LIFT_TWO(SBCS, sbcs)
LIFT_TWO(UDIV, udiv)
LIFT_TWO(SDIV, sdiv)
LIFT_TWO(LSLV, shl)
LIFT_TWO(LSRV, shr)
LIFT_TWO(ASRV, sar)
LIFT_TWO(RORV, ror)

#define LIFT_ONE(row, opcode)                                                  \
    LIFT(row, ir_emit(lift->block, opcode, destination(lift->insn, TO_ZR),     \
                      aarch64_source(lift->insn->n), 0, 0))
LIFT_ONE(RBIT, SIZED(lift, bitreverse))
LIFT_ONE(REV16, sized(lift, IR_rev16_32, IR_rev16_64))
LIFT_ONE(REV_W, IR_byteswap32)
LIFT_ONE(REV32, IR_rev32_64)
LIFT_ONE(REV_X, IR_byteswap64)
LIFT_ONE(CLZ, SIZED(lift, clz))
LIFT_ONE(CLS, SIZED(lift, cls))

void aarch64_lift_CRC32(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_assist(lift, AARCH64_HELPER_CRC32, destination(insn, TO_ZR),
                   aarch64_source(insn->n), aarch64_source(insn->m),
                   (int32_t)insn->z);
}

void aarch64_lift_CRC32C(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_assist(lift, AARCH64_HELPER_CRC32, destination(insn, TO_ZR),
                   aarch64_source(insn->n), aarch64_source(insn->m),
                   (int32_t)(insn->z | 4));
}

/* ---- Three sources ------------------------------------------------------- */

static void multiply(struct aarch64_lift *lift, enum ir_opcode opcode)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, destination(insn, TO_ZR),
            aarch64_source(insn->n), aarch64_source(insn->m),
            (int64_t)aarch64_source(insn->a));
}

void aarch64_lift_MADD(struct aarch64_lift *lift)
{
    if (lift->insn->a == 31) {
        two(lift, SIZED(lift, mul));
    } else {
        multiply(lift, SIZED(lift, madd));
    }
}

LIFT(MSUB, multiply(lift, SIZED(lift, msub)))
LIFT(SMADDL, multiply(lift, IR_smaddl))
LIFT(SMSUBL, multiply(lift, IR_smsubl))
LIFT(UMADDL, multiply(lift, IR_umaddl))
LIFT(UMSUBL, multiply(lift, IR_umsubl))

LIFT(SMULH, two(lift, IR_smulh64))
LIFT(UMULH, two(lift, IR_umulh64))

/* ---- Conditions ---------------------------------------------------------- */

static void select(struct aarch64_lift *lift, enum ir_opcode opcode)
{
    const struct aarch64_insn *insn = lift->insn;

    ir_emit(lift->block, opcode, destination(insn, TO_ZR),
            aarch64_source(insn->n), aarch64_source(insn->m), insn->c);
}

LIFT(CSEL, select(lift, sized(lift, IR_csel32, IR_csel)))
LIFT(CSINC, select(lift, SIZED(lift, csinc)))
LIFT(CSINV, select(lift, SIZED(lift, csinv)))
LIFT(CSNEG, select(lift, SIZED(lift, csneg)))

static void compare(struct aarch64_lift *lift, enum ir_opcode opcode,
                    unsigned operand)
{
    struct ir_block *block = lift->block;

    ir_emit(block, opcode, 0, aarch64_source(lift->insn->n), operand, 0);
    block->ops[block->count - 1].low = (int32_t)lift->insn->c;
    block->ops[block->count - 1].high = (int32_t)lift->insn->v;
}

LIFT(CCMP_REG, compare(lift, SIZED(lift, ccmp), aarch64_source(lift->insn->m)))
LIFT(CCMN_REG, compare(lift, SIZED(lift, ccmn), aarch64_source(lift->insn->m)))

void aarch64_lift_CCMP_IMM(struct aarch64_lift *lift)
{
    constant(lift, IR_SECOND, lift->insn->i);
    compare(lift, SIZED(lift, ccmp), IR_SECOND);
}

void aarch64_lift_CCMN_IMM(struct aarch64_lift *lift)
{
    constant(lift, IR_SECOND, lift->insn->i);
    compare(lift, SIZED(lift, ccmn), IR_SECOND);
}
