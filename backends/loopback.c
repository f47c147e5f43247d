/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "loopback": output is returned as input, as by a plug that connects both
 * lines of a port.
 *
 * The smallest back end with both directions, and so the example of one: a
 * struct of its own, three functions, a row of characters.def. Bytes do not
 * come back from within write, whose caller may be a device in the middle of an
 * access, but from a task of the loop.
 */
#include "backends/character.h"

struct state {
    struct loop_task task; /* first: see give_back */
    struct character *character;
    struct buffer bytes;
};

static void give_back(struct loop_task *task)
{
    struct state *state = (struct state *)task;
    const struct character_events *events = &state->character->events;
    struct buffer bytes = state->bytes;
    state->bytes = (struct buffer){0};
    events->received(events->context, bytes.bytes, bytes.size);
    buffer_fini(&bytes);
}

static int open_loopback(struct character *character, const char *operand,
                         struct error *error)
{
    struct state *state = character->state;
    state->task.run = give_back;
    state->character = character;
    return 0;
}

static size_t write_loopback(struct character *character, const void *bytes,
                             size_t size)
{
    struct state *state = character->state;
    if (character->held) {
        return 0;
    }
    buffer_append(&state->bytes, bytes, size);
    loop_post(character->loop, &state->task);
    return size;
}

static void close_loopback(struct character *character)
{
    struct state *state = character->state;
    loop_unpost(character->loop, &state->task);
    buffer_fini(&state->bytes);
}

const struct character_type character_loopback = {
    .name = "loopback",
    .purpose = "the output is returned as input",
    .shown = true,
    .state_size = sizeof(struct state),
    .open = open_loopback,
    .close = close_loopback,
    .write = write_loopback,
};
