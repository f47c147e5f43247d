/* SPDX-License-Identifier: Apache-2.0 */
#include "isa/riscv/disassemble.h"

#include "tests/harness.h"

TEST(registers_have_abi_names)
{
    EXPECT_STR(riscv_register_name(0), "zero");
    EXPECT_STR(riscv_register_name(31), "t6");
}
