/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface 1.1 (DEN0022), of one cluster. */
#include "guest/kit/mmio/mmio.h"
#include "guest/monitor/monitor.h"

enum psci_functions {
    VERSION = 0x84000000,
    CPU_SUSPEND_32 = 0x84000001,
    CPU_OFF = 0x84000002,
    CPU_ON_32 = 0x84000003,
    AFFINITY_INFO_32 = 0x84000004,
    MIGRATE_INFO_TYPE = 0x84000006,
    SYSTEM_OFF = 0x84000008,
    SYSTEM_RESET = 0x84000009,
    FEATURES = 0x8400000a,
    CPU_SUSPEND_64 = 0xc4000001,
    CPU_ON_64 = 0xc4000003,
    AFFINITY_INFO_64 = 0xc4000004,
};

enum { VERSION_1_1 = 0x10001, NO_MIGRATION = 2 };

#define SUCCESS            UINT64_C(0)
#define NOT_SUPPORTED      ((uint64_t)-1)
#define INVALID_PARAMETERS ((uint64_t)-2)
#define ALREADY_ON         ((uint64_t)-4)

/* The Secure GPIO: pin 0 cuts the power, pin 1 restarts. */
enum {
    GPIO = 0x090b0000,
    GPIO_DIRECTION = 0x400,
    PIN_OFF = 1,
    PIN_RESTART = 2,
};

static volatile struct {
    uint64_t entry; /* 0: off */
    uint64_t context;
    uint64_t on;
} cores[MONITOR_CORES];

_Noreturn static void pull(uint32_t pin)
{
    mmio_write(GPIO + GPIO_DIRECTION, pin);
    /* Address bits 9:2 mask the data bits. */
    mmio_write(GPIO + (pin << 2), 0);
    mmio_write(GPIO + (pin << 2), pin);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static uint64_t turn_on(uint64_t target, uint64_t entry, uint64_t context)
{
    uint64_t core = target & 0xffffffffff;
    if (core >= MONITOR_CORES || entry % 4 != 0 || entry == 0) {
        return INVALID_PARAMETERS;
    }
    if (cores[core].on != 0) {
        return ALREADY_ON;
    }
    cores[core].on = 1;
    cores[core].context = context;
    __asm__ volatile("dmb ish" : : : "memory");
    cores[core].entry = entry;
    interrupts_wake((unsigned)core);
    return SUCCESS;
}

_Noreturn void psci_wait(void)
{
    unsigned core = monitor_core();
    interrupts_wait(&cores[core].entry);
    uint64_t entry = cores[core].entry;
    cores[core].entry = 0;
    monitor_leave(entry, cores[core].context);
}

static uint64_t affinity_info(uint64_t target, uint64_t level)
{
    if (target >= MONITOR_CORES || level != 0) {
        return INVALID_PARAMETERS;
    }
    return cores[target].on != 0 ? 0 : 1;
}

static uint64_t features(uint64_t function)
{
    switch (function) {
    case VERSION:
    case CPU_OFF:
    case CPU_ON_32:
    case CPU_ON_64:
    case AFFINITY_INFO_32:
    case AFFINITY_INFO_64:
    case MIGRATE_INFO_TYPE:
    case SYSTEM_OFF:
    case SYSTEM_RESET:
    case FEATURES:
    case 0x80000000: /* SMCCC_VERSION */
        return SUCCESS;
    default:
        return NOT_SUPPORTED;
    }
}

uint64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    unsigned core = monitor_core();
    cores[core].on = 1;
    switch ((uint32_t)function) {
    case VERSION:
        return VERSION_1_1;
    case CPU_ON_32:
    case CPU_ON_64:
        return turn_on(a, b, c);
    case CPU_OFF:
        cores[core].on = 0;
        psci_wait();
    case AFFINITY_INFO_32:
    case AFFINITY_INFO_64:
        return affinity_info(a, b);
    case MIGRATE_INFO_TYPE:
        return NO_MIGRATION;
    case SYSTEM_OFF:
        console_text("monitor: power off\n");
        pull(PIN_OFF);
    case SYSTEM_RESET:
        console_text("monitor: restart\n");
        pull(PIN_RESTART);
    case FEATURES:
        return features((uint32_t)a);
    default:
        return NOT_SUPPORTED;
    }
}
