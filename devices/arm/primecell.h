/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that PrimeCells have in common: the identification registers at the
 * end of their 4 KiB (for instance DDI 0183, 3.3.19 to 3.3.26), as rows of a
 * register table.
 */
#ifndef DEVICES_ARM_PRIMECELL_H
#define DEVICES_ARM_PRIMECELL_H

#include "bus/handlers.h"

/* prefix: of the registers' names. part: bits 7:0 of the part number, whose
 * bits 11:8 are 0. revision: PeriphID2, with bits 7:4 of the designer, Arm. */
#define PRIMECELL_IDENTIFICATION(prefix, part, revision)                       \
    REGISTER_CONSTANT(0xfe0, prefix "PeriphID0", part, "part number"),         \
        REGISTER_CONSTANT(0xfe4, prefix "PeriphID1", 0x10,                     \
                          "part number, Arm"),                                 \
        REGISTER_CONSTANT(0xfe8, prefix "PeriphID2", revision, "revision"),    \
        REGISTER_CONSTANT(0xfec, prefix "PeriphID3", 0, "configuration"),      \
        REGISTER_CONSTANT(0xff0, prefix "PCellID0", 0x0d, "PrimeCell"),        \
        REGISTER_CONSTANT(0xff4, prefix "PCellID1", 0xf0, "PrimeCell"),        \
        REGISTER_CONSTANT(0xff8, prefix "PCellID2", 0x05, "PrimeCell"),        \
        REGISTER_CONSTANT(0xffc, prefix "PCellID3", 0xb1, "PrimeCell")

#endif
