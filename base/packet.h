/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of an Ethernet network, with what network devices leave to each
 * other: checksums that are not computed yet, and TCP or UDP packets that are
 * to be segmented (offloads).
 *
 * As a message (bus/channel.h) a packet is a header of PACKET_HEADER bytes and
 * the frame. The header is struct virtio_net_hdr (virtio 1.2, 5.1.6) without
 * its last field, little-endian, as Linux' tap devices and others have it.
 *
 * Nothing is allocated, and no function of the C library is called but memcpy.
 */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACKET_HEADER = 10,
    PACKET_ETHERNET = 14, /* of a frame: two addresses and a type */
    /* The longest frame: a segmented packet of 64 KiB with a VLAN tag. */
    PACKET_FRAME_MAX = 65535 + PACKET_ETHERNET + 4,
    PACKET_MESSAGE_MAX = PACKET_HEADER + PACKET_FRAME_MAX,
    /* The segments of one packet; more are refused: small segments cost as much
     * as large ones. */
    PACKET_SEGMENTS_MAX = 2048,
};

enum packet_gso {
    PACKET_GSO_NONE = 0,
    PACKET_GSO_TCPV4 = 1,
    PACKET_GSO_TCPV6 = 4,
    PACKET_GSO_UDP_L4 = 5,
    PACKET_GSO_ECN = 0x80, /* a flag of the TCP ones */
};

enum packet_flag {
    PACKET_NEEDS_CSUM = 1,
    PACKET_CSUM_VALID = 2, /* checksums were verified */
};

struct packet {
    const uint8_t *bytes; /* the frame, without its check sequence */
    uint32_t size;
    uint8_t flags; /* enum packet_flag */
    uint8_t gso_type;
    /* NEEDS_CSUM: over bytes from csum_start on, stored csum_offset behind it,
     * where the sum of the pseudo header is. */
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t gso_size; /* payload of a segment */
    uint16_t hdr_len;  /* a hint: of all headers */
};

/* False: the message is no packet: too short or long, or its header contradicts
 * itself or the frame. */
bool packet_decode(const void *message, size_t size, struct packet *packet);
/* The header before packet->bytes. */
void packet_encode(const struct packet *packet, uint8_t header[PACKET_HEADER]);

/* The sum of big-endian words and of what came before, folded to 16 bits; an
 * odd byte is the upper half of a word (RFC 1071, not inverted). */
uint32_t packet_sum(uint64_t sum, const uint8_t *bytes, size_t size);

/* Tells packets apart that come one after the other, by their headers; never
 * 0. A device keeps it of a packet that comes again for its other segments. */
uint64_t packet_mark(const struct packet *packet);

/* Stores the checksum that a packet needs into its bytes, which are a copy of
 * the caller's. */
void packet_complete(const struct packet *packet, uint8_t *bytes);

/*
 * The frames that a packet becomes where nobody takes offloads: each complete,
 * with its checksums.
 *
 *     if (packet_split_begin(&split, packet)) {
 *         while ((size = packet_split_next(&split, frame)) != 0) ...
 */
struct packet_split {
    struct packet packet;
    uint32_t network;   /* where the IP header begins */
    uint32_t transport; /* where the TCP or UDP header does */
    uint32_t headers;   /* all together */
    uint32_t at;        /* of the frame, next to be sent */
    uint32_t count;     /* segments so far */
    bool ended;
};

/* False: it cannot be segmented: its headers are none that gso_type says, or
 * there are too many segments. */
bool packet_split_begin(struct packet_split *split,
                        const struct packet *packet);
/* The size of the next frame, which is written to PACKET_FRAME_MAX bytes; 0:
 * there is none left. */
uint32_t packet_split_next(struct packet_split *split, uint8_t *frame);

#endif
