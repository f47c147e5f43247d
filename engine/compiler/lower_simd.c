/* SPDX-License-Identifier: Apache-2.0 */
/* Integer operations on vector registers, and moves between these and the
 * general ones. */
#include "engine/compiler/lower_aarch64.h"

/* By size of element: the opcode, in map 0F, or 0F38 with bit 8 set; 0: there
 * is none. swapped: the host's first operand is A64's second. */
static const struct simd_row_lowering {
    uint16_t opcodes[4];
    bool swapped;
} rows[SIMD_ROWS] = {
    [SIMD_ADD_V] = {{0xfc, 0xfd, 0xfe, 0xd4},  false},
    [SIMD_SUB_V] = {{0xf8, 0xf9, 0xfa, 0xfb},  false},
    [SIMD_MUL_V] = {{0, 0xd5, 0x140, 0},       false},
    [SIMD_CMEQ_V] = {{0x74, 0x75, 0x76, 0x129}, false},
    [SIMD_CMGT_V] = {{0x64, 0x65, 0x66, 0x137}, false},
    [SIMD_SMAX_V] = {{0x13c, 0xee, 0x13d, 0},   false},
    [SIMD_SMIN_V] = {{0x138, 0xea, 0x139, 0},   false},
    [SIMD_UMAX_V] = {{0xde, 0x13e, 0x13f, 0},   false},
    [SIMD_UMIN_V] = {{0xda, 0x13a, 0x13b, 0},   false},
    [SIMD_AND_V] = {{0xdb, 0xdb, 0xdb, 0xdb},  false},
    [SIMD_BIC_V_REG] = {{0xdf, 0xdf, 0xdf, 0xdf},  true },
    [SIMD_ORR_V_REG] = {{0xeb, 0xeb, 0xeb, 0xeb},  false},
    [SIMD_EOR_V] = {{0xef, 0xef, 0xef, 0xef},  false},
};

static bool lower_two(struct lower *l, const struct simd_row_lowering *row,
                      uint32_t insn)
{
    unsigned opcode = row->opcodes[lower_bits_of(insn, 22, 2)];
    unsigned n = lower_bits_of(insn, 5, 5);
    unsigned m = lower_bits_of(insn, 16, 5);
    bool q = lower_bits_of(insn, 30, 1) != 0;

    if (opcode == 0) {
        return false;
    }
    lower_vector_load(l, XMM0, lower_vector(row->swapped ? m : n, 0), 16);
    lower_vex(l, opcode > 0xff ? VEX_0F38 : VEX_0F, VEX_66, false,
              opcode & 0xff, XMM0, XMM0, lower_vector(row->swapped ? n : m, 0));
    lower_vector_put(l, lower_bits_of(insn, 0, 5), XMM0, q ? 16 : 8);
    return true;
}

/* ---- Shifts -------------------------------------------------------------- */

enum simd_shift { SHIFT_RIGHT = 2, SHIFT_ARITHMETIC = 4, SHIFT_LEFT = 6 };

/* By an immediate; accumulate: the result is added. */
static bool lower_shift(struct lower *l, uint32_t insn, enum simd_shift what,
                        bool accumulate)
{
    static const uint8_t opcodes[] = {0, 0x71, 0x72, 0x73};
    static const uint8_t adds[] = {0xfc, 0xfd, 0xfe, 0xd4};
    unsigned log2 = 31 - (unsigned)__builtin_clz(lower_bits_of(insn, 19, 4));
    unsigned bits = 8u << log2;
    unsigned immediate = lower_bits_of(insn, 16, 7);
    unsigned count =
        what == SHIFT_LEFT ? immediate - bits : 2 * bits - immediate;
    unsigned d = lower_bits_of(insn, 0, 5);

    if (log2 == 0 || (log2 == 3 && what == SHIFT_ARITHMETIC)) {
        return false;
    }
    lower_vector_load(l, XMM0, lower_vector(lower_bits_of(insn, 5, 5), 0), 16);
    lower_vex(l, VEX_0F, VEX_66, false, opcodes[log2], what, XMM0,
              lower_xmm(XMM0));
    x64_byte(&l->out, count);
    if (accumulate) {
        lower_vex(l, VEX_0F, VEX_66, false, adds[log2], XMM0, XMM0,
                  lower_vector(d, 0));
    }
    lower_vector_put(l, d, XMM0, lower_bits_of(insn, 30, 1) != 0 ? 16 : 8);
    return true;
}

/* ---- Moves --------------------------------------------------------------- */

/* The element that bits 20:16 name: log2 of its bytes, and its place. */
static unsigned element(uint32_t insn, unsigned *byte)
{
    unsigned immediate = lower_bits_of(insn, 16, 5);
    unsigned log2 = (unsigned)__builtin_ctz(immediate);

    *byte = (immediate >> (log2 + 1)) << log2;
    return log2;
}

static void to_general(struct lower *l, uint32_t insn, unsigned log2,
                       unsigned byte)
{
    static const unsigned opcodes[] = {0x0fb6, 0x0fb7, 0x8b, 0x8b};
    unsigned d = lower_bits_of(insn, 0, 5);
    enum x64_register result =
        lower_result(l, d == 31 ? (unsigned)IR_SINK : d, X64_RAX);

    x64_op(&l->out, log2 == 3, opcodes[log2], result,
           lower_vector(lower_bits_of(insn, 5, 5), byte));
    lower_put(l, d == 31 ? (unsigned)IR_SINK : d, result);
}

static enum x64_register general(struct lower *l, uint32_t insn)
{
    unsigned n = lower_bits_of(insn, 5, 5);

    return lower_get(l, true, n == 31 ? (unsigned)IR_ZERO : n, X64_RAX);
}

static void insert(struct lower *l, uint32_t insn)
{
    unsigned byte;
    unsigned log2 = element(insn, &byte);
    struct x64_operand place = lower_vector(lower_bits_of(insn, 0, 5), byte);

    x64_op_prefixed(&l->out, log2 == 1 ? 0x66 : 0, log2 == 3,
                    log2 == 0 ? 0x88 : 0x89, general(l, insn), place);
}

static void duplicate(struct lower *l, uint32_t insn)
{
    static const uint8_t opcodes[] = {0x78, 0x79, 0x58, 0x59};
    unsigned byte;
    unsigned log2 = element(insn, &byte);

    lower_vex(l, VEX_0F, VEX_66, true, 0x6e, XMM0, 0,
              x64_reg(general(l, insn))); /* vmovq */
    lower_vex(l, VEX_0F38, VEX_66, false, opcodes[log2], XMM0, 0,
              lower_xmm(XMM0));
    lower_vector_put(l, lower_bits_of(insn, 0, 5), XMM0,
                     lower_bits_of(insn, 30, 1) != 0 ? 16 : 8);
}

/* FMOV of words and double words. */
static bool from_general(struct lower *l, uint32_t insn)
{
    bool twofold = lower_bits_of(insn, 22, 1) != 0;
    unsigned d = lower_bits_of(insn, 0, 5);

    if (lower_bits_of(insn, 23, 1) != 0) {
        return false;
    }
    x64_mov(&l->out, twofold, X64_RAX, x64_reg(general(l, insn)));
    x64_store(&l->out, true, lower_vector(d, 0), X64_RAX);
    x64_store_imm(&l->out, true, lower_vector(d, 8), 0);
    return true;
}

static bool copy_scalar(struct lower *l, uint32_t insn)
{
    if (lower_bits_of(insn, 23, 1) != 0) {
        return false;
    }
    lower_vector_load(l, XMM0, lower_vector(lower_bits_of(insn, 5, 5), 0),
                      lower_bits_of(insn, 22, 1) != 0 ? 8 : 4);
    lower_vector_store(l, lower_vector(lower_bits_of(insn, 0, 5), 0), XMM0, 16);
    return true;
}

/* A byte of m:n from a place on. */
static void extract(struct lower *l, uint32_t insn)
{
    bool q = lower_bits_of(insn, 30, 1) != 0;
    unsigned n = lower_bits_of(insn, 5, 5);
    unsigned m = lower_bits_of(insn, 16, 5);
    unsigned count = lower_bits_of(insn, 11, 4);

    if (q) {
        lower_vector_load(l, XMM0, lower_vector(m, 0), 16);
        lower_vex(l, VEX_0F3A, VEX_66, false, 0x0f, XMM0, XMM0,
                  lower_vector(n, 0)); /* vpalignr */
    } else {                           /* both halves in one register */
        lower_vector_load(l, XMM0, lower_vector(n, 0), 8);
        lower_vex(l, VEX_0F, VEX_66, false, 0x16, XMM0, XMM0,
                  lower_vector(m, 0)); /* vmovhpd */
        lower_vex(l, VEX_0F, VEX_66, false, 0x73, 3, XMM0,
                  lower_xmm(XMM0)); /* vpsrldq */
    }
    x64_byte(&l->out, count);
    lower_vector_put(l, lower_bits_of(insn, 0, 5), XMM0, q ? 16 : 8);
}

/* Immediates of bytes and of bits for bytes. */
static void immediate(struct lower *l, uint32_t insn, bool mask)
{
    uint64_t bits = lower_bits_of(insn, 16, 3) << 5 | lower_bits_of(insn, 5, 5);
    unsigned d = lower_bits_of(insn, 0, 5);
    uint64_t value = bits * 0x0101010101010101;

    if (mask) {
        value = 0;
        for (unsigned i = 0; i < 8; i++) {
            value |= (bits >> i & 1) * 0xffull << i * 8;
        }
    }
    x64_mov_imm(&l->out, X64_RAX, value);
    x64_store(&l->out, true, lower_vector(d, 0), X64_RAX);
    if (lower_bits_of(insn, 30, 1) == 0) {
        x64_mov_imm(&l->out, X64_RAX, 0);
    }
    x64_store(&l->out, true, lower_vector(d, 8), X64_RAX);
}

bool lower_simd(struct lower *l, enum simd_row_number row, uint32_t insn)
{
    unsigned byte;
    unsigned log2;

    if (rows[row].opcodes[1] != 0) {
        return lower_two(l, &rows[row], insn);
    }
    switch (row) {
    case SIMD_SHL_V:
        return lower_shift(l, insn, SHIFT_LEFT, false);
    case SIMD_USHR_V:
        return lower_shift(l, insn, SHIFT_RIGHT, false);
    case SIMD_SSHR_V:
        return lower_shift(l, insn, SHIFT_ARITHMETIC, false);
    case SIMD_USRA_V:
        return lower_shift(l, insn, SHIFT_RIGHT, true);
    case SIMD_SSRA_V:
        return lower_shift(l, insn, SHIFT_ARITHMETIC, true);
    case SIMD_UMOV:
        log2 = element(insn, &byte);
        to_general(l, insn, log2, byte);
        return true;
    case SIMD_FMOV_TO_GENERAL:
        if (lower_bits_of(insn, 23, 1) != 0) {
            return false;
        }
        to_general(l, insn, lower_bits_of(insn, 22, 1) != 0 ? 3 : 2, 0);
        return true;
    case SIMD_FMOV_TO_GENERAL_HIGH:
        to_general(l, insn, 3, 8);
        return true;
    case SIMD_FMOV_FROM_GENERAL:
        return from_general(l, insn);
    case SIMD_FMOV_FROM_GENERAL_HIGH:
        x64_store(&l->out, true, lower_vector(lower_bits_of(insn, 0, 5), 8),
                  general(l, insn));
        return true;
    case SIMD_FMOV_REG:
        return copy_scalar(l, insn);
    case SIMD_INS_GENERAL:
        insert(l, insn);
        return true;
    case SIMD_DUP_GENERAL:
        duplicate(l, insn);
        return true;
    case SIMD_EXT:
        extract(l, insn);
        return true;
    case SIMD_MOVI_B:
        immediate(l, insn, false);
        return true;
    case SIMD_MOVI_D:
        immediate(l, insn, true);
        return true;
    default:
        return false;
    }
}
