/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the A64 disassembler: an instruction being printed,
 * and operands that have a name in the syntax of rows. */
#ifndef ISA_AARCH64_PRINTER_H
#define ISA_AARCH64_PRINTER_H

#include "isa/aarch64/disassemble.h"

struct printer {
    const struct aarch64_insn *insn;
    uint64_t pc;
    struct buffer *out;
    unsigned transferred; /* bytes of the register list */
};

/* Prints the operand <name>; value is the field that the syntax names, or d. */
struct aarch64_operand {
    const char *name;
    void (*print)(struct printer *p, uint32_t value);
};

/* Operands of vector registers (disassemble_vector.c), up to a NULL name. */
extern const struct aarch64_operand aarch64_vector_operands[];

void aarch64_print_general(struct printer *p, bool wide, uint32_t number,
                           bool sp);
void aarch64_print_scalar(struct printer *p, unsigned size, uint32_t number);
/* v<number> with elements of 1 << size bytes, in half or all of it. */
void aarch64_print_vector(struct printer *p, unsigned size, bool full,
                          uint32_t number);

#endif
