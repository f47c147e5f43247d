/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traps and non-maskable interrupts. None of our programs enables interrupts
 * to be taken, so whatever arrives here is an error and there is no way back:
 * only the registers that explain it are kept. Each kind has a stack of its
 * own, of one kilobyte; the linker is told where.
 */
    .section .text.traps, "ax"

    .macro explain stack, handler
    mv   a3, ra
    la   sp, \stack
    csrr a0, mcause
    csrr a1, 0x7ff              /* mscause */
    csrr a2, mepc
    call \handler
    .endm

    .balign 4
    .global traps_exception
traps_exception:
    explain exception_stack_top, fatal_exception

    .balign 4
    .global traps_nmi
traps_nmi:
    explain nmi_stack_top, fatal_nmi
