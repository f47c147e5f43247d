/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "socket": frames to and from one peer over a stream socket, of Unix or TCP;
 * the peer may be QEMU (-netdev stream). The link is up while there is a peer.
 * One that listens takes the next peer when one has gone.
 */
#include <errno.h>
#include <unistd.h>

#include "backends/listener.h"
#include "backends/network.h"
#include "backends/network_stream.h"
#include "host/socket.h"

struct state {
    struct network_stream peer;
    struct listener listener; /* fd is -1 if it does not listen */
};

static struct state *state_of(struct network *network)
{
    return network->state;
}

static void framed(void *context, const uint8_t *bytes, size_t size)
{
    network_receive_frame(context, bytes, size);
}

static void ended(void *context)
{
    struct network *network = context;
    struct state *state = state_of(network);
    loop_watch_events(network->loop, &state->listener.watch, LOOP_READ);
    network_link(network, false);
    network_trouble(network, "the peer has gone: the link is down%s",
                    state->listener.watch.fd >= 0 ? " until the next one comes"
                                                  : "");
}

static void take_peer(void *context, unsigned events)
{
    struct network *network = context;
    struct state *state = state_of(network);
    int fd = -1;
    if (network_stream_is_open(&state->peer) ||
        host_socket_accept(state->listener.watch.fd, &fd, NULL) != 0) {
        return;
    }
    loop_watch_events(network->loop, &state->listener.watch, 0);
    network_stream_open(&state->peer, network->loop, fd);
    network_link(network, true);
}

static int open_socket(struct network *network, struct error *error)
{
    struct state *state = state_of(network);
    const char *listener = network_option(network, "listen", 0);
    const char *peer = network_option(network, "connect", 0);
    int fd = -1;
    state->listener.watch.fd = -1;
    state->peer = (struct network_stream){.watch = {.fd = -1},
                                          .framed = framed,
                                          .ended = ended,
                                          .context = network};
    if (!listener == !peer) {
        return error_set(error, -EINVAL,
                         "'socket' needs one of listen= and connect=");
    }
    if (listener) {
        network->up = false;
        return listener_open(&state->listener, network->loop, listener,
                             LISTENER_STREAM, take_peer, network, error);
    }
    int code = host_socket_connect(peer, &fd, error);
    if (code == 0) {
        network_stream_open(&state->peer, network->loop, fd);
    }
    return code;
}

static void close_socket(struct network *network)
{
    struct state *state = state_of(network);
    network_stream_close(&state->peer);
    listener_close(&state->listener, network->loop);
}

static void send_socket(struct network *network, const struct packet *packet)
{
    network_stream_send(&state_of(network)->peer, packet->bytes, packet->size);
}

static const struct network_option options[] = {
    {"listen",  "unix:PATH|[HOST:]PORT", "wait for a peer at this address"},
    {"connect", "unix:PATH|[HOST:]PORT", "join a peer that listens there" },
    {NULL,      NULL,                    NULL                             },
};

const struct network_type network_socket = {
    .name = "socket",
    .purpose = "a cable to one peer, such as QEMU's -netdev stream",
    .options = options,
    .live = true,
    .serves = true,
    .takes = NETWORK_FRAMES,
    .state_size = sizeof(struct state),
    .open = open_socket,
    .close = close_socket,
    .send = send_socket,
};
