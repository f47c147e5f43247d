/* SPDX-License-Identifier: Apache-2.0 */
/* The files of embedded_files.c; build/program.mk says where they are. */

.macro embed name, file
    .balign 16
    .globl embedded_\name
embedded_\name:
    .incbin "\file"
    .globl embedded_\name\()_end
embedded_\name\()_end:
    .byte 0
.endm

    .section .rodata
    embed rom, EMBEDDED_ROM
    embed bundle, EMBEDDED_BUNDLE
    embed fuses, EMBEDDED_FUSES

    .section .note.GNU-stack, "", %progbits
