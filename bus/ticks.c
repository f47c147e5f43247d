/* SPDX-License-Identifier: Apache-2.0 */
/* Timers that wait for ticks, and devices that a clock of the board feeds. */
#include "bus/ticks.h"

#include <errno.h>

void ticks_arm(struct clock *clock, struct timer *timer, uint32_t hz,
               uint64_t left)
{
    uint64_t now = ticks_now(clock, hz);

    timer_arm(clock, timer,
              left <= TICK_NEVER - now ? ticks_time(now + left, hz)
                                       : TIME_NEVER);
}

int clocked_set(struct device *device, uint32_t hz, struct error *error)
{
    struct clocked *clocked = device->wiring;

    clocked->hz = hz;
    return hz != 0 ? 0
                   : error_set(error, -EINVAL,
                               "property 'clock-frequency' must not be 0");
}
