/* SPDX-License-Identifier: Apache-2.0 */
/* The user network against a library in place of libslirp, which says what it
 * was asked for and asks as the test has it. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/network.h"
#include "backends/network_user.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/time.h"
#include "tests/harness.h"

enum { SOCKETS_MAX = 256, ASKED_MAX = SOCKETS_MAX + 1 };

/* ---- The library --------------------------------------------------------- */

struct forward {
    int is_udp;
    struct in_addr host;
    int host_port;
    struct in_addr guest;
    int guest_port;
};

static struct library {
    const char *lacks; /* a symbol, or the library itself */
    bool makes_none;
    int refuses; /* the errno value of forwards, or -1: it says none */
    SlirpConfig config;
    const SlirpCb *callbacks;
    void *opaque;
    struct forward forwards[2];
    unsigned forward_count;
    unsigned cleanups;
    unsigned fills;
    unsigned polls;
    /* Sockets that it waits for, and the answers. */
    int fds[ASKED_MAX];
    int events[ASKED_MAX];
    int indices[ASKED_MAX];
    int ready[ASKED_MAX]; /* all that was heard */
    unsigned asked;
    unsigned filled;
    uint32_t timeout_ms;
    unsigned inputs;
    int input_size;
} library;

static Slirp *make_none_or_one(const SlirpConfig *config,
                               const SlirpCb *callbacks, void *opaque)
{
    library.config = *config;
    library.callbacks = callbacks;
    library.opaque = opaque;
    return library.makes_none ? NULL : (Slirp *)(void *)&library;
}

static void clean_up(Slirp *slirp)
{
    library.cleanups += (void *)slirp == &library;
}

static void fill(Slirp *slirp, uint32_t *timeout, SlirpAddPollCb add_poll,
                 void *opaque)
{
    library.fills++;
    library.filled = library.asked;
    EXPECT_EQ(*timeout, UINT32_MAX);
    for (unsigned i = 0; i < library.asked; i++) {
        library.indices[i] =
            add_poll(library.fds[i], library.events[i], opaque);
    }
    if (library.timeout_ms != 0) {
        *timeout = library.timeout_ms;
    }
}

static void poll_all(Slirp *slirp, int error, SlirpGetREventsCb get_ready,
                     void *opaque)
{
    EXPECT_EQ(error, 0);
    library.polls++;
    for (unsigned i = 0; i < library.filled; i++) {
        library.ready[i] |= get_ready(library.indices[i], opaque);
    }
    EXPECT_EQ(get_ready(-1, opaque), 0);
    EXPECT_EQ(get_ready((int)library.filled, opaque), 0);
}

static void input(Slirp *slirp, const uint8_t *packet, int size)
{
    library.inputs++;
    library.input_size = size;
}

static int add_forward(Slirp *slirp, int is_udp, struct in_addr host,
                       int host_port, struct in_addr guest, int guest_port)
{
    library.forwards[library.forward_count++ % 2] =
        (struct forward){is_udp, host, host_port, guest, guest_port};
    errno = library.refuses > 0 ? library.refuses : errno;
    return library.refuses ? -1 : 0;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): theirs */
void *dlopen(const char *name, int mode)
{
    EXPECT_STR(name, "libslirp.so.0");
    EXPECT_EQ(mode, RTLD_NOW | RTLD_LOCAL);
    return library.lacks && strcmp(library.lacks, name) == 0 ? NULL : &library;
}

char *dlerror(void)
{
    static char text[] = "as the test has it";
    return text;
}

void *dlsym(void *handle, const char *name)
{
    static const struct {
        const char *name;
        void (*function)(void);
    } symbols[] = {
        {"slirp_new",          (void (*)(void))make_none_or_one},
        {"slirp_cleanup",      (void (*)(void))clean_up        },
        {"slirp_pollfds_fill", (void (*)(void))fill            },
        {"slirp_pollfds_poll", (void (*)(void))poll_all        },
        {"slirp_input",        (void (*)(void))input           },
        {"slirp_add_hostfwd",  (void (*)(void))add_forward     },
    };
    void *symbol = NULL;
    EXPECT(handle == &library);
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
        if (strcmp(symbols[i].name, name) == 0 &&
            !(library.lacks && strcmp(library.lacks, name) == 0)) {
            memcpy(&symbol, &symbols[i].function, sizeof(symbol));
        }
    }
    return symbol;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* ---- The guest's end ----------------------------------------------------- */

struct end {
    struct loop *loop;
    struct network *network;
    struct buffer troubles;
    unsigned packets;
    uint8_t last[400]; /* packet, as far as that */
};

static bool received(void *context, const struct packet *packet)
{
    struct end *end = context;
    end->packets++;
    memcpy(end->last, packet->bytes,
           packet->size < sizeof(end->last) ? packet->size : sizeof(end->last));
    return true;
}

static void linked(void *context, bool up)
{
}

static void trouble(void *context, const char *text)
{
    struct end *end = context;
    buffer_print(&end->troubles, "%s\n", text);
}

static int plug(struct end *end, const char *what, struct error *error)
{
    memset(end, 0, sizeof(*end));
    end->loop = loop_create(NULL);
    const struct network_events events = {received, linked, trouble, NULL, end};
    return network_open(end->loop, what, &events, &end->network, error);
}

static void unplug(struct end *end)
{
    network_close(end->network);
    EXPECT_EQ(loop_turn(end->loop, 0), 0);
    loop_destroy(end->loop);
    buffer_fini(&end->troubles);
}

static void settle(struct end *end)
{
    while (loop_turn(end->loop, 0) > 0) {
    }
}

/* ---- Opening ------------------------------------------------------------- */

static void expect_address(struct in_addr address, const char *text)
{
    char is[INET_ADDRSTRLEN];
    EXPECT_STR(inet_ntop(AF_INET, &address, is, sizeof(is)), text);
}

static void expect_address_6(const struct in6_addr *address, const char *text)
{
    char is[INET6_ADDRSTRLEN];
    EXPECT_STR(inet_ntop(AF_INET6, address, is, sizeof(is)), text);
}

FIXTURE(struct end, end, unplug)

TEST_BEGINS(the_library_gets_the_options, end)
{
    struct error error = {""};
    const SlirpConfig *is = &library.config;
    library = (struct library){0};
    REQUIRE(plug(end, "user", &error) == 0);
    EXPECT_EQ(is->version, 4);
    EXPECT_EQ(is->restricted, 0);
    EXPECT(is->in_enabled && is->in6_enabled);
    expect_address(is->vnetwork, "10.0.2.0");
    expect_address(is->vnetmask, "255.255.255.0");
    expect_address(is->vhost, "10.0.2.2");
    expect_address(is->vdhcp_start, "10.0.2.15");
    expect_address(is->vnameserver, "10.0.2.3");
    expect_address_6(&is->vprefix_addr6, "fec0::");
    expect_address_6(&is->vhost6, "fec0::2");
    expect_address_6(&is->vnameserver6, "fec0::3");
    EXPECT_EQ(is->vprefix_len, 64);
    EXPECT_EQ(is->if_mtu, USER_LIBRARY_MTU);
    EXPECT_EQ(is->if_mru, USER_LIBRARY_MTU);
    EXPECT(!is->vhostname && !is->tftp_path && !is->bootfile);
    EXPECT_EQ(library.fills, 1);
    EXPECT_EQ(library.cleanups, 0);
    unplug(end);
    EXPECT_EQ(library.cleanups, 1);
    library = (struct library){0};
    REQUIRE(plug(end,
                 "user,restrict,hostname=h,tftp=/tmp,bootfile=b,"
                 "forward=tcp:1:2,forward=udp:0.0.0.0:3:10.0.2.9:4",
                 &error) == 0);
    EXPECT_EQ(is->restricted, 1);
    EXPECT_STR(is->vhostname, "h");
    EXPECT_STR(is->tftp_path, "/tmp");
    EXPECT_STR(is->bootfile, "b");
    EXPECT_EQ(library.forward_count, 2);
    const struct forward *forward = library.forwards;
    EXPECT_EQ(forward[0].is_udp, 0);
    expect_address(forward[0].host, "127.0.0.1");
    EXPECT_EQ(forward[0].host_port, 1);
    EXPECT_EQ(forward[0].guest_port, 2);
    EXPECT_EQ(forward[1].is_udp, 1);
    expect_address(forward[1].guest, "10.0.2.9");
    EXPECT_EQ(forward[1].host_port, 3);
    EXPECT_EQ(forward[1].guest_port, 4);
}

TEST(a_network_that_cannot_be_made_says_why)
{
    static const struct {
        const char *what;
        const char *lacks;
        bool makes_none;
        int refuses;
        int code;
        const char *says;
    } rows[] = {
        {"user",                 "libslirp.so.0",     false, 0,      -ENOTSUP,
         "the user network needs libslirp, which cannot be loaded: as the test "
         "has it"                                                                                                  },
        {"user",                 "slirp_new",         false, 0,      -ENOTSUP,
         "libslirp has no 'slirp_new'"                                                                             },
        {"user",                 "slirp_add_hostfwd", false, 0,      -ENOTSUP,
         "libslirp has no 'slirp_add_hostfwd'"                                                                     },
        {"user",                 NULL,                true,  0,      -ENOMEM,     "the user network cannot be made"},
        {"user,tftp=/none",      NULL,                false, 0,      -ENOTDIR,
         "'tftp=/none' is no folder"                                                                               },
        {"user,tftp=/dev/null",  NULL,                false, 0,      -ENOTDIR,
         "'tftp=/dev/null' is no folder"                                                                           },
        {"user,forward=x",       NULL,                false, 0,      -EINVAL,
         "'forward=x': expected tcp|udp:[HOST:]PORT:[GUEST:]PORT"                                                  },
        {"user,forward=tcp:1:2", NULL,                false, EACCES, -EACCES,
         "'forward=tcp:1:2': Permission denied"                                                                    },
        {"user,forward=tcp:1:2", NULL,                false, -1,     -EADDRINUSE,
         "'forward=tcp:1:2': Address already in use"                                                               },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(unplug) struct end end = {0};
        struct error error = {""};
        test_case("row %zu", i);
        library = (struct library){.lacks = rows[i].lacks,
                                   .makes_none = rows[i].makes_none,
                                   .refuses = rows[i].refuses};
        EXPECT_EQ(plug(&end, rows[i].what, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].says);
    }
    /* Names have a size. */
    for (unsigned i = 0; i < 4; i++) {
        static char name[USER_NAME_MAX];
        const char *option = i % 2 ? "hostname" : "bootfile";
        struct end end;
        struct error error = {""};
        library = (struct library){0};
        memset(name, 'n', sizeof(name));
        name[USER_NAME_MAX / 2 + i / 2] = '\0';
        char *what = xasprintf("user,%s=%s", option, name);
        char *says =
            i / 2 ? xasprintf("'%s=' has %d bytes; at most %d will do", option,
                              USER_NAME_MAX / 2 + 1, USER_NAME_MAX / 2)
                  : xstrdup("");
        EXPECT_EQ(plug(&end, what, &error), i / 2 ? -EINVAL : 0);
        EXPECT_STR(error.text, says);
        unplug(&end);
        free(what);
        free(says);
    }
}

/* ---- Sockets ------------------------------------------------------------- */

TEST(the_library_hears_of_sockets_that_are_ready)
{
    struct end end;
    struct error error = {""};
    int ends[2][2];
    library = (struct library){.asked = 2};
    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) == 0);
        library.fds[i] = ends[i][0];
        library.events[i] = SLIRP_POLL_IN;
    }
    REQUIRE(plug(&end, "user", &error) == 0);
    EXPECT_EQ(library.indices[0], 0);
    EXPECT_EQ(library.indices[1], 1);
    settle(&end);
    EXPECT_EQ(library.polls, 0);
    EXPECT_EQ(write(ends[1][1], "x", 1), 1);
    EXPECT_EQ(loop_turn(end.loop, 0), 2); /* the socket, and the library */
    EXPECT_EQ(library.polls, 1);
    EXPECT_EQ(library.fills, 2);
    EXPECT_EQ(library.ready[0], 0);
    EXPECT_EQ(library.ready[1], SLIRP_POLL_IN);
    /* Nothing is heard of one that is about to be closed. */
    library.callbacks->unregister_poll_fd(ends[1][0], library.opaque);
    EXPECT_EQ(loop_turn(end.loop, 0), 0);
    library.asked = 1;
    library.events[0] = SLIRP_POLL_OUT;
    library.callbacks->notify(library.opaque);
    EXPECT_EQ(library.polls, 1); /* not from within */
    (void)loop_turn(end.loop, 0);
    (void)loop_turn(end.loop, 0);
    EXPECT_EQ(library.ready[0], SLIRP_POLL_OUT);
    library.events[0] = SLIRP_POLL_IN;
    (void)loop_turn(end.loop, 0);
    settle(&end);
    EXPECT_EQ(library.ready[0], SLIRP_POLL_OUT);
    close(ends[0][1]);
    (void)loop_turn(end.loop, 0);
    EXPECT(library.ready[0] & SLIRP_POLL_HUP);
    library.asked = 0;
    settle(&end);
    EXPECT_EQ(library.fills, library.polls + 1);
    unplug(&end);
    close(ends[0][0]);
    close(ends[1][0]);
    close(ends[1][1]);
}

TEST_BEGINS(what_begins_no_connection_passes_when_there_are_too_many, end)
{
    enum { IP = 14, TCP = 34, SYN = 2, ACK = 16 };
    static const struct {
        uint8_t type[2];
        uint8_t header; /* the first byte of IP */
        uint8_t protocol;
        uint8_t flags;
        uint8_t size;
        bool passes;
    } rows[] = {
        {{8, 0},       0x45, 6,  ACK,       60, true },
        {{8, 0},       0x45, 6,  SYN | ACK, 60, true },
        {{8, 0},       0x45, 6,  SYN,       60, false},
        {{8, 0},       0x45, 6,  ACK,       54, true },
        {{8, 0},       0x45, 6,  ACK,       53, false},
        {{8, 0},       0x48, 6,  ACK,       60, false}, /* 12 bytes on */
        {{8, 0},       0x4f, 6,  ACK,       87, false}, /* no flags */
        {{8, 0},       0x45, 17, ACK,       60, false},
        {{8, 0},       0x45, 1,  ACK,       60, false},
        {{8, 6},       0,    0,  0,         42, true },
        {{8, 6},       0,    0,  0,         60, true },
        {{0x86, 0xdd}, 0x60, 6,  ACK,       80, false},
        {{0x86, 6},    0x60, 6,  ACK,       80, false},
        {{0x86, 0},    0x45, 6,  ACK,       60, false},
    };
    static uint8_t frame[128];
    struct error error = {""};
    library = (struct library){.asked = SOCKETS_MAX};
    for (unsigned i = 0; i < ASKED_MAX; i++) {
        library.fds[i] = dup(2);
        REQUIRE(library.fds[i] >= 0);
    }
    for (unsigned full = 0; full < 2; full++) {
        library.asked = SOCKETS_MAX - 1 + full;
        REQUIRE(plug(end, "user", &error) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            const unsigned before = library.inputs;
            const struct packet packet = {.bytes = frame, .size = rows[i].size};
            test_case("row %zu of %u sockets", i, library.asked);
            memset(frame, 0, 100);
            memcpy(frame + 12, rows[i].type, 2);
            frame[IP] = rows[i].header;
            frame[IP + 9] = rows[i].protocol;
            frame[TCP + 13] = rows[i].flags;
            frame[TCP + 13 + 12] = SYN;
            network_send(end->network, &packet);
            EXPECT_EQ(library.inputs - before, !full || rows[i].passes);
            EXPECT(library.inputs == before ||
                   library.input_size == (int)rows[i].size);
        }
        EXPECT_STR(buffer_text(&end->troubles), "");
        unplug(end);
    }
    /* One more is refused, which is told once. */
    library.asked = ASKED_MAX;
    REQUIRE(plug(end, "user", &error) == 0);
    EXPECT_EQ(library.indices[SOCKETS_MAX - 1], SOCKETS_MAX - 1);
    EXPECT_EQ(library.indices[SOCKETS_MAX], -1);
    library.callbacks->notify(library.opaque);
    library.asked = SOCKETS_MAX; /* as many as it hears of */
    EXPECT_EQ(loop_turn(end->loop, 0), 1);
    library.asked = ASKED_MAX;
    library.callbacks->notify(library.opaque);
    EXPECT_EQ(loop_turn(end->loop, 0), 1);
    EXPECT_STR(buffer_text(&end->troubles),
               "the guest has more than 256 connections; new ones are "
               "dropped\n");
    library.asked = 0;
    library.callbacks->notify(library.opaque);
    settle(end);
    settle(end);
    for (unsigned i = 0; i < ASKED_MAX; i++) {
        close(library.fds[i]);
    }
}

/* Segments of TCP are the library's to cut, but no datagrams. */
TEST_BEGINS(the_library_gets_large_packets, end)
{
    static uint8_t frame[54 + 300] = {
        [12] = 8, [14] = 0x45, [16] = 1, [17] = 84, [23] = 6, [46] = 0x50};
    struct packet packet = {.bytes = frame,
                            .size = sizeof(frame),
                            .flags = PACKET_NEEDS_CSUM,
                            .gso_type = PACKET_GSO_TCPV4,
                            .csum_start = 34,
                            .csum_offset = 16,
                            .gso_size = 100,
                            .hdr_len = 54};
    struct error error = {""};
    library = (struct library){0};
    REQUIRE(plug(end, "user", &error) == 0);
    network_send(end->network, &packet);
    EXPECT_EQ(library.inputs, 1);
    EXPECT_EQ(library.input_size, sizeof(frame));
    packet.gso_type = PACKET_GSO_UDP_L4;
    packet.csum_offset = 6;
    packet.hdr_len = 42;
    frame[23] = 17;
    network_send(end->network, &packet);
    EXPECT_EQ(library.inputs, 1 + 4);
    /* The library takes no larger frames. */
    static uint8_t large[65536] = {[12] = 8};
    for (uint32_t size = 65535; size <= 65536; size++) {
        const struct packet longest = {.bytes = large, .size = size};
        network_send(end->network, &longest);
        EXPECT_EQ(library.input_size, 65535);
    }
    settle(end);
}

/* ---- Time and packets ---------------------------------------------------- */

static void count(void *context)
{
    ++*(unsigned *)context;
}

TEST_BEGINS(the_library_has_timers, end)
{
    struct error error = {""};
    unsigned due = 0;
    library = (struct library){.timeout_ms = 60000};
    REQUIRE(plug(end, "user", &error) == 0);
    const SlirpCb *calls = library.callbacks;
    const int64_t now = calls->clock_get_ns(library.opaque);
    EXPECT((int64_t)host_time_ns() - now < 1000000000);
    void *timer = calls->timer_new(count, &due, library.opaque);
    void *other = calls->timer_new(count, &due, library.opaque);
    calls->timer_mod(timer, now / 1000000 + 1, library.opaque);
    calls->timer_mod(other, now / 1000000 + 100000, library.opaque);
    EXPECT_EQ(((const struct loop_timer *)other)->at_ns,
              (now / 1000000 + 100000) * 1000000);
    const uint64_t until = host_time_ns() + 2000000000;
    while (due == 0 && host_time_ns() < until) {
        loop_turn(end->loop, until);
    }
    EXPECT((int64_t)host_time_ns() >= now / 1000000 * 1000000 + 1000000);
    settle(end);
    EXPECT_EQ(due, 1);
    EXPECT_EQ(library.polls, 1);
    calls->timer_free(timer, library.opaque);
    calls->timer_free(other, library.opaque);
    /* The next that it asks for is in a millisecond. */
    library.timeout_ms = 1;
    calls->notify(library.opaque);
    EXPECT_EQ(loop_turn(end->loop, 0), 1);
    library.timeout_ms = 0;
    while (library.polls < 3 && host_time_ns() < until) {
        loop_turn(end->loop, until);
    }
    EXPECT_EQ(library.polls, 3);
}

TEST(packets_of_the_library_reach_the_guest)
{
    static const struct {
        const char *what;
        uint32_t mss;
        bool http;
    } rows[] = {
        {"user",                      1460, false},
        {"user,mtu=9000",             8960, false},
        {"user,bootfile=http://h/f",  1460, true },
        {"user,bootfile=https://h/f", 1460, true },
        {"user,bootfile=http:/f",     1460, false},
        {"user,bootfile=httpsx//h",   1460, false},
    };
    /* A connection begins, with the option of the size of segments. */
    static const uint8_t begin[58] = {[12] = 8,  [14] = 0x45, [23] = 6,
                                      [46] = 96, [47] = 2,    [54] = 2,
                                      4,         0xff,        0xff};
    /* An answer of DHCP without options. */
    static const uint8_t answer[310] = {
        [12] = 8, [14] = 0x45, [23] = 17, [35] = 67, [37] = 68, [282] = 255};
    static uint8_t large[PACKET_FRAME_MAX + 1];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(unplug) struct end end = {0};
        struct error error = {""};
        test_case("%s", rows[i].what);
        library = (struct library){0};
        REQUIRE(plug(&end, rows[i].what, &error) == 0);
        SlirpWriteCb send = library.callbacks->send_packet;
        EXPECT_EQ(send(begin, sizeof(begin), library.opaque), sizeof(begin));
        EXPECT_EQ((unsigned)end.last[56] << 8 | end.last[57], rows[i].mss);
        EXPECT_EQ(send(answer, sizeof(answer), library.opaque), sizeof(answer));
        EXPECT_EQ(end.last[282], rows[i].http ? 60 : 255);
        EXPECT_EQ(end.packets, 2);
        EXPECT_EQ(send(begin, 13, library.opaque), 13);
        EXPECT_EQ(send(large, sizeof(large), library.opaque), sizeof(large));
        EXPECT_EQ(end.packets, 2);
        EXPECT_EQ(send(begin, 14, library.opaque), 14);
        EXPECT_EQ(send(large, PACKET_FRAME_MAX, library.opaque),
                  PACKET_FRAME_MAX);
        EXPECT_EQ(end.packets, 4);
    }
}
