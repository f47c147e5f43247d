/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 temperature sensor (reference manual 3.0, chapter 22). What it measures
 * is input "temperature", in quarters of a degree Celsius; while that is 0, 25
 * degrees.
 */
#include "devices/nordic/nrf51.h"

enum { TASK_START, TASK_STOP, EVENT_DATARDY = 0, DEFAULT = 25 * 4 };
enum { MEASURE_NS = 36000 }; /* product specification 3.1 */

struct state {
    struct nrf51_events events;
    uint32_t value;
};

static void measured(struct device *device)
{
    struct state *state = device->state;
    uint32_t level = device->input_levels[0];

    state->value = level != 0 ? level : DEFAULT;
    nrf51_happen(device, EVENT_DATARDY);
}

static void start(struct device *device, unsigned task)
{
    struct clock *clock = &device->fabric->clock;

    if (task > TASK_STOP) {
        device_guest_error(device, task * 4, "no task %u", task);
        return;
    }
    timer_arm(clock, &device->timers[0],
              task == TASK_START ? clock_now(clock) + MEASURE_NS : TIME_NEVER);
}

NRF51_HANDLERS(start, nrf51_update)

static void reset(struct device *device, enum reset_domain domain)
{
    timer_cancel(&device->fabric->clock, &device->timers[0]);
    nrf51_update(device);
}

static const struct register_spec registers[] = {
    NRF51_ROWS("0 START, 1 STOP", "0 DATARDY"),
    {0x508,
                                      1, "TEMP",
                                      {RO, RO},
                                      RESET_CORE, 0,
                                      0, FIELD(struct state, value),
                                      NULL, NULL,
                                      "quarters of a degree"},
};

const struct device_type nrf51_temp = {
    .compatible = "nordic,nrf51-temp",
    .title = "nRF51 temperature sensor",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 22",
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("temp", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_INPUTS({"temperature", NULL}),
    DEVICE_TIMERS(measured),
    .reset = reset,
    .restored = nrf51_update,
};
