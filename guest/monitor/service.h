/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the boot MCU (abi/boot_service.h). */
#ifndef GUEST_MONITOR_SERVICE_H
#define GUEST_MONITOR_SERVICE_H

#include <stdint.h>

enum { SERVICE_RESULTS = 4 };

/* Asks, and waits for the results. */
void service_ask(uint32_t request, const uint32_t *arguments, unsigned count,
                 uint32_t results[SERVICE_RESULTS]);

/* Data that the boot MCU left for this core; entry is 0 in the first one. */
struct service_start {
    uint64_t entry;
    uint64_t context;
};
struct service_start service_start(void);

#endif
