/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that blocks of the Cortex-M System Design Kit (DDI 0479) have in
 * common: the identification registers at the end of their 4 KiB, and a clock
 * whose frequency the board says.
 */
#ifndef DEVICES_ARM_CMSDK_H
#define DEVICES_ARM_CMSDK_H

#include "bus/device.h"
#include "devices/arm/primecell.h"

/* part: bits 7:0 of the part number. revision: PID2, with JEDEC bits. */
#define CMSDK_IDENTIFICATION(part, revision)                                   \
    PRIMECELL_ID(0xfd0, "PID4", 0x04, "designer: Arm"),                        \
        PRIMECELL_ID(0xfd4, "PID5", 0, "reserved"),                            \
        PRIMECELL_ID(0xfd8, "PID6", 0, "reserved"),                            \
        PRIMECELL_ID(0xfdc, "PID7", 0, "reserved"),                            \
        PRIMECELL_ID(0xfe0, "PID0", part, "part number"),                      \
        PRIMECELL_ID(0xfe4, "PID1", 0xb8, "part number, designer"),            \
        PRIMECELL_ID(0xfe8, "PID2", revision, "revision, designer"),           \
        PRIMECELL_ID(0xfec, "PID3", 0, "changes"),                             \
        PRIMECELL_ID(0xff0, "CID0", 0x0d, "component"),                        \
        PRIMECELL_ID(0xff4, "CID1", 0xf0, "component"),                        \
        PRIMECELL_ID(0xff8, "CID2", 0x05, "component"),                        \
        PRIMECELL_ID(0xffc, "CID3", 0xb1, "component")

/* The wiring of blocks that count; they begin with it. */
struct clocked {
    uint32_t hz;
};

/* From property clock-frequency. */
static inline int clocked_init(struct device *device, struct error *error)
{
    struct clocked *clocked = device->wiring;

    clocked->hz = device_property_u32(device, "clock-frequency", 25000000);
    return clocked->hz != 0
               ? 0
               : error_set(error, -EINVAL,
                           "property 'clock-frequency' must not be 0");
}

#endif
