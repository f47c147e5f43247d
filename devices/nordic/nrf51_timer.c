/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 timer (reference manual 3.0, chapter 18): counts up at 16 MHz divided
 * by a power of two, or counts tasks, in 8 to 32 bits, and compares with four
 * values.
 */
#include "bus/handlers.h"
#include "devices/nordic/nrf51.h"

enum { EVERY_COMPARE = 0xf, SHORT_STOP = 8, BASE_HZ = 16000000 };
enum { TASK_START, TASK_STOP, TASK_COUNT, TASK_CLEAR, TASK_SHUTDOWN };
enum { TASK_CAPTURE = 16 };

struct state {
    struct nrf51_events events;
    uint64_t since; /* the tick at which the counter was base */
    uint32_t running;
    uint32_t base;
    uint32_t mode; /* 1: counts tasks */
    uint32_t bit_mode;
    uint32_t prescaler;
    uint32_t compare[NRF51_COMPARES];
    uint32_t shield; /* see its row */
};

static uint32_t hz_of(const struct state *state)
{
    return (uint32_t)BASE_HZ >> (state->prescaler > 9 ? 9 : state->prescaler);
}

static uint32_t mask_of(const struct state *state)
{
    static const uint32_t masks[] = {0xffff, 0xff, 0xffffff, UINT32_MAX};
    return masks[state->bit_mode & 3];
}

static uint64_t now(const struct device *device)
{
    return ticks_now(&device->fabric->clock, hz_of(device->state));
}

static bool counts_time(const struct state *state)
{
    return state->running != 0 && state->mode == 0;
}

static uint32_t counter_at(const struct state *state, uint64_t tick)
{
    uint32_t passed = counts_time(state) ? (uint32_t)(tick - state->since) : 0;

    return (state->base + passed) & mask_of(state);
}

/* The counter is that from now on. */
static void set_counter(struct device *device, uint32_t value)
{
    struct state *state = device->state;

    state->base = value;
    state->since = now(device);
}

static void hold(struct device *device)
{
    set_counter(device, counter_at(device->state, now(device)));
}

static void rearm(struct device *device)
{
    const struct state *state = device->state;
    uint64_t left =
        nrf51_compare_left(state->compare, EVERY_COMPARE,
                           counter_at(state, now(device)), mask_of(state));

    ticks_arm(&device->fabric->clock, &device->timers[0], hz_of(state),
              counts_time(state) ? left : TICK_NEVER);
    nrf51_update(device);
}

/* The counter came to a new value. */
static void compare(struct device *device)
{
    struct state *state = device->state;
    uint32_t counter = counter_at(state, now(device));

    for (unsigned i = 0; i < NRF51_COMPARES; i++) {
        if ((state->compare[i] & mask_of(state)) != counter) {
            continue;
        }
        state->events.happened |= BIT(NRF51_EVENT_COMPARE + i);
        if ((state->events.shorts >> i & 1) != 0) {
            set_counter(device, 0);
        }
        if ((state->events.shorts >> (SHORT_STOP + i) & 1) != 0) {
            hold(device);
            state->running = 0;
        }
    }
}

static void reached(struct device *device)
{
    compare(device);
    rearm(device);
}

static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;

    hold(device);
    switch (task) {
    case TASK_START:
        state->running = 1;
        break;
    case TASK_STOP:
    case TASK_SHUTDOWN:
        state->running = 0;
        break;
    case TASK_COUNT:
        if (state->running != 0 && state->mode != 0) {
            set_counter(device, (state->base + 1) & mask_of(state));
            compare(device);
        }
        break;
    case TASK_CLEAR:
        set_counter(device, 0);
        break;
    default:
        if (task - TASK_CAPTURE < NRF51_COMPARES) {
            clock_tell(&device->fabric->clock);
            state->compare[task - TASK_CAPTURE] =
                counter_at(state, now(device));
        } else {
            device_guest_error(device, task * 4, "no task %u", task);
        }
        break;
    }
    rearm(device);
}

NRF51_HANDLERS(start, rearm)

/* A register that the rate depends on may change while the timer counts,
 * although the manual forbids it. */
#define CHANGES_RATE(handler, member)                                          \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
        uint32_t counter = counter_at(state, now(device));                     \
                                                                               \
        state->member = value;                                                 \
        set_counter(device, counter);                                          \
        rearm(device);                                                         \
    }

CHANGES_RATE(write_mode, mode)
CHANGES_RATE(write_bitmode, bit_mode)
CHANGES_RATE(write_prescaler, prescaler)

REGISTER_STORE(write_cc, compare[index], rearm)

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_timer.def"
};

static unsigned power_state(const struct device *device)
{
    const struct state *state = device->state;

    return state->running != 0;
}

const struct device_type nrf51_timer = {
    .compatible = "nordic,nrf51-timer",
    .title = "nRF51 timer",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 18",
    DEVICE_OMISSIONS({"a PPI, which no board has", OMITTED_ABSENT, 0, 0,
                      "starting tasks by the PPI"},
                     {"SHIELD", OMITTED_UNSEEN, 0, 0, "clocks kept on"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("timer", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE, STATE(struct state, running, RESET_CORE),
                  STATE(struct state, since, RESET_CORE),
                  STATE(struct state, base, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(reached),
    .reset = reset,
    .restored = nrf51_update,
    .power_states = countdown_power_states,
    .power_state = power_state,
};
