/* SPDX-License-Identifier: Apache-2.0 */
/* A64 instructions as text, in the syntax of Arm's manual. */
#ifndef ISA_AARCH64_DISASSEMBLE_H
#define ISA_AARCH64_DISASSEMBLE_H

#include "base/address.h"
#include "base/buffer.h"
#include "isa/aarch64/decode.h"

/* Appends an instruction in assembler syntax without aliases; targets of
 * branches are given as addresses from pc. */
void aarch64_disassemble(const struct aarch64_insn *insn, struct gva pc,
                         struct buffer *out);

#endif
