/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct outcome probe_*(uint64_t address, uint64_t value): leaves without a
 * stack. What faults returns its syndrome (not 0) and the address; what does
 * not returns 0 and the value.
 */
    .text
    .globl probe_read
probe_read:
    ldr w1, [x0]
    mov x0, #0
    ret

    .globl probe_write
probe_write:
    str w1, [x0]
    dsb sy
    mov x0, #0
    ret

/* A called function that is not there: x30 is where to go on. */
    .globl probe_fetch
probe_fetch:
    br x0

/* The code that probe_fetch finds where it was copied to. */
    .globl probe_target
probe_target:
    mov x1, #42
    mov x0, #0
    ret

/* The last call of a function below: back to the monitor. */
    .globl leave
leave:
    smc #0
