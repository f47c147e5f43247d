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

#include "isa/t32/tables.h" /* what is printed, for its constants */

enum {
    MAX_EXCEPTIONS = 8,
    MAX_CANDIDATES = 8192,
    MAX_SHAPES = 256,
};

struct cube {
    uint32_t mask, match;
};

struct form {
    const char *name;
    const char *row;
    const char *pattern;
    const char *except;
    const char *sets;
    const char *features;
    unsigned width; /* bits of its encodings */
    bool under;
    struct cube cube;
    struct cube excepts[MAX_EXCEPTIONS];
    unsigned except_count;
};

static struct form forms[] = {
    {.name = "none"},
#define FORM(form, what, bits, reserved, set, needs, size, below)              \
    {.name = #form,                                                            \
     .row = #what,                                                             \
     .pattern = bits,                                                          \
     .except = reserved,                                                       \
     .sets = set,                                                              \
     .features = #needs,                                                       \
     .width = size,                                                            \
     .under = below},
#define INSN(...)
#define T16(form, row, text, bits, except, sets, features, section)            \
    FORM(form, row, bits, except, sets, features, 16, false)
#define T32(form, row, text, bits, except, sets, features, section)            \
    FORM(form, row, bits, except, sets, features, 32, false)
#define UNDER(form, row, text, bits, except, sets, features, section)          \
    FORM(form, row, bits, except, sets, features, 32, true)
#include "isa/t32/instructions.def"
#undef UNDER
#undef T32
#undef T16
#undef INSN
#undef FORM
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static void fail(const struct form *form, const char *why)
{
    fprintf(stderr, "isa/t32: encoding %s: %s\n", form->name, why);
    exit(1);
}

static void parse(struct form *form)
{
    unsigned width = 0;

    for (const char *p = form->pattern; *p != '\0'; p++) {
        if (*p == ' ') {
            continue;
        }
        if (strchr("01-", *p) == NULL && !isalpha((unsigned char)*p)) {
            fail(form, "its pattern holds something that is no bit");
        }
        form->cube.mask = form->cube.mask << 1 | (*p == '0' || *p == '1');
        form->cube.match = form->cube.match << 1 | (*p == '1');
        width++;
    }
    if (width != form->width) {
        fail(form, "its pattern has a wrong number of bits");
    }
}

/* The pattern without spaces, the highest bit first. */
static void letters_of(const struct form *form, char letters[33])
{
    for (const char *p = form->pattern; *p != '\0'; p++) {
        if (*p != ' ') {
            *letters++ = *p;
        }
    }
    *letters = '\0';
}

/* The bits of a letter's field as they are in the pattern, the highest first.
 */
static unsigned field_bits(const struct form *form, char letter,
                           unsigned char bits[32])
{
    char letters[33];
    unsigned count = 0;

    letters_of(form, letters);
    for (unsigned i = 0; i < form->width; i++) {
        if (letters[i] == letter) {
            bits[count++] = (unsigned char)(form->width - 1 - i);
        }
    }
    return count;
}

/* One exception, "letters!bits". */
static const char *parse_exception(struct form *form, const char *p)
{
    unsigned char bits[64];
    unsigned count = 0;
    unsigned used = 0;
    struct cube cube = {0, 0};

    for (; isalpha((unsigned char)*p); p++) {
        unsigned added = field_bits(form, *p, bits + count);

        count += added;
        if (added == 0 || count > 32) {
            fail(form, "its exception names no field");
        }
    }
    if (*p != '!') {
        fail(form, "its exception has no value");
    }
    for (p++; *p != '\0' && *p != ';'; p++) {
        if (used == count || strchr("01-", *p) == NULL) {
            fail(form, "its exception is longer than its fields");
        }
        cube.mask |= (uint32_t)(*p != '-') << bits[used];
        cube.match |= (uint32_t)(*p == '1') << bits[used];
        used++;
    }
    if (used != count || form->except_count == MAX_EXCEPTIONS) {
        fail(form, "its exception is shorter than its fields");
    }
    form->excepts[form->except_count++] = cube;
    return p + (*p == ';');
}

/* ---- Overlaps ------------------------------------------------------------ */

static bool meet(struct cube a, struct cube b)
{
    return ((a.match ^ b.match) & a.mask & b.mask) == 0;
}

/* Whether a cube has an encoding outside all of the exceptions: split it along
 * a bit of one that it meets until it is clear of them or inside one. */
static bool remains(struct cube cube, const struct cube *excepts,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t open = excepts[i].mask & ~cube.mask;

        if (!meet(cube, excepts[i])) {
            continue;
        }
        if (open == 0) {
            return false;
        }
        uint32_t bit = open & -open;
        struct cube zero = {cube.mask | bit, cube.match};
        struct cube one = {cube.mask | bit, cube.match | bit};
        return remains(zero, excepts, count) || remains(one, excepts, count);
    }
    return true;
}

static bool overlap(const struct form *a, const struct form *b)
{
    struct cube both = {a->cube.mask | b->cube.mask,
                        a->cube.match | b->cube.match};
    struct cube excepts[2 * MAX_EXCEPTIONS];

    if (a->width != b->width || a->under != b->under ||
        !meet(a->cube, b->cube)) {
        return false;
    }
    memcpy(excepts, a->excepts, a->except_count * sizeof(struct cube));
    memcpy(excepts + a->except_count, b->excepts,
           b->except_count * sizeof(struct cube));
    return remains(both, excepts, a->except_count + b->except_count);
}

static void check_overlaps(void)
{
    bool failed = false;

    for (unsigned i = 1; i < FORMS; i++) {
        if (!remains(forms[i].cube, forms[i].excepts, forms[i].except_count)) {
            fail(&forms[i], "its exceptions leave nothing");
        }
        for (unsigned j = i + 1; j < FORMS; j++) {
            if (overlap(&forms[i], &forms[j])) {
                fprintf(stderr, "isa/t32: encodings %s and %s overlap\n",
                        forms[i].name, forms[j].name);
                failed = true;
            }
        }
    }
    if (failed) {
        exit(1);
    }
}

/* ---- Operands ------------------------------------------------------------ */

static const char *const fields[128] = {
    ['d'] = "rd",    ['D'] = "rd",       ['t'] = "rd",     ['n'] = "rn",
    ['N'] = "rn",    ['m'] = "rm",       ['M'] = "rm",     ['a'] = "ra",
    ['u'] = "ra",    ['s'] = "setflags", ['i'] = "imm",    ['p'] = "index",
    ['b'] = "add",   ['w'] = "wback",    ['c'] = "cond",   ['l'] = "list",
    ['h'] = "shift", ['k'] = "amount",   ['K'] = "amount",
};

static const char *field(const struct form *form, char letter)
{
    const char *name = fields[(unsigned char)letter & 127];

    if (name == NULL) {
        fail(form, "a letter names no field");
    }
    return name;
}

/* Encodings with the same letters at the same places and the same sets. */
static const struct form *shapes[MAX_SHAPES];
static unsigned shape_count;

static bool same_shape(const struct form *a, const struct form *b)
{
    char x[33];
    char y[33];

    letters_of(a, x);
    letters_of(b, y);
    for (unsigned i = 0; x[i] != '\0' && y[i] != '\0'; i++) {
        if (x[i] != y[i] &&
            (isalpha((unsigned char)x[i]) || isalpha((unsigned char)y[i]))) {
            return false;
        }
    }
    return a->width == b->width && strcmp(a->sets, b->sets) == 0;
}

static unsigned shape_of(const struct form *form)
{
    unsigned i = 0;

    while (i < shape_count && !same_shape(shapes[i], form)) {
        i++;
    }
    if (i == MAX_SHAPES) {
        fail(form, "there are too many shapes");
    }
    shapes[i] = form;
    shape_count += i == shape_count;
    return i;
}

/* One run of bits, moved to where it is in its field. */
static void print_run(unsigned low, unsigned length, unsigned to)
{
    printf("%s (encoding >> %u & 0x%llx) << %u", to == 0 ? "" : " |", low,
           (1ull << length) - 1, to);
}

/* One letter's field. The first of its runs of bits is on top; of a capital
 * letter the first is the lowest. */
static void print_field(const struct form *form, char letter)
{
    unsigned char bits[32];
    unsigned count = field_bits(form, letter, bits);
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
static void print_set(const struct form *form, const char *word)
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

static void print_shape(const struct form *form)
{
    char sets[128];

    for (int letter = 'A'; letter <= 'z'; letter++) {
        if (isalpha(letter)) {
            print_field(form, (char)letter);
        }
    }
    snprintf(sets, sizeof(sets), "%s", form->sets);
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
        printf("    case %u: /* %s */\n", i, shapes[i]->name);
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
        printf("    {0x%08x, 0x%08x, %u, T32_ROW_%s, ", forms[i].cube.mask,
               forms[i].cube.match, excepts, forms[i].row);
        print_features(forms[i].features);
        printf(", %u},\n", shape_of(&forms[i]));
        excepts += forms[i].except_count + 1;
    }
    printf("};\nconst struct t32_cube t32_exceptions[] = {\n");
    for (unsigned i = 1; i < FORMS; i++) {
        for (unsigned j = 0; j < forms[i].except_count; j++) {
            printf("    {0x%08x, 0x%08x},\n", forms[i].excepts[j].mask,
                   forms[i].excepts[j].match);
        }
        printf("    {0, 0},\n");
    }
    printf("};\n");
}

/* ---- Candidates ---------------------------------------------------------- */

static uint16_t candidates[MAX_CANDIDATES];
static unsigned candidate_count;

/* Where a list is in candidates; equal lists are stored once. */
static unsigned place(const uint16_t *list, unsigned length)
{
    for (unsigned at = 0; at + length <= candidate_count; at++) {
        if (memcmp(&candidates[at], list, length * sizeof(*list)) == 0) {
            return at;
        }
    }
    if (candidate_count + length > MAX_CANDIDATES) {
        fprintf(stderr, "isa/t32: too many candidates\n");
        exit(1);
    }
    memcpy(&candidates[candidate_count], list, length * sizeof(*list));
    candidate_count += length;
    return candidate_count - length;
}

/* The encodings that words of a group may have, UNDER rows last, 0 behind. */
static unsigned list_forms(unsigned width, struct cube group,
                           uint16_t list[FORMS + 1])
{
    unsigned length = 0;

    for (int under = 0; under <= 1; under++) {
        for (unsigned i = 1; i < FORMS; i++) {
            if (forms[i].width == width && forms[i].under == under &&
                meet(forms[i].cube, group)) {
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

        printf("    %u,\n", place(list, length));
    }
    printf("};\n");
}

static void print_candidates(void)
{
    print_groups("t32_short_groups", 16, T32_SHORT_GROUPS, t32_short_word);
    print_groups("t32_long_groups", 32, T32_LONG_GROUPS, t32_long_word);
    printf("const uint16_t t32_candidates[] = {\n");
    for (unsigned i = 0; i < candidate_count; i++) {
        printf("    %u,\n", candidates[i]);
    }
    printf("};\n");
}

int main(void)
{
    for (unsigned i = 1; i < FORMS; i++) {
        const char *p = forms[i].except;

        parse(&forms[i]);
        while (*p != '\0') {
            p = parse_exception(&forms[i], p);
        }
    }
    check_overlaps();
    printf(
        "/* Printed by build/generate-t32-decoder.c. */\n"
        "#include \"isa/t32/operands.h\"\n");
    print_patterns();
    print_shapes();
    print_candidates();
    return 0;
}
