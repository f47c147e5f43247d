/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GIC of the machine virt: places and registers (IHI 0048 for GICv2, IHI
 * 0069 for GICv3), and the power of a GICv3 redistributor.
 */
#ifndef GUEST_KIT_GIC_H
#define GUEST_KIT_GIC_H

#include <stdbool.h>
#include <stdint.h>

enum gic_places {
    GICD = 0x08000000,
    GICC = 0x08010000,         /* GICv2 */
    GICR = 0x080a0000,         /* GICv3: the first core's frames */
    GICR_STRIDE = 0x20000,     /* from a core's frames to the next one's */
    GICR_SGI = GICR + 0x10000, /* its frame of private interrupts */
};

/* Offsets that distributor and private frame have in common. */
enum gic_registers {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GIC_IGROUPR = 0x080,
    GIC_ISENABLER = 0x100,
    GIC_ICENABLER = 0x180,
    GIC_IPRIORITYR = 0x400,
    GIC_IGRPMODR = 0xd00,
};

enum gicd_ctlr { GICD_CTLR_GROUP_1_NS = 1 << 1, GICD_CTLR_ARE = 3 << 4 };

/* Registers of GICC. */
enum gicc_registers {
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
};

/* System registers of GICv3, as assembly of Armv8.0 calls them. */
#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_IAR0_EL1    S3_0_C12_C8_0
#define ICC_EOIR0_EL1   S3_0_C12_C8_1
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2     S3_4_C12_C9_5
#define ICC_SRE_EL3     S3_6_C12_C12_5

/* The first of a core's two frames. */
uint32_t gicr_frame(unsigned core);
/* GICR_WAKER: interrupts for the core pass, or do no longer; waits until the
 * redistributor says so. */
void gicr_wake(unsigned core);
void gicr_sleep(unsigned core);

#endif
