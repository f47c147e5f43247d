/* SPDX-License-Identifier: Apache-2.0 */
/* A network device with a link that notes what is sent, for its tests. A test
 * that goes wrong here ends the program. */
#ifndef VIRTIO_NET_BENCH_H
#define VIRTIO_NET_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "virtio/net.h"
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

static inline void note_send(struct virtio *virtio, const void *message,
                             size_t size)
{
    struct bench *bench = (struct bench *)(void *)virtio;
    memcpy(bench->bytes, message, size);
    bench->packets += packet_decode(bench->bytes, size, &bench->packet);
}

static inline void note_ready(struct virtio *virtio)
{
    ((struct bench *)(void *)virtio)->readies++;
}

static inline void setup_pairs(struct bench *bench, uint64_t wanted,
                               unsigned pairs)
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
    test_driver_start(&bench->driver, wanted, 2 * pairs + 1, SIZE);
}

static inline void setup(struct bench *bench, uint64_t wanted)
{
    setup_pairs(bench, wanted, 1);
}

static inline void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static inline void finish(struct bench *bench)
{
    require(bench->driver.memory.mapped == 0);
    test_driver_fini(&bench->driver);
}

/* A frame to an address, with its length as its bytes. */
static inline struct packet frame_to(uint8_t *bytes, uint8_t to, uint32_t size)
{
    memset(bytes, (int)(size & 0xff), size);
    memset(bytes, to, 6);
    memset(bytes + 6, 0x22, 6);
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    return (struct packet){.bytes = bytes, .size = size};
}

/* An IPv4 packet of TCP that is to be segmented. */
static inline struct packet large(uint8_t *bytes, uint16_t port)
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

/* True if the packet reached the link. */
static inline bool send(struct bench *bench, const struct packet *packet)
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
    require(test_add(&bench->driver, TX, buffers, 2) >= 0);
    test_kick(&bench->driver, TX);
    require(test_used(&bench->driver, TX, &id, &written) && written == 0);
    return bench->packets == before + 1;
}

static inline void give(struct bench *bench, unsigned queue, uint32_t offset,
                        uint32_t size)
{
    const struct test_buffer buffer = {offset, size, true};
    memset(bench->driver.buffers + offset, 0xee, size);
    require(test_add(&bench->driver, queue, &buffer, 1) >= 0);
}

static inline uint32_t used(struct bench *bench, unsigned queue)
{
    unsigned id;
    uint32_t written = 0;
    return test_used(&bench->driver, queue, &id, &written) ? written : 0;
}

static inline uint8_t command(struct bench *bench, uint8_t class,
                              uint8_t number, const void *bytes, uint32_t size)
{
    uint8_t *at = bench->driver.buffers + CONTROL_AT;
    const struct test_buffer buffers[] = {
        {CONTROL_AT,            2,    false},
        {CONTROL_AT + 2,        size, false},
        {CONTROL_AT + 2 + size, 1,    true },
    };
    const unsigned control = 2 * bench->link.pairs;
    unsigned id;
    uint32_t written = 0;
    at[0] = class;
    at[1] = number;
    memcpy(at + 2, bytes, size);
    at[2 + size] = 0xee;
    /* It is behind all pairs (5.1.2). */
    require(test_add(&bench->driver, control, buffers, 3) >= 0);
    test_kick(&bench->driver, control);
    require(test_used(&bench->driver, control, &id, &written) && written == 1);
    return at[2 + size];
}

#endif
