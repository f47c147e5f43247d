/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FPGA system control and I/O of the MPS2 boards (DAI 0385, 4.2): user LEDs and
 * buttons, counters of virtual time at 1 Hz and 100 Hz, and a counter up that
 * goes on each time its prescaler comes to 0.
 */
#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

enum { LEDS = 2 };

struct state {
    struct countdown down; /* PSCNTR */
    uint32_t leds;
    uint32_t misc;
    uint32_t offset_1hz; /* to seconds of virtual time */
    uint32_t offset_100hz;
    uint32_t counter;
    uint32_t debug;
};

static uint64_t now(const struct device *device)
{
    clock_tell(&device->fabric->clock);
    return clocked_now(device);
}

static uint32_t seconds(const struct device *device, uint32_t hz)
{
    clock_tell(&device->fabric->clock);
    return (uint32_t)ticks_now(&device->fabric->clock, hz);
}

static void update(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < LEDS; i++) {
        line_set(&device->outputs[i], state->leds >> i & 1);
    }
}

REGISTER_STORE(write_led0, leds, update)
REGISTER_READ(read_button, device_input_bits)

static uint32_t clk1hz(const struct device *device)
{
    const struct state *state = device->state;
    return state->offset_1hz + seconds(device, 1);
}

static uint32_t clk100hz(const struct device *device)
{
    const struct state *state = device->state;
    return state->offset_100hz + seconds(device, 100);
}

REGISTER_READ(read_clk1hz, clk1hz)
REGISTER_READ(read_clk100hz, clk100hz)
REGISTER_WRITE(write_clk1hz, offset_1hz = value - seconds(device, 1), update)
REGISTER_WRITE(write_clk100hz, offset_100hz = value - seconds(device, 100),
               update)

/* Reloads of the prescaler since the counter was right: one for each tick that
 * follows a 0. */
static uint32_t counter_at(const struct state *state, uint64_t tick)
{
    uint64_t period = (uint64_t)state->down.reload + 1;
    uint64_t first = state->down.since + state->down.value + 1;
    uint64_t reloads = tick >= first ? (tick - first) / period + 1 : 0;

    return state->counter + (uint32_t)reloads;
}

/* The counter and its prescaler hold what they do now. */
static uint64_t settle(struct device *device)
{
    struct state *state = device->state;
    uint64_t tick = now(device);

    state->counter = counter_at(state, tick);
    countdown_settle(&state->down, tick);
    return tick;
}

REGISTER_VALUE(read_counter, counter_at(device->state, now(device)))

static void write_counter(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    settle(device);
    state->counter = value;
}

static uint32_t prescale(const struct device *device)
{
    const struct state *state = device->state;
    return state->down.reload;
}

REGISTER_READ(read_prescale, prescale)

static void write_prescale(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    settle(device);
    state->down.reload = value;
}

static uint32_t pscntr(const struct device *device)
{
    const struct state *state = device->state;
    return countdown_value(&state->down, now(device));
}

REGISTER_READ(read_pscntr, pscntr)

static void write_pscntr(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    countdown_set(&state->down, settle(device), value);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    state->offset_1hz = 0 - seconds(device, 1);
    state->offset_100hz = 0 - seconds(device, 100);
    state->down.since = now(device);
    state->down.running = 1;
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/mps2_fpgaio.def"
};

const struct device_type mps2_fpgaio = {
    .compatible = "arm,mps2-fpgaio",
    .title = "MPS2 FPGA I/O",
    .reference = "application notes DAI 0385 and DAI 0521, chapter 4",
    DEVICE_OMISSIONS(
        {"MISC", OMITTED_SET, 0x3ff, 0, "what MISC selects"},
        {"DBGCTRL", OMITTED_SET, 0xf, 0, "debug controls of the FPGA"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("fpgaio", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE),
                  STATE(struct state, offset_1hz, RESET_CORE),
                  STATE(struct state, offset_100hz, RESET_CORE),
                  STATE(struct state, counter, RESET_CORE)),
    DEVICE_OUTPUTS({"led0", LINE_SIGNAL}, {"led1", LINE_SIGNAL}),
    DEVICE_INPUTS({"button0", NULL}, {"button1", NULL}),
    .init = cmsdk_init,
    .reset = reset,
    .restored = update,
};
