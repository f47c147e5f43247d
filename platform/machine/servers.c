/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that servers of requests (channel.h) have of a machine's state, in a
 * snapshot file: for each that has some, the name of its device and the state,
 * both behind their length, in the order of the board.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/channel_parts.h"

const char *channels_unsaved(struct cairn_machine *machine)
{
    const char *what = NULL;
    for (struct switchboard *board = machine->switchboards; board && !what;
         board = board->next) {
        const struct channel_server *server = &board->asks.server;
        if (board->asks.connected && server->unsaved) {
            asks_drain(board);
            what = server->unsaved(server->context);
        }
    }
    return what;
}

const char *channels_staying(const struct cairn_machine *machine)
{
    for (const struct switchboard *board = machine->switchboards; board;
         board = board->next) {
        const struct channel_server *server = &board->asks.server;
        if (board->asks.asked && (server->save || server->unsaved)) {
            return board->node->name;
        }
    }
    return NULL;
}

static bool is_loaded(const struct switchboard *board)
{
    return board->asks.connected && board->asks.server.load;
}

int channels_save(struct cairn_machine *machine, struct buffer *out,
                  struct error *error)
{
    int code = 0;
    for (struct switchboard *board = machine->switchboards; board && code == 0;
         board = board->next) {
        const char *name = board->node->name;
        struct buffer state = {0};
        if (!board->asks.connected || !board->asks.server.save) {
            continue;
        }
        asks_drain(board);
        code =
            board->asks.server.save(board->asks.server.context, &state, error);
        if (code != 0) {
            error_prefix(error, "the state behind device '%s'", name);
        }
        buffer_append_le32(out, (uint32_t)strlen(name));
        buffer_append(out, name, strlen(name));
        buffer_append_le32(out, (uint32_t)state.size);
        buffer_append(out, state.bytes, state.size);
        buffer_fini(&state);
    }
    return code;
}

/* A length and so many bytes; false if they are not there. */
static bool take(const uint8_t **bytes, size_t *size, const uint8_t **taken,
                 size_t *length)
{
    if (*size < 4 || load_le32(*bytes) > *size - 4) {
        return false;
    }
    *length = load_le32(*bytes);
    *taken = *bytes + 4;
    *bytes += 4 + *length;
    *size -= 4 + *length;
    return true;
}

static int load_one(struct switchboard *board, const uint8_t **bytes,
                    size_t *size, bool apply, struct error *error)
{
    const struct channel_server *server = &board->asks.server;
    const char *own = board->node->name;
    const uint8_t *name;
    const uint8_t *state;
    size_t name_size;
    size_t state_size;
    if (!take(bytes, size, &name, &name_size) ||
        !take(bytes, size, &state, &state_size) || name_size != strlen(own) ||
        memcmp(name, own, name_size) != 0) {
        return error_set(error, -EINVAL, "it has no state behind device '%s'",
                         own);
    }
    if (!apply) {
        return 0;
    }
    asks_drain(board);
    int code = server->load(server->context, state, state_size, error);
    if (code != 0) {
        error_prefix(error, "the state behind device '%s'", own);
    }
    return code;
}

int channels_load(struct cairn_machine *machine, const uint8_t **bytes,
                  size_t *size, bool apply, struct error *error)
{
    int code = 0;
    for (struct switchboard *board = machine->switchboards; board && code == 0;
         board = board->next) {
        code =
            is_loaded(board) ? load_one(board, bytes, size, apply, error) : 0;
    }
    return code;
}
