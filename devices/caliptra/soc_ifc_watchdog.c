/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of cycles in the SoC interface: two watchdogs and mtime.
 *
 * Watchdog 2 counts by itself when it is enabled; otherwise it is the second
 * stage of watchdog 1, counts once that has expired, and its own expiry is the
 * core's non-maskable interrupt and a fatal hardware error. An expired counter
 * stands at its period until its interrupt is cleared. Cycles are those of the
 * node's clock, by virtual time.
 */
#include "bus/ticks.h"
#include "devices/caliptra/soc_ifc_state.h"

/* ---- Cycles -------------------------------------------------------------- */

static uint64_t now(const struct device *device)
{
    clock_tell(&device->fabric->clock);
    return clock_now(&device->fabric->clock);
}

/* Rounded up, so that the cycles have passed at the time answered. */
uint64_t soc_ifc_cycles_to_ns(const struct device *device, uint64_t cycles)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    return ticks_ns(cycles, wiring->frequency_hz);
}

uint64_t soc_ifc_counter_value(const struct device *device,
                               const struct soc_ifc_counter *counter)
{
    const struct soc_ifc_wiring *wiring = device->wiring;

    if (!counter->running) {
        return counter->value;
    }
    return counter->value +
           ticks_of(now(device) - counter->since_ns, wiring->frequency_hz);
}

void soc_ifc_counter_set(struct device *device, struct soc_ifc_counter *counter,
                         uint64_t value, bool running)
{
    counter->value = value;
    counter->since_ns = now(device);
    counter->running = running;
}

/* Stores what it counts now, and when that cycle began. */
static void advance(const struct device *device,
                    struct soc_ifc_counter *counter)
{
    uint64_t value = soc_ifc_counter_value(device, counter);

    counter->since_ns += soc_ifc_cycles_to_ns(device, value - counter->value);
    counter->value = value;
}

/* When the counter will have gone on by that many cycles. */
static uint64_t due(const struct device *device,
                    const struct soc_ifc_counter *counter, uint64_t cycles)
{
    uint64_t ns = soc_ifc_cycles_to_ns(device, cycles);

    return ns > TIME_NEVER - counter->since_ns ? TIME_NEVER
                                               : counter->since_ns + ns;
}

/* ---- Watchdogs ----------------------------------------------------------- */

static uint64_t period(const struct soc_ifc_state *state, unsigned watchdog)
{
    return join_words(state->watchdog_period[watchdog]);
}

static bool is_cascade(const struct soc_ifc_state *state)
{
    return state->watchdog_enable[1] == 0;
}

/* Cycles from the counter's stored value to the period, around the end of the
 * counter when the period was set below it. */
static uint64_t cycles_to_go(const struct soc_ifc_state *state,
                             unsigned watchdog)
{
    return period(state, watchdog) - state->watchdog[watchdog].value;
}

/* Brings a counter to the present; at its period it stands. */
static void settle(struct device *device, unsigned watchdog)
{
    struct soc_ifc_state *state = device->state;
    struct soc_ifc_counter *counter = &state->watchdog[watchdog];

    if (counter->running) {
        uint64_t passed =
            soc_ifc_counter_value(device, counter) - counter->value;
        bool expired = passed >= cycles_to_go(state, watchdog);
        if (expired) {
            soc_ifc_counter_set(device, counter, period(state, watchdog),
                                false);
        }
    }
}

bool soc_ifc_watchdog_has_expired(struct device *device, unsigned watchdog)
{
    struct soc_ifc_state *state = device->state;

    settle(device, watchdog);
    return cycles_to_go(state, watchdog) == 0;
}

/* Starts or stops a counter without losing what it counted. */
static void run(struct device *device, unsigned watchdog, bool running)
{
    struct soc_ifc_state *state = device->state;
    struct soc_ifc_counter *counter = &state->watchdog[watchdog];

    running = running && cycles_to_go(state, watchdog) != 0;
    if (running != (counter->running != 0)) {
        soc_ifc_counter_set(device, counter,
                            soc_ifc_counter_value(device, counter), running);
    }
}

static void raise_edges(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    bool before[WATCHDOGS] = {state->watchdog_expired[0] != 0,
                              state->watchdog_expired[1] != 0};

    for (unsigned i = 0; i < WATCHDOGS; i++) {
        state->watchdog_expired[i] = soc_ifc_watchdog_has_expired(device, i);
    }
    if (state->watchdog_expired[0] && !before[0]) {
        interrupts_raise(device, INTERRUPT_ERROR, ERROR_WATCHDOG1);
    }
    if (state->watchdog_expired[1] && !before[1] && !is_cascade(state)) {
        interrupts_raise(device, INTERRUPT_ERROR, ERROR_WATCHDOG2);
    }
    if (state->watchdog_expired[1] && !before[1] && is_cascade(state)) {
        soc_ifc_fatal(device, HW_FATAL_NMI, FACT_WATCHDOG_EXPIRED);
    }
    soc_ifc_set(device, SOC_IFC_NMI,
                state->watchdog_expired[1] && is_cascade(state));
}

void soc_ifc_watchdog_update(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    uint64_t next = TIME_NEVER;

    raise_edges(device);
    run(device, 0, state->watchdog_enable[0] != 0);
    run(device, 1, !is_cascade(state) || state->watchdog_expired[0] != 0);
    for (unsigned i = 0; i < WATCHDOGS; i++) {
        if (state->watchdog[i].running) {
            uint64_t then =
                due(device, &state->watchdog[i], cycles_to_go(state, i));
            next = then < next ? then : next;
        }
    }
    timer_arm(&device->fabric->clock, &device->timers[SOC_IFC_WATCHDOG_TIMER],
              next);
}

static void count_from_zero(struct device *device, unsigned watchdog)
{
    struct soc_ifc_state *state = device->state;

    soc_ifc_counter_set(device, &state->watchdog[watchdog], 0, false);
}

static bool counts(struct device *device, unsigned watchdog)
{
    const struct soc_ifc_state *state = device->state;

    return watchdog == 0
               ? state->watchdog_enable[0] != 0
               : !is_cascade(state) || soc_ifc_watchdog_has_expired(device, 0);
}

static bool restarts(struct device *device, unsigned watchdog)
{
    const struct soc_ifc_wiring *wiring = device->wiring;
    bool is_stage = watchdog == 1 && is_cascade(device->state);

    return counts(device, watchdog) &&
           !(is_stage && wiring->generation->second_stage_follows);
}

void soc_ifc_watchdog_restart(struct device *device, unsigned watchdog)
{
    if (restarts(device, watchdog) &&
        !soc_ifc_watchdog_has_expired(device, watchdog)) {
        count_from_zero(device, watchdog);
    }
    soc_ifc_watchdog_update(device);
}

void soc_ifc_watchdog_serviced(struct device *device, uint32_t events)
{
    const struct soc_ifc_state *state = device->state;
    bool expired[WATCHDOGS] = {soc_ifc_watchdog_has_expired(device, 0),
                               soc_ifc_watchdog_has_expired(device, 1)};
    bool first = (events & ERROR_WATCHDOG1) != 0 && expired[0];
    bool second =
        (events & ERROR_WATCHDOG2) != 0 && expired[1] && !is_cascade(state);
    bool second_counts = counts(device, 1);

    if (first && counts(device, 0) && (!is_cascade(state) || !expired[1])) {
        count_from_zero(device, 0);
    }
    if (second_counts &&
        (second || (first && is_cascade(state) && !expired[1]))) {
        count_from_zero(device, 1);
    }
    soc_ifc_watchdog_update(device);
}

void soc_ifc_watchdog_reset(struct device *device)
{
    struct soc_ifc_state *state = device->state;

    for (unsigned i = 0; i < WATCHDOGS; i++) {
        count_from_zero(device, i);
        state->watchdog_expired[i] = 0;
    }
    soc_ifc_watchdog_update(device);
}

/* ---- mtime --------------------------------------------------------------- */

void soc_ifc_mtime_update(struct device *device)
{
    struct soc_ifc_state *state = device->state;
    uint64_t compare = join_words(state->mtimecmp);
    uint64_t value = soc_ifc_counter_value(device, &state->mtime);
    uint64_t next = TIME_NEVER;

    if (value < compare) {
        next = due(device, &state->mtime, compare - state->mtime.value);
    }
    soc_ifc_set(device, SOC_IFC_MTIP, value >= compare);
    timer_arm(&device->fabric->clock, &device->timers[SOC_IFC_MTIME_TIMER],
              next);
}

/* ---- Registers ----------------------------------------------------------- */

/* The time that passed with the old enable or period must have its effect
 * before it changes. */
static void write_watchdog_enable(struct device *device, unsigned watchdog,
                                  uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    soc_ifc_watchdog_update(device);
    state->watchdog_enable[watchdog] = value;
    soc_ifc_watchdog_update(device);
}

void soc_ifc_write_watchdog1_enable(struct device *device,
                                    const struct access *access, unsigned index,
                                    uint32_t value)
{
    write_watchdog_enable(device, 0, value);
}

void soc_ifc_write_watchdog2_enable(struct device *device,
                                    const struct access *access, unsigned index,
                                    uint32_t value)
{
    write_watchdog_enable(device, 1, value);
}

void soc_ifc_write_watchdog1_control(struct device *device,
                                     const struct access *access,
                                     unsigned index, uint32_t value)
{
    if (value != 0) {
        soc_ifc_watchdog_restart(device, 0);
    }
}

void soc_ifc_write_watchdog2_control(struct device *device,
                                     const struct access *access,
                                     unsigned index, uint32_t value)
{
    if (value != 0) {
        soc_ifc_watchdog_restart(device, 1);
    }
}

/* The counter is compared for equality: a period below it is met only once the
 * counter has gone around. */
static void write_watchdog_period(struct device *device, unsigned watchdog,
                                  unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    struct soc_ifc_counter *counter = &state->watchdog[watchdog];

    soc_ifc_watchdog_update(device);
    advance(device, counter);
    state->watchdog_period[watchdog][index] = value;
    soc_ifc_watchdog_update(device);
}

void soc_ifc_write_watchdog1_period(struct device *device,
                                    const struct access *access, unsigned index,
                                    uint32_t value)
{
    write_watchdog_period(device, 0, index, value);
}

void soc_ifc_write_watchdog2_period(struct device *device,
                                    const struct access *access, unsigned index,
                                    uint32_t value)
{
    write_watchdog_period(device, 1, index, value);
}

uint32_t soc_ifc_read_watchdog_status(struct device *device,
                                      const struct access *access,
                                      unsigned index)
{
    return (soc_ifc_watchdog_has_expired(device, 0) ? 1u : 0) |
           (soc_ifc_watchdog_has_expired(device, 1) ? 2u : 0);
}

uint32_t soc_ifc_read_mtime(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct soc_ifc_state *state = device->state;

    return split_word(soc_ifc_counter_value(device, &state->mtime), index);
}

void soc_ifc_write_mtime(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;
    uint64_t old = soc_ifc_counter_value(device, &state->mtime);

    soc_ifc_counter_set(device, &state->mtime, replace_word(old, index, value),
                        true);
    soc_ifc_mtime_update(device);
}

void soc_ifc_write_mtimecmp(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct soc_ifc_state *state = device->state;

    state->mtimecmp[index] = value;
    soc_ifc_mtime_update(device);
}
