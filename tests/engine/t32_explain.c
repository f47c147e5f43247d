/* SPDX-License-Identifier: Apache-2.0 */
/* Says what differs after a step of a random T32 program. */
#include <string.h>

#include "tests/engine/t32_random_inside.h"

static void forget(uint8_t *record, uint32_t word, uint32_t mask)
{
    const uint32_t value = t32_get(record, word * 4) & ~mask;

    memcpy(record + (size_t)word * 4, &value, sizeof(value));
}

static uint32_t read_of(const struct t32_program *p, uint32_t address)
{
    uint32_t word = T32_READS;

    while (t32_get(p->image, T32_TABLE + (word - T32_READS) * 4) != address) {
        word++;
    }
    return word;
}

enum { VECTPENDING = 0x1ff << 12 };

static uint8_t *record_of(uint8_t *image, uint32_t number)
{
    return image + T32_RECORDS + (size_t)number * T32_WORDS * 4;
}

/* True if BASEPRI masks an exception, in a core with one security state, by the
 * registers that were read after the step (DDI 0403E, B1.5.4). */
static bool is_masked(const struct t32_program *p, const uint8_t *record,
                      unsigned exception)
{
    enum {
        IRQ0 = 16,
        SHPR = (int)0xe000ed18,
        AIRCR = (int)0xe000ed0c,
        IPR = (int)0xe000e400
    };
    const uint32_t basepri = t32_get(record, T32_BASEPRI * 4);
    const uint32_t aircr = t32_get(record, read_of(p, (uint32_t)AIRCR) * 4);
    const uint32_t group = ~((2u << (aircr >> 8 & 7)) - 1);

    if (basepri == 0 || exception < 4) {
        return false;
    }
    const uint32_t at = exception < IRQ0 ? (uint32_t)SHPR + exception - 4
                                         : (uint32_t)IPR + exception - IRQ0;
    const uint32_t word = t32_get(record, read_of(p, at & ~3u) * 4);
    const uint32_t priority = word >> at % 4 * 8 & 0xff;

    return (priority & group) >= (basepri & group);
}

void t32_correct(const struct t32_program *p, uint8_t *image)
{
    for (uint32_t i = 0; i < p->records && p->kind == T32_SYSTEM; i++) {
        uint8_t *record = record_of(image, i);
        const uint32_t icsr = t32_get(record, T32_ICSR * 4);

        if ((p->target->flags & T32_FLAG_SECURITY) == 0 &&
            is_masked(p, record, (icsr & VECTPENDING) >> 12)) {
            forget(record, T32_ICSR, VECTPENDING);
        }
    }
}

void t32_forget(const struct t32_program *p, uint8_t *image)
{
    enum {
        OTHER_STATE = 0x20000,
        BFAR = (int)0xe000ed38,
        FPCCR = (int)0xe000ef34,
        FPCAR = (int)0xe000ef38,
        CFSR = (int)0xe000ed28,
        SFSR = (int)0xe000ede4,
        SFAR = (int)0xe000ede8,
        AUVIOL = 1 << 3,
        SFARVALID = 1 << 6,
        NOT_STACKED = 1 << 4 | 1 << 12 | 1 << 20 /* MSTKERR, STKERR, STKOF */
    };

    const bool fp = (p->target->flags & T32_FLAG_FP) != 0;

    for (uint32_t i = 0; i < p->records && p->kind == T32_SYSTEM; i++) {
        uint8_t *record = record_of(image, i);

        forget(record, read_of(p, (uint32_t)BFAR), 7);
        if ((p->target->flags & T32_FLAG_SECURITY) != 0) {
            const uint32_t sfsr = read_of(p, (uint32_t)SFSR);

            forget(record, read_of(p, (uint32_t)BFAR + OTHER_STATE), 7);
            if ((t32_get(record, T32_BASEPRI * 4) |
                 t32_get(record, T32_BASEPRI_NS * 4)) != 0) {
                forget(record, T32_ICSR, VECTPENDING);
                forget(record, T32_ICSR_NS, VECTPENDING);
            }
            if ((t32_get(record, sfsr * 4) & AUVIOL) != 0) {
                forget(record, sfsr, SFARVALID);
                forget(record, read_of(p, (uint32_t)SFAR), UINT32_MAX);
            }
        }
        if (!fp) {
            continue;
        }
        const uint32_t fpccr = read_of(p, (uint32_t)FPCCR);
        const uint32_t start =
            t32_get(p->image + (record - image), T32_RETURN * 4);
        if (t32_get(record, (T32_FRAME + 6) * 4) == t32_get(record, 0) ||
            (start & 1 << 3) == 0 ||
            (t32_get(record, read_of(p, (uint32_t)CFSR) * 4) & NOT_STACKED) !=
                0) {
            forget(record, fpccr, 0x7ff);
            forget(record, read_of(p, (uint32_t)FPCAR), UINT32_MAX);
        }
        if ((p->target->flags & T32_FLAG_LIMITS) == 0) {
            forget(record, fpccr, 1 << 10);
        }
    }
}

/* True if the step ended where it was told to, if it was. */
static bool ended(const uint8_t *image, uint32_t record)
{
    const uint32_t at = T32_RECORDS + record * T32_WORDS * 4;
    const uint32_t end = t32_get(image, at + T32_END * 4);

    return end == 0 || end == t32_get(image, at + (T32_FRAME + 6) * 4);
}

int t32_next_difference(const struct t32_program *program, const uint8_t *ours,
                        const uint8_t *theirs, uint32_t from)
{
    for (uint32_t i = from; i < program->records; i++) {
        const uint32_t at = T32_RECORDS + i * T32_WORDS * 4;

        if (memcmp(ours + at, theirs + at, T32_WORDS * 4) != 0 &&
            ended(theirs, i)) {
            return (int)i;
        }
    }
    return -1;
}

static const char *const names[T32_FRAME] = {
    "body",       "flags",     "return",    "r0",         "r1",
    "r2",         "r3",        "r4",        "r5",         "r6",
    "r7",         "r8",        "r9",        "r10",        "r11",
    "r12",        "lr",        "xpsr",      "msp",        "psp",
    "control",    "primask",   "basepri",   "fpscr",      "msplim",
    "psplim",     "msp_ns",    "psp_ns",    "control_ns", "primask_ns",
    "basepri_ns", "msplim_ns", "psplim_ns", "mpu_ctrl",   "shcsr",
    "faultmask",  "ipsr",      "frame at"};
static const char *const frame[] = {"r0",  "r1", "r2", "r3",
                                    "r12", "lr", "pc", "xpsr"};

static void print_name(const struct t32_program *p, unsigned word,
                       struct buffer *out)
{
    if (word < T32_FRAME) {
        buffer_print(out, "%s", names[word]);
    } else if (word < T32_FRAME + 8) {
        buffer_print(out, "frame.%s", frame[word - T32_FRAME]);
    } else if (word < T32_S) {
        buffer_print(out, "frame.s%u", word - T32_FRAME - 8);
    } else if (word < T32_READS) {
        buffer_print(out, "s%u", word - T32_S);
    } else if (word == T32_ICSR || word == T32_ICSR_NS) {
        buffer_print(out, "icsr%s", word == T32_ICSR ? "" : "_ns");
    } else if (word < T32_WRITES) {
        buffer_print(out, "[%08x]",
                     t32_get(p->image, T32_TABLE + (word - T32_READS) * 4));
    } else {
        buffer_print(out, "write %u", word - T32_WRITES);
    }
}

enum { SHOWN = 6 };

/* The instructions up to the one that ended the step. */
static void explain_code(const struct t32_program *p, uint32_t body,
                         uint32_t pc, struct buffer *out)
{
    const uint32_t end = pc - p->target->base;
    uint32_t starts[SHOWN] = {0};
    uint32_t at = body - p->target->base;
    unsigned count = 0;

    if (pc < body || pc - body > 640) {
        buffer_print(out, "  at %x, not in %x\n", pc, body);
        return;
    }
    for (; at <= end; count++) {
        starts[count % SHOWN] = at;
        at += t32_length((uint16_t)t32_get(p->image, at));
    }
    for (unsigned i = count < SHOWN ? 0 : count - SHOWN; i < count; i++) {
        const uint32_t start = starts[i % SHOWN];
        const uint32_t word = t32_get(p->image, start);
        const bool wide = t32_length((uint16_t)word) == 4;
        const uint32_t encoding =
            wide ? word << 16 | word >> 16 : word & 0xffff;
        struct t32_insn insn;

        t32_decode(encoding, false, &insn);
        buffer_print(out, "  %x  %0*x  %s\n", p->target->base + start,
                     wide ? 8 : 4, encoding, t32_row_names[insn.row]);
    }
}

void t32_explain(const struct t32_program *program, uint32_t record,
                 const uint8_t *ours, const uint8_t *theirs, struct buffer *out)
{
    const uint32_t at = T32_RECORDS + record * T32_WORDS * 4;

    /* The record that a shorter part of the block left is what the last
     * instruction of this one began with. */
    uint32_t shorter = record;
    while (shorter > 0 && program->is_prefixes &&
           (shorter == record || !ended(theirs, shorter))) {
        shorter--;
    }
    const bool is_part = shorter < record;
    const uint8_t *start =
        is_part ? theirs - (record - shorter) * T32_WORDS * 4 : program->image;

    explain_code(program, t32_get(program->image, at),
                 t32_get(theirs, at + (T32_FRAME + 6) * 4), out);
    for (unsigned r = 0; r < 13 && is_part; r++) {
        const bool stacked = r < 4 || r == 12;
        const unsigned word = stacked ? T32_FRAME + (r < 4 ? r : 4) : T32_R + r;

        buffer_print(out, "r%u %x ", r, t32_get(start, at + word * 4));
    }
    buffer_print(out, "%s", is_part ? "\n" : "");
    for (unsigned word = 0; word < T32_WORDS; word++) {
        const uint32_t before = t32_get(start, at + word * 4);
        const uint32_t a = t32_get(ours, at + word * 4);
        const uint32_t b = t32_get(theirs, at + word * 4);

        if (a != b) {
            print_name(program, word, out);
            buffer_print(out, ": was 0x%08x, ours 0x%08x, QEMU 0x%08x\n",
                         before, a, b);
        }
    }
}
