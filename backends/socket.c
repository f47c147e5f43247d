/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "unix:PATH" and "tcp:[HOST:]PORT" listen and serve one peer after the other;
 * "connect:ADDRESS" is a peer of another listener. Output without a peer waits
 * for the next one, as far as character_write keeps it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backends/listener.h"
#include "backends/stream.h"
#include "host/socket.h"

struct state {
    struct stream peer;
    struct listener listener; /* fd is -1 if it does not listen */
};

static struct state *state_of(struct character *character)
{
    return character->state;
}

/* Accepts the next peer, which may wait already. */
static void peer_left(struct character *character)
{
    struct state *state = state_of(character);
    stream_close(&state->peer);
    loop_watch_events(character->loop, &state->listener.watch, LOOP_READ);
}

static void take_peer(void *context, unsigned events)
{
    struct character *character = context;
    struct state *state = state_of(character);
    int fd = -1;
    if (stream_is_open(&state->peer) ||
        host_socket_accept(state->listener.watch.fd, &fd, NULL) != 0) {
        return;
    }
    loop_watch_events(character->loop, &state->listener.watch, 0);
    stream_open(&state->peer, character, fd);
    character_flush(character);
}

static int listen_at(struct character *character, const char *address,
                     struct error *error)
{
    struct state *state = state_of(character);
    state->peer.socket = true;
    state->peer.ended = peer_left;
    int code = listener_open(&state->listener, character->loop, address,
                             LISTENER_STREAM, take_peer, character, error);
    if (code == 0) {
        snprintf(character->name, sizeof(character->name), "%s",
                 state->listener.name);
    }
    return code;
}

static int open_unix(struct character *character, const char *operand,
                     struct error *error)
{
    char *address = xasprintf("unix:%s", operand);
    int code = listen_at(character, address, error);
    free(address);
    return code;
}

static int check_unix(const char *operand, struct error *error)
{
    char *address = xasprintf("unix:%s", operand);
    int code = host_socket_check(address, error);
    free(address);
    return code;
}

static int open_connection(struct character *character, const char *operand,
                           struct error *error)
{
    struct state *state = state_of(character);
    int fd = -1;
    state->listener.watch.fd = -1;
    state->peer.socket = true;
    int code = host_socket_connect(operand, &fd, error);
    if (code == 0) {
        stream_open(&state->peer, character, fd);
    }
    return code;
}

static void close_socket(struct character *character)
{
    struct state *state = state_of(character);
    stream_close(&state->peer);
    listener_close(&state->listener, character->loop);
}

static size_t write_socket(struct character *character, const void *bytes,
                           size_t size)
{
    return stream_write(&state_of(character)->peer, bytes, size);
}

const struct character_type character_unix = {
    .name = "unix",
    .operand = "PATH",
    .purpose = "a Unix socket that listens",
    .live = true,
    .peers = true,
    .makes_file = true,
    .state_size = sizeof(struct state),
    .check = check_unix,
    .open = open_unix,
    .close = close_socket,
    .write = write_socket,
};

const struct character_type character_tcp = {
    .name = "tcp",
    .operand = "[HOST:]PORT",
    .purpose = "a TCP socket that listens, at this host unless HOST is named",
    .live = true,
    .peers = true,
    .state_size = sizeof(struct state),
    .check = host_socket_check,
    .open = listen_at,
    .close = close_socket,
    .write = write_socket,
};

const struct character_type character_connect = {
    .name = "connect",
    .operand = "[HOST:]PORT|unix:PATH",
    .purpose = "a socket on which another program listens",
    .live = true,
    .peers = true,
    .state_size = sizeof(struct state),
    .check = host_socket_check_peer,
    .open = open_connection,
    .close = close_socket,
    .write = write_socket,
};
