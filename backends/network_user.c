/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "user": a network behind this program by Debian's libslirp, for which no
 * rights are needed. The guest gets 10.0.2.15 by DHCP, with a router (10.0.2.2,
 * this host), a name server (10.0.2.3, which passes questions on to the host's)
 * and fec0::/64; connections that it makes are made by this program.
 *
 * The library is loaded when it is asked for (dlopen), as to load it with the
 * program would cost every start of it a millisecond.
 *
 * A hostile guest. All that the library gets is a frame of a checked size, but
 * what is in it is the library's to check (4.7: slirp_input). It opens a socket
 * for each connection and each UDP port of the guest: beyond SOCKETS_MAX, UDP
 * packets and requests for TCP connections are dropped, so that the program
 * keeps descriptors of its own. It ends the program where memory is exhausted,
 * as glib does, and by assertions, of which a guest has no known way to one.
 * TFTP follows symbolic links in its folder; the sandbox confines it to the
 * folder.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/network_user.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/time.h"

enum { SOCKETS_MAX = 256, NS_PER_MS = 1000000, LARGE_MAX = 65535 };

/* The functions of the library that are used. */
struct library {
    void *handle;
    Slirp *(*new)(const SlirpConfig *config, const SlirpCb *callbacks,
                  void *opaque);
    void (*cleanup)(Slirp *slirp);
    void (*fill)(Slirp *slirp, uint32_t *timeout, SlirpAddPollCb add_poll,
                 void *opaque);
    void (*poll)(Slirp *slirp, int error, SlirpGetREventsCb get_revents,
                 void *opaque);
    void (*input)(Slirp *slirp, const uint8_t *packet, int size);
    int (*forward)(Slirp *slirp, int is_udp, struct in_addr host_address,
                   int host_port, struct in_addr guest_address, int guest_port);
};

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
    {"slirp_new",          offsetof(struct library, new)    },
    {"slirp_cleanup",      offsetof(struct library, cleanup)},
    {"slirp_pollfds_fill", offsetof(struct library, fill)   },
    {"slirp_pollfds_poll", offsetof(struct library, poll)   },
    {"slirp_input",        offsetof(struct library, input)  },
    {"slirp_add_hostfwd",  offsetof(struct library, forward)},
};

/* A socket of the library that is waited for. */
struct user_socket {
    struct loop_watch watch;
    struct network *network;
    int ready; /* SLIRP_POLL_..., since the library was told */
};

struct user_timer {
    struct loop_timer timer;
    struct network *network;
    SlirpTimerCb due;
    void *context;
};

struct user {
    struct library library;
    Slirp *slirp;
    struct user_socket sockets[SOCKETS_MAX];
    unsigned count;
    unsigned watched; /* between two fills, count of them */
    bool full;        /* it asked for more */
    bool told;
    struct loop_timer timeout;
    struct task {
        struct loop_task task; /* serves the library in the next turn */
        struct network *network;
    } serve;
    struct user_frames frames;
};

static struct user *user_of(struct network *network)
{
    return network->state;
}

/* ---- Waiting for sockets ------------------------------------------------- */

static void serve_soon(struct network *network)
{
    loop_post(network->loop, &user_of(network)->serve.task);
}

static void socket_ready(void *context, unsigned events)
{
    struct user_socket *one = context;
    one->ready |= events & LOOP_READ ? SLIRP_POLL_IN : 0;
    one->ready |= events & LOOP_WRITE ? SLIRP_POLL_OUT : 0;
    one->ready |= events & LOOP_HANGUP ? SLIRP_POLL_HUP : 0;
    serve_soon(one->network);
}

static void forget_sockets(struct network *network, unsigned first)
{
    struct user *user = user_of(network);
    while (user->watched > first) {
        loop_unwatch(network->loop, &user->sockets[--user->watched].watch);
    }
}

static int add_socket(int fd, int events, void *opaque)
{
    struct network *network = opaque;
    struct user *user = user_of(network);
    if (user->count == SOCKETS_MAX) {
        user->full = true;
        return -1;
    }
    struct user_socket *one = &user->sockets[user->count];
    const unsigned wanted = (events & SLIRP_POLL_IN ? LOOP_READ : 0u) |
                            (events & SLIRP_POLL_OUT ? LOOP_WRITE : 0u);
    if (user->count < user->watched && one->watch.fd == fd) {
        loop_watch_events(network->loop, &one->watch, wanted);
        one->ready = 0;
        return (int)user->count++;
    }
    /* They were others from here on last time. */
    forget_sockets(network, user->count);
    *one = (struct user_socket){
        .watch = {.fd = fd,
                  .events = wanted,
                  .ready = socket_ready,
                  .context = one},
        .network = network,
    };
    loop_watch(network->loop, &one->watch);
    user->watched++;
    return (int)user->count++;
}

static int get_ready(int index, void *opaque)
{
    const struct user *user = user_of(opaque);
    return index >= 0 && (unsigned)index < user->count
               ? user->sockets[index].ready
               : 0;
}

/* A socket that is about to be closed. */
static void forget_socket(int fd, void *opaque)
{
    struct network *network = opaque;
    struct user *user = user_of(network);
    for (unsigned i = 0; i < user->watched; i++) {
        if (user->sockets[i].watch.fd == fd) {
            loop_unwatch(network->loop, &user->sockets[i].watch);
            user->sockets[i].watch.fd = -1;
        }
    }
}

static void wait_for_sockets(struct network *network)
{
    struct user *user = user_of(network);
    uint32_t timeout_ms = UINT32_MAX;
    user->count = 0;
    user->full = false;
    user->library.fill(user->slirp, &timeout_ms, add_socket, network);
    forget_sockets(network, user->count);
    if (timeout_ms != UINT32_MAX) {
        loop_timer_arm(network->loop, &user->timeout,
                       host_time_ns() + (uint64_t)timeout_ms * NS_PER_MS);
    }
    if (user->full && !user->told) {
        user->told = true;
        network_trouble(network,
                        "the guest has more than %d connections; new ones are "
                        "dropped",
                        SOCKETS_MAX);
    }
}

static void serve(struct loop_task *task)
{
    struct network *network = ((struct task *)task)->network;
    struct user *user = user_of(network);
    user->library.poll(user->slirp, 0, get_ready, network);
    wait_for_sockets(network);
}

static void time_out(void *context)
{
    serve_soon(context);
}

/* ---- Calls of the library ------------------------------------------------ */

static ssize_t send_packet(const void *bytes, size_t size, void *opaque)
{
    struct user *user = user_of(opaque);
    if (size >= PACKET_ETHERNET && size <= PACKET_FRAME_MAX) {
        user_frames_to_guest(&user->frames, bytes, (uint32_t)size);
    }
    return (ssize_t)size;
}

static void give(void *context, const struct packet *packet)
{
    network_receive(context, packet);
}

static void guest_error(const char *text, void *opaque)
{
}

static int64_t get_time(void *opaque)
{
    return (int64_t)host_time_ns();
}

static void timer_due(void *context)
{
    struct user_timer *timer = context;
    timer->due(timer->context);
    serve_soon(timer->network);
}

static void *timer_new(SlirpTimerCb due, void *context, void *opaque)
{
    struct user_timer *timer = xcalloc(1, sizeof(*timer));
    *timer = (struct user_timer){
        .timer = {.due = timer_due, .context = timer},
        .network = opaque,
        .due = due,
        .context = context,
    };
    return timer;
}

static void timer_free(void *opaque_timer, void *opaque)
{
    struct user_timer *timer = opaque_timer;
    const struct network *network = opaque;
    loop_timer_cancel(network->loop, &timer->timer);
    free(timer);
}

static void timer_mod(void *opaque_timer, int64_t expire_ms, void *opaque)
{
    struct user_timer *timer = opaque_timer;
    const struct network *network = opaque;
    loop_timer_arm(network->loop, &timer->timer,
                   (uint64_t)expire_ms * NS_PER_MS);
}

static void notice_socket(int fd, void *opaque)
{
}

static void notify(void *opaque)
{
    serve_soon(opaque);
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = get_time,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = notice_socket,
    .unregister_poll_fd = forget_socket,
    .notify = notify,
};

/* ---- Packets ------------------------------------------------------------- */

/* True if a frame may make the library open a socket: UDP, ICMP, or a SYN
 * without an ACK of TCP; IPv6 with anything behind its header. */
static bool may_connect(const struct packet *packet)
{
    enum { IPV4 = 14, TCP = 6, SYN = 2, ACK = 16 };
    const uint8_t *bytes = packet->bytes;
    if (packet->size < IPV4 + 40 || bytes[12] != 0x08 || bytes[13] != 0) {
        return bytes[12] != 0x08 || bytes[13] != 0x06; /* not ARP */
    }
    uint32_t flags = IPV4 + (bytes[IPV4] & 15u) * 4 + 13;
    return bytes[IPV4 + 9] != TCP || flags >= packet->size ||
           (bytes[flags] & (SYN | ACK)) == SYN;
}

static void send_user(struct network *network, const struct packet *packet)
{
    struct user *user = user_of(network);
    if (packet->size > LARGE_MAX ||
        (user->count == SOCKETS_MAX && may_connect(packet))) {
        return;
    }
    const uint8_t *frame =
        user_frames_to_library(&user->frames, packet->bytes, packet->size);
    user->library.input(user->slirp, frame, (int)packet->size);
    serve_soon(network);
}

/* ---- Life ---------------------------------------------------------------- */

static int load_library(struct library *library, struct error *error)
{
    library->handle = dlopen("libslirp.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library->handle) {
        return error_set(error, -ENOTSUP,
                         "the user network needs libslirp, which cannot be "
                         "loaded: %s",
                         dlerror());
    }
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
        void *symbol = dlsym(library->handle, symbols[i].name);
        if (!symbol) {
            return error_set(error, -ENOTSUP, "libslirp has no '%s'",
                             symbols[i].name);
        }
        memcpy((char *)library + symbols[i].offset, &symbol, sizeof(symbol));
    }
    return 0;
}

static struct in_addr ipv4(const char *text)
{
    struct in_addr address = {0};
    int known = inet_pton(AF_INET, text, &address);
    assert(known == 1);
    (void)known;
    return address;
}

static struct in6_addr ipv6(const char *text)
{
    struct in6_addr address = {0};
    int known = inet_pton(AF_INET6, text, &address);
    assert(known == 1);
    (void)known;
    return address;
}

static int open_stack(struct network *network, struct error *error)
{
    struct user *user = user_of(network);
    const SlirpConfig config = {
        .version = 4,
        .restricted = network_option(network, "restrict", 0) != NULL,
        .in_enabled = true,
        .vnetwork = ipv4("10.0.2.0"),
        .vnetmask = ipv4("255.255.255.0"),
        .vhost = ipv4("10.0.2.2"),
        .in6_enabled = true,
        .vprefix_addr6 = ipv6("fec0::"),
        .vprefix_len = 64,
        .vhost6 = ipv6("fec0::2"),
        .vhostname = network_option(network, "hostname", 0),
        .tftp_path = network_option(network, "tftp", 0),
        .bootfile = network_option(network, "bootfile", 0),
        .vdhcp_start = ipv4("10.0.2.15"),
        .vnameserver = ipv4("10.0.2.3"),
        .vnameserver6 = ipv6("fec0::3"),
        .if_mtu = USER_LIBRARY_MTU,
        .if_mru = USER_LIBRARY_MTU,
    };
    user->slirp = user->library.new(&config, &callbacks, network);
    return user->slirp
               ? 0
               : error_set(error, -ENOMEM, "the user network cannot be made");
}

static int check_options(const struct network *network, struct error *error)
{
    const char *folder = network_option(network, "tftp", 0);
    struct stat there;
    if (folder && (stat(folder, &there) != 0 || !S_ISDIR(there.st_mode))) {
        return error_set(error, -ENOTDIR, "'tftp=%s' is no folder", folder);
    }
    static const char *const names[] = {"bootfile", "hostname"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *name = network_option(network, names[i], 0);
        if (name && strlen(name) > USER_NAME_MAX / 2) {
            return error_set(error, -EINVAL,
                             "'%s=' has %zu bytes; at most %d will do",
                             names[i], strlen(name), USER_NAME_MAX / 2);
        }
    }
    return 0;
}

static int add_forwards(struct network *network, struct error *error)
{
    const struct user *user = user_of(network);
    const char *text;
    for (size_t i = 0; (text = network_option(network, "forward", i)); i++) {
        struct user_forward forward;
        if (user_forward_parse(text, &forward, error) != 0) {
            return -EINVAL;
        }
        errno = EADDRINUSE;
        if (user->library.forward(user->slirp, forward.udp, forward.host,
                                  forward.host_port, forward.guest,
                                  forward.guest_port) != 0) {
            return error_set(error, -errno, "'forward=%s': %s", text,
                             strerror(errno));
        }
    }
    return 0;
}

static int open_user(struct network *network, struct error *error)
{
    struct user *user = user_of(network);
    user->serve.network = network;
    user->serve.task.run = serve;
    user->timeout = (struct loop_timer){.due = time_out, .context = network};
    const char *mtu = network_option(network, "mtu", 0);
    user_frames_init(&user->frames,
                     mtu ? (uint32_t)strtoul(mtu, NULL, 10) : USER_MTU);
    const char *file = network_option(network, "bootfile", 0);
    user->frames.http = file && (strncmp(file, "http://", 7) == 0 ||
                                 strncmp(file, "https://", 8) == 0);
    user->frames.give = give;
    user->frames.context = network;
    int code = check_options(network, error);
    code = code ? code : load_library(&user->library, error);
    code = code ? code : open_stack(network, error);
    code = code ? code : add_forwards(network, error);
    if (code == 0) {
        wait_for_sockets(network);
    }
    return code;
}

/* The library stays loaded: it may have made threads' data of its own. */
static void close_user(struct network *network)
{
    struct user *user = user_of(network);
    forget_sockets(network, 0);
    if (user->slirp) {
        user->library.cleanup(user->slirp);
    }
    loop_timer_cancel(network->loop, &user->timeout);
    loop_unpost(network->loop, &user->serve.task);
}

const struct network_type network_user = {
    .name = "user",
    .purpose = "a network behind this program, with DHCP, DNS and a way out",
    .options = network_user_options,
    .live = true,
    .connects = true,
    .takes = NETWORK_LARGE,
    .state_size = sizeof(struct user),
    .open = open_user,
    .close = close_user,
    .send = send_user,
};
