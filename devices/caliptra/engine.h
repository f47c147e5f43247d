/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that the crypto engines of a Caliptra core share: the time that a
 * command takes, and operands that come from the key vault.
 *
 * By default a command takes no time: it is done when its write is. A board
 * that says "cairn,crypto-latency" (nanoseconds, inherited) has commands that
 * take this long, and detects what firmware must not do: run two engines at
 * once, which the key vault, which all of them use, reports.
 *
 * A device with an engine embeds struct engine in its state, has struct
 * engine_place as the FIRST member of its wiring and one timer, whose callback
 * is engine_finished, calls engine_init from its init hook, and has
 * engine_reset and engine_restored as its reset and restored hooks.
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

typedef void engine_run(struct device *device, uint32_t command);

/* The constants of an engine. */
struct engine_type {
    enum key_vault_engine number;
    uint32_t field;      /* offset of struct engine in the device's state */
    bool has_interrupts; /* the state begins with struct interrupts */
    engine_run *run;     /* runs a command to its end */
};

struct engine_place {
    const struct engine_type *type;
    struct device *key_vault;
    uint32_t latency_ns;
};

/* Looks up the board's key vault and latency. */
int engine_init(struct device *device, const struct engine_type *type,
                struct error *error);
/* Runs a command (not 0) now or after the latency; ignored while busy. */
void engine_start(struct device *device, uint32_t command);
/* The timer's callback: runs the command that was under way. */
void engine_finished(struct device *device);
/* Drops the command under way. */
void engine_cancel(struct device *device);
/* Stop the timer if the state says idle, and move the interrupt lines. */
void engine_restored(struct device *device);
void engine_reset(struct device *device, enum reset_domain domain);

/*
 * A write to the control register of a port for an operand. If it enables the
 * port, reads the first `count` words of the slot, zeros where the vault
 * refuses them, and returns true; the port's status says how it went.
 */
bool engine_read_operand(struct device *device, struct vault_port *port,
                         uint32_t control, enum key_vault_consumer consumer,
                         uint32_t *words, unsigned count);

/* Copies words in reverse: vault slots hold big-endian values, and the
 * registers of the lattice engines little-endian byte streams. */
static inline void engine_reverse(uint32_t *to, const uint32_t *from,
                                  unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        to[i] = from[count - 1 - i];
    }
}

/* Defines an input's handler that zeroizes the engine when the line rises: that
 * of "debug_flush", which rises when the part is unlocked for debugging. */
#define ENGINE_ZEROIZED_BY(input_changed, zeroize)                             \
    static void input_changed(struct device *device, unsigned input,           \
                              uint32_t level)                                  \
    {                                                                          \
        if (level != 0) {                                                      \
            zeroize(device);                                                   \
        }                                                                      \
    }

static inline bool engine_is_busy(const struct engine *engine)
{
    return engine->command != 0;
}

#endif
