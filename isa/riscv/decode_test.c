/* SPDX-License-Identifier: Apache-2.0 */
#include "isa/riscv/decode.h"

#include "isa/riscv/encode.h"
#include "tests/harness.h"

TEST(all_zeros_and_all_ones_are_illegal)
{
    struct riscv_insn insn;

    EXPECT(!riscv_decode(0, &insn));
    EXPECT_EQ(insn.length, 2);
    EXPECT(!riscv_decode(0xffffffff, &insn));
    EXPECT_EQ(insn.length, 4);
}

/* Each 32-bit row, with random operands, comes back from its encoding. */
TEST(what_is_encoded_decodes_to_the_same)
{
    uint32_t x = 1;

    for (unsigned row = RISCV_ILLEGAL + 1; row < RISCV_ROWS; row++) {
        for (unsigned turn = 0; turn < 100; turn++) {
            struct riscv_insn insn;
            struct riscv_insn again;

            if (riscv_rows[row].base != row) {
                continue;
            }
            x = x * 1664525 + 1013904223;
            riscv_decode(x << 7 | 3, &insn);
            insn.imm = (int32_t)(x ^ x >> 16);
            uint32_t encoding = riscv_encode(row, &insn);
            test_case("%s 0x%x", riscv_rows[row].mnemonic, encoding);
            EXPECT(riscv_decode(encoding, &insn));
            EXPECT_EQ(insn.row, row);
            riscv_decode(riscv_encode(row, &insn), &again);
            EXPECT_EQ(again.imm, insn.imm);
            EXPECT_EQ(again.encoding, encoding);
        }
    }
}

TEST(reserved_compressed_encodings_are_illegal)
{
    static const uint16_t reserved[] = {
        0x0000, /* c.addi4spn of 0 */
        0x6001, /* c.lui of 0 */
        0x6101, /* c.addi16sp of 0 */
        0x4002, /* c.lwsp to x0 */
        0x8002, /* c.jr x0 */
        0x2000, /* floating point */
        0x9001, /* c.srli by 32 and more */
        0x9c01, /* RV64 only */
        0x8000,
    };
    struct riscv_insn insn;

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        test_case("0x%04x", reserved[i]);
        EXPECT(!riscv_decode(reserved[i], &insn));
    }
}
