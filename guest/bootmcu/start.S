/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the boot MCU in its ROM. Variables are in SRAM and start as zeros;
 * there are none with other values. */
#include "abi/boot_mcu.h"

    .section .text.start, "ax"
    .global _start
_start:
    csrw mstatus, zero
    csrw mie, zero
    la   t0, trap
    csrw mtvec, t0
    li   t0, BOOT_MCU_SRAM
    la   t1, bss_end
1:
    bgeu t0, t1, 2f
    sw   zero, 0(t0)
    addi t0, t0, 4
    j    1b
2:
    li   sp, BOOT_MCU_SRAM + BOOT_MCU_SRAM_SIZE
    call boot_main

/* Interrupts only wake the core from wfi; what traps is a fault. */
    .balign 4
trap:
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call boot_trap
