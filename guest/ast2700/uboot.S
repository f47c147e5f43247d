/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in for U-Boot of the AST2700: says hello at EL2, and waits. */
#include "abi/ast2700.h"

    .section .text.start, "ax"
    .global _start
_start:
    ldr x1, =AST2700_UART12
    adrp x0, text
    add x0, x0, :lo12:text
1:  ldrb w2, [x0], #1
    cbz w2, 3f
2:  ldr w3, [x1, #0x14] /* LSR */
    tbz w3, #5, 2b
    str w2, [x1]
    b 1b
3:  wfi
    b 3b

    .section .rodata
text:
    .asciz "U-Boot (stand-in): hello at EL2\r\n"
