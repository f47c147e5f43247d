/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the boot MCU's first mutable code, with its first byte. */
#include "guest/ast2700/handoff.h"

    .section .text.start, "ax"
    .global _start
_start:
    la   t0, trap
    ori  t0, t0, 1 /* Ibex has vectored mode only */
    csrw mtvec, t0
    li   t0, RUNTIME_RAM
    la   t1, bss_end
1:
    bgeu t0, t1, 2f
    sw   zero, 0(t0)
    addi t0, t0, 4
    j    1b
2:
    li   sp, RUNTIME_RAM + RUNTIME_RAM_SIZE
    call runtime_main

    .balign 256
trap:
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call boot_trap
