/* SPDX-License-Identifier: Apache-2.0 */
/* Takes operands out of 32-bit and compressed encodings. */
#include "isa/riscv/decode.h"

#include "base/bits.h"

#define INSN(row, mnemonic, pattern, format, section)                          \
    [RISCV_##row] = {mnemonic,    pattern, "", RISCV_FORMAT_##format,          \
                     RISCV_##row, section},
#define CINSN(row, mnemonic, pattern, except, format, base, section)           \
    [RISCV_##row] = {mnemonic,     pattern, except, RISCV_FORMAT_##format,     \
                     RISCV_##base, section},
const struct riscv_row_info riscv_rows[RISCV_ROWS] = {
#include "isa/riscv/instructions.def"
    [RISCV_ILLEGAL] = {"illegal", "", "", RISCV_FORMAT_NONE, RISCV_ILLEGAL, ""},
};
#undef INSN
#undef CINSN

/* Bits high..low of an encoding, moved to start at bit `to`. */
static uint32_t move(uint32_t e, unsigned high, unsigned low, unsigned to)
{
    return bits(e, high, low) << to;
}

static int32_t sign_extend(uint32_t value, unsigned width)
{
    return (int32_t)(value << (32 - width)) >> (32 - width);
}

static void base_operands(struct riscv_insn *insn, enum riscv_format format)
{
    uint32_t e = insn->encoding;

    insn->rd = (uint8_t)bits(e, 11, 7);
    insn->rs1 = (uint8_t)bits(e, 19, 15);
    insn->rs2 = (uint8_t)bits(e, 24, 20);
    switch (format) {
    case RISCV_FORMAT_I:
    case RISCV_FORMAT_LOAD:
        insn->imm = sign_extend(bits(e, 31, 20), 12);
        break;
    case RISCV_FORMAT_STORE:
        insn->imm = sign_extend(move(e, 31, 25, 5) | bits(e, 11, 7), 12);
        break;
    case RISCV_FORMAT_SHIFT:
        insn->imm = insn->rs2;
        break;
    case RISCV_FORMAT_B:
        insn->imm = sign_extend(move(e, 31, 31, 12) | move(e, 7, 7, 11) |
                                    move(e, 30, 25, 5) | move(e, 11, 8, 1),
                                13);
        break;
    case RISCV_FORMAT_U:
        insn->imm = (int32_t)(e & 0xfffff000);
        break;
    case RISCV_FORMAT_J:
        insn->imm = sign_extend(move(e, 31, 31, 20) | move(e, 19, 12, 12) |
                                    move(e, 20, 20, 11) | move(e, 30, 21, 1),
                                21);
        break;
    case RISCV_FORMAT_CSR:
    case RISCV_FORMAT_CSRI:
        insn->csr = (uint16_t)bits(e, 31, 20);
        insn->imm = insn->rs1;
        break;
    case RISCV_FORMAT_FENCE:
        insn->imm = (int32_t)bits(e, 27, 20);
        break;
    default:
        break;
    }
}

static int32_t short_jump(uint32_t e)
{
    return sign_extend(move(e, 12, 12, 11) | move(e, 11, 11, 4) |
                           move(e, 10, 9, 8) | move(e, 8, 8, 10) |
                           move(e, 7, 7, 6) | move(e, 6, 6, 7) |
                           move(e, 5, 3, 1) | move(e, 2, 2, 5),
                       12);
}

static int32_t short_branch(uint32_t e)
{
    return sign_extend(move(e, 12, 12, 8) | move(e, 11, 10, 3) |
                           move(e, 6, 5, 6) | move(e, 4, 3, 1) |
                           move(e, 2, 2, 5),
                       9);
}

static int32_t short_immediate(uint32_t e)
{
    return sign_extend(move(e, 12, 12, 5) | bits(e, 6, 2), 6);
}

static void set(struct riscv_insn *insn, unsigned rd, unsigned rs1,
                unsigned rs2, uint32_t imm)
{
    insn->rd = (uint8_t)rd;
    insn->rs1 = (uint8_t)rs1;
    insn->rs2 = (uint8_t)rs2;
    insn->imm = (int32_t)imm;
}

/* ---- Operands of compressed rows (unpriv 16.2 to 16.5) ------------------- */

static uint32_t stack_offset(uint32_t e)
{
    return move(e, 12, 11, 4) | move(e, 10, 7, 6) | move(e, 6, 6, 2) |
           move(e, 5, 5, 3);
}

static uint32_t word_offset(uint32_t e)
{
    return move(e, 5, 5, 6) | move(e, 12, 10, 3) | move(e, 6, 6, 2);
}

static uint32_t stack_step(uint32_t e)
{
    return (uint32_t)sign_extend(move(e, 12, 12, 9) | move(e, 4, 3, 7) |
                                     move(e, 5, 5, 6) | move(e, 2, 2, 5) |
                                     move(e, 6, 6, 4),
                                 10);
}

static uint32_t load_offset(uint32_t e)
{
    return move(e, 3, 2, 6) | move(e, 12, 12, 5) | move(e, 6, 4, 2);
}

static uint32_t store_offset(uint32_t e)
{
    return move(e, 8, 7, 6) | move(e, 12, 9, 2);
}

static uint32_t immediate(uint32_t e)
{
    return (uint32_t)short_immediate(e);
}

static uint32_t upper_immediate(uint32_t e)
{
    return (uint32_t)short_immediate(e) << 12;
}

static uint32_t jump_distance(uint32_t e)
{
    return (uint32_t)short_jump(e);
}

static uint32_t branch_distance(uint32_t e)
{
    return (uint32_t)short_branch(e);
}

static uint32_t shift_count(uint32_t e)
{
    return bits(e, 6, 2);
}

/* Where a register of the base row comes from: x0 to x2, or a field. D and T
 * name all registers, U and V x8 to x15. */
enum short_register { X0, X1, X2, D, T, U, V };

/* Operands of the base row that a compressed one expands to; of formats that
 * are not listed (CNOP, CNONE), x0 everywhere. */
static const struct short_format {
    uint8_t rd, rs1, rs2;           /* enum short_register */
    uint32_t (*imm)(uint32_t bits); /* of the encoding; NULL: 0 */
} short_formats[] = {
    [RISCV_FORMAT_CIW] = {V,  X2, X0, stack_offset   },
    [RISCV_FORMAT_CL] = {V,  U,  X0, word_offset    },
    [RISCV_FORMAT_CS] = {X0, U,  V,  word_offset    },
    [RISCV_FORMAT_CI] = {D,  D,  X0, immediate      },
    [RISCV_FORMAT_CJAL] = {X1, X0, X0, jump_distance  },
    [RISCV_FORMAT_CJ] = {X0, X0, X0, jump_distance  },
    [RISCV_FORMAT_CLI] = {D,  X0, X0, immediate      },
    [RISCV_FORMAT_CADDI16] = {X2, X2, X0, stack_step     },
    [RISCV_FORMAT_CLUI] = {D,  X0, X0, upper_immediate},
    [RISCV_FORMAT_CBSHIFT] = {U,  U,  X0, shift_count    },
    [RISCV_FORMAT_CBANDI] = {U,  U,  X0, immediate      },
    [RISCV_FORMAT_CA] = {U,  U,  V,  NULL           },
    [RISCV_FORMAT_CB] = {X0, U,  X0, branch_distance},
    [RISCV_FORMAT_CSLLI] = {D,  D,  X0, shift_count    },
    [RISCV_FORMAT_CLWSP] = {D,  X2, X0, load_offset    },
    [RISCV_FORMAT_CSWSP] = {X0, X2, T,  store_offset   },
    [RISCV_FORMAT_CJR] = {X0, D,  X0, NULL           },
    [RISCV_FORMAT_CJALR] = {X1, D,  X0, NULL           },
    [RISCV_FORMAT_CMV] = {D,  X0, T,  NULL           },
    [RISCV_FORMAT_CADD] = {D,  D,  T,  NULL           },
};

static void short_operands(struct riscv_insn *insn, enum riscv_format format)
{
    const uint32_t e = insn->encoding;
    const unsigned numbers[] = {
        [X0] = 0,
        [X1] = 1,
        [X2] = 2,
        [D] = bits(e, 11, 7),
        [T] = bits(e, 6, 2),
        [U] = 8 + bits(e, 9, 7),
        [V] = 8 + bits(e, 4, 2),
    };

    if (format < ARRAY_SIZE(short_formats)) {
        const struct short_format *f = &short_formats[format];

        set(insn, numbers[f->rd], numbers[f->rs1], numbers[f->rs2],
            f->imm != NULL ? f->imm(e) : 0);
    }
}

static bool excepted(const struct riscv_pattern *pattern, uint32_t encoding)
{
    for (size_t i = 0; i < ARRAY_SIZE(pattern->except); i++) {
        if (pattern->except[i].mask != 0 &&
            (encoding & pattern->except[i].mask) == pattern->except[i].match) {
            return true;
        }
    }
    return false;
}

static unsigned find(const struct riscv_pattern *patterns,
                     const uint16_t *starts, unsigned bucket, uint32_t encoding)
{
    for (size_t i = starts[bucket]; i < starts[bucket + 1]; i++) {
        const struct riscv_pattern *pattern = &patterns[i];

        if ((encoding & pattern->mask) == pattern->match &&
            !excepted(pattern, encoding)) {
            return pattern->row;
        }
    }
    return RISCV_ILLEGAL;
}

bool riscv_decode(uint32_t encoding, struct riscv_insn *insn)
{
    *insn = (struct riscv_insn){0};
    insn->length = (uint8_t)riscv_length((uint16_t)encoding);
    if (insn->length == 4) {
        insn->encoding = encoding;
        insn->row = (uint8_t)find(riscv_patterns, riscv_bucket_starts,
                                  riscv_bucket(encoding), encoding);
        base_operands(insn, riscv_rows[insn->row].format);
    } else {
        insn->encoding = encoding & 0xffff;
        insn->row =
            (uint8_t)find(riscv_short_patterns, riscv_short_bucket_starts,
                          riscv_short_bucket(encoding), insn->encoding);
        short_operands(insn, riscv_rows[insn->row].format);
    }
    insn->base = (uint8_t)riscv_rows[insn->row].base;
    return insn->row != RISCV_ILLEGAL;
}
