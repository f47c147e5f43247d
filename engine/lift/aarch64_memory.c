/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of general registers: DDI 0487, C4.1.4. */
#include "engine/aarch64/aarch64.h"
#include "engine/lift/aarch64.h"

enum { T0 = IR_TEMPORARY };

/* One kind of access: its operation at a + i, at a + (b << i) if there is one,
 * and log2 of its size. */
struct memory_access {
    enum ir_opcode plain;
    enum ir_opcode indexed; /* or IR_miss */
    uint8_t size;
    bool store;
    uint8_t extension; /* as LDTR wants it */
};

static const struct memory_access strb = {IR_st8, IR_st8x, 0, true, 0};
static const struct memory_access strh = {IR_st16, IR_st16x, 1, true, 0};
static const struct memory_access str[] = {
    {IR_st32, IR_st32x, 2, true, 0},
    {IR_st64, IR_st64x, 3, true, 0}
};
static const struct memory_access ldrb = {IR_ld8, IR_ld8x, 0, false, 0};
static const struct memory_access ldrh = {IR_ld16, IR_ld16x, 1, false, 0};
static const struct memory_access ldr[] = {
    {IR_ld32, IR_ld32x, 2, false, 0},
    {IR_ld64, IR_ld64x, 3, false, 0}
};
static const struct memory_access ldrsb[] = {
    {IR_ld8s64, IR_miss, 0, false, 4},
    {IR_ld8s32, IR_miss, 0, false, 8}
};
static const struct memory_access ldrsh[] = {
    {IR_ld16s64, IR_miss, 1, false, 4},
    {IR_ld16s32, IR_miss, 1, false, 8}
};
static const struct memory_access ldrsw = {IR_ld32s64, IR_miss, 2, false, 4};

static void access_at(struct aarch64_lift *lift,
                      const struct memory_access *access, unsigned base,
                      int64_t offset)
{
    unsigned t = lift->insn->t;

    if (access->store) {
        ir_emit(lift->block, access->plain, 0, base, aarch64_source(t), offset);
    } else {
        ir_emit(lift->block, access->plain, aarch64_destination(t), base, 0,
                offset);
    }
}

static void scaled(struct aarch64_lift *lift,
                   const struct memory_access *access)
{
    aarch64_check_sp(lift, lift->insn->n);
    access_at(lift, access, lift->insn->n,
              (int64_t)lift->insn->i << access->size);
}

static void unscaled(struct aarch64_lift *lift,
                     const struct memory_access *access)
{
    aarch64_check_sp(lift, lift->insn->n);
    access_at(lift, access, lift->insn->n, aarch64_signed(lift->insn->i, 9));
}

static void write_back(struct aarch64_lift *lift, int64_t offset)
{
    ir_emit(lift->block, IR_add64i, lift->insn->n, lift->insn->n, 0, offset);
}

static void post_indexed(struct aarch64_lift *lift,
                         const struct memory_access *access)
{
    aarch64_check_sp(lift, lift->insn->n);
    access_at(lift, access, lift->insn->n, 0);
    write_back(lift, aarch64_signed(lift->insn->i, 9));
}

static void pre_indexed(struct aarch64_lift *lift,
                        const struct memory_access *access)
{
    unscaled(lift, access);
    write_back(lift, aarch64_signed(lift->insn->i, 9));
}

/* Calls a helper whose address is the base register. */
static void assist_at_base(struct aarch64_lift *lift,
                           enum aarch64_helper helper, unsigned d, unsigned b,
                           unsigned argument)
{
    aarch64_check_sp(lift, lift->insn->n);
    aarch64_assist(lift, helper, d, lift->insn->n, b, (int32_t)argument);
}

static void unprivileged(struct aarch64_lift *lift,
                         const struct memory_access *access)
{
    const struct aarch64_insn *insn = lift->insn;

    assist_at_base(lift,
                   access->store ? AARCH64_HELPER_STTR : AARCH64_HELPER_LDTR,
                   aarch64_destination(insn->t), aarch64_source(insn->t),
                   (uint32_t)aarch64_signed(insn->i, 9) << 8 |
                       access->extension | access->size);
}

/* The index: Rm, or IR_SECOND when it must be extended; shift says what is left
 * to do. */
static unsigned index_of(struct aarch64_lift *lift, unsigned *shift)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned source = aarch64_source(insn->m);

    if ((insn->o & 3) == 3) { /* LSL, SXTX */
        return source;
    }
    ir_emit(lift->block, IR_extend, IR_SECOND, source, 0, 0);
    lift->block->ops[lift->block->count - 1].low = (int32_t)insn->o;
    lift->block->ops[lift->block->count - 1].high = (int32_t)*shift;
    *shift = 0;
    return IR_SECOND;
}

static void indexed(struct aarch64_lift *lift,
                    const struct memory_access *access)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned shift = insn->x != 0 ? access->size : 0;
    unsigned d =
        access->store ? aarch64_source(insn->t) : aarch64_destination(insn->t);

    aarch64_check_sp(lift, insn->n);
    unsigned index = index_of(lift, &shift);
    if (access->indexed != IR_miss) {
        ir_emit(lift->block, access->indexed, d, insn->n, index, shift);
    } else {
        ir_emit(lift->block, IR_shladd64, T0, index, insn->n, shift);
        access_at(lift, access, T0, 0);
    }
}

/* The rows of one kind of access: start ## end is its name, which has a letter
 * between them where the offset is not scaled, and where the access has the
 * rights of EL0. */
#define LIFT_ACCESS(start, end, which)                                         \
    LIFT(start##end##_UNSIGNED, scaled(lift, which))                           \
    LIFT(start##end##_REGISTER, indexed(lift, which))                          \
    LIFT(start##end##_POST, post_indexed(lift, which))                         \
    LIFT(start##end##_PRE, pre_indexed(lift, which))                           \
    LIFT(start##U##end, unscaled(lift, which))                                 \
    LIFT(start##T##end, unprivileged(lift, which))
LIFT_ACCESS(ST, RB, &strb)
LIFT_ACCESS(ST, RH, &strh)
LIFT_ACCESS(ST, R, &str[lift->insn->f])
LIFT_ACCESS(LD, RB, &ldrb)
LIFT_ACCESS(LD, RH, &ldrh)
LIFT_ACCESS(LD, R, &ldr[lift->insn->f])
LIFT_ACCESS(LD, RSB, &ldrsb[lift->insn->e])
LIFT_ACCESS(LD, RSH, &ldrsh[lift->insn->e])
LIFT_ACCESS(LD, RSW, &ldrsw)

static void literal(struct aarch64_lift *lift,
                    const struct memory_access *access)
{
    uint64_t offset = (uint64_t)aarch64_signed(lift->insn->i, 19) * 4;

    ir_emit(lift->block, IR_adr64, T0, 0, 0, (int64_t)(lift->pc + offset));
    access_at(lift, access, T0, 0);
}

LIFT(LDR_LITERAL, literal(lift, &ldr[lift->insn->f]))
LIFT(LDRSW_LITERAL, literal(lift, &ldrsw))

/* Prefetches do nothing. */
LIFT_NOTHING(PRFM_UNSIGNED)
LIFT_NOTHING(PRFM_REGISTER)
LIFT_NOTHING(PRFUM)
LIFT_NOTHING(PRFM_LITERAL)

/* ---- Pairs --------------------------------------------------------------- */

static int64_t pair_offset(const struct aarch64_lift *lift)
{
    return aarch64_signed(lift->insn->i, 7) * (lift->insn->f != 0 ? 8 : 4);
}

static void store_pair(struct aarch64_lift *lift, int64_t offset)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_check_sp(lift, insn->n);
    ir_emit(lift->block, insn->f != 0 ? IR_stp64 : IR_stp32,
            aarch64_source(insn->t), insn->n, aarch64_source(insn->u), offset);
}

static void load_pair(struct aarch64_lift *lift, int64_t offset)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_check_sp(lift, insn->n);
    ir_emit(lift->block, insn->f != 0 ? IR_ldp64 : IR_ldp32,
            aarch64_destination(insn->t), insn->n, aarch64_destination(insn->u),
            offset);
}

static void load_pair_signed(struct aarch64_lift *lift, int64_t offset)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_check_sp(lift, insn->n);
    const unsigned t = aarch64_destination(insn->t);
    const unsigned u = aarch64_destination(insn->u);

    ir_emit(lift->block, IR_ldp32, t, insn->n, u, offset);
    ir_emit(lift->block, IR_sext32_64, t, t, 0, 0);
    ir_emit(lift->block, IR_sext32_64, u, u, 0, 0);
}

#define LIFT_PAIR(name, function, offset)                                      \
    LIFT(name, function(lift, offset))                                         \
    LIFT(name##_POST, function(lift, 0); write_back(lift, offset))             \
    LIFT(name##_PRE, function(lift, offset); write_back(lift, offset))
LIFT_PAIR(STP, store_pair, pair_offset(lift))
LIFT_PAIR(LDP, load_pair, pair_offset(lift))
LIFT_PAIR(LDPSW, load_pair_signed, aarch64_signed(lift->insn->i, 7) * 4)

LIFT(STNP, store_pair(lift, pair_offset(lift)))
LIFT(LDNP, load_pair(lift, pair_offset(lift)))

/* ---- Exclusive and ordered accesses -------------------------------------- */

enum { PAIR = 16, ORDERED = 32 };

static void load_exclusive(struct aarch64_lift *lift, unsigned flags)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned size = (flags & PAIR) != 0 ? 2 + insn->f : insn->z;
    unsigned second =
        (flags & PAIR) != 0 ? aarch64_destination(insn->u) : (unsigned)IR_SINK;

    assist_at_base(lift, AARCH64_HELPER_LDX, aarch64_destination(insn->t),
                   second, size | flags);
}

static void store_exclusive(struct aarch64_lift *lift, unsigned flags)
{
    const struct aarch64_insn *insn = lift->insn;
    unsigned size = (flags & PAIR) != 0 ? 2 + insn->f : insn->z;
    unsigned second =
        (flags & PAIR) != 0 ? aarch64_source(insn->u) : (unsigned)IR_ZERO;

    assist_at_base(lift, AARCH64_HELPER_STX, aarch64_destination(insn->s),
                   aarch64_source(insn->t), size | flags | second << 8);
}

LIFT(LDXR, load_exclusive(lift, 0))
LIFT(LDAXR, load_exclusive(lift, ORDERED))
LIFT(LDXP, load_exclusive(lift, PAIR))
LIFT(LDAXP, load_exclusive(lift, PAIR | ORDERED))
LIFT(STXR, store_exclusive(lift, 0))
LIFT(STLXR, store_exclusive(lift, ORDERED))
LIFT(STXP, store_exclusive(lift, PAIR))
LIFT(STLXP, store_exclusive(lift, PAIR | ORDERED))

static void load_ordered(struct aarch64_lift *lift)
{
    assist_at_base(lift, AARCH64_HELPER_LDAR,
                   aarch64_destination(lift->insn->t), IR_ZERO, lift->insn->z);
}

static void store_ordered(struct aarch64_lift *lift)
{
    assist_at_base(lift, AARCH64_HELPER_STLR, IR_SINK,
                   aarch64_source(lift->insn->t), lift->insn->z);
}

LIFT(LDAR, load_ordered(lift))
LIFT(LDLAR, load_ordered(lift))
LIFT(LDAPR, load_ordered(lift))
LIFT(STLR, store_ordered(lift))
LIFT(STLLR, store_ordered(lift))

/* ---- Atomics (FEAT_LSE) -------------------------------------------------- */

/* Argument: log2 of the size | operation << 4; see engine/aarch64/atomic.c. */
static void atomic(struct aarch64_lift *lift, enum aarch64_atomic operation)
{
    const struct aarch64_insn *insn = lift->insn;

    assist_at_base(lift, AARCH64_HELPER_ATOMIC, aarch64_destination(insn->t),
                   aarch64_source(insn->s), insn->z | (unsigned)operation << 4);
}

#define LIFT_ATOMIC(row) LIFT(row, atomic(lift, AARCH64_ATOMIC_##row))
LIFT_ATOMIC(LDADD)
LIFT_ATOMIC(LDCLR)
LIFT_ATOMIC(LDEOR)
LIFT_ATOMIC(LDSET)
LIFT_ATOMIC(LDSMAX)
LIFT_ATOMIC(LDSMIN)
LIFT_ATOMIC(LDUMAX)
LIFT_ATOMIC(LDUMIN)
LIFT_ATOMIC(SWP)

/* d is Rs, which is compared and replaced, b is Rt, which is stored. The
 * helper reads both by their encoded numbers, 31 being XZR. */
LIFT(CAS, assist_at_base(lift, AARCH64_HELPER_CAS, lift->insn->s, lift->insn->t,
                         lift->insn->z))
LIFT(CASP, assist_at_base(lift, AARCH64_HELPER_CAS, lift->insn->s,
                          lift->insn->t, (2 + lift->insn->f) | PAIR))
