/* SPDX-License-Identifier: Apache-2.0 */
#include "isa/riscv/disassemble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isa/riscv/csr.h"
#include "tests/harness.h"

enum { SHORT_STEP = 7, LONG_COUNT = 20000 };

TEST(registers_have_abi_names)
{
    EXPECT_STR(riscv_register_name(0), "zero");
    EXPECT_STR(riscv_register_name(31), "t6");
}

TEST(what_is_no_instruction_is_shown_as_data)
{
    struct riscv_insn insn;
    OWNED(buffer_fini) struct buffer out = {0};

    riscv_decode(0xffffffff, &insn);
    riscv_disassemble(&insn, gva(0), &out);
    EXPECT_STR(buffer_text(&out), ".4byte 0xffffffff");
    buffer_clear(&out);
    riscv_decode(0, &insn);
    riscv_disassemble(&insn, gva(0), &out);
    EXPECT_STR(buffer_text(&out), ".2byte 0x0000");
}

TEST(csr_rows_are_sorted_and_found)
{
    for (unsigned row = 0; row < RISCV_CSRS; row++) {
        EXPECT_EQ(riscv_csr_find(riscv_csrs[row].number), row);
    }
    EXPECT_EQ(riscv_csr_find(0x7ff + 1), -1);
}

/* Encodings to compare. Left out is what llvm-mc 14 spells differently: CSRs by
 * name, fences, of which it knows more kinds, and hints. */
static bool comparable(const struct riscv_insn *insn)
{
    switch (insn->row) {
    case RISCV_C_NOP:
        return insn->encoding == 1;
    case RISCV_C_ADDI:
    case RISCV_C_SLLI:
    case RISCV_C_SRLI:
    case RISCV_C_SRAI:
        if (insn->imm == 0) {
            return false;
        }
        break;
    case RISCV_C_LUI:
        if (insn->rd == 0) {
            return false;
        }
        break;
    default:
        break;
    }
    switch (insn->base) {
    case RISCV_FENCE:
    case RISCV_FENCE_I:
    case RISCV_CSRRW:
    case RISCV_CSRRS:
    case RISCV_CSRRC:
    case RISCV_CSRRWI:
    case RISCV_CSRRSI:
    case RISCV_CSRRCI:
        return false;
    default:
        return insn->row != RISCV_ILLEGAL;
    }
}

/* llvm-mc gives jumps as offsets, so pc is 0; hexadecimal is made decimal by
 * reading our own line as it does its. */
static void print(const struct riscv_insn *insn, struct buffer *out)
{
    OWNED(buffer_fini) struct buffer text = {0};
    char *hex;

    riscv_disassemble(insn, gva(0), &text);
    hex = strstr((char *)text.bytes, "0x");
    if (hex != NULL) {
        buffer_append(out, text.bytes, (size_t)(hex - (char *)text.bytes));
        buffer_print(out, "%d\n", (int32_t)strtoul(hex, NULL, 16));
    } else {
        buffer_print(out, "%s\n", buffer_text(&text));
    }
}

static void add(const struct riscv_insn *insn, FILE *input,
                struct buffer *expected)
{
    if (!comparable(insn)) {
        return;
    }
    for (unsigned i = 0; i < insn->length; i++) {
        fprintf(input, "0x%02x ", insn->encoding >> i * 8 & 0xff);
    }
    fprintf(input, "\n");
    print(insn, expected);
}

static void write_inputs(FILE *input, struct buffer *expected)
{
    uint32_t x = 1;
    struct riscv_insn insn;

    for (uint32_t e = 0; e < 0x10000; e += SHORT_STEP) {
        if ((e & 3) != 3) {
            riscv_decode(e, &insn);
            add(&insn, input, expected);
        }
    }
    for (unsigned i = 0; i < LONG_COUNT; i++) {
        x = x * 1664525 + 1013904223;
        uint32_t row = 1 + (x >> 8) % (RISCV_ROWS - 1);
        const struct riscv_pattern *p = riscv_patterns;

        for (; p < &riscv_patterns[riscv_bucket_starts[RISCV_BUCKETS]]; p++) {
            if (p->row == row) {
                x = x * 1664525 + 1013904223;
                riscv_decode(((x ^ x >> 13) & ~p->mask) | p->match, &insn);
                add(&insn, input, expected);
                break;
            }
        }
    }
}

static void compare(const char *path, const struct buffer *expected)
{
    char command[512];
    char line[256];
    const char *wanted = buffer_text(expected);
    unsigned differences = 0;

    snprintf(command, sizeof(command),
             "llvm-mc -disassemble -triple=riscv32 -riscv-no-aliases "
             "-mattr=+m,+c,+zba,+zbb,+zbs,+zbc <%s 2>/dev/null | "
             "sed '/^[ \\t]*\\./d; s/^[ \\t]*//; s/\\t/ /; s/ *$//'",
             path);
    FILE *pipe = popen(command, "r");
    REQUIRE(pipe != NULL);
    while (fgets(line, sizeof(line), pipe) != NULL) {
        size_t length = strcspn(wanted, "\n");

        if (strncmp(line, wanted, length + 1) != 0 && differences++ < 10) {
            fprintf(stderr, "llvm-mc: %sours:    %.*s\n", line, (int)length,
                    wanted);
        }
        wanted += length + (wanted[length] == '\n');
    }
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_EQ(differences, 0);
    EXPECT_STR(wanted, "");
}

TEST(the_syntax_is_that_of_llvm_mc)
{
    char path[] = "/tmp/cairn-disassemble-XXXXXX";
    OWNED(buffer_fini) struct buffer expected = {0};

    if (system("command -v llvm-mc >/dev/null 2>&1") != 0) {
        SKIP("llvm-mc is not installed");
    }
    FILE *input = fdopen(mkstemp(path), "w");
    REQUIRE(input != NULL);
    write_inputs(input, &expected);
    fclose(input);
    compare(path, &expected);
    unlink(path);
}
