/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the tables and the extraction of operands of the T32 decoder from
 * isa/t32/instructions.def. Fails, and with it the build, on a malformed
 * pattern, exception or set, and on two encodings that overlap, unless exactly
 * one of them is an UNDER row.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/encodings.h"
#include "isa/t32/tables.h" /* what is printed, for its constants */

enum { MAX_SHAPES = 256 };

#define INSN(...)
#define T16(form, row, text, bits, except, sets, features, section)            \
    FORM(form, row, bits, except, sets, features, 16, false)
#define T32(form, row, text, bits, except, sets, features, section)            \
    FORM(form, row, bits, except, sets, features, 32, false)
#define UNDER(form, row, text, bits, except, sets, features, section)          \
    FORM(form, row, bits, except, sets, features, 32, true)

static struct encoding encodings[] = {
    {.name = "none"},
#define FORM(form, row, bits, reserved, sets, features, size, below)           \
    {.isa = "isa/t32",                                                         \
     .name = #form,                                                            \
     .pattern = bits,                                                          \
     .except = reserved,                                                       \
     .width = size,                                                            \
     .ranks = below},
#include "isa/t32/instructions.def"
#undef FORM
};
enum { FORMS = sizeof(encodings) / sizeof(encodings[0]) };

/* The meaning of an encoding. */
static const struct form {
    const char *row;
    const char *sets;
    const char *features;
} forms[FORMS] = {
    {.row = NULL},
#define FORM(form, what, bits, reserved, set, needs, size, below)              \
    {.row = #what, .sets = set, .features = #needs},
#include "isa/t32/instructions.def"
#undef FORM
};

/* ---- Operands ------------------------------------------------------------ */

static const char *const fields[128] = {
    ['d'] = "rd",    ['D'] = "rd",       ['t'] = "rd",     ['n'] = "rn",
    ['N'] = "rn",    ['m'] = "rm",       ['M'] = "rm",     ['a'] = "ra",
    ['u'] = "ra",    ['s'] = "setflags", ['i'] = "imm",    ['p'] = "index",
    ['b'] = "add",   ['w'] = "wback",    ['c'] = "cond",   ['l'] = "list",
    ['h'] = "shift", ['k'] = "amount",   ['K'] = "amount",
};

static const char *field(unsigned form, char letter)
{
    const char *name = fields[(unsigned char)letter & 127];

    if (name == NULL) {
        encoding_fail(&encodings[form], "a letter names no field");
    }
    return name;
}

/* Encodings with the same letters at the same places and the same sets. */
static unsigned shapes[MAX_SHAPES];
static unsigned shape_count;

static bool same_shape(unsigned a, unsigned b)
{
    char x[33];
    char y[33];

    encoding_letters(&encodings[a], x);
    encoding_letters(&encodings[b], y);
    for (unsigned i = 0; x[i] != '\0' && y[i] != '\0'; i++) {
        if (x[i] != y[i] &&
            (isalpha((unsigned char)x[i]) || isalpha((unsigned char)y[i]))) {
            return false;
        }
    }
    return encodings[a].width == encodings[b].width &&
           strcmp(forms[a].sets, forms[b].sets) == 0;
}

static unsigned shape_of(unsigned form)
{
    unsigned i = 0;

    while (i < shape_count && !same_shape(shapes[i], form)) {
        i++;
    }
    if (i < shape_count) {
        return i;
    }
    if (i < MAX_SHAPES) {
        shapes[i] = form;
        shape_count++;
        return i;
    }
    encoding_fail(&encodings[form], "there are too many shapes");
}

/* One run of bits, moved to where it is in its field. */
static void print_run(unsigned low, unsigned length, unsigned to)
{
    printf("%s (encoding >> %u & 0x%llx) << %u", to == 0 ? "" : " |", low,
           (1ull << length) - 1, to);
}

/* One letter's field. The first of its runs of bits is on top; of a capital
 * letter the first is the lowest. */
static void print_field(unsigned form, char letter)
{
    unsigned char bits[32];
    unsigned count = encoding_field(&encodings[form], letter, bits);
    bool upward = isupper((unsigned char)letter);
    unsigned to = 0;

    if (count == 0) {
        return;
    }
    printf("        insn->%s = (", field(form, letter));
    printf(strcmp(field(form, letter), "imm") == 0    ? "uint32_t"
           : strcmp(field(form, letter), "list") == 0 ? "uint16_t"
                                                      : "uint8_t");
    printf(")(");
    for (unsigned i = 0; i < count;) {
        unsigned start = upward ? i : count - 1 - i;
        unsigned length = 1;

        while (i + length < count &&
               (upward ? bits[start + length] + length == bits[start]
                       : bits[start - length] == bits[start] + length)) {
            length++;
        }
        print_run(upward ? bits[start] + 1 - length : bits[start], length, to);
        to += length;
        i += length;
    }
    printf(");\n");
}

/* One word of the sets. */
static void print_set(unsigned form, const char *word)
{
    char letter = word[0];

    if (strcmp(word, "S") == 0) {
        printf("        insn->setflags = !in_it_block;\n");
    } else if (strcmp(word, "dp") == 0) {
        printf("        insn->dp = true;\n");
    } else if (word[1] == '=' && isalpha((unsigned char)word[2])) {
        printf("        insn->%s = insn->%s;\n", field(form, letter),
               field(form, word[2]));
    } else if (word[1] == '=') {
        printf("        insn->%s = %s;\n", field(form, letter), word + 2);
    } else if (word[1] == '*' || word[1] == '+') {
        const char *name = field(form, letter);

        printf("        insn->%s = (%s)(insn->%s %c %s);\n", name,
               strcmp(name, "imm") == 0 ? "uint32_t" : "uint8_t", name, word[1],
               word + 2);
    } else {
        printf("        set_%s(insn);\n", word);
    }
}

static void print_shape(unsigned form)
{
    char sets[128];

    for (int letter = 'A'; letter <= 'z'; letter++) {
        if (isalpha(letter)) {
            print_field(form, (char)letter);
        }
    }
    snprintf(sets, sizeof(sets), "%s", forms[form].sets);
    char *rest;

    for (char *word = strtok_r(sets, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        print_set(form, word);
    }
}

static void print_shapes(void)
{
    printf(
        "void t32_extract(unsigned shape, bool in_it_block,\n"
        "                 struct t32_insn *insn)\n"
        "{\n    const uint32_t encoding = insn->encoding;\n\n"
        "    switch (shape) {\n");
    for (unsigned i = 0; i < shape_count; i++) {
        printf("    case %u: /* %s */\n", i, encodings[shapes[i]].name);
        print_shape(shapes[i]);
        printf("        break;\n");
    }
    printf("    default:\n        break;\n    }\n}\n");
}

/* "A | B" as the bits of a set. */
static void print_features(const char *features)
{
    char names[64];

    snprintf(names, sizeof(names), "%s", features);
    char *rest;

    for (char *name = strtok_r(names, " |", &rest); name != NULL;
         name = strtok_r(NULL, " |", &rest)) {
        printf("%sT32_%s", name == names ? "" : " | ", name);
    }
}

static void print_patterns(void)
{
    unsigned excepts = 0;

    printf(
        "const struct t32_pattern t32_patterns[] = {\n    {0, 0, 0, 0, 0, "
        "0},\n");
    for (unsigned i = 1; i < FORMS; i++) {
        printf("    {0x%08x, 0x%08x, %u, T32_ROW_%s, ", encodings[i].cube.mask,
               encodings[i].cube.match, excepts, forms[i].row);
        print_features(forms[i].features);
        printf(", %u},\n", shape_of(i));
        excepts += encodings[i].except_count + 1;
    }
    printf("};\nconst struct t32_cube t32_exceptions[] = {\n");
    encodings_print_exceptions(encodings + 1, FORMS - 1);
    printf("};\n");
}

/* ---- Candidates ---------------------------------------------------------- */

static struct candidates candidates;

/* The encodings that words of a group may have, UNDER rows last, 0 behind. */
static unsigned list_forms(unsigned width, struct cube group,
                           uint16_t list[FORMS + 1])
{
    unsigned length = 0;

    for (int under = 0; under <= 1; under++) {
        for (unsigned i = 1; i < FORMS; i++) {
            if (encodings[i].width == width && encodings[i].ranks == under &&
                cubes_meet(encodings[i].cube, group)) {
                list[length++] = (uint16_t)i;
            }
        }
    }
    list[length++] = 0;
    return length;
}

static void print_groups(const char *name, unsigned width, unsigned count,
                         uint32_t (*word)(unsigned))
{
    uint16_t list[FORMS + 1];
    uint32_t mask = word(count - 1);

    printf("const uint16_t %s[] = {\n", name);
    for (unsigned i = 0; i < count; i++) {
        unsigned length = list_forms(width, (struct cube){mask, word(i)}, list);

        printf("    %u,\n", candidates_place(&candidates, list, length));
    }
    printf("};\n");
}

static void print_candidates(void)
{
    print_groups("t32_short_groups", 16, T32_SHORT_GROUPS, t32_short_word);
    print_groups("t32_long_groups", 32, T32_LONG_GROUPS, t32_long_word);
    printf("const uint16_t t32_candidates[] = {\n");
    candidates_print(&candidates);
    printf("};\n");
}

int main(void)
{
    encodings_read(encodings, FORMS);
    printf(
        "/* Printed by build/generate-t32-decoder.c. */\n"
        "#include \"isa/t32/operands.h\"\n");
    print_patterns();
    print_shapes();
    print_candidates();
    return 0;
}
