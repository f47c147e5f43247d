/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of the tests of each A64 row: docs/conformance-a64-rows.md, made
 * here from the tables and from what the makers of random programs make. A row
 * without a test fails.
 *
 * CAIRN_A64_ROWS=FILE writes the page there.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/engine/a64_random.h"
#include "tests/engine/a64_system.h"
#include "tests/harness.h"

enum { SEEDS = 8 }; /* of system images: as many as a plain run compares */

static const char page[] = "docs/conformance-a64-rows.md";

static const struct {
    const char *names, *test;
} single[] = {
#define ROWS(names, test) {names, test},
#include "tests/engine/a64_rows.def"
#undef ROWS
};

/* Rows of engine/lift/simd_differential_test.c. */
static const enum aarch64_row registers[] = {
#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    AARCH64_ROW_##row,
#define OVER INSN
#include "isa/aarch64/crypto.def"
#include "isa/aarch64/fp.def"
#include "isa/aarch64/simd.def"
#include "isa/aarch64/simd_scalar.def"
#undef OVER
#undef INSN
};

/* No core has them. */
static bool is_nowhere(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_SHA512 ||
           feature == AARCH64_FEATURE_SHA3 || feature == AARCH64_FEATURE_SM3 ||
           feature == AARCH64_FEATURE_SM4 || feature == AARCH64_FEATURE_SB;
}

/* True for what the Cortex-A35 of the system programs has. */
static bool is_plain(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_BASE || feature == AARCH64_FEATURE_FP ||
           feature == AARCH64_FEATURE_SIMD;
}

static bool is_by_register(enum aarch64_row row)
{
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i] == row) {
            return !is_nowhere(aarch64_kinds[row].feature);
        }
    }
    return false;
}

static const char *single_test(enum aarch64_row row)
{
    for (size_t i = 0; i < ARRAY_SIZE(single); i++) {
        if (fnmatch(single[i].names, aarch64_rows[row].name, 0) == 0) {
            return single[i].test;
        }
    }
    return NULL;
}

static void count_system(uint32_t runs[AARCH64_ROWS])
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct system_image *image = system_image_create(seed, UINT32_MAX);

        for (unsigned row = 0; row < AARCH64_ROWS; row++) {
            runs[row] += image->runs[row];
        }
        system_image_destroy(image);
    }
}

static const char introduction[] =
    "# A64: what each row of the tables is tested with\n"
    "\n"
    "Made by `tests/engine/a64_rows_test.c`, which fails if a row has no test; "
    "see\n"
    "there how to make it anew. Rows of one extension that are tested alike "
    "stand\n"
    "together, by\n"
    "\n"
    "- *user*: random user-level programs against qemu-aarch64, on the\n"
    "  Cortex-A35 or the Neoverse N1 (`tests/engine/a64_differential_test.c`, "
    "which\n"
    "  fails if it did not execute one of them);\n"
    "- *system*: random system programs against qemu-system-aarch64\n"
    "  (`tests/engine/a64_system_test.c`); *without* where the core there does "
    "not\n"
    "  have the extension: undefined, or a hint that does nothing;\n"
    "- *register*: each row by itself with special values against "
    "qemu-aarch64\n"
    "  (`engine/lift/simd_differential_test.c`);\n"
    "- a test by hand, of what no random program of a core that has the row\n"
    "  holds. *no core* is an extension that no core has: its rows are "
    "undefined,\n"
    "  and tried as such.\n"
    "\n"
    "All rows are also held to llvm-mc by the disassembler's test.\n"
    "\n";

/* Rows of one extension that are tested alike. */
struct group {
    char tests[200];
    struct buffer rows;
    unsigned column;
};

static void join(struct buffer *out, bool is, const char *text)
{
    if (is) {
        buffer_print(out, "%s%s", out->size == 0 ? "" : ", ", text);
    }
}

/* The tests of a row; false if nothing tests it as what it is. */
static bool describe(enum aarch64_row row, const uint32_t *system_runs,
                     struct buffer *out)
{
    enum aarch64_feature feature =
        (enum aarch64_feature)aarch64_kinds[row].feature;
    bool user = a64_row_is_random(row, A64_GENERAL) ||
                a64_row_is_random(row, A64_VECTORS) ||
                a64_row_is_random(row, A64_NEOVERSE_N1);
    bool met = system_runs[row] != 0;
    bool by_register = is_by_register(row);
    const char *test = single_test(row);

    join(out, user, "user");
    join(out, met, is_plain(feature) ? "system" : "without");
    join(out, by_register, "register");
    join(out, is_nowhere(feature), "no core");
    if (!is_nowhere(feature) && test != NULL && !user) {
        buffer_print(out, "%s`%s`", out->size == 0 ? "" : ", ", test);
    }
    return user || by_register || test != NULL ||
           (met && (is_plain(feature) || is_nowhere(feature)));
}

static struct group groups[64];

static void add(enum aarch64_row row, const char *tests)
{
    const char *name = aarch64_rows[row].name;
    const unsigned length = (unsigned)strlen(name) + 2;
    struct group *group = groups;
    char key[sizeof(group->tests)];

    snprintf(key, sizeof(key), "%s: %s",
             aarch64_feature_names[aarch64_kinds[row].feature], tests);
    while (group->tests[0] != 0 && strcmp(group->tests, key) != 0) {
        group++;
        REQUIRE(group < groups + ARRAY_SIZE(groups));
    }
    memcpy(group->tests, key, sizeof(key));
    if (group->rows.size == 0 || group->column + length > 80) {
        buffer_print(&group->rows, "%s\n  %s", group->rows.size == 0 ? "" : ",",
                     name);
        group->column = length;
    } else {
        buffer_print(&group->rows, ", %s", name);
        group->column += length;
    }
}

TEST(every_row_has_a_test_and_the_page_says_which)
{
    static uint32_t system_runs[AARCH64_ROWS];
    struct buffer text = {0};
    struct buffer present = {0};
    const char *target = getenv("CAIRN_A64_ROWS");

    count_system(system_runs);
    buffer_print(&text, "%s", introduction);
    for (unsigned row = 1; row < AARCH64_ROWS; row++) {
        OWNED(buffer_fini) struct buffer tests = {0};

        test_case("%s", aarch64_rows[row].name);
        EXPECT(describe((enum aarch64_row)row, system_runs, &tests));
        add((enum aarch64_row)row, buffer_text(&tests));
    }
    for (struct group *group = groups; group->tests[0] != 0; group++) {
        buffer_print(&text, "- **%s**%s\n", group->tests,
                     buffer_text(&group->rows));
        buffer_fini(&group->rows);
    }
    buffer_print(&text, "\n%u rows.\n", (unsigned)AARCH64_ROWS - 1);
    if (target != NULL) {
        EXPECT_EQ(file_write(target, text.bytes, text.size, NULL), 0);
        buffer_fini(&text);
        return;
    }
    test_case("%s", page);
    REQUIRE(file_read(page, 1 << 20, &present, NULL) == 0);
    EXPECT(strcmp(buffer_text(&present), buffer_text(&text)) == 0);
    buffer_fini(&present);
    buffer_fini(&text);
}
