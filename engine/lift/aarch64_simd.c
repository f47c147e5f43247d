/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating point and Advanced SIMD on registers: every row of simd_rows.def is
 * a call of the helper that knows it.
 */
#include "engine/aarch64/simd.h"

#include "engine/lift/aarch64.h"

static void simd(struct aarch64_lift *lift, enum simd_row_number row)
{
    aarch64_check_fp(lift);
    aarch64_assist(lift, AARCH64_HELPER_SIMD, 0, row & 255, row >> 8,
                   (int32_t)lift->insn->encoding);
}

#define ROW(row, shape, operation, size, operand)                              \
    void aarch64_lift_##row(struct aarch64_lift *lift)                         \
    {                                                                          \
        simd(lift, SIMD_##row);                                                \
    }
#include "engine/aarch64/simd_rows.def"
#undef ROW
