/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network device (virtio 1.2, 5.1): its queues, packets in both directions with
 * checksum and segmentation offloads, mergeable receive buffers. What the
 * driver asks for by the control virtqueue is in net_control.c. RSS, hash
 * reports, UDP segmentation and notification coalescing are not modelled.
 *
 * The device keeps no packets: one that comes in is written into buffers of the
 * driver at once, or refused while there are none.
 */
#include "virtio/net.h"

#include <string.h>

#include "virtio/net_control.h"

enum { HEADER = sizeof(struct virtio_net_header) };
enum { CHAIN_HEAD = offsetof(struct virtio_chain, segments) };

/* A packet for a receive queue, within virtio_net_receive. */
struct virtio_net_arrival {
    const struct packet *packet;
    bool *refused;
};

static struct virtio_net_link *link_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_net_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_net_state *)virtio->state;
}

/* By the legacy interface the number of buffers is there only where buffers may
 * be merged (5.1.6.1). */
static unsigned header_size(const struct virtio *virtio)
{
    return virtio->legacy && !virtio_has(virtio, VIRTIO_NET_F_MRG_RXBUF)
               ? HEADER - sizeof(uint16_t)
               : HEADER;
}

/* ---- Configuration (5.1.3, 5.1.4) ---------------------------------------- */

static uint64_t features(const struct virtio *virtio)
{
    const struct virtio_net_link *link = link_of(virtio);

    return VIRTIO_FEATURE(VIRTIO_NET_F_CSUM) |
           VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_CSUM) |
           VIRTIO_FEATURE(VIRTIO_NET_F_MAC) |
           VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_TSO4) |
           VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_TSO6) |
           VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_ECN) |
           VIRTIO_FEATURE(VIRTIO_NET_F_HOST_TSO4) |
           VIRTIO_FEATURE(VIRTIO_NET_F_HOST_TSO6) |
           VIRTIO_FEATURE(VIRTIO_NET_F_HOST_ECN) |
           VIRTIO_FEATURE(VIRTIO_NET_F_MRG_RXBUF) |
           VIRTIO_FEATURE(VIRTIO_NET_F_STATUS) |
           VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_VQ) |
           VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_RX) |
           VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_VLAN) |
           VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_RX_EXTRA) |
           VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_ANNOUNCE) |
           VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_MAC_ADDR) |
           (link->mtu != 0 ? VIRTIO_FEATURE(VIRTIO_NET_F_MTU) : 0) |
           (link->pairs > 1 ? VIRTIO_FEATURE(VIRTIO_NET_F_MQ) : 0);
}

/* 5.1.3.1; for ECN either of two would do, so it has no row. */
static const struct virtio_requirement requirements[] = {
    {VIRTIO_NET_F_GUEST_TSO4,     VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_GUEST_TSO6,     VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_HOST_TSO4,      VIRTIO_NET_F_CSUM      },
    {VIRTIO_NET_F_HOST_TSO6,      VIRTIO_NET_F_CSUM      },
    {VIRTIO_NET_F_CTRL_RX,        VIRTIO_NET_F_CTRL_VQ   },
    {VIRTIO_NET_F_CTRL_VLAN,      VIRTIO_NET_F_CTRL_VQ   },
    {VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ   },
    {VIRTIO_NET_F_MQ,             VIRTIO_NET_F_CTRL_VQ   },
    {VIRTIO_NET_F_CTRL_MAC_ADDR,  VIRTIO_NET_F_CTRL_VQ   },
};

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_net_link *link = link_of(virtio);
    const struct virtio_net_state *state = state_of(virtio);
    struct virtio_net_config config = {
        .status = (uint16_t)((link->up ? VIRTIO_NET_S_LINK_UP : 0) |
                             (state->announce ? VIRTIO_NET_S_ANNOUNCE : 0)),
        .max_virtqueue_pairs = (uint16_t)link->pairs,
        .mtu = link->mtu,
    };

    memcpy(config.mac, virtio_net_mac(virtio), sizeof(config.mac));
    memcpy(bytes, &config, sizeof(config));
}

/* A driver of the legacy interface sets the address here, unless it has a
 * command for that (5.1.4.1). */
static void configure(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size)
{
    struct virtio_net_state *state = state_of(virtio);

    if (!virtio->legacy || offset + size > VIRTIO_NET_ADDRESS ||
        virtio_has(virtio, VIRTIO_NET_F_CTRL_MAC_ADDR)) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    if (!state->has_mac) {
        memcpy(state->mac, link_of(virtio)->mac, VIRTIO_NET_ADDRESS);
        state->has_mac = 1;
    }
    memcpy(state->mac + offset, bytes, size);
}

/* The driver is to tell the network where it is (5.1.6.5.4). */
void virtio_net_changed(struct virtio *virtio)
{
    state_of(virtio)->announce =
        link_of(virtio)->up && virtio_has(virtio, VIRTIO_NET_F_GUEST_ANNOUNCE);
    virtio_changed(virtio);
}

/* ---- Queues (5.1.2) ------------------------------------------------------ */

static unsigned control_queue(const struct virtio *virtio)
{
    return virtio_has(virtio, VIRTIO_NET_F_MQ) ? 2 * link_of(virtio)->pairs : 2;
}

static bool is_receive(unsigned queue)
{
    return queue % 2 == 0;
}

/* A number of a flow, which is the same for both directions. */
static unsigned flow_of(const uint8_t *frame, uint32_t size)
{
    enum { IPV4 = 14, ADDRESSES = 12, PORTS = 20, TCP = 6, UDP = 17 };
    const uint8_t *ip = frame + IPV4;
    unsigned flow = 0;

    if (size < IPV4 + PORTS + 4 || frame[12] != 8 || frame[13] != 0) {
        return 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        flow += ip[ADDRESSES + i] * (i % 4 + 1u);
    }
    if (ip[0] == 0x45 && (ip[9] == TCP || ip[9] == UDP)) {
        flow +=
            ip[PORTS] * 3u + ip[PORTS + 1] + ip[PORTS + 2] * 3u + ip[PORTS + 3];
    }
    return flow % VIRTIO_NET_FLOWS;
}

/* Where a packet is received: beside where its flow was sent last
 * (5.1.6.5.5). */
static unsigned steer(const struct virtio *virtio, const struct packet *packet)
{
    const struct virtio_net_state *state = state_of(virtio);
    const unsigned pair =
        state->pairs > 1 ? state->flows[flow_of(packet->bytes, packet->size)]
                         : 0;

    return pair < state->pairs ? 2 * pair : 0;
}

/* ---- Sending (5.1.6.2) --------------------------------------------------- */

/* True if the packet needs no feature but those that the driver accepted. */
static bool is_allowed(const struct virtio *virtio, const struct packet *packet)
{
    const unsigned gso = packet->gso_type & ~(unsigned)PACKET_GSO_ECN;

    return ((packet->flags & PACKET_NEEDS_CSUM) == 0 ||
            virtio_has(virtio, VIRTIO_NET_F_CSUM)) &&
           (gso == PACKET_GSO_NONE ||
            (gso == PACKET_GSO_TCPV4 &&
             virtio_has(virtio, VIRTIO_NET_F_HOST_TSO4)) ||
            (gso == PACKET_GSO_TCPV6 &&
             virtio_has(virtio, VIRTIO_NET_F_HOST_TSO6))) &&
           ((packet->gso_type & PACKET_GSO_ECN) == 0 ||
            virtio_has(virtio, VIRTIO_NET_F_HOST_ECN));
}

/* A message of the packet in a request, in scratch; false: there is none. The
 * header of the driver has two bytes more, which are none of its business
 * (5.1.6.2.1). */
static bool fetch(struct virtio *virtio, const struct virtio_chain *chain,
                  struct packet *packet)
{
    uint8_t *message = link_of(virtio)->scratch;
    const uint64_t size = chain->readable_bytes;
    const unsigned header = header_size(virtio);

    if (size < header + PACKET_ETHERNET || size > header + PACKET_FRAME_MAX) {
        virtio_fault(virtio, VIRTIO_FAULT_PACKET_SIZE, chain->queue, size);
        return false;
    }
    if (!virtio_read(virtio, chain, 0, message, PACKET_HEADER) ||
        !virtio_read(virtio, chain, header, message + PACKET_HEADER,
                     size - header)) {
        return false;
    }
    message[0] &= PACKET_NEEDS_CSUM; /* no other flag is the driver's */
    if (!packet_decode(message, size - header + PACKET_HEADER, packet) ||
        !is_allowed(virtio, packet)) {
        virtio_fault(virtio, VIRTIO_FAULT_PACKET_HEADER, chain->queue,
                     message[1]);
        return false;
    }
    return true;
}

static void serve_transmit(struct virtio *virtio, unsigned queue)
{
    struct virtio_net_link *link = link_of(virtio);
    struct virtio_chain chain;
    struct packet packet;

    while (virtio_take(virtio, queue, &chain)) {
        if (fetch(virtio, &chain, &packet)) {
            state_of(virtio)->flows[flow_of(packet.bytes, packet.size)] =
                (uint8_t)(queue / 2);
            link->send(virtio, link->scratch, PACKET_HEADER + packet.size);
        }
        virtio_complete(virtio, &chain, 0);
    }
}

/* ---- Receiving (5.1.6.4) ------------------------------------------------- */

/* Buffers that a packet took: all of the first, of the others what completes
 * them. */
struct taken {
    unsigned count;
    struct virtio_chain first;
    struct virtio_chain next; /* the one at hand */
    struct {
        uint8_t head[CHAIN_HEAD];
        uint64_t written;
    } chains[VIRTIO_QUEUE_SIZE_MAX];
};

static struct virtio_chain *restore(struct taken *taken, unsigned index)
{
    memcpy(&taken->next, taken->chains[index].head, CHAIN_HEAD);
    return &taken->next;
}

static void put_back(struct virtio *virtio, struct taken *taken)
{
    while (taken->count > 0) {
        virtio_put_back(virtio, restore(taken, --taken->count));
    }
}

/* Writes as much of header and frame as the buffer takes, from an offset on. */
static uint64_t write_part(struct virtio *virtio,
                           const struct virtio_chain *chain,
                           const struct packet *packet, uint64_t offset)
{
    uint64_t header = header_size(virtio);
    uint64_t skipped = offset == 0 ? header : 0; /* is written last */
    uint64_t from = offset + skipped - header;
    uint64_t left = packet->size - from;
    uint64_t room = chain->writable_bytes - skipped;
    uint64_t size = left < room ? left : room;

    return virtio_write(virtio, chain, skipped, packet->bytes + from, size)
               ? skipped + size
               : 0;
}

enum outcome { TAKEN, NO_ROOM, LOST };

/* Takes buffers for all of a packet, and writes it. */
static enum outcome fill(struct virtio *virtio, unsigned queue,
                         const struct packet *packet, struct taken *taken)
{
    const bool merges = virtio_has(virtio, VIRTIO_NET_F_MRG_RXBUF);
    const uint64_t header = header_size(virtio);
    const uint64_t size = header + packet->size;
    uint64_t done = 0;

    taken->count = 0;
    while (done < size) {
        struct virtio_chain *chain =
            taken->count == 0 ? &taken->first : &taken->next;
        if (taken->count == VIRTIO_QUEUE_SIZE_MAX) {
            virtio_fault(virtio, VIRTIO_FAULT_PACKET_BUFFER, queue, size);
            return LOST;
        }
        if (!virtio_take(virtio, queue, chain)) {
            return virtio_is_live(virtio) ? NO_ROOM : LOST;
        }
        memcpy(taken->chains[taken->count++].head, chain, CHAIN_HEAD);
        if (chain->readable != 0) { /* 5.1.6.3.1 */
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, queue,
                         chain->readable_bytes);
            return LOST;
        }
        if (chain->writable_bytes < header + 1) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain->writable_bytes);
            return LOST;
        }
        if (!merges && chain->writable_bytes < size) {
            virtio_fault(virtio, VIRTIO_FAULT_PACKET_BUFFER, queue, size);
            return LOST;
        }
        const uint64_t part = write_part(virtio, chain, packet, done);
        if (part == 0) {
            return LOST;
        }
        taken->chains[taken->count - 1].written = part;
        done += part;
    }
    return TAKEN;
}

/* All of it becomes visible at once, with the number of buffers in the first
 * one (5.1.6.4.1). */
static enum outcome store(struct virtio *virtio, unsigned queue,
                          const struct packet *packet)
{
    struct taken taken;
    uint8_t header[HEADER];
    enum outcome outcome = fill(virtio, queue, packet, &taken);

    if (outcome != TAKEN) {
        put_back(virtio, &taken);
        return outcome;
    }
    packet_encode(packet, header);
    header[HEADER - 2] = (uint8_t)taken.count;
    header[HEADER - 1] = (uint8_t)(taken.count >> 8);
    if (!virtio_write(virtio, &taken.first, 0, header, header_size(virtio))) {
        put_back(virtio, &taken);
        return LOST;
    }
    for (unsigned i = 0; i < taken.count; i++) {
        virtio_complete(virtio, restore(&taken, i), taken.chains[i].written);
    }
    return TAKEN;
}

/* True if the driver takes the packet with what is left to do in it. */
static bool takes_offloads(const struct virtio *virtio,
                           const struct packet *packet)
{
    const unsigned gso = packet->gso_type & ~(unsigned)PACKET_GSO_ECN;

    return ((packet->flags & PACKET_NEEDS_CSUM) == 0 ||
            virtio_has(virtio, VIRTIO_NET_F_GUEST_CSUM)) &&
           (gso == PACKET_GSO_NONE ||
            (gso == PACKET_GSO_TCPV4 &&
             virtio_has(virtio, VIRTIO_NET_F_GUEST_TSO4)) ||
            (gso == PACKET_GSO_TCPV6 &&
             virtio_has(virtio, VIRTIO_NET_F_GUEST_TSO6))) &&
           ((packet->gso_type & PACKET_GSO_ECN) == 0 ||
            virtio_has(virtio, VIRTIO_NET_F_GUEST_ECN));
}

/* Where buffers end in the middle of a packet, it waits outside for more, and
 * goes on behind the segments that the driver has. */
static enum outcome store_segments(struct virtio *virtio, unsigned queue,
                                   const struct packet *packet)
{
    struct virtio_net_state *state = state_of(virtio);
    const uint64_t mark = packet_mark(packet);
    const uint64_t done = state->split == mark ? state->split_done : 0;
    struct packet_split split;
    uint8_t *frame = link_of(virtio)->scratch;
    enum outcome outcome = LOST;
    uint32_t size;

    state->split = 0;
    if (!packet_split_begin(&split, packet)) {
        return LOST;
    }
    for (uint64_t i = 0; (size = packet_split_next(&split, frame)) != 0; i++) {
        const struct packet segment = {.bytes = frame, .size = size};
        if (i < done) {
            continue;
        }
        outcome = store(virtio, queue, &segment);
        if (outcome == NO_ROOM) {
            state->split = mark;
            state->split_done = i;
        }
        if (outcome != TAKEN) {
            return outcome;
        }
    }
    return outcome;
}

static void serve_receive(struct virtio *virtio, unsigned queue)
{
    struct virtio_net_link *link = link_of(virtio);
    struct packet packet;

    if (link->arrival == NULL) {
        link->ready(virtio);
        return;
    }
    packet = *link->arrival->packet;
    if (!virtio_has(virtio, VIRTIO_NET_F_GUEST_CSUM)) { /* 5.1.6.4.1 */
        packet.flags &= (uint8_t)~PACKET_CSUM_VALID;
    }
    *link->arrival->refused =
        (takes_offloads(virtio, &packet)
             ? store(virtio, queue, &packet)
             : store_segments(virtio, queue, &packet)) == NO_ROOM;
}

bool virtio_net_receive(struct virtio *virtio, const struct packet *packet)
{
    struct virtio_net_link *link = link_of(virtio);
    bool refused = false;
    const struct virtio_net_arrival arrival = {packet, &refused};

    if (!link->up || !virtio_is_live(virtio) ||
        !virtio_net_wants(virtio, packet)) {
        return true;
    }
    link->arrival = &arrival;
    virtio_serve(virtio, steer(virtio, packet));
    link->arrival = NULL;
    return !refused;
}

/* ---- Life ---------------------------------------------------------------- */

/* The control virtqueue is behind the pairs, with its feature (5.1.2). */
static void serve(struct virtio *virtio, unsigned queue)
{
    const unsigned control = control_queue(virtio);

    if (queue > control ||
        (queue == control && !virtio_has(virtio, VIRTIO_NET_F_CTRL_VQ))) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue, queue);
    } else if (queue == control) {
        virtio_net_serve_control(virtio, queue);
    } else if (is_receive(queue)) {
        serve_receive(virtio, queue);
    } else {
        serve_transmit(virtio, queue);
    }
}

static bool possible(const struct virtio *virtio)
{
    const struct virtio_net_state *state = state_of(virtio);

    return state->pairs <= link_of(virtio)->pairs &&
           state->table_size <= VIRTIO_NET_TABLE;
}

const struct virtio_type virtio_net = {
    .name = "net",
    .title = "network device",
    .id = VIRTIO_ID_NET,
    .queues = VIRTIO_NET_QUEUES,
    .state_size = sizeof(struct virtio_net_state),
    .config_size = sizeof(struct virtio_net_config),
    .features = features,
    .requirements = requirements,
    .requirement_count = sizeof(requirements) / sizeof(requirements[0]),
    .config = config,
    .configure = configure,
    .serve = serve,
    .possible = possible,
};
