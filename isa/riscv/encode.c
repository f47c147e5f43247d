/* SPDX-License-Identifier: Apache-2.0 */
/* Scatters operands into the fields of a pattern. */
#include "isa/riscv/encode.h"

#include "base/bits.h"

/* The bits of an immediate in the order in which they stand, from bit 31 down,
 * where the pattern says i. */
static uint32_t scatter(enum riscv_format format, uint32_t imm)
{
    switch (format) {
    case RISCV_FORMAT_B:
        return bits(imm, 12, 12) << 11 | bits(imm, 10, 5) << 5 |
               bits(imm, 4, 1) << 1 | bits(imm, 11, 11);
    case RISCV_FORMAT_J:
        return bits(imm, 20, 20) << 19 | bits(imm, 10, 1) << 9 |
               bits(imm, 11, 11) << 8 | bits(imm, 19, 12);
    case RISCV_FORMAT_U:
        return imm >> 12;
    default:
        return imm;
    }
}

static uint32_t field(char letter, enum riscv_format format,
                      const struct riscv_insn *insn)
{
    uint32_t imm = (uint32_t)insn->imm;

    switch (letter) {
    case 'd':
        return insn->rd;
    case 's':
        return insn->rs1;
    case 't':
        return insn->rs2;
    case 'c':
        return insn->csr;
    case 'i':
        return scatter(format, imm);
    case 'p':
        return imm >> 4;
    default: /* h, z, q */
        return imm;
    }
}

uint32_t riscv_encode(enum riscv_row row, const struct riscv_insn *insn)
{
    const struct riscv_row_info *info = &riscv_rows[row];
    uint32_t encoding = 0;
    uint32_t used[128] = {0};
    unsigned bit = 0;

    /* From the end, so that each letter's bits come lowest first. */
    for (size_t i = strlen(info->pattern); i-- > 0;) {
        char letter = info->pattern[i];

        if (letter == ' ') {
            continue;
        }
        if (letter == '1') {
            encoding |= 1u << bit;
        } else if (letter >= 'a' && letter <= 'z') {
            uint32_t value = field(letter, info->format, insn);

            encoding |= (value >> used[(unsigned char)letter]++ & 1) << bit;
        }
        bit++;
    }
    return encoding;
}
