/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and handlers of registers that do no more than hold a constant, change
 * one member of the state, or read as a function of the device. The handlers
 * are for a file whose state is a struct state.
 */
#ifndef BUS_HANDLERS_H
#define BUS_HANDLERS_H

#include "bus/device.h"

/* A row that reads as a value and has no state. */
#define REGISTER_CONSTANT(offset, name, value, text)                           \
    {                                                                          \
        offset, 1, name, {RO, RO}, RESET_NEVER, value, 0, NO_FIELD, NULL,      \
            NULL, text                                                         \
    }

/* Defines the write handler of a register that is stored in a member of struct
 * state, after which `then` brings the device to what the state says. */
#define REGISTER_STORE(handler, member, then)                                  \
    REGISTER_WRITE(handler, member = value, then)

/* Defines the write handler of a register whose ones clear bits of a member. */
#define REGISTER_CLEAR(handler, member, then)                                  \
    REGISTER_WRITE(handler, member &= ~value, then)

#define REGISTER_WRITE(handler, assignment, then)                              \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        state->assignment;                                                     \
        then(device);                                                          \
    }

/* Defines the read handler of a register that reads as get(device). */
#define REGISTER_READ(handler, get)                                            \
    static uint32_t handler(struct device *device,                             \
                            const struct access *access, unsigned index)       \
    {                                                                          \
        return get(device);                                                    \
    }

#endif
