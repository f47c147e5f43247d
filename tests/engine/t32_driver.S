/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the steps of a random T32 program (tests/engine/t32_random.c): sets the state
 * that a record holds, starts the step by an exception return, and writes the
 * state after the exception that ends it over the record. It lies at any
 * multiple of 4 KiB, and runs from reset, in the Secure state if there is one.
 *
 * FAULTMASK is set while the driver changes the state, so that nothing that it
 * makes pending is taken; the return that starts a step clears it.
 */
#include "tests/engine/t32_random_layout.h"

    .syntax unified
    .fpu fpv5-sp-d16
    .thumb
    .text

    .equ SCS, 0xe000e000
    .equ NVIC_ICER, 0x180
    .equ NVIC_ICPR, 0x280
    .equ NVIC_IABR, 0x300
    .equ NVIC_ITNS, 0x380
    .equ ICSR, 0xd04
    .equ VTOR, 0xd08
    .equ CCR, 0xd14
    .equ SHCSR, 0xd24
    .equ CFSR, 0xd28
    .equ HFSR, 0xd2c
    .equ DFSR, 0xd30
    .equ MMFAR, 0xd34
    .equ BFAR, 0xd38
    .equ CPACR, 0xd88
    .equ MPU_CTRL, 0xd94
    .equ SAU_CTRL, 0xdd0
    .equ SFSR, 0xde4
    .equ SFAR, 0xde8

    .macro address register, value
    movw \register, #:lower16:\value
    movt \register, #:upper16:\value
    .endm

    /* Not in HardFault, which is above it: FAULTMASK cannot be set there, and
     * a return from there would not clear it (DDI 0553 B3.33, R_KBNF). */
    .macro shield
    mrs r0, ipsr
    cmp r0, #3
    itt ne
    movne r0, #1
    msrne faultmask, r0
    .endm

    .macro read special, word
    mrs r0, \special
    str r0, [r4, #\word * 4]
    .endm

    .macro set special, word
    ldr r0, [r4, #\word * 4]
    msr \special, r0
    .endm

/* The maker adds the image's address to all of these words, and puts it alone
 * where `end` is. */
vectors:
    .word T32_GATES, reset
    .rept T32_CURRENT / 4 - 2
    .word finish
    .endr
current:
    .word T32_RECORDS - T32_WORDS * 4
image:
    .word end

    .thumb_func
reset:
    address r0, SCS
    adr r1, current
    sub r1, #T32_CURRENT
    str r1, [r0, #VTOR]
    dsb
    isb
    movs r1, #0
    msr apsr_nzcvq, r1 /* unknown after a reset */
    udf #0 /* ends the step before the first, which is not one */

    .thumb_func
finish:
    address r0, SCS
    ldr r1, [r0, #MPU_CTRL]
    movs r2, #0
    str r2, [r0, #MPU_CTRL]
    dsb
    isb
    ldr r3, current
    str r1, [r3, #T32_MPU_CTRL * 4]
    add r2, r3, #(T32_R + 4) * 4
    stmia r2, {r4-r11}
    mov r4, r3 /* the record */
    mov r5, r0 /* SCS */
    mov r6, lr
    str r6, [r4, #T32_RETURN * 4]
    ldr r7, [r4, #T32_FLAGS * 4]
    read msp, T32_MSP
    read psp, T32_PSP
    read control, T32_CONTROL
    read primask, T32_PRIMASK
    read basepri, T32_BASEPRI
    read faultmask, T32_FAULTMASK
    read ipsr, T32_IPSR
    ldr r0, [r5, #ICSR]
    str r0, [r4, #T32_ICSR * 4]
    tst r7, #T32_FLAG_SECURITY
    beq 1f
    add r3, r5, #0x20000
    ldr r0, [r3, #ICSR]
    str r0, [r4, #T32_ICSR_NS * 4]
1:
    shield
    tst r7, #T32_FLAG_LIMITS
    beq 1f
    read msplim, T32_MSPLIM
    read psplim, T32_PSPLIM
    movs r0, #0
    msr msplim, r0
    msr psplim, r0
1:
    tst r7, #T32_FLAG_SECURITY
    beq 1f
    read msp_ns, T32_MSP_NS
    read psp_ns, T32_PSP_NS
    read control_ns, T32_CONTROL_NS
    read primask_ns, T32_PRIMASK_NS
    read basepri_ns, T32_BASEPRI_NS
    read msplim_ns, T32_MSPLIM_NS
    read psplim_ns, T32_PSPLIM_NS
1:
    ldr r8, image
    add r0, r8, #T32_TABLE
    add r1, r4, #T32_READS * 4
1:
    ldr r2, [r0], #4
    cbz r2, 2f
    ldr r2, [r2]
    str r2, [r1], #4
    b 1b
2:
    tst r7, #T32_FLAG_FP
    beq 1f
    /* FP context that entry left to be saved is saved now. */
    bl enable_fp
    add r0, r4, #T32_S * 4
    vstmia r0, {s0-s31}
    vmrs r0, fpscr
    str r0, [r4, #T32_FPSCR * 4]
1:
    bl stack
    str r2, [r4, #T32_FRAME_AT * 4]
    add r0, r8, #T32_DATA
    sub r0, r2, r0
    address r1, (T32_DATA_END - T32_DATA - 26 * 4)
    cmp r0, r1
    bhi 2f
    movs r1, #8
    tst r7, #T32_FLAG_FP
    it ne
    movne r1, #26
    add r0, r4, #T32_FRAME * 4
1:
    ldr r3, [r2], #4
    str r3, [r0], #4
    subs r1, #1
    bne 1b
2:
    /* Nothing pending, nothing active but this. */
    mov r0, #-1
    movs r1, #0
    str r0, [r5, #CFSR]
    str r0, [r5, #HFSR]
    str r0, [r5, #DFSR]
    str r1, [r5, #MMFAR]
    str r1, [r5, #BFAR]
    str r0, [r5, #NVIC_ICER]
    str r0, [r5, #NVIC_ICPR]
    address r2, ((1 << 27) | (1 << 25)) /* PENDSVCLR, PENDSTCLR */
    str r2, [r5, #ICSR]
    tst r7, #T32_FLAG_SECURITY
    beq 1f
    str r0, [r5, #SFSR]
    str r1, [r5, #SFAR]
    str r1, [r5, #SAU_CTRL]
    str r1, [r5, #NVIC_ITNS]
    add r3, r5, #0x20000 /* the other state's */
    str r0, [r3, #CFSR]
    str r1, [r3, #MMFAR]
    str r2, [r3, #ICSR]
    str r1, [r3, #SHCSR]
    str r1, [r3, #MPU_CTRL]
1:
    bl own
    str r0, [r5, #SHCSR]
    movw r0, #0x201 /* STKALIGN, NONBASETHRDENA */
    str r0, [r5, #CCR]
    msr primask, r1
    msr basepri, r1
    msr control, r1
    isb
    add r4, #T32_WORDS * 4
    adr r0, current
    str r4, [r0]
    ldr r0, [r4, #T32_BODY * 4]
    cbz r0, end

/* Out of interrupts that are active, and of the handler that the step is to
 * start in. */
unwind:
    shield
    mrs r1, ipsr
    ldr r2, [r5, #NVIC_IABR]
    subs r0, r1, #16
    ittt pl
    movpl r3, #1
    lslpl r3, r0
    bicpl r2, r3
    cbz r2, 1f
    rbit r2, r2
    clz r2, r2
    adds r2, #16
    b into
1:
    ldr r2, [r4, #T32_XPSR * 4]
    ubfx r2, r2, #0, #9
    cmp r1, #16
    bhs 2f
    cmp r1, r2
    bne begin
    cbz r2, begin
2:
    cmp r2, #14 /* of PendSV and SVCall the one that the step does not need */
    ite eq
    moveq r2, #11
    movne r2, #14
    bl own
    movw r3, #1 << 7 | 1 << 10
    orr r0, r3
    str r0, [r5, #SHCSR]
/* Returns to the handler of exception r2, on a stack of the driver's own. */
into:
    add r0, r8, #T32_GATES
    sub r0, #32
    msr msp, r0
    adr r1, unwind
    orr r2, #1 << 24
    str r1, [r0, #24]
    str r2, [r0, #28]
    mvn lr, #0xe /* to Handler mode, no FP context */
    bx lr

end:
    movs r0, #0x18 /* SYS_EXIT, by ADP_Stopped_ApplicationExit */
    address r1, 0x20026
    bkpt #0xab
    b end

begin:
    ldr r7, [r4, #T32_FLAGS * 4]
    ldr r6, [r4, #T32_RETURN * 4]
    tst r7, #T32_FLAG_FP
    beq 1f
    bl enable_fp
    add r0, r4, #T32_S * 4
    vldmia r0, {s0-s31}
    ldr r0, [r4, #T32_FPSCR * 4]
    vmsr fpscr, r0
1:
    tst r7, #T32_FLAG_SECURITY
    beq 1f
    set msp_ns, T32_MSP_NS
    set psp_ns, T32_PSP_NS
    set control_ns, T32_CONTROL_NS
    set primask_ns, T32_PRIMASK_NS
    set basepri_ns, T32_BASEPRI_NS
    set msplim_ns, T32_MSPLIM_NS
    set psplim_ns, T32_PSPLIM_NS
1:
    set msp, T32_MSP
    set psp, T32_PSP
    tst r7, #T32_FLAG_LIMITS
    beq 1f
    set msplim, T32_MSPLIM
    set psplim, T32_PSPLIM
1:
    bl stack
    add r0, r4, #T32_R * 4
    ldmia r0, {r8-r11}
    stmia r2!, {r8-r11}
    ldr r8, [r4, #(T32_R + 12) * 4]
    ldr r9, [r4, #T32_LR * 4]
    ldr r10, [r4, #T32_BODY * 4]
    ldr r11, [r4, #T32_XPSR * 4]
    stmia r2!, {r8-r11}
    tst r6, #1 << 4
    bne 1f
    vstmia r2!, {s0-s15}
    ldr r0, [r4, #T32_FPSCR * 4]
    str r0, [r2]
    movs r0, #0
    str r0, [r2, #4]
1:
    bl own
    ldr r1, [r4, #T32_SHCSR * 4]
    orr r0, r1
    str r0, [r5, #SHCSR]
    set control, T32_CONTROL
    set basepri, T32_BASEPRI
    set primask, T32_PRIMASK
    mov r3, r4
    mov lr, r6
    add r0, r3, #(T32_R + 4) * 4
    ldmia r0, {r4-r11}
    add r1, r3, #T32_WRITES * 4
1:
    ldr r0, [r1], #4
    cbz r0, 2f
    ldr r2, [r1], #4
    str r2, [r0]
    b 1b
2:
    ldr r2, [r3, #T32_MPU_CTRL * 4]
    address r0, SCS
    str r2, [r0, #MPU_CTRL]
    dsb
    isb
    bx lr

    .thumb_func
enable_fp:
    ldr r0, [r5, #CPACR]
    orr r0, #0xf << 20
    str r0, [r5, #CPACR]
    dsb
    isb
    bx lr

/* r2: the stack that EXC_RETURN r6 names. */
    .thumb_func
stack:
    tst r7, #T32_FLAG_SECURITY
    beq 1f
    tst r6, #1 << 6
    bne 1f
    mrs r2, msp_ns
    tst r6, #1 << 3
    it eq
    bxeq lr
    ldr r3, [r4, #T32_CONTROL_NS * 4] /* EXC_RETURN tells the Secure SPSEL */
    tst r3, #1 << 1
    it ne
    mrsne r2, psp_ns
    bx lr
1:
    mrs r2, msp
    tst r6, #1 << 2
    it ne
    mrsne r2, psp
    bx lr

/* r0: the bit of SHCSR that says that this exception is active. */
    .thumb_func
own:
    mrs r0, ipsr
    cmp r0, #16
    bhs 1f
    adr r3, active_bits
    ldrh r0, [r3, r0, lsl #1]
    bx lr
1:
    movs r0, #0
    bx lr
    .balign 4
active_bits:
    .hword 0, 0, 0, 1 << 2, 1 << 0, 1 << 1, 1 << 3, 1 << 4
    .hword 0, 0, 0, 1 << 7, 1 << 8, 0, 1 << 10, 1 << 11
