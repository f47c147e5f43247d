/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the second core, and of the first when it comes back, each with a
 * stack of its own; x0 is PSCI's context. */
    .section .text
    .global second
second:
    adrp    x1, second_stack
    add     x1, x1, :lo12:second_stack
    add     sp, x1, #0x1000
    bl      second_main
    b       .

    .global first
first:
    adrp    x1, first_stack
    add     x1, x1, :lo12:first_stack
    add     sp, x1, #0x1000
    bl      first_main
    b       .

    .section .bss
    .balign 16
second_stack:
    .skip   0x1000
first_stack:
    .skip   0x1000
