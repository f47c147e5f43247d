/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that sleeps in each way that there is, for PERIOD instructions less
 * those between two wake-ups, which commands/run/power_test.c knows by number.
 * Armv6-M and up. Each exception return sets the event register, which the first
 * WFE of two clears.
 */
#define PERIOD 25000

    .syntax unified
    .thumb

    .section .vectors, "a"
    .global vectors
vectors:
    .word 0x20002000
    .word reset + 1
    .fill 13, 4, 0
    .word systick + 1

    .text
reset:                          /* 10 up to its WFI; the timer starts at 8 */
    movs r6, #7                 /* wake-ups */
    ldr r0, =0xe000e010         /* SYST_CSR */
    ldr r1, =PERIOD - 1
    str r1, [r0, #4]            /* SYST_RVR */
    movs r7, #0
    str r7, [r0, #8]            /* SYST_CVR */
    movs r1, #7
    str r1, [r0]
    ldr r4, =0xe000ed10         /* SCR */
    wfi
    movs r1, #4                 /* SLEEPDEEP */
    str r1, [r4]
    wfi
    wfe
    wfe
    str r7, [r4]
    wfe
    wfe
    movs r1, #2                 /* SLEEPONEXIT, until the last wake-up */
    str r1, [r4]
    wfi
    str r7, [r0]                /* 2007 more from here on */
    ldr r1, =1000
1:  subs r1, #1
    bne 1b
    ldr r1, =0x20026
    movs r0, #0x18              /* SYS_EXIT */
    bkpt 0xab
    b .

systick:                        /* 3, and 4 the last time */
    subs r6, #1
    bne 1f
    str r7, [r4]
1:  bx lr

    .ltorg
