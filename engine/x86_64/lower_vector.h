/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's vector registers: instructions, moves, constants, and what both
 * integer and floating-point operations of guests are made of.
 */
#ifndef ENGINE_X86_64_LOWER_VECTOR_H
#define ENGINE_X86_64_LOWER_VECTOR_H

#include "engine/x86_64/lower.h"

/* VEX prefixes and opcode maps. */
enum { VEX_NONE, VEX_66, VEX_F3, VEX_F2 };
enum { VEX_0F = 1, VEX_0F38 = 2, VEX_0F3A = 3 };

/* ---- Instructions of the host's vector registers ------------------------- */

/* XMM registers: the first eight are free between operations, the others hold
 * the first of guest_traits.vectors where struct lower says so. Memory has
 * these always. */
enum { XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7, XMM8 };
enum { LOWER_VECTORS = 8 };

/* The host register of a vector register's place in memory, if it has one. */
struct x64_operand lower_cached(const struct lower *l, struct x64_operand from);

enum avx {
#define AVX(name, code) AVX_##name = (code),
#include "engine/x86_64/avx.def"
#undef AVX
};

enum { AVX_512 = 0x100000 };

static inline struct x64_operand lower_xmm(unsigned number)
{
    return x64_reg((enum x64_register)number);
}

static inline void avx_exactly(struct lower *l, unsigned what, unsigned d,
                               unsigned a, struct x64_operand b)
{
    ((what & AVX_512) != 0 ? x64_evex : x64_vex)(
        &l->out, what >> 8 & 15, what >> 12 & 15, (what >> 16 & 1) != 0,
        what & 255, d, a, b);
}

/* d = a what b; what has no `a` takes 0. */
static inline void avx_from(struct lower *l, unsigned what, unsigned d,
                            unsigned a, struct x64_operand b)
{
    avx_exactly(l, what, d, a, lower_cached(l, b));
}

/* `what` is a store. */
static inline void avx_to(struct lower *l, unsigned what, unsigned s,
                          struct x64_operand to)
{
    avx_exactly(l, what, s, 0, to);
}

static inline void avx(struct lower *l, unsigned what, unsigned d, unsigned a,
                       unsigned b)
{
    avx_from(l, what, d, a, lower_xmm(b));
}

/* With an immediate, or a fourth register in its upper half. */
static inline void avx_imm(struct lower *l, unsigned what, unsigned d,
                           unsigned a, unsigned b, unsigned imm)
{
    avx(l, what, d, a, b);
    x64_byte(&l->out, imm);
}

static inline void avx_zero(struct lower *l, unsigned d)
{
    avx(l, AVX_vpxor, d, d, d);
}

static inline void avx_ones(struct lower *l, unsigned d)
{
    avx(l, AVX_vpcmpeqd, d, d, d);
}

enum avx_shift { AVX_RIGHT = 2, AVX_ARITHMETIC = 4, AVX_LEFT = 6 };

/* d = a shifted by a count; log2 of the bytes of an element is 1 to 3, and no
 * arithmetic shift has 3. */
static inline void avx_shift(struct lower *l, enum avx_shift what,
                             unsigned log2, unsigned d, unsigned a,
                             unsigned count)
{
    avx_imm(l, AVX_shift_w + log2 - 1, what, d, a, count);
}

/* d = a shifted right by bytes. */
static inline void avx_shift_bytes(struct lower *l, unsigned d, unsigned a,
                                   unsigned count)
{
    avx_imm(l, AVX_shift_q, 3, d, a, count);
}

/* Moves of 16, 8, 4, 2 and 1 bytes; loads of less clear the rest, and go by
 * RDX if they have less than 4. */
void lower_vector_load(struct lower *l, unsigned xmm, struct x64_operand from,
                       unsigned size);
void lower_vector_store(struct lower *l, struct x64_operand to, unsigned xmm,
                        unsigned size);
/* To the helper when the condition holds; back behind what follows, where
 * the caller says. */
struct lower_cold *lower_unless(struct lower *l, enum x64_condition condition);
/* All that was left for C in this operation goes on here; true. */
bool lower_come_back(struct lower *l);

static inline unsigned lower_bits_of(uint32_t insn, unsigned low,
                                     unsigned width)
{
    return insn >> low & ((1u << width) - 1);
}

/* Compares a byte of the core with a value. */
void lower_compare_byte(struct lower *l, struct x64_operand place,
                        unsigned value);
/* Constants that code loads by lower_constant(). */
enum lower_constant {
#define CONSTANT(name, ...) CONSTANT_##name,
#include "engine/x86_64/lower_constants.def"
#undef CONSTANT
    CONSTANTS
};

static inline struct x64_operand lower_constant(const struct lower *l,
                                                unsigned number)
{
    return x64_here(l->target->constants + (int32_t)number * 16);
}

/* ---- Floating point ------------------------------------------------------ */

/* Opcodes, and those of xmm0 = second * xmm0 + third, by what is negative. */
enum { FP_SQRT = 0x51, FP_ADD = 0x58, FP_MUL = 0x59, FP_SUB = 0x5c };
enum { FP_MIN = 0x5d, FP_DIV = 0x5e, FP_MAX = 0x5f, FP_COMPARE = 0xc2 };
enum { FP_UCOMIS = 0x2e };
enum { FUSED = 0xa8, FUSED_SUB = 0xaa, FUSED_NEG = 0xac, FUSED_NEG_SUB = 0xae };

/* The instruction of an opcode for a scalar of 8 << log2 bits, 4 or 8 bytes,
 * and for all elements, whatever counts. */
static inline unsigned lower_fp_scalar(unsigned log2, unsigned opcode)
{
    const unsigned prefix = log2 == 3 ? VEX_F2 : VEX_F3;

    return prefix << 12 | VEX_0F << 8 | opcode;
}

static inline unsigned lower_fp_packed(unsigned log2, unsigned opcode)
{
    return (log2 == 3 ? 0x1000u : 0) | VEX_0F << 8 | opcode;
}

/* To the helper unless the result in xmm0, of 8 << log2 bits, is finite and, if
 * small results may be inexact, normal with some distance. Uses RCX. */
void lower_fp_check_scalar(struct lower *l, unsigned log2, bool small);

#endif
