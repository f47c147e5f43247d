/* SPDX-License-Identifier: Apache-2.0 */
/* RV32 instructions as text, in the syntax of GNU binutils. */
#ifndef ISA_RISCV_DISASSEMBLE_H
#define ISA_RISCV_DISASSEMBLE_H

#include "base/address.h"
#include "base/buffer.h"
#include "isa/riscv/decode.h"

/* ABI name of an integer register: "zero", "ra", "a0". */
const char *riscv_register_name(unsigned number);

/* Appends an instruction in assembler syntax without aliases; targets of jumps
 * and branches are given as addresses from pc. */
void riscv_disassemble(const struct riscv_insn *insn, struct gva pc,
                       struct buffer *out);

#endif
