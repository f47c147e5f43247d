/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "socket": frames to and from one peer over a stream socket, of Unix or TCP;
 * the peer may be QEMU (-netdev stream). The link is up while there is a peer.
 * One that listens takes the next peer when one has gone.
 */
#include <errno.h>
#include <unistd.h>

#include "backends/network.h"
#include "backends/network_stream.h"
#include "host/socket.h"

struct state {
    struct network_stream peer;
    struct loop_watch listener; /* fd is -1 if it does not listen */
    struct host_socket_file file;
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
    state->listener.events = LOOP_READ;
    network_link(network, false);
    network_trouble(network, "the peer has gone: the link is down%s",
                    state->listener.fd >= 0 ? " until the next one comes" : "");
}

static void take_peer(void *context, unsigned events)
{
    struct network *network = context;
    struct state *state = state_of(network);
    int fd = -1;
    (void)events;
    if (network_stream_is_open(&state->peer) ||
        host_socket_accept(state->listener.fd, &fd, NULL) != 0) {
        return;
    }
    state->listener.events = 0;
    network_stream_open(&state->peer, network->loop, fd);
    network_link(network, true);
}

static int listen_at(struct network *network, const char *address,
                     struct error *error)
{
    struct state *state = state_of(network);
    char name[128];
    int fd = -1;
    int code = host_socket_listen(address, &fd, name, sizeof(name), error);
    if (code != 0) {
        return code;
    }
    host_socket_note(address, &state->file);
    network->up = false;
    state->listener = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = take_peer, .context = network};
    loop_watch(network->loop, &state->listener);
    return 0;
}

static int open_socket(struct network *network, struct error *error)
{
    struct state *state = state_of(network);
    const char *listener = network_option(network, "listen", 0);
    const char *peer = network_option(network, "connect", 0);
    int fd = -1;
    state->listener.fd = -1;
    state->peer = (struct network_stream){.watch = {.fd = -1},
                                          .framed = framed,
                                          .ended = ended,
                                          .context = network};
    if (!listener == !peer) {
        return error_set(error, -EINVAL,
                         "'socket' needs one of listen= and connect=");
    }
    if (listener) {
        return listen_at(network, listener, error);
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
    if (state->listener.fd >= 0) {
        loop_unwatch(network->loop, &state->listener);
        host_socket_remove(&state->file);
        host_socket_close(state->listener.fd);
    }
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
