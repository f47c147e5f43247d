/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticks of a clock of hz hertz, counted from the start of virtual time: tick n
 * begins at the first nanosecond that is not before n / hz seconds. Counters
 * follow from the tick, so nothing has to happen at each of them, and a long
 * run does not drift from the clock's frequency.
 *
 * hz is 1 or more. Ticks are 64 bits wide; TICK_NEVER is none of them. Nothing
 * here fails but clocked_set. Engine thread only.
 */
#ifndef BUS_TICKS_H
#define BUS_TICKS_H

#include <stdint.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/clock.h"
#include "bus/device.h"

#define TICK_NEVER UINT64_MAX

enum { NS_PER_SECOND = 1000000000 };

/* Whole ticks in ns nanoseconds, modulo 2^64. */
static inline uint64_t ticks_of(uint64_t ns, uint32_t hz)
{
    return (uint64_t)((unsigned __int128)ns * hz / NS_PER_SECOND);
}

static inline uint64_t ticks_now(const struct clock *clock, uint32_t hz)
{
    return ticks_of(clock_now(clock), hz);
}

/* Nanoseconds that so many ticks take, rounded up; TIME_NEVER past the end of
 * time. */
static inline uint64_t ticks_ns(uint64_t ticks, uint32_t hz)
{
    debug_assert(hz != 0);
    unsigned __int128 ns =
        ((unsigned __int128)ticks * NS_PER_SECOND + hz - 1) / hz;

    return ns < TIME_NEVER ? (uint64_t)ns : TIME_NEVER;
}

/* The time at which a tick begins: TIME_NEVER for TICK_NEVER and past the end
 * of time. */
static inline uint64_t ticks_time(uint64_t tick, uint32_t hz)
{
    return tick != TICK_NEVER ? ticks_ns(tick, hz) : TIME_NEVER;
}

/* Arms a timer for the tick that is so many ticks after the present one. Past
 * the last tick, and with TICK_NEVER, it is cancelled. */
void ticks_arm(struct clock *clock, struct timer *timer, uint32_t hz,
               uint64_t left);

/* ---- Devices that a clock of the board feeds ----------------------------- */

/* Their wiring begins with it. */
struct clocked {
    uint32_t hz;
};

/* For init: hz is the value of property clock-frequency. Returns 0, or -EINVAL
 * and *error if it is 0. */
int clocked_set(struct device *device, uint32_t hz, struct error *error);

static inline uint32_t clocked_hz(const struct device *device)
{
    const struct clocked *clocked = device->wiring;

    debug_assert(clocked->hz != 0);
    return clocked->hz;
}

static inline uint64_t clocked_now(const struct device *device)
{
    return ticks_now(&device->fabric->clock, clocked_hz(device));
}

/* ---- Counters of 64 bits of such a clock --------------------------------- */

/* They always run. State is the offset to the ticks, modulo 2^64. */
static inline uint64_t count_now(const struct device *device, uint64_t offset)
{
    return clocked_now(device) + offset;
}

/* The offset of a counter that holds a value now. */
static inline uint64_t count_from(const struct device *device, uint64_t value)
{
    return value - clocked_now(device);
}

/* A word of it, the lower is 0, for a guest that reads it. */
static inline uint32_t count_read(const struct device *device, uint64_t offset,
                                  unsigned index)
{
    clock_tell(&device->fabric->clock);
    return split_word(count_now(device, offset), index);
}

/* Arms the device's first timer for when the counter comes to a value; cancels
 * it if the counter is there or past it, or nobody waits. */
static inline void count_arm(struct device *device, uint64_t offset,
                             uint64_t alarm, bool waits)
{
    uint64_t count = count_now(device, offset);

    ticks_arm(&device->fabric->clock, &device->timers[0], clocked_hz(device),
              waits && count < alarm ? alarm - count : TICK_NEVER);
}

#endif
