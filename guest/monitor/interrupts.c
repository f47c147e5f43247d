/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 (IHI 0069): the monitor takes no interrupts, so all are made group 1
 * of the Non-secure state. */
#include "guest/kit/mmio/mmio.h"
#include "guest/monitor/monitor.h"

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    GICR_STRIDE = 0x20000,
    GICR_SGI = 0x10000,
    CTLR = 0x000,
    TYPER = 0x004,
    WAKER = 0x014,
    IGROUPR = 0x080,
    IGRPMODR = 0xd00,
    CTLR_GROUP_1_NS = 1 << 1,
    CTLR_ARE = 3 << 4, /* both states */
    WAKER_SLEEP = 2,
    WAKER_ASLEEP = 4,
};

void interrupts_start(void)
{
    unsigned words = (mmio_read(GICD + TYPER) & 31) + 1;
    mmio_write(GICD + CTLR, CTLR_ARE);
    for (unsigned i = 1; i < words; i++) {
        mmio_write(GICD + IGROUPR + 4 * i, UINT32_MAX);
        mmio_write(GICD + IGRPMODR + 4 * i, 0);
    }
    mmio_write(GICD + CTLR, CTLR_ARE | CTLR_GROUP_1_NS);
}

void interrupts_start_core(void)
{
    uint32_t frame = GICR + GICR_STRIDE * monitor_core();
    mmio_write(frame + WAKER,
               mmio_read(frame + WAKER) & ~(uint32_t)WAKER_SLEEP);
    while ((mmio_read(frame + WAKER) & WAKER_ASLEEP) != 0) {
    }
    mmio_write(frame + GICR_SGI + IGROUPR, UINT32_MAX);
    mmio_write(frame + GICR_SGI + IGRPMODR, 0);
    /* System registers at every level. */
    system_write(SYSTEM_ICC_SRE_EL3, 0xf);
    system_synchronise();
    if (monitor_has_el2()) {
        system_write(SYSTEM_ICC_SRE_EL2, 0xf);
    }
    system_write(SYSTEM_ICC_SRE_EL1, 7);
    system_synchronise();
    /* What the Non-secure state unmasks, it gets. */
    system_write(SYSTEM_ICC_PMR_EL1, 0xff);
}

void interrupts_stop_core(void)
{
    uint32_t frame = GICR + GICR_STRIDE * monitor_core();
    system_write(SYSTEM_ICC_IGRPEN1_EL1, 0);
    system_synchronise();
    mmio_write(frame + WAKER, mmio_read(frame + WAKER) | WAKER_SLEEP);
    while ((mmio_read(frame + WAKER) & WAKER_ASLEEP) == 0) {
    }
}
