/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of random system steps. */
#include "tests/engine/t32_random_step.h"
#include "isa/t32/tables.h"

static bool is_address(unsigned r)
{
    return r < 3;
}

static bool is_reached(const struct t32_insn *insn)
{
    return insn->imm <= 0x100 || insn->imm >= 0xffffff00;
}

/* Neither addresses nor r5 to r10, which have a duty, nor the stack pointer nor
 * the pc. */
static bool is_target(unsigned r)
{
    return r == 3 || r == 4 || r == 11 || r == 12 || r == 14;
}

static bool is_tame_block(const struct t32_insn *insn)
{
    const unsigned count = (unsigned)__builtin_popcount(insn->list);

    return count >= (insn->length == 4 ? 2 : 1) && (insn->list & 0xa7e7) == 0;
}

/* Loads and stores by an address: r0 to r4. */
static bool is_tame(const struct t32_insn *insn)
{
    const bool pair = insn->row == T32_ROW_LDRD_IMMEDIATE ||
                      insn->row == T32_ROW_STRD_IMMEDIATE;
    const bool several = insn->row == T32_ROW_VLDM || insn->row == T32_ROW_VSTM;

    if (!is_address(insn->rn)) {
        return false;
    }
    if (insn->row >= T32_ROW_LDM && insn->row <= T32_ROW_STMDB) {
        return is_tame_block(insn);
    }
    if (insn->row == T32_ROW_VLDR || insn->row == T32_ROW_VSTR || several) {
        return is_reached(insn);
    }
    if (insn->row >= T32_ROW_LDR_REGISTER &&
        insn->row <= T32_ROW_STRH_REGISTER && insn->rm != T32_INDEX) {
        return false;
    }
    return is_reached(insn) && is_target(insn->rd) && insn->rd != insn->rn &&
           (!pair || (is_target(insn->ra) && insn->ra != insn->rn &&
                      insn->ra != insn->rd));
}

static bool is_memory(unsigned row)
{
    return (row >= T32_ROW_LDR_IMMEDIATE && row <= T32_ROW_STRH_REGISTER) ||
           (row >= T32_ROW_LDRT && row <= T32_ROW_STRD_IMMEDIATE) ||
           (row >= T32_ROW_LDM && row <= T32_ROW_LDREXH) ||
           (row >= T32_ROW_LDA && row <= T32_ROW_STLH) ||
           (row >= T32_ROW_VLDR && row <= T32_ROW_VSTM);
}

static void count(struct t32_program *p, unsigned row)
{
    p->runs[row]++;
}

static void memory(struct t32_emitter *e, bool in_it)
{
    struct t32_program *p = e->program;
    struct t32_insn insn;

    do {
        t32_random_of_form(p, 1 + below(p, T32_FORMS - 1), false, &insn);
    } while (!is_memory(insn.row) ||
             !t32_available(&insn, p->target->features) || !is_tame(&insn) ||
             (in_it && insn.row >= T32_ROW_VLDR));
    count(p, insn.row);
    t32_emit(e, insn.encoding, insn.length);
}

static void value(struct t32_emitter *e)
{
    struct t32_insn insn;

    do {
        t32_random_simple(e->program, false, &insn);
    } while (
        (insn.row >= T32_ROW_LDR_IMMEDIATE && insn.row <= T32_ROW_PRELOAD) ||
        (insn.row >= T32_ROW_VLDR && insn.row <= T32_ROW_VSTM) ||
        !is_target(insn.rd) || !is_target(insn.ra));
    count(e->program, insn.row);
    t32_emit(e, insn.encoding, insn.length);
}

/* CPSIE and CPSID of PRIMASK; MSR and MRS of what they reach, but FAULTMASK. */
static void special(struct t32_emitter *e)
{
    static const uint8_t registers[] = {0, 3, 5, 8, 9, 16, 17, 18, 20};
    struct t32_program *p = e->program;
    const unsigned r = registers[below(p, sizeof(registers))];

    switch (below(p, 4)) {
    case 0:
        count(p, T32_ROW_CPSID);
        t32_emit(e, 0xb672, 2);
        break;
    case 1:
        count(p, T32_ROW_CPSIE);
        t32_emit(e, 0xb662, 2);
        break;
    case 2:
        count(p, T32_ROW_MRS);
        t32_emit(e, 0xf3ef8000 | (3 + below(p, 2)) << 8 | r, 4);
        break;
    default: /* of PSP: an address; of others: r5 or r6 */
        count(p, T32_ROW_MSR);
        if (r != 8 && r != 9) {
            t32_emit(e, 0xf3808800 | (5 + below(p, 2)) << 16 | r, 4);
        } else if (!has(p, T32_FLAG_FP)) {
            t32_emit(e, 0xf3808809 | T32_POINTER << 16, 4);
        }
        t32_emit(e, 0xf3bf8f6f, 4); /* isb */
        break;
    }
}

static void pend(struct t32_emitter *e)
{
    /* cpsid i; str r9, [r8, #ICSR]; dsb; isb; cpsie i: without the mask the
     * exception may be taken at any of them (DDI 0403E, A3.7.3). */
    t32_emit(e, 0xb672, 2);
    t32_emit(e, 0xf8c89d04, 4);
    t32_emit(e, 0xf3bf8f4f, 4);
    t32_emit(e, 0xf3bf8f6f, 4);
    t32_emit(e, 0xb662, 2);
}

/* True if the encoding is one of another row but for operands that make it
 * unpredictable: the pc as a base, say. */
static bool is_unpredictable(uint32_t encoding)
{
    unsigned form = 1;

    while (form < T32_FORMS &&
           (t32_patterns[form].row == T32_ROW_COPROCESSOR ||
            (encoding & t32_patterns[form].mask) != t32_patterns[form].match)) {
        form++;
    }
    return form < T32_FORMS;
}

/* Encodings of coprocessors 10 and 11, and not this core's: rows of others,
 * VMRS and VMSR of a register that is not FPSCR, and what no row has. */
static uint32_t foreign(struct t32_program *p)
{
    struct t32_insn insn;

    for (;;) {
        const uint32_t word = t32_next(p);

        switch (below(p, 3)) {
        case 0:
            t32_random_of_form(p, 1 + below(p, T32_FORMS - 1), false, &insn);
            break;
        case 1:
            t32_decode(0xeee00a10 | (word & 0x001f0000), false, &insn);
            break;
        default:
            t32_decode(0xec000a00 | (word & 0x13fff1ff) | below(p, 3) << 24,
                       false, &insn);
            break;
        }
        if (t32_coprocessor(insn.encoding) / 2 == 5 &&
            ((insn.row == T32_ROW_COPROCESSOR &&
              !is_unpredictable(insn.encoding)) ||
             !t32_available(&insn, p->target->features))) {
            return insn.encoding;
        }
    }
}

static void undefined(struct t32_emitter *e)
{
    struct t32_program *p = e->program;

    switch (below(p, 4)) {
    case 0:
        count(p, T32_ROW_UDF);
        t32_emit(e, 0xde00 | below(p, 256), 2);
        break;
    case 1:
        count(p, T32_ROW_UDF);
        t32_emit(e, 0xf7f0a000, 4);
        break;
    case 2: /* cdp, of a coprocessor that is not there */
        count(p, T32_ROW_COPROCESSOR);
        t32_emit(e, 0xee000000 | below(p, 10) << 8, 4);
        break;
    default:
        count(p, T32_ROW_COPROCESSOR);
        t32_emit(e, foreign(p), 4);
        break;
    }
}

static void divide(struct t32_emitter *e)
{
    struct t32_program *p = e->program;
    const bool by_zero = t32_chance(p, 50);
    const bool is_signed = t32_chance(p, 50);

    /* QEMU 7.2 forgets what the block did before a division that traps: isb. */
    t32_emit(e, 0xf3bf8f6f, 4);
    count(p, is_signed ? T32_ROW_SDIV : T32_ROW_UDIV);
    t32_emit(e,
             (is_signed ? 0xfb90f0f0 : 0xfbb0f0f0) | below(p, 5) << 16 |
                 (3 + below(p, 2)) << 8 | (by_zero ? 5 : 7),
             4);
}

/* TT, TTT, TTA, TTAT; TTA is undefined in the Non-secure state. Of what has the
 * security of who asks, QEMU takes TTA's for that of the state asked about. */
static void test_target(const struct step *s, struct t32_emitter *e)
{
    struct t32_program *p = e->program;
    const uint32_t r = below(p, 3); /* values leave these alone */
    const bool exempt = s->record[T32_R + r] >= (uint32_t)SCS;

    count(p, T32_ROW_TT);
    t32_emit(e,
             0xe840f000 | r << 16 | (3 + below(p, 2)) << 8 |
                 below(p, exempt ? 2 : 4) << 6,
             4);
}

/* To r10 (which the step sets), by BX, POP, LDR or BLX; BXNS and BLXNS, which
 * are undefined in the Non-secure state. */
void t32_step_jump(struct t32_emitter *e, bool is_return)
{
    struct t32_program *p = e->program;

    if (!is_return && has(p, T32_FLAG_SECURITY) && t32_chance(p, 30)) {
        const bool links = t32_chance(p, 50);

        count(p, links ? T32_ROW_BLXNS : T32_ROW_BXNS);
        t32_emit(e, links ? 0x47d4 : 0x4754, 2);
        return;
    }
    switch (below(p, is_return ? 3 : 4)) {
    case 0:
        count(p, T32_ROW_BX);
        t32_emit(e, 0x4750, 2);
        break;
    case 1: /* push {r10}; pop {pc} */
        count(p, T32_ROW_LDM);
        t32_emit(e, 0xf84dad04, 4);
        t32_emit(e, 0xbd00, 2);
        break;
    case 2: /* str r10, [r7]; ldr pc, [r7] */
        count(p, T32_ROW_LDR_IMMEDIATE);
        t32_emit(e, 0xf8c7a000, 4);
        t32_emit(e, 0xf8d7f000, 4);
        break;
    default:
        count(p, T32_ROW_BLX);
        t32_emit(e, 0x47d0, 2);
        break;
    }
}

/* A frame of a function call for FNC_RETURN, on each Secure stack. One that is
 * none is left out: QEMU takes FNC_RETURN for the address of the fault, which
 * is the instruction's (DDI 0553, BXWritePC()). */
static uint32_t function_return(struct step *s, uint32_t body)
{
    const uint32_t stacks[] = {s->record[T32_MSP], s->record[T32_PSP]};

    for (unsigned i = 0; i < 2; i++) {
        write_word(s, stacks[i],
                   body - T32_NS_CODE + T32_CODE + (BODY_BYTES - 2) + 1);
        write_word(s, stacks[i] + 4, 0);
    }
    return 0xfeffffff; /* odd: BLX takes it for an address */
}

/* From one state to the other: gates, what is none, functions of the
 * Non-secure state, which begin in this step's place of its code. */
static uint32_t other_target(struct step *s, uint32_t body)
{
    struct t32_program *p = s->program;
    const uint32_t gates = p->target->base + T32_GATES;

    if (!s->non_secure) {
        return body - T32_CODE + T32_NS_CODE + (t32_chance(p, 20) ? 1 : 0);
    }
    switch (below(p, 4)) {
    case 0:
        return function_return(s, body);
    case 1: /* behind a gate, in one, in memory that has none */
        return t32_chance(p, 50) ? gates + 2 * below(p, 0x200) + 1
                                 : p->target->base + T32_CODE + 1;
    default:
        return gates + 16 * below(p, 0x40) + 1;
    }
}

uint32_t t32_step_target(struct step *s, uint32_t body)
{
    struct t32_program *p = s->program;

    if (has(p, T32_FLAG_SECURITY) && t32_chance(p, 50)) {
        return other_target(s, body);
    }
    switch (below(p, 8)) {
    case 0:
        return body + BODY_BYTES - 4; /* even; QEMU asks for a multiple of 4 */
    case 1:
        return data_of(p, s->non_secure) + STACK_REGION +
               (4 + below(p, 0x60)) * BLOCK + T32_TRAP + 1;
    case 2:
        return 0xa0000201;
    case 3:
        return (uint32_t)SCS + 0xd01;
    default:
        return (body + BODY_BYTES - 2) | 1;
    }
}

void t32_step_return(struct step *s, uint32_t body)
{
    struct t32_program *p = s->program;
    static const uint8_t values[] = {0xf1, 0xf9, 0xfd, 0xe9, 0xed};
    const uint32_t stacks[] = {s->record[T32_MSP], s->record[T32_PSP]};
    uint32_t value = 0xffffff00 | values[below(p, sizeof(values))];

    if (!has(p, T32_FLAG_FP)) {
        value |= 1 << 4;
    }
    if (has(p, T32_FLAG_SECURITY) && t32_chance(p, 20)) {
        value ^= 1u << (t32_chance(p, 50) ? 5 : 0);
    }
    /* QEMU asks CPACR of returns with FP context in Armv7-M, too. */
    if (has(p, T32_FLAG_FP) && !has(p, T32_FLAG_LIMITS)) {
        write_word(s, (uint32_t)SCS + 0xd88, 0xf << 20);
    }
    /* QEMU finds a number that is not the mode's too late in Armv7-M. */
    uint32_t xpsr = 1u << 24 | ((value & 1 << 3) == 0 ? 11u : 0);
    if (has(p, T32_FLAG_LIMITS) && t32_chance(p, 10)) {
        xpsr ^= 11;
    }
    s->record[T32_R + 10] = value;
    for (unsigned i = 0; i < 2; i++) {
        /* Where the start of the step leaves the stack pointer. */
        uint32_t top = stacks[i];
        const bool fp = (s->record[T32_RETURN] & 1 << 4) == 0;

        if (i == 0) {
            top += fp ? 0x68 : 0x20;
        }
        write_word(s, top + 24, body + BODY_BYTES - 2);
        write_word(s, top + 28, xpsr);
        if ((value & 1 << 4) == 0) {
            write_word(s, top + 0x60, 0); /* FPSCR */
        }
    }
}

bool t32_step_instruction(struct step *s, struct t32_emitter *e)
{
    struct t32_program *p = e->program;
    const uint32_t kind = below(p, 100);

    if (kind < 45) {
        const bool in_it = t32_chance(p, 15);

        if (in_it) {
            count(p, T32_ROW_IT);
            t32_emit(e, 0xbf08 | below(p, 14) << 4, 2);
        }
        memory(e, in_it);
    } else if (kind < 62) {
        value(e);
    } else if (kind < 70) {
        count(p, T32_ROW_SVC);
        t32_emit(e, 0xdf00 | below(p, 256), 2);
    } else if (kind < 74) {
        undefined(e);
    } else if (kind < 82) {
        special(e);
    } else if (kind < 86) {
        pend(e);
    } else if (kind < 90) {
        divide(e);
    } else if (kind < 93 && has(p, T32_FLAG_SECURITY)) {
        test_target(s, e);
    } else {
        t32_step_jump(e, false);
        return false;
    }
    return true;
}
