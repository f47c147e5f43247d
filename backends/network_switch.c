/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "switch": machines that name the same Unix socket see each other's frames.
 * The first one listens there and is the switch, which learns at which peer an
 * address is; for the others it is a peer like that of "socket". When the first
 * one ends the others have no link any more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/listener.h"
#include "backends/network.h"
#include "backends/network_stream.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/socket.h"

enum {
    PEERS_MAX = 32,
    ADDRESS = 6,
    LEARNT = 256, /* addresses, each at the place of its hash */
    OURSELVES = PEERS_MAX,
    NOBODY = -1,
};

struct peer {
    struct network_stream stream;
    struct network *network;
    int number;
};

struct learnt {
    uint8_t address[ADDRESS];
    int peer; /* or OURSELVES, or NOBODY */
};

struct state {
    struct peer peers[PEERS_MAX]; /* of one that joined: the first */
    struct listener listener;     /* fd is -1 of one that joined */
    struct learnt learnt[LEARNT];
    bool told_full;
};

static struct state *state_of(struct network *network)
{
    return network->state;
}

static bool listens(const struct state *state)
{
    return state->listener.watch.fd >= 0;
}

/* ---- Switching ----------------------------------------------------------- */

static struct learnt *place_of(struct state *state, const uint8_t *address)
{
    unsigned hash = 0;
    for (unsigned i = 0; i < ADDRESS; i++) {
        hash = hash * 31 + address[i];
    }
    return &state->learnt[hash % LEARNT];
}

static void deliver(struct network *network, int to, const uint8_t *bytes,
                    size_t size)
{
    if (to == OURSELVES) {
        network_receive_frame(network, bytes, size);
    } else {
        network_stream_send(&state_of(network)->peers[to].stream, bytes, size);
    }
}

/* To where its destination was last seen, else to everybody but the sender. */
static void switch_frame(struct network *network, int from,
                         const uint8_t *bytes, size_t size)
{
    struct state *state = state_of(network);
    const uint8_t *source = bytes + ADDRESS;
    const bool group = (bytes[0] & 1) != 0;
    struct learnt *known = place_of(state, bytes);
    if ((source[0] & 1) == 0) {
        struct learnt *own = place_of(state, source);
        memcpy(own->address, source, ADDRESS);
        own->peer = from;
    }
    if (!group && known->peer != NOBODY &&
        memcmp(known->address, bytes, ADDRESS) == 0) {
        if (known->peer != from) {
            deliver(network, known->peer, bytes, size);
        }
        return;
    }
    for (int to = 0; to <= OURSELVES; to++) {
        if (to != from) {
            deliver(network, to, bytes, size);
        }
    }
}

/* ---- Peers --------------------------------------------------------------- */

static void framed(void *context, const uint8_t *bytes, size_t size)
{
    const struct peer *peer = context;
    if (listens(state_of(peer->network))) {
        switch_frame(peer->network, peer->number, bytes, size);
    } else {
        network_receive_frame(peer->network, bytes, size);
    }
}

static void ended(void *context)
{
    const struct peer *peer = context;
    struct state *state = state_of(peer->network);
    if (!listens(state)) {
        network_link(peer->network, false);
        network_trouble(peer->network,
                        "the switch has gone, with its first "
                        "machine: the link is down");
        return;
    }
    for (unsigned i = 0; i < LEARNT; i++) {
        if (state->learnt[i].peer == peer->number) {
            state->learnt[i].peer = NOBODY;
        }
    }
}

static void take_peer(void *context, unsigned events)
{
    struct network *network = context;
    struct state *state = state_of(network);
    int fd = -1;
    if (host_socket_accept(state->listener.watch.fd, &fd, NULL) != 0) {
        return;
    }
    for (unsigned i = 0; i < PEERS_MAX; i++) {
        if (!network_stream_is_open(&state->peers[i].stream)) {
            network_stream_open(&state->peers[i].stream, network->loop, fd);
            return;
        }
    }
    host_socket_close(fd);
    if (!state->told_full) {
        state->told_full = true;
        network_trouble(network, "a switch has no more than %d peers",
                        PEERS_MAX);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int open_switch(struct network *network, struct error *error)
{
    struct state *state = state_of(network);
    const char *path = network_option(network, "path", 0);
    int fd = -1;
    state->listener.watch.fd = -1;
    for (int i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &state->peers[i];
        *peer = (struct peer){.network = network, .number = i};
        peer->stream = (struct network_stream){.watch = {.fd = -1},
                                               .framed = framed,
                                               .ended = ended,
                                               .context = peer};
    }
    for (unsigned i = 0; i < LEARNT; i++) {
        state->learnt[i].peer = NOBODY;
    }
    if (!path) {
        return error_set(error, -EINVAL, "'switch' needs path=");
    }
    char *address = xasprintf("unix:%s", path);
    int code = 0;
    if (host_socket_connect(address, &fd, NULL) == 0) {
        network_stream_open(&state->peers[0].stream, network->loop, fd);
    } else {
        code = listener_open(&state->listener, network->loop, address,
                             LISTENER_STREAM, take_peer, network, error);
    }
    free(address);
    return code;
}

static void close_switch(struct network *network)
{
    struct state *state = state_of(network);
    for (unsigned i = 0; i < PEERS_MAX; i++) {
        network_stream_close(&state->peers[i].stream);
    }
    listener_close(&state->listener, network->loop);
}

static void send_switch(struct network *network, const struct packet *packet)
{
    struct state *state = state_of(network);
    if (listens(state)) {
        switch_frame(network, OURSELVES, packet->bytes, packet->size);
    } else {
        network_stream_send(&state->peers[0].stream, packet->bytes,
                            packet->size);
    }
}

static const struct network_option options[] = {
    {"path", "PATH", "the Unix socket; the first machine makes it"},
    {NULL,   NULL,   NULL                                         },
};

const struct network_type network_switch = {
    .name = "switch",
    .purpose = "a network of all machines that name the same socket",
    .options = options,
    .live = true,
    .serves = true,
    .takes = NETWORK_FRAMES,
    .state_size = sizeof(struct state),
    .open = open_switch,
    .close = close_switch,
    .send = send_switch,
};
