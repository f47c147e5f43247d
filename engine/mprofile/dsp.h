/* SPDX-License-Identifier: Apache-2.0 */
/* How T32_HELPER_DSP and T32_HELPER_FP are told what to compute: in v, whose
 * bits lifters pack. */
#ifndef ENGINE_MPROFILE_DSP_H
#define ENGINE_MPROFILE_DSP_H

#include <assert.h>

#include "isa/t32/decode.h"

/* Row, register ra, whether the shift is ASR, imm, amount. */
enum { DSP_RA = 10, DSP_ASR = 14, DSP_IMM = 15, DSP_AMOUNT = 21 };

static_assert((int)T32_ROWS <= 1 << DSP_RA, "rows have 10 bits");

static inline uint32_t dsp_pack(const struct t32_insn *insn)
{
    return insn->row | (uint32_t)insn->ra << DSP_RA |
           (uint32_t)(insn->shift == T32_ASR) << DSP_ASR |
           (insn->imm & 63) << DSP_IMM | (uint32_t)insn->amount << DSP_AMOUNT;
}

/* Row, double precision, imm, amount; d, a and b are rd, rn and rm. */
enum { FP_DP = 10, FP_IMM = 11, FP_AMOUNT = 13 };

static inline uint32_t fp_pack(const struct t32_insn *insn)
{
    return insn->row | (uint32_t)insn->dp << FP_DP | (insn->imm & 3) << FP_IMM |
           (uint32_t)insn->amount << FP_AMOUNT;
}

#endif
