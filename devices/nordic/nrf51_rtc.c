/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 real-time counter (reference manual 3.0, chapter 19): 24 bits at 32768
 * Hz, divided by up to 4096. An event that neither interrupts nor is routed
 * does not happen.
 */
#include "bus/handlers.h"
#include "devices/nordic/nrf51.h"

enum { EVENT_TICK = 0, EVENT_OVERFLOW = 1 };
enum { TASK_START, TASK_STOP, TASK_CLEAR, TASK_TRIGGER_OVERFLOW };
enum { HZ = 32768, MASK = 0xffffff, NEAR_OVERFLOW = 0xfffff0 };

struct state {
    struct nrf51_events events;
    uint64_t since;  /* the tick of 32768 Hz at which the counter was base */
    uint32_t routed; /* EVTEN */
    uint32_t base;
    uint32_t running;
    uint32_t prescaler;
    uint32_t compare[NRF51_COMPARES];
};

static uint64_t now(const struct device *device)
{
    return ticks_now(&device->fabric->clock, HZ);
}

/* Steps of the counter since it was base. */
static uint64_t steps(const struct state *state, uint64_t tick)
{
    return state->running != 0 ? (tick - state->since) / (state->prescaler + 1)
                               : 0;
}

static uint32_t counter_of(const struct device *device)
{
    const struct state *state = device->state;
    return (uint32_t)(state->base + steps(state, now(device))) & MASK;
}

static void set_counter(struct device *device, uint32_t value)
{
    struct state *state = device->state;

    state->base = value;
    state->since = now(device);
}

/* Steps until the next event that is wanted; TICK_NEVER: none is. */
static uint64_t soonest(const struct device *device)
{
    const struct state *state = device->state;
    uint32_t wanted = state->events.enabled | state->routed;
    uint32_t counter = counter_of(device);
    uint64_t left = nrf51_compare_left(
        state->compare, wanted >> NRF51_EVENT_COMPARE, counter, MASK);
    uint64_t overflow = (uint64_t)MASK + 1 - counter;

    if ((wanted & BIT(EVENT_TICK)) != 0) {
        return 1;
    }
    return (wanted & BIT(EVENT_OVERFLOW)) != 0 && overflow < left ? overflow
                                                                  : left;
}

static void rearm(struct device *device)
{
    const struct state *state = device->state;
    uint64_t left = state->running != 0 ? soonest(device) : TICK_NEVER;
    uint64_t done = steps(state, now(device));

    timer_arm(
        &device->fabric->clock, &device->timers[0],
        left == TICK_NEVER
            ? TIME_NEVER
            : ticks_time(state->since + (done + left) * (state->prescaler + 1),
                         HZ));
    nrf51_update(device);
}

static void reached(struct device *device)
{
    struct state *state = device->state;
    uint32_t wanted = state->events.enabled | state->routed;
    uint32_t counter = counter_of(device);
    uint32_t happened = BIT(EVENT_TICK);

    happened |= counter == 0 ? BIT(EVENT_OVERFLOW) : 0;
    for (unsigned i = 0; i < NRF51_COMPARES; i++) {
        happened |=
            state->compare[i] == counter ? BIT(NRF51_EVENT_COMPARE + i) : 0;
    }
    state->events.happened |= happened & wanted;
    rearm(device);
}

static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;
    uint32_t counter = counter_of(device);

    switch (task) {
    case TASK_START:
        if (state->running == 0) {
            set_counter(device, counter);
            state->running = 1;
        }
        break;
    case TASK_STOP:
        set_counter(device, counter);
        state->running = 0;
        break;
    case TASK_CLEAR:
        set_counter(device, 0);
        break;
    case TASK_TRIGGER_OVERFLOW:
        set_counter(device, NEAR_OVERFLOW);
        break;
    default:
        device_guest_error(device, task * 4, "no task %u", task);
        break;
    }
    rearm(device);
}

NRF51_HANDLERS(start, rearm)
REGISTER_WRITE(write_evten, routed = value, rearm)
REGISTER_WRITE(write_evtenset, routed |= value, rearm)
REGISTER_WRITE(write_evtenclr, routed &= ~value, rearm)

static uint32_t read_counter(struct device *device, const struct access *access,
                             unsigned index)
{
    clock_tell(&device->fabric->clock);
    return counter_of(device);
}

/* Only while the counter is stopped (19.1.1). */
static void write_prescaler(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (state->running != 0) {
        device_guest_error(device, 0x508, "PRESCALER written while counting");
    } else {
        state->prescaler = value;
    }
}

REGISTER_STORE(write_cc, compare[index], rearm)

static void reset(struct device *device, enum reset_domain domain)
{
    rearm(device);
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_rtc.def"
};

static unsigned power_state(const struct device *device)
{
    const struct state *state = device->state;

    return state->running != 0;
}

const struct device_type nrf51_rtc = {
    .compatible = "nordic,nrf51-rtc",
    .title = "nRF51 real-time counter",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 19",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0,
                      "the phase of the low-frequency clock to tasks"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("rtc", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE, STATE(struct state, since, RESET_CORE),
                  STATE(struct state, base, RESET_CORE),
                  STATE(struct state, running, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(reached),
    .reset = reset,
    .restored = nrf51_update,
    .power_states = countdown_power_states,
    .power_state = power_state,
};
