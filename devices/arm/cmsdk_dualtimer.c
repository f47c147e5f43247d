/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB dual timer (DDI 0479, 4.2): two counters down, of 16 or 32 bits,
 * free-running, periodic or for one time, with a prescaler.
 */
#include "base/bits.h"
#include "bus/countdown.h"
#include "devices/arm/cmsdk.h"

enum { TIMERS = 2 };

struct state {
    struct countdown down[TIMERS];
    uint32_t control[TIMERS];
    uint32_t load[TIMERS];
    uint32_t raw[TIMERS];
    uint32_t test_control;
    uint32_t test_output;
};

enum control_bits {
    CONTROL_ONE_SHOT = 1 << 0,
    CONTROL_32_BITS = 1 << 1,
    CONTROL_INTERRUPT = 1 << 5,
    CONTROL_PERIODIC = 1 << 6,
    CONTROL_ENABLE = 1 << 7,
};

enum outputs { OUTPUT_ANY, OUTPUT_FIRST };

/* The prescaler of a counter divides by 1, 16 or 256. */
static uint32_t prescale(const struct device *device, unsigned n)
{
    const struct state *state = device->state;

    return 1u << (state->control[n] >> 2 & 3) % 3 * 4;
}

/* Ticks of the device's clock are divided, not its frequency, whose fraction
 * would be lost. */
static uint64_t now(const struct device *device, unsigned n)
{
    return clocked_now(device) / prescale(device, n);
}

static uint32_t masked(const struct device *device, unsigned n)
{
    const struct state *state = device->state;

    return (state->control[n] & CONTROL_INTERRUPT) != 0 ? state->raw[n] : 0;
}

/* While ITCR says so, ITOP drives the outputs (4.2.2). */
static void update(struct device *device)
{
    const struct state *state = device->state;
    uint32_t any = 0;

    for (unsigned n = 0; n < TIMERS; n++) {
        uint32_t level = state->test_control != 0 ? state->test_output >> n & 1
                                                  : masked(device, n);
        line_set(&device->outputs[OUTPUT_FIRST + n], level);
        any |= level;
    }
    line_set(&device->outputs[OUTPUT_ANY], any);
}

static uint32_t cut(const struct state *state, unsigned n, uint32_t value)
{
    return (state->control[n] & CONTROL_32_BITS) != 0 ? value : value & 0xffff;
}

/* The value that follows 0: the load value where it is periodic, else all ones.
 */
static void rearm(struct device *device, unsigned n)
{
    struct state *state = device->state;
    bool periodic = (state->control[n] & CONTROL_PERIODIC) != 0;

    state->down[n].stops = (state->control[n] & CONTROL_ONE_SHOT) != 0;
    countdown_reload(&state->down[n], now(device, n),
                     cut(state, n, periodic ? state->load[n] : UINT32_MAX));
    countdown_run(&state->down[n], now(device, n),
                  (state->control[n] & CONTROL_ENABLE) != 0);
    countdown_arm(&state->down[n], &device->fabric->clock, &device->timers[n],
                  clocked_hz(device), prescale(device, n));
    update(device);
}

static void reached_zero(struct device *device, unsigned n)
{
    struct state *state = device->state;

    state->raw[n] = 1;
    rearm(device, n);
}

static void first_zero(struct device *device)
{
    reached_zero(device, 0);
}

static void second_zero(struct device *device)
{
    reached_zero(device, 1);
}

/* ---- Registers ----------------------------------------------------------- */

#define EACH(handler, number)                                                  \
    static uint32_t handler##_##number(                                        \
        struct device *device, const struct access *access, unsigned index)    \
    {                                                                          \
        return handler(device, (number)-1);                                    \
    }
#define EACH_WRITE(handler, number)                                            \
    static void handler##_##number(struct device *device,                      \
                                   const struct access *access,                \
                                   unsigned index, uint32_t value)             \
    {                                                                          \
        handler(device, (number)-1, value);                                    \
    }

static void write_load(struct device *device, unsigned n, uint32_t value)
{
    struct state *state = device->state;

    state->load[n] = value;
    countdown_set(&state->down[n], now(device, n), cut(state, n, value));
    rearm(device, n);
}

static void write_bgload(struct device *device, unsigned n, uint32_t value)
{
    struct state *state = device->state;

    state->load[n] = value;
    rearm(device, n);
}

static uint32_t read_value(struct device *device, unsigned n)
{
    const struct state *state = device->state;

    clock_tell(&device->fabric->clock);
    return cut(state, n, countdown_value(&state->down[n], now(device, n)));
}

/* The prescaler may change: the counter holds still from one to the other. */
static void write_control(struct device *device, unsigned n, uint32_t value)
{
    struct state *state = device->state;
    uint32_t held = countdown_value(&state->down[n], now(device, n));

    state->control[n] = value;
    countdown_set(&state->down[n], now(device, n), cut(state, n, held));
    rearm(device, n);
}

static void write_intclr(struct device *device, unsigned n, uint32_t value)
{
    struct state *state = device->state;

    state->raw[n] = 0;
    update(device);
}

EACH(read_value, 1)
EACH(read_value, 2)
EACH(masked, 1)
EACH(masked, 2)
EACH_WRITE(write_load, 1)
EACH_WRITE(write_load, 2)
EACH_WRITE(write_bgload, 1)
EACH_WRITE(write_bgload, 2)
EACH_WRITE(write_control, 1)
EACH_WRITE(write_control, 2)
EACH_WRITE(write_intclr, 1)
EACH_WRITE(write_intclr, 2)

REGISTER_STORE(write_itcr, test_control, update)
REGISTER_STORE(write_itop, test_output, update)

/* Counters begin with all ones (4.2.2). */
static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    for (unsigned n = 0; n < TIMERS; n++) {
        countdown_set(&state->down[n], now(device, n), UINT32_MAX);
        rearm(device, n);
    }
}

static const struct register_spec registers[] = {
#include "devices/arm/cmsdk_dualtimer.def"
};

const struct device_type cmsdk_dualtimer = {
    .compatible = "arm,cmsdk-dualtimer",
    .title = "CMSDK APB dual timer",
    .reference = "Cortex-M System Design Kit TRM, DDI 0479, 4.2",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"timer1", LINE_INTERRUPT},
                   {"timer2", LINE_INTERRUPT}),
    DEVICE_TIMERS(first_zero, second_zero),
    .init = cmsdk_init,
    .reset = reset,
    .restored = update,
};
