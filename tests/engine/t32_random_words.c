/* SPDX-License-Identifier: Apache-2.0 */
/* Random instructions of T32 programs: which registers they may name. */
#include "isa/t32/tables.h"
#include "tests/engine/t32_random_inside.h"

/* ---- Rows and registers -------------------------------------------------- */

static bool within(unsigned row, enum t32_row first, enum t32_row last)
{
    return row >= (unsigned)first && row <= (unsigned)last;
}

static bool is_memory(unsigned row)
{
    return within(row, T32_ROW_LDR_IMMEDIATE, T32_ROW_PRELOAD);
}

static bool is_branch(unsigned row)
{
    return within(row, T32_ROW_B, T32_ROW_IT);
}

static bool is_fp(unsigned row)
{
    return within(row, T32_ROW_VADD, T32_ROW_VLSTM);
}

static bool is_load_exclusive(unsigned row)
{
    return within(row, T32_ROW_LDREX, T32_ROW_LDREXH) ||
           within(row, T32_ROW_LDAEX, T32_ROW_LDAEXH);
}

bool t32_is_store_exclusive(unsigned row)
{
    return within(row, T32_ROW_STREX, T32_ROW_STREXH) ||
           within(row, T32_ROW_STLEX, T32_ROW_STLEXH);
}

/* The load whose monitor the store asks. */
enum t32_row t32_load_of(enum t32_row store)
{
    return store >= T32_ROW_STLEX ? store - T32_ROW_STLEX + T32_ROW_LDAEX
                                  : store - T32_ROW_STREX + T32_ROW_LDREX;
}

static bool is_store(unsigned row)
{
    return within(row, T32_ROW_STR_IMMEDIATE, T32_ROW_STRH_IMMEDIATE) ||
           within(row, T32_ROW_STR_REGISTER, T32_ROW_STRH_REGISTER) ||
           within(row, T32_ROW_STRT, T32_ROW_STRHT) ||
           within(row, T32_ROW_STL, T32_ROW_STLH) ||
           row == T32_ROW_STRD_IMMEDIATE;
}

static bool is_indexed(unsigned row)
{
    return within(row, T32_ROW_LDR_REGISTER, T32_ROW_STRH_REGISTER);
}

static bool is_literal(unsigned row)
{
    return within(row, T32_ROW_LDR_LITERAL, T32_ROW_LDRSH_LITERAL) ||
           row == T32_ROW_LDRD_LITERAL;
}

static bool is_pair(unsigned row)
{
    return within(row, T32_ROW_LDRD_IMMEDIATE, T32_ROW_LDRD_LITERAL);
}

static bool is_block(unsigned row)
{
    return within(row, T32_ROW_LDM, T32_ROW_STMDB);
}

/* ra:rd is what it gives. */
static bool is_long(unsigned row)
{
    return row == T32_ROW_SMULL || row == T32_ROW_UMULL ||
           row == T32_ROW_SMLAL || row == T32_ROW_UMLAL ||
           row == T32_ROW_UMAAL || row == T32_ROW_SMLAL_HALF ||
           row == T32_ROW_SMLALD || row == T32_ROW_SMLSLD;
}

static bool is_free(unsigned r)
{
    return r != T32_INDEX && r != T32_POINTER && r != 13 && r != 15;
}

static bool is_general(unsigned r)
{
    return r != 13 && r != 15;
}

static bool is_base(unsigned r)
{
    return r == T32_POINTER || r == 13;
}

/* ---- Random instructions ------------------------------------------------- */

/* The rows that follow are never in an IT block (DDI 0403E, A7.7; DDI 0553,
 * C2.4). */
static bool is_unconditional(unsigned row)
{
    return row == T32_ROW_VSEL || row == T32_ROW_VMAXNM ||
           row == T32_ROW_VMINNM || row == T32_ROW_VCVT_DIRECTED ||
           row == T32_ROW_VRINT_DIRECTED;
}

/* A row of simple instructions: those that neither branch nor fault. */
static bool is_simple(unsigned row)
{
    if (within(row, T32_ROW_SVC, T32_ROW_COPROCESSOR)) {
        return row == T32_ROW_MRS || row == T32_ROW_MSR || row == T32_ROW_NOP ||
               row == T32_ROW_YIELD || row == T32_ROW_SEV ||
               within(row, T32_ROW_DSB, T32_ROW_ISB);
    }
    return row != T32_UNDEFINED && !is_branch(row) && row != T32_ROW_VLLDM &&
           row != T32_ROW_VLSTM;
}

static bool is_tame_block(const struct t32_insn *insn)
{
    const unsigned count = (unsigned)__builtin_popcount(insn->list);
    const bool load = insn->row == T32_ROW_LDM || insn->row == T32_ROW_LDMDB;
    const unsigned duty = 1 << T32_INDEX | 1 << T32_POINTER;

    return is_base(insn->rn) && count >= (insn->length == 4 ? 2 : 1) &&
           (insn->list & 0xa000) == 0 && (!load || (insn->list & duty) == 0) &&
           (!insn->wback || (insn->list >> insn->rn & 1) == 0);
}

static bool is_tame_memory(const struct t32_insn *insn)
{
    const unsigned row = insn->row;

    if (row == T32_ROW_CLREX || row == T32_ROW_PRELOAD) {
        return true;
    }
    if (is_block(row)) {
        return is_tame_block(insn);
    }
    if (!is_literal(row) && !is_base(insn->rn)) {
        return false;
    }
    if (is_indexed(row) && insn->rm != T32_INDEX) {
        return false;
    }
    if (insn->wback && (insn->imm % 4 != 0 || insn->rd == insn->rn ||
                        (is_pair(row) && insn->ra == insn->rn))) {
        return false;
    }
    if (is_store(row)) {
        return is_general(insn->rd) && (!is_pair(row) || is_general(insn->ra));
    }
    if (t32_is_store_exclusive(row)) {
        return is_general(insn->rd) && is_free(insn->ra) &&
               insn->ra != insn->rd && insn->ra != insn->rn;
    }
    return is_free(insn->rd) &&
           (!is_pair(row) || (is_free(insn->ra) && insn->ra != insn->rd));
}

static bool is_tame_fp(const struct t32_insn *insn)
{
    switch (insn->row) {
    case T32_ROW_VMOV_TO_SINGLE:
    case T32_ROW_VMSR:
        return is_general(insn->rd);
    case T32_ROW_VMOV_FROM_SINGLE:
        return is_free(insn->rd);
    case T32_ROW_VMOV_TO_SINGLES:
    case T32_ROW_VMOV_TO_DOUBLE:
        return is_general(insn->rd) && is_general(insn->ra);
    case T32_ROW_VMOV_FROM_SINGLES:
    case T32_ROW_VMOV_FROM_DOUBLE:
        return is_free(insn->rd) && is_free(insn->ra) && insn->rd != insn->ra;
    case T32_ROW_VMRS:
        return is_free(insn->rd) || insn->rd == 15;
    case T32_ROW_VLDR:
        return is_base(insn->rn) || insn->rn == 15;
    case T32_ROW_VSTR:
    case T32_ROW_VLDM:
    case T32_ROW_VSTM:
        return is_base(insn->rn);
    default:
        return true;
    }
}

/* MRS of what a step sets; MSR of flags. CONTROL and the stack pointers are
 * among the first. */
static bool is_tame_system(const struct t32_insn *insn, unsigned features)
{
    const unsigned r = insn->imm;

    if (insn->row == T32_ROW_MSR) {
        return is_general(insn->rn) && r <= 3 && insn->amount != 0 &&
               ((features & T32_V7EM) != 0 || insn->amount == 2);
    }
    if (insn->row == T32_ROW_MRS) {
        return is_free(insn->rd) && (r <= 3 || within(r, 5, 9) || r == 16 ||
                                     r == 17 || r == 19 || r == 20);
    }
    return true;
}

/* Reading the stack pointer or the pc is predictable in a few encodings. */
static bool reads_13(const struct t32_insn *insn)
{
    return insn->row == T32_ROW_ADD_IMMEDIATE ||
           insn->row == T32_ROW_SUB_IMMEDIATE ||
           insn->form == T32_FORM_MOV_REGISTER_T1 ||
           insn->form == T32_FORM_ADD_REGISTER_T2 ||
           insn->form == T32_FORM_CMP_REGISTER_T2;
}

static bool reads_15(const struct t32_insn *insn)
{
    return insn->form == T32_FORM_MOV_REGISTER_T1 ||
           insn->form == T32_FORM_ADD_REGISTER_T2;
}

static bool is_readable(const struct t32_insn *insn, unsigned r)
{
    return is_general(r) || (r == 13 && reads_13(insn)) ||
           (r == 15 && reads_15(insn));
}

static bool is_tame_data(const struct t32_insn *insn)
{
    if (!is_free(insn->rd) || insn->ra == 13 || insn->ra == 15 ||
        !is_readable(insn, insn->rm) ||
        !(is_general(insn->rn) || (insn->rn == 13 && reads_13(insn)))) {
        return false;
    }
    return !is_long(insn->row) || (is_free(insn->ra) && insn->ra != insn->rd);
}

static bool is_tame(const struct t32_program *p, const struct t32_insn *insn)
{
    if (!t32_available(insn, p->target->features)) {
        return false;
    }
    if (is_memory(insn->row)) {
        return is_tame_memory(insn);
    }
    if (is_fp(insn->row)) {
        return is_tame_fp(insn);
    }
    if (within(insn->row, T32_ROW_SVC, T32_ROW_COPROCESSOR)) {
        return is_tame_system(insn, p->target->features);
    }
    return is_tame_data(insn);
}

uint32_t t32_random_of_form(struct t32_program *p, unsigned form, bool in_it,
                            struct t32_insn *insn)
{
    const struct t32_pattern *pattern = &t32_patterns[form];
    uint32_t word = (t32_next(p) & ~pattern->mask) | pattern->match;

    if (t32_length((uint16_t)(word >> 16)) != 4) {
        word &= 0xffff;
    }
    if (!t32_decode(word, in_it, insn) || insn->form != form) {
        insn->row = T32_UNDEFINED;
    }
    return word;
}

/* One of the row and tame. */
void t32_random_of_row(struct t32_program *p, enum t32_row row,
                       struct t32_insn *insn)
{
    unsigned form;

    do {
        form = 1 + t32_next(p) % (T32_FORMS - 1);
    } while (t32_patterns[form].row != row);
    do {
        t32_random_of_form(p, form, false, insn);
    } while (insn->row != row || !is_tame(p, insn));
}

void t32_random_simple(struct t32_program *p, bool in_it, struct t32_insn *insn)
{
    for (;;) {
        unsigned form = 1 + t32_next(p) % (T32_FORMS - 1);
        unsigned row = t32_patterns[form].row;

        if (!is_simple(row) ||
            (in_it &&
             (is_unconditional(row) || (is_fp(row) && !p->fp_in_it))) ||
            is_load_exclusive(row) || t32_is_store_exclusive(row) ||
            (t32_patterns[form].features & ~p->target->features) != 0) {
            continue;
        }
        for (unsigned tries = 0; tries < 200; tries++) {
            t32_random_of_form(p, form, in_it, insn);
            if (insn->row == row && is_tame(p, insn)) {
                return;
            }
        }
    }
}

bool t32_row_is_random(enum t32_row row, const struct t32_target *target,
                       enum t32_kind kind)
{
    unsigned form = 1;

    while (form < T32_FORMS &&
           (t32_patterns[form].row != row ||
            (t32_patterns[form].features & ~target->features) != 0)) {
        form++;
    }
    return form < T32_FORMS && kind == T32_VALUES &&
           (is_simple(row) ||
            (is_branch(row) && row != T32_ROW_BXNS && row != T32_ROW_BLXNS));
}
