/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"

#define STACK      0x5001c000
#define STACK_SIZE 0x3800

    .section .text.start, "ax"
    .global _start
_start:
    csrw mstatus, zero
    csrw mie, zero
    /* Region attributes: no side effects in ROM, ICCM and DCCM; no caches. */
    li   t0, 0xaaaaa0a9
    csrw 0x7c0, t0
    la   t0, traps_exception
    csrw mtvec, t0
    la   t0, traps_nmi
    li   t1, CALIPTRA_SOC_IFC_INTERNAL_NMI_VECTOR
    sw   t0, 0(t1)

    /* After power-on the tightly coupled memories hold no valid check bits:
       every word must be written before it may be read. Other resets keep
       the firmware there. */
    li   t0, CALIPTRA_SOC_IFC_RESET_REASON
    lw   t0, 0(t0)
    andi t0, t0, CALIPTRA_RESET_REASON_FW_UPDATE | CALIPTRA_RESET_REASON_WARM
    bnez t0, 1f
    li   a0, CALIPTRA_ICCM_BASE
    li   a1, CALIPTRA_ICCM_SIZE
    call clear
    li   a0, CALIPTRA_DCCM_BASE
    li   a1, CALIPTRA_DCCM_SIZE
    call clear
1:
    li   sp, STACK + STACK_SIZE
    call rom_main

    /* rom_exit(entry): leaves nothing behind on the stack or in registers. */
    .global rom_exit
rom_exit:
    mv   a3, a0
    li   a0, STACK
    li   a1, STACK_SIZE
    call clear
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    li   x\n, 0
    .endr
    jr   a3

/* a0: address, a1: size, a multiple of 32. */
clear:
    add  a1, a0, a1
1:
    .irp n, 0,4,8,12,16,20,24,28
    sw   zero, \n(a0)
    .endr
    addi a0, a0, 32
    bltu a0, a1, 1b
    ret
