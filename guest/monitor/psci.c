/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface 1.1 (DEN0022), of one cluster: reset lines
 * and power are the boot MCU's, which is asked. */
#include <stddef.h>

#include "abi/boot_service.h"
#include "abi/psci.h"
#include "guest/monitor/monitor.h"
#include "guest/monitor/service.h"

enum { VERSION_1_1 = 0x10001, NO_MIGRATION = 2 };

#define SUCCESS            UINT64_C(0)
#define INVALID_PARAMETERS ((uint64_t)-2)

static uint64_t ask(uint32_t request, const uint32_t *arguments, unsigned count)
{
    uint32_t results[SERVICE_RESULTS];
    service_ask(request, arguments, count, results);
    return (uint64_t)(int64_t)(int32_t)results[0];
}

/* The boot MCU lets the core's reset line go, or says why not. */
static uint64_t turn_on(uint64_t target, uint64_t entry, uint64_t context)
{
    const uint32_t arguments[] = {(uint32_t)target, (uint32_t)entry,
                                  (uint32_t)(entry >> 32), (uint32_t)context,
                                  (uint32_t)(context >> 32)};
    if (target > UINT32_MAX || entry % 4 != 0 || entry == 0) {
        return INVALID_PARAMETERS;
    }
    return ask(BOOT_SERVICE_CORE_ON, arguments, 5);
}

/* The reset line ends this. */
_Noreturn static void turn_off(void)
{
    interrupts_stop_core();
    (void)ask(BOOT_SERVICE_CORE_OFF, NULL, 0);
    for (;;) {
        system_wait();
    }
}

_Noreturn static void end_system(uint32_t request, const char *line)
{
    console_text(line);
    (void)ask(request, NULL, 0);
    for (;;) {
        system_wait();
    }
}

static uint64_t affinity_info(uint64_t target, uint64_t level)
{
    const uint32_t core = (uint32_t)target;
    if (target > UINT32_MAX || level != 0) {
        return INVALID_PARAMETERS;
    }
    return ask(BOOT_SERVICE_CORE_STATE, &core, 1);
}

static uint64_t features(uint64_t function)
{
    switch (function) {
    case PSCI_VERSION:
    case PSCI_CPU_OFF:
    case PSCI_CPU_ON_32:
    case PSCI_CPU_ON_64:
    case PSCI_AFFINITY_INFO_32:
    case PSCI_AFFINITY_INFO_64:
    case PSCI_MIGRATE_INFO_TYPE:
    case PSCI_SYSTEM_OFF:
    case PSCI_SYSTEM_RESET:
    case PSCI_FEATURES:
    case SMCCC_VERSION:
        return SUCCESS;
    default:
        return MONITOR_NOT_SUPPORTED;
    }
}

uint64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    switch ((uint32_t)function) {
    case PSCI_VERSION:
        return VERSION_1_1;
    case PSCI_CPU_ON_32:
        return turn_on((uint32_t)a, (uint32_t)b, (uint32_t)c);
    case PSCI_CPU_ON_64:
        return turn_on(a, b, c);
    case PSCI_CPU_OFF:
        turn_off();
    case PSCI_AFFINITY_INFO_32:
    case PSCI_AFFINITY_INFO_64:
        return affinity_info(a, b);
    case PSCI_MIGRATE_INFO_TYPE:
        return NO_MIGRATION;
    case PSCI_SYSTEM_OFF:
        end_system(BOOT_SERVICE_POWER_OFF, "monitor: power off\n");
    case PSCI_SYSTEM_RESET:
        end_system(BOOT_SERVICE_RESET, "monitor: restart\n");
    case PSCI_FEATURES:
        return features((uint32_t)a);
    default:
        return MONITOR_NOT_SUPPORTED;
    }
}
