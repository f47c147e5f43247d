/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the decoder's tables from isa/riscv/instructions.def. Fails, and with
 * it the build, on a malformed pattern, on fields that are not those of the
 * row's format, and on two rows that share an encoding.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *name;
    const char *pattern;
    const char *except;
    const char *format;
    unsigned width;
    uint32_t mask, match;
    uint32_t except_mask[3], except_match[3];
};

static struct row rows[] = {
#define INSN(row, mnemonic, pattern, format, section)                          \
    {#row, pattern, "", #format, 32, 0, 0, {0}, {0}},
#define CINSN(row, mnemonic, pattern, except, format, base, section)           \
    {#row, pattern, except, #format, 16, 0, 0, {0}, {0}},
#include "isa/riscv/instructions.def"
#undef INSN
#undef CINSN
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct {
    const char *name;
    const char *letters;
} formats[] = {
#define FORMAT(format, letters, syntax) {#format, letters},
#include "isa/riscv/formats.def"
#undef FORMAT
};

static void fail(const struct row *row, const char *why)
{
    fprintf(stderr, "isa/riscv: row %s: %s\n", row->name, why);
    exit(1);
}

/* The bits of the pattern that hold this letter. */
static uint32_t letter_mask(const struct row *row, char letter)
{
    uint32_t mask = 0;

    for (const char *p = row->pattern; *p != '\0'; p++) {
        if (*p != ' ') {
            mask = mask << 1 | (*p == letter);
        }
    }
    return mask;
}

static void check_letters(const struct row *row)
{
    const char *letters = NULL;
    unsigned total = 0;
    unsigned fields = 0;

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, row->format) == 0) {
            letters = formats[i].letters;
        }
    }
    if (letters == NULL) {
        fail(row, "its format is not in formats.def");
    }
    while (*letters != '\0') {
        char letter = *letters++;
        unsigned long count = strtoul(letters, (char **)&letters, 10);

        if ((unsigned)__builtin_popcount(letter_mask(row, letter)) != count) {
            fail(row, "its fields are not those of its format");
        }
        total += (unsigned)count;
    }
    for (const char *p = row->pattern; *p != '\0'; p++) {
        fields += *p >= 'a' && *p <= 'z';
    }
    if (fields != total) {
        fail(row, "it has a field that its format does not have");
    }
}

static void parse(struct row *row)
{
    unsigned width = 0;

    for (const char *p = row->pattern; *p != '\0'; p++) {
        if (*p == ' ') {
            continue;
        }
        if (strchr("01-", *p) == NULL && !(*p >= 'a' && *p <= 'z')) {
            fail(row, "its pattern holds something that is no bit");
        }
        row->mask = row->mask << 1 | (*p == '0' || *p == '1');
        row->match = row->match << 1 | (*p == '1');
        width++;
    }
    if (width != row->width) {
        fail(row, "its pattern has a wrong number of bits");
    }
    check_letters(row);
}

/* Spreads value over the bits of mask, lowest first. */
static uint32_t deposit(uint32_t mask, uint32_t value)
{
    uint32_t out = 0;

    for (unsigned bit = 0; bit < 32; bit++) {
        if (mask >> bit & 1) {
            out |= (value & 1) << bit;
            value >>= 1;
        }
    }
    return out;
}

static void parse_except(struct row *row)
{
    const char *p = row->except;
    unsigned count = 0;

    while (*p != '\0') {
        uint32_t mask = letter_mask(row, *p++);

        if (mask == 0 || *p != '!') {
            fail(row, "its exception names no field");
        }
        do {
            if (count == 3) {
                fail(row, "it has more than three exceptions");
            }
            p++;
            row->except_mask[count] = mask;
            row->except_match[count++] =
                deposit(mask, (uint32_t)strtoul(p, (char **)&p, 10));
        } while (*p == ',');
        p += *p == ';';
    }
}

static bool matches(const struct row *row, uint32_t encoding)
{
    if ((encoding & row->mask) != row->match) {
        return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (row->except_mask[i] != 0 &&
            (encoding & row->except_mask[i]) == row->except_match[i]) {
            return false;
        }
    }
    return true;
}

static bool overlap(const struct row *a, const struct row *b)
{
    if (a->width != b->width || ((a->match ^ b->match) & a->mask & b->mask)) {
        return false;
    }
    if (a->width == 32) {
        return true;
    }
    for (uint32_t encoding = 0; encoding < 0x10000; encoding++) {
        if (matches(a, encoding) && matches(b, encoding)) {
            return true;
        }
    }
    return false;
}

static void check_overlaps(void)
{
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned j = i + 1; j < ROWS; j++) {
            if (overlap(&rows[i], &rows[j])) {
                fprintf(stderr, "isa/riscv: rows %s and %s overlap\n",
                        rows[i].name, rows[j].name);
                exit(1);
            }
        }
    }
}

static uint32_t bucket_bits(unsigned width, unsigned bucket)
{
    return width == 32 ? (bucket >> 5) << 12 | (bucket & 31) << 2 | 3
                       : (bucket >> 2) << 13 | (bucket & 3);
}

static void print_patterns(unsigned width, unsigned buckets, const char *prefix)
{
    uint32_t selector = width == 32 ? 0x707f : 0xe003;
    unsigned starts[257];
    unsigned count = 0;

    printf("const struct riscv_pattern riscv_%spatterns[] = {\n", prefix);
    for (unsigned b = 0; b < buckets; b++) {
        starts[b] = count;
        for (unsigned i = 0; i < ROWS; i++) {
            const struct row *r = &rows[i];

            if (r->width != width || ((bucket_bits(width, b) ^ r->match) &
                                      r->mask & selector) != 0) {
                continue;
            }
            printf(
                "    {0x%08x, 0x%08x, RISCV_%s, {{0x%x, 0x%x}, "
                "{0x%x, 0x%x}, {0x%x, 0x%x}}},\n",
                r->mask, r->match, r->name, r->except_mask[0],
                r->except_match[0], r->except_mask[1], r->except_match[1],
                r->except_mask[2], r->except_match[2]);
            count++;
        }
    }
    starts[buckets] = count;
    printf("};\nconst uint16_t riscv_%sbucket_starts[] = {\n", prefix);
    for (unsigned b = 0; b <= buckets; b++) {
        printf("    %u,\n", starts[b]);
    }
    printf("};\n");
}

int main(void)
{
    for (unsigned i = 0; i < ROWS; i++) {
        parse(&rows[i]);
        parse_except(&rows[i]);
    }
    check_overlaps();
    printf(
        "/* Printed by build/generate-riscv-decoder.c. */\n"
        "#include \"isa/riscv/decode.h\"\n");
    print_patterns(32, 256, "");
    print_patterns(16, 32, "short_");
    return 0;
}
