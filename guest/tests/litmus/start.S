/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel Image for the board virt: every processor comes to main(its number)
 * with a stack of its own and the MMU on, so that memory is Normal. The first
 * starts the others (PSCI CPU_ON).
 */
#include "abi/psci.h"
#include "guest/kit/boot/image.inc"
#include "guest/kit/mmu/mmu.inc"
#include "guest/kit/vectors/vectors.inc"

    .section .text.start, "ax"
    .global _start
_start:
    image_header start
    .global parameters
parameters:                     /* processors, instances of a test, how many of
                                 * the tests, additions, turns of work, turns
                                 * that look at the clock */
    .quad 2, 4096, 100, 10000, 0, 0

start:
    adr x0, tables
    mov x1, #MMU_DEVICE_BLOCK   /* 0 to 1 GiB */
    str x1, [x0]
    ldr x1, =0x40000000 | MMU_NORMAL_BLOCK /* 1 to 2 GiB */
    str x1, [x0, #8]
    mov x19, #0
    b enter

/* x0: the processor's number. */
secondary:
    mov x19, x0
enter:
    ldr x0, =stacks
    add x1, x19, #1
    add x0, x0, x1, lsl #12
    mov sp, x0
    ldr x0, =litmus_vectors
    msr vbar_el1, x0
    mmu_on tables
    mov x0, x19
    bl main
1:  wfi
    b 1b

    .text
/* void start_processor(uint64_t number) */
    .global start_processor
start_processor:
    mov x3, x0
    mov x1, x0
    ldr x0, =PSCI_CPU_ON_64
    adr x2, secondary_entry
    hvc #0
    ret
secondary_entry:
    b secondary

    .global power_off
power_off:
    ldr x0, =PSCI_SYSTEM_OFF
    hvc #0
    b .

    vector_table litmus_vectors
    .rept 16
    vector_entry
    mrs x0, esr_el1
    mrs x1, elr_el1
    b report_failure
    .endr

    .bss
    .balign 4096
tables:     .skip 4096
stacks:     .skip 9 * 4096
