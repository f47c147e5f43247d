/* SPDX-License-Identifier: Apache-2.0 */
    .section .text.start, "ax"
    .global _start
_start:
    adrp    x0, stack_top
    mov     sp, x0
    bl      main
    b       .

/* int64_t semihosting(uint64_t operation, uint64_t argument) */
    .section .text.semihosting, "ax"
    .global semihosting
semihosting:
    hlt     #0xf000
    ret
