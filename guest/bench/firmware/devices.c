/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of devices in tight loops. */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"

enum places {
    FLASH = 0x04000000, /* the second */
    RTC = 0x09010000,
    FW_CFG = 0x09020000,
    VIRTIO = 0x0a000000,
};

enum { UART_FLAGS = 0x18 };

uint64_t uart_flags(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        sum += mmio_read(PL011_NORMAL + UART_FLAGS) & 0x20; /* TXFF */
    }
    return sum;
}

/* Lines of text, by the flag of each character. */
uint64_t uart_print(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        pl011_put(PL011_NORMAL, i % 50 == 49 ? '\n' : '.');
    }
    return turns;
}

/* RTCDR, which may be another at each run, and RTCMR, which is 0. */
uint64_t rtc_read(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        sum += mmio_read(RTC) == 1;
        sum += mmio_read(RTC + 4);
    }
    return sum;
}

uint64_t gic_enable(uint64_t turns)
{
    uint32_t base = controller_is_3() ? GICR_SGI : GICD;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        mmio_write(base + GIC_ISENABLER, 1u << TIMER_INTID);
        sum += mmio_read(base + GIC_ISENABLER) >> TIMER_INTID & 1;
        mmio_write(base + GIC_ICENABLER, 1u << TIMER_INTID);
        sum += mmio_read(base + GIC_ISENABLER) >> TIMER_INTID & 1;
    }
    return sum;
}

/* Nothing is pending. */
uint64_t gic_idle(uint64_t turns)
{
    uint64_t sum = 0;

    controller_start_below();
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        sum += controller_take() & 0x3ff;
    }
    return sum;
}

/* An interrupt of this processor for itself, taken without an exception. */
uint64_t gic_cycle(uint64_t turns)
{
    uint64_t sum = 0;

    controller_start_below();
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        controller_raise();
        uint32_t intid = controller_take();
        sum += intid & 0x3ff;
        controller_end(intid);
    }
    return sum;
}

uint64_t timer_registers(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        WRITE_SYSTEM(cntv_cval_el0, UINT64_MAX - i);
        WRITE_SYSTEM(cntv_ctl_el0, 1);
        sum += SYSREG_READ(cntv_ctl_el0);
        sum += SYSREG_READ(cntv_cval_el0);
        WRITE_SYSTEM(cntv_ctl_el0, 0);
    }
    return sum;
}

/* Magic value, version, device. */
uint64_t virtio_identity(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        sum += mmio_read(VIRTIO) + mmio_read(VIRTIO + 8);
    }
    return sum;
}

/* The signature: a selector, then bytes. */
uint64_t fw_cfg_identity(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        *(volatile uint16_t *)(uintptr_t)(FW_CFG + 8) = 0;
        for (unsigned k = 0; k < 4; k++) {
            sum = sum * 3 + *(volatile uint8_t *)(uintptr_t)FW_CFG;
        }
    }
    return sum;
}

/* Words of flash that is read as memory, which is zero or erased. */
uint64_t flash_read(uint64_t turns)
{
    volatile const uint32_t *words =
        (volatile const uint32_t *)(uintptr_t)FLASH;
    uint64_t differing = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        differing += words[i & 1023] != words[0];
    }
    return differing;
}
