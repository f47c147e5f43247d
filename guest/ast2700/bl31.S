/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in for BL31 of the AST2700: all four cores start here at EL3. Cores 1 to
 * 3 wait until core 0 writes their address to SCU0's EP registers, as with
 * TF-A; core 0 ends in what EP0 names, at EL2, or waits.
 */
#include "abi/ast2700.h"

#define STACK_SIZE 0x1000

    .section .text.start, "ax"
    .global _start
_start:
    mrs x0, mpidr_el1
    and x19, x0, #0xff
    cbnz x19, secondary
    adrp x1, bss_start
    add x1, x1, :lo12:bss_start
    adrp x2, bss_end
    add x2, x2, :lo12:bss_end
0:  cmp x1, x2
    b.hs 1f
    str xzr, [x1], #8
    b 0b
1:  bl set_stack
    bl bl31_main
    /* x0: where the next stage is */
    cbz x0, rest
    mov x1, #0x3c9 /* EL2h, exceptions masked */
    msr spsr_el3, x1
    msr elr_el3, x0
    mov x1, #0x5b1 /* SCR_EL3: Non-secure, AArch64 below, HVC, no SMC trap */
    orr x1, x1, #0x100
    msr scr_el3, x1
    isb
    eret

secondary:
    ldr x1, =AST2700_SCU0 + AST2700_SCU0_EP0
    add x1, x1, x19, lsl #3
1:  ldr x2, [x1]
    cbnz x2, 2f
    wfe
    b 1b
2:  br x2

    .global bl31_secondary
bl31_secondary:
    bl set_stack
    mov x0, x19
    bl bl31_core
rest:
    wfi
    b rest

set_stack:
    adrp x1, stack_top
    mov x2, #STACK_SIZE
    msub x1, x19, x2, x1
    mov sp, x1
    ret
