/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small monitor at EL3: turns cores on and off, answers the SMC Calling
 * Convention, and starts the kernel that the boot MCU had authorised in the
 * Non-secure world.
 */
#include "guest/monitor/monitor.h"

#include "abi/boot_record.h"
#include "abi/flash_image.h"

enum { SMCCC_VERSION = 0x80000000, SMCCC_ARCH_FEATURES = 0x80000001 };
enum { SMCCC_1_1 = 0x10001 };

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
    WRITE_SYSTEM(scr_el3, SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW);
    WRITE_SYSTEM(cptr_el3, 0);
    WRITE_SYSTEM(mdcr_el3, 0);
    WRITE_SYSTEM(cntfrq_el0, TIMER_HZ);
    __asm__ volatile("isb");
    interrupts_start_core();
}

_Noreturn void monitor_leave(uint64_t entry, uint64_t context)
{
    if (monitor_has_el2()) {
        WRITE_SYSTEM(hcr_el2, UINT64_C(1) << 31);
        WRITE_SYSTEM(sctlr_el2, 0x30c50830);
    }
    WRITE_SYSTEM(sctlr_el1, 0x30d00800);
    monitor_enter(entry, monitor_has_el2() ? SPSR_EL2 : SPSR_EL1, context);
}

_Noreturn void monitor_main(void)
{
    set_up_core();
    if (monitor_core() != 0) {
        psci_wait();
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

uint64_t monitor_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    switch ((uint32_t)function) {
    case SMCCC_VERSION:
        return SMCCC_1_1;
    case SMCCC_ARCH_FEATURES:
        return (uint32_t)a == SMCCC_VERSION ||
                       (uint32_t)a == SMCCC_ARCH_FEATURES
                   ? 0
                   : (uint64_t)-1;
    default:
        return psci_call(function, a, b, c);
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
        __asm__ volatile("wfi");
    }
}
