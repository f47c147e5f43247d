/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that go down by one a tick. */
#include "bus/countdown.h"

uint32_t countdown_value(const struct countdown *down, uint64_t tick)
{
    uint64_t passed = tick - down->since;

    if (down->running == 0 || passed == 0) {
        return down->value;
    }
    if (passed <= down->value) {
        return down->value - (uint32_t)passed;
    }
    if (down->stops != 0) {
        return 0;
    }
    uint64_t into = (passed - down->value - 1) % ((uint64_t)down->reload + 1);
    return down->reload - (uint32_t)into;
}

uint64_t countdown_next(const struct countdown *down, uint32_t at,
                        uint64_t tick)
{
    uint64_t period = (uint64_t)down->reload + 1;
    bool reloads = down->stops == 0 && at <= down->reload;
    uint64_t first = down->since + down->value - at;

    if (down->running == 0 || (at > down->value && !reloads)) {
        return TICK_NEVER;
    }
    first += at > down->value ? period : 0;
    /* A counter may have begun before tick 0: a difference has a sign. */
    if ((int64_t)(first - tick) > 0) {
        return first;
    }
    return reloads ? first + ((tick - first) / period + 1) * period
                   : TICK_NEVER;
}

uint64_t countdown_zero(const struct countdown *down, uint64_t tick)
{
    struct countdown once = *down;

    once.stops |= down->reload == 0;
    return countdown_next(&once, 0, tick);
}

void countdown_settle(struct countdown *down, uint64_t tick)
{
    countdown_set(down, tick, countdown_value(down, tick));
}

void countdown_run(struct countdown *down, uint64_t tick, bool running)
{
    countdown_settle(down, tick);
    down->running = running;
}

void countdown_set(struct countdown *down, uint64_t tick, uint32_t value)
{
    down->value = value;
    down->since = tick;
}

void countdown_reload(struct countdown *down, uint64_t tick, uint32_t reload)
{
    countdown_settle(down, tick);
    down->reload = reload;
}

/* The time of a tick that the prescaler's count does not hold is never. */
void countdown_arm(const struct countdown *down, struct clock *clock,
                   struct timer *timer, uint32_t hz, uint32_t prescale)
{
    uint64_t zero = countdown_zero(down, ticks_now(clock, hz) / prescale);
    uint64_t last = TICK_NEVER / prescale;

    timer_arm(clock, timer,
              zero < last ? ticks_time(zero * prescale, hz) : TIME_NEVER);
}

const char *const countdown_power_states[] = {"stopped", "running", NULL};

unsigned countdown_power_state(const struct device *device)
{
    const struct countdown *down = device->state;

    return down->running != 0;
}
