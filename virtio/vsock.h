/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket device's outside: connections, each on a line of messages
 * (abi/vsock_outside.h).
 */
#ifndef VIRTIO_VSOCK_H
#define VIRTIO_VSOCK_H

#include "abi/virtio_vsock.h"
#include "abi/vsock_outside.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_VSOCK_QUEUES = 3,
    /* Refusals that wait for buffers of the driver. */
    VIRTIO_VSOCK_REFUSALS = 32,
};

/* Bytes on their way to the driver, within virtio_vsock_hear. */
struct virtio_vsock_arrival {
    unsigned line;
    const uint8_t *bytes; /* NULL: none */
    size_t size;
    bool last; /* a message ends with them */
};

/* virtio.outside of a socket device. */
struct virtio_vsock_outside {
    uint32_t cid; /* VIRTIO_VSOCK_CID_FIRST to _LAST */
    /* A struct vsock_message, and bytes behind it. Line VSOCK_LINES is the one
     * beside the others. */
    void (*say)(struct virtio *virtio, unsigned line, const void *message,
                size_t size);
    /* virtio_vsock_hear takes messages of that line again. */
    void (*ready)(struct virtio *virtio, unsigned line);
    /* private */
    struct virtio_vsock_arrival arrival;
};

/* A message of a line. False: there is no room; the same message is to be given
 * again after `ready`. Messages that make no sense are dropped. */
bool virtio_vsock_hear(struct virtio *virtio, unsigned line,
                       const void *message, size_t size);
/* The outside is another one, or none: all connections are gone. */
void virtio_vsock_interrupted(struct virtio *virtio);
/* There is an outside (again). */
void virtio_vsock_present(struct virtio *virtio);

enum virtio_vsock_phase {
    VIRTIO_VSOCK_UNKNOWN, /* until the outside says SYNC */
    VIRTIO_VSOCK_FREE,
    VIRTIO_VSOCK_ASKED,     /* the driver asked, the outside is to answer */
    VIRTIO_VSOCK_OFFERED,   /* the outside asked, the driver is to answer */
    VIRTIO_VSOCK_CONNECTED, /* at least one side may send */
    VIRTIO_VSOCK_ENDING,    /* the driver knows nothing of it (any more), the
                               outside is to say CLOSE */
    VIRTIO_VSOCK_PHASES,
};

struct virtio_vsock_connection {
    uint32_t phase;
    uint32_t type; /* enum virtio_vsock_socket_type */
    uint32_t host_port;
    uint32_t guest_port;
    uint32_t packets; /* that wait for buffers, a bit each enum virtio_vsock_op
                       */
    uint32_t closed;  /* the outside has said CLOSE */
    uint32_t shutdown_guest; /* enum virtio_vsock_shutdown, of each side */
    uint32_t shutdown_host;
    uint32_t buf_alloc; /* of the driver's side */
    uint32_t fwd_cnt;
    uint32_t credit;   /* of the device's side, which never changes */
    uint32_t sent;     /* bytes to the driver, modulo 2^32 */
    uint32_t part;     /* of them, of a message whose end was not sent */
    uint32_t received; /* bytes of the driver */
    uint32_t taken;    /* of them, by the outside */
    uint32_t told;     /* `taken` as the driver knows it */
    uint32_t offset;   /* of the message that `hear` took in part */
    uint32_t waits;    /* the outside waits for `ready` */
    uint32_t asked;    /* CREDIT_REQUEST was sent for want of room */
    uint32_t too_long; /* a message is longer than buf_alloc */
};

/* A packet without a connection, to be answered by RST. */
struct virtio_vsock_refusal {
    uint64_t cid; /* that it was for */
    uint32_t host_port;
    uint32_t guest_port;
    uint16_t type;
    uint16_t reserved[3];
};

/* The state, for its owner to keep. */
struct virtio_vsock_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_VSOCK_QUEUES];
    uint32_t stalled; /* the transmit queue waits for room for refusals */
    uint32_t reset;   /* the event of a transport reset waits for a buffer */
    uint32_t refusal_count;
    uint32_t longest; /* message of sequenced packets for the outside, or 0 */
    struct virtio_vsock_refusal refusals[VIRTIO_VSOCK_REFUSALS];
    struct virtio_vsock_connection connections[VSOCK_LINES];
};

extern const struct virtio_type virtio_vsock;

#endif
