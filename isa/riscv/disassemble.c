/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a row's operands in the order of its syntax. */
#include "isa/riscv/disassemble.h"

#include "base/bits.h"
#include "isa/riscv/csr.h"

static const char *const syntaxes[] = {
#define FORMAT(format, letters, syntax) [RISCV_FORMAT_##format] = syntax,
#include "isa/riscv/formats.def"
#undef FORMAT
};

const char *riscv_register_name(unsigned number)
{
    static const char names[32][5] = {
        "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
        "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
        "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

    return names[number & 31];
}

static bool is_relative(const struct riscv_insn *insn)
{
    switch (insn->base) {
    case RISCV_JAL:
    case RISCV_BEQ:
    case RISCV_BNE:
    case RISCV_BLT:
    case RISCV_BGE:
    case RISCV_BLTU:
    case RISCV_BGEU:
        return true;
    default:
        return false;
    }
}

static void print_fence_set(unsigned set, struct buffer *out)
{
    for (unsigned bit = 0; bit < 4; bit++) {
        if (set >> (3 - bit) & 1) {
            buffer_append(out, &"iorw"[bit], 1);
        }
    }
    buffer_print(out, "%s", set == 0 ? "0" : "");
}

static void print_csr(unsigned number, struct buffer *out)
{
    int row = riscv_csr_find(number);

    if (row < 0) {
        buffer_print(out, "%u", number);
    } else {
        buffer_print(out, "%s", riscv_csrs[row].name);
    }
}

static void print_immediate(const struct riscv_insn *insn, struct gva pc,
                            struct buffer *out)
{
    if (is_relative(insn)) {
        buffer_print(out, "0x%x", (uint32_t)pc.value + (uint32_t)insn->imm);
    } else {
        buffer_print(out, "%d", insn->imm);
    }
}

static void print_operand(char letter, const struct riscv_insn *insn,
                          struct gva pc, struct buffer *out)
{
    switch (letter) {
    case 'd':
        buffer_print(out, "%s", riscv_register_name(insn->rd));
        break;
    case 's':
        buffer_print(out, "%s", riscv_register_name(insn->rs1));
        break;
    case 't':
        buffer_print(out, "%s", riscv_register_name(insn->rs2));
        break;
    case 'm':
        buffer_print(out, "%d(%s)", insn->imm, riscv_register_name(insn->rs1));
        break;
    case 'x':
        buffer_print(out, "%u", (uint32_t)insn->imm >> 12);
        break;
    case 'c':
        print_csr(insn->csr, out);
        break;
    case 'p':
        print_fence_set((uint32_t)insn->imm >> 4 & 15, out);
        break;
    case 'q':
        print_fence_set((uint32_t)insn->imm & 15, out);
        break;
    case 'z':
        buffer_print(out, "%d", insn->imm);
        break;
    case 'i':
        print_immediate(insn, pc, out);
        break;
    default:
        buffer_append(out, &letter, 1);
        break;
    }
}

void riscv_disassemble(const struct riscv_insn *insn, struct gva pc,
                       struct buffer *out)
{
    const struct riscv_row_info *row = &riscv_rows[insn->row];
    const char *syntax = syntaxes[row->format];

    if (insn->row == RISCV_ILLEGAL) {
        buffer_print(out, insn->length == 2 ? ".2byte 0x%04x" : ".4byte 0x%08x",
                     insn->encoding);
        return;
    }
    buffer_print(out, "%s%s", row->mnemonic, *syntax != '\0' ? " " : "");
    while (*syntax != '\0') {
        print_operand(*syntax++, insn, pc, out);
    }
    buffer_print(out, "%s", "");
}
