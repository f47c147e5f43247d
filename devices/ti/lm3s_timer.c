/* SPDX-License-Identifier: Apache-2.0 */
/*
 * General-purpose timer of TI's LM3S6965 (data sheet, chapter 9): one counter
 * down of 32 bits, or two of 16 with prescalers, for one time or periodic.
 */
#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"

enum { COUNTERS = 2, CONFIG_16_BITS = 4, ENABLE_SHIFT = 8 };
enum mode { MODE_ONCE = 1, MODE_PERIODIC = 2, MODE_MASK = 3 };
/* 9.4: of counter A; those of counter B are 8 bits higher. */
enum { INTERRUPT_TIMEOUT = 1 << 0 };

struct state {
    struct countdown down[COUNTERS];
    uint32_t configuration;
    uint32_t mode[COUNTERS];
    uint32_t control;
    uint32_t mask;
    uint32_t raw;
    uint32_t load[COUNTERS];
    uint32_t match[COUNTERS];
    uint32_t prescale[COUNTERS];
    uint32_t match_prescale[COUNTERS];
};

static bool is_wide(const struct state *state)
{
    return state->configuration < CONFIG_16_BITS;
}

/* A prescaler divides in the modes of 16 bits alone. */
static uint32_t divisor(const struct device *device, unsigned n)
{
    const struct state *state = device->state;

    return is_wide(state) ? 1 : state->prescale[n] + 1;
}

/* Ticks of the device's clock are divided, not its frequency, whose fraction
 * would be lost. */
static uint64_t now(const struct device *device, unsigned n)
{
    return clocked_now(device) / divisor(device, n);
}

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return state->raw & state->mask;
}

static void update(struct device *device)
{
    line_set(&device->outputs[0], masked(device) != 0);
}

static uint32_t load_of(const struct state *state, unsigned n)
{
    return is_wide(state) ? state->load[n] : state->load[n] & 0xffff;
}

static void rearm(struct device *device, unsigned n)
{
    const struct state *state = device->state;

    countdown_arm(&state->down[n], &device->fabric->clock, &device->timers[n],
                  clocked_hz(device), divisor(device, n));
    update(device);
}

/* A timer of 32 bits has counter A alone. */
static bool runs(const struct state *state, unsigned n)
{
    return (state->control >> n * ENABLE_SHIFT & 1) != 0 &&
           (n == 0 || !is_wide(state));
}

/* A register that divides the clock may change: the counters hold still from
 * one value to the other. */
static void divide(struct device *device, uint32_t *divider, uint32_t value)
{
    struct state *state = device->state;
    uint32_t held[COUNTERS];

    for (unsigned n = 0; n < COUNTERS; n++) {
        held[n] = countdown_value(&state->down[n], now(device, n));
    }
    *divider = value;
    for (unsigned n = 0; n < COUNTERS; n++) {
        countdown_set(&state->down[n], now(device, n), held[n]);
        rearm(device, n);
    }
}

static void write_cfg(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;

    divide(device, &state->configuration, value);
}

static void write_pr(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;

    divide(device, &state->prescale[index], value);
}

static const struct logged_omission other_modes = {
    "GPTMCTL", "capture, PWM and real-time clock modes"};

/* Configuration and modes count when a counter is enabled (9.3). */
static void enable(struct device *device, unsigned n)
{
    struct state *state = device->state;
    uint32_t mode = state->mode[n] & MODE_MASK;

    if (state->configuration == 1 || mode == 0 || mode == MODE_MASK ||
        (state->mode[n] & ~(uint32_t)MODE_MASK) != 0) {
        device_omits(device, &other_modes);
        return;
    }
    state->down[n].stops = mode == MODE_ONCE;
    state->down[n].reload = load_of(state, n);
    state->down[n].running = 1;
    countdown_set(&state->down[n], now(device, n), load_of(state, n));
    rearm(device, n);
}

static void reached_zero(struct device *device, unsigned n)
{
    struct state *state = device->state;

    state->raw |= (uint32_t)INTERRUPT_TIMEOUT << n * 8;
    if (state->down[n].stops != 0) {
        state->control &= ~(1u << n * ENABLE_SHIFT);
        countdown_run(&state->down[n], now(device, n), false);
    }
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

static void write_ctl(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;

    for (unsigned n = 0; n < COUNTERS; n++) {
        bool before = runs(state, n);

        state->control &= ~(0xffu << n * 8);
        state->control |= value & 0xffu << n * 8;
        if (!before && runs(state, n)) {
            enable(device, n);
        } else if (before && !runs(state, n)) {
            countdown_run(&state->down[n], now(device, n), false);
            rearm(device, n);
        }
    }
}

/* The next period takes it (9.4). */
static void write_ilr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->load[index] = value;
    countdown_set(&state->down[index], now(device, index),
                  load_of(state, index));
    countdown_reload(&state->down[index], now(device, index),
                     load_of(state, index));
    rearm(device, index);
}

static uint32_t read_r(struct device *device, const struct access *access,
                       unsigned index)
{
    const struct state *state = device->state;

    clock_tell(&device->fabric->clock);
    return countdown_value(&state->down[index], now(device, index));
}

REGISTER_STORE(write_imr, mask, update)
REGISTER_READ(read_mis, masked)
REGISTER_CLEAR(write_icr, raw, update)

static int init(struct device *device, struct error *error)
{
    return clocked_set(device,
                       device_property_u32(device, "clock-frequency", 25000000),
                       error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device, 0);
    rearm(device, 1);
}

static const struct register_spec registers[] = {
#include "devices/ti/lm3s_timer.def"
};

const struct device_type lm3s_timer = {
    .compatible = "ti,lm3s-timer",
    .title = "Stellaris general-purpose timer",
    .reference = "LM3S6965 data sheet, chapter 9",
    DEVICE_OMISSIONS(
        {"GPTMCTL", OMITTED_SET, 0x2020, 0, "triggers"},
        {"GPTMTAMATCHR", OMITTED_UNSEEN, 0, 0,
         "matches, of modes whose start is logged"},
        {"GPTMTAPMR", OMITTED_UNSEEN, 0, 0, "prescalers of matches"},
        OMISSION_LOGGED(other_modes)),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(first_zero, second_zero),
    .init = init,
    .reset = reset,
    .restored = update,
};
