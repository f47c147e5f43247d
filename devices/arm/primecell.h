/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identification registers that every PrimeCell has at the end of its 4 KiB
 * (for instance DDI 0183, 3.3.19 to 3.3.26), as rows of a register table.
 */
#ifndef DEVICES_ARM_PRIMECELL_H
#define DEVICES_ARM_PRIMECELL_H

#include "bus/device.h"

#define PRIMECELL_ID(offset, name, value, text)                                \
    {                                                                          \
        offset, 1, name, {RO, RO}, RESET_NEVER, value, 0, NO_FIELD, NULL,      \
            NULL, text                                                         \
    }

/* prefix: of the registers' names. part: bits 7:0 of the part number, whose
 * bits 11:8 are 0. revision: PeriphID2, with bits 7:4 of the designer, Arm. */
#define PRIMECELL_IDENTIFICATION(prefix, part, revision)                       \
    PRIMECELL_ID(0xfe0, prefix "PeriphID0", part, "part number"),              \
        PRIMECELL_ID(0xfe4, prefix "PeriphID1", 0x10, "part number, Arm"),     \
        PRIMECELL_ID(0xfe8, prefix "PeriphID2", revision, "revision"),         \
        PRIMECELL_ID(0xfec, prefix "PeriphID3", 0, "configuration"),           \
        PRIMECELL_ID(0xff0, prefix "PCellID0", 0x0d, "PrimeCell"),             \
        PRIMECELL_ID(0xff4, prefix "PCellID1", 0xf0, "PrimeCell"),             \
        PRIMECELL_ID(0xff8, prefix "PCellID2", 0x05, "PrimeCell"),             \
        PRIMECELL_ID(0xffc, prefix "PCellID3", 0xb1, "PrimeCell")

#endif
