/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of all processors at EL3 in the flash, and the vectors of all levels.
 * SMC with x0 = 0 goes back at once; any other saves the caller's registers,
 * asks serve() and restores them, as monitors do.
 */
#include "guest/kit/boot/flash.inc"
#include "guest/kit/vectors/vectors.inc"

#define STACK_SHIFT 14

    .section .text.start, "ax"
    .global _start, parameters
_start:
    b start
    .balign 64
parameters:                     /* which row, turns, processors */
    .quad 0, 1, 1
start:
    mrs x19, mpidr_el1
    and x19, x19, #0xff
    ldr x20, =released
    cbnz x19, held
    move_to_memory
    b 4f
held:                           /* until release() */
    ldr w0, [x20]
    cbnz w0, 4f
    wfe
    b held
4:  ic iallu
    dsb sy
    isb
    ldr x0, =entered
    br x0

    .text
entered:
    ldr x0, =vectors_el3
    msr vbar_el3, x0
    add x0, x19, #1
    ldr x1, =stacks
    add x0, x1, x0, lsl #STACK_SHIFT
    mov sp, x0
    mov x0, x19
    bl monitor
1:  wfi
    b 1b

/* ---- EL3 ----------------------------------------------------------------- */

/* uint64_t run_below(row *function, uint64_t turns, void *stack) */
    .global run_below
run_below:
    stp x19, x20, [sp, #-96]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    msr elr_el3, x0
    mov x9, #0x3c5              /* EL1 with its own SP, all masked */
    msr spsr_el3, x9
    msr sp_el1, x2
    adr x30, finished
    mov x0, x1
    isb
    eret

/* At EL1. */
finished:
    mov x1, x0
    mov x0, #-1
    smc #0

come_back:
    ldr x0, [sp, #8]
    add sp, sp, #288
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #96
    ret

/* struct context is at SP. */
    .macro registers_0_to_29 instruction
    .irp n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
    \instruction \n
    .endr
    .endm
    .altmacro
    .macro save_two n
    save_pair %(\n), %(\n + 1)
    .endm
    .macro save_pair a, b
    stp x\a, x\b, [sp, #\a * 8]
    .endm
    .macro load_two n
    load_pair %(\n), %(\n + 1)
    .endm
    .macro load_pair a, b
    ldp x\a, x\b, [sp, #\a * 8]
    .endm

service:
    sub sp, sp, #288
    registers_0_to_29 save_two
    mrs x0, sp_el0
    mrs x1, elr_el3
    mrs x2, spsr_el3
    mrs x3, scr_el3
    mrs x4, pmcr_el0
    stp x30, x0, [sp, #240]
    stp x1, x2, [sp, #256]
    stp x3, x4, [sp, #272]
    mrs x0, esr_el3
    lsr x1, x0, #26
    cmp x1, #0x17               /* SMC */
    b.ne failed_3
    mov x0, sp
    bl serve
    cbnz w0, come_back
    ldp x3, x4, [sp, #272]
    ldp x1, x2, [sp, #256]
    ldp x30, x0, [sp, #240]
    msr pmcr_el0, x4
    msr scr_el3, x3
    msr spsr_el3, x2
    msr elr_el3, x1
    msr sp_el0, x0
    registers_0_to_29 load_two
    add sp, sp, #288
    eret

failed_3:
    mrs x0, esr_el3
    mrs x1, elr_el3
    b report_failure

    vector_table vectors_el3
    vectors failed_3, 8
    vector_entry                /* from below, AArch64 */
    cbnz x0, service
    eret
    vectors failed_3, 7

/* ---- EL2 ----------------------------------------------------------------- */

failed_2:
    mrs x0, esr_el2
    mrs x1, elr_el2
    b report_failure

    vector_table vectors_el2
    vectors failed_2, 8
    vector_entry                /* HVC */
    eret
    vectors failed_2, 7

/* ---- EL1 and EL0 --------------------------------------------------------- */

failed_1:
    mrs x0, esr_el1
    mrs x1, elr_el1
    b report_failure

/* An abort of data or an undefined instruction goes on behind it. */
skip:
    stp x0, x1, [sp, #-16]!
    mrs x0, esr_el1
    lsr x0, x0, #26
    cbz x0, 1f
    cmp x0, #0x25
    b.ne failed_1
1:  mrs x0, elr_el1
    add x0, x0, #4
    msr elr_el1, x0
    ldp x0, x1, [sp], #16
    eret

interrupt:
    push_caller_registers 16
    mrs x0, elr_el1
    mrs x1, spsr_el1
    stp x0, x1, [sp, #160]
    bl take_interrupt
    ldp x0, x1, [sp, #160]
    msr elr_el1, x0
    msr spsr_el1, x1
    pop_caller_registers 16
    eret

    vector_table vectors_el1
    vectors failed_1, 4
    vectors skip
    vectors interrupt
    vectors failed_1, 2
    vector_entry                /* SVC of EL0; w8 = 0 goes back at once */
    cbnz w8, back_to_kernel
    add x0, x0, #1
    eret
    vectors failed_1, 7

/* uint64_t user_calls(uint64_t turns): SVC of EL0 that do nothing. */
    .global user_calls
user_calls:
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    adr x1, user_loop
    mov x2, #0x100000000
    add x1, x1, x2
    msr elr_el1, x1
    mov x1, #0x3c0
    msr spsr_el1, x1
    mov x1, x0
    mov x0, #0
    mov x8, #0
    isb
    eret
user_loop:
    svc #0
    sub x1, x1, #1
    cbnz x1, user_loop
    mov x8, #1
    svc #0
back_to_kernel:
    mov sp, x29
    ldp x29, x30, [sp], #16
    ret

    .bss
    .balign 4096
stacks:     .skip 9 << STACK_SHIFT
