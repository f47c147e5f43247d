/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the decoder's tables from isa/aarch64/instructions.def, or with the
 * argument "lifters" a function for each row that sets its fields and lifts it.
 * Fails, and with it the build, on a malformed pattern or exception, and on two
 * rows that share an encoding, unless one of them is an OVER row.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/encodings.h"
#include "isa/aarch64/decode.h" /* what is printed, for its constants */

enum {
    MAX_BUCKETS = AARCH64_SURELY,
    MAX_SHAPES = 256,
    MAX_INDEX_BITS = 7,
};

#define INSN(row, mnemonic, bits, reserved, syntax, feature, section)          \
    ROW(row, bits, reserved, feature, false)
#define OVER(row, mnemonic, bits, reserved, syntax, feature, section)          \
    ROW(row, bits, reserved, feature, true)

static struct encoding rows[] = {
    {.name = "UNALLOCATED"},
#define ROW(row, bits, reserved, feature, above)                               \
    {.isa = "isa/aarch64",                                                     \
     .name = #row,                                                             \
     .pattern = bits,                                                          \
     .except = reserved,                                                       \
     .width = 32,                                                              \
     .ranks = above},
#include "isa/aarch64/instructions.def"
#undef ROW
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The feature that a row comes with. */
static const char *feature_of(unsigned row)
{
    switch (row) {
#define ROW(row, bits, reserved, feature, above)                               \
    case AARCH64_ROW_##row:                                                    \
        return #feature;
#include "isa/aarch64/instructions.def"
#undef ROW
    default:
        return "BASE";
    }
}

/* ---- Shapes: rows with the same fields at the same places ---------------- */

static struct shape {
    char letters[33]; /* of the 32 bits, the highest first; '.' for no field */
} shapes[MAX_SHAPES];
static unsigned shape_count;

static unsigned shape_of(const struct encoding *row)
{
    struct shape shape = {{0}};
    char *to = shape.letters;
    unsigned i = 0;

    for (const char *p = row->pattern; p != NULL && *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            encoding_fail(row, "a letter names no field");
        }
        if (*p != ' ') {
            *to++ = *p >= 'a' ? *p : '.';
        }
    }
    while (i < shape_count && strcmp(shapes[i].letters, shape.letters) != 0) {
        i++;
    }
    if (i < shape_count) {
        return i;
    }
    if (i < MAX_SHAPES) {
        shapes[i] = shape;
        shape_count++;
        return i;
    }
    encoding_fail(row, "there are too many shapes");
}

/* One letter's field: its runs of bits, the first on top. */
static void print_field(const char *letters, char letter)
{
    unsigned width = 0; /* of the runs after the one at hand */
    unsigned run = 0;

    printf("    field[%u] =", (unsigned)(letter - 'a'));
    for (unsigned bit = 0; bit < 32; bit++) {
        run += letters[31 - bit] == letter;
        if (run == 0 || (bit < 31 && letters[30 - bit] == letter)) {
            continue;
        }
        printf("%s (encoding >> %u & 0x%llx) << %u", width == 0 ? "" : " |",
               bit + 1 - run, (1ull << run) - 1, width);
        width += run;
        run = 0;
    }
    printf(";\n");
}

static void print_fields(const struct shape *shape)
{
    for (const char *p = "abcdefghijklmnopqrstuvwxyz"; *p != '\0'; p++) {
        if (strchr(shape->letters, *p) != NULL) {
            print_field(shape->letters, *p);
        }
    }
}

static void print_shapes(void)
{
    printf(
        "void aarch64_extract(unsigned shape, uint32_t encoding,\n"
        "                     uint32_t *field)\n"
        "{\n    switch (shape) {\n");
    for (unsigned i = 0; i < shape_count; i++) {
        printf("    case %u:\n", i);
        print_fields(&shapes[i]);
        printf("        break;\n");
    }
    printf("    default:\n        break;\n    }\n}\n");
}

static void print_patterns(void)
{
    unsigned excepts = 0;

    printf("const struct aarch64_pattern aarch64_patterns[] = {\n");
    for (unsigned i = 0; i < ROWS; i++) {
        printf("    {0x%08x, 0x%08x, %u},\n", rows[i].cube.mask,
               rows[i].cube.match, excepts);
        excepts += rows[i].except_count + 1;
    }
    printf("};\nconst struct aarch64_kind aarch64_kinds[] = {\n");
    for (unsigned i = 0; i < ROWS; i++) {
        printf("    {%u, AARCH64_FEATURE_%s},\n", shape_of(&rows[i]),
               feature_of(i));
    }
    printf("};\nconst struct aarch64_cube aarch64_exceptions[] = {\n");
    encodings_print_exceptions(rows, ROWS);
    printf("};\n");
}

/* ---- Candidates ---------------------------------------------------------- */

static struct candidates candidates;

/* True if all of a cube is one row's: nothing is left to compare. */
static bool is_all_of(const struct encoding *row, struct cube cube)
{
    for (unsigned i = 0; i < row->except_count; i++) {
        if (cubes_meet(row->excepts[i], cube)) {
            return false;
        }
    }
    return (row->cube.mask & ~cube.mask) == 0;
}

/* The rows that encodings of a cube may belong to, 0 behind them. */
static unsigned list_rows(struct cube cube, const uint16_t *among,
                          uint16_t list[ROWS + 1])
{
    unsigned length = 0;

    for (; *among != 0; among++) {
        if (cubes_meet(rows[*among].cube, cube)) {
            list[length++] = *among;
        }
    }
    list[length++] = 0;
    return length;
}

/* All rows, those first that come before others; 0 behind them. */
static const uint16_t *all_rows(void)
{
    static uint16_t all[ROWS];
    unsigned length = 0;

    for (int over = 1; over >= 0; over--) {
        for (unsigned i = 1; i < ROWS; i++) {
            if (rows[i].ranks == over) {
                all[length++] = (uint16_t)i;
            }
        }
    }
    return all;
}

/* True if a bucket needs no candidates. */
static bool is_sure(const uint16_t *list, struct cube cube)
{
    return list[0] != 0 && list[1] == 0 && is_all_of(&rows[list[0]], cube);
}

static struct cube bucket(unsigned group, unsigned shift, unsigned bits,
                          unsigned index)
{
    uint32_t top = (uint32_t)(AARCH64_GROUPS - 1) << AARCH64_GROUP_SHIFT;
    uint32_t mask = ((1u << bits) - 1) << shift;

    return (struct cube){top | mask,
                         group << AARCH64_GROUP_SHIFT | index << shift};
}

/* The cost of decoding a group's encodings when these bits
 * choose among its buckets, in comparisons / 128: each row counts as much as
 * any other, however many encodings it has. */
static unsigned cost(unsigned group, const uint16_t *among, unsigned shift,
                     unsigned bits)
{
    uint16_t list[ROWS + 1];
    unsigned compared[ROWS] = {0}; /* by row, in all buckets it is met in */
    unsigned met[ROWS] = {0};
    unsigned sum = 0;

    for (unsigned i = 0; i < 1u << bits; i++) {
        struct cube cube = bucket(group, shift, bits, i);
        unsigned length = list_rows(cube, among, list);
        bool sure = is_sure(list, cube);

        for (unsigned j = 0; j < length - 1; j++) {
            compared[list[j]] += sure ? 0 : j + 1;
            met[list[j]]++;
        }
    }
    for (; *among != 0; among++) {
        sum += (compared[*among] << MAX_INDEX_BITS) / met[*among];
    }
    return sum;
}

static uint16_t buckets[MAX_BUCKETS];
static unsigned bucket_count;

/* Appends a group's buckets, or tells the only one; equal ones of another group
 * serve both. */
static unsigned place_buckets(unsigned group, const uint16_t *among,
                              unsigned shift, unsigned bits)
{
    uint16_t list[ROWS + 1];
    uint16_t wanted[1 << MAX_INDEX_BITS];
    unsigned count = 1u << bits;

    for (unsigned i = 0; i < count; i++) {
        struct cube cube = bucket(group, shift, bits, i);
        unsigned length = list_rows(cube, among, list);

        wanted[i] = is_sure(list, cube)
                        ? list[0] | AARCH64_SURELY
                        : (uint16_t)candidates_place(&candidates, list, length);
    }
    if (count == 1 && (wanted[0] & AARCH64_SURELY) != 0) {
        return wanted[0];
    }
    for (unsigned at = 0; at + count <= bucket_count; at++) {
        if (memcmp(&buckets[at], wanted, count * sizeof(*wanted)) == 0) {
            return at;
        }
    }
    if (bucket_count + count > MAX_BUCKETS) {
        fprintf(stderr, "isa/aarch64: too many buckets\n");
        exit(1);
    }
    memcpy(&buckets[bucket_count], wanted, count * sizeof(*wanted));
    bucket_count += count;
    return bucket_count - count;
}

static void print_group(unsigned group, const uint16_t *all)
{
    uint16_t among[ROWS + 1];
    unsigned best_shift = 0;
    unsigned best_bits = 0;

    list_rows(bucket(group, 0, 0, 0), all, among);
    unsigned best = cost(group, among, 0, 0);
    for (unsigned bits = 1; bits <= MAX_INDEX_BITS && best != 0; bits++) {
        for (unsigned shift = 0; shift + bits <= AARCH64_GROUP_SHIFT; shift++) {
            unsigned found = cost(group, among, shift, bits);

            if (found < best) {
                best = found;
                best_shift = shift;
                best_bits = bits;
            }
        }
    }
    printf("    {%u, %u, %u},\n",
           place_buckets(group, among, best_shift, best_bits), best_shift,
           (1u << best_bits) - 1);
}

static void print_candidates(void)
{
    const uint16_t *all = all_rows();

    printf("const struct aarch64_group aarch64_groups[] = {\n");
    for (unsigned group = 0; group < AARCH64_GROUPS; group++) {
        print_group(group, all);
    }
    printf("};\nconst uint16_t aarch64_buckets[] = {\n");
    for (unsigned i = 0; i < bucket_count; i++) {
        printf("    0x%x,\n", buckets[i]);
    }
    printf("};\nconst uint16_t aarch64_candidates[] = {\n");
    candidates_print(&candidates);
    printf("};\n");
}

static void print_decoder(void)
{
    printf("#include \"isa/aarch64/decode.h\"\n");
    print_patterns();
    print_shapes();
    print_candidates();
}

static void print_lifters(void)
{
    printf("#include \"engine/lift/aarch64.h\"\n");
    for (unsigned i = 1; i < ROWS; i++) {
        printf(
            "static void lift_%s(struct aarch64_lift *lift)\n{\n"
            "    const uint32_t encoding = lift->insn->encoding;\n"
            "    uint32_t *field = lift->insn->field;\n\n"
            "    (void)encoding;\n    (void)field;\n",
            rows[i].name);
        print_fields(&shapes[shape_of(&rows[i])]);
        printf("    aarch64_lift_%s(lift);\n}\n", rows[i].name);
    }
    printf(
        "aarch64_lifter *const aarch64_lifters[AARCH64_ROWS] = {\n"
        "    aarch64_lift_undefined,\n");
    for (unsigned i = 1; i < ROWS; i++) {
        printf("    lift_%s,\n", rows[i].name);
    }
    printf("};\n");
}

int main(int argc, char **argv)
{
    encodings_read(rows, ROWS);
    printf("/* Printed by build/generate-aarch64-decoder.c. */\n");
    if (argc == 2 && strcmp(argv[1], "lifters") == 0) {
        print_lifters();
    } else {
        print_decoder();
    }
    return 0;
}
