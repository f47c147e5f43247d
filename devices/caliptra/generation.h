/* SPDX-License-Identifier: Apache-2.0 */
/* The generation of Caliptra that a board has, 0xMMmm for release M.m. */
#ifndef DEVICES_CALIPTRA_GENERATION_H
#define DEVICES_CALIPTRA_GENERATION_H

#include "bus/device.h"

enum generation {
    GENERATION_1_0 = 0x0100,
    GENERATION_1_1 = 0x0101,
    GENERATION_2_0 = 0x0200,
    GENERATION_2_1 = 0x0201,
};

static inline uint32_t generation_of(const struct device *device)
{
    return device_property_u32(device, "cairn,generation", GENERATION_1_1);
}

#endif
