/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the SiP service (abi/monitor_call.h): the boot MCU decides, this
 * carries. */
#include <stddef.h>

#include "abi/boot_service.h"
#include "abi/fwu.h"
#include "abi/monitor_call.h"
#include "guest/monitor/monitor.h"
#include "guest/monitor/service.h"

enum { FWU_ABI_1_0 = 1 << 16, CALLS = 5, REVISION_MAJOR = 1 };

/* Chosen once, at random: an identifier of this set of calls. */
static const uint32_t identifier[4] = {0x6a1c3fd2, 0x47e09b58, 0x2e5df4a1,
                                       0x90c7b613};

/* A status, then something with it. */
static void ask(uint32_t request, uint64_t *x)
{
    uint32_t results[SERVICE_RESULTS];
    const uint32_t arguments[] = {(uint32_t)x[1], (uint32_t)x[2],
                                  (uint32_t)x[3], (uint32_t)x[4]};
    service_ask(request, arguments, 4, results);
    x[0] = (uint64_t)(int64_t)(int32_t)results[0];
    x[1] = results[1];
}

static void ask_image_type(uint64_t *x)
{
    uint32_t results[SERVICE_RESULTS];
    service_ask(BOOT_SERVICE_IMAGE_TYPE, NULL, 0, results);
    for (unsigned i = 0; i < SERVICE_RESULTS; i++) {
        x[i] = results[i];
    }
}

void update_call(struct monitor_registers *registers)
{
    uint64_t *x = registers->x;
    switch ((uint32_t)x[0]) {
    case MONITOR_CALL_FWU_DISCOVERY:
        x[0] = FWU_SUCCESS;
        x[1] = FWU_ABI_1_0;
        x[2] = 1u << (MONITOR_CALL_FWU_DISCOVERY & 31) |
               1u << (MONITOR_CALL_FWU_ACCEPT & 31) |
               1u << (MONITOR_CALL_FWU_SELECT_PREVIOUS & 31);
        return;
    case MONITOR_CALL_FWU_ACCEPT:
        ask(BOOT_SERVICE_FWU_ACCEPT, x);
        return;
    case MONITOR_CALL_FWU_SELECT_PREVIOUS:
        ask(BOOT_SERVICE_FWU_REVERSE, x);
        return;
    case MONITOR_CALL_UPDATE_STATE:
        ask(BOOT_SERVICE_UPDATE, x);
        return;
    case MONITOR_CALL_IMAGE_TYPE:
        ask_image_type(x);
        return;
    case MONITOR_CALL_COUNT:
        x[0] = CALLS;
        return;
    case MONITOR_CALL_UID:
        for (unsigned i = 0; i < 4; i++) {
            x[i] = identifier[i];
        }
        return;
    case MONITOR_CALL_REVISION:
        x[0] = REVISION_MAJOR;
        return;
    default:
        x[0] = MONITOR_NOT_SUPPORTED;
        return;
    }
}
