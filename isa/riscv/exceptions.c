/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the classes of RISC-V exceptions: Priv 3.1.15, and the NMIs of
 * VeeR, whose causes begin with 0xf. */
#include "isa/riscv/exceptions.h"

#include <stddef.h>

enum { EXCEPTION, INTERRUPT = 32, NMI = 64, CLASSES };

static const char *const names[CLASSES] = {
    [EXCEPTION + 0] = "instruction misaligned",
    [EXCEPTION + 1] = "instruction access fault",
    [EXCEPTION + 2] = "illegal instruction",
    [EXCEPTION + 3] = "breakpoint",
    [EXCEPTION + 4] = "load misaligned",
    [EXCEPTION + 5] = "load access fault",
    [EXCEPTION + 6] = "store misaligned",
    [EXCEPTION + 7] = "store access fault",
    [EXCEPTION + 8] = "ECALL of U mode",
    [EXCEPTION + 11] = "ECALL of M mode",
    [INTERRUPT + 3] = "software interrupt",
    [INTERRUPT + 7] = "timer interrupt",
    [INTERRUPT + 11] = "external interrupt",
    [INTERRUPT + 28] = "internal timer 1 interrupt",
    [INTERRUPT + 29] = "internal timer 0 interrupt",
    [INTERRUPT + 30] = "correctable error interrupt",
    [NMI] = "NMI",
};

unsigned riscv_trap_class(uint32_t mcause)
{
    return mcause >> 28 == 0xf ? NMI
           : mcause >> 31 != 0 ? INTERRUPT + (mcause & 31)
                               : EXCEPTION + (mcause & 31);
}

const char *riscv_trap_name(unsigned class)
{
    return class < CLASSES ? names[class] : NULL;
}
