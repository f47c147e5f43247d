/* SPDX-License-Identifier: Apache-2.0 */
/* The network device (virtio 1.2, 5.1), with a link that notes what is sent. */
#include "virtio/net.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/test_driver.h"

#define FEATURE(name) VIRTIO_FEATURE(VIRTIO_NET_F_##name)
#define PACKED        VIRTIO_FEATURE(VIRTIO_F_RING_PACKED)
#define ALL           (~PACKED)

enum { RX, TX, CONTROL, QUEUES };
enum { SIZE = 16, HEADER = sizeof(struct virtio_net_header), FRAME = 60 };
enum { TX_AT = 0x8000, CONTROL_AT = 0x30000, LARGE = 2962 };

struct bench {
    struct test_driver driver;
    struct virtio_net_link link;
    unsigned packets;
    unsigned readies;
    struct packet packet; /* the last */
    uint8_t bytes[PACKET_MESSAGE_MAX];
};

static void note_send(struct virtio *virtio, const void *message, size_t size)
{
    struct bench *bench = (struct bench *)(void *)virtio;
    bench->packets++;
    memcpy(bench->bytes, message, size);
    EXPECT(packet_decode(bench->bytes, size, &bench->packet));
}

static void note_ready(struct virtio *virtio)
{
    ((struct bench *)(void *)virtio)->readies++;
}

static void setup_pairs(struct bench *bench, uint64_t wanted, unsigned pairs)
{
    static const struct virtio_net_link link = {
        .mac = {0x52, 0x54, 0, 1, 2, 3},
        .mtu = 1500,
        .up = true,
        .send = note_send,
        .ready = note_ready,
    };
    memset(bench, 0, sizeof(*bench));
    bench->link = link;
    bench->link.pairs = pairs;
    test_driver_init(&bench->driver, &virtio_net, &bench->link);
    bench->driver.virtio.queues = 2 * pairs + 1;
    test_driver_start(&bench->driver, wanted, pairs == 1 ? QUEUES : 4, SIZE);
}

static void setup(struct bench *bench, uint64_t wanted)
{
    setup_pairs(bench, wanted, 1);
}

static void finish(struct bench *bench)
{
    EXPECT_EQ(bench->driver.memory.mapped, 0);
    test_driver_fini(&bench->driver);
}

/* A frame to an address, with its length as its bytes. */
static struct packet frame_to(uint8_t *bytes, uint8_t to, uint32_t size)
{
    memset(bytes, (int)(size & 0xff), size);
    memset(bytes, to, 6);
    memset(bytes + 6, 0x22, 6);
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    return (struct packet){.bytes = bytes, .size = size};
}

/* An IPv4 packet of TCP that is to be segmented. */
static struct packet large(uint8_t *bytes, uint16_t port)
{
    struct packet packet = frame_to(bytes, 0xff, LARGE);
    memset(bytes + 12, 0, 42);
    bytes[12] = 8;
    bytes[14] = 0x45;
    bytes[23] = 6;
    bytes[34] = (uint8_t)(port >> 8);
    bytes[35] = (uint8_t)port;
    bytes[46] = 0x50;
    packet.flags = PACKET_NEEDS_CSUM;
    packet.gso_type = PACKET_GSO_TCPV4;
    packet.gso_size = 1454;
    packet.csum_start = 34;
    packet.csum_offset = 16;
    return packet;
}

/* ---- Sending ------------------------------------------------------------- */

static bool send(struct bench *bench, const struct packet *packet)
{
    uint8_t *at = bench->driver.buffers + TX_AT;
    const struct test_buffer buffers[] = {
        {TX_AT,          HEADER,       false},
        {TX_AT + HEADER, packet->size, false},
    };
    unsigned id;
    uint32_t written = 1;
    unsigned before = bench->packets;
    memset(at, 0, HEADER);
    packet_encode(packet, at);
    memcpy(at + HEADER, packet->bytes, packet->size);
    EXPECT(test_add(&bench->driver, TX, buffers, 2) >= 0);
    test_kick(&bench->driver, TX);
    EXPECT(test_used(&bench->driver, TX, &id, &written));
    EXPECT_EQ(written, 0);
    return bench->packets == before + 1;
}

TEST(packets_are_sent_with_what_is_left_to_do_in_them)
{
    for (unsigned packed = 0; packed < 2; packed++) {
        static struct bench bench;
        static uint8_t bytes[LARGE];
        test_case("packed %u", packed);
        setup(&bench, packed ? UINT64_MAX : ALL);
        struct packet packet = frame_to(bytes, 0x11, FRAME);
        EXPECT(send(&bench, &packet));
        EXPECT_EQ(bench.packet.size, FRAME);
        EXPECT_EQ(bench.packet.flags, 0);
        EXPECT_BYTES(bench.packet.bytes, bytes, FRAME);
        packet = large(bytes, 80);
        EXPECT(send(&bench, &packet));
        EXPECT_EQ(bench.packet.size, LARGE);
        EXPECT_EQ(bench.packet.gso_type, PACKET_GSO_TCPV4);
        EXPECT_EQ(bench.packet.gso_size, 1454);
        EXPECT_EQ(bench.packet.csum_start, 34);
        EXPECT_EQ(bench.driver.virtio.state->faults, 0);
        finish(&bench);
    }
}

TEST(packets_that_features_or_lengths_forbid_are_dropped)
{
    static const struct {
        const char *name;
        uint64_t without;
        uint8_t flags;
        uint8_t gso_type;
        uint16_t csum_start;
        uint32_t size;
        enum virtio_fault_number fault;
    } rows[] = {
        {"no checksums",
         FEATURE(CSUM) | FEATURE(HOST_TSO4) | FEATURE(HOST_TSO6) |
             FEATURE(HOST_ECN),
         1,                                             0,    34,    LARGE,                VIRTIO_FAULT_PACKET_HEADER},
        {"no segments",          FEATURE(HOST_TSO4), 1, 1,    34,    LARGE,
         VIRTIO_FAULT_PACKET_HEADER                                                                                  },
        {"no congestion",        FEATURE(HOST_ECN),  1, 0x81, 34,    LARGE,
         VIRTIO_FAULT_PACKET_HEADER                                                                                  },
        {"no such segments",     0,                  1, 3,    34,    LARGE,                VIRTIO_FAULT_PACKET_HEADER},
        {"a checksum behind it", 0,                  1, 0,    LARGE, LARGE,
         VIRTIO_FAULT_PACKET_HEADER                                                                                  },
        {"too short",            0,                  0, 0,    0,     13,                   VIRTIO_FAULT_PACKET_SIZE  },
        {"too long",             0,                  0, 0,    0,     PACKET_FRAME_MAX + 1,
         VIRTIO_FAULT_PACKET_SIZE                                                                                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        static uint8_t bytes[PACKET_FRAME_MAX + 1];
        test_case("%s", rows[i].name);
        setup(&bench, ALL & ~rows[i].without);
        struct packet packet = large(bytes, 80);
        packet.flags = rows[i].flags;
        packet.gso_type = rows[i].gso_type;
        packet.csum_start = rows[i].csum_start;
        packet.size = rows[i].size;
        EXPECT(!send(&bench, &packet));
        EXPECT_EQ(bench.driver.faults[rows[i].fault], 1);
        EXPECT(virtio_is_live(&bench.driver.virtio));
        finish(&bench);
    }
}

/* ---- Receiving ----------------------------------------------------------- */

static void give(struct bench *bench, unsigned queue, uint32_t offset,
                 uint32_t size)
{
    const struct test_buffer buffer = {offset, size, true};
    memset(bench->driver.buffers + offset, 0xee, size);
    EXPECT(test_add(&bench->driver, queue, &buffer, 1) >= 0);
}

static uint32_t used(struct bench *bench, unsigned queue)
{
    unsigned id;
    uint32_t written = 0;
    return test_used(&bench->driver, queue, &id, &written) ? written : 0;
}

TEST(a_packet_fills_as_many_buffers_as_it_needs)
{
    for (unsigned packed = 0; packed < 2; packed++) {
        static struct bench bench;
        static uint8_t bytes[LARGE];
        test_case("packed %u", packed);
        setup(&bench, packed ? UINT64_MAX : ALL);
        const uint8_t *at = bench.driver.buffers;
        struct packet packet = large(bytes, 80);
        give(&bench, RX, 0, 1500);
        give(&bench, RX, 2000, 1000);
        EXPECT(!virtio_net_receive(&bench.driver.virtio, &packet));
        EXPECT_EQ(used(&bench, RX), 0);
        give(&bench, RX, 4000, 1000);
        give(&bench, RX, 6000, 1000);
        test_kick(&bench.driver, RX);
        EXPECT(bench.readies != 0);
        EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
        EXPECT_EQ(used(&bench, RX), 1500);
        EXPECT_EQ(used(&bench, RX), 1000);
        EXPECT_EQ(used(&bench, RX), HEADER + LARGE - 2500);
        EXPECT_EQ(used(&bench, RX), 0);
        EXPECT_EQ(at[0], PACKET_NEEDS_CSUM);
        EXPECT_EQ(at[1], PACKET_GSO_TCPV4);
        EXPECT_EQ(at[10], 3); /* num_buffers */
        EXPECT_BYTES(at + HEADER, bytes, 1500 - HEADER);
        EXPECT_BYTES(at + 2000, bytes + 1500 - HEADER, 1000);
        EXPECT_BYTES(at + 4000, bytes + 2500 - HEADER, LARGE + HEADER - 2500);
        EXPECT_EQ(at[4000 + LARGE + HEADER - 2500], 0xee);
        EXPECT_EQ(bench.driver.virtio.state->faults, 0);
        finish(&bench);
    }
}

/* 5.1.6.4.1: what the driver did not accept it does not see. */
TEST(offloads_are_done_for_a_driver_that_takes_none)
{
    static struct bench bench;
    static uint8_t bytes[LARGE];
    setup(&bench, ALL & ~(FEATURE(GUEST_CSUM) | FEATURE(GUEST_TSO4) |
                          FEATURE(GUEST_TSO6) | FEATURE(GUEST_ECN)));
    const uint8_t *at = bench.driver.buffers;
    struct packet packet = large(bytes, 80);
    for (unsigned i = 0; i < 3; i++) {
        give(&bench, RX, 2000 * i, 1600);
    }
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), HEADER + 54 + 1454);
    EXPECT_EQ(used(&bench, RX), HEADER + 54 + 1454);
    EXPECT_EQ(used(&bench, RX), 0);
    EXPECT_EQ(at[0], 0);
    EXPECT_EQ(at[1], 0);
    EXPECT_EQ(at[10], 1);
    /* A verified checksum is no word for it either. */
    packet = frame_to(bytes, 0x52, FRAME);
    packet.flags = PACKET_CSUM_VALID;
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(at[4000], 0);
    EXPECT_EQ(used(&bench, RX), HEADER + FRAME);
    finish(&bench);
}

/* Where buffers end between two segments, the packet waits and goes on there,
 * also behind a snapshot; another packet begins at its beginning. */
TEST(a_driver_gets_all_segments_one_after_the_other)
{
    enum { SEQUENCE = HEADER + 38, PORT = HEADER + 34 };
    static struct bench bench;
    static uint8_t bytes[LARGE];
    static uint8_t others[LARGE];
    static const uint8_t begin[4] = {0, 0, 0, 0};
    static const uint8_t second[4] = {0, 0, 1454 >> 8, 1454 & 0xff};
    setup(&bench, ALL & ~(FEATURE(GUEST_CSUM) | FEATURE(GUEST_TSO4) |
                          FEATURE(GUEST_TSO6) | FEATURE(GUEST_ECN)));
    const uint8_t *at = bench.driver.buffers;
    const struct packet packet = large(bytes, 80);
    const struct packet other = large(others, 81);
    EXPECT(!virtio_net_receive(&bench.driver.virtio, &packet));
    give(&bench, RX, 0, 1600);
    EXPECT(!virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), HEADER + 54 + 1454);
    EXPECT_BYTES(at + SEQUENCE, begin, 4);
    EXPECT(!virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), 0);
    give(&bench, RX, 2000, 1600);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), HEADER + 54 + 1454);
    EXPECT_BYTES(at + 2000 + SEQUENCE, second, 4);
    /* All of it again; then one that is given up in its middle. */
    give(&bench, RX, 0, 1600);
    give(&bench, RX, 2000, 1600);
    give(&bench, RX, 4000, 1600);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_BYTES(at + SEQUENCE, begin, 4);
    EXPECT_BYTES(at + 2000 + SEQUENCE, second, 4);
    EXPECT(!virtio_net_receive(&bench.driver.virtio, &packet));
    give(&bench, RX, 6000, 1600);
    EXPECT(!virtio_net_receive(&bench.driver.virtio, &other));
    EXPECT_BYTES(at + 6000 + SEQUENCE, begin, 4);
    EXPECT_EQ(at[6000 + PORT + 1], 81);
    finish(&bench);
}

TEST(packets_that_nobody_can_take_are_lost)
{
    static struct bench bench;
    static uint8_t bytes[LARGE];
    setup(&bench, ALL & ~FEATURE(MRG_RXBUF));
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    /* Too small, where buffers are not merged (5.1.6.3.1). */
    give(&bench, RX, 0, HEADER + FRAME - 1);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), 0);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_PACKET_BUFFER], 1);
    /* No link. */
    bench.link.up = false;
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    bench.link.up = true;
    /* No driver. */
    test_driver_reset(&bench.driver);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    finish(&bench);
}

TEST(buffers_without_room_for_a_header_are_a_fault)
{
    static struct bench bench;
    static uint8_t bytes[LARGE];
    setup(&bench, ALL);
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    give(&bench, RX, 0, HEADER);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT(!virtio_is_live(&bench.driver.virtio));
    finish(&bench);
}

/* ---- The control virtqueue (5.1.6.5) ------------------------------------- */

static uint8_t command(struct bench *bench, uint8_t class, uint8_t number,
                       const void *bytes, uint32_t size)
{
    uint8_t *at = bench->driver.buffers + CONTROL_AT;
    const struct test_buffer buffers[] = {
        {CONTROL_AT,            2,    false},
        {CONTROL_AT + 2,        size, false},
        {CONTROL_AT + 2 + size, 1,    true },
    };
    unsigned id;
    uint32_t written = 0;
    at[0] = class;
    at[1] = number;
    memcpy(at + 2, bytes, size);
    at[2 + size] = 0xee;
    EXPECT(test_add(&bench->driver, CONTROL, buffers, 3) >= 0);
    test_kick(&bench->driver, CONTROL);
    EXPECT(test_used(&bench->driver, CONTROL, &id, &written));
    EXPECT_EQ(written, 1);
    return at[2 + size];
}

static bool gets(struct bench *bench, uint8_t to)
{
    static uint8_t bytes[FRAME];
    const struct packet packet = frame_to(bytes, to, FRAME);
    give(bench, RX, 0, 200);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    return used(bench, RX) != 0;
}

TEST(the_filter_lets_through_what_the_driver_asked_for)
{
    static struct bench bench;
    static const uint8_t own[6] = {0x44, 0x44, 0x44, 0x44, 0x44, 0x44};
    static const uint8_t lists[4 + 6 + 4 + 6] = {
        1, 0, 0, 0, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        1, 0, 0, 0, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33};
    static const uint8_t on = 1;
    static const uint8_t off = 0;
    setup(&bench, ALL);
    EXPECT(gets(&bench, 0x66)); /* promiscuous at first */
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
    EXPECT(!gets(&bench, 0x66));
    EXPECT(gets(&bench, 0xff));
    EXPECT(!gets(&bench, 0x33));
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_ALLMULTI, &on, 1), 0);
    EXPECT(gets(&bench, 0x33));
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_ALLMULTI, &off, 1), 0);
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_NOBCAST, &on, 1), 0);
    EXPECT(!gets(&bench, 0xff));
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_ALLUNI, &on, 1), 0);
    EXPECT(gets(&bench, 0x66));
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_ALLUNI, &off, 1), 0);
    EXPECT(!gets(&bench, 0x44));
    EXPECT_EQ(command(&bench, 1, VIRTIO_NET_CTRL_MAC_ADDR_SET, own, 6), 0);
    EXPECT(gets(&bench, 0x44));
    struct virtio_net_config config;
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_BYTES(config.mac, own, 6);
    EXPECT_EQ(
        command(&bench, 1, VIRTIO_NET_CTRL_MAC_TABLE_SET, lists, sizeof(lists)),
        0);
    EXPECT(gets(&bench, 0x66));
    EXPECT(gets(&bench, 0x33));
    EXPECT(!gets(&bench, 0x68));
    EXPECT(!gets(&bench, 0x35));
    EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    finish(&bench);
}

TEST(a_list_that_is_too_long_lets_all_of_its_kind_through)
{
    static struct bench bench;
    static uint8_t lists[4 + 6 * (VIRTIO_NET_TABLE + 1) + 4];
    static const uint8_t off = 0;
    setup(&bench, ALL);
    EXPECT_EQ(command(&bench, 0, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
    lists[0] = VIRTIO_NET_TABLE + 1;
    EXPECT_EQ(command(&bench, 1, 0, lists, sizeof(lists)), 0);
    EXPECT(gets(&bench, 0x66));
    EXPECT(!gets(&bench, 0x33));
    /* More than there are bytes. */
    lists[1] = 0xff;
    EXPECT_EQ(command(&bench, 1, 0, lists, sizeof(lists)), 1);
    lists[3] = 0xff;
    EXPECT_EQ(command(&bench, 1, 0, lists, sizeof(lists)), 1);
    finish(&bench);
}

TEST(vlans_are_those_that_the_driver_named)
{
    static struct bench bench;
    static uint8_t bytes[FRAME];
    static const uint8_t five[2] = {5, 0};
    setup(&bench, ALL);
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    bytes[12] = 0x81;
    bytes[13] = 0;
    bytes[14] = 0x60; /* priority 3 */
    bytes[15] = 5;
    for (unsigned i = 0; i < 3; i++) {
        give(&bench, RX, 0, 200);
        EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
        EXPECT_EQ(used(&bench, RX), i == 1 ? HEADER + FRAME : 0);
        EXPECT_EQ(command(&bench, 2, i == 0 ? 0 : 1, five, 2), 0);
    }
    finish(&bench);
}

TEST(commands_that_are_none_are_refused)
{
    static const struct {
        uint8_t class;
        uint8_t number;
        uint8_t size;
        uint64_t without;
    } rows[] = {
        {0,   6, 1, 0                      },
        {0,   0, 0, 0                      },
        {0,   0, 1, FEATURE(CTRL_RX)       },
        {0,   5, 1, FEATURE(CTRL_RX_EXTRA) },
        {1,   2, 6, 0                      },
        {1,   1, 5, 0                      },
        {1,   1, 6, FEATURE(CTRL_MAC_ADDR) },
        {1,   0, 8, FEATURE(CTRL_RX)       },
        {1,   0, 7, 0                      },
        {2,   2, 2, 0                      },
        {2,   0, 1, 0                      },
        {2,   0, 2, FEATURE(CTRL_VLAN)     },
        {3,   1, 1, 0                      },
        {3,   0, 1, FEATURE(GUEST_ANNOUNCE)},
        {4,   0, 2, 0                      }, /* there is one pair */
        {5,   0, 8, 0                      },
        {255, 0, 1, 0                      },
    };
    static const uint8_t zeros[8];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        test_case("row %zu", i);
        setup(&bench, ALL & ~rows[i].without);
        EXPECT_EQ(command(&bench, rows[i].class, rows[i].number, zeros,
                          rows[i].size != 0 ? rows[i].size : 1),
                  rows[i].size != 0 ? 1 : 0);
        finish(&bench);
    }
}

/* ---- Status and pairs ---------------------------------------------------- */

TEST(a_link_that_comes_back_is_announced)
{
    static struct bench bench;
    struct virtio_net_config config;
    static const uint8_t nothing;
    setup(&bench, ALL);
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP);
    EXPECT_EQ(config.mtu, 1500);
    EXPECT_EQ(config.mac[5], 3);
    bench.link.up = false;
    virtio_net_changed(&bench.driver.virtio);
    EXPECT_EQ(bench.driver.configured_calls, 1);
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, 0);
    bench.link.up = true;
    virtio_net_changed(&bench.driver.virtio);
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
    EXPECT_EQ(command(&bench, 3, 0, &nothing, 1), 0);
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP);
    finish(&bench);
}

TEST(a_flow_is_received_beside_where_it_was_sent)
{
    static struct bench bench;
    static uint8_t bytes[LARGE];
    unsigned id;
    uint32_t written;
    setup_pairs(&bench, ALL, 2);
    struct virtio_net_state *state =
        (struct virtio_net_state *)bench.driver.state;
    state->pairs = 2;
    struct packet packet = large(bytes, 81);
    uint8_t *at = bench.driver.buffers + TX_AT;
    const struct test_buffer buffer = {TX_AT, HEADER + LARGE, false};
    memset(at, 0, HEADER);
    packet_encode(&packet, at);
    memcpy(at + HEADER, bytes, LARGE);
    EXPECT(test_add(&bench.driver, 3, &buffer, 1) >= 0);
    test_kick(&bench.driver, 3);
    EXPECT(test_used(&bench.driver, 3, &id, &written));
    EXPECT_EQ(bench.packets, 1);
    give(&bench, 0, 0, 4000);
    give(&bench, 2, 4000, 4000);
    /* The answer has the ports the other way round. */
    packet = large(bytes, 0);
    bytes[37] = 81;
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, 2), HEADER + LARGE);
    EXPECT_EQ(used(&bench, 0), 0);
    packet = large(bytes, 99);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, 0), HEADER + LARGE);
    finish(&bench);
}

/* ---- The legacy interface (5.1.6.1) -------------------------------------- */

TEST(a_legacy_driver_that_merges_no_buffers_has_a_shorter_header)
{
    enum { SHORT = HEADER - 2 };
    static struct bench bench;
    static uint8_t bytes[FRAME];
    const struct test_buffer buffer = {0x8000, SHORT + FRAME, false};
    const struct packet packet = frame_to(bytes, 3, FRAME);

    setup(&bench, 0);
    test_driver_reset(&bench.driver);
    bench.driver.virtio.legacy = true;
    test_driver_start(&bench.driver, 0, QUEUES, SIZE);
    give(&bench, RX, 0, SHORT + FRAME);
    EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
    EXPECT_EQ(used(&bench, RX), SHORT + FRAME);
    EXPECT_BYTES(bench.driver.buffers + SHORT, bytes, FRAME);
    memset(bench.driver.buffers + 0x8000, 0, SHORT);
    memcpy(bench.driver.buffers + 0x8000 + SHORT, bytes, FRAME);
    test_add(&bench.driver, TX, &buffer, 1);
    test_kick(&bench.driver, TX);
    EXPECT_EQ(bench.packets, 1);
    EXPECT_EQ(bench.packet.size, FRAME);
    EXPECT_BYTES(bench.packet.bytes, bytes, FRAME);
    finish(&bench);
}

/* 5.1.4.1: without a command for it. */
TEST(a_legacy_driver_writes_its_address)
{
    static const uint8_t byte = 0x77;
    static struct bench bench;
    struct virtio_net_config config;

    setup(&bench, 0);
    virtio_write_config(&bench.driver.virtio, 5, &byte, 1);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
    test_driver_reset(&bench.driver);
    bench.driver.virtio.legacy = true;
    virtio_write_config(&bench.driver.virtio, 5, &byte, 1);
    virtio_write_config(&bench.driver.virtio, 6, &byte, 1);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
    virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
    EXPECT_BYTES(config.mac, "\x52\x54\x00\x01\x02\x77", 6);
    finish(&bench);
}
