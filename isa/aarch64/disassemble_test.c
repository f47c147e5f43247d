/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder and the disassembler against llvm-mc: what it takes for an
 * instruction is one here and the other way round, and what it assembles from
 * our text is the encoding that the text came from.
 */
#include "isa/aarch64/disassemble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isa/aarch64/pattern.h"
#include "tests/harness.h"

enum { TURNS = 12 };

#define ATTRIBUTES                                                             \
    "-triple=aarch64 -mattr=+v8.2a,+crc,+lse,+rdm,+fullfp16,+dotprod,+rcpc,"   \
    "+pauth,+jsconv,+sb,+sha2,+sha3,+sm4,+aes,+lor,+ras,+neon"

static bool have_llvm(void)
{
    return system("command -v llvm-mc >/dev/null 2>&1") == 0;
}

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 32;
}

/* Random fields for a row, bits that should be 1 set. */
static uint32_t encoding_of(unsigned row, uint64_t *state)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];
    uint32_t word = (uint32_t)next(state);

    return (word & ~pattern->mask) | pattern->match |
           aarch64_pattern_bits((enum aarch64_row)row, '-');
}

/* False for words that llvm-mc 14 does not check or spells so that it cannot be
 * compared: system registers and instructions, and loads whose results it finds
 * unpredictable. */
static bool comparable(uint32_t word)
{
    return (word & 0xffc00000) != 0xd5000000;
}

/* Reads the line numbers that llvm-mc calls invalid. */
static void read_refusals(const char *path, const char *why, bool *refused,
                          size_t count)
{
    char command[512];
    char line[512];

    snprintf(command, sizeof(command),
             "llvm-mc -disassemble " ATTRIBUTES " %s 2>&1 >/dev/null", path);
    FILE *pipe = popen(command, "r");
    REQUIRE(pipe != NULL);
    while (fgets(line, sizeof(line), pipe) != NULL) {
        char *number = strchr(line, ':');

        if (number != NULL && strstr(line, why) != NULL) {
            size_t at = strtoul(number + 1, NULL, 10);

            if (at > 0 && at <= count) {
                refused[at - 1] = true;
            }
        }
    }
    pclose(pipe);
}

/* Every row, with random fields and now and then a wrong bit. */
TEST(what_llvm_mc_takes_for_an_instruction_is_one)
{
    enum { COUNT = AARCH64_ROWS * TURNS };
    char path[] = "/tmp/cairn-a64-XXXXXX";
    static uint32_t words[COUNT];
    static bool refused[COUNT];
    uint64_t state = 1;
    size_t count = 0;

    if (!have_llvm()) {
        SKIP("llvm-mc is not installed");
    }
    FILE *input = fdopen(mkstemp(path), "w");
    REQUIRE(input != NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        uint32_t word = encoding_of(1 + i % (AARCH64_ROWS - 1), &state);
        struct aarch64_insn insn;

        if (i % 3 == 2 && aarch64_decode(word, &insn) &&
            strchr(aarch64_rows[insn.row].pattern, '-') == NULL) {
            word ^= 1u << (next(&state) & 31);
        }
        if (comparable(word)) {
            words[count++] = word;
            fprintf(input, "0x%02x 0x%02x 0x%02x 0x%02x\n", word & 0xff,
                    word >> 8 & 0xff, word >> 16 & 0xff, word >> 24);
        }
    }
    fclose(input);
    read_refusals(path, "invalid instruction encoding", refused, count);
    for (size_t i = 0; i < count; i++) {
        struct aarch64_insn insn;

        test_case("0x%08x", words[i]);
        EXPECT_EQ(aarch64_decode(words[i], &insn), !refused[i]);
    }
    unlink(path);
}

/* "0x41,0x00,0x03,0x9a]" as a word. */
static uint32_t bytes_of(const char *text)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < 4; i++) {
        char *end;
        word |= (uint32_t)strtoul(text, &end, 16) << 8 * i;
        text = *end == ',' ? end + 1 : end;
    }
    return word;
}

/* The encodings that llvm-mc makes from a file of text, in order. */
static size_t assemble(const char *path, uint32_t *words, size_t capacity)
{
    char command[512];
    char line[512];
    size_t count = 0;

    snprintf(command, sizeof(command),
             "llvm-mc -show-encoding " ATTRIBUTES " %s 2>&1", path);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) {
        return 0;
    }
    while (fgets(line, sizeof(line), pipe) != NULL) {
        char *encoding = strstr(line, "encoding: [");

        if (strstr(line, "error:") != NULL) {
            fprintf(stderr, "%s", line);
        } else if (encoding != NULL && count < capacity) {
            words[count++] = bytes_of(encoding + strlen("encoding: ["));
        }
    }
    pclose(pipe);
    return count;
}

/* Unpredictable choices of registers, which an assembler refuses: write-back
 * to a register of the transfer, pairs into one register, a status register
 * that is also used. */
static bool predictable(const struct aarch64_insn *insn)
{
    const char *name = aarch64_rows[insn->row].name;
    const char *pattern = aarch64_rows[insn->row].pattern;
    bool general = (insn->encoding >> 26 & 1) == 0;
    bool pair = strchr(pattern, 'u') != NULL;
    bool load = name[0] == 'L';
    bool write_back =
        strstr(name, "_POST") != NULL || strstr(name, "_PRE") != NULL;

    if ((insn->encoding & 0x0a000000) != 0x08000000) {
        return true;
    }
    if (pair && load && insn->t == insn->u) {
        return false;
    }
    if (strncmp(name, "ST", 2) == 0 && strchr(pattern, 's') != NULL &&
        (insn->s == insn->t || insn->s == insn->n ||
         (pair && insn->s == insn->u))) {
        return false;
    }
    return !(general && write_back && insn->n != 31 &&
             (insn->t == insn->n || (pair && insn->u == insn->n)));
}

static bool is_bit_mask(enum aarch64_row row)
{
    return row == AARCH64_ROW_AND_IMM || row == AARCH64_ROW_ORR_IMM ||
           row == AARCH64_ROW_EOR_IMM || row == AARCH64_ROW_ANDS_IMM;
}

/* Rows with bits that do not matter: the rotation of a short element in a
 * bit mask, the unused bits of a copy's indices. */
static uint32_t significant(uint32_t word)
{
    struct aarch64_insn insn;

    aarch64_decode(word, &insn);
    if (is_bit_mask(insn.row)) {
        return word & ~(0x3fu << 16);
    }
    switch (insn.row) {
    case AARCH64_ROW_DUP_GENERAL:
        return word & ~((insn.i & (insn.i - 1)) << 16);
    case AARCH64_ROW_INS_ELEMENT:
        return word & ~(((insn.i & -insn.i) - 1) << 11);
    default:
        return word;
    }
}

TEST(what_is_disassembled_assembles_to_the_same)
{
    enum { COUNT = AARCH64_ROWS * TURNS };
    char path[] = "/tmp/cairn-a64-XXXXXX";
    static uint32_t words[COUNT];
    static uint32_t back[COUNT];
    uint64_t state = 7;
    size_t count = 0;
    OWNED(buffer_fini) struct buffer text = {0};

    if (!have_llvm()) {
        SKIP("llvm-mc is not installed");
    }
    FILE *input = fdopen(mkstemp(path), "w");
    REQUIRE(input != NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        uint32_t word = encoding_of(1 + i % (AARCH64_ROWS - 1), &state);
        struct aarch64_insn insn;

        if (!comparable(word) || !aarch64_decode(word, &insn) ||
            !predictable(&insn)) {
            continue;
        }
        buffer_clear(&text);
        aarch64_disassemble(&insn, gva(0), &text);
        fprintf(input, "%s\n", buffer_text(&text));
        words[count++] = word;
    }
    fclose(input);
    size_t assembled = assemble(path, back, COUNT);
    EXPECT_EQ(assembled, count);
    for (size_t i = 0; i < count && assembled == count; i++) {
        test_case("0x%08x", words[i]);
        struct aarch64_insn insn;
        struct aarch64_insn again;
        aarch64_decode(words[i], &insn);
        aarch64_decode(back[i], &again);
        EXPECT_EQ(significant(back[i]), significant(words[i]));
        if (is_bit_mask(insn.row)) {
            EXPECT_EQ(aarch64_bit_mask(&again), aarch64_bit_mask(&insn));
        }
    }
    unlink(path);
}

TEST(what_is_no_instruction_is_shown_as_data)
{
    struct aarch64_insn insn;
    OWNED(buffer_fini) struct buffer text = {0};

    EXPECT(!aarch64_decode(0, &insn));
    aarch64_disassemble(&insn, gva(0), &text);
    EXPECT_STR(buffer_text(&text), ".4byte 0x00000000");
}

TEST(system_registers_and_instructions_have_numbers)
{
    static const struct {
        uint32_t encoding;
        const char *text;
    } cases[] = {
        {0xd5384240, "mrs x0, S3_0_C4_C2_2"  },
        {0xd51b4201, "msr S3_3_C4_C2_0, x1"  },
        {0xd50342df, "msr DAIFSet, #2"       },
        {0xd50b7520, "sys #3, c7, c5, #1, x0"},
        {0xd503201f, "nop"                   },
        {0xd5033fdf, "isb #15"               },
    };
    struct aarch64_insn insn;
    OWNED(buffer_fini) struct buffer text = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buffer_clear(&text);
        EXPECT(aarch64_decode(cases[i].encoding, &insn));
        aarch64_disassemble(&insn, gva(0), &text);
        EXPECT_STR(buffer_text(&text), cases[i].text);
    }
}

/* ---- The tables behind the decoder --------------------------------------- */

static bool is_of(unsigned row, uint32_t word)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];
    const struct aarch64_cube *except = &aarch64_exceptions[pattern->except];
    bool is = (word & pattern->mask) == pattern->match;

    for (; except->mask != 0; except++) {
        is = is && (word & except->mask) != except->match;
    }
    return is;
}

/* By looking at every row; OVER rows come before what they lie in. */
static enum aarch64_row search(uint32_t word)
{
    static const bool over[] = {
        false,
#define INSN(...) false,
#define OVER(...) true,
#include "isa/aarch64/instructions.def"
#undef OVER
#undef INSN
    };
    enum aarch64_row found = AARCH64_UNALLOCATED;

    for (unsigned row = 1; row < AARCH64_ROWS; row++) {
        if (is_of(row, word) && (found == AARCH64_UNALLOCATED || over[row])) {
            found = (enum aarch64_row)row;
        }
    }
    return found;
}

/* Also where one bit is wrong, and anywhere. */
TEST(the_tables_find_what_a_search_of_all_rows_finds)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    uint64_t state = 7;

    for (unsigned i = 12; i < AARCH64_ROWS * 12; i++) {
        uint32_t word = encoding_of(i / 12, &state);
        struct aarch64_insn insn;

        word = i % 3 == 0 ? word ^ 1u << next(&state) % 32 : word;
        word = i % 12 == 1 ? (uint32_t)next(&state) : word;
        enum aarch64_row row = search(word);
        test_case("%08x, row %s", word, aarch64_rows[row].name);
        EXPECT_EQ(aarch64_decode(word, &insn), row != AARCH64_UNALLOCATED);
        REQUIRE(insn.row == row);
        EXPECT_EQ(insn.encoding, word);
        for (unsigned j = 0; j < 26; j++) {
            EXPECT_EQ(insn.field[j],
                      row == AARCH64_UNALLOCATED
                          ? 0
                          : aarch64_pattern_get(word, row, letters[j]));
        }
    }
}

TEST(half_precision_forms_belong_to_fp16)
{
    static const struct {
        uint32_t encoding;
        enum aarch64_feature feature;
    } cases[] = {
        {0x1e212800, AARCH64_FEATURE_FP  }, /* fadd s0, s0, s1 */
        {0x1ee12800, AARCH64_FEATURE_FP16}, /* fadd h0, h0, h1 */
        {0x1ee24000, AARCH64_FEATURE_FP  }, /* fcvt s0, h0 */
        {0x5f1bfc6c, AARCH64_FEATURE_FP16}, /* fcvtzs h12, h3, #5 */
        {0x5f3bfc6c, AARCH64_FEATURE_SIMD}, /* fcvtzs s12, s3, #5 */
        {0x8b010000, AARCH64_FEATURE_BASE}, /* add x0, x0, x1 */
    };
    struct aarch64_insn insn;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("0x%08x", cases[i].encoding);
        EXPECT(aarch64_decode(cases[i].encoding, &insn));
        EXPECT_EQ(aarch64_feature_of(&insn), cases[i].feature);
    }
}
