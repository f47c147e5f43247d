/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a request of the core at hand into its channel, and waits for the
 * result. */
#include "guest/monitor/service.h"

#include "abi/boot_service.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/monitor/monitor.h"

/* The boot MCU answers in microseconds; writes to its flash take longer. The
 * channel is this core's alone. */
void service_ask(uint32_t request, const uint32_t *arguments, unsigned count,
                 uint32_t results[SERVICE_RESULTS])
{
    unsigned core = monitor_core();
    for (unsigned i = 0; i < count; i++) {
        mmio_write(BOOT_SERVICE_ARGUMENT + 32 * core + 4 * i, arguments[i]);
    }
    mmio_write(BOOT_SERVICE_REQUEST + 4 * core, request);
    while (mmio_read(BOOT_SERVICE_REQUEST + 4 * core) != 0) {
    }
    for (unsigned i = 0; i < SERVICE_RESULTS; i++) {
        results[i] = mmio_read(BOOT_SERVICE_RESULT + 16 * core + 4 * i);
    }
}

static uint64_t start_word(unsigned index)
{
    uint32_t place = BOOT_SERVICE_START + 16 * monitor_core() + 8 * index;
    return mmio_read(place) | (uint64_t)mmio_read(place + 4) << 32;
}

struct service_start service_start(void)
{
    return (struct service_start){start_word(0), start_word(1)};
}
