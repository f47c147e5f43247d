/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a program that is loaded as a kernel on the machine virt. */
    .section .text.start, "ax"
    .global _start
_start:
    adrp    x0, stack_top
    mov     sp, x0
    bl      main
    b       .
