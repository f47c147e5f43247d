/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counter that goes down by one a tick of its clock and, after 0, on from its
 * reload value, so that its period is the reload value + 1. Nothing happens at
 * each tick: what it holds and when it comes to 0 follow from the time.
 *
 * Ticks are counted from the start of virtual time, so that a long run does not
 * drift from the clock's frequency.
 */
#ifndef DEVICES_ARM_COUNTDOWN_H
#define DEVICES_ARM_COUNTDOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "bus/clock.h"

enum { COUNTDOWN_NS_PER_SECOND = 1000000000 };

/* State of a device: plain data. */
struct countdown {
    uint64_t since;   /* the tick at which it held value */
    uint32_t value;   /* what it holds all the time while it stands still */
    uint32_t reload;  /* after 0 */
    uint32_t running; /* 0 or 1 */
    uint32_t stops;   /* 1: it stands still at 0 */
};

static inline uint64_t countdown_tick(const struct clock *clock, uint32_t hz)
{
    return (uint64_t)((unsigned __int128)clock_now(clock) * hz /
                      COUNTDOWN_NS_PER_SECOND);
}

/* When a tick begins; TIME_NEVER past the end of time. */
static inline uint64_t countdown_time(uint64_t tick, uint32_t hz)
{
    unsigned __int128 ns =
        ((unsigned __int128)tick * COUNTDOWN_NS_PER_SECOND + hz - 1) / hz;

    return tick != UINT64_MAX && ns < TIME_NEVER ? (uint64_t)ns : TIME_NEVER;
}

static inline uint32_t countdown_value(const struct countdown *down,
                                       uint64_t tick)
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

/* The first tick after this one with which it comes from 1 to 0; UINT64_MAX:
 * it does not. */
static inline uint64_t countdown_zero(const struct countdown *down,
                                      uint64_t tick)
{
    uint64_t first = down->since + down->value;
    uint64_t period = (uint64_t)down->reload + 1;

    if (down->running == 0) {
        return UINT64_MAX;
    }
    if (first > tick) {
        return first;
    }
    if (down->stops != 0 || down->reload == 0) {
        return UINT64_MAX;
    }
    return first + ((tick - first) / period + 1) * period;
}

/* The counter holds what it does at this tick, and goes on from there. */
static inline void countdown_settle(struct countdown *down, uint64_t tick)
{
    down->value = countdown_value(down, tick);
    down->since = tick;
}

static inline void countdown_run(struct countdown *down, uint64_t tick,
                                 bool running)
{
    countdown_settle(down, tick);
    down->running = running;
}

static inline void countdown_set(struct countdown *down, uint64_t tick,
                                 uint32_t value)
{
    down->value = value;
    down->since = tick;
}

/* The value that comes after 0, from now on. */
static inline void countdown_reload(struct countdown *down, uint64_t tick,
                                    uint32_t reload)
{
    countdown_settle(down, tick);
    down->reload = reload;
}

/* Arms a timer for the next 0. */
static inline void countdown_arm(const struct countdown *down,
                                 struct clock *clock, struct timer *timer,
                                 uint32_t hz)
{
    debug_assert(hz != 0);
    timer_arm(
        clock, timer,
        countdown_time(countdown_zero(down, countdown_tick(clock, hz)), hz));
}

#endif
