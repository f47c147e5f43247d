/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that the crypto engines of a Caliptra core share: the time that a
 * command takes, and operands that come from the key vault; and rows and
 * handlers of the registers that are alike, for files whose state is a struct
 * state.
 *
 * By default a command takes no time: it is done when its write is. A board
 * that says "cairn,crypto-latency" (nanoseconds, inherited) has commands that
 * take this long, and detects what firmware must not do: run two engines at
 * once, which the key vault, which all of them use, reports.
 *
 * A device with an engine embeds struct engine in its state, has struct
 * engine_place as the FIRST member of its wiring and one timer, whose callback
 * is engine_finished, its struct engine_type as interface, and engine_init and
 * engine_restored as its init and restored hooks or called from them. Engines
 * whose commands take no time on any board have the rows and handlers alone.
 */
#ifndef DEVICES_CALIPTRA_ENGINE_H
#define DEVICES_CALIPTRA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/handlers.h"
#include "devices/caliptra/key_vault.h"

struct engine {
    uint32_t command; /* under way; 0: idle */
};

typedef void engine_run(struct device *device, uint32_t command);

/* The constants of an engine. */
struct engine_type {
    enum key_vault_engine number;
    uint32_t field;      /* offset of struct engine in the device's state */
    uint32_t status;     /* and of the word that is 0 while a command is under
                            way, or NO_FIELD */
    bool has_interrupts; /* the state begins with struct interrupts */
    engine_run *run;     /* runs a command to its end */
};

struct engine_place {
    struct device *key_vault;
    uint32_t latency_ns;
};

/* Looks up the board's key vault and latency. */
int engine_init(struct device *device, struct error *error);
/* Runs a command (not 0) now or after the latency; ignored while busy. */
void engine_start(struct device *device, uint32_t command);
/* The timer's callback: runs the command that was under way. */
void engine_finished(struct device *device);
/* Drops the command under way. */
void engine_cancel(struct device *device);
/* Stop the timer if the state says idle, and move the interrupt lines. */
void engine_restored(struct device *device);

/* Vault slots hold big-endian values, and the registers of the lattice engines
 * little-endian byte streams. */
enum engine_order { ENGINE_AS_IS, ENGINE_REVERSED };

/* Copies words in reverse. */
static inline void engine_reverse(uint32_t *to, const uint32_t *from,
                                  unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        to[i] = from[count - 1 - i];
    }
}

/*
 * A write to the control register of a port for an operand. If it enables the
 * port, reads the first `count` words of the slot, zeros where the vault
 * refuses them, and returns true; the port's status says how it went.
 */
bool engine_read_operand(struct device *device, struct vault_port *port,
                         uint32_t control, enum key_vault_consumer consumer,
                         enum engine_order order, uint32_t *words,
                         unsigned count);

/* Defines the write handler of the control register of a port for the operand
 * `words`: when it was read, `bit` of the member from_vault is set. */
#define ENGINE_OPERAND_PORT(handler, port, consumer, order, words, from_vault, \
                            bit)                                               \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        if (engine_read_operand(device, &state->port, value, consumer, order,  \
                                state->words, ARRAY_SIZE(state->words))) {     \
            state->from_vault |= (bit);                                        \
        }                                                                      \
    }

/* Defines the write handler of the control register of a port for results. */
#define ENGINE_RESULT_PORT(handler, port)                                      \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        vault_port_expect_result(&state->port, value);                         \
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

/* Rows of name and version, which begin at offset 0. */
/* clang-format off */
#define ENGINE_NAME_ROWS(prefix, name0, text0, name1, text1, version0,         \
                         version_text, version1)                               \
    {0x000, 1, prefix "_NAME[0]", {RO, NO}, RESET_NEVER, name0, 0, NO_FIELD,   \
     NULL, NULL, text0},                                                       \
    {0x004, 1, prefix "_NAME[1]", {RO, NO}, RESET_NEVER, name1, 0, NO_FIELD,   \
     NULL, NULL, text1},                                                       \
    {0x008, 1, prefix "_VERSION[0]", {RO, NO}, RESET_NEVER, version0, 0,       \
     NO_FIELD, NULL, NULL, version_text},                                      \
    {0x00c, 1, prefix "_VERSION[1]", {RO, NO}, RESET_NEVER, version1, 0,       \
     NO_FIELD, NULL, NULL, ""}

/* Rows of the registers for commands and their end. */
#define ENGINE_COMMAND_ROWS(prefix, bits, command_text, status_offset,         \
                            status_text)                                       \
    {0x010, 1, prefix "_CTRL", {WO, NO}, RESET_WARM, 0, bits, NO_FIELD, NULL,  \
     write_control, command_text},                                             \
    {status_offset, 1, prefix "_STATUS", {RO, NO}, RESET_WARM, READY, 0,       \
     FIELD(struct state, status), NULL, NULL, status_text}

/* The row of an operand or result. */
#define ENGINE_OPERAND(offset, count, name, rule, member, reader, writer,      \
                       text)                                                   \
    {offset, count, name, {rule, NO}, RESET_WARM, 0,                           \
     (rule) == RO ? 0 : UINT32_MAX, FIELD(struct state, member), reader,       \
     writer, text}
/* clang-format on */

#define ENGINE_LATENCY_OMITTED                                                 \
    {                                                                          \
        NULL, OMITTED_UNSEEN, 0, 0,                                            \
            "the real latency: a board may set a fixed one"                    \
    }

static inline bool engine_is_busy(const struct engine *engine)
{
    return engine->command != 0;
}

#endif
