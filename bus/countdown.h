/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counter that goes down by one a tick and, after 0, on from its reload
 * value, so that its period is the reload value + 1. Nothing happens at each
 * tick: its value, and the tick at which it comes to another, follow from the
 * present tick.
 *
 * A tick is any count that grows with virtual time: of bus/ticks.h, or such a
 * count divided by a prescaler. While the rate changes, the counter is settled
 * at the tick of the old rate and set at that of the new one.
 *
 * The struct is state of its device, which owns it: plain data, one row
 * STATE(struct state, down, RESET_CORE), whose format is that of snapshots. A
 * snapshot may hold any value: every function ends, with values that mean
 * nothing. None fails. Engine thread only.
 */
#ifndef BUS_COUNTDOWN_H
#define BUS_COUNTDOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/ticks.h"

struct countdown {
    uint64_t since;   /* the tick at which it held value */
    uint32_t value;   /* its value all the time while it stands still */
    uint32_t reload;  /* follows 0 */
    uint32_t running; /* 0 or 1 */
    uint32_t stops;   /* 1: it stands still at 0 */
};

uint32_t countdown_value(const struct countdown *down, uint64_t tick);

/* The first tick after this one with which it comes to value `at`, by reload
 * or by counting; TICK_NEVER: it does not. A counter whose reload value is 0 is
 * reloaded with each tick. */
uint64_t countdown_next(const struct countdown *down, uint32_t at,
                        uint64_t tick);

/* The first tick after this one with which it comes from 1 to 0; TICK_NEVER:
 * it does not. */
uint64_t countdown_zero(const struct countdown *down, uint64_t tick);

/* The counter holds its value of this tick, and goes on from there. */
void countdown_settle(struct countdown *down, uint64_t tick);

/* Lets it count, or freezes it; it continues from the value at which it was
 * frozen. */
void countdown_run(struct countdown *down, uint64_t tick, bool running);

/* It holds that value from this tick on. */
void countdown_set(struct countdown *down, uint64_t tick, uint32_t value);

/* The value that follows 0, from now on. */
void countdown_reload(struct countdown *down, uint64_t tick, uint32_t reload);

/* Arms a timer for the next 0; cancels it if there is none. A tick of the
 * counter is `prescale` (1 or more) ticks of hz. */
void countdown_arm(const struct countdown *down, struct clock *clock,
                   struct timer *timer, uint32_t hz, uint32_t prescale);

/* ---- Power --------------------------------------------------------------- */

/* power_states of a device with one counter: a bool is the number. */
extern const char *const countdown_power_states[];

/* power_state where the device's state begins with struct countdown. */
unsigned countdown_power_state(const struct device *device);

#endif
