/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of floating-point and vector registers. */
#include "engine/aarch64/simd.h"

#include "engine/lift/aarch64.h"

enum { ADDRESS = IR_TEMPORARY };

static void begin(struct aarch64_lift *lift)
{
    aarch64_check_fp(lift);
    aarch64_check_sp(lift, lift->insn->n);
}

static void move(struct aarch64_lift *lift, enum aarch64_helper helper,
                 unsigned address, unsigned size_log2)
{
    aarch64_assist(lift, helper, lift->insn->t, address, lift->insn->u,
                   (int32_t)size_log2);
}

/* Writes the base back, which may be the stack pointer. */
static void advance(struct aarch64_lift *lift, int64_t offset)
{
    ir_emit(lift->block, IR_add64i, lift->insn->n, lift->insn->n, 0, offset);
}

/* At base + offset. */
static void at_offset(struct aarch64_lift *lift, enum aarch64_helper helper,
                      unsigned size_log2, int64_t offset)
{
    begin(lift);
    ir_emit(lift->block, IR_add64i, ADDRESS, lift->insn->n, 0, offset);
    move(lift, helper, ADDRESS, size_log2);
}

static void after(struct aarch64_lift *lift, enum aarch64_helper helper,
                  unsigned size_log2, int64_t offset)
{
    begin(lift);
    move(lift, helper, lift->insn->n, size_log2);
    advance(lift, offset);
}

static void before(struct aarch64_lift *lift, enum aarch64_helper helper,
                   unsigned size_log2, int64_t offset)
{
    at_offset(lift, helper, size_log2, offset);
    advance(lift, offset);
}

/* log2 of the bytes of a register, and of one of a pair. */
static unsigned one(const struct aarch64_lift *lift)
{
    return lift->insn->p << 2 | lift->insn->z;
}

static unsigned pair(const struct aarch64_lift *lift)
{
    return (lift->insn->z + 2) | 16;
}

static int64_t scaled(const struct aarch64_lift *lift)
{
    return (int64_t)lift->insn->i << one(lift);
}

static int64_t unscaled(const struct aarch64_lift *lift)
{
    return aarch64_signed(lift->insn->i, 9);
}

static int64_t pair_offset(const struct aarch64_lift *lift)
{
    return aarch64_signed(lift->insn->i, 7) * (4 << lift->insn->z);
}

#define LIFT_MOVE(row, how, helper, size, offset)                              \
    LIFT(row,                                                                  \
         how(lift, AARCH64_HELPER_VECTOR_##helper, size(lift), offset(lift)))

LIFT_MOVE(STR_FP_UNSIGNED, at_offset, STORE, one, scaled)
LIFT_MOVE(STUR_FP, at_offset, STORE, one, unscaled)
LIFT_MOVE(STR_FP_POST, after, STORE, one, unscaled)
LIFT_MOVE(STR_FP_PRE, before, STORE, one, unscaled)
LIFT_MOVE(LDR_FP_UNSIGNED, at_offset, LOAD, one, scaled)
LIFT_MOVE(LDUR_FP, at_offset, LOAD, one, unscaled)
LIFT_MOVE(LDR_FP_POST, after, LOAD, one, unscaled)
LIFT_MOVE(LDR_FP_PRE, before, LOAD, one, unscaled)
LIFT_MOVE(STP_FP, at_offset, STORE, pair, pair_offset)
LIFT_MOVE(STNP_FP, at_offset, STORE, pair, pair_offset)
LIFT_MOVE(STP_FP_POST, after, STORE, pair, pair_offset)
LIFT_MOVE(STP_FP_PRE, before, STORE, pair, pair_offset)
LIFT_MOVE(LDP_FP, at_offset, LOAD, pair, pair_offset)
LIFT_MOVE(LDNP_FP, at_offset, LOAD, pair, pair_offset)
LIFT_MOVE(LDP_FP_POST, after, LOAD, pair, pair_offset)
LIFT_MOVE(LDP_FP_PRE, before, LOAD, pair, pair_offset)

static void indexed(struct aarch64_lift *lift, enum aarch64_helper helper)
{
    const struct aarch64_insn *insn = lift->insn;
    uint64_t shift = insn->x != 0 ? one(lift) : 0;

    begin(lift);
    ir_emit(lift->block, IR_extend, IR_SECOND, aarch64_source(insn->m), 0,
            (int64_t)(shift << 32 | insn->o));
    ir_emit(lift->block, IR_add64, ADDRESS, insn->n, IR_SECOND, 0);
    move(lift, helper, ADDRESS, one(lift));
}

LIFT(STR_FP_REGISTER, indexed(lift, AARCH64_HELPER_VECTOR_STORE))
LIFT(LDR_FP_REGISTER, indexed(lift, AARCH64_HELPER_VECTOR_LOAD))

void aarch64_lift_LDR_FP_LITERAL(struct aarch64_lift *lift)
{
    uint64_t target =
        lift->pc + (uint64_t)aarch64_signed(lift->insn->i, 19) * 4;

    aarch64_check_fp(lift);
    ir_emit(lift->block, IR_adr64, ADDRESS, 0, 0, (int64_t)target);
    move(lift, AARCH64_HELPER_VECTOR_LOAD, ADDRESS, lift->insn->z + 2);
}

/* ---- Structures ---------------------------------------------------------- */

static void structure(struct aarch64_lift *lift, enum aarch64_helper helper)
{
    begin(lift);
    aarch64_assist(lift, helper, 0, lift->insn->n, 0,
                   (int32_t)lift->insn->encoding);
}

/* Post-indexed: by a register, or for 31 by what was moved. */
static void structure_post(struct aarch64_lift *lift,
                           enum aarch64_helper helper)
{
    const struct aarch64_insn *insn = lift->insn;

    structure(lift, helper);
    if (insn->m == 31) {
        advance(lift, aarch64_structure_size(insn->encoding));
    } else {
        ir_emit(lift->block, IR_add64, insn->n, insn->n, insn->m, 0);
    }
}

#define LIFT_STRUCTURE(row, helper)                                            \
    LIFT(row, structure(lift, AARCH64_HELPER_VECTOR_##helper))                 \
    LIFT(row##_POST, structure_post(lift, AARCH64_HELPER_VECTOR_##helper))

LIFT_STRUCTURE(ST1_1_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST1_2_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST1_3_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST1_4_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST2_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST3_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST4_MULTI, MULTIPLE)
LIFT_STRUCTURE(ST1_SINGLE, SINGLE)
LIFT_STRUCTURE(ST2_SINGLE, SINGLE)
LIFT_STRUCTURE(ST3_SINGLE, SINGLE)
LIFT_STRUCTURE(ST4_SINGLE, SINGLE)
LIFT_STRUCTURE(LD1_1_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD1_2_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD1_3_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD1_4_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD2_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD3_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD4_MULTI, MULTIPLE)
LIFT_STRUCTURE(LD1_SINGLE, SINGLE)
LIFT_STRUCTURE(LD1R, SINGLE)
LIFT_STRUCTURE(LD2_SINGLE, SINGLE)
LIFT_STRUCTURE(LD2R, SINGLE)
LIFT_STRUCTURE(LD3_SINGLE, SINGLE)
LIFT_STRUCTURE(LD3R, SINGLE)
LIFT_STRUCTURE(LD4_SINGLE, SINGLE)
LIFT_STRUCTURE(LD4R, SINGLE)
