/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the FMC and of the runtime. The stack is where the ROM had its own,
 * which is done with it, or has nothing. Neither program has variables: ICCM is locked, and DCCM below
 * the stack belongs to the hand-off.
 */
#include "abi/caliptra_soc_ifc.h"

    .section .text.start, "ax"
    .global _start
_start:
    csrw mstatus, zero
    csrw mie, zero
    la   t0, traps_exception
    csrw mtvec, t0
    la   t0, traps_nmi
    li   t1, CALIPTRA_SOC_IFC_INTERNAL_NMI_VECTOR
    sw   t0, 0(t1)
    la   sp, stack_top
    call firmware_main
1:
    j    1b
