/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An encoding's text is copied, but for
 *   %d %n %m %a   core registers rd, rn, rm, ra
 *   %D %N %M      registers of floating point: S, or with dp D; an s or d
 *                 behind says which, + is the register after it
 *   %H            a half of a D register, from the number of its S register
 *   %i %u %x      imm as #decimal, decimal, 0x with four digits; %j - imm
 *   %k            #amount
 *   %s            "s" if flags are set
 *   %c %C         the condition of the IT block, that of the instruction
 *   %S %R         shift and rotation of the last register
 *   %A %X %L      address of rn and imm, of rn and rm, of pc and imm
 *   %! %l %V      "!" with wback, list of core registers, of others
 *   %b            target of a branch
 *   %q            the further conditions of IT
 *   %f %o %r      masks of CPS, option of a barrier, special register
 *   %t            variant of TT
 *   %h %y %w %z   halves "bt", half "t", "x" and "r" by imm
 *   %F            floating-point immediate
 *   %v %I %J      direction of rounding, type of an integer, of a fixed point
 */
#include "isa/t32/disassemble.h"

#include <string.h>

#include "base/bits.h"

#define INSN(row, meaning)
#define T16(row, base, syntax, bits, except, sets, features, where)            \
    [T32_FORM_##row] = {                                                       \
        .name = #row, .text = syntax, .pattern = bits, .section = where},
#define T32   T16
#define UNDER T16
const struct t32_form_info t32_forms[T32_FORMS] = {
#include "isa/t32/instructions.def"
    [T32_FORM_NONE] = {.name = "NONE",
                       .text = "",
                       .pattern = "",
                       .section = ""},
};
#undef UNDER
#undef T32
#undef T16
#undef INSN

#define INSN(row, meaning) [T32_ROW_##row] = #row,
#define T16(...)
#define T32(...)
#define UNDER(...)
const char *const t32_row_names[T32_ROWS] = {
    [T32_UNDEFINED] = "UNDEFINED",
#include "isa/t32/instructions.def"
};
#undef UNDER
#undef T32
#undef T16
#undef INSN

static const char *const registers[16] = {
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7",
    "r8", "r9", "sl", "fp", "ip", "sp", "lr", "pc",
};

static const char *const conditions[16] = {
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc",
    "hi", "ls", "ge", "lt", "gt", "le", "",   "",
};

static const struct {
    unsigned sysm;
    const char *name;
} system_registers[] = {
#define SYSTEM_REGISTER(sysm, name, feature) {sysm, #name},
#include "isa/t32/system_registers.def"
#undef SYSTEM_REGISTER
};

const char *t32_system_register_name(unsigned sysm)
{
    for (size_t i = 0; i < ARRAY_SIZE(system_registers); i++) {
        if (system_registers[i].sysm == sysm) {
            return system_registers[i].name;
        }
    }
    return NULL;
}

/* An instruction that is being printed. */
struct printer {
    const struct t32_insn *insn;
    unsigned condition;
    uint32_t pc;
    struct buffer *out;
};

/* ---- Operands of several kinds ------------------------------------------- */

static void print_shift(struct printer *p)
{
    static const char *const names[] = {"lsl", "lsr", "asr", "ror", "rrx"};
    const struct t32_insn *insn = p->insn;

    if (insn->shift == T32_RRX) {
        buffer_print(p->out, ", rrx");
    } else if (insn->amount != 0) {
        buffer_print(p->out, ", %s #%u", names[insn->shift], insn->amount);
    }
}

static void print_address(struct printer *p)
{
    const struct t32_insn *insn = p->insn;
    const char *sign = insn->add ? "" : "-";

    buffer_print(p->out, "[%s", registers[insn->rn]);
    if (!insn->index) {
        buffer_print(p->out, "], #%s%u", sign, insn->imm);
    } else if (insn->imm == 0 && insn->add && !insn->wback &&
               insn->length == 4) {
        buffer_print(p->out, "]");
    } else {
        buffer_print(p->out, ", #%s%u]%s", sign, insn->imm,
                     insn->wback ? "!" : "");
    }
}

static void print_register_address(struct printer *p)
{
    const struct t32_insn *insn = p->insn;

    buffer_print(p->out, "[%s, %s", registers[insn->rn], registers[insn->rm]);
    if (insn->amount != 0) {
        buffer_print(p->out, ", lsl #%u", insn->amount);
    }
    buffer_print(p->out, "]");
}

static void print_list(struct printer *p)
{
    const char *separator = "{";

    for (unsigned i = 0; i < 16; i++) {
        if ((p->insn->list >> i & 1) != 0) {
            buffer_print(p->out, "%s%s", separator, registers[i]);
            separator = ", ";
        }
    }
    buffer_print(p->out, "}");
}

static void print_vector_list(struct printer *p)
{
    const struct t32_insn *insn = p->insn;
    const char kind = insn->dp ? 'd' : 's';
    const unsigned last = insn->rd + insn->amount - 1u;

    buffer_print(p->out, "{%c%u", kind, insn->rd);
    if (last != insn->rd) {
        buffer_print(p->out, "-%c%u", kind, last);
    }
    buffer_print(p->out, "}");
}

/* A bit of the mask that is as the condition's lowest one is a "then"; the
 * lowest bit set ends them. */
static void print_it_mask(struct printer *p)
{
    for (uint32_t mask = p->insn->imm; (mask & 7) != 0; mask <<= 1) {
        buffer_print(p->out, "%c",
                     (mask >> 3 & 1) == (p->insn->cond & 1) ? 't' : 'e');
    }
}

static void print_barrier(struct printer *p)
{
    static const char *const names[16] = {
        [2] = "oshst",  [3] = "osh",  [6] = "unst", [7] = "un",
        [10] = "ishst", [11] = "ish", [14] = "st",  [15] = "sy",
    };
    const char *name = names[p->insn->imm & 15];

    if (name != NULL && (p->insn->imm == 15 || p->insn->row != T32_ROW_ISB)) {
        buffer_print(p->out, "%s", name);
    } else {
        buffer_print(p->out, "#%u", p->insn->imm);
    }
}

static void print_system_register(struct printer *p)
{
    const struct t32_insn *insn = p->insn;
    const char *name = t32_system_register_name(insn->imm);

    if (name == NULL) {
        buffer_print(p->out, "(UNDEF: %u)", insn->imm);
    } else if (insn->row == T32_ROW_MSR && insn->imm <= 3) {
        static const char *const masks[] = {"", "_g", "_nzcvq", "_nzcvqg"};

        buffer_print(p->out, "CPSR%s", masks[insn->amount & 3]);
    } else {
        buffer_print(p->out, "%s", name);
    }
}

static void print_fp_immediate(struct printer *p)
{
    uint32_t imm = p->insn->imm;
    float single;
    double wide;
    uint64_t bits = (uint64_t)imm << 32;

    memcpy(&single, &imm, sizeof(single));
    memcpy(&wide, &bits, sizeof(wide));
    buffer_print(p->out, "#%.8e", p->insn->dp ? wide : (double)single);
}

/* ---- Letters ------------------------------------------------------------- */

/* A register of floating point; returns what follows its letter. */
static const char *print_vector(struct printer *p, unsigned number,
                                const char *next)
{
    char kind = p->insn->dp ? 'd' : 's';

    if (*next == 's' || *next == 'd') {
        kind = *next++;
    } else if (*next == '+') {
        number++;
        next++;
    }
    buffer_print(p->out, "%c%u", kind, number);
    return next;
}

static bool print_register(struct printer *p, char letter)
{
    const struct t32_insn *insn = p->insn;
    const char *letters = "dnma";
    const uint8_t numbers[] = {insn->rd, insn->rn, insn->rm, insn->ra};
    const char *at = strchr(letters, letter);

    if (at != NULL) {
        buffer_print(p->out, "%s", registers[numbers[at - letters]]);
    }
    return at != NULL;
}

static bool print_number(struct printer *p, char letter)
{
    const struct t32_insn *insn = p->insn;

    switch (letter) {
    case 'i':
        buffer_print(p->out, "#%u", insn->imm);
        return true;
    case 'j':
        buffer_print(p->out, "#%u", 0 - insn->imm);
        return true;
    case 'k':
        buffer_print(p->out, "#%u", insn->amount);
        return true;
    case 'u':
        buffer_print(p->out, "%u", insn->imm);
        return true;
    case 'x':
        buffer_print(p->out, "0x%04x", insn->imm);
        return true;
    case 'b':
        buffer_print(p->out, "0x%x", p->pc + insn->imm);
        return true;
    case 'H':
        buffer_print(p->out, "d%u[%u]", insn->rn / 2, insn->rn % 2);
        return true;
    default:
        return false;
    }
}

static void print_operand(struct printer *p, char letter)
{
    static const struct {
        char letter;
        void (*print)(struct printer *p);
    } operands[] = {
        {'S', print_shift           },
        {'A', print_address         },
        {'X', print_register_address},
        {'l', print_list            },
        {'V', print_vector_list     },
        {'q', print_it_mask         },
        {'o', print_barrier         },
        {'r', print_system_register },
        {'F', print_fp_immediate    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(operands); i++) {
        if (operands[i].letter == letter) {
            operands[i].print(p);
            return;
        }
    }
    debug_assert(false);
}

/* The text of an operand that is one of a few words. */
static const char *word_of(const struct printer *p, char letter)
{
    static const char *const masks[] = {"", "f", "i", "if"};
    static const char *const halves[] = {"bb", "bt", "tb", "tt"};
    static const char *const tests[] = {"", "t", "a", "at"};
    static const char *const fixed[] = {".s16", ".u16", ".s32", ".u32"};
    static const char *const directions[] = {"a", "n", "p", "m"};
    const struct t32_insn *insn = p->insn;

    switch (letter) {
    case 's':
        return insn->setflags ? "s" : "";
    case 'c':
        return conditions[p->condition & 15];
    case 'C':
        return insn->row == T32_ROW_IT && insn->cond >= T32_ALWAYS
                   ? "al"
                   : conditions[insn->cond & 15];
    case '!':
        return insn->wback ? "!" : "";
    case 'f':
        return masks[insn->imm & 3];
    case 't':
        return tests[insn->imm & 3];
    case 'h':
        return halves[insn->imm & 3];
    case 'y':
        return insn->imm != 0 ? "t" : "b";
    case 'w':
        return insn->imm != 0 ? "x" : "";
    case 'z':
        return insn->imm != 0 ? "r" : "";
    case 'v':
        return directions[insn->amount & 3];
    case 'I':
        return insn->imm != 0 ? ".u32" : ".s32";
    case 'J':
        return fixed[insn->imm & 3];
    default:
        return NULL;
    }
}

/* One letter and what follows it; returns what is left of the text. */
static const char *print_letter(struct printer *p, const char *text)
{
    const struct t32_insn *insn = p->insn;
    const char letter = *text++;
    const char *word = word_of(p, letter);

    if (word != NULL) {
        buffer_print(p->out, "%s", word);
        return text;
    }
    switch (letter) {
    case 'D':
        return print_vector(p, insn->rd, text);
    case 'N':
        return print_vector(p, insn->rn, text);
    case 'M':
        return print_vector(p, insn->rm, text);
    case 'L':
        if (insn->imm == 0 && insn->length == 4) {
            buffer_print(p->out, "[pc]");
        } else {
            buffer_print(p->out, "[pc, #%d]", (int32_t)insn->imm);
        }
        return text;
    case 'R':
        if (insn->amount != 0) {
            buffer_print(p->out, ", ror #%u", insn->amount);
        }
        return text;
    default:
        if (!print_register(p, letter) && !print_number(p, letter)) {
            print_operand(p, letter);
        }
        return text;
    }
}

void t32_disassemble(const struct t32_insn *insn, unsigned condition,
                     struct gva pc, struct buffer *out)
{
    struct printer p = {insn, condition, (uint32_t)pc.value, out};
    const char *text = t32_forms[insn->form].text;

    if (insn->row == T32_UNDEFINED) {
        buffer_print(out,
                     insn->length == 2 ? ".inst.n 0x%04x" : ".inst.w 0x%08x",
                     insn->encoding);
    }
    while (*text != '\0') {
        if (*text == '%') {
            text = print_letter(&p, text + 1);
        } else {
            buffer_print(out, "%c", *text++);
        }
    }
}
