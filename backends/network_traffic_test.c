/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic of network back ends beyond a frame or two: what peers do not take at
 * once, what is logged, cut or lost, and a tap device's. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/network.h"
#include "backends/network_stream.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

OWNER(struct loop, loop_destroy)

struct end {
    struct loop *loop;
    struct network *network;
    unsigned frames;
    size_t size; /* of the last frame */
    uint8_t last[2048];
    unsigned links;
    struct buffer troubles;
};

static bool received(void *context, const struct packet *packet)
{
    struct end *end = context;
    if (packet->bytes[14] == 0x77 || packet->bytes[14] == 0x45) {
        end->frames++;
        end->size = packet->size;
        memcpy(end->last, packet->bytes,
               packet->size < sizeof(end->last) ? packet->size
                                                : sizeof(end->last));
    }
    return true;
}

static void linked(void *context, bool up)
{
    struct end *end = context;
    end->links++;
}

static void trouble(void *context, const char *text)
{
    struct end *end = context;
    buffer_print(&end->troubles, "%s\n", text);
}

static uint64_t now_ns(void *context)
{
    return UINT64_C(5999999999);
}

static int plug(struct end *end, struct loop *loop, const char *what)
{
    struct error error = {""};
    memset(end, 0, sizeof(*end));
    end->loop = loop;
    const struct network_events events = {received, linked, trouble, now_ns,
                                          end};
    return network_open(loop, what, &events, &end->network, &error);
}

static void unplug(struct end *end)
{
    network_close(end->network);
    buffer_fini(&end->troubles);
}

/* A frame of an Ethernet type that nobody has. */
static void send_frame(struct end *end, uint8_t *frame, uint32_t size)
{
    memset(frame, 2, 12);
    frame[12] = 0x88;
    frame[13] = 0xb5;
    frame[14] = 0x77;
    const struct packet packet = {.bytes = frame, .size = size};
    network_send(end->network, &packet);
}

/* Turns until so many frames came. */
static bool wait_for(struct end *end, unsigned frames)
{
    const uint64_t until = host_time_ns() + 2000000000;
    while (end->frames < frames && host_time_ns() < until) {
        loop_turn(end->loop, host_time_ns() + 10000000);
    }
    return end->frames == frames;
}

/* ---- Words --------------------------------------------------------------- */

TEST(kinds_are_listed_and_words_found)
{
    struct error error = {""};
    size_t count = 0;
    while (network_type(count)) {
        EXPECT(network_type_find(network_type(count)->name, &error) ==
               network_type(count));
        EXPECT(network_type(count)->purpose && network_type(count)->options);
        count++;
    }
    EXPECT_EQ(count, 6);
    EXPECT(!network_type(count + 1));
    static const struct {
        const char *name;
        size_t index;
        const char *value;
    } rows[] = {
        {"mac",     0, "1"  },
        {"mac",     1, "2"  },
        {"mac",     2, NULL },
        {"restric", 0, NULL },
        {"a",       0, NULL },
        {"mtu",     0, "9=9"},
        {"queues",  0, NULL },
        {"flag",    0, ""   },
        {"user",    0, NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *value = network_words_option("user,mac=1,flag,mac=2,mtu=9=9",
                                           rows[i].name, rows[i].index);
        test_case("row %zu", i);
        EXPECT(!value == !rows[i].value);
        EXPECT(!value || !rows[i].value || strcmp(value, rows[i].value) == 0);
        free(value);
    }
}

/* ---- Peers --------------------------------------------------------------- */

/* Two ends of a cable in a folder. */
struct cable {
    struct loop *loop;
    char folder[32];
    struct end one;
    struct end other;
};

static bool cable_open(struct cable *cable)
{
    *cable = (struct cable){.loop = loop_create(NULL),
                            .folder = "/tmp/cairn-network-XXXXXX"};
    if (!mkdtemp(cable->folder)) {
        return false;
    }
    char *listen = xasprintf("socket,listen=unix:%s/cable", cable->folder);
    char *join = xasprintf("socket,connect=unix:%s/cable", cable->folder);
    bool good = plug(&cable->one, cable->loop, listen) == 0 &&
                plug(&cable->other, cable->loop, join) == 0;
    free(listen);
    free(join);
    return good;
}

static void cable_close(struct cable *cable)
{
    unplug(&cable->other);
    unplug(&cable->one);
    loop_destroy(cable->loop);
    EXPECT_EQ(rmdir(cable->folder), 0);
}

FIXTURE(struct cable, cable, cable_close)
FIXTURE_BEGIN(cable, REQUIRE(cable_open(cable)))

/* A peer that does not read: of what is sent a mebibyte waits, and goes on in
 * its order when there is room. */
TEST_BEGINS(frames_wait_for_a_peer_until_there_are_too_many, cable)
{
    enum { SIZE = 1020, FRAMES = 4000, KEPT = (1 << 20) / (SIZE + 4) };
    static uint8_t frame[SIZE];
    REQUIRE(cable_open(cable));
    for (unsigned i = 0; i < FRAMES; i++) {
        frame[20] = (uint8_t)i;
        send_frame(&cable->other, frame, SIZE);
    }
    while (loop_turn(cable->loop, host_time_ns() + 50000000) > 0) {
    }
    EXPECT(cable->one.frames >= KEPT && cable->one.frames < FRAMES);
    EXPECT_EQ(cable->one.size, SIZE);
    EXPECT_EQ(cable->one.last[20], (uint8_t)(cable->one.frames - 1));
    /* Then it is as before. */
    const unsigned frames = cable->one.frames;
    EXPECT_EQ(loop_turn(cable->loop, 0), 0);
    send_frame(&cable->other, frame, SIZE);
    EXPECT(wait_for(&cable->one, frames + 1));
    EXPECT_EQ(loop_turn(cable->loop, 0), 0);
}

static void frame_came(void *context, const uint8_t *bytes, size_t size)
{
}

static void stream_ended(void *context)
{
    unsigned *ends = context;
    (*ends)++;
}

TEST(just_a_mebibyte_waits_for_a_peer)
{
    enum { OUT_MAX = 1 << 20, SIZE = 1020 };
    static uint8_t frame[SIZE];
    OWNED(loop_destroy_at) struct loop *loop = loop_create(NULL);
    int fds[2];
    unsigned ends = 0;
    size_t before = 0;
    struct network_stream stream = {
        .framed = frame_came, .ended = stream_ended, .context = &ends};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    network_stream_open(&stream, loop, fds[0]);
    /* Told of nothing, it has nothing. */
    stream.watch.ready(stream.watch.context, LOOP_READ);
    EXPECT_EQ(stream.in.size, 0);
    do {
        before = byte_queue_size(&stream.out);
        errno = EINTR; /* of another call: nothing is sent twice */
        network_stream_send(&stream, frame, SIZE);
    } while (before == 0 || byte_queue_size(&stream.out) > before);
    EXPECT(before > OUT_MAX - SIZE - 4 && before <= OUT_MAX);
    /* The room that is left takes a frame that just fits, and no longer one. */
    if (OUT_MAX - before >= 4) {
        network_stream_send(&stream, frame, OUT_MAX - before - 4 + 1);
        EXPECT_EQ(byte_queue_size(&stream.out), before);
        network_stream_send(&stream, frame, OUT_MAX - before - 4);
        EXPECT_EQ(byte_queue_size(&stream.out), OUT_MAX);
    }
    /* A peer that goes without having read is one that has gone. */
    close(fds[1]);
    EXPECT_EQ(loop_turn(loop, 0), 1);
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(stream.watch.fd, -1);
    EXPECT_EQ(byte_queue_size(&stream.out), 0);
}

/* The longest and the shortest; in pieces as the host has them. */
TEST_ON(frames_of_all_sizes_go_over_a_cable, cable)
{
    static const uint32_t sizes[] = {15, PACKET_FRAME_MAX, 60,
                                     PACKET_FRAME_MAX - 1, 1514};
    static uint8_t frame[PACKET_FRAME_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        test_case("%u bytes", sizes[i]);
        send_frame(&cable->other, frame, sizes[i]);
        EXPECT(wait_for(&cable->one, (unsigned)i + 1));
        EXPECT_EQ(cable->one.size, sizes[i]);
    }
    EXPECT_EQ(cable->one.links, 1);
    /* Another peer waits, and keeps nobody busy. */
    OWNED(free_at) char *address = xasprintf("unix:%s/cable", cable->folder);
    int fd = -1;
    EXPECT_EQ(host_socket_connect(address, &fd, NULL), 0);
    EXPECT_EQ(loop_turn(cable->loop, 0), 0);
    EXPECT_EQ(cable->one.links, 1);
    host_socket_close(fd);
}

TEST_ON(packets_are_cut_for_a_peer_that_takes_frames, cable)
{
    static uint8_t frame[54 + 300] = {
        [12] = 8, [14] = 0x45, [16] = 1, [17] = 84, [23] = 6, [46] = 0x50};
    const struct packet packet = {.bytes = frame,
                                  .size = sizeof(frame),
                                  .flags = PACKET_NEEDS_CSUM,
                                  .gso_type = PACKET_GSO_TCPV4,
                                  .csum_start = 34,
                                  .csum_offset = 16,
                                  .gso_size = 100,
                                  .hdr_len = 54};
    network_send(cable->other.network, &packet);
    EXPECT(wait_for(&cable->one, 3));
    EXPECT_EQ(cable->one.size, 154);
}

/* ---- The packet log ------------------------------------------------------ */

TEST(a_log_has_whole_packets_in_a_file_of_its_own)
{
    enum { SIZE = 60000, FRAMES = 3, HEAD = 24, RECORD = 16 };
    static uint8_t frame[SIZE];
    char path[] = "/tmp/cairn-pcap-XXXXXX";
    OWNED(loop_destroy_at) struct loop *loop = loop_create(NULL);
    struct buffer log = {0};
    struct error error = {""};
    struct end end;
    struct stat there;
    close(mkstemp(path));
    REQUIRE(unlink(path) == 0);
    OWNED(free_at) char *what = xasprintf("none,pcap=%s", path);
    for (unsigned round = 0; round < 2; round++) {
        const mode_t mask = umask(022);
        REQUIRE(plug(&end, loop, what) == 0);
        EXPECT_EQ(network_make_log(end.network, &error), 0);
        (void)umask(mask);
        for (unsigned i = 0; i < FRAMES - round; i++) {
            frame[100] = (uint8_t)(i + 1);
            send_frame(&end, frame, SIZE);
        }
        EXPECT_EQ(stat(path, &there), 0);
        EXPECT_EQ(there.st_mode & 0777, 0644);
        EXPECT_EQ(there.st_size, HEAD + 2 * (RECORD + SIZE));
        EXPECT_EQ(network_end_log(end.network, &error), 0);
        send_frame(&end, frame, SIZE); /* is logged no more */
        unplug(&end);
        buffer_clear(&log);
        EXPECT_EQ(file_read(path, 1 << 20, &log, &error), 0);
        EXPECT_EQ(log.size, HEAD + (FRAMES - round) * (RECORD + SIZE));
        for (unsigned i = 0; i < FRAMES - round; i++) {
            const uint8_t *at = log.bytes + HEAD + i * (RECORD + SIZE);
            EXPECT_EQ(load_le32(at), 5);
            EXPECT_EQ(load_le32(at + 4), 999999999);
            EXPECT_EQ(load_le32(at + 8), SIZE);
            EXPECT_EQ(at[RECORD + 100], i + 1);
        }
    }
    buffer_fini(&log);
    unlink(path);
}

TEST(a_log_is_written_64_kib_at_a_time)
{
    enum { FIRST = (64 << 10) - 24 - 16 };
    static uint8_t frame[FIRST];
    char path[] = "/tmp/cairn-pcap-XXXXXX";
    OWNED(loop_destroy_at) struct loop *loop = loop_create(NULL);
    close(mkstemp(path));
    OWNED(free_at) char *what = xasprintf("none,pcap=%s", path);
    for (unsigned less = 0; less < 2; less++) {
        OWNED(unplug) struct end end = {0};
        struct stat there = {.st_size = -1};
        REQUIRE(plug(&end, loop, what) == 0);
        EXPECT_EQ(network_make_log(end.network, NULL), 0);
        send_frame(&end, frame, FIRST - less);
        EXPECT_EQ(stat(path, &there), 0);
        EXPECT_EQ(there.st_size, less ? 0 : 64 << 10);
    }
    unlink(path);
}

/* The disk is full: that ends the log, and is told once, when it is noticed. */
TEST(a_log_that_cannot_be_written_ends)
{
    static uint8_t frame[40000];
    OWNED(loop_destroy_at) struct loop *loop = loop_create(NULL);
    struct error error = {""};
    static const char *const says[] = {
        "the packet log ends: file '/dev/full': cannot be written: No space "
        "left on device\n",
        "file '/dev/full': cannot be written: No space left on device\n"};
    for (unsigned i = 0; i < 2; i++) {
        struct end end;
        REQUIRE(plug(&end, loop, "none,pcap=/dev/full") == 0);
        EXPECT_EQ(network_make_log(end.network, &error), 0);
        send_frame(&end, frame, sizeof(frame));
        EXPECT_STR(buffer_text(&end.troubles), "");
        for (unsigned j = i; j < 3; j++) {
            send_frame(&end, frame, i ? 100 : sizeof(frame));
        }
        EXPECT_STR(buffer_text(&end.troubles), i ? "" : says[0]);
        network_close(end.network);
        EXPECT_STR(buffer_text(&end.troubles), says[i]);
        buffer_fini(&end.troubles);
    }
}

/* ---- Tap ----------------------------------------------------------------- */

/* The host's side of a device: a socket for its frames, or -1. */
static int host_side(const char *name)
{
    struct ifreq request = {0};
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(0x88b5)};
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0x88b5));
    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
        return -1;
    }
    request.ifr_flags |= IFF_UP;
    address.sll_ifindex = (int)if_nametoindex(name);
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0 &&
                   bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0
               ? fd
               : -1;
}

/* The right to make a device is the host's to give. */
static bool may_make_tap(void)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    const bool may = fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return may;
}

/* A device that there is, but no tap. */
TEST(a_tap_device_that_is_refused_leaves_no_descriptor)
{
    OWNED(loop_destroy_at) struct loop *loop = loop_create(NULL);
    struct end end;
    const unsigned descriptors = test_descriptors();
    EXPECT(plug(&end, loop, "tap,name=lo") < 0);
    EXPECT_EQ(test_descriptors(), descriptors);
}

TEST(a_tap_device_that_goes_takes_the_link_with_it)
{
    static uint8_t frame[60];
    struct loop *loop = loop_create(NULL);
    struct end end;
    if (!may_make_tap()) {
        loop_destroy(loop);
        SKIP("no tap device can be made here");
    }
    char *what = xasprintf("tap,name=cairn%ld", (long)getpid());
    char *command = xasprintf("ip link delete cairn%ld 2>&1", (long)getpid());
    OWNED(free_at)
    char *says = xasprintf(
        "the tap device 'cairn%ld' has gone: the link is "
        "down: File descriptor in bad state\n",
        (long)getpid());
    REQUIRE(plug(&end, loop, what) == 0);
    EXPECT_EQ(loop_turn(loop, 0), 0);
    if (system(command) != 0) {
        test_skip("no tap device can be taken away here");
    } else {
        EXPECT_EQ(loop_turn(loop, host_time_ns() + 2000000000), 1);
        EXPECT_EQ(end.links, 1);
        EXPECT(!end.network->up);
        send_frame(&end, frame, sizeof(frame));
        EXPECT_EQ(loop_turn(loop, 0), 0);
        EXPECT_STR(buffer_text(&end.troubles), says);
    }
    unplug(&end);
    loop_destroy(loop);
    free(what);
    free(command);
}

TEST(a_tap_device_carries_frames_both_ways)
{
    static uint8_t frame[1514];
    uint8_t got[2048];
    struct loop *loop = loop_create(NULL);
    struct end end;
    char name[16];
    (void)snprintf(name, sizeof(name), "cairn%ld", (long)getpid() % 1000000);
    OWNED(free_at) char *what = xasprintf("tap,name=%s", name);
    const bool made = plug(&end, loop, what) == 0;
    const int fd = made ? host_side(name) : -1;
    if (!may_make_tap()) {
        EXPECT(!made);
        test_skip("no tap device can be made here");
    }
    for (unsigned i = 0; fd >= 0 && i < 3; i++) {
        const uint32_t size = i ? sizeof(frame) : 60;
        const struct timeval patience = {.tv_sec = 2};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                         sizeof(patience));
        frame[40] = (uint8_t)(i + 1);
        send_frame(&end, frame, size);
        EXPECT_EQ(recv(fd, got, sizeof(got), 0), size);
        EXPECT_BYTES(got, frame, size);
        EXPECT_EQ(send(fd, frame, size, 0), size);
        EXPECT(wait_for(&end, i + 1));
        EXPECT_EQ(end.size, size);
        EXPECT_BYTES(end.last, frame, size);
    }
    EXPECT(fd >= 0 || !may_make_tap());
    if (made) {
        EXPECT_EQ(end.links, 0);
        EXPECT_STR(buffer_text(&end.troubles), "");
        unplug(&end);
        EXPECT_EQ(if_nametoindex(name), 0); /* it goes with its user */
    }
    if (fd >= 0) {
        close(fd);
    }
    loop_destroy(loop);
}
