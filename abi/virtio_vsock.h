/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.10: socket device. Freestanding
 * C11, little-endian.
 */
#ifndef ABI_VIRTIO_VSOCK_H
#define ABI_VIRTIO_VSOCK_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of features (5.10.3). */
enum virtio_vsock_feature {
    VIRTIO_VSOCK_F_STREAM = 0,
    VIRTIO_VSOCK_F_SEQPACKET = 1,
    VIRTIO_VSOCK_F_NO_IMPLIED_STREAM = 2,
};

/* Virtqueues (5.10.2). */
enum virtio_vsock_queue {
    VIRTIO_VSOCK_RX = 0,
    VIRTIO_VSOCK_TX = 1,
    VIRTIO_VSOCK_EVENT = 2,
};

/* Configuration (5.10.4). */
struct virtio_vsock_config {
    uint64_t guest_cid;
};

/* Context IDs. */
enum { VIRTIO_VSOCK_CID_HOST = 2, VIRTIO_VSOCK_CID_FIRST = 3 };
#define VIRTIO_VSOCK_CID_LAST UINT32_C(0xfffffffe)

/* The header of a packet (5.10.6). It is 44 bytes long, with no room behind the
 * last field. */
enum { VIRTIO_VSOCK_HEADER_SIZE = 44 };

struct virtio_vsock_hdr {
    uint64_t src_cid;
    uint64_t dst_cid;
    uint32_t src_port;
    uint32_t dst_port;
    uint32_t len;
    uint16_t type;
    uint16_t op;
    uint32_t flags;
    uint32_t buf_alloc;
    uint32_t fwd_cnt;
};

enum virtio_vsock_socket_type {
    VIRTIO_VSOCK_TYPE_STREAM = 1,
    VIRTIO_VSOCK_TYPE_SEQPACKET = 2,
};

enum virtio_vsock_op {
    VIRTIO_VSOCK_OP_INVALID = 0,
    VIRTIO_VSOCK_OP_REQUEST = 1,
    VIRTIO_VSOCK_OP_RESPONSE = 2,
    VIRTIO_VSOCK_OP_RST = 3,
    VIRTIO_VSOCK_OP_SHUTDOWN = 4,
    VIRTIO_VSOCK_OP_RW = 5,
    VIRTIO_VSOCK_OP_CREDIT_UPDATE = 6,
    VIRTIO_VSOCK_OP_CREDIT_REQUEST = 7,
};

/* Flags of VIRTIO_VSOCK_OP_SHUTDOWN (5.10.6.5). */
enum virtio_vsock_shutdown {
    VIRTIO_VSOCK_SHUTDOWN_RECEIVE = 1,
    VIRTIO_VSOCK_SHUTDOWN_SEND = 2,
};

/* Flags of VIRTIO_VSOCK_OP_RW of sequenced packets (5.10.6.6.1): the last
 * packet of a message, and of a record. */
enum virtio_vsock_boundary {
    VIRTIO_VSOCK_SEQ_EOM = 1,
    VIRTIO_VSOCK_SEQ_EOR = 2,
};

/* A buffer of the event queue (5.10.6.7). */
struct virtio_vsock_event {
    uint32_t id;
};
enum { VIRTIO_VSOCK_EVENT_TRANSPORT_RESET = 0 };

static_assert(offsetof(struct virtio_vsock_hdr, fwd_cnt) + 4 ==
                  VIRTIO_VSOCK_HEADER_SIZE,
              "5.10.6");

#endif
