/* SPDX-License-Identifier: Apache-2.0 */
/* Headers, checksums (RFC 1071) and segmentation of packets. */
#include "base/packet.h"

#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    TCP_CSUM = 16, /* offsets in the headers */
    UDP_CSUM = 6,
};
enum tcp_flags { TCP_FIN = 1, TCP_PSH = 8, TCP_CWR = 0x80 };

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t big32(const uint8_t *at)
{
    return big16(at) << 16 | big16(at + 2);
}

static void put_big16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint16_t little16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static void put_little16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

/* ---- Checksums ----------------------------------------------------------- */

static uint32_t fold(uint64_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint32_t)sum;
}

uint32_t packet_sum(uint64_t sum, const uint8_t *bytes, size_t size)
{
    for (; size >= 4; bytes += 4, size -= 4) {
        sum += big32(bytes);
    }
    if (size >= 2) {
        sum += big16(bytes);
        bytes += 2;
        size -= 2;
    }
    return fold(sum + (size != 0 ? (uint64_t)bytes[0] << 8 : 0));
}

uint64_t packet_mark(const struct packet *packet)
{
    enum { HEADERS = 66 };
    const uint32_t size = packet->size < HEADERS ? packet->size : HEADERS;
    uint64_t mark = packet->size;

    for (uint32_t i = 0; i < size; i++) {
        mark = (mark ^ packet->bytes[i]) * UINT64_C(0x100000001b3);
    }
    return mark | 1;
}

void packet_complete(const struct packet *packet, uint8_t *bytes)
{
    if ((packet->flags & PACKET_NEEDS_CSUM) == 0) {
        return;
    }
    const uint32_t start = packet->csum_start;
    uint32_t sum = ~packet_sum(0, bytes + start, packet->size - start) & 0xffff;
    /* In UDP, 0 says that there is no checksum (RFC 768). */
    put_big16(bytes + start + packet->csum_offset, sum != 0 ? sum : 0xffff);
}

/* ---- Messages ------------------------------------------------------------ */

static bool is_gso(uint8_t type)
{
    const unsigned kind = type & ~(unsigned)PACKET_GSO_ECN;
    return kind == PACKET_GSO_TCPV4 || kind == PACKET_GSO_TCPV6 ||
           type == PACKET_GSO_UDP_L4;
}

/* 5.1.6.2: what is segmented needs its checksums computed. */
static bool is_whole(const struct packet *packet)
{
    const bool needs = (packet->flags & PACKET_NEEDS_CSUM) != 0;
    return packet->size >= PACKET_ETHERNET &&
           packet->size <= PACKET_FRAME_MAX &&
           (!needs || (uint32_t)packet->csum_start + packet->csum_offset + 2 <=
                          packet->size) &&
           (packet->gso_type == PACKET_GSO_NONE ||
            (is_gso(packet->gso_type) && needs && packet->gso_size != 0));
}

bool packet_decode(const void *message, size_t size, struct packet *packet)
{
    const uint8_t *header = message;
    if (size < PACKET_HEADER || size > PACKET_MESSAGE_MAX) {
        return false;
    }
    *packet = (struct packet){
        .bytes = header + PACKET_HEADER,
        .size = (uint32_t)(size - PACKET_HEADER),
        .flags = header[0] & (PACKET_NEEDS_CSUM | PACKET_CSUM_VALID),
        .gso_type = header[1],
        .hdr_len = little16(header + 2),
        .gso_size = little16(header + 4),
        .csum_start = little16(header + 6),
        .csum_offset = little16(header + 8),
    };
    return is_whole(packet);
}

void packet_encode(const struct packet *packet, uint8_t header[PACKET_HEADER])
{
    header[0] = packet->flags;
    header[1] = packet->gso_type;
    put_little16(header + 2, packet->hdr_len);
    put_little16(header + 4, packet->gso_size);
    put_little16(header + 6, packet->csum_start);
    put_little16(header + 8, packet->csum_offset);
}

/* ---- Segments ------------------------------------------------------------ */

/* Finds the headers; false: they are none of that protocol. IPv6 may have no
 * extension headers. */
static bool find_headers(struct packet_split *split)
{
    const struct packet *packet = &split->packet;
    const uint8_t *bytes = packet->bytes;
    const bool v6 =
        (packet->gso_type & ~(unsigned)PACKET_GSO_ECN) == PACKET_GSO_TCPV6;
    const bool udp = packet->gso_type == PACKET_GSO_UDP_L4;
    uint32_t type = big16(bytes + 12);
    split->network = PACKET_ETHERNET;
    if (type == TYPE_VLAN && packet->size >= PACKET_ETHERNET + 4) {
        type = big16(bytes + 16);
        split->network += 4;
    }
    const uint8_t *ip = bytes + split->network;
    const uint32_t left = packet->size - split->network;
    uint32_t protocol;
    if (type == TYPE_IPV4 && !v6 && left >= IPV4_HEADER) {
        split->transport = split->network + (ip[0] & 15u) * 4;
        protocol = ip[9];
        if ((ip[0] & 15u) * 4 < IPV4_HEADER) {
            return false;
        }
    } else if (type == TYPE_IPV6 && (v6 || udp) && left >= IPV6_HEADER) {
        split->transport = split->network + IPV6_HEADER;
        protocol = ip[6];
    } else {
        return false;
    }
    const uint32_t least = udp ? UDP_HEADER : TCP_HEADER;
    if (protocol != (udp ? PROTOCOL_UDP : PROTOCOL_TCP) ||
        split->transport + least > packet->size) {
        return false;
    }
    const uint32_t size =
        udp ? UDP_HEADER : (bytes[split->transport + 12] >> 4) * 4u;
    split->headers = split->transport + size;
    return size >= least && split->headers < packet->size &&
           packet->csum_start == split->transport &&
           packet->csum_offset == (udp ? UDP_CSUM : TCP_CSUM);
}

bool packet_split_begin(struct packet_split *split, const struct packet *packet)
{
    *split = (struct packet_split){.packet = *packet};
    if (packet->gso_type == PACKET_GSO_NONE) {
        return true;
    }
    if (!find_headers(split)) {
        return false;
    }
    split->at = split->headers;
    return (packet->size - split->headers - 1) / packet->gso_size <
           PACKET_SEGMENTS_MAX;
}

static bool is_ipv4(const struct packet_split *split)
{
    return split->packet.bytes[split->network] >> 4 == 4;
}

static void write_network(const struct packet_split *split, uint8_t *frame,
                          uint32_t size)
{
    uint8_t *ip = frame + split->network;
    const uint32_t length = size - split->network;
    if (!is_ipv4(split)) {
        put_big16(ip + 4, length - IPV6_HEADER);
        return;
    }
    put_big16(ip + 2, length);
    put_big16(ip + 4, big16(ip + 4) + split->count);
    put_big16(ip + 10, 0);
    put_big16(ip + 10, ~packet_sum(0, ip, split->transport - split->network));
}

/* The addresses of the IP header, protocol and length. */
static uint32_t sum_pseudo(const struct packet_split *split,
                           const uint8_t *frame, uint32_t length)
{
    const uint8_t *ip = frame + split->network;
    const bool v4 = is_ipv4(split);
    return packet_sum((v4 ? ip[9] : ip[6]) + (uint64_t)length,
                      ip + (v4 ? 12 : 8), v4 ? 8 : 32);
}

static void write_transport(const struct packet_split *split, uint8_t *frame,
                            uint32_t size, bool last)
{
    uint8_t *header = frame + split->transport;
    const uint32_t length = size - split->transport;
    if (split->packet.gso_type == PACKET_GSO_UDP_L4) {
        put_big16(header + 4, length);
    } else {
        const uint32_t sequence =
            big32(header + 4) + (split->at - split->headers);
        put_big16(header + 4, sequence >> 16);
        put_big16(header + 6, sequence);
        header[13] &= (uint8_t) ~((last ? 0 : TCP_FIN | TCP_PSH) |
                                  (split->count == 0 ? 0 : TCP_CWR));
    }
    put_big16(header + split->packet.csum_offset,
              sum_pseudo(split, frame, length));
}

uint32_t packet_split_next(struct packet_split *split, uint8_t *frame)
{
    const struct packet *packet = &split->packet;
    uint32_t size = packet->size;
    if (split->ended) {
        return 0;
    }
    if (packet->gso_type == PACKET_GSO_NONE) {
        memcpy(frame, packet->bytes, size);
        split->ended = true;
    } else {
        const uint32_t left = size - split->at;
        const uint32_t part = left < packet->gso_size ? left : packet->gso_size;
        split->ended = part == left;
        size = split->headers + part;
        memcpy(frame, packet->bytes, split->headers);
        memcpy(frame + split->headers, packet->bytes + split->at, part);
        write_network(split, frame, size);
        write_transport(split, frame, size, split->ended);
        split->at += part;
        split->count++;
    }
    struct packet done = *packet;
    done.size = size;
    packet_complete(&done, frame);
    return size;
}
