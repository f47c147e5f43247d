/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RV32 decoder. Rows come from instructions.def; the tables behind
 * riscv_decode are printed at build time by build/generate-riscv-decoder.c,
 * which refuses rows that overlap.
 */
#ifndef ISA_RISCV_DECODE_H
#define ISA_RISCV_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum riscv_row {
    RISCV_ILLEGAL,
#define INSN(row, mnemonic, pattern, format, section) RISCV_##row,
#define CINSN(row, mnemonic, pattern, except, format, base, section)           \
    RISCV_##row,
#include "isa/riscv/instructions.def"
#undef INSN
#undef CINSN
    RISCV_ROWS
};

enum riscv_format {
#define FORMAT(format, letters, syntax) RISCV_FORMAT_##format,
#include "isa/riscv/formats.def"
#undef FORMAT
};

struct riscv_row_info {
    const char *mnemonic;
    const char *pattern;
    const char *except;
    enum riscv_format format;
    enum riscv_row base; /* expansion of a compressed row; else itself */
    const char *section;
};

extern const struct riscv_row_info riscv_rows[RISCV_ROWS];

/* One decoded instruction. Operands are those of the base row. */
struct riscv_insn {
    uint32_t encoding; /* 16 or 32 bits of it */
    uint8_t row;       /* enum riscv_row */
    uint8_t base;      /* enum riscv_row: the row of its semantics */
    uint8_t length;    /* 2 or 4 bytes */
    uint8_t rd, rs1, rs2;
    uint16_t csr;
    int32_t imm; /* also shift amounts, zero-extended CSR immediates, and for
                    FENCE the predecessor and successor sets */
};

/* Bytes of the instruction whose first halfword this is. Longer encodings are
 * reserved and count as 4 bytes. */
static inline unsigned riscv_length(uint16_t first)
{
    return (first & 3) == 3 ? 4 : 2;
}

/* Decodes the low bits of encoding. False, with row RISCV_ILLEGAL and length
 * set, for an encoding that no row has. */
bool riscv_decode(uint32_t encoding, struct riscv_insn *insn);

/* Private to the decoder and its generated tables. */
struct riscv_pattern {
    uint32_t mask;
    uint32_t match;
    uint16_t row;
    struct {
        uint32_t mask; /* 0: no exception */
        uint32_t match;
    } except[3];
};
/* Patterns sorted by bucket; bucket b holds [starts[b], starts[b + 1]). */
enum { RISCV_BUCKETS = 256, RISCV_SHORT_BUCKETS = 32 };
extern const struct riscv_pattern riscv_patterns[];
extern const uint16_t riscv_bucket_starts[RISCV_BUCKETS + 1];
extern const struct riscv_pattern riscv_short_patterns[];
extern const uint16_t riscv_short_bucket_starts[RISCV_SHORT_BUCKETS + 1];

/* funct3 and opcode of a 32-bit encoding. */
static inline unsigned riscv_bucket(uint32_t encoding)
{
    return (encoding >> 12 & 7) << 5 | (encoding >> 2 & 31);
}

/* funct3 and quadrant of a 16-bit encoding. */
static inline unsigned riscv_short_bucket(uint32_t encoding)
{
    return (encoding >> 13 & 7) << 2 | (encoding & 3);
}

#endif
