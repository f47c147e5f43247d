/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the boot MCU in its ROM. Ibex starts 0x80 behind its vectors. The
 * variables are in SRAM and start as zeros; there are none with other values. */
#include "guest/ast2700/handoff.h"

    .section .text.start, "ax"
    .org 0x80
    .global _start
_start:
    csrw mstatus, zero
    csrw mie, zero
    la   t0, trap
    ori  t0, t0, 1 /* Ibex has vectored mode only */
    csrw mtvec, t0
    li   t0, ROM_RAM
    la   t1, bss_end
1:
    bgeu t0, t1, 2f
    sw   zero, 0(t0)
    addi t0, t0, 4
    j    1b
2:
    li   sp, ROM_RAM + ROM_RAM_SIZE
    call rom_main

    .global rom_leave
rom_leave:
    fence.i
    jr   a0

/* Interrupts only wake the core from wfi; what traps is a fault. */
    .balign 256
trap:
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call boot_trap
