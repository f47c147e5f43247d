/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that blocks of the Cortex-M System Design Kit (DDI 0479) have in
 * common: the identification registers at the end of their 4 KiB, and a clock
 * whose frequency the board says.
 */
#ifndef DEVICES_ARM_CMSDK_H
#define DEVICES_ARM_CMSDK_H

#include "bus/handlers.h"
#include "bus/ticks.h"

/* part: bits 7:0 of the part number. revision: PID2, with JEDEC bits. */
#define CMSDK_IDENTIFICATION(part, revision)                                   \
    REGISTER_CONSTANT(0xfd0, "PID4", 0x04, "designer: Arm"),                   \
        REGISTER_CONSTANT(0xfd4, "PID5", 0, "reserved"),                       \
        REGISTER_CONSTANT(0xfd8, "PID6", 0, "reserved"),                       \
        REGISTER_CONSTANT(0xfdc, "PID7", 0, "reserved"),                       \
        REGISTER_CONSTANT(0xfe0, "PID0", part, "part number"),                 \
        REGISTER_CONSTANT(0xfe4, "PID1", 0xb8, "part number, designer"),       \
        REGISTER_CONSTANT(0xfe8, "PID2", revision, "revision, designer"),      \
        REGISTER_CONSTANT(0xfec, "PID3", 0, "changes"),                        \
        REGISTER_CONSTANT(0xff0, "CID0", 0x0d, "component"),                   \
        REGISTER_CONSTANT(0xff4, "CID1", 0xf0, "component"),                   \
        REGISTER_CONSTANT(0xff8, "CID2", 0x05, "component"),                   \
        REGISTER_CONSTANT(0xffc, "CID3", 0xb1, "component")

/* init of blocks whose wiring begins with struct clocked. */
static inline int cmsdk_init(struct device *device, struct error *error)
{
    return clocked_set(device,
                       device_property_u32(device, "clock-frequency", 25000000),
                       error);
}

#endif
