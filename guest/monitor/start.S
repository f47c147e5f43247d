/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of every application core at EL3, in Secure memory, and the vectors.
 * Each core has a stack of its own below stack_top.
 */
#include "guest/kit/vectors/vectors.inc"

#define STACK_SIZE 0x1000

    .section .text.start, "ax"
    .global _start
_start:
    mrs x0, mpidr_el1
    and x0, x0, #0xff
    cbnz x0, 1f
    adrp x1, bss_start
    add x1, x1, :lo12:bss_start
    adrp x2, bss_end
    add x2, x2, :lo12:bss_end
0:  cmp x1, x2
    b.hs 1f
    str xzr, [x1], #8
    b 0b
1:  adrp x1, stack_top
    mov x2, #STACK_SIZE
    msub x1, x0, x2, x1
    mov sp, x1
    adrp x1, monitor_vectors
    add x1, x1, :lo12:monitor_vectors
    msr vbar_el3, x1
    isb
    bl monitor_main

/*
 * monitor_enter(entry, spsr, context): leaves EL3 for good; the stack is empty
 * for the next exception.
 */
    .global monitor_enter
monitor_enter:
    msr elr_el3, x0
    msr spsr_el3, x1
    mov x0, x2
    mov x1, xzr
    mov x2, xzr
    mov x3, xzr
    mrs x4, mpidr_el1
    and x4, x4, #0xff
    mov x5, #STACK_SIZE
    adrp x6, stack_top
    msub x6, x4, x5, x6
    mov sp, x6
    mov x4, xzr
    mov x5, xzr
    mov x6, xzr
    isb
    eret

/* A call from below: registers in a struct monitor_registers, which the C code
 * may change (x0 to x3); the rest is given back (SMC Calling Convention 1.1). */
smc:
    push_caller_registers
    mov x0, sp
    bl monitor_call
    pop_caller_registers
    eret

fault:
    mrs x0, esr_el3
    mrs x1, elr_el3
    mrs x2, far_el3
    b monitor_fault

    vector_table monitor_vectors
    vectors fault, 8
    /* from lower levels */
    vector_entry
    str x30, [sp, #-16]!
    mrs x30, esr_el3
    lsr x30, x30, #26
    cmp x30, #0x17
    ldr x30, [sp], #16
    b.eq smc
    b fault
    vectors fault, 7
