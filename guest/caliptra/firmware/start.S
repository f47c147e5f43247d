/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the FMC and of the runtime. The stack is that of the ROM, which is
 * done with it. Neither program has variables: ICCM is locked, and DCCM below
 * the stack belongs to the hand-off.
 */
#include "abi/caliptra_registers.h"

#define STACK_TOP 0x5001f800

    .section .text.start, "ax"
    .global _start
_start:
    csrw mstatus, zero
    csrw mie, zero
    la   t0, traps_exception
    csrw mtvec, t0
    la   t0, traps_nmi
    li   t1, CALIPTRA_SOC_IFC_NMI_VECTOR
    sw   t0, 0(t1)
    li   sp, STACK_TOP
    call firmware_main
1:
    j    1b
