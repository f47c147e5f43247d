/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel Image for the board virt (and QEMU's machine of that name) that runs
 * one benchmark: start at EL1, MMU on, vectors, and what C cannot say.
 *
 * Memory: 0 to 1 GiB devices; 1 to 2 GiB RAM for EL1; at 2 GiB the same RAM,
 * readable and executable for EL0; at 3 GiB 512 pages of 4 KiB, not global,
 * whose descriptors C writes (pages).
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
parameters:                     /* which benchmark, how many turns */
    .quad 0, 1

start:
    ldr x0, =stack_top
    mov sp, x0
    ldr x0, =bench_vectors
    msr vbar_el1, x0
    mov x0, #3 << 20            /* CPACR_EL1.FPEN */
    msr cpacr_el1, x0
    isb
    bl make_tables
    mmu_on tables
    bl main
    ldr x0, =PSCI_SYSTEM_OFF
    hvc #0
1:  wfi
    b 1b

    .text
    vector_table bench_vectors
    vectors failed, 4
    vectors fault               /* from EL1 with SP_EL1: a page fault */
    vectors failed, 3
    vector_entry                /* from EL0: SVC; w8 = 0 goes back at once */
    cbnz x8, 1f
    add x0, x0, #1
    eret
1:  b back_to_kernel
    vectors failed, 7

failed:
    mrs x0, esr_el1
    mrs x1, elr_el1
    bl report_failure
    ldr x0, =PSCI_SYSTEM_OFF
    hvc #0
    b .

/* Maps the page at FAR_EL1 (in pages) and goes back. */
fault:
    stp x0, x1, [sp, #-32]!
    stp x2, x3, [sp, #16]
    mrs x0, esr_el1
    lsr x0, x0, #26
    cmp x0, #0x25
    b.ne failed
    mrs x0, far_el1
    ubfx x1, x0, #12, #9
    ldr x2, =pages
    ldr x3, =page_template
    ldr x3, [x3]
    add x3, x3, x1, lsl #12
    str x3, [x2, x1, lsl #3]
    dsb ishst
    ldp x2, x3, [sp, #16]
    ldp x0, x1, [sp], #32
    eret

/* uint64_t user_calls(uint64_t turns): so many SVC from EL0 that do nothing. */
    .global user_calls
user_calls:
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    adr x1, user_loop
    mov x2, #0x40000000
    add x1, x1, x2
    msr elr_el1, x1
    mov x1, #0x3c0
    msr spsr_el1, x1
    mov x1, x0
    mov x0, #0
    mov x8, #0
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

/* uint64_t exclusives(uint64_t *word, uint64_t turns) */
    .global exclusives
exclusives:
1:  ldaxr x2, [x0]
    add x2, x2, #1
    stlxr w3, x2, [x0]
    cbnz w3, 1b
    subs x1, x1, #1
    b.ne 1b
    mov x0, x2
    ret

/* void copy_pairs(void *to, const void *from, size_t bytes), 64 at a time */
    .global copy_pairs
copy_pairs:
1:  ldp x3, x4, [x1]
    ldp x5, x6, [x1, #16]
    ldp x7, x8, [x1, #32]
    ldp x9, x10, [x1, #48]
    add x1, x1, #64
    stp x3, x4, [x0]
    stp x5, x6, [x0, #16]
    stp x7, x8, [x0, #32]
    stp x9, x10, [x0, #48]
    add x0, x0, #64
    subs x2, x2, #64
    b.ne 1b
    ret

/* The same through vector registers. */
    .global copy_vectors
copy_vectors:
1:  ldp q0, q1, [x1]
    ldp q2, q3, [x1, #32]
    add x1, x1, #64
    stp q0, q1, [x0]
    stp q2, q3, [x0, #32]
    add x0, x0, #64
    subs x2, x2, #64
    b.ne 1b
    ret

/* void aes_blocks(uint8_t block[16], const uint8_t keys[11][16], turns) */
    .arch_extension crypto
    .global aes_blocks
aes_blocks:
    ld1 {v0.16b}, [x0]
    ld1 {v16.16b, v17.16b, v18.16b, v19.16b}, [x1], #64
    ld1 {v20.16b, v21.16b, v22.16b, v23.16b}, [x1], #64
    ld1 {v24.16b, v25.16b, v26.16b}, [x1]
1:
    .irp key, 16, 17, 18, 19, 20, 21, 22, 23, 24
    aese v0.16b, v\key\().16b
    aesmc v0.16b, v0.16b
    .endr
    aese v0.16b, v25.16b
    eor v0.16b, v0.16b, v26.16b
    subs x2, x2, #1
    b.ne 1b
    st1 {v0.16b}, [x0]
    ret

/* uint64_t read_registers(uint64_t turns): TPIDR_EL0 and CNTVCT_EL0. */
    .global read_registers
read_registers:
1:  mrs x1, tpidr_el0
    mrs x2, cntvct_el0
    subs x0, x0, #1
    b.ne 1b
    ret

/* uint64_t mask_interrupts(uint64_t turns): read DAIF, mask, put back. */
    .global mask_interrupts
mask_interrupts:
1:  mrs x1, daif
    msr daifset, #2
    msr daif, x1
    subs x0, x0, #1
    b.ne 1b
    ret

/* uint64_t unaligned(const uint8_t *bytes, uint64_t turns) */
    .global unaligned
unaligned:
    mov x2, #0
1:  ldr x3, [x0, #1]
    ldr w4, [x0, #11]
    str x3, [x0, #129]
    ldrh w5, [x0, #131]
    add x2, x2, x3
    add x2, x2, x4
    add x2, x2, x5
    subs x1, x1, #1
    b.ne 1b
    mov x0, x2
    ret

    .bss
    .balign 4096
    .global tables, pages
tables:     .skip 4096
pages_2:    .skip 4096
pages:      .skip 4096
    .skip 16384
stack_top:
    .global pages_2
