/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry at EL3 in the flash, vectors, and the way down and back: run_below
 * enters a function at a lower level; SMC there, and any exception that it does
 * not take itself, comes back with what the caller is told.
 */
#include "guest/kit/boot/flash.inc"
#include "guest/kit/vectors/vectors.inc"

#define SECURE_STACK 0x0e010000

    .section .text.start, "ax"
    .globl _start
_start:
    move_to_memory
    dsb sy
    ic iallu
    isb
    ldr x0, =vectors_el3
    msr vbar_el3, x0
    ldr x0, =SECURE_STACK
    mov sp, x0
    ldr x0, =monitor
    br x0

/* struct outcome run_below(uint64_t entry, uint64_t spsr, uint64_t argument) */
    .text
    .globl run_below
run_below:
    stp x19, x20, [sp, #-96]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    msr elr_el3, x0
    msr spsr_el3, x1
    mov x0, x2
    isb
    eret

/* Back from there: x0 and x1 are the outcome. */
come_back:
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #96
    ret

/* An exception of a probe at its own level: the probe returns the syndrome and
 * the address. */
    .macro own level
    mrs x0, esr_el\level
    mrs x1, far_el\level
    msr elr_el\level, x30
    eret
    .endm

from_below:
    mrs x9, esr_el3
    lsr x10, x9, #26
    cmp x10, #0x17 /* SMC */
    b.eq come_back
    mov x0, x9
    mrs x1, far_el3
    b come_back

/* A group 0 interrupt while a lower level runs. */
fiq_from_below:
    push_caller_registers 32
    mrs x0, elr_el3
    mrs x1, spsr_el3
    stp x0, x1, [sp, #160]
    bl monitor_interrupt
    ldp x0, x1, [sp, #160]
    msr elr_el3, x0
    msr spsr_el3, x1
    pop_caller_registers 32
    eret

/* Synchronous exceptions of the current level are probes'. */
    vector_table vectors_el3
    .space 0x200
    own 3
    vectors ., 3
    /* from below, AArch64 */
    vectors from_below
    vectors .
    vectors fiq_from_below
    vectors .

    vector_table vectors_el2
    .space 0x200
    own 2

    vector_table vectors_el1
    .space 0x200
    own 1
    .balign 2048
