/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 random number generator (reference manual 3.0, chapter 21): a byte of
 * the machine's stream of randomness, which a seed begins, each time that the
 * real one takes.
 */
#include "devices/nordic/nrf51.h"

enum { TASK_START, TASK_STOP, EVENT_VALRDY = 0, SHORT_STOP = 1 };
/* With and without the correction of bias (product specification 3.1). */
enum { CORRECTED_NS = 677000, RAW_NS = 167000 };

struct state {
    struct nrf51_events events;
    uint32_t running;
    uint32_t configuration;
    uint32_t value;
};

static void rearm(struct device *device)
{
    const struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;
    uint64_t period = state->configuration != 0 ? CORRECTED_NS : RAW_NS;

    timer_arm(clock, &device->timers[0],
              state->running != 0 ? clock_now(clock) + period : TIME_NEVER);
}

static void ready(struct device *device)
{
    struct state *state = device->state;
    uint8_t byte;

    fabric_random(device->fabric, &byte, sizeof(byte));
    state->value = byte;
    if ((state->events.shorts & SHORT_STOP) != 0) {
        state->running = 0;
    }
    rearm(device);
    nrf51_happen(device, EVENT_VALRDY);
}

static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;

    if (task > TASK_STOP) {
        device_guest_error(device, task * 4, "no task %u", task);
        return;
    }
    state->running = task == TASK_START;
    rearm(device);
}

NRF51_HANDLERS(start, nrf51_update)

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
    nrf51_update(device);
}

static const struct register_spec registers[] = {
    NRF51_ROWS("0 START, 1 STOP", "0 VALRDY"),
    NRF51_STORE(0x504, "CONFIG", 0, 1, configuration, NULL,
                "correction of bias"),
    {0x508,
       1, "VALUE",
       {RO, RO},
       RESET_CORE, 0,
       0, FIELD(struct state, value),
       NULL, NULL,
       "the last byte"},
};

const struct device_type nrf51_rng = {
    .compatible = "nordic,nrf51-rng",
    .title = "nRF51 random number generator",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 21",
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("rng", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE, STATE(struct state, running, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(ready),
    .reset = reset,
    .restored = nrf51_update,
};
