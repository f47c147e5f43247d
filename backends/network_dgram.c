/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "dgram": frames to and from one peer, each a datagram of UDP or of a Unix
 * socket; the peer may be QEMU (-netdev dgram). Nobody knows whether there is a
 * peer, so the link is always up, and what nobody takes is lost.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "backends/network.h"
#include "host/socket.h"

enum { BURST = 64 };

struct state {
    struct loop_watch watch; /* fd is -1 if it was not opened */
    struct host_socket_peer peer;
    struct host_socket_file file;
    bool told_lost;
    bool told_size;
    uint8_t frame[PACKET_FRAME_MAX + 1];
};

static struct state *state_of(struct network *network)
{
    return network->state;
}

/* An error is one of a frame that was sent, and there may be more to read. */
static void ready(void *context, unsigned events)
{
    struct network *network = context;
    struct state *state = state_of(network);
    for (unsigned i = 0; i < BURST; i++) {
        ssize_t size = recv(state->watch.fd, state->frame, sizeof(state->frame),
                            MSG_DONTWAIT);
        if (size < 0) {
            return;
        }
        if (size >= PACKET_ETHERNET && size <= PACKET_FRAME_MAX) {
            network_receive_frame(network, state->frame, (size_t)size);
        } else if (!state->told_size) {
            state->told_size = true;
            network_trouble(network,
                            "the peer sends what is no frame: %zd bytes", size);
        }
    }
}

static int open_dgram(struct network *network, struct error *error)
{
    struct state *state = state_of(network);
    const char *local = network_option(network, "local", 0);
    const char *remote = network_option(network, "remote", 0);
    int fd = -1;
    state->watch.fd = -1;
    if (!local || !remote) {
        return error_set(error, -EINVAL, "'dgram' needs local= and remote=");
    }
    int code = host_socket_datagram(local, remote, &fd, &state->peer, error);
    if (code != 0) {
        return code;
    }
    host_socket_note(local, &state->file);
    state->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = ready, .context = network};
    loop_watch(network->loop, &state->watch);
    return 0;
}

static void close_dgram(struct network *network)
{
    struct state *state = state_of(network);
    if (state->watch.fd >= 0) {
        loop_unwatch(network->loop, &state->watch);
        host_socket_remove(&state->file);
        host_socket_close(state->watch.fd);
    }
}

static void send_dgram(struct network *network, const struct packet *packet)
{
    struct state *state = state_of(network);
    int code = host_socket_send(state->watch.fd, &state->peer, packet->bytes,
                                packet->size);
    if (code != 0 && code != -EAGAIN && !state->told_lost) {
        state->told_lost = true;
        network_trouble(network, "frames for '%s' are lost: %s",
                        network_option(network, "remote", 0), strerror(-code));
    }
}

static const struct network_option options[] = {
    {"local",  "unix:PATH|[HOST:]PORT", "take frames at this address"},
    {"remote", "unix:PATH|[HOST:]PORT", "send frames there"          },
    {NULL,     NULL,                    NULL                         },
};

const struct network_type network_dgram = {
    .name = "dgram",
    .purpose = "a cable to one peer by datagrams, such as QEMU's -netdev dgram",
    .options = options,
    .live = true,
    .serves = true,
    .takes = NETWORK_FRAMES,
    .state_size = sizeof(struct state),
    .open = open_dgram,
    .close = close_dgram,
    .send = send_dgram,
};
