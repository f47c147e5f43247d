/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB timer (DDI 0479, 4.1): 32 bits down at the rate of its clock, an
 * interrupt as the counter comes to 0, then on from RELOAD.
 */
#include "base/bits.h"
#include "bus/countdown.h"
#include "devices/arm/cmsdk.h"

struct state {
    struct countdown down;
    uint32_t control;
    uint32_t interrupt;
};

enum { CONTROL_ENABLE = 1 << 0, CONTROL_INTERRUPT = 1 << 3 };

static void update(struct device *device)
{
    struct state *state = device->state;

    line_set(&device->outputs[0], state->interrupt);
}

static void rearm(struct device *device)
{
    struct state *state = device->state;

    countdown_arm(&state->down, &device->fabric->clock, &device->timers[0],
                  clocked_hz(device), 1);
    update(device);
}

/* The status is set only where the control register lets it (4.1). */
static void reached_zero(struct device *device)
{
    struct state *state = device->state;

    if ((state->control & CONTROL_INTERRUPT) != 0) {
        state->interrupt = 1;
    }
    rearm(device);
}

static void write_ctrl(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->control = value;
    countdown_run(&state->down, clocked_now(device),
                  (value & CONTROL_ENABLE) != 0);
    rearm(device);
}

static uint32_t value_of(const struct device *device)
{
    const struct state *state = device->state;

    clock_tell(&device->fabric->clock);
    return countdown_value(&state->down, clocked_now(device));
}

REGISTER_READ(read_value, value_of)

static void write_value(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    countdown_set(&state->down, clocked_now(device), value);
    rearm(device);
}

static uint32_t reload_of(const struct device *device)
{
    const struct state *state = device->state;
    return state->down.reload;
}

REGISTER_READ(read_reload, reload_of)

static void write_reload(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    countdown_reload(&state->down, clocked_now(device), value);
    rearm(device);
}

REGISTER_CLEAR(write_intclear, interrupt, update)

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/cmsdk_timer.def"
};

const struct device_type cmsdk_timer = {
    .compatible = "arm,cmsdk-timer",
    .title = "CMSDK APB timer",
    .reference = "Cortex-M System Design Kit TRM, DDI 0479, 4.1",
    DEVICE_OMISSIONS(
        {"CTRL", OMITTED_SET, 6, 0, "the external input as clock or enable"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(reached_zero),
    .init = cmsdk_init,
    .reset = reset,
    .restored = update,
    .power_states = countdown_power_states,
    .power_state = countdown_power_state,
};
