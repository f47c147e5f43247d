/* SPDX-License-Identifier: Apache-2.0 */
/* Packets: what a message may say, checksums, segments. */
#include "base/packet.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { PAYLOAD = 2500, MSS = 1000 };
enum { V4_HEADERS = 14 + 20 + 20, V6_HEADERS = 14 + 40 + 20 };

static uint16_t at16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t at32(const uint8_t *at)
{
    return (uint32_t)at16(at) << 16 | at16(at + 2);
}

/* The plain way of RFC 1071. */
static uint16_t sum(const uint8_t *bytes, size_t size, uint32_t start)
{
    uint32_t total = start;
    for (size_t i = 0; i < size; i++) {
        total += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    }
    while (total >> 16) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)total;
}

struct made {
    uint8_t bytes[128 + PAYLOAD];
    struct packet packet;
    uint32_t network;
    uint32_t headers;
};

/* A TCP packet that is to be segmented. */
static void make(struct made *made, bool v6, bool vlan)
{
    memset(made, 0, sizeof(*made));
    uint8_t *bytes = made->bytes;
    made->network = vlan ? 18 : 14;
    uint8_t *ip = bytes + made->network;
    uint8_t *tcp = ip + (v6 ? 40 : 20);
    made->headers = (uint32_t)(tcp + 20 - bytes);
    bytes[12] = vlan ? 0x81 : v6 ? 0x86 : 0x08;
    bytes[13] = vlan ? 0 : v6 ? 0xdd : 0;
    if (vlan) {
        bytes[16] = v6 ? 0x86 : 0x08;
        bytes[17] = v6 ? 0xdd : 0;
    }
    ip[0] = v6 ? 0x60 : 0x45;
    ip[v6 ? 6 : 9] = 6;
    for (unsigned i = 0; i < (v6 ? 32u : 8u); i++) {
        ip[(v6 ? 8 : 12) + i] = (uint8_t)(i * 7 + 1);
    }
    ip[v6 ? 1 : 5] = 9; /* identification of IPv4 */
    tcp[4] = 0xff;      /* sequence number */
    tcp[5] = tcp[6] = 0xff;
    tcp[7] = 0x00;
    tcp[12] = 0x50;
    tcp[13] = 0x80 | 0x10 | 0x08 | 0x01; /* CWR, ACK, PSH, FIN */
    for (unsigned i = 0; i < PAYLOAD; i++) {
        tcp[20 + i] = (uint8_t)(i * 31);
    }
    made->packet = (struct packet){
        .bytes = bytes,
        .size = made->headers + PAYLOAD,
        .flags = PACKET_NEEDS_CSUM,
        .gso_type = v6 ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4,
        .csum_start = (uint16_t)(tcp - bytes),
        .csum_offset = 16,
        .gso_size = MSS,
        .hdr_len = (uint16_t)made->headers,
    };
}

TEST(a_message_has_all_that_a_packet_says)
{
    struct made made;
    struct packet packet;
    uint8_t message[PACKET_HEADER + sizeof(made.bytes)];
    make(&made, false, false);
    packet_encode(&made.packet, message);
    memcpy(message + PACKET_HEADER, made.bytes, sizeof(made.bytes));
    REQUIRE(packet_decode(message, PACKET_HEADER + made.packet.size, &packet));
    EXPECT_EQ(packet.size, made.packet.size);
    EXPECT_EQ(packet.flags, PACKET_NEEDS_CSUM);
    EXPECT_EQ(packet.gso_type, PACKET_GSO_TCPV4);
    EXPECT_EQ(packet.gso_size, MSS);
    EXPECT_EQ(packet.hdr_len, V4_HEADERS);
    EXPECT_EQ(packet.csum_start, 34);
    EXPECT_EQ(packet.csum_offset, 16);
    EXPECT_BYTES(packet.bytes, made.bytes, packet.size);
}

TEST(messages_that_contradict_themselves_are_none)
{
    static const struct {
        const char *name;
        uint8_t header[PACKET_HEADER];
        uint16_t size;
        bool good;
    } rows[] = {
        {"a plain frame",       {0},                             10 + 14, true },
        {"too short",           {0},                             10 + 13, false},
        {"no header",           {0},                             9,       false},
        {"a checksum",          {1, 0, 0, 0, 0, 0, 0, 0, 12, 0}, 10 + 14, true },
        {"one behind the end",  {1, 0, 0, 0, 0, 0, 0, 0, 13, 0}, 10 + 14, false},
        {"one far behind it",
         {1, 0, 0, 0, 0, 0, 255, 255, 255, 255},
         10 + 14,
         false                                                                 },
        {"segments",            {1, 1, 0, 0, 1, 0, 0, 0, 12, 0}, 10 + 14, true },
        {"segments of nothing",
         {1, 1, 0, 0, 0, 0, 0, 0, 12, 0},
         10 + 14,
         false                                                                 },
        {"without a checksum",  {0, 1, 0, 0, 1, 0, 0, 0, 12, 0}, 10 + 14, false},
        {"of an unknown kind",  {1, 3, 0, 0, 1, 0, 0, 0, 12, 0}, 10 + 14, false},
    };
    uint8_t message[PACKET_HEADER + 14] = {0};
    struct packet packet;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        memcpy(message, rows[i].header, PACKET_HEADER);
        EXPECT_EQ(packet_decode(message, rows[i].size, &packet), rows[i].good);
    }
    EXPECT(!packet_decode(message, PACKET_MESSAGE_MAX + 1, &packet));
}

TEST(a_packet_becomes_segments_with_their_own_headers)
{
    static uint8_t frame[PACKET_FRAME_MAX];
    for (unsigned i = 0; i < 4; i++) {
        bool v6 = i % 2 != 0;
        struct made made;
        struct packet_split split;
        uint32_t done = 0;
        uint32_t size;
        test_case("IPv%u, VLAN %u", v6 ? 6 : 4, i / 2);
        make(&made, v6, i >= 2);
        REQUIRE(packet_split_begin(&split, &made.packet));
        for (unsigned n = 0; (size = packet_split_next(&split, frame)); n++) {
            const uint8_t *ip = frame + made.network;
            const uint8_t *tcp = ip + (v6 ? 40 : 20);
            const uint32_t part = size - made.headers;
            const bool last = done + part == PAYLOAD;
            EXPECT_EQ(part, last ? PAYLOAD % MSS : MSS);
            EXPECT_BYTES(frame, made.bytes, made.network);
            EXPECT_BYTES(frame + made.headers, made.bytes + made.headers + done,
                         part);
            EXPECT_EQ(at16(ip + (v6 ? 4 : 2)), part + (v6 ? 20 : 40));
            EXPECT_EQ(at32(tcp + 4), 0xffffff00u + done);
            EXPECT_EQ(tcp[13], 0x10 | (n == 0 ? 0x80 : 0) | (last ? 9 : 0));
            if (!v6) {
                EXPECT_EQ(at16(ip + 4), 9 + n);
                EXPECT_EQ(sum(ip, 20, 0), 0xffff);
            }
            EXPECT_EQ(sum(tcp, part + 20,
                          sum(ip + (v6 ? 8 : 12), v6 ? 32 : 8, 6 + part + 20)),
                      0xffff);
            done += part;
        }
        EXPECT_EQ(done, PAYLOAD);
    }
}

TEST(udp_is_segmented_too_and_never_has_a_checksum_of_zero)
{
    static uint8_t frame[PACKET_FRAME_MAX];
    struct made made;
    struct packet_split split;
    make(&made, false, false);
    made.bytes[14 + 9] = 17;
    made.packet.gso_type = PACKET_GSO_UDP_L4;
    made.packet.csum_offset = 6;
    REQUIRE(packet_split_begin(&split, &made.packet));
    uint32_t size = packet_split_next(&split, frame);
    EXPECT_EQ(size, 14 + 20 + 8 + MSS);
    EXPECT_EQ(at16(frame + 34 + 4), 8 + MSS);
    EXPECT_EQ(sum(frame + 34, size - 34, sum(frame + 26, 8, 17 + 8 + MSS)),
              0xffff);
    /* The sum of its bytes is 0xffff. */
    uint8_t bytes[16] = {[14] = 0xff, [15] = 0xff};
    const struct packet zero = {.bytes = bytes,
                                .size = sizeof(bytes),
                                .flags = PACKET_NEEDS_CSUM,
                                .csum_start = 14};
    packet_complete(&zero, bytes);
    EXPECT_EQ(at16(bytes + 14), 0xffff);
}

TEST(headers_that_are_not_there_are_refused)
{
    static const struct {
        const char *name;
        uint32_t at; /* of the byte that is wrong */
        uint8_t byte;
        uint32_t size; /* 0: as it was */
        uint16_t gso_size;
    } rows[] = {
        {"another type",         12,      0x07, 0,          MSS},
        {"a short IP header",    14,      0x44, 0,          MSS},
        {"IP options beyond it", 14,      0x4f, 60,         MSS},
        {"no TCP",               14 + 9,  17,   0,          MSS},
        {"a short TCP header",   34 + 12, 0x40, 0,          MSS},
        {"a long one",           34 + 12, 0xf0, 60,         MSS},
        {"no payload",           12,      0x08, V4_HEADERS, MSS},
        {"too many segments",    12,      0x08, 0,          1  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct made made;
        struct packet_split split;
        test_case("%s", rows[i].name);
        make(&made, false, false);
        made.bytes[rows[i].at] = rows[i].byte;
        made.packet.size = rows[i].size ? rows[i].size : made.packet.size;
        made.packet.gso_size = rows[i].gso_size;
        EXPECT(!packet_split_begin(&split, &made.packet));
    }
}

TEST(a_sum_goes_on_and_a_mark_tells_packets_apart)
{
    static const uint8_t bytes[] = {0x45, 0x00, 0x00, 0x1c, 0xff, 0xff, 0x12};
    struct made made;

    EXPECT_EQ(packet_sum(0, bytes, 6), 0x451c);
    EXPECT_EQ(packet_sum(packet_sum(0, bytes, 4), bytes + 4, 3),
              packet_sum(0, bytes, 7));
    EXPECT_EQ(packet_sum(0, bytes, 7), 0x571c);
    make(&made, false, false);
    const uint64_t mark = packet_mark(&made.packet);
    EXPECT(mark != 0);
    EXPECT_EQ(packet_mark(&made.packet), mark);
    made.bytes[40]++; /* of its sequence number */
    EXPECT(packet_mark(&made.packet) != mark);
}
