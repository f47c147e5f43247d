/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 or GICv3, told apart by the system registers that the latter has. All
 * private interrupts are the normal world's. */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"

#define ICC_IAR1_EL1  S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5

enum { GICD_SGIR = 0xf00, TO_SELF = 2 << 24, BELOW_ALL = 0xf0 };

volatile uint64_t interrupts_taken;

bool controller_is_3(void)
{
    return (SYSREG_READ(id_aa64pfr0_el1) >> 24 & 15) != 0;
}

static void start_3(unsigned core)
{
    uint32_t private = gicr_frame(core) + (GICR_SGI - GICR);

    mmio_write(GICD + GICD_CTLR,
               0x37); /* affinity in both worlds, all groups */
    gicr_wake(core);
    mmio_write(private + GIC_IGROUPR, UINT32_MAX);
    mmio_write(private + GIC_ISENABLER,
               1u << TIMER_INTID | 1 << SOFTWARE_INTID);
    WRITE_SYSTEM(ICC_SRE_EL3, 0xf);
    WRITE_SYSTEM(ICC_PMR_EL1, 0xff);
}

static void start_2(void)
{
    mmio_write(GICD + GICD_CTLR, 3);
    mmio_write(GICD + GIC_IGROUPR, UINT32_MAX);
    mmio_write(GICD + GIC_ISENABLER, 1u << TIMER_INTID | 1 << SOFTWARE_INTID);
    mmio_write(GICC + GICC_PMR, 0xff);
    mmio_write(GICC + GICC_CTLR, 3);
}

void controller_start(uint64_t number)
{
    if (controller_is_3()) {
        start_3((unsigned)number);
    } else {
        start_2();
    }
}

void controller_start_below(void)
{
    interrupts_taken = 0;
    if (controller_is_3()) {
        WRITE_SYSTEM(ICC_SRE_EL1, 7);
        WRITE_SYSTEM(ICC_PMR_EL1, BELOW_ALL);
        WRITE_SYSTEM(ICC_IGRPEN1_EL1, 1);
    }
}

void controller_raise(void)
{
    if (controller_is_3()) {
        WRITE_SYSTEM(ICC_SGI1R_EL1, (uint64_t)SOFTWARE_INTID << 24 | 1);
    } else {
        mmio_write(GICD + GICD_SGIR, TO_SELF | SOFTWARE_INTID);
    }
}

uint32_t controller_take(void)
{
    return controller_is_3() ? (uint32_t)SYSREG_READ(ICC_IAR1_EL1)
                             : mmio_read(GICC + GICC_IAR);
}

void controller_end(uint32_t intid)
{
    if (controller_is_3()) {
        WRITE_SYSTEM(ICC_EOIR1_EL1, intid);
    } else {
        mmio_write(GICC + GICC_EOIR, intid);
    }
}

/* The timer is turned off until it is set anew. */
void take_interrupt(void)
{
    uint32_t intid = controller_take();

    if ((intid & 0x3ff) == TIMER_INTID) {
        WRITE_SYSTEM(cntv_ctl_el0, 0);
    }
    controller_end(intid);
    interrupts_taken++;
}
