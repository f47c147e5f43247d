/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service mailbox between the application cores of a SoC and its boot MCU: a
 * channel for each core, so that no core waits for another one's lock. A core
 * writes arguments, then REQUEST, which rings the doorbell; the boot MCU writes
 * results, then zero into REQUEST. START is what the boot MCU leaves for a core
 * that it lets go. A design of ours (abi/boot_service.h).
 *
 * View 0 is that of the application cores, view 1 that of the boot MCU.
 */
#include "abi/boot_service.h"
#include "abi/soc_reset.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"

enum {
    CHANNELS = SOC_RESET_CORES,
    ARGUMENTS = 8,
    RESULTS = 4,
    STARTS = 4,
};
enum views { VIEW_CORES, VIEW_BOOT_MCU };
enum outputs { OUTPUT_DOORBELL };

struct state {
    uint32_t request[CHANNELS];
    uint32_t argument[CHANNELS * ARGUMENTS];
    uint32_t result[CHANNELS * RESULTS];
    uint32_t start[CHANNELS * STARTS];
};

static uint32_t pending(const struct state *state)
{
    uint32_t channels = 0;

    for (unsigned i = 0; i < CHANNELS; i++) {
        channels |= state->request[i] != 0 ? BIT(i) : 0;
    }
    return channels;
}

static void update(struct device *device)
{
    line_set(&device->outputs[OUTPUT_DOORBELL], pending(device->state) != 0);
}

REGISTER_VALUE(read_pending, pending(device->state))

/* A request stands until the boot MCU takes it back. */
static void write_request(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    bool is_core = access->view == VIEW_CORES;

    debug_assert(index < CHANNELS);
    if (is_core ? state->request[index] != 0 : value != 0) {
        device_guest_error(device, 4 * index,
                           is_core ? "channel %u has a request already"
                                   : "the boot MCU requests on channel %u",
                           index);
        return;
    }
    state->request[index] = value;
    update(device);
}

#define AT(name) (BOOT_SERVICE_##name - BOOT_SERVICE)

static const struct register_spec registers[] = {
#include "devices/soc/services.def"
};

const struct device_type soc_services = {
    .compatible = "cairn,soc-services",
    .title = "service mailbox of a boot MCU",
    .reference = "docs/design/trust/chain.md",
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, registers)),
    DEVICE_OUTPUTS({"doorbell", LINE_INTERRUPT}),
    .restored = update,
};
