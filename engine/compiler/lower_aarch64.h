/* SPDX-License-Identifier: Apache-2.0 */
/* A64's helpers that compile to host instructions. */
#ifndef ENGINE_COMPILER_LOWER_AARCH64_H
#define ENGINE_COMPILER_LOWER_AARCH64_H

#include <stddef.h>

#include "engine/aarch64/simd.h"
#include "engine/compiler/lower.h"

/* VEX prefixes and opcode maps. */
enum { VEX_NONE, VEX_66, VEX_F3, VEX_F2 };
enum { VEX_0F = 1, VEX_0F38 = 2, VEX_0F3A = 3 };

/* XMM registers, all free between operations. */
enum { XMM0, XMM1, XMM2, XMM3, XMM4 };

/* Rows of simd_rows.def; false: not one of theirs. */
bool lower_fp(struct lower *l, enum simd_row_number row, uint32_t insn);
bool lower_simd(struct lower *l, enum simd_row_number row, uint32_t insn);

/* A field of struct aarch64 by its offset, and a vector register. */
struct x64_operand lower_pe(size_t offset);
struct x64_operand lower_vector(unsigned number, unsigned byte);

/* Moves of 16, 8 and 4 bytes; loads of less clear the rest. */
void lower_vector_load(struct lower *l, unsigned xmm, struct x64_operand from,
                       unsigned size);
void lower_vector_store(struct lower *l, struct x64_operand to, unsigned xmm,
                        unsigned size);
/* Writes a whole vector register of which `size` bytes of xmm count. */
void lower_vector_put(struct lower *l, unsigned number, unsigned xmm,
                      unsigned size);
/* d = s1 op s2, in xmm registers and an operand. */
static inline void lower_vex(struct lower *l, unsigned map, unsigned prefix,
                             bool wide, unsigned opcode, unsigned d,
                             unsigned s1, struct x64_operand s2)
{
    x64_vex(&l->out, map, prefix, wide, opcode, d, s1, s2);
}

static inline struct x64_operand lower_xmm(unsigned number)
{
    return x64_reg((enum x64_register)number);
}

/* To the helper when the condition holds; back behind what follows, where
 * the caller says. */
struct lower_cold *lower_unless(struct lower *l, enum x64_condition condition);

static inline unsigned lower_bits_of(uint32_t insn, unsigned low,
                                     unsigned width)
{
    return insn >> low & ((1u << width) - 1);
}

#endif
