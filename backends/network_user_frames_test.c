/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between a guest and the library of the user network: segments that are
 * larger than the guest's, and fragments of what is no TCP. */
#include <string.h>

#include "backends/network_user.h"
#include "base/bits.h"
#include "tests/harness.h"

enum { ETHERNET = 14, TCP = 6, UDP = 17, ASKED = 1460 };
enum { SYN = 2, ACK = 16 };

/* The frames that the guest gets, with packets cut as its driver would have
 * them. */
struct guest {
    struct user_frames frames;
    unsigned packets;
    unsigned segments;
    struct packet last;
    uint32_t payload_size;
    uint8_t payload[PACKET_FRAME_MAX];
    uint8_t first[PACKET_FRAME_MAX]; /* segment */
    uint32_t first_size;
    uint32_t longest;
};

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The plain way of RFC 1071. */
static uint16_t sum(uint32_t total, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        total += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)total;
}

static uint32_t ip_size(const uint8_t *frame)
{
    return frame[12] == 8 ? (frame[ETHERNET] & 15u) * 4 : 40;
}

/* 0xffff if the TCP checksum is right. */
static uint16_t checksum(const uint8_t *frame, uint32_t size)
{
    const uint8_t *ip = frame + ETHERNET;
    const uint32_t header = ip_size(frame);
    const uint32_t length = size - ETHERNET - header;
    const uint32_t pseudo = frame[12] == 8 ? sum(TCP + length, ip + 12, 8)
                                           : sum(TCP + length, ip + 8, 32);
    return sum(pseudo, ip + header, length);
}

static uint32_t make_ip(uint8_t *frame, bool v6, uint8_t protocol,
                        uint32_t length)
{
    uint8_t *ip = frame + ETHERNET;
    const uint32_t header = v6 ? 40 : 20;
    memset(frame, 0, ETHERNET + header);
    frame[12] = v6 ? 0x86 : 8;
    frame[13] = v6 ? 0xdd : 0;
    ip[0] = v6 ? 0x60 : 0x45;
    ip[v6 ? 6 : 9] = protocol;
    put16(ip + (v6 ? 4 : 2), v6 ? length : header + length);
    for (unsigned i = v6 ? 8 : 12; i < header; i++) {
        ip[i] = (uint8_t)(i * 7);
    }
    if (!v6) {
        put16(ip + 10, ~(uint32_t)sum(0, ip, header));
    }
    return ETHERNET + header;
}

/* A TCP segment with options and so much payload, as the library makes it. */
static uint32_t make_tcp(uint8_t *frame, bool v6, uint8_t flags,
                         const uint8_t *options, uint32_t options_size,
                         uint32_t payload)
{
    const uint32_t header = 20 + options_size;
    const uint32_t at = make_ip(frame, v6, TCP, header + payload);
    uint8_t *tcp = frame + at;
    memset(tcp, 0, 20);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = flags;
    if (options_size != 0) {
        memcpy(tcp + 20, options, options_size);
    }
    for (uint32_t i = 0; i < payload; i++) {
        tcp[header + i] = (uint8_t)(i * 13 + (i >> 8));
    }
    put16(tcp + 16, ~(uint32_t)checksum(frame, at + header + payload));
    return at + header + payload;
}

static void give(void *context, const struct packet *packet)
{
    struct guest *guest = context;
    static uint8_t frame[PACKET_FRAME_MAX];
    struct packet_split split;
    uint32_t size;
    guest->packets++;
    guest->last = *packet;
    REQUIRE(packet_split_begin(&split, packet));
    while ((size = packet_split_next(&split, frame)) != 0) {
        const uint32_t at = ETHERNET + ip_size(frame);
        EXPECT_EQ(big16(frame + ETHERNET + (frame[12] == 8 ? 2 : 4)),
                  size - ETHERNET - (frame[12] == 8 ? 0 : 40));
        if (frame[at - 20 + 9] == TCP || frame[12] != 8) {
            const uint32_t header = at + (frame[at + 12] >> 4) * 4u;
            EXPECT_EQ(checksum(frame, size), 0xffff);
            memcpy(guest->payload + guest->payload_size, frame + header,
                   size - header);
            guest->payload_size += size - header;
        } else {
            EXPECT_EQ(sum(0, frame + ETHERNET, 20), 0xffff);
            memcpy(guest->payload + guest->payload_size, frame + at, size - at);
            guest->payload_size += size - at;
        }
        if (guest->segments++ == 0) {
            memcpy(guest->first, frame, size);
            guest->first_size = size;
        }
        guest->longest = size > guest->longest ? size : guest->longest;
    }
}

static void setup(struct guest *guest, uint32_t mtu)
{
    memset(guest, 0, sizeof(*guest));
    user_frames_init(&guest->frames, mtu);
    guest->frames.give = give;
    guest->frames.context = guest;
}

/* Nothing is left to the driver. */
static void expect_plain(const struct packet *packet)
{
    EXPECT_EQ(packet->gso_type, PACKET_GSO_NONE);
    EXPECT_EQ(packet->gso_size, 0);
    EXPECT_EQ(packet->hdr_len, 0);
    EXPECT_EQ(packet->csum_start, 0);
    EXPECT_EQ(packet->csum_offset, 0);
}

TEST(a_guest_that_begins_is_said_to_take_segments_of_any_size)
{
    static const struct {
        const char *name;
        uint8_t options[12];
        uint32_t size;
        uint32_t at; /* of the value; 0: the frame stays as it is */
    } rows[] = {
        {"the option alone",   {2, 4, 5, 0xb4},             4, 2},
        {"at an odd place",    {1, 2, 4, 5, 0xb4, 0, 0, 0}, 8, 3},
        {"behind another",     {8, 4, 2, 4, 2, 4, 5, 0xb4}, 8, 6},
        {"behind two",         {1, 1, 2, 4, 5, 0xb4, 0, 0}, 8, 4},
        {"behind a short one", {4, 2, 2, 4, 5, 0xb4, 1, 1}, 8, 4},
        {"no options",         {0},                         0, 0},
        {"behind the end",     {0, 0, 0, 0, 2, 4, 5, 0xb4}, 8, 0},
        {"of a wrong length",  {2, 3, 5, 0xb4},             4, 0},
        {"with a length of 0", {8, 0, 2, 4, 5, 0xb4, 0, 0}, 8, 0},
        {"cut short",          {1, 1, 2, 4},                4, 0},
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        static struct guest guest;
        static uint8_t frame[256];
        const bool v6 = i % 2 != 0;
        const uint32_t mss = ETHERNET + (v6 ? 40u : 20u) + 20 + rows[i / 2].at;
        test_case("%s, IPv%d", rows[i / 2].name, v6 ? 6 : 4);
        setup(&guest, USER_MTU);
        const uint32_t size =
            make_tcp(frame, v6, SYN, rows[i / 2].options, rows[i / 2].size, 0);
        const uint8_t *got = user_frames_to_library(&guest.frames, frame, size);
        EXPECT_EQ(checksum(got, size), 0xffff);
        if (rows[i / 2].at == 0) {
            EXPECT(got == frame);
            continue;
        }
        EXPECT_EQ(big16(got + mss), 65535);
        EXPECT_EQ(big16(frame + mss), ASKED);
        EXPECT_EQ(guest.frames.segment, ASKED);
        /* A wrong checksum is not mended, and a segment that begins no
         * connection is not touched. */
        frame[mss - rows[i / 2].at - 20 + 16] ^= 0x40;
        got = user_frames_to_library(&guest.frames, frame, size);
        EXPECT(checksum(got, size) != 0xffff);
        frame[mss - rows[i / 2].at - 20 + 13] = ACK;
        EXPECT(user_frames_to_library(&guest.frames, frame, size) == frame);
    }
}

/* One byte of a frame of IPv4 with a TCP header of 24 bytes. */
TEST(only_a_whole_header_of_tcp_is_looked_at)
{
    static const uint8_t option[4] = {2, 4, 5, 0xb4};
    enum { IP = ETHERNET, HEADER = IP + 20, HEADER_6 = IP + 40 };
    static const struct {
        const char *name;
        uint32_t at;
        uint32_t cut; /* bytes at the end */
        uint8_t value;
        bool v6;
        bool seen;
    } rows[] = {
        {"as it is",            0,             0,  0,    false, true },
        {"as it is",            0,             0,  0,    true,  true },
        {"another type",        12,            0,  9,    false, false},
        {"another type",        13,            0,  1,    false, false},
        {"another type",        13,            0,  0xdc, true,  false},
        {"a short IP header",   IP,            0,  0x44, false, false},
        {"the IP header alone", IP,            0,  0x4b, false, false},
        {"a long IP header",    IP,            0,  0x4f, false, false},
        {"the first fragment",  IP + 6,        0,  0x20, false, false},
        {"a later fragment",    IP + 6,        0,  0x1f, false, false},
        {"a later fragment",    IP + 7,        0,  1,    false, false},
        {"not to be cut",       IP + 6,        0,  0x40, false, true },
        {"not TCP",             IP + 9,        0,  17,   false, false},
        {"not TCP",             IP + 6,        0,  17,   true,  false},
        {"a short header",      HEADER + 12,   0,  0x40, false, false},
        {"without options",     HEADER + 12,   0,  0x50, false, false},
        {"a long header",       HEADER + 12,   0,  0x70, false, false},
        {"a long header",       HEADER_6 + 12, 0,  0x70, true,  false},
        {"no beginning",        HEADER + 13,   0,  ACK,  false, false},
        {"an answer",           HEADER + 13,   0,  18,   false, true },
        {"without its end",     0,             1,  0,    false, false},
        {"without its end",     0,             1,  0,    true,  false},
        {"without options",     0,             4,  0,    false, false},
        {"without its half",    0,             12, 0,    false, false},
        {"without TCP",         0,             25, 0,    true,  false},
        {"without IP",          0,             25, 0,    false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct guest guest;
        uint8_t frame[128];
        test_case("row %zu: %s", i, rows[i].name);
        setup(&guest, USER_MTU);
        memset(frame, 0, sizeof(frame));
        const uint32_t size =
            make_tcp(frame, rows[i].v6, SYN, option, 4, 0) - rows[i].cut;
        frame[rows[i].at] = rows[i].at ? rows[i].value : frame[0];
        EXPECT_EQ(user_frames_to_library(&guest.frames, frame, size) != frame,
                  rows[i].seen);
        EXPECT_EQ(guest.frames.segment, rows[i].seen ? ASKED : 65535);
    }
}

TEST(the_least_segment_of_all_counts)
{
    static const struct {
        uint8_t asked[2];
        uint32_t segment;
    } rows[] = {
        {{0xff, 0xff}, 65535},
        {{3, 0},       768  },
        {{4, 0},       768  },
        {{0, 33},      33   },
        {{0, 31},      32   },
        {{1, 0},       32   },
    };
    static struct guest guest;
    setup(&guest, USER_MTU);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint8_t option[4] = {2, 4, rows[i].asked[0], rows[i].asked[1]};
        uint8_t frame[128];
        test_case("row %zu", i);
        (void)user_frames_to_library(&guest.frames, frame,
                                     make_tcp(frame, false, SYN, option, 4, 0));
        EXPECT_EQ(guest.frames.segment, rows[i].segment);
    }
}

/* Whatever else is in the sum, with one carry or more. */
TEST(checksums_are_mended_at_every_value)
{
    static const uint8_t option[8] = {1, 2, 4, 0xff, 0xc8, 0, 0, 0};
    static struct guest guest;
    static uint8_t frame[256];
    unsigned wrong = 0;
    setup(&guest, USER_MTU);
    const uint32_t size = make_tcp(frame, false, SYN | ACK, option, 8, 0);
    uint8_t *tcp = frame + ETHERNET + 20;
    guest.frames.mtu = USER_MTU;
    for (uint32_t i = 0; i <= 0xffff; i++) {
        put16(tcp + 4, i); /* of the sequence number */
        put16(tcp + 16, 0);
        put16(tcp + 16, ~(uint32_t)checksum(frame, size));
        wrong += checksum(user_frames_to_library(&guest.frames, frame, size),
                          size) != 0xffff;
        user_frames_to_guest(&guest.frames, frame, size); /* looks as well */
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(guest.packets, 0x10000);
    /* Headers of IP, which are made anew for fragments. */
    setup(&guest, 68);
    for (uint32_t i = 0; i <= 0xffff; i++) {
        const uint32_t at = make_ip(frame, false, UDP, 50);
        put16(frame + ETHERNET + 4, i);
        guest.payload_size = 0;
        user_frames_to_guest(&guest.frames, frame, at + 50); /* looks, too */
    }
    EXPECT_EQ(guest.packets, 0x20000);
}

TEST(the_guest_sees_the_mss_of_its_own_link)
{
    static const uint8_t option[4] = {2, 4, 0xff, 0xc8};
    static const struct {
        uint32_t mtu;
        bool v6;
        uint32_t mss;
    } rows[] = {
        {1500,  false, 1460  },
        {1500,  true,  1440  },
        {9000,  false, 8960  },
        {65521, false, 0xffc8},
        {68,    true,  32    },
        {71,    false, 32    },
        {72,    false, 32    },
        {73,    false, 33    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct guest guest;
        static uint8_t frame[256];
        test_case("row %zu", i);
        setup(&guest, rows[i].mtu);
        const uint32_t size =
            make_tcp(frame, rows[i].v6, SYN | ACK, option, 4, 0);
        user_frames_to_guest(&guest.frames, frame, size);
        EXPECT_EQ(guest.packets, 1);
        EXPECT_EQ(guest.last.flags, PACKET_CSUM_VALID);
        EXPECT_EQ(big16(guest.last.bytes + size - 2), rows[i].mss);
        expect_plain(&guest.last);
    }
    /* A beginning is no fragment, not even one that ends with its header. */
    static struct guest guest;
    static uint8_t frame[256];
    setup(&guest, 30);
    user_frames_to_guest(&guest.frames, frame,
                         make_tcp(frame, false, SYN, NULL, 0, 0));
    EXPECT_EQ(guest.packets, 1);
}

TEST(large_segments_are_packets_to_be_cut)
{
    static const uint8_t option[4] = {2, 4, 0, 200};
    enum { PAYLOAD = 32768 };
    for (unsigned i = 0; i < 4; i++) {
        static struct guest guest;
        static uint8_t frame[PAYLOAD + 100];
        const bool v6 = i % 2 != 0;
        const bool asked = i / 2 != 0; /* for less than the link has */
        const uint32_t headers = ETHERNET + (v6 ? 40u : 20u) + 20;
        const uint32_t segment = asked ? 200 : USER_MTU + ETHERNET - headers;
        test_case("IPv%d, %u bytes", v6 ? 6 : 4, segment);
        setup(&guest, USER_MTU);
        if (asked) {
            user_frames_to_library(&guest.frames, frame,
                                   make_tcp(frame, v6, SYN, option, 4, 0));
        }
        const uint32_t size = make_tcp(frame, v6, ACK, NULL, 0, PAYLOAD);
        user_frames_to_guest(&guest.frames, frame, size);
        EXPECT_EQ(guest.packets, 1);
        EXPECT_EQ(guest.last.gso_size, segment);
        EXPECT_EQ(guest.last.gso_type,
                  v6 ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4);
        EXPECT_EQ(guest.last.flags, PACKET_NEEDS_CSUM);
        EXPECT_EQ(guest.last.hdr_len, headers);
        EXPECT_EQ(guest.last.csum_start, headers - 20);
        EXPECT_EQ(guest.last.csum_offset, 16);
        EXPECT_EQ(big16(guest.last.bytes + headers - 4),
                  sum(TCP + 20 + PAYLOAD, frame + ETHERNET + (v6 ? 8 : 12),
                      v6 ? 32 : 8));
        EXPECT_EQ(guest.segments, (PAYLOAD + segment - 1) / segment);
        EXPECT_EQ(guest.longest, headers + segment);
        EXPECT_EQ(guest.payload_size, PAYLOAD);
        EXPECT_BYTES(guest.payload, frame + headers, PAYLOAD);
        /* One that fits is passed on as it is. */
        const uint32_t small =
            make_tcp(frame, v6, ACK, NULL, 0, USER_MTU + ETHERNET - headers);
        user_frames_to_guest(&guest.frames, frame, small);
        EXPECT_EQ(guest.packets, 2);
        expect_plain(&guest.last);
        EXPECT_EQ(guest.last.flags, PACKET_CSUM_VALID);
        EXPECT(guest.last.bytes == frame);
        const uint32_t more = make_tcp(frame, v6, ACK, NULL, 0,
                                       USER_MTU + ETHERNET - headers + 1);
        user_frames_to_guest(&guest.frames, frame, more);
        EXPECT(guest.last.bytes != frame);
    }
}

TEST(other_packets_are_fragments_beyond_the_mtu)
{
    enum { PAYLOAD = 4000, MIDDLE = 0x2000 | 37 };
    static const struct {
        const char *name;
        uint32_t mtu;
        uint32_t flags; /* of the IP header */
        uint32_t payload;
        unsigned packets;
        uint32_t first; /* flags of the first and the last */
        uint32_t last;
    } rows[] = {
        {"that fit",       1500, 0,      1480,    1, 0,      0           },
        {"one byte more",  1500, 0,      1481,    2, 0x2000, 185         },
        {"of two parts",   1500, 0,      2960,    2, 0x2000, 185         },
        {"of three parts", 1500, 0,      PAYLOAD, 3, 0x2000, 2 * 185     },
        {"of a fragment",  1500, MIDDLE, PAYLOAD, 3, MIDDLE, MIDDLE + 370},
        {"of a last one",  1500, 37,     PAYLOAD, 3, MIDDLE, 37 + 370    },
        {"not to be cut",  1500, 0x4000, PAYLOAD, 0, 0,      0           },
        {"of 8 bytes",     28,   0,      24,      3, 0x2000, 2           },
        {"of 8 bytes too", 35,   0,      24,      3, 0x2000, 2           },
        {"of none",        27,   0,      24,      1, 0,      0           },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct guest guest;
        static uint8_t frame[PAYLOAD + 100];
        test_case("%s", rows[i].name);
        setup(&guest, rows[i].mtu);
        const uint32_t at = make_ip(frame, false, UDP, rows[i].payload);
        uint8_t *ip = frame + ETHERNET;
        put16(ip + 6, rows[i].flags);
        put16(ip + 10, 0);
        put16(ip + 10, ~(uint32_t)sum(0, ip, 20));
        for (uint32_t j = 0; j < rows[i].payload; j++) {
            frame[at + j] = (uint8_t)(j * 11 + (j >> 8));
        }
        user_frames_to_guest(&guest.frames, frame, at + rows[i].payload);
        EXPECT_EQ(guest.packets, rows[i].packets);
        if (rows[i].packets == 0) {
            continue;
        }
        EXPECT(guest.longest <= rows[i].mtu + ETHERNET || rows[i].mtu == 27);
        expect_plain(&guest.last);
        EXPECT_EQ(big16(guest.first + ETHERNET + 6), rows[i].first);
        EXPECT_EQ(big16(guest.last.bytes + ETHERNET + 6), rows[i].last);
        EXPECT_EQ(guest.payload_size, rows[i].payload);
        EXPECT_BYTES(guest.payload, frame + at, rows[i].payload);
    }
}

/* An answer of DHCP, with options up to `end`, in a packet of that many bytes
 * behind the cookie. */
static uint32_t make_answer(uint8_t *frame, uint32_t end, uint32_t size)
{
    const uint32_t at = make_ip(frame, false, UDP, 8 + 240 + size);
    memset(frame + at, 0, 8 + 240 + size);
    put16(frame + at, 67);
    put16(frame + at + 2, 68);
    put16(frame + at + 6, 0x1234);
    if (end >= 3) {
        frame[at + 248] = 53;
        frame[at + 249] = 1;
        frame[at + 250] = 2;
    }
    if (end < size) {
        frame[at + 248 + end] = 255;
    }
    return at + 8 + 240 + size;
}

static void keep(void *context, const struct packet *packet)
{
    struct guest *guest = context;
    guest->last = *packet;
}

TEST(answers_of_dhcp_are_a_http_servers_where_the_file_is_a_uri)
{
    static const uint8_t class[] = {60,  10,  'H', 'T', 'T', 'P', 'C',
                                    'l', 'i', 'e', 'n', 't', 255};
    enum { AT = ETHERNET + 20 };
    static const struct {
        const char *name;
        bool http;
        uint32_t end;
        uint32_t size;
        uint8_t port;
        bool changed;
    } rows[] = {
        {"a URI",          true,  3,  64, 68, true },
        {"behind pads",    true,  9,  64, 68, true },
        {"just room",      true,  3,  16, 68, true },
        {"no room",        true,  3,  15, 68, false},
        {"no end",         true,  99, 64, 68, false},
        {"no options",     true,  0,  0,  68, false},
        {"another port",   true,  3,  64, 69, false},
        {"a file of TFTP", false, 3,  64, 68, false},
        {"an end at once", true,  0,  64, 68, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct guest guest;
        static uint8_t frame[512];
        test_case("%s", rows[i].name);
        setup(&guest, USER_MTU);
        guest.frames.http = rows[i].http;
        const uint32_t size = make_answer(frame, rows[i].end, rows[i].size);
        frame[AT + 3] = rows[i].port;
        user_frames_to_guest(&guest.frames, frame, size);
        EXPECT_EQ(guest.packets, 1);
        EXPECT_EQ(guest.last.size, size);
        EXPECT_EQ(guest.last.bytes != frame, rows[i].changed);
        if (rows[i].changed) {
            EXPECT_EQ(big16(guest.last.bytes + AT + 6), 0);
            EXPECT_BYTES(guest.last.bytes + AT + 248 + rows[i].end, class,
                         sizeof(class));
            EXPECT_BYTES(guest.last.bytes + AT + 8, frame + AT + 8, 240);
        }
    }
    /* A frame that is no IP has no ports, whatever is in their place. */
    static struct guest guest;
    static uint8_t frame[512];
    setup(&guest, USER_MTU);
    guest.frames.http = true;
    guest.frames.give = keep;
    const uint32_t size = make_answer(frame, 3, 64);
    frame[1] = 67;
    frame[3] = 68;
    frame[12] = 9;
    user_frames_to_guest(&guest.frames, frame, size);
    EXPECT(guest.last.bytes == frame);
}
