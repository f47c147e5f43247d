/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the socket device: what its packets (vsock.c) and its lines to the
 * outside (vsock_lines.c) share. */
#ifndef VIRTIO_VSOCK_PARTS_H
#define VIRTIO_VSOCK_PARTS_H

#include "virtio/vsock.h"

static inline struct virtio_vsock_outside *
vsock_outside(const struct virtio *virtio)
{
    return virtio->outside;
}

static inline struct virtio_vsock_state *
vsock_state(const struct virtio *virtio)
{
    return (struct virtio_vsock_state *)virtio->state;
}

static inline unsigned
vsock_line(const struct virtio *virtio,
           const struct virtio_vsock_connection *connection)
{
    return (unsigned)(connection - vsock_state(virtio)->connections);
}

/* The driver may know of it. */
static inline bool
vsock_is_known(const struct virtio_vsock_connection *connection)
{
    return connection->phase == VIRTIO_VSOCK_ASKED ||
           connection->phase == VIRTIO_VSOCK_OFFERED ||
           connection->phase == VIRTIO_VSOCK_CONNECTED;
}

/* A packet without bytes is to be sent; RST in place of all others. */
static inline void vsock_plan(struct virtio_vsock_connection *connection,
                              enum virtio_vsock_op op)
{
    connection->packets = op == VIRTIO_VSOCK_OP_RST
                              ? 1u << VIRTIO_VSOCK_OP_RST
                              : connection->packets | 1u << op;
}

static inline bool
vsock_has_packets(const struct virtio_vsock_connection *connection)
{
    return connection->type == VIRTIO_VSOCK_TYPE_SEQPACKET;
}

/* Bytes for which the driver gives credit (5.10.6.3). */
static inline uint32_t
vsock_credit(const struct virtio_vsock_connection *connection)
{
    const uint32_t used = connection->sent - connection->fwd_cnt;

    return used < connection->buf_alloc ? connection->buf_alloc - used : 0;
}

/* ---- vsock_lines.c ------------------------------------------------------- */

/* Driver and outside both have sockets of that type (5.10.3.2). */
bool vsock_takes(const struct virtio *virtio, unsigned type);
/* For a connection of that type. */
uint32_t vsock_own_credit(const struct virtio *virtio, unsigned type);
/* The connection of two ports that the driver may know of, or NULL. */
struct virtio_vsock_connection *vsock_find(const struct virtio *virtio,
                                           uint32_t host_port,
                                           uint32_t guest_port);
void vsock_say(struct virtio *virtio,
               const struct virtio_vsock_connection *connection,
               enum vsock_word word, uint32_t a, uint32_t b);
/* The driver is done with it. */
void vsock_end(struct virtio *virtio,
               struct virtio_vsock_connection *connection);
/* There may be room for bytes of the outside that had none. */
void vsock_call(struct virtio *virtio,
                struct virtio_vsock_connection *connection);

/* ---- vsock.c ------------------------------------------------------------- */

/* RST is to be sent; there is room for one more refusal. */
void vsock_refuse(struct virtio *virtio,
                  const struct virtio_vsock_refusal *refusal);
void vsock_serve(struct virtio *virtio, unsigned queue);

#endif
