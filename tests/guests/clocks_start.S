/* SPDX-License-Identifier: Apache-2.0 */
/* Code that tests/guests/clocks.c cannot say: where it starts, and how it calls
 * the kernel. */
    .global _start
_start:
    b       clocks_main

    .global clocks_call
clocks_call:
    mov     x8, x4
    svc     0
    ret

    .section .note.GNU-stack, "", %progbits
