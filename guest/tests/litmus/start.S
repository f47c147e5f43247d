/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel Image for the board virt: every processor comes to main(its number)
 * with a stack of its own and the MMU on, so that memory is Normal. The first
 * starts the others (PSCI CPU_ON).
 */
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_CPU_ON     0xc4000003

    .section .text.start, "ax"
    .global _start
_start:
    b start
    .word 0
    .quad 0                     /* text_offset */
    .quad image_size
    .quad 0xa                   /* 4 KiB pages, anywhere */
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .word 0
    .global parameters
parameters:                     /* processors, instances of a test, how many of
                                 * the tests, additions, turns of work */
    .quad 2, 4096, 100, 10000, 0

start:
    adr x0, tables
    mov x1, #0x401              /* 0 to 1 GiB: valid, AF, Device */
    str x1, [x0]
    ldr x1, =0x40000705         /* 1 to 2 GiB: Normal, inner shareable */
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
    ldr x0, =vectors
    msr vbar_el1, x0
    ldr x0, =0xff00             /* MAIR: 0 Device-nGnRnE, 1 write-back */
    msr mair_el1, x0
    ldr x0, =0x200803519        /* T0SZ 25, inner shareable, EPD1, 40 bits */
    msr tcr_el1, x0
    ldr x0, =tables
    msr ttbr0_el1, x0
    tlbi vmalle1
    dsb sy
    isb
    ldr x0, =0x30d0198d         /* SCTLR_EL1: M, C, I, SA; RES1 */
    msr sctlr_el1, x0
    isb
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
    ldr x0, =PSCI_CPU_ON
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

    .balign 2048
vectors:
    .rept 16
    .balign 128
    mrs x0, esr_el1
    mrs x1, elr_el1
    b report_failure
    .endr

    .bss
    .balign 4096
tables:     .skip 4096
stacks:     .skip 9 * 4096
