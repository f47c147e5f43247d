/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small monitor at EL3: turns cores on and off, answers the SMC Calling
 * Convention, and starts the kernel that the boot MCU had authorised in the
 * Non-secure world.
 */
#include "guest/monitor/monitor.h"

#include "abi/boot_record.h"
#include "abi/flash_image.h"
#include "abi/monitor_call.h"
#include "abi/psci.h"
#include "guest/monitor/service.h"

/* Function identifiers without the number in the service (DEN0028, 2.5). */
#define SERVICE_MASK 0xff000000u

enum {
    SCR_NS = 1 << 0,
    SCR_RES1 = 3 << 4,
    SCR_HCE = 1 << 8,
    SCR_RW = 1 << 10,
    TIMER_HZ = 62500000,
    SPSR_EL1 = 0x3c5, /* EL1h, all masked */
    SPSR_EL2 = 0x3c9,
};

static uint64_t find(uint32_t id)
{
    const struct boot_record *record =
        (const struct boot_record *)(uintptr_t)BOOT_RECORD_PLACE;
    for (uint32_t i = 0; i < record->count && i < BOOT_RECORD_IMAGES; i++) {
        if (record->images[i].id == id) {
            return record->images[i].address;
        }
    }
    return 0;
}

static void set_up_core(void)
{
    system_write(SYSTEM_SCR_EL3, SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW);
    system_write(SYSTEM_CPTR_EL3, 0);
    system_write(SYSTEM_MDCR_EL3, 0);
    system_write(SYSTEM_CNTFRQ_EL0, TIMER_HZ);
    system_synchronise();
    interrupts_start_core();
}

_Noreturn void monitor_leave(uint64_t entry, uint64_t context)
{
    if (monitor_has_el2()) {
        system_write(SYSTEM_HCR_EL2, UINT64_C(1) << 31);
        system_write(SYSTEM_SCTLR_EL2, 0x30c50830);
    }
    system_write(SYSTEM_SCTLR_EL1, 0x30d00800);
    monitor_enter(entry, monitor_has_el2() ? SPSR_EL2 : SPSR_EL1, context);
}

_Noreturn void monitor_main(void)
{
    struct service_start start = service_start();
    set_up_core();
    if (start.entry != 0) {
        monitor_leave(start.entry, start.context);
    }
    interrupts_start();
    uint64_t kernel = find(FLASH_IMAGE_KERNEL);
    console_text("monitor: kernel at ");
    console_hex(kernel);
    console_text("\n");
    if (kernel == 0) {
        monitor_fault(0, 0, 0);
    }
    monitor_leave(kernel, find(FLASH_IMAGE_DEVICE_TREE));
}

static uint64_t has_feature(uint32_t function)
{
    return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES
               ? 0
               : MONITOR_NOT_SUPPORTED;
}

void monitor_call(struct monitor_registers *registers)
{
    uint64_t *x = registers->x;
    uint32_t function = (uint32_t)x[0];
    if ((function & SERVICE_MASK) == MONITOR_CALL_SIP) {
        update_call(registers);
        return;
    }
    switch (function) {
    case SMCCC_VERSION:
        x[0] = SMCCC_1_1;
        break;
    case SMCCC_ARCH_FEATURES:
        x[0] = has_feature((uint32_t)x[1]);
        break;
    default:
        x[0] = psci_call(function, x[1], x[2], x[3]);
        break;
    }
}

_Noreturn void monitor_fault(uint64_t syndrome, uint64_t from, uint64_t address)
{
    console_text("monitor: stopped, syndrome ");
    console_hex(syndrome);
    console_text(" from ");
    console_hex(from);
    console_text(", address ");
    console_hex(address);
    console_text("\n");
    for (;;) {
        system_wait();
    }
}
