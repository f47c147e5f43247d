/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of AArch64 exceptions and their names for people. */
#ifndef ISA_AARCH64_EXCEPTIONS_H
#define ISA_AARCH64_EXCEPTIONS_H

/* A synchronous exception is of the class in ESR_ELx.EC; the others follow. */
enum aarch64_trap {
    AARCH64_TRAP_SYNCHRONOUS = 64, /* so many */
    AARCH64_TRAP_IRQ = AARCH64_TRAP_SYNCHRONOUS,
    AARCH64_TRAP_FIQ,
    AARCH64_TRAP_SERROR,
    AARCH64_TRAPS,
};

/* Or NULL: no class that is named in DDI 0487, D24.2.40. */
const char *aarch64_trap_name(unsigned class);

#endif
