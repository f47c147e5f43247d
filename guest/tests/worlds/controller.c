/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 or GICv3, told apart by the system registers that the latter has. */
#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/tests/worlds/worlds.h"

static bool is_3(void)
{
    return (SYSREG_READ(id_aa64pfr0_el1) >> 24 & 15) != 0;
}

/* Where the private interrupts' registers are. */
static uint32_t private_base(void)
{
    return is_3() ? GICR_SGI : GICD;
}

static void start_3(void)
{
    mmio_write(GICD + GICD_CTLR,
               0x37); /* both routed by affinity, all groups */
    gicr_wake(0);
    WRITE_SYSTEM(ICC_SRE_EL3, 0xf);
    WRITE_SYSTEM(ICC_PMR_EL1, 0xff);
    WRITE_SYSTEM(ICC_IGRPEN0_EL1, 1);
}

static void start_2(void)
{
    mmio_write(GICD + GICD_CTLR, 3);
    mmio_write(GICC + GICC_PMR, 0xff);
    mmio_write(GICC + GICC_CTLR, 1 | 2 | 8); /* both groups, group 0 by FIQ */
}

void controller_start(void)
{
    uint32_t base = private_base();

    if (is_3()) {
        start_3();
    } else {
        start_2();
    }
    mmio_write(base + GIC_IGROUPR, ~(1u << TIMER_INTID));
    mmio_write(base + GIC_IPRIORITYR + (TIMER_INTID & ~3u), 0x20202020);
    mmio_write(base + GIC_ISENABLER, 1u << TIMER_INTID | 1u << 27);
}

uint32_t controller_take(void)
{
    return is_3() ? (uint32_t)SYSREG_READ(ICC_IAR0_EL1)
                  : mmio_read(GICC + GICC_IAR);
}

void controller_end(uint32_t intid)
{
    if (is_3()) {
        WRITE_SYSTEM(ICC_EOIR0_EL1, intid);
    } else {
        mmio_write(GICC + GICC_EOIR, intid);
    }
}

/* A world's view of the groups: the normal one reads zeros for group 0, and
 * its writes to them are ignored. */
void controller_look(uint32_t port, const char *who)
{
    uint32_t base = private_base();

    say_number(port, who, "groups", mmio_read(base + GIC_IGROUPR));
    say_number(port, who, "enabled", mmio_read(base + GIC_ISENABLER) >> 16);
    mmio_write(base + GIC_ICENABLER, 1u << TIMER_INTID | 1u << 27);
    say_number(port, who, "enabled then",
               mmio_read(base + GIC_ISENABLER) >> 16);
    mmio_write(base + GIC_ISENABLER, 1u << TIMER_INTID | 1u << 27);
    say_number(port, who, "priorities",
               mmio_read(base + GIC_IPRIORITYR + (TIMER_INTID & ~3u)));
    say_number(port, who, "security", mmio_read(GICD + 4) >> 10 & 1);
}
