/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network device's outside: a link, which the owner of the device supplies.
 * Packets have all offloads in both directions (base/packet.h): who takes them
 * does what the other side leaves undone.
 */
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include "abi/virtio_net.h"
#include "base/packet.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_NET_PAIRS = 4,
    VIRTIO_NET_QUEUES = 2 * VIRTIO_NET_PAIRS + 1,
    VIRTIO_NET_TABLE = 64, /* addresses of the filter; for more it is open */
    VIRTIO_NET_FLOWS = 256,
};

struct virtio_net_arrival;

/* virtio.outside of a network device. */
struct virtio_net_link {
    uint8_t mac[VIRTIO_NET_ADDRESS];
    uint16_t mtu;   /* 0: the device says none */
    unsigned pairs; /* of queues, at most VIRTIO_NET_PAIRS; virtio.queues is
                       2 * pairs + 1 */
    bool up;
    /* The driver sends a packet: a message of base/packet.h. */
    void (*send)(struct virtio *virtio, const void *message, size_t size);
    /* There are buffers for what virtio_net_receive refused. */
    void (*ready)(struct virtio *virtio);
    /* private */
    const struct virtio_net_arrival *arrival;
    uint8_t scratch[PACKET_MESSAGE_MAX + 2]; /* a packet on its way */
};

/* Gives a packet to the driver. False: it has no buffers now. A packet that the
 * driver does not want, or cannot take, is lost. */
bool virtio_net_receive(struct virtio *virtio, const struct packet *packet);
/* link.up was changed. */
void virtio_net_changed(struct virtio *virtio);

/* Filters that the driver set by VIRTIO_NET_CTRL_RX, a bit for each command;
 * the first is inverted: a device that was reset is promiscuous. */
enum virtio_net_filter { VIRTIO_NET_FILTERS = 1 };

/* The state, for its owner to keep. */
struct virtio_net_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_NET_QUEUES];
    uint32_t modes;    /* of the filter */
    uint32_t pairs;    /* that the driver uses; 0: one */
    uint32_t announce; /* the driver is to announce itself */
    uint32_t has_mac;  /* the driver set: */
    uint8_t mac[VIRTIO_NET_ADDRESS];
    uint8_t full[2]; /* the table was given too many: unicast, group */
    uint32_t table_size;
    uint8_t table[VIRTIO_NET_TABLE][VIRTIO_NET_ADDRESS];
    uint32_t vlans[VIRTIO_NET_VLANS / 32];
    uint8_t flows[VIRTIO_NET_FLOWS]; /* pair on which a flow was sent last */
    /* For a packet that comes again because the driver had buffers for its
     * first segments alone: which one it is (0: none), and how many it got. */
    uint64_t split;
    uint64_t split_done;
};

extern const struct virtio_type virtio_net;

#endif
