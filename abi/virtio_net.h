/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network device: virtio 1.2, 5.1. Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_NET_H
#define ABI_VIRTIO_NET_H

#include <assert.h>
#include <stdint.h>

enum { VIRTIO_NET_ADDRESS = 6, VIRTIO_NET_VLANS = 4096 };

/* Bits of features (5.1.3). */
enum virtio_net_feature {
    VIRTIO_NET_F_CSUM = 0,       /* the device completes checksums */
    VIRTIO_NET_F_GUEST_CSUM = 1, /* the driver takes incomplete ones */
    VIRTIO_NET_F_MTU = 3,
    VIRTIO_NET_F_MAC = 5,
    VIRTIO_NET_F_GUEST_TSO4 = 7, /* the driver takes what is to be segmented */
    VIRTIO_NET_F_GUEST_TSO6 = 8,
    VIRTIO_NET_F_GUEST_ECN = 9,
    VIRTIO_NET_F_HOST_TSO4 = 11, /* the device does */
    VIRTIO_NET_F_HOST_TSO6 = 12,
    VIRTIO_NET_F_HOST_ECN = 13,
    VIRTIO_NET_F_MRG_RXBUF = 15,
    VIRTIO_NET_F_STATUS = 16,
    VIRTIO_NET_F_CTRL_VQ = 17,
    VIRTIO_NET_F_CTRL_RX = 18,
    VIRTIO_NET_F_CTRL_VLAN = 19,
    VIRTIO_NET_F_CTRL_RX_EXTRA = 20,
    VIRTIO_NET_F_GUEST_ANNOUNCE = 21,
    VIRTIO_NET_F_MQ = 22,
    VIRTIO_NET_F_CTRL_MAC_ADDR = 23,
};

/* 5.1.4, as far as the features above need it. */
struct virtio_net_config {
    uint8_t mac[VIRTIO_NET_ADDRESS];
    uint16_t status;
    uint16_t max_virtqueue_pairs;
    uint16_t mtu;
};

enum virtio_net_status {
    VIRTIO_NET_S_LINK_UP = 1,
    VIRTIO_NET_S_ANNOUNCE = 2,
};

/* Before each packet (5.1.6). */
struct virtio_net_header {
    uint8_t flags;    /* enum packet_flag of base/packet.h */
    uint8_t gso_type; /* enum packet_gso */
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;
};

/* Control virtqueue (5.1.6.5): class and command, data, and one byte of the
 * device's. */
enum virtio_net_class {
    VIRTIO_NET_CTRL_RX = 0,
    VIRTIO_NET_CTRL_MAC = 1,
    VIRTIO_NET_CTRL_VLAN = 2,
    VIRTIO_NET_CTRL_ANNOUNCE = 3,
    VIRTIO_NET_CTRL_MQ = 4,
};

enum virtio_net_command {
    VIRTIO_NET_CTRL_RX_PROMISC = 0,
    VIRTIO_NET_CTRL_RX_ALLMULTI = 1,
    VIRTIO_NET_CTRL_RX_ALLUNI = 2,
    VIRTIO_NET_CTRL_RX_NOMULTI = 3,
    VIRTIO_NET_CTRL_RX_NOUNI = 4,
    VIRTIO_NET_CTRL_RX_NOBCAST = 5,
    VIRTIO_NET_CTRL_MAC_TABLE_SET = 0,
    VIRTIO_NET_CTRL_MAC_ADDR_SET = 1,
    VIRTIO_NET_CTRL_VLAN_ADD = 0,
    VIRTIO_NET_CTRL_VLAN_DEL = 1,
    VIRTIO_NET_CTRL_ANNOUNCE_ACK = 0,
    VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET = 0,
};

enum virtio_net_ack { VIRTIO_NET_OK = 0, VIRTIO_NET_ERR = 1 };

static_assert(sizeof(struct virtio_net_config) == 12, "5.1.4");
static_assert(sizeof(struct virtio_net_header) == 12, "5.1.6");

#endif
