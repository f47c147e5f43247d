/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 (IHI 0069): the monitor takes no interrupts, so all are made group 1
 * of the Non-secure state. */
#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/monitor/monitor.h"

void interrupts_start(void)
{
    unsigned words = (mmio_read(GICD + GICD_TYPER) & 31) + 1;
    mmio_write(GICD + GICD_CTLR, GICD_CTLR_ARE);
    for (unsigned i = 1; i < words; i++) {
        mmio_write(GICD + GIC_IGROUPR + 4 * i, UINT32_MAX);
        mmio_write(GICD + GIC_IGRPMODR + 4 * i, 0);
    }
    mmio_write(GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP_1_NS);
}

void interrupts_start_core(void)
{
    unsigned core = monitor_core();
    uint32_t frame = GICR_SGI + GICR_STRIDE * core;
    gicr_wake(core);
    mmio_write(frame + GIC_IGROUPR, UINT32_MAX);
    mmio_write(frame + GIC_IGRPMODR, 0);
    /* System registers at every level. */
    system_write(SYSTEM_ICC_SRE_EL3, 0xf);
    system_synchronise();
    if (monitor_has_el2()) {
        system_write(SYSTEM_ICC_SRE_EL2, 0xf);
    }
    system_write(SYSTEM_ICC_SRE_EL1, 7);
    system_synchronise();
    /* The Non-secure state gets all interrupts that it unmasks. */
    system_write(SYSTEM_ICC_PMR_EL1, 0xff);
}

void interrupts_stop_core(void)
{
    system_write(SYSTEM_ICC_IGRPEN1_EL1, 0);
    system_synchronise();
    gicr_sleep(monitor_core());
}
