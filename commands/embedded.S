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
    embed rom, EMBEDDED_rom
    embed bundle, EMBEDDED_bundle
    embed bundle_2, EMBEDDED_bundle_2
    embed bundle_2_lms, EMBEDDED_bundle_2_lms
    embed fuses, EMBEDDED_fuses
    embed flash, EMBEDDED_flash
    embed array, EMBEDDED_array
    embed mcu, EMBEDDED_mcu
    embed ast2700, EMBEDDED_ast2700
    embed ast2700_array, EMBEDDED_ast2700_array
    embed ast2700_mcu, EMBEDDED_ast2700_mcu

    .section .note.GNU-stack, "", %progbits
