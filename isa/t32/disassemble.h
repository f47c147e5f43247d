/* SPDX-License-Identifier: Apache-2.0 */
/* T16 and T32 as text, in UAL as GNU objdump prints it. */
#ifndef ISA_T32_DISASSEMBLE_H
#define ISA_T32_DISASSEMBLE_H

#include "base/address.h"
#include "base/buffer.h"
#include "isa/t32/decode.h"

enum { T32_ALWAYS = 14 }; /* the condition of what is in no IT block */

/* Facts that the tables say of a form. */
struct t32_form_info {
    const char *name;
    const char *text; /* see disassemble.c */
    const char *pattern;
    const char *section;
};

extern const struct t32_form_info t32_forms[T32_FORMS];
extern const char *const t32_row_names[T32_ROWS];

/* Appends an instruction in assembler syntax, with the condition that its IT
 * block gives it; targets of branches are given as addresses from pc. */
void t32_disassemble(const struct t32_insn *insn, unsigned condition,
                     struct gva pc, struct buffer *out);

/* Or NULL: no special register that MRS and MSR know. */
const char *t32_system_register_name(unsigned sysm);

#endif
