/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that a crypto engine takes. By default none: a command is done when
 * its write is. A board that says "cairn,crypto-latency" (nanoseconds,
 * inherited) has commands that take this long, and may see what firmware must
 * not do: run two engines at once, which their busy lines show.
 *
 * A device with an engine names "busy" as its output 2, has engine_timers, and
 * embeds struct engine in its state.
 */
#ifndef DEVICES_CALIPTRA_ENGINE_H
#define DEVICES_CALIPTRA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"

enum { ENGINE_BUSY_OUTPUT = 2 };

struct engine {
    uint32_t command; /* under way; 0: idle */
};

#define ENGINE_OUTPUT                                                          \
    {                                                                          \
        "busy", LINE_SIGNAL                                                    \
    }

/* What the board says. */
uint32_t engine_latency(const struct device *device);
/* Runs a command (not 0) now or after the latency; ignored while busy. */
void engine_start(struct device *device, struct engine *engine,
                  uint32_t latency_ns, uint32_t command,
                  void (*run)(struct device *device, uint32_t command));
/* From the timer's callback: runs the command that was under way. */
void engine_finish(struct device *device, struct engine *engine,
                   void (*run)(struct device *device, uint32_t command));
/* Drops the command under way. */
void engine_cancel(struct device *device, struct engine *engine);
/* Puts timer and line to where a reset or a restore left the state. */
void engine_update(struct device *device, const struct engine *engine);

static inline bool engine_is_busy(const struct engine *engine)
{
    return engine->command != 0;
}

#endif
