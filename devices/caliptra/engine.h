/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that a crypto engine takes. By default none: a command is done when
 * its write is. A board that says "cairn,crypto-latency" (nanoseconds,
 * inherited) has commands that take this long, and sees what firmware must not
 * do: run two engines at once, which the key vault, where they meet, reports.
 *
 * A device with an engine embeds struct engine in its state and struct
 * engine_place in its wiring, and has one timer, whose callback calls
 * engine_finish.
 */
#ifndef DEVICES_CALIPTRA_ENGINE_H
#define DEVICES_CALIPTRA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"
#include "devices/caliptra/key_vault.h"

struct engine {
    uint32_t command; /* under way; 0: idle */
};

struct engine_place {
    struct device *key_vault;
    enum key_vault_engine number;
    uint32_t latency_ns;
};

typedef void engine_run(struct device *device, uint32_t command);

/* Looks up the board's key vault and latency; for the device's init. */
int engine_init(struct device *device, struct engine_place *place,
                enum key_vault_engine number, struct error *error);
/* Runs a command (not 0) now or after the latency; ignored while busy. */
void engine_start(struct device *device, struct engine *engine,
                  const struct engine_place *place, uint32_t command,
                  engine_run *run);
/* Runs the command that was under way. */
void engine_finish(struct device *device, struct engine *engine,
                   const struct engine_place *place, engine_run *run);
/* Drops the command under way. */
void engine_cancel(struct device *device, struct engine *engine,
                   const struct engine_place *place);
/* For reset: stops the timer if the state says idle. */
void engine_update(struct device *device, const struct engine *engine,
                   const struct engine_place *place);

/* Defines an input's handler that zeroizes the engine when the line rises: that
 * of "debug_flush", which rises when the part is unlocked for debugging. */
#define ENGINE_ZEROIZED_BY(input_changed, zeroize)                             \
    static void input_changed(struct device *device, unsigned input,           \
                              uint32_t level)                                  \
    {                                                                          \
        (void)input;                                                           \
        if (level != 0) {                                                      \
            zeroize(device);                                                   \
        }                                                                      \
    }

static inline bool engine_is_busy(const struct engine *engine)
{
    return engine->command != 0;
}

#endif
