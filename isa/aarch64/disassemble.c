/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operands come from the row's syntax: text, with
 *   %Kl     the field l printed as K says: a register, a number
 *   <name>  text of a function below; <name:l> for the register in l
 *
 * K: R X or W by f; P likewise with SP; X W; Y X with SP; E W if e, else X;
 *    Z X if z is 3, else W; # and _ numbers; s a signed number of 9 bits;
 *    Q z p g G k K f h d  scalar registers by z, z:p, p, z, z + 1, immh,
 *    immh + 1, y, half, double; v l B F H S D i j  vectors by z and q, z + 1,
 *    bytes, p and q, halves, words, doublewords, immh and q, immh + 1.
 */
#include <string.h>

#include "isa/aarch64/printer.h"

static uint32_t value_of(const struct printer *p, char letter)
{
    return letter >= 'a' && letter <= 'z' ? p->insn->field[letter - 'a'] : 0;
}

void aarch64_print_general(struct printer *p, bool wide, uint32_t number,
                           bool sp)
{
    if (number == 31) {
        buffer_print(p->out, "%s",
                     sp ? (wide ? "sp" : "wsp") : (wide ? "xzr" : "wzr"));
    } else {
        buffer_print(p->out, "%c%u", wide ? 'x' : 'w', number);
    }
}

void aarch64_print_scalar(struct printer *p, unsigned size, uint32_t number)
{
    buffer_print(p->out, "%c%u", "bhsdq"[size > 4 ? 4 : size], number);
}

void aarch64_print_vector(struct printer *p, unsigned size, bool full,
                          uint32_t number)
{
    buffer_print(p->out, "v%u.%u%c", number, (full ? 16u : 8u) >> size,
                 "bhsdq"[size]);
}

static unsigned immh_size(const struct printer *p)
{
    return p->insn->h == 0 ? 0 : 31 - (unsigned)__builtin_clz(p->insn->h);
}

/* ---- Fields -------------------------------------------------------------- */

static bool print_general(struct printer *p, char kind, uint32_t number)
{
    const struct aarch64_insn *insn = p->insn;

    switch (kind) {
    case 'R':
        aarch64_print_general(p, insn->f != 0, number, false);
        return true;
    case 'P':
        aarch64_print_general(p, insn->f != 0, number, true);
        return true;
    case 'X':
        aarch64_print_general(p, true, number, false);
        return true;
    case 'W':
        aarch64_print_general(p, false, number, false);
        return true;
    case 'Y':
        aarch64_print_general(p, true, number, true);
        return true;
    case 'E':
        aarch64_print_general(p, insn->e == 0, number, false);
        return true;
    case 'Z':
        aarch64_print_general(p, insn->z == 3, number, false);
        return true;
    default:
        return false;
    }
}

static bool print_scalar(struct printer *p, char kind, uint32_t number)
{
    static const uint8_t types[4] = {2, 3, 0, 1};
    const struct aarch64_insn *insn = p->insn;

    switch (kind) {
    case 'Q':
        aarch64_print_scalar(p, insn->z + 2, number);
        return true;
    case 'z':
        aarch64_print_scalar(p, insn->p != 0 ? 4 : insn->z, number);
        return true;
    case 'p':
        aarch64_print_scalar(p, insn->p + 2, number);
        return true;
    case 'g':
        aarch64_print_scalar(p, insn->z, number);
        return true;
    case 'G':
        aarch64_print_scalar(p, insn->z + 1, number);
        return true;
    case 'k':
        aarch64_print_scalar(p, immh_size(p), number);
        return true;
    case 'K':
        aarch64_print_scalar(p, immh_size(p) + 1, number);
        return true;
    case 'f':
        aarch64_print_scalar(p, types[insn->y & 3], number);
        return true;
    case 'h':
        aarch64_print_scalar(p, 1, number);
        return true;
    case 'd':
        aarch64_print_scalar(p, 3, number);
        return true;
    default:
        return false;
    }
}

static bool print_vector(struct printer *p, char kind, uint32_t number)
{
    const struct aarch64_insn *insn = p->insn;
    const char *fixed = "BHSD";
    const char *size = strchr(fixed, kind);

    if (size != NULL) {
        aarch64_print_vector(p, (unsigned)(size - fixed), insn->q != 0, number);
        return true;
    }
    switch (kind) {
    case 'v':
        aarch64_print_vector(p, insn->z, insn->q != 0, number);
        return true;
    case 'l':
        aarch64_print_vector(p, insn->z + 1, true, number);
        return true;
    case 'F':
        aarch64_print_vector(p, insn->p + 2, insn->q != 0, number);
        return true;
    case 'i':
        aarch64_print_vector(p, immh_size(p), insn->q != 0, number);
        return true;
    case 'j':
        aarch64_print_vector(p, immh_size(p) + 1, true, number);
        return true;
    default:
        return false;
    }
}

static void print_field(struct printer *p, char kind, char letter)
{
    uint32_t value = value_of(p, letter);

    if (kind == '#') {
        buffer_print(p->out, "#%u", value);
    } else if (kind == '_') {
        buffer_print(p->out, "%u", value);
    } else if (kind == 's') {
        buffer_print(p->out, "#%d", (int)aarch64_signed(value, 9));
    } else if (!print_general(p, kind, value) &&
               !print_scalar(p, kind, value)) {
        print_vector(p, kind, value);
    }
}

/* ---- Addresses and immediates -------------------------------------------- */

static void address(struct printer *p, uint64_t value)
{
    buffer_print(p->out, "0x%llx", (unsigned long long)value);
}

static void label(struct printer *p, uint32_t value)
{
    const char *pattern = aarch64_rows[p->insn->row].pattern;
    unsigned width = 0;

    (void)value;
    for (; *pattern != '\0'; pattern++) {
        width += *pattern == 'i';
    }
    address(p, p->pc + (uint64_t)aarch64_signed(p->insn->i, width) * 4);
}

static void adr(struct printer *p, uint32_t value)
{
    uint32_t joined = p->insn->i << 2 | p->insn->j;

    (void)value;
    address(p, p->pc + (uint64_t)aarch64_signed(joined, 21));
}

static void adrp(struct printer *p, uint32_t value)
{
    uint32_t joined = p->insn->i << 2 | p->insn->j;

    (void)value;
    address(p, (p->pc & ~(uint64_t)0xfff) +
                   ((uint64_t)aarch64_signed(joined, 21) << 12));
}

static void tbreg(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_general(p, p->insn->b >= 32, p->insn->t, false);
}

static void lsl12(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%s", p->insn->h != 0 ? ", lsl #12" : "");
}

static void lslhw(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, ", lsl #%u", p->insn->h * 16);
}

static void lsl8(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, ", lsl #%u", p->insn->h * 8);
}

static void msl(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, ", msl #%u", 8u << p->insn->h);
}

static void bitmask(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#0x%llx",
                 (unsigned long long)aarch64_bit_mask(p->insn));
}

static void bytemask(struct printer *p, uint32_t value)
{
    uint64_t mask = 0;

    (void)value;
    for (unsigned bit = 0; bit < 8; bit++) {
        mask |= (p->insn->i >> bit & 1) != 0 ? UINT64_C(0xff) << bit * 8 : 0;
    }
    buffer_print(p->out, "#0x%016llx", (unsigned long long)mask);
}

/* VFPExpandImm: 16 to 31 sixteenths times a power of two from -3 to 4. */
static void fpimm(struct printer *p, uint32_t value)
{
    uint32_t imm = p->insn->i;
    int exponent = (int)(imm >> 4 & 7);
    double result = (double)(16 + (imm & 15)) / 16;

    (void)value;
    exponent = (imm & 0x40) != 0 ? exponent - 7 : exponent + 1;
    result =
        exponent < 0 ? result / (1 << -exponent) : result * (1 << exponent);
    buffer_print(p->out, "#%.8f", (imm & 0x80) != 0 ? -result : result);
}

static void fbits(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#%u", 64 - p->insn->k);
}

static void shift_left(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#%u",
                 (p->insn->h << 3 | p->insn->i) - (8u << immh_size(p)));
}

static void shift_right(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#%u",
                 (16u << immh_size(p)) - (p->insn->h << 3 | p->insn->i));
}

static void shll(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#%u", 8u << p->insn->z);
}

/* ---- Modifiers of general registers -------------------------------------- */

static void shift(struct printer *p, uint32_t value)
{
    static const char names[4][4] = {"lsl", "lsr", "asr", "ror"};

    (void)value;
    if (p->insn->k != 0 || p->insn->h != 0) {
        buffer_print(p->out, ", %s #%u", names[p->insn->h & 3], p->insn->k);
    }
}

static const char extensions[8][5] = {"uxtb", "uxth", "uxtw", "uxtx",
                                      "sxtb", "sxth", "sxtw", "sxtx"};

static void extend(struct printer *p, uint32_t value)
{
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    aarch64_print_general(p, insn->f != 0 && (insn->o & 3) == 3, insn->m,
                          false);
    buffer_print(p->out, ", %s #%u", extensions[insn->o & 7], insn->k);
}

/* log2 of the bytes that a load or store moves: C4.1.4. */
static unsigned access_size(uint32_t encoding)
{
    bool is_vector = (encoding >> 26 & 1) != 0;
    unsigned size = encoding >> 30;

    if ((encoding & 0x3a000000) == 0x28000000) {
        return is_vector ? 2 + size : 2 + (size >> 1);
    }
    return is_vector && (encoding >> 23 & 1) != 0 ? 4 : size;
}

static void scaled(struct printer *p, uint32_t value)
{
    bool pair = (p->insn->encoding & 0x3a000000) == 0x28000000;
    int64_t offset = pair ? aarch64_signed(p->insn->i, 7) : p->insn->i;

    (void)value;
    buffer_print(p->out, "#%d",
                 (int)(offset * (1 << access_size(p->insn->encoding))));
}

static void index_register(struct printer *p, uint32_t value)
{
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    aarch64_print_general(p, (insn->o & 1) != 0, insn->m, false);
    if (insn->o == 3 && insn->x == 0) {
        return;
    }
    buffer_print(p->out, ", %s",
                 insn->o == 3 ? "lsl" : extensions[insn->o & 7]);
    if (insn->x != 0) {
        buffer_print(p->out, " #%u", access_size(insn->encoding));
    }
}

static void authenticated(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "#%d",
                 (int)aarch64_signed(p->insn->j << 9 | p->insn->i, 10) * 8);
}

static void next_s(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_general(p, p->insn->f != 0, p->insn->s + 1, false);
}

static void next_t(struct printer *p, uint32_t value)
{
    (void)value;
    aarch64_print_general(p, p->insn->f != 0, p->insn->t + 1, false);
}

/* ---- Parts of mnemonics, names ------------------------------------------- */

static void condition(struct printer *p, uint32_t value)
{
    static const char names[16][3] = {"eq", "ne", "hs", "lo", "mi", "pl",
                                      "vs", "vc", "hi", "ls", "ge", "lt",
                                      "gt", "le", "al", "nv"};

    (void)value;
    buffer_print(p->out, "%s", names[p->insn->c & 15]);
}

static void key(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%c", p->insn->k != 0 ? 'b' : 'a');
}

static void access_letter(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%s",
                 p->insn->z == 0   ? "b"
                 : p->insn->z == 1 ? "h"
                                   : "");
}

static void size_letter(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%c", "bhwx"[p->insn->z & 3]);
}

static void order_letters(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%s%s", p->insn->e != 0 ? "a" : "",
                 p->insn->l != 0 ? "l" : "");
}

static void second_half(struct printer *p, uint32_t value)
{
    (void)value;
    buffer_print(p->out, "%s", p->insn->q != 0 ? "2" : "");
}

static void system_register(struct printer *p, uint32_t value)
{
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    buffer_print(p->out, "S%u_%u_C%u_C%u_%u", 2 + insn->b, insn->p, insn->c,
                 insn->m, insn->o);
}

static void pstate_field(struct printer *p, uint32_t value)
{
    static const struct {
        uint8_t op1, op2;
        const char *name;
    } names[] = {
        {0, 3, "UAO"    },
        {0, 4, "PAN"    },
        {0, 5, "SPSel"  },
        {3, 1, "SSBS"   },
        {3, 2, "DIT"    },
        {3, 6, "DAIFSet"},
        {3, 7, "DAIFClr"},
    };
    const struct aarch64_insn *insn = p->insn;

    (void)value;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].op1 == insn->p && names[i].op2 == insn->o) {
            buffer_print(p->out, "%s", names[i].name);
            return;
        }
    }
    buffer_print(p->out, "S0_%u_C4_C%u_%u", insn->p, insn->i, insn->o);
}

/* ---- Names of operands --------------------------------------------------- */

static const struct aarch64_operand operands[] = {
    {"label",    label          },
    {"adr",      adr            },
    {"adrp",     adrp           },
    {"tbreg",    tbreg          },
    {"lsl12",    lsl12          },
    {"lslhw",    lslhw          },
    {"lsl8",     lsl8           },
    {"msl",      msl            },
    {"bitmask",  bitmask        },
    {"bytemask", bytemask       },
    {"fpimm",    fpimm          },
    {"fbits",    fbits          },
    {"shl",      shift_left     },
    {"shr",      shift_right    },
    {"shll",     shll           },
    {"shift",    shift          },
    {"extend",   extend         },
    {"scaled",   scaled         },
    {"index",    index_register },
    {"ldra",     authenticated  },
    {"s+1",      next_s         },
    {"t+1",      next_t         },
    {"cond",     condition      },
    {"key",      key            },
    {"bh",       access_letter  },
    {"bhwx",     size_letter    },
    {"al",       order_letters  },
    {"2",        second_half    },
    {"sysreg",   system_register},
    {"pstate",   pstate_field   },
    {NULL,       NULL           },
};

static const struct aarch64_operand *
find_operand(const struct aarch64_operand *list, const char *name,
             size_t length)
{
    for (; list->name != NULL; list++) {
        if (strlen(list->name) == length &&
            strncmp(list->name, name, length) == 0) {
            return list;
        }
    }
    return NULL;
}

/* <name>, <name:letter> or <list3>; returns the text behind it. */
static const char *print_special(struct printer *p, const char *text)
{
    const char *end = strchr(text, '>');
    size_t length = (size_t)(end - text);
    uint32_t value = p->insn->d;

    if (length > 2 && text[length - 2] == ':') {
        value = value_of(p, text[length - 1]);
        length -= 2;
    } else if (strncmp(text, "list", 4) == 0 ||
               strncmp(text, "elements", 8) == 0) {
        value = (uint32_t)(text[length - 1] - '0');
        length--;
    }
    const struct aarch64_operand *operand =
        find_operand(operands, text, length);
    if (operand == NULL) {
        operand = find_operand(aarch64_vector_operands, text, length);
    }
    if (operand != NULL) {
        operand->print(p, value);
    }
    return end + 1;
}

static void print_text(struct printer *p, const char *text)
{
    while (*text != '\0') {
        if (*text == '%') {
            print_field(p, text[1], text[2]);
            text += 3;
        } else if (*text == '<') {
            text = print_special(p, text + 1);
        } else {
            buffer_append(p->out, text++, 1);
        }
    }
}

void aarch64_disassemble(const struct aarch64_insn *insn, struct gva pc,
                         struct buffer *out)
{
    const struct aarch64_row_info *row = &aarch64_rows[insn->row];
    struct printer p = {insn, pc.value, out, 0};

    if (insn->row == AARCH64_UNALLOCATED) {
        buffer_print(out, ".4byte 0x%08x", insn->encoding);
        return;
    }
    print_text(&p, row->mnemonic);
    if (*row->syntax != '\0') {
        buffer_print(out, " ");
        print_text(&p, row->syntax);
    }
    buffer_print(out, "%s", "");
}
