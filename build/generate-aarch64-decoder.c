/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the decoder's tables from isa/aarch64/instructions.def. Fails, and
 * with it the build, on a malformed pattern or exception, and on two rows that
 * share an encoding, unless one of them is an OVER row.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_EXCEPTIONS = 16,
    SECONDS = 64,
    FIRSTS = 256,
    MAX_CANDIDATES = 65536
};

struct cube {
    uint32_t mask, match;
};

struct row {
    const char *name;
    const char *pattern;
    const char *except;
    bool over;
    struct cube cube;
    struct cube excepts[MAX_EXCEPTIONS];
    unsigned except_count;
};

static struct row rows[] = {
    {.name = "UNALLOCATED"},
#define INSN(row, mnemonic, bits, reserved, syntax, feature, section)          \
    {.name = #row, .pattern = bits, .except = reserved, .over = false},
#define OVER(row, mnemonic, bits, reserved, syntax, feature, section)          \
    {.name = #row, .pattern = bits, .except = reserved, .over = true},
#include "isa/aarch64/instructions.def"
#undef OVER
#undef INSN
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void fail(const struct row *row, const char *why)
{
    fprintf(stderr, "isa/aarch64: row %s: %s\n", row->name, why);
    exit(1);
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
        row->cube.mask = row->cube.mask << 1 | (*p == '0' || *p == '1');
        row->cube.match = row->cube.match << 1 | (*p == '1');
        width++;
    }
    if (width != 32) {
        fail(row, "its pattern has a wrong number of bits");
    }
}

/* The bits of a letter's field, the most significant first. */
static unsigned field_bits(const struct row *row, char letter,
                           unsigned char bits[32])
{
    unsigned count = 0;
    unsigned bit = 32;

    for (const char *p = row->pattern; *p != '\0'; p++) {
        if (*p != ' ') {
            bit--;
            if (*p == letter) {
                bits[count++] = (unsigned char)bit;
            }
        }
    }
    return count;
}

/* One exception, "letters!bits". */
static const char *parse_exception(struct row *row, const char *p)
{
    unsigned char bits[64];
    unsigned count = 0;
    unsigned used = 0;
    struct cube cube = {0, 0};

    for (; *p >= 'a' && *p <= 'z'; p++) {
        unsigned added = field_bits(row, *p, bits + count);

        count += added;
        if (added == 0 || count > 32) {
            fail(row, "its exception names no field");
        }
    }
    if (*p != '!') {
        fail(row, "its exception has no value");
    }
    for (p++; *p != '\0' && *p != ';'; p++) {
        if (used == count || strchr("01-", *p) == NULL) {
            fail(row, "its exception is longer than its fields");
        }
        cube.mask |= (uint32_t)(*p != '-') << bits[used];
        cube.match |= (uint32_t)(*p == '1') << bits[used];
        used++;
    }
    if (used != count || row->except_count == MAX_EXCEPTIONS) {
        fail(row, "its exception is shorter than its fields");
    }
    row->excepts[row->except_count++] = cube;
    return p + (*p == ';');
}

/* Whether a cube has an encoding outside all of the exceptions: split it along
 * a bit of one that it meets until it is clear of them or inside one. */
static bool remains(struct cube cube, const struct cube *excepts,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t open = excepts[i].mask & ~cube.mask;

        if (((cube.match ^ excepts[i].match) & cube.mask & excepts[i].mask) !=
            0) {
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

static bool overlap(const struct row *a, const struct row *b)
{
    struct cube both = {a->cube.mask | b->cube.mask,
                        a->cube.match | b->cube.match};
    struct cube excepts[2 * MAX_EXCEPTIONS];

    if (((a->cube.match ^ b->cube.match) & a->cube.mask & b->cube.mask) != 0) {
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

    for (unsigned i = 1; i < ROWS; i++) {
        if (!remains(rows[i].cube, rows[i].excepts, rows[i].except_count)) {
            fail(&rows[i], "its exceptions leave nothing");
        }
        for (unsigned j = i + 1; j < ROWS; j++) {
            if (rows[i].over == rows[j].over && overlap(&rows[i], &rows[j])) {
                fprintf(stderr, "isa/aarch64: rows %s and %s overlap\n",
                        rows[i].name, rows[j].name);
                failed = true;
            }
        }
    }
    if (failed) {
        exit(1);
    }
}

static void print_patterns(void)
{
    unsigned pieces = 0;
    unsigned excepts = 0;

    printf("const struct aarch64_pattern aarch64_patterns[] = {\n");
    for (unsigned i = 0; i < ROWS; i++) {
        const char *p = i == 0 ? "" : rows[i].pattern;
        char last = ' ';

        printf("    {0x%08x, 0x%08x, %u, %u},\n", rows[i].cube.mask,
               rows[i].cube.match, pieces, excepts);
        for (; *p != '\0'; p++) {
            if (*p != ' ') {
                pieces += *p >= 'a' && *p != last;
                last = *p;
            }
        }
        pieces++;
        excepts += rows[i].except_count + 1;
    }
    printf("};\n");
}

static void print_row_pieces(const char *pattern)
{
    unsigned bit = 32;
    unsigned width = 0;
    char last = ' ';

    for (const char *p = pattern;; p++) {
        if (*p == ' ') {
            continue;
        }
        if (*p != last) {
            if (last >= 'a') {
                printf("    {%u, %u, %u},\n", (unsigned)(last - 'a'), bit,
                       width);
            }
            width = 0;
            last = *p;
        }
        if (*p == '\0') {
            break;
        }
        bit--;
        width++;
    }
    printf("    {0, 0, 0},\n");
}

static void print_pieces(void)
{
    printf("const struct aarch64_piece aarch64_pieces[] = {\n");
    for (unsigned i = 0; i < ROWS; i++) {
        print_row_pieces(i == 0 ? "" : rows[i].pattern);
    }
    printf("};\nconst struct aarch64_cube aarch64_exceptions[] = {\n");
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned j = 0; j < rows[i].except_count; j++) {
            printf("    {0x%08x, 0x%08x},\n", rows[i].excepts[j].mask,
                   rows[i].excepts[j].match);
        }
        printf("    {0, 0},\n");
    }
    printf("};\n");
}

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
        fprintf(stderr, "isa/aarch64: too many candidates\n");
        exit(1);
    }
    memcpy(&candidates[candidate_count], list, length * sizeof(*list));
    candidate_count += length;
    return candidate_count - length;
}

static unsigned bucket(unsigned first, unsigned second)
{
    uint16_t list[ROWS + 1];
    unsigned length = 0;
    struct cube cube = {0xffu << 21 | 0x3fu << 10, first << 21 | second << 10};

    for (int over = 1; over >= 0; over--) {
        for (unsigned i = 1; i < ROWS; i++) {
            if (rows[i].over == over && ((rows[i].cube.match ^ cube.match) &
                                         rows[i].cube.mask & cube.mask) == 0) {
                list[length++] = (uint16_t)i;
            }
        }
    }
    list[length++] = 0;
    return place(list, length);
}

static void print_buckets(void)
{
    printf("const uint16_t aarch64_buckets[256][64] = {\n");
    for (unsigned first = 0; first < FIRSTS; first++) {
        printf("    {");
        for (unsigned second = 0; second < SECONDS; second++) {
            printf("%u,%s", bucket(first, second),
                   second == SECONDS - 1 ? "},\n" : " ");
        }
    }
    printf("};\nconst uint16_t aarch64_candidates[] = {\n");
    for (unsigned i = 0; i < candidate_count; i++) {
        printf("    %u,\n", candidates[i]);
    }
    printf("};\n");
}

int main(void)
{
    for (unsigned i = 1; i < ROWS; i++) {
        const char *p = rows[i].except;

        parse(&rows[i]);
        while (*p != '\0') {
            p = parse_exception(&rows[i], p);
        }
    }
    check_overlaps();
    printf(
        "/* Printed by build/generate-aarch64-decoder.c. */\n"
        "#include \"isa/aarch64/decode.h\"\n");
    print_patterns();
    print_pieces();
    print_buckets();
    return 0;
}
