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

/* Defines the write handler of a register that does no more than assign to a
 * member: REGISTER_SET(write_lock, locked = value != UNLOCK). Like those of the
 * other macros the assignment may use the handler's parameters; condition may
 * use state, too. */
#define REGISTER_SET(handler, assignment)                                      \
    REGISTER_SET_IF(handler, true, assignment)

/* The same while a condition holds; otherwise the write has no effect. */
#define REGISTER_SET_IF(handler, condition, assignment)                        \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        if (condition) {                                                       \
            state->assignment;                                                 \
        }                                                                      \
    }

/* Defines the write handler of a register that is a call with the handler's
 * parameters: REGISTER_CALL(write_kick, kick(device)). */
#define REGISTER_CALL(handler, call)                                           \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        call;                                                                  \
    }

/* Defines the read handler of a register that reads as get(device). */
#define REGISTER_READ(handler, get) REGISTER_VALUE(handler, get(device))

/* Defines the read handler of a register that reads as an expression of the
 * handler's parameters. */
#define REGISTER_VALUE(handler, expression)                                    \
    static uint32_t handler(struct device *device,                             \
                            const struct access *access, unsigned index)       \
    {                                                                          \
        return expression;                                                     \
    }

/* The same of these and of state: REGISTER_OF_STATE(read_key, state->key). */
#define REGISTER_OF_STATE(handler, expression)                                 \
    static uint32_t handler(struct device *device,                             \
                            const struct access *access, unsigned index)       \
    {                                                                          \
        const struct state *state = device->state;                             \
                                                                               \
        return expression;                                                     \
    }

#endif
