/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "tap": a tap device of the host (Linux, Documentation/networking/tuntap.rst),
 * which the host's administrator connects to a bridge or routes. It takes and
 * gives checksums and TCP segments that are left to it: its header is that of
 * base/packet.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backends/network.h"

enum { BURST = 64 };

struct state {
    struct loop_watch watch; /* fd is -1 before it is open */
    uint8_t message[PACKET_MESSAGE_MAX];
};

static struct state *state_of(struct network *network)
{
    return network->state;
}

static void lose(struct network *network, int code)
{
    struct state *state = state_of(network);
    loop_unwatch(network->loop, &state->watch);
    close(state->watch.fd);
    state->watch.fd = -1;
    network_link(network, false);
    network_trouble(network,
                    "the tap device '%s' has gone: the link is down: %s",
                    network_option(network, "name", 0), strerror(code));
}

static void ready(void *context, unsigned events)
{
    struct network *network = context;
    struct state *state = state_of(network);
    struct packet packet;
    for (unsigned i = 0; i < BURST; i++) {
        ssize_t count =
            read(state->watch.fd, state->message, sizeof(state->message));
        if (count <= 0) {
            /* EIO: the interface is down, for now. */
            if (count < 0 && errno != EAGAIN && errno != EINTR &&
                errno != EIO) {
                lose(network, errno);
            }
            break;
        }
        if (packet_decode(state->message, (size_t)count, &packet)) {
            network_receive(network, &packet);
        }
    }
}

static int set_up(int fd, const char *name)
{
    struct ifreq request = {0};
    int header = PACKET_HEADER;
    int little = 1;
    memcpy(request.ifr_name, name, strlen(name));
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    return ioctl(fd, TUNSETIFF, &request) != 0 ||
                   ioctl(fd, TUNSETVNETHDRSZ, &header) != 0 ||
                   ioctl(fd, TUNSETVNETLE, &little) != 0 ||
                   ioctl(fd, TUNSETOFFLOAD,
                         (unsigned long)(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 |
                                         TUN_F_TSO_ECN)) != 0
               ? -errno
               : 0;
}

static int open_tap(struct network *network, struct error *error)
{
    struct state *state = state_of(network);
    const char *name = network_option(network, "name", 0);
    state->watch.fd = -1;
    if (!name || strlen(name) >= IFNAMSIZ) {
        return error_set(error, -EINVAL,
                         "'tap' needs name=, of at most %d bytes",
                         IFNAMSIZ - 1);
    }
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int code = fd < 0 ? -errno : set_up(fd, name);
    if (code != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return error_set(error, code, "cannot open the tap device '%s': %s%s",
                         name, strerror(-code),
                         code == -EPERM || code == -EACCES
                             ? "; it must be this user's (ip tuntap add NAME "
                               "mode tap user USER)"
                             : "");
    }
    state->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = ready, .context = network};
    loop_watch(network->loop, &state->watch);
    return 0;
}

static void close_tap(struct network *network)
{
    struct state *state = state_of(network);
    if (state->watch.fd >= 0) {
        loop_unwatch(network->loop, &state->watch);
        close(state->watch.fd);
    }
}

/* A packet that the device does not take now is lost, as on a cable. */
static void send_tap(struct network *network, const struct packet *packet)
{
    uint8_t header[PACKET_HEADER];
    packet_encode(packet, header);
    const struct iovec parts[] = {
        {header,                           sizeof(header)},
        {(void *)(uintptr_t)packet->bytes, packet->size  },
    };
    (void)!writev(state_of(network)->watch.fd, parts, 2);
}

static const struct network_option options[] = {
    {"name", "DEVICE", "the device, such as tap0"},
    {NULL,   NULL,     NULL                      },
};

const struct network_type network_tap = {
    .name = "tap",
    .purpose = "a tap device of this host",
    .options = options,
    .live = true,
    .takes = NETWORK_ALL,
    .state_size = sizeof(struct state),
    .open = open_tap,
    .close = close_tap,
    .send = send_tap,
};
