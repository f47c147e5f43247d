/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message handling unit of the SSE-200 (101104, 3.3): four bits for each of two
 * processors, any of which interrupts it.
 */
#include "base/bits.h"
#include "bus/device.h"
#include "devices/arm/cmsdk.h"

struct state {
    uint32_t cpu0;
    uint32_t cpu1;
};

static void update(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0], state->cpu0 != 0);
    line_set(&device->outputs[1], state->cpu1 != 0);
}

REGISTER_WRITE(set_cpu0, cpu0 |= value, update)
REGISTER_CLEAR(clear_cpu0, cpu0, update)
REGISTER_WRITE(set_cpu1, cpu1 |= value, update)
REGISTER_CLEAR(clear_cpu1, cpu1, update)

static const struct register_spec registers[] = {
#include "devices/arm/sse200_mhu.def"
};

const struct device_type sse200_mhu = {
    .compatible = "arm,sse-200-mhu",
    .title = "SSE-200 message handling unit",
    .reference = "SSE-200 TRM 101104, 3.3",
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("mhu", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_OUTPUTS({"cpu0", LINE_INTERRUPT}, {"cpu1", LINE_INTERRUPT}),
    .restored = update,
};
