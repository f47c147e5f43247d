/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between the guest and libslirp, which makes TCP segments as large as
 * its own MTU and the peer's maximum segment size (MSS) allow, but knows
 * nothing of segments that are left to a network device to cut.
 *
 * So the library gets a large MTU, and the guest's SYN says that the guest
 * takes segments of any size. What the library sends then is up to twenty times
 * as long as the guest's own segments, and goes to the guest as one packet that
 * is to be cut into segments of the size that the guest asked for. The guest
 * sees the MSS of a link with the guest's MTU. Of other protocols over IPv4,
 * packets beyond that MTU become fragments (RFC 791), as the library made them
 * when it had the same MTU; of IPv6 it makes none.
 *
 * Where the file to boot is a URI, the library's answers of DHCP get the word
 * that they are of a server for HTTP boot (UEFI 2.10, 24.7), which it cannot
 * say.
 */
#include <string.h>

#include "backends/network_user.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    TCP = 6,
    UDP = 17,
    UDP_HEADER = 8,
    UDP_CSUM = 6,
    DHCP_SERVER = 67, /* ports */
    DHCP_CLIENT = 68,
    DHCP_HEADER = 240, /* with the cookie before the options (RFC 2131) */
    DHCP_PAD = 0,      /* options (RFC 2132) */
    DHCP_CLASS = 60,
    DHCP_END = 255,
    TCP_CSUM = 16,
    TCP_SYN = 2,
    OPTION_END = 0,
    OPTION_NOTHING = 1,
    OPTION_MSS = 2,
    MSS_ANY = 65535,
    MSS_LEAST = 32, /* as the library has it */
    MORE_FRAGMENTS = 0x2000,
    DO_NOT_FRAGMENT = 0x4000,
    OFFSET = 0x1fff, /* in units of 8 bytes */
};

/* Where the headers of a frame are. */
struct place {
    uint32_t transport; /* 0: it has no IP header that is whole */
    uint32_t payload;   /* behind the TCP header; 0: it is not TCP */
    bool v6;
};

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void put_big16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* The sum of RFC 1071 over an even number of bytes, 64 KiB at most. */
static uint32_t sum_of(uint32_t sum, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += 2) {
        sum += big16(bytes + i);
    }
    return fold(sum);
}

static struct place find(const uint8_t *frame, uint32_t size)
{
    struct place place = {.transport = 0};
    const uint8_t *ip = frame + PACKET_ETHERNET;
    const uint32_t type = size >= PACKET_ETHERNET ? big16(frame + 12) : 0;
    uint32_t header = 0;
    uint32_t protocol = 0;
    if (type == TYPE_IPV4 && size >= PACKET_ETHERNET + IPV4_HEADER) {
        header = (ip[0] & 15u) * 4;
        /* Only the first fragment has a header of TCP. */
        protocol = (big16(ip + 6) & (MORE_FRAGMENTS | OFFSET)) == 0 ? ip[9] : 0;
    } else if (type == TYPE_IPV6 && size >= PACKET_ETHERNET + IPV6_HEADER) {
        header = IPV6_HEADER;
        protocol = ip[6];
        place.v6 = true;
    }
    if (header < IPV4_HEADER || PACKET_ETHERNET + header > size) {
        return place;
    }
    place.transport = PACKET_ETHERNET + header;
    if (protocol == TCP && place.transport + TCP_HEADER <= size) {
        place.payload =
            place.transport + (frame[place.transport + 12] >> 4) * 4u;
        if (place.payload < place.transport + TCP_HEADER ||
            place.payload > size) {
            place.payload = 0;
        }
    }
    return place;
}

static bool begins_connection(const uint8_t *frame, const struct place *place)
{
    return place->payload != 0 && (frame[place->transport + 13] & TCP_SYN) != 0;
}

/* ---- The maximum segment size (RFC 9293, 3.7.1) -------------------------- */

/* Where the option's value is in a frame; 0: there is none. */
static uint32_t find_mss(const uint8_t *frame, const struct place *place)
{
    uint32_t at = place->transport + TCP_HEADER;
    while (at < place->payload && frame[at] != OPTION_END) {
        if (frame[at] == OPTION_NOTHING) {
            at++;
            continue;
        }
        if (at + 2 > place->payload || frame[at + 1] < 2 ||
            at + frame[at + 1] > place->payload) {
            return 0;
        }
        if (frame[at] == OPTION_MSS && frame[at + 1] == 4) {
            return at + 2;
        }
        at += frame[at + 1];
    }
    return 0;
}

/* Stores the value, and mends the checksum by the difference (RFC 1624), so
 * that one which was wrong stays wrong. */
static void put_mss(uint8_t *frame, const struct place *place, uint32_t at,
                    uint32_t value)
{
    uint8_t *checksum = frame + place->transport + TCP_CSUM;
    const bool odd = (at - place->transport) % 2 != 0;
    uint32_t before = big16(frame + at);
    uint32_t after = value;
    put_big16(frame + at, value);
    if (odd) { /* each byte is in another half of a word */
        before = (before << 8 & 0xff00) | before >> 8;
        after = (after << 8 & 0xff00) | after >> 8;
    }
    const uint32_t sum =
        fold((~big16(checksum) & 0xffff) + (~before & 0xffff) + after);
    put_big16(checksum, ~sum);
}

/* The longest payload of a segment, by the guest's MTU. */
static uint32_t payload_max(const struct user_frames *frames, uint32_t headers)
{
    return frames->mtu > headers + MSS_LEAST ? frames->mtu - headers
                                             : MSS_LEAST;
}

/* ---- Both ways ----------------------------------------------------------- */

void user_frames_init(struct user_frames *frames, uint32_t mtu)
{
    frames->mtu = mtu;
    frames->segment = MSS_ANY;
}

const uint8_t *user_frames_to_library(struct user_frames *frames,
                                      const uint8_t *frame, uint32_t size)
{
    const struct place place = find(frame, size);
    const uint32_t at =
        begins_connection(frame, &place) ? find_mss(frame, &place) : 0;
    if (at == 0) {
        return frame;
    }
    const uint32_t asked = big16(frame + at);
    if (asked < frames->segment) {
        frames->segment = asked < MSS_LEAST ? MSS_LEAST : asked;
    }
    memcpy(frames->frame, frame, size);
    put_mss(frames->frame, &place, at, MSS_ANY);
    return frames->frame;
}

/* The checksum of a packet that is to be cut is that of its pseudo header. */
static void give_large(struct user_frames *frames, const uint8_t *frame,
                       uint32_t size, const struct place *place)
{
    uint8_t *copy = frames->frame;
    const uint8_t *ip = copy + PACKET_ETHERNET;
    const uint32_t length = size - place->transport;
    const uint32_t most = payload_max(frames, place->payload - PACKET_ETHERNET);
    const struct packet packet = {
        .bytes = copy,
        .size = size,
        .flags = PACKET_NEEDS_CSUM,
        .gso_type = place->v6 ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4,
        .gso_size = (uint16_t)(frames->segment < most ? frames->segment : most),
        .hdr_len = (uint16_t)place->payload,
        .csum_start = (uint16_t)place->transport,
        .csum_offset = TCP_CSUM,
    };
    memcpy(copy, frame, size);
    put_big16(
        copy + place->transport + TCP_CSUM,
        sum_of(TCP + length, ip + (place->v6 ? 8 : 12), place->v6 ? 32 : 8));
    frames->give(frames->context, &packet);
}

static void give_begin(struct user_frames *frames, const uint8_t *frame,
                       uint32_t size, const struct place *place)
{
    const uint32_t at = find_mss(frame, place);
    const uint32_t most =
        payload_max(frames, place->transport - PACKET_ETHERNET + TCP_HEADER);
    const struct packet packet = {
        frames->frame, size, PACKET_CSUM_VALID, 0, 0, 0, 0, 0};
    memcpy(frames->frame, frame, size);
    if (at != 0 && big16(frame + at) > most) {
        put_mss(frames->frame, place, at, most);
    }
    frames->give(frames->context, &packet);
}

/* Checksums of the payload are for who puts it together. */
static void give_fragments(struct user_frames *frames, const uint8_t *frame,
                           uint32_t size, uint32_t headers)
{
    uint8_t *copy = frames->frame;
    uint8_t *ip = copy + PACKET_ETHERNET;
    const uint32_t flags = big16(frame + PACKET_ETHERNET + 6);
    const uint32_t most = (frames->mtu + PACKET_ETHERNET - headers) / 8 * 8;
    if ((flags & DO_NOT_FRAGMENT) != 0) {
        return;
    }
    memcpy(copy, frame, headers);
    for (uint32_t at = headers; at < size; at += most) {
        const bool last = size - at <= most;
        const uint32_t part = last ? size - at : most;
        const struct packet packet = {.bytes = copy, .size = headers + part};
        memcpy(copy + headers, frame + at, part);
        put_big16(ip + 2, headers + part - PACKET_ETHERNET);
        put_big16(ip + 6, ((flags & OFFSET) + (at - headers) / 8) |
                              (last ? flags & MORE_FRAGMENTS
                                    : (uint32_t)MORE_FRAGMENTS));
        put_big16(ip + 10, 0);
        put_big16(ip + 10, ~sum_of(0, ip, headers - PACKET_ETHERNET));
        frames->give(frames->context, &packet);
    }
}

/* ---- HTTP boot ----------------------------------------------------------- */

/* Where the options of an answer of DHCP end; 0: it is none. */
static uint32_t find_end(const uint8_t *frame, uint32_t size,
                         const struct place *place)
{
    const uint8_t *udp = frame + place->transport;
    uint32_t at = place->transport + UDP_HEADER + DHCP_HEADER;
    if (place->transport == 0 || place->v6 ||
        frame[PACKET_ETHERNET + 9] != UDP || at > size ||
        big16(udp) != DHCP_SERVER || big16(udp + 2) != DHCP_CLIENT) {
        return 0;
    }
    while (at + 1 < size && frame[at] != DHCP_END) {
        at += frame[at] == DHCP_PAD ? 1 : 2u + frame[at + 1];
    }
    return at < size && frame[at] == DHCP_END ? at : 0;
}

/* Adds the class; without a checksum, which UDP allows. False: the packet is no
 * such answer, or has no room. */
static bool give_http(struct user_frames *frames, const uint8_t *frame,
                      uint32_t size, const struct place *place)
{
    static const uint8_t class[] = {DHCP_CLASS, 10,  'H',     'T', 'T',
                                    'P',        'C', 'l',     'i', 'e',
                                    'n',        't', DHCP_END};
    const uint32_t end = find_end(frame, size, place);
    const struct packet packet = {.bytes = frames->frame, .size = size};
    if (end == 0 || size - end < sizeof(class)) {
        return false;
    }
    memcpy(frames->frame, frame, size);
    memcpy(frames->frame + end, class, sizeof(class));
    put_big16(frames->frame + place->transport + UDP_CSUM, 0);
    frames->give(frames->context, &packet);
    return true;
}

void user_frames_to_guest(struct user_frames *frames, const uint8_t *frame,
                          uint32_t size)
{
    const struct place place = find(frame, size);
    const bool fits = size <= frames->mtu + PACKET_ETHERNET;
    /* The library has just computed the checksums. */
    const struct packet whole = {frame, size, PACKET_CSUM_VALID, 0, 0, 0, 0, 0};
    if (frames->http && give_http(frames, frame, size, &place)) {
        return;
    }
    if (begins_connection(frame, &place)) {
        give_begin(frames, frame, size, &place);
    } else if (!fits && place.payload != 0 && place.payload < size) {
        give_large(frames, frame, size, &place);
    } else if (!fits && place.transport != 0 && !place.v6 &&
               place.transport + 8 <= frames->mtu + PACKET_ETHERNET) {
        give_fragments(frames, frame, size, place.transport);
    } else {
        frames->give(frames->context, &whole);
    }
}
