/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of RISC-V exceptions and their names for people. */
#ifndef ISA_RISCV_EXCEPTIONS_H
#define ISA_RISCV_EXCEPTIONS_H

#include <stdint.h>

/* The class of what mcause says. */
unsigned riscv_trap_class(uint32_t mcause);
/* Or NULL: none that is named in the privileged specification, 3.1.15. */
const char *riscv_trap_name(unsigned class);

#endif
