/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that PrimeCells have in common: the identification registers at the
 * end of their 4 KiB (for instance DDI 0183, 3.3.19 to 3.3.26), as rows of a
 * register table, and the handlers of registers that do no more than change one
 * member of the state.
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

/* Defines the write handler of a register that is stored in a member of struct
 * state, after which `then` brings the device to what the state says. */
#define PRIMECELL_STORE(handler, member, then)                                 \
    PRIMECELL_WRITE(handler, member = value, then)

/* Defines the write handler of a register whose ones clear bits of a member. */
#define PRIMECELL_CLEAR(handler, member, then)                                 \
    PRIMECELL_WRITE(handler, member &= ~value, then)

#define PRIMECELL_WRITE(handler, assignment, then)                             \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        (void)access;                                                          \
        (void)index;                                                           \
        state->assignment;                                                     \
        then(device);                                                          \
    }

/* Defines the read handler of a register that reads as get(device). */
#define PRIMECELL_READ(handler, get)                                           \
    static uint32_t handler(struct device *device,                             \
                            const struct access *access, unsigned index)       \
    {                                                                          \
        (void)access;                                                          \
        (void)index;                                                           \
        return get(device);                                                    \
    }

#endif
