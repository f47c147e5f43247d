/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the GICv2 under test, IHI 0048B, 4.4. */
#ifndef TESTS_GICV2_H
#define TESTS_GICV2_H

#include "tests/gic.h"

extern const struct device_type gicv2;

/* Banks of registers. */
enum { GICD, GICC, GICH, GICV };

/* Offsets in a CPU interface, GICC and GICV. */
enum {
    CTLR = 0x00,
    PMR = 0x04,
    BPR = 0x08,
    IAR = 0x0c,
    EOIR = 0x10,
    RPR = 0x14,
    HPPIR = 0x18,
    ABPR = 0x1c,
    AIAR = 0x20,
    AEOIR = 0x24,
    AHPPIR = 0x28,
    GICC_APR = 0xd0,
    NSAPR = 0xe0,
    DIR = 0x1000,
};

#endif
