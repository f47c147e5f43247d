/* SPDX-License-Identifier: Apache-2.0 */
/* The controller as the drivers of U-Boot and Linux program it, and as nobody
 * should. */
#include <string.h>

#include "base/packet.h"
#include "bus/channel.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ftgmac100;

enum {
    ISR = 0x00,
    IER = 0x04,
    MAC_MADR = 0x08,
    MAC_LADR = 0x0c,
    MAHT0 = 0x10,
    MAHT1 = 0x14,
    NPTXPD = 0x18,
    RXPD = 0x1c,
    NPTXR_BADR = 0x20,
    RXR_BADR = 0x24,
    APTC = 0x34,
    DBLAC = 0x38,
    RBSR = 0x4c,
    MACCR = 0x50,
    TX = 0xa0,
    RX = 0xb0,
    RX_BC = 0xb4,
    RX_MC = 0xb8,
    RX_CRCER_FTL = 0xc4,
    NPTXR_BADR_HIGH = 0x17c,
    RXR_BADR_HIGH = 0x18c,
};
enum {
    RECEIVED = 1 << 0,
    NO_BUFFER = 1 << 2,
    SENT = 1 << 4,
    NOTHING = 1 << 6,
    SENT_LOST = 1 << 7,
    BUS_ERROR = 1 << 8
};
enum {
    ENABLES = 0xf,
    RM_VLAN = 1 << 4,
    LOOP = 1 << 6,
    JUMBO = 1 << 13,
    ALL = 1 << 14,
    HASH = 1 << 15,
    MULTI = 1 << 16,
    BROAD = 1 << 17,
    GIGA = 1 << 9
};
enum { FTS = 1 << 29, LTS = 1 << 28, END = 1 << 30, TAG = 1 << 16 };
enum { SUMS = 7 << 17 };
#define OWN      0x80000000u
#define READY    0x80000000u
#define SOFTWARE 0x80000000u

/* Rings of 4, buffers of 2 KiB; above 4 GiB there is more memory. */
enum {
    TX_RING = 0x1000,
    RX_RING = 0x2000,
    TX_BUFFERS = 0x8000,
    RX_BUFFERS = 0x10000,
    BUFFER = 2048,
    RING = 4,
    STRIDE = 64
};
#define HIGH_RAM UINT64_C(0x400000000)

static struct outside {
    struct channels channels;
    uint8_t open;
    unsigned sent;
    unsigned ready;
    size_t size;
    uint8_t frame[PACKET_FRAME_MAX];
} outside;

static void send(struct channels *channels, unsigned channel, const void *bytes,
                 size_t size)
{
    struct packet packet;

    EXPECT_EQ(channel, 0);
    REQUIRE(packet_decode(bytes, size, &packet));
    EXPECT_EQ(packet.flags, 0);
    outside.sent++;
    outside.size = packet.size;
    memcpy(outside.frame, packet.bytes, packet.size);
}

static void ready(struct channels *channels, unsigned channel)
{
    outside.ready++;
}

static uint8_t *ram(struct test_bus *bus, uint32_t offset)
{
    return region_host(bus->ram) + offset;
}

static void set_word(struct test_bus *bus, uint32_t at, uint32_t value)
{
    store_le32(ram(bus, at), value);
}

/* As U-Boot's driver begins: descriptors of 64 bytes, memory above 4 GiB. */
static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    struct window high = {
        .base = gpa(HIGH_RAM),
        .size_bytes = TEST_RAM_SIZE,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .region = bus->ram,
    };
    space_add_window(bus->space, &high);
    bus->device = test_bus_make(bus, &ftgmac100);
    outside = (struct outside){
        .channels = {.send = send, .ready = ready},
        .open = 1,
    };
    outside.channels.open = &outside.open;
    bus->device->channels = &outside.channels;
    test_write(bus->device, 0, MACCR, SOFTWARE);
    EXPECT_EQ(test_read(bus->device, 0, MACCR), 0);
    test_write(bus->device, 0, MAC_MADR, 0x5254);
    test_write(bus->device, 0, MAC_LADR, 0x00123456);
    for (uint32_t i = 0; i < RING; i++) {
        const uint32_t last = i == RING - 1 ? END : 0;
        set_word(bus, TX_RING + i * STRIDE, last);
        set_word(bus, RX_RING + i * STRIDE, last);
        set_word(bus, RX_RING + i * STRIDE + 8, 4 << 16);
        set_word(bus, RX_RING + i * STRIDE + 12, RX_BUFFERS + i * BUFFER + 2);
    }
    test_write(bus->device, 0, NPTXR_BADR, TX_RING);
    test_write(bus->device, 0, NPTXR_BADR_HIGH, 4);
    test_write(bus->device, 0, RXR_BADR, RX_RING);
    test_write(bus->device, 0, RXR_BADR_HIGH, 4);
    test_write(bus->device, 0, DBLAC, 8 << 12 | 8 << 16);
    test_write(bus->device, 0, APTC, 1);
    test_write(bus->device, 0, RBSR, 0x640);
    test_write(bus->device, 0, MACCR, ENABLES | BROAD);
    test_write(bus->device, 0, IER, RECEIVED | SENT);
}

static void finish(struct test_bus *bus)
{
    bus->device->channels = NULL;
    test_bus_fini(bus);
}

static void put_part(struct test_bus *bus, unsigned number, uint32_t flags,
                     uint32_t details, const void *bytes, uint32_t size)
{
    const uint32_t at = TX_RING + number * STRIDE;

    memcpy(ram(bus, TX_BUFFERS + number * BUFFER), bytes, size);
    set_word(bus, at + 4, details);
    set_word(bus, at + 8, 4 << 16);
    set_word(bus, at + 12, TX_BUFFERS + number * BUFFER);
    set_word(bus, at,
             OWN | flags | size | (load_le32(ram(bus, at)) & (uint32_t)END));
}

static bool arrive(struct test_bus *bus, const void *frame, uint32_t size)
{
    static uint8_t message[PACKET_MESSAGE_MAX];
    const struct packet packet = {.bytes = frame, .size = size};

    packet_encode(&packet, message);
    memcpy(message + PACKET_HEADER, frame, size);
    return ftgmac100.channel->received(bus->device, 0, message,
                                       PACKET_HEADER + size);
}

static uint32_t rx_word(struct test_bus *bus, unsigned number, unsigned word)
{
    return load_le32(ram(bus, RX_RING + number * STRIDE + 4 * word));
}

static const uint8_t *rx_bytes(struct test_bus *bus, unsigned number)
{
    return ram(bus, RX_BUFFERS + number * BUFFER + 2);
}

/* A frame to the controller, or with another first byte of its address. */
static void make_frame(uint8_t *frame, uint32_t size)
{
    static const uint8_t head[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 2,
                                   0,    0,    0,    0,    1,    8,    6};

    for (uint32_t i = 0; i < size; i++) {
        frame[i] = (uint8_t)(i * 3 + 1);
    }
    memcpy(frame, head, sizeof(head));
}

/* A UDP packet of 4 bytes over IPv4 without its checksums. */
static void make_udp(uint8_t *frame)
{
    static const uint8_t bytes[] = {
        0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 2,   0,   0,   0,   0,  1,
        8,    0,    0x45, 0,    0,    32,   0,   1,   0,   0,   64, 17,
        0,    0,    10,   0,    2,    15,   10,  0,   2,   2,   0,  68,
        0,    67,   0,    12,   0,    0,    'a', 'b', 'c', 'd',
    };

    memcpy(frame, bytes, sizeof(bytes));
}

FIXTURE(struct test_bus, bus, finish)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(a_reset_is_done_at_once_and_keeps_speed_and_address, bus)
{
    test_write(bus->device, 0, MACCR, SOFTWARE | GIGA | ENABLES);
    EXPECT_EQ(test_read(bus->device, 0, MACCR), GIGA);
    EXPECT_EQ(test_read(bus->device, 0, IER), 0);
    EXPECT_EQ(test_read(bus->device, 0, DBLAC), 0x00022f00);
    EXPECT_EQ(test_read(bus->device, 0, RBSR), 0x640);
    EXPECT_EQ(test_read(bus->device, 0, MAC_MADR), 0x5254);
    EXPECT_EQ(test_read(bus->device, 0, MAC_LADR), 0x00123456);
}

TEST_ON(a_frame_of_one_descriptor_goes_out_and_raises_the_interrupt, bus)
{
    uint8_t frame[100];

    make_frame(frame, sizeof(frame));
    put_part(bus, 0, FTS | LTS, 0, frame, sizeof(frame));
    EXPECT_EQ(outside.sent, 0);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 1);
    EXPECT_EQ(outside.size, sizeof(frame));
    EXPECT_BYTES(outside.frame, frame, sizeof(frame));
    EXPECT_EQ(load_le32(ram(bus, TX_RING)) & OWN, 0);
    EXPECT_EQ(test_read(bus->device, 0, ISR), SENT | NOTHING);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    test_write(bus->device, 0, ISR, SENT);
    EXPECT_EQ(bus->device->outputs[0].level, 0);
    EXPECT_EQ(test_read(bus->device, 0, TX), 1);
}

TEST_ON(a_frame_of_several_descriptors_waits_for_its_last_one, bus)
{
    uint8_t frame[300];

    make_frame(frame, sizeof(frame));
    put_part(bus, 0, FTS, 0, frame, 100);
    put_part(bus, 1, 0, 0, frame + 100, 100);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
    EXPECT(load_le32(ram(bus, TX_RING)) & OWN);
    put_part(bus, 2, LTS, 0, frame + 200, 100);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 1);
    EXPECT_BYTES(outside.frame, frame, sizeof(frame));
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(load_le32(ram(bus, TX_RING + i * STRIDE)) & OWN, 0);
    }
}

TEST_ON(the_ring_goes_round_and_keeps_the_mark_of_its_last_descriptor, bus)
{
    uint8_t frame[64];

    for (unsigned i = 0; i < 3 * RING; i++) {
        make_frame(frame, sizeof(frame));
        frame[20] = (uint8_t)i;
        put_part(bus, i % RING, FTS | LTS, 0, frame, sizeof(frame));
        test_write(bus->device, 0, NPTXPD, 1);
        EXPECT_EQ(outside.sent, i + 1);
        EXPECT_EQ(outside.frame[20], i);
    }
    EXPECT_EQ(load_le32(ram(bus, TX_RING + 3 * STRIDE)) & END, END);
}

TEST_ON(checksums_and_tags_are_inserted_as_the_descriptor_says, bus)
{
    uint8_t frame[46];

    make_udp(frame);
    put_part(bus, 0, FTS | LTS, SUMS | TAG | 0x0123, frame, sizeof(frame));
    test_write(bus->device, 0, NPTXPD, 1);
    REQUIRE(outside.sent == 1);
    EXPECT_EQ(outside.size, sizeof(frame) + 4);
    EXPECT_BYTES(outside.frame + 12, "\x81\x00\x01\x23\x08\x00", 6);
    EXPECT_EQ(packet_sum(0, outside.frame + 18, 20), 0xffff);
    const uint32_t pseudo = packet_sum(17 + 12, outside.frame + 30, 8);
    EXPECT_EQ(packet_sum(pseudo, outside.frame + 38, 12), 0xffff);
    /* Nobody asked for it: the frame is as it was. */
    put_part(bus, 1, FTS | LTS, 0, frame, sizeof(frame));
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.size, sizeof(frame));
    EXPECT_BYTES(outside.frame, frame, sizeof(frame));
}

TEST_ON(a_frame_comes_into_the_next_buffer_with_padding_and_check_sequence, bus)
{
    uint8_t frame[42];

    make_frame(frame, sizeof(frame));
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0), READY | FTS | LTS | 64);
    EXPECT_BYTES(rx_bytes(bus, 0), frame, sizeof(frame));
    for (unsigned i = sizeof(frame); i < 60; i++) {
        EXPECT_EQ(rx_bytes(bus, 0)[i], 0);
    }
    EXPECT_EQ(test_read(bus->device, 0, ISR) & RECEIVED, RECEIVED);
    EXPECT_EQ(bus->device->outputs[0].level, 1);
    EXPECT_EQ(test_read(bus->device, 0, RX), 1);
}

TEST_ON(the_check_sequence_is_that_of_ethernet, bus)
{
    uint8_t frame[60];
    uint32_t crc = 0xffffffff;

    make_frame(frame, sizeof(frame));
    EXPECT(arrive(bus, frame, sizeof(frame)));
    for (unsigned i = 0; i < 64; i++) {
        crc ^= rx_bytes(bus, 0)[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
        }
    }
    EXPECT_EQ(crc, 0xdebb20e3); /* the residue of a good frame */
}

TEST_ON(a_full_ring_makes_frames_wait_until_the_driver_gives_descriptors_back,
        bus)
{
    uint8_t frame[100];

    make_frame(frame, sizeof(frame));
    for (unsigned i = 0; i < RING; i++) {
        EXPECT(arrive(bus, frame, sizeof(frame)));
    }
    EXPECT_EQ(rx_word(bus, RING - 1, 0) & END, END);
    outside.ready = 0;
    EXPECT(!arrive(bus, frame, sizeof(frame)));
    EXPECT(test_read(bus->device, 0, ISR) & NO_BUFFER);
    EXPECT_EQ(outside.ready, 0);
    clock_advance(&bus->fabric.clock, clock_now(&bus->fabric.clock) + 1000000);
    EXPECT_EQ(outside.ready, 1);
    set_word(bus, RX_RING, 0);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0) & READY, READY);
    /* Without polling the driver says so. */
    test_write(bus->device, 0, APTC, 0);
    outside.ready = 0;
    EXPECT(!arrive(bus, frame, sizeof(frame)));
    clock_advance(&bus->fabric.clock, clock_now(&bus->fabric.clock) + 1000000);
    EXPECT_EQ(outside.ready, 0);
    test_write(bus->device, 0, RXPD, 1);
    EXPECT_EQ(outside.ready, 1);
}

TEST_ON(a_frame_takes_as_many_buffers_as_it_needs, bus)
{
    uint8_t frame[300];

    make_frame(frame, sizeof(frame));
    test_write(bus->device, 0, RBSR, 128);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0), READY | FTS | 128);
    EXPECT_EQ(rx_word(bus, 1, 0), READY | 128);
    EXPECT_EQ(rx_word(bus, 2, 0), READY | LTS | 48);
    EXPECT_BYTES(rx_bytes(bus, 2), frame + 256, 44);
    /* One buffer is left, and the next frame needs three. */
    EXPECT(!arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 3, 0), END);
}

TEST(the_filter_lets_through_what_the_driver_wants)
{
    static const uint8_t own[] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    static const uint8_t other[] = {0x52, 0x54, 0, 0x12, 0x34, 0x57};
    static const uint8_t everybody[] = {255, 255, 255, 255, 255, 255};
    static const uint8_t group[] = {0x33, 0x33, 0, 0, 0, 1};
    static const struct {
        const char *name;
        const uint8_t *address;
        uint32_t control;
        bool taken;
    } rows[] = {
        {"own",                   own,       0,     true },
        {"another",               other,     BROAD, false},
        {"another, promiscuous",  other,     ALL,   true },
        {"broadcast",             everybody, BROAD, true },
        {"broadcast, not wanted", everybody, MULTI, false},
        {"group",                 group,     MULTI, true },
        {"group, not wanted",     group,     BROAD, false},
        {"group, in the table",   group,     HASH,  true },
        {"group, promiscuous",    group,     ALL,   true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(finish) struct test_bus bus;
        uint8_t frame[60];

        test_case("%s", rows[i].name);
        start(&bus);
        make_frame(frame, sizeof(frame));
        memcpy(frame, rows[i].address, 6);
        /* As Linux has it: bits 7:2 of the address' CRC, inverted, are 24. */
        test_write(bus.device, 0, MAHT0, 1u << 24);
        test_write(bus.device, 0, MAHT1, 0);
        test_write(bus.device, 0, MACCR, ENABLES | rows[i].control);
        EXPECT(arrive(&bus, frame, sizeof(frame)));
        EXPECT_EQ((rx_word(&bus, 0, 0) & READY) != 0, rows[i].taken);
        EXPECT_EQ(test_read(bus.device, 0, RX_BC),
                  rows[i].taken && rows[i].address == everybody);
        EXPECT_EQ(test_read(bus.device, 0, RX_MC),
                  rows[i].taken && rows[i].address == group);
    }
}

TEST_ON(checksums_of_what_comes_in_are_checked, bus)
{
    uint8_t frame[60] = {0};

    make_udp(frame);
    put_part(bus, 0, FTS | LTS, SUMS, frame, 46);
    test_write(bus->device, 0, NPTXPD, 1);
    memcpy(frame, outside.frame, 46);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 1), 3 << 20);
    frame[44] ^= 1; /* of the payload */
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 1, 1), 3 << 20 | 1 << 26);
    frame[44] ^= 1;
    frame[22] ^= 1; /* of the header */
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 2, 1), 3 << 20 | 1 << 27);
}

TEST_ON(a_tag_is_taken_out_where_the_driver_asks_for_that, bus)
{
    static const uint8_t tagged[] = {0x81, 0x00, 0x21, 0x23, 0x08, 0x06};
    uint8_t frame[80];

    make_frame(frame, sizeof(frame));
    memcpy(frame + 12, tagged, sizeof(tagged));
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0) & 0x3fff, 84);
    EXPECT_EQ(rx_word(bus, 0, 1), 0);
    test_write(bus->device, 0, MACCR, ENABLES | RM_VLAN);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 1, 0) & 0x3fff, 80);
    EXPECT_EQ(rx_word(bus, 1, 1), 1 << 24 | 0x2123);
    EXPECT_BYTES(rx_bytes(bus, 1), frame, 12);
    EXPECT_BYTES(rx_bytes(bus, 1) + 12, frame + 16, 64);
}

TEST_ON(a_frame_that_is_too_long_is_cut_and_marked, bus)
{
    static uint8_t frame[4000];

    make_frame(frame, sizeof(frame));
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0) & 0x103fff, 1 << 20 | 1522);
    EXPECT_EQ(test_read(bus->device, 0, RX_CRCER_FTL), 1);
    test_write(bus->device, 0, MACCR, ENABLES | JUMBO);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 1, 0), READY | FTS | 1600);
    EXPECT_EQ(rx_word(bus, 3, 0), READY | LTS | END | (4004 - 3200));
}

/* The frame that a back end with segmentation offload hands over. */
TEST_ON(a_large_packet_comes_as_segments_and_goes_on_where_it_stopped, bus)
{
    static uint8_t message[PACKET_HEADER + 54 + 5000];
    static const uint8_t head[] = {
        0x52, 0x54, 0,    0x12, 0x34, 0x56, 2, 0,  0,  0,  0, 1, 8,  0,
        0x45, 0,    0x13, 0xb0, 0,    1,    0, 0,  64, 6,  0, 0, 10, 0,
        2,    2,    10,   0,    2,    15,   0, 80, 0,  90, 0, 0, 0,  0,
        0,    0,    0,    0,    0x50, 0x10, 1, 0,  0,  0,  0, 0,
    };
    const struct packet packet = {
        .bytes = message + PACKET_HEADER,
        .size = sizeof(message) - PACKET_HEADER,
        .flags = PACKET_NEEDS_CSUM,
        .gso_type = PACKET_GSO_TCPV4,
        .gso_size = 1000,
        .csum_start = 34,
        .csum_offset = 16,
    };

    packet_encode(&packet, message);
    memcpy(message + PACKET_HEADER, head, sizeof(head));
    EXPECT(
        !ftgmac100.channel->received(bus->device, 0, message, sizeof(message)));
    for (unsigned i = 0; i < RING; i++) {
        EXPECT_EQ(rx_word(bus, i, 0) & 0x3fff, 1058);
        EXPECT_EQ(rx_word(bus, i, 1), 2 << 20); /* TCP, and sums are right */
        set_word(bus, RX_RING + i * STRIDE, i == RING - 1 ? END : 0);
    }
    EXPECT(
        ftgmac100.channel->received(bus->device, 0, message, sizeof(message)));
    EXPECT_EQ(rx_bytes(bus, 0)[40], 4000 >> 8);
    EXPECT_EQ(rx_word(bus, 1, 0) & READY, 0);
    EXPECT_EQ(test_read(bus->device, 0, RX), 5);
}

TEST_ON(frames_of_a_controller_that_is_off_are_lost, bus)
{
    uint8_t frame[60];

    make_frame(frame, sizeof(frame));
    test_write(bus->device, 0, MACCR, 0);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT_EQ(rx_word(bus, 0, 0), 0);
    put_part(bus, 0, FTS | LTS, 0, frame, sizeof(frame));
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
}

TEST_ON(looped_frames_come_back, bus)
{
    uint8_t frame[60];

    make_frame(frame, sizeof(frame));
    test_write(bus->device, 0, MACCR, ENABLES | LOOP);
    put_part(bus, 0, FTS | LTS, 0, frame, sizeof(frame));
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
    EXPECT_BYTES(rx_bytes(bus, 0), frame, sizeof(frame));
}

/* ---- Hostile drivers ----------------------------------------------------- */

TEST_ON(a_frame_that_is_too_long_short_or_without_its_first_part_is_lost, bus)
{
    static uint8_t frame[BUFFER];

    make_frame(frame, sizeof(frame));
    put_part(bus, 0, FTS, 0, frame, 1000);
    put_part(bus, 1, LTS, 0, frame, 1000);
    put_part(bus, 2, FTS | LTS, 0, frame, 13);
    put_part(bus, 3, LTS, 0, frame, 100);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
    EXPECT(test_read(bus->device, 0, ISR) & SENT_LOST);
    for (unsigned i = 0; i < RING; i++) {
        EXPECT_EQ(load_le32(ram(bus, TX_RING + i * STRIDE)) & OWN, 0);
    }
    set_word(bus, TX_RING, OWN | FTS | LTS | 0x3fff);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
}

TEST_ON(a_ring_where_no_memory_is_ends_in_a_bus_error, bus)
{
    uint8_t frame[60];

    make_frame(frame, sizeof(frame));
    test_write(bus->device, 0, NPTXR_BADR_HIGH, 7);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT(test_read(bus->device, 0, ISR) & BUS_ERROR);
    test_write(bus->device, 0, ISR, BUS_ERROR);
    test_write(bus->device, 0, RXR_BADR_HIGH, 7);
    EXPECT(!arrive(bus, frame, sizeof(frame)));
    EXPECT(test_read(bus->device, 0, ISR) & BUS_ERROR);
    /* Buffers where no memory is. */
    test_write(bus->device, 0, ISR, BUS_ERROR);
    test_write(bus->device, 0, RXR_BADR_HIGH, 4);
    set_word(bus, RX_RING + 8, 0);
    EXPECT(arrive(bus, frame, sizeof(frame)));
    EXPECT(test_read(bus->device, 0, ISR) & BUS_ERROR);
    EXPECT_EQ(rx_word(bus, 0, 0) & READY, 0);
}

/* All descriptors have all bits set, and the ring has no end. */
TEST_ON(a_ring_full_of_ones_ends, bus)
{
    memset(region_host(bus->ram), 0xff, TEST_RAM_SIZE);
    test_write(bus->device, 0, NPTXPD, 1);
    EXPECT_EQ(outside.sent, 0);
    EXPECT(bus->fabric.log.count[LOG_GUEST] != 0);
}

/* Buffers and rings in the controller's own registers. */
TEST_BEGINS(accesses_that_come_back_to_the_registers_end, bus)
{
    enum { SELF = 0x10000 };
    uint8_t frame[60];

    start(bus);
    struct window window = {
        .base = gpa(SELF),
        .size_bytes = 0x1000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bus->device,
    };
    space_add_window(bus->space, &window);
    make_frame(frame, sizeof(frame));
    put_part(bus, 0, FTS | LTS, 0, frame, sizeof(frame));
    put_part(bus, 1, FTS | LTS, 0, frame, sizeof(frame));
    for (unsigned i = 0; i < RING; i++) {
        set_word(bus, RX_RING + i * STRIDE + 8, 0);
        set_word(bus, RX_RING + i * STRIDE + 12, SELF);
    }
    test_write(bus->device, 0, MACCR, ENABLES | LOOP | ALL);
    test_write(bus->device, 0, NPTXPD, 1);
    test_write(bus->device, 0, MACCR, ENABLES | ALL);
    test_write(bus->device, 0, NPTXR_BADR_HIGH, 0);
    test_write(bus->device, 0, NPTXR_BADR, SELF);
    test_write(bus->device, 0, RXR_BADR_HIGH, 0);
    test_write(bus->device, 0, RXR_BADR, SELF);
    test_write(bus->device, 0, NPTXPD, 1);
    (void)arrive(bus, frame, sizeof(frame));
    EXPECT(bus->fabric.log.count[LOG_GUEST] != 0);
}

static const uint8_t given[] = {2, 4, 6, 8, 10, 12};

static const void *find_address(const void *node, const char *name,
                                bool inherited, size_t *size)
{
    *size = sizeof(given);
    return strcmp(name, "local-mac-address") == 0 ? given : NULL;
}

TEST_BEGINS(the_boards_address_is_there_at_power_on, bus)
{
    static const struct property_source properties = {
        .find = find_address,
        .space = test_space,
    };

    test_bus_init(bus);
    bus->device =
        device_create(&bus->fabric, &ftgmac100, "mac", &properties, bus);
    REQUIRE(device_init(bus->device, &bus->error) == 0);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus->device, 0, MAC_MADR), 0x0204);
    EXPECT_EQ(test_read(bus->device, 0, MAC_LADR), 0x06080a0c);
}
