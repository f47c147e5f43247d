/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the classes of AArch64 exceptions: DDI 0487, D24.2.40, ESR_ELx.EC.
 */
#include "isa/aarch64/exceptions.h"

#include <stddef.h>

static const char *const names[AARCH64_TRAPS] = {
    [0x00] = "unknown reason",
    [0x01] = "trapped WFI or WFE",
    [0x07] = "trapped SVE, SIMD or FP",
    [0x09] = "trapped pointer authentication",
    [0x0d] = "branch target",
    [0x0e] = "illegal execution state",
    [0x15] = "SVC",
    [0x16] = "HVC",
    [0x17] = "SMC",
    [0x18] = "trapped MSR, MRS or system instruction",
    [0x1c] = "pointer authentication failure",
    [0x20] = "instruction abort from a lower EL",
    [0x21] = "instruction abort",
    [0x22] = "PC alignment",
    [0x24] = "data abort from a lower EL",
    [0x25] = "data abort",
    [0x26] = "SP alignment",
    [0x2c] = "floating-point exception",
    [0x2f] = "SError",
    [0x30] = "breakpoint from a lower EL",
    [0x31] = "breakpoint",
    [0x32] = "software step from a lower EL",
    [0x33] = "software step",
    [0x34] = "watchpoint from a lower EL",
    [0x35] = "watchpoint",
    [0x3c] = "BRK",
    [AARCH64_TRAP_IRQ] = "IRQ",
    [AARCH64_TRAP_FIQ] = "FIQ",
    [AARCH64_TRAP_SERROR] = "SError",
};

const char *aarch64_trap_name(unsigned class)
{
    return class < AARCH64_TRAPS ? names[class] : NULL;
}
