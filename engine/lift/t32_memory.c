/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of core registers: DDI 0403E A7.7, DDI 0553 C2.4. What is
 * written back is so behind the accesses, which may fault. */
#include "engine/lift/t32.h"

/* ---- One register -------------------------------------------------------- */

/* The new value of pc is in IR_TEMPORARY first. */
static unsigned loaded(unsigned rd)
{
    return rd == T32_PC ? (unsigned)IR_TEMPORARY : rd;
}

/* Behind a load, and what it writes back. */
static void finish_load(struct t32_lift *lift, unsigned rd)
{
    if (rd == T32_PC) {
        t32_exchange(lift, IR_TEMPORARY);
    } else {
        t32_done(lift, rd);
    }
}

/* The part that is added to rn for the address; the rest is written back. */
static int32_t offset_of(const struct t32_insn *insn)
{
    return insn->add ? (int32_t)insn->imm : -(int32_t)insn->imm;
}

/* Checks whether SP's new value is allowed: the old one if that is lower. */
static void check_writeback(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->wback && insn->rn == MPROFILE_SP) {
        t32_check_limit(lift, MPROFILE_SP, insn->add ? 0 : offset_of(insn));
    }
}

/* SP's bits 1:0 stay 0. */
static void write_back(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->wback) {
        t32_emit(lift, IR_add32i, insn->rn, insn->rn, 0, offset_of(insn));
        if (insn->rn == MPROFILE_SP && (insn->imm & 3) != 0) {
            t32_emit(lift, IR_and32i, MPROFILE_SP, MPROFILE_SP, 0, -4);
        }
    }
}

static int32_t before_writing_back(const struct t32_insn *insn)
{
    return insn->index ? offset_of(insn) : 0;
}

static void load_immediate(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    check_writeback(lift);
    t32_emit(lift, opcode, loaded(insn->rd), insn->rn, 0,
             before_writing_back(insn));
    write_back(lift);
    finish_load(lift, insn->rd);
}

static void store_immediate(struct t32_lift *lift, enum ir_opcode opcode)
{
    const struct t32_insn *insn = lift->insn;

    check_writeback(lift);
    t32_emit(lift, opcode, 0, insn->rn, insn->rd, before_writing_back(insn));
    write_back(lift);
}

/* IR_TEMPORARY = rn + (rm << amount). */
static void add_index(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->amount == 0) {
        t32_emit(lift, IR_add32, IR_TEMPORARY, insn->rn, insn->rm, 0);
    } else {
        t32_emit(lift, IR_shladd32, IR_TEMPORARY, insn->rm, insn->rn,
                 insn->amount);
    }
}

static void load_register(struct t32_lift *lift, enum ir_opcode opcode)
{
    add_index(lift);
    t32_emit(lift, opcode, loaded(lift->insn->rd), IR_TEMPORARY, 0, 0);
    finish_load(lift, lift->insn->rd);
}

static void store_register(struct t32_lift *lift, enum ir_opcode opcode)
{
    add_index(lift);
    t32_emit(lift, opcode, 0, IR_TEMPORARY, lift->insn->rd, 0);
}

static int32_t literal(const struct t32_lift *lift)
{
    return (int32_t)(((lift->pc + 4) & ~3u) + lift->insn->imm);
}

static void load_literal(struct t32_lift *lift, enum ir_opcode opcode)
{
    t32_emit(lift, opcode, loaded(lift->insn->rd), IR_ZERO, 0, literal(lift));
    finish_load(lift, lift->insn->rd);
}

#define LOADS(suffix, function)                                                \
    LIFT(LDR_##suffix, function(lift, IR_load32))                              \
    LIFT(LDRB_##suffix, function(lift, IR_load8u))                             \
    LIFT(LDRH_##suffix, function(lift, IR_load16u))                            \
    LIFT(LDRSB_##suffix, function(lift, IR_load8))                             \
    LIFT(LDRSH_##suffix, function(lift, IR_load16))

#define STORES(suffix, function)                                               \
    LIFT(STR_##suffix, function(lift, IR_store32))                             \
    LIFT(STRB_##suffix, function(lift, IR_store8))                             \
    LIFT(STRH_##suffix, function(lift, IR_store16))

LOADS(IMMEDIATE, load_immediate)
LOADS(REGISTER, load_register)
LOADS(LITERAL, load_literal)
STORES(IMMEDIATE, store_immediate)
STORES(REGISTER, store_register)

LIFT(PRELOAD, (void)lift)

/* ---- With other rights, exclusive, ordered ------------------------------- */

/* The register that holds rn + imm. */
static unsigned address_of(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;

    if (insn->imm == 0) {
        return insn->rn;
    }
    t32_emit(lift, IR_add32i, IR_TEMPORARY, insn->rn, 0, (int32_t)insn->imm);
    return IR_TEMPORARY;
}

static void load_by(struct t32_lift *lift, enum t32_helper helper, unsigned v)
{
    const unsigned address = address_of(lift);

    t32_assist(lift, helper, t32_destination(lift->insn->rd), address, 0, v);
    t32_done(lift, lift->insn->rd);
}

enum { SIGN = 1 << 8 };

static void load_unprivileged(struct t32_lift *lift, unsigned v)
{
    load_by(lift, T32_HELPER_LOAD_UNPRIVILEGED, v);
}

LIFT(LDRT, load_unprivileged(lift, 4))
LIFT(LDRBT, load_unprivileged(lift, 1))
LIFT(LDRHT, load_unprivileged(lift, 2))
LIFT(LDRSBT, load_unprivileged(lift, 1 | SIGN))
LIFT(LDRSHT, load_unprivileged(lift, 2 | SIGN))

static void store_unprivileged(struct t32_lift *lift, unsigned size)
{
    const unsigned address = address_of(lift);

    t32_assist(lift, T32_HELPER_STORE_UNPRIVILEGED, IR_SINK, address,
               lift->insn->rd, size);
}

LIFT(STRT, store_unprivileged(lift, 4))
LIFT(STRBT, store_unprivileged(lift, 1))
LIFT(STRHT, store_unprivileged(lift, 2))

static void load_exclusive(struct t32_lift *lift, unsigned size)
{
    load_by(lift, T32_HELPER_LOAD_EXCLUSIVE, size);
}

LIFT(LDREX, load_exclusive(lift, 4))
LIFT(LDREXB, load_exclusive(lift, 1))
LIFT(LDREXH, load_exclusive(lift, 2))
LIFT(LDAEX, load_exclusive(lift, 4))
LIFT(LDAEXB, load_exclusive(lift, 1))
LIFT(LDAEXH, load_exclusive(lift, 2))

static void store_exclusive(struct t32_lift *lift, unsigned size)
{
    const struct t32_insn *insn = lift->insn;
    const unsigned address = address_of(lift);

    t32_assist(lift, T32_HELPER_STORE_EXCLUSIVE, t32_destination(insn->ra),
               address, insn->rd, size);
    t32_done(lift, insn->ra);
}

LIFT(STREX, store_exclusive(lift, 4))
LIFT(STREXB, store_exclusive(lift, 1))
LIFT(STREXH, store_exclusive(lift, 2))
LIFT(STLEX, store_exclusive(lift, 4))
LIFT(STLEXB, store_exclusive(lift, 1))
LIFT(STLEXH, store_exclusive(lift, 2))

LIFT(CLREX, t32_assist(lift, T32_HELPER_CLREX, IR_SINK, 0, 0, 0))

/* One core sees its own accesses in order; but these must be aligned. */
static void check_aligned(struct t32_lift *lift, unsigned size)
{
    if (size == 4) {
        t32_emit_uv(lift, IR_check_word, 0, lift->insn->rn, 0,
                    T32_HELPER_ALIGNED, 4);
    } else if (size != 1) {
        t32_assist(lift, T32_HELPER_ALIGNED, IR_SINK, lift->insn->rn, 0, size);
    }
}

static void load_acquire(struct t32_lift *lift, enum ir_opcode opcode,
                         unsigned size)
{
    const unsigned rd = lift->insn->rd;

    check_aligned(lift, size);
    t32_emit(lift, opcode, t32_destination(rd), lift->insn->rn, 0, 0);
    t32_done(lift, rd);
}

LIFT(LDA, load_acquire(lift, IR_load32, 4))
LIFT(LDAB, load_acquire(lift, IR_load8u, 1))
LIFT(LDAH, load_acquire(lift, IR_load16u, 2))

static void store_release(struct t32_lift *lift, enum ir_opcode opcode,
                          unsigned size)
{
    check_aligned(lift, size);
    t32_emit(lift, opcode, 0, lift->insn->rn, lift->insn->rd, 0);
}

LIFT(STL, store_release(lift, IR_store32, 4))
LIFT(STLB, store_release(lift, IR_store8, 1))
LIFT(STLH, store_release(lift, IR_store16, 2))

/* ---- Several ------------------------------------------------------------- */

/* Whatever CCR says these take whole words (DDI 0403E, A3.2.1). SP is one's
 * address always, and offsets are multiples of 4. */
static void check_words(struct t32_lift *lift)
{
    if (lift->insn->rn != MPROFILE_SP) {
        check_aligned(lift, 4);
    }
}

/* The register that is the base too comes last. */
static void load_pair_at(struct t32_lift *lift, unsigned base, int32_t offset)
{
    const struct t32_insn *insn = lift->insn;
    const bool first_last = insn->rd == base;
    const unsigned first = first_last ? insn->ra : insn->rd;
    const unsigned second = first_last ? insn->rd : insn->ra;

    t32_emit(lift, IR_load32, t32_destination(first), base, 0,
             offset + (first_last ? 4 : 0));
    t32_done(lift, first);
    t32_emit(lift, IR_load32, t32_destination(second), base, 0,
             offset + (first_last ? 0 : 4));
    t32_done(lift, second);
}

void t32_lift_LDRD_IMMEDIATE(struct t32_lift *lift)
{
    check_words(lift);
    check_writeback(lift);
    load_pair_at(lift, lift->insn->rn, before_writing_back(lift->insn));
    write_back(lift);
}

LIFT(LDRD_LITERAL, load_pair_at(lift, IR_ZERO, literal(lift)))

void t32_lift_STRD_IMMEDIATE(struct t32_lift *lift)
{
    const struct t32_insn *insn = lift->insn;
    const int32_t offset = before_writing_back(insn);

    check_words(lift);
    check_writeback(lift);
    t32_emit(lift, IR_store32, 0, insn->rn, insn->rd, offset);
    t32_emit(lift, IR_store32, 0, insn->rn, insn->ra, offset + 4);
    write_back(lift);
}

/* Bytes of a list. */
static int32_t size_of(const struct t32_insn *insn)
{
    return 4 * __builtin_popcount(insn->list);
}

/* All but the base, which others are found by. */
static void load_list(struct t32_lift *lift, int32_t offset)
{
    const struct t32_insn *insn = lift->insn;
    int32_t base_at = 0;

    for (unsigned left = insn->list; left != 0; left &= left - 1) {
        const unsigned number = (unsigned)__builtin_ctz(left);

        if (number == insn->rn) {
            base_at = offset;
        } else {
            t32_emit(lift, IR_load32, loaded(number), insn->rn, 0, offset);
        }
        offset += 4;
    }
    if ((insn->list >> insn->rn & 1) != 0) {
        t32_emit(lift, IR_load32, insn->rn, insn->rn, 0, base_at);
    }
}

static void store_list(struct t32_lift *lift, int32_t offset)
{
    const struct t32_insn *insn = lift->insn;

    for (unsigned left = insn->list; left != 0; left &= left - 1) {
        t32_emit(lift, IR_store32, 0, insn->rn, (unsigned)__builtin_ctz(left),
                 offset);
        offset += 4;
    }
}

/* Accesses from rn + offset on; what rn is more by afterwards. */
static void several(struct t32_lift *lift, bool loads, int32_t offset,
                    int32_t moves)
{
    const struct t32_insn *insn = lift->insn;

    check_words(lift);
    if (insn->wback && insn->rn == MPROFILE_SP) {
        t32_check_limit(lift, MPROFILE_SP, offset);
    }
    if (loads) {
        load_list(lift, offset);
    } else {
        store_list(lift, offset);
    }
    if (insn->wback) {
        t32_emit(lift, IR_add32i, insn->rn, insn->rn, 0, moves);
    }
    if (loads && (insn->list & 1 << T32_PC) != 0) {
        t32_exchange(lift, IR_TEMPORARY);
    }
}

LIFT(LDM, several(lift, true, 0, size_of(lift->insn)))
LIFT(STM, several(lift, false, 0, size_of(lift->insn)))
LIFT(LDMDB, several(lift, true, -size_of(lift->insn), -size_of(lift->insn)))
LIFT(STMDB, several(lift, false, -size_of(lift->insn), -size_of(lift->insn)))
