/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's services, by ranges of functions as the SMC Calling Convention
 * has them (DEN0028), and the row that calls them. */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/smccc/smccc.h"

enum functions {
    ARCH_VERSION = 0x80000000,
    SIP_ADD = 0x82000001,
    PSCI_VERSION = 0x84000000,
    PSCI_AFFINITY_INFO = 0xc4000004,
};

static const uint64_t finish = UINT64_MAX;

typedef uint64_t handler(uint32_t function, struct context *context);

static uint64_t serve_arch(uint32_t function, struct context *context)
{
    return function == ARCH_VERSION ? 0x10004 : UINT64_MAX;
}

static uint64_t serve_sip(uint32_t function, struct context *context)
{
    return function == SIP_ADD ? context->x[1] + context->x[2] : UINT64_MAX;
}

static uint64_t serve_psci(uint32_t function, struct context *context)
{
    switch (function) {
    case PSCI_VERSION:
        return 0x10001;
    case PSCI_AFFINITY_INFO:
        return context->x[1] < parameters[2] ? 0 : (uint64_t)-2;
    default:
        return UINT64_MAX;
    }
}

/* By the owner in bits 24 to 29. */
static const struct service {
    uint32_t first, last;
    handler *handler;
} service_table[] = {
    {0, 0, serve_arch},
    {2, 3, serve_sip },
    {4, 4, serve_psci},
};

bool serve(struct context *context)
{
    uint32_t function = (uint32_t)context->x[0];
    uint32_t owner = function >> 24 & 0x3f;

    if (context->x[0] == finish) {
        return true;
    }
    context->x[0] = UINT64_MAX;
    for (unsigned i = 0; i < sizeof(service_table) / sizeof(service_table[0]);
         i++) {
        const struct service *service = &service_table[i];

        if (owner >= service->first && owner <= service->last) {
            context->x[0] = service->handler(function, context);
            break;
        }
    }
    return false;
}

uint64_t services(uint64_t turns)
{
    static const uint32_t asked[4] = {ARCH_VERSION, SIP_ADD, PSCI_VERSION,
                                      PSCI_AFFINITY_INFO};
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        struct smccc call = {
            {asked[i & 3], 0, sum, 0, 0}
        };

        smccc_smc(&call);
        sum = sum * 3 + call.x[0] + 1;
    }
    return sum;
}
