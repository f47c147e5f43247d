/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the second core, with a stack of its own; x0 is PSCI's context. */
    .section .text
    .global second
second:
    adrp    x1, second_stack
    add     x1, x1, :lo12:second_stack
    add     sp, x1, #0x1000
    bl      second_main
    b       .

    .section .bss
    .balign 16
second_stack:
    .skip   0x1000
