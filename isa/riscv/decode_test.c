/* SPDX-License-Identifier: Apache-2.0 */
#include "isa/riscv/decode.h"

#include "tests/harness.h"

TEST(all_zeros_and_all_ones_are_illegal)
{
    struct riscv_insn insn;

    EXPECT(!riscv_decode(0, &insn));
    EXPECT_EQ(insn.length, 2);
    EXPECT(!riscv_decode(0xffffffff, &insn));
    EXPECT_EQ(insn.length, 4);
}
