/* SPDX-License-Identifier: Apache-2.0 */
/* RV32 instructions from their row and operands. */
#ifndef ISA_RISCV_ENCODE_H
#define ISA_RISCV_ENCODE_H

#include "isa/riscv/decode.h"

/*
 * The 32-bit encoding of a row of rv32i.def or rv32b.def with the operands of
 * insn: rd, rs1, rs2, imm, csr as riscv_decode gives them; ignored bits are 0.
 * For assembling tests and stubs.
 */
uint32_t riscv_encode(enum riscv_row row, const struct riscv_insn *insn);

#endif
