/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of floating point, see lower_fp.c. */
#ifndef ENGINE_COMPILER_LOWER_FP_H
#define ENGINE_COMPILER_LOWER_FP_H

#include "engine/compiler/lower_simd.h"

/* Once for a block: FPCR is 0, and FPSR.IXC set. */
void lower_fp_state(struct lower *l);
/* FPCR is 0: enough for what is never inexact. */
void lower_fp_control(struct lower *l);

/* Jumps to the helper unless the results in xmm0, of 8 << log2 bits, are finite
 * and, if small results may be inexact, normal with some distance. Uses xmm1 to
 * xmm3. */
void lower_fp_check(struct lower *l, struct lower_simd *s, unsigned log2,
                    bool small);
/* To the helper if xmm0 or xmm1 are not numbers. Uses xmm2. */
void lower_fp_check_numbers(struct lower *l, struct lower_simd *s,
                            unsigned second);

/* The instruction of an opcode for operands of this kind. */
static inline unsigned lower_fp_code(const struct lower_simd *s,
                                     unsigned opcode)
{
    unsigned prefix = s->scalar ? (s->log2 == 3 ? VEX_F2 : VEX_F3)
                                : (s->log2 == 3 ? VEX_66 : VEX_NONE);

    return prefix << 12 | VEX_0F << 8 | opcode;
}

/* The same of all elements, whatever counts. */
static inline unsigned lower_fp_packed(unsigned log2, unsigned opcode)
{
    return (log2 == 3 ? 0x1000u : 0) | VEX_0F << 8 | opcode;
}

#endif
