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

/* An IR_assist of vector registers; false: not one of theirs. */
bool lower_simd(struct lower *l, enum simd_row_number row, uint32_t insn);
bool lower_move_vector(struct lower *l, bool store);
bool lower_vector_multiple(struct lower *l);
bool lower_vector_single(struct lower *l);
bool lower_crypto(struct lower *l);
bool lower_crc32(struct lower *l);

/* A field of struct aarch64 by its offset, and a vector register. */
struct x64_operand lower_pe(size_t offset);
struct x64_operand lower_vector(unsigned number, unsigned byte);

/* Moves of 16, 8, 4, 2 and 1 bytes; loads of less clear the rest, and go by
 * RDX if they have less than 4. */
void lower_vector_load(struct lower *l, unsigned xmm, struct x64_operand from,
                       unsigned size);
void lower_vector_store(struct lower *l, struct x64_operand to, unsigned xmm,
                        unsigned size);
/* Writes a whole vector register of which `size` bytes of xmm count. */
void lower_vector_put(struct lower *l, unsigned number, unsigned xmm,
                      unsigned size);
/* To the helper when the condition holds; back behind what follows, where
 * the caller says. */
struct lower_cold *lower_unless(struct lower *l, enum x64_condition condition);

static inline unsigned lower_bits_of(uint32_t insn, unsigned low,
                                     unsigned width)
{
    return insn >> low & ((1u << width) - 1);
}

/* Compares a byte of the core with a value. */
void lower_compare_byte(struct lower *l, struct x64_operand place,
                        unsigned value);
/* lower_system.c: MRS, MSR, MSR (immediate) and SYS; false: the helper has
 * to. */
bool lower_from_system(struct lower *l);
bool lower_to_system(struct lower *l);
bool lower_to_pstate(struct lower *l);
bool lower_sys(struct lower *l);

#endif
