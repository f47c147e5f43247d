/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of the network device (virtio 1.2, 5.1), both ways. */
#include "virtio/net_bench.h"

#include "base/bits.h"
#include "tests/harness.h"

/* ---- Sending ------------------------------------------------------------- */

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
        {"no segments of IPv6",  FEATURE(HOST_TSO6), 1, 4,    34,    LARGE,
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
        EXPECT_EQ(bench.driver.fault_queue, TX);
        EXPECT_EQ(bench.driver.fault_value,
                  rows[i].fault == VIRTIO_FAULT_PACKET_SIZE
                      ? HEADER + rows[i].size
                      : rows[i].gso_type);
        EXPECT(virtio_is_live(&bench.driver.virtio));
        finish(&bench);
    }
}

TEST(packets_of_all_lengths_and_accepted_offloads_are_sent)
{
    static const struct {
        uint32_t size;
        uint8_t flags, gso_type;
        uint8_t sent; /* flags: no other is the driver's */
        uint64_t without;
    } rows[] = {
        {PACKET_ETHERNET,  0, 0,    0, 0                                     },
        {PACKET_FRAME_MAX, 0, 0,    0, 0                                     },
        {LARGE,            7, 0,    1, 0                                     },
        {LARGE,            6, 0,    0,
         FEATURE(CSUM) | FEATURE(HOST_TSO4) | FEATURE(HOST_TSO6) |
             FEATURE(HOST_ECN)                                               },
        {LARGE,            1, 1,    1, FEATURE(HOST_TSO6) | FEATURE(HOST_ECN)},
        {LARGE,            1, 4,    1, FEATURE(HOST_TSO4) | FEATURE(HOST_ECN)},
        {LARGE,            1, 0x81, 1, FEATURE(HOST_TSO6)                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        static uint8_t bytes[PACKET_FRAME_MAX];
        test_case("row %zu", i);
        setup(&bench, ALL & ~rows[i].without);
        struct packet packet = large(bytes, 80);
        packet.size = rows[i].size;
        packet.flags = rows[i].flags;
        packet.gso_type = rows[i].gso_type;
        EXPECT(send(&bench, &packet));
        EXPECT_EQ(bench.packet.size, rows[i].size);
        EXPECT_EQ(bench.packet.flags, rows[i].sent);
        EXPECT_EQ(bench.packet.gso_type, rows[i].gso_type);
        EXPECT_BYTES(bench.packet.bytes, bytes, rows[i].size);
        EXPECT_EQ(bench.driver.virtio.state->faults, 0);
        finish(&bench);
    }
}

TEST(a_packet_whose_memory_is_not_there_is_not_sent)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct test_buffer buffers[] = {
            {i == 0 ? TEST_BUFFERS_SIZE : 0, HEADER, false},
            {i == 1 ? TEST_BUFFERS_SIZE : 0, FRAME,  false},
        };
        static struct bench bench;
        test_case("buffer %u", i);
        setup(&bench, ALL);
        test_add(&bench.driver, TX, buffers, 2);
        test_kick(&bench.driver, TX);
        EXPECT_EQ(bench.packets, 0);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_BUFFER_MEMORY], 1);
        finish(&bench);
    }
}

/* ---- Receiving ----------------------------------------------------------- */

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

FIXTURE(struct bench, bench, finish)
FIXTURE_BEGIN(bench, setup(bench, ALL))

/* 5.1.6.4.1: what the driver did not accept it does not see. */
TEST_BEGINS(offloads_are_done_for_a_driver_that_takes_none, bench)
{
    static uint8_t bytes[LARGE];
    setup(bench, ALL & ~(FEATURE(GUEST_CSUM) | FEATURE(GUEST_TSO4) |
                         FEATURE(GUEST_TSO6) | FEATURE(GUEST_ECN)));
    const uint8_t *at = bench->driver.buffers;
    struct packet packet = large(bytes, 80);
    for (unsigned i = 0; i < 3; i++) {
        give(bench, RX, 2000 * i, 1600);
    }
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), HEADER + 54 + 1454);
    EXPECT_EQ(used(bench, RX), HEADER + 54 + 1454);
    EXPECT_EQ(used(bench, RX), 0);
    EXPECT_EQ(at[0], 0);
    EXPECT_EQ(at[1], 0);
    EXPECT_EQ(at[10], 1);
    /* A verified checksum is no word for it either. */
    packet = frame_to(bytes, 0x52, FRAME);
    packet.flags = PACKET_CSUM_VALID;
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(at[4000], 0);
    EXPECT_EQ(used(bench, RX), HEADER + FRAME);
    /* A checksum is completed, where there is nothing to be segmented. */
    packet = large(bytes, 80);
    packet.gso_type = PACKET_GSO_NONE;
    give(bench, RX, 0, 4000);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(at[0], 0);
    EXPECT_EQ(used(bench, RX), HEADER + LARGE);
}

/* A driver gets a packet as it is, if it takes all that is left to do in it;
 * else it gets segments, of which one of IPv6 has none here. */
TEST(a_driver_gets_offloads_that_it_accepted)
{
    static const struct {
        uint64_t without; /* features of the guest's side */
        uint8_t flags, gso_type;
        bool whole;
    } rows[] = {
        {0,                                                               0, 0,    true },
        {FEATURE(GUEST_CSUM) | FEATURE(GUEST_TSO4) | FEATURE(GUEST_TSO6), 0, 0,
         true                                                                           },
        {0,                                                               1, 0,    true },
        {0,                                                               1, 1,    true },
        {0,                                                               1, 4,    true },
        {FEATURE(GUEST_TSO6) | FEATURE(GUEST_ECN),                        1, 1,    true },
        {FEATURE(GUEST_TSO4),                                             1, 1,    false},
        {FEATURE(GUEST_TSO4) | FEATURE(GUEST_ECN),                        1, 4,    true },
        {FEATURE(GUEST_TSO6),                                             1, 4,    false},
        {0,                                                               1, 0x81, true },
        {FEATURE(GUEST_ECN),                                              1, 0x81, false},
        {FEATURE(GUEST_ECN),                                              1, 0x84, false},
        {0,                                                               1, 5,    false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        static uint8_t bytes[LARGE];
        test_case("row %zu", i);
        setup(&bench, ALL & ~rows[i].without);
        struct packet packet = large(bytes, 80);
        packet.flags = rows[i].flags;
        packet.gso_type = rows[i].gso_type;
        for (unsigned n = 0; n < 3; n++) {
            give(&bench, RX, 4000 * n, 4000);
        }
        EXPECT(virtio_net_receive(&bench.driver.virtio, &packet));
        const uint32_t got = used(&bench, RX);
        EXPECT_EQ(got == HEADER + LARGE, rows[i].whole);
        EXPECT(!rows[i].whole || (bench.driver.buffers[0] == rows[i].flags &&
                                  bench.driver.buffers[1] == rows[i].gso_type));
        finish(&bench);
    }
}

/* The second of two buffers is nowhere: neither is used, nor under way. */
TEST_ON(a_packet_without_memory_is_lost_and_leaves_its_buffers, bench)
{
    static const struct test_buffer absent = {TEST_ROM, 200, true};
    static uint8_t bytes[FRAME * 2];
    struct packet packet = frame_to(bytes, 0x52, FRAME * 2);
    give(bench, RX, 0, FRAME);
    test_add(&bench->driver, RX, &absent, 1);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_BUFFER_MEMORY], 1);
    EXPECT_EQ(bench->driver.virtio.statistics[RX].requests, 0);
    EXPECT_EQ(virtio_queue(&bench->driver.virtio, RX)->available, 0);
}

/* A verified checksum is told to a driver that knows of such. */
TEST_ON(a_verified_checksum_stays_verified, bench)
{
    static uint8_t bytes[FRAME];
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    packet.flags = PACKET_CSUM_VALID;
    give(bench, RX, 0, 200);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), HEADER + FRAME);
    EXPECT_EQ(bench->driver.buffers[0], PACKET_CSUM_VALID);
    EXPECT_EQ(bench->driver.buffers[10], 1);
    EXPECT_EQ(bench->driver.buffers[11], 0);
}

/* Each of them with room for one byte more than the header: what does not fit
 * into all of them is lost, and they are there for the next. */
TEST_BEGINS(a_packet_for_more_buffers_than_a_queue_has_is_lost, bench)
{
    enum { MOST = VIRTIO_QUEUE_SIZE_MAX, EACH = HEADER + 1 };
    static uint8_t bytes[LARGE];
    setup(bench, ALL);
    test_driver_reset(&bench->driver);
    test_driver_start(&bench->driver, ALL, QUEUES, MOST);
    for (unsigned i = 0; i < MOST; i++) {
        give(bench, RX, i * 16, EACH);
    }
    struct packet packet = frame_to(bytes, 0x52, EACH * MOST - HEADER + 1);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), 0);
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_PACKET_BUFFER], 1);
    EXPECT_EQ(bench->driver.fault_queue, RX);
    EXPECT_EQ(bench->driver.fault_value, EACH * MOST + 1);
    EXPECT(virtio_is_live(&bench->driver.virtio));
    packet.size--;
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    for (unsigned i = 0; i < MOST; i++) {
        EXPECT_EQ(used(bench, RX), EACH);
    }
    EXPECT_EQ(bench->driver.buffers[10], MOST);
    EXPECT_EQ(bench->driver.buffers[11], 0);
    EXPECT_EQ(bench->driver.buffers[(MOST - 1) * 16 + EACH], 0);
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_PACKET_BUFFER], 1);
}

/* Where buffers end between two segments, the packet waits and goes on there,
 * also behind a snapshot; another packet begins at its beginning. */
TEST_BEGINS(a_driver_gets_all_segments_one_after_the_other, bench)
{
    enum { SEQUENCE = HEADER + 38, PORT = HEADER + 34 };
    static uint8_t bytes[LARGE];
    static uint8_t others[LARGE];
    static const uint8_t begin[4] = {0, 0, 0, 0};
    static const uint8_t second[4] = {0, 0, 1454 >> 8, 1454 & 0xff};
    setup(bench, ALL & ~(FEATURE(GUEST_CSUM) | FEATURE(GUEST_TSO4) |
                         FEATURE(GUEST_TSO6) | FEATURE(GUEST_ECN)));
    const uint8_t *at = bench->driver.buffers;
    struct packet packet = large(bytes, 80);
    const struct packet other = large(others, 81);
    const struct virtio_net_state *state = bench->driver.state;
    EXPECT(!virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(state->split_done, 0);
    give(bench, RX, 0, 1600);
    EXPECT(!virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), HEADER + 54 + 1454);
    EXPECT_BYTES(at + SEQUENCE, begin, 4);
    EXPECT(!virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), 0);
    give(bench, RX, 2000, 1600);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), HEADER + 54 + 1454);
    EXPECT_BYTES(at + 2000 + SEQUENCE, second, 4);
    /* All of it again; then one that is given up in its middle. */
    give(bench, RX, 0, 1600);
    give(bench, RX, 2000, 1600);
    give(bench, RX, 4000, 1600);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_BYTES(at + SEQUENCE, begin, 4);
    EXPECT_BYTES(at + 2000 + SEQUENCE, second, 4);
    EXPECT(!virtio_net_receive(&bench->driver.virtio, &packet));
    give(bench, RX, 6000, 1600);
    EXPECT(!virtio_net_receive(&bench->driver.virtio, &other));
    EXPECT_BYTES(at + 6000 + SEQUENCE, begin, 4);
    EXPECT_EQ(at[6000 + PORT + 1], 81);
    /* Each of three, with a wait in front of it. */
    packet.gso_size = 1000;
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(!virtio_net_receive(&bench->driver.virtio, &packet));
        EXPECT_EQ(state->split_done, i);
        give(bench, RX, 8000, 1600);
        EXPECT_EQ(virtio_net_receive(&bench->driver.virtio, &packet), i == 2);
        const uint32_t sequence = i * 1000;
        EXPECT_EQ(at[8000 + SEQUENCE + 2], sequence >> 8);
        EXPECT_EQ(at[8000 + SEQUENCE + 3], sequence & 0xff);
    }
    EXPECT_EQ(state->split, 0);
}

TEST_BEGINS(packets_that_nobody_can_take_are_lost, bench)
{
    static uint8_t bytes[LARGE];
    setup(bench, ALL & ~FEATURE(MRG_RXBUF));
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    /* Too small, where buffers are not merged (5.1.6.3.1). */
    give(bench, RX, 0, HEADER + FRAME - 1);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), 0);
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_PACKET_BUFFER], 1);
    EXPECT_EQ(bench->driver.fault_queue, RX);
    EXPECT_EQ(bench->driver.fault_value, HEADER + FRAME);
    /* No link. */
    bench->link.up = false;
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    bench->link.up = true;
    /* No driver. */
    test_driver_reset(&bench->driver);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
}

TEST_ON(buffers_without_room_for_a_header_are_a_fault, bench)
{
    static uint8_t bytes[LARGE];
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    give(bench, RX, 0, HEADER);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT_EQ(bench->driver.fault_queue, RX);
    EXPECT_EQ(bench->driver.fault_value, HEADER);
    EXPECT(!virtio_is_live(&bench->driver.virtio));
}

TEST_ON(a_buffer_to_be_read_is_a_fault, bench)
{
    static const struct test_buffer buffers[] = {
        {0,  3,   false},
        {16, 200, true },
    };
    static uint8_t bytes[FRAME];
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    test_add(&bench->driver, RX, buffers, 2);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_REQUEST_DIRECTION], 1);
    EXPECT_EQ(bench->driver.fault_queue, RX);
    EXPECT_EQ(bench->driver.fault_value, 3);
}

/* ---- The legacy interface (5.1.6.1) -------------------------------------- */

TEST_BEGINS(a_legacy_driver_that_merges_no_buffers_has_a_shorter_header, bench)
{
    enum { SHORT = HEADER - 2 };
    static uint8_t bytes[FRAME];
    const struct test_buffer buffer = {0x8000, SHORT + FRAME, false};
    const struct packet packet = frame_to(bytes, 3, FRAME);

    setup(bench, 0);
    test_driver_reset(&bench->driver);
    bench->driver.virtio.legacy = true;
    test_driver_start(&bench->driver, 0, QUEUES, SIZE);
    give(bench, RX, 0, SHORT + FRAME);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, RX), SHORT + FRAME);
    EXPECT_BYTES(bench->driver.buffers + SHORT, bytes, FRAME);
    memset(bench->driver.buffers + 0x8000, 0, SHORT);
    memcpy(bench->driver.buffers + 0x8000 + SHORT, bytes, FRAME);
    test_add(&bench->driver, TX, &buffer, 1);
    test_kick(&bench->driver, TX);
    EXPECT_EQ(bench->packets, 1);
    EXPECT_EQ(bench->packet.size, FRAME);
    EXPECT_BYTES(bench->packet.bytes, bytes, FRAME);
}

/* 5.1.4.1: without a command for it. */
TEST_BEGINS(a_legacy_driver_writes_its_address, bench)
{
    static const uint8_t byte = 0x77;
    struct virtio_net_config config;

    setup(bench, 0);
    virtio_write_config(&bench->driver.virtio, 5, &byte, 1);
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
    test_driver_reset(&bench->driver);
    bench->driver.virtio.legacy = true;
    virtio_write_config(&bench->driver.virtio, 5, &byte, 1);
    virtio_write_config(&bench->driver.virtio, 6, &byte, 1);
    EXPECT_EQ(bench->driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_BYTES(config.mac, "\x52\x54\x00\x01\x02\x77", 6);
    const struct virtio_net_state *state = bench->driver.state;
    EXPECT_EQ(state->has_mac, 1);
}
