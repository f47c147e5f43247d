/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket device (virtio 1.2, 5.10): sockets between the guest and the host,
 * streams and those of sequenced packets. The ends of records (SEQ_EOR) are
 * not kept, as no outside has them; those of messages are.
 *
 * The device has a table of connections, each with a line to the outside, and
 * keeps no bytes of them: what the driver sends goes out at once, within the
 * credit that it was given; what comes in is written into its buffers, as far
 * as it has some and gives credit, and waits outside otherwise. Packets
 * without bytes that wait for a buffer are bits of their connection. So the
 * transmit queue can be served while there are no receive buffers (5.10.6.1),
 * but for refusals of packets without a connection: of these so many wait.
 */
#include <string.h>

#include "virtio/vsock_parts.h"

enum { ROUNDS = 8 };

/* ---- To the driver ------------------------------------------------------- */

static struct virtio_vsock_hdr
header_of(const struct virtio *virtio,
          const struct virtio_vsock_connection *connection,
          enum virtio_vsock_op op, uint32_t length)
{
    return (struct virtio_vsock_hdr){
        .src_cid = VIRTIO_VSOCK_CID_HOST,
        .dst_cid = vsock_outside(virtio)->cid,
        .src_port = connection->host_port,
        .dst_port = connection->guest_port,
        .len = length,
        .type = (uint16_t)connection->type,
        .op = (uint16_t)op,
        .flags = op == VIRTIO_VSOCK_OP_SHUTDOWN ? connection->shutdown_host : 0,
        .buf_alloc = connection->credit,
        .fwd_cnt = connection->taken,
    };
}

/* A buffer of the receive queue, of which *room is for bytes; false if there is
 * none. */
static bool take_buffer(struct virtio *virtio, struct virtio_chain *chain,
                        uint64_t *room)
{
    if (!virtio_take(virtio, VIRTIO_VSOCK_RX, chain)) {
        return false;
    }
    if (chain->readable != 0) { /* 5.10.6.4 */
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_DIRECTION, VIRTIO_VSOCK_RX,
                     chain->readable_bytes);
        return false;
    }
    if (chain->writable_bytes < VIRTIO_VSOCK_HEADER_SIZE) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, VIRTIO_VSOCK_RX,
                     chain->writable_bytes);
        return false;
    }
    *room = chain->writable_bytes - VIRTIO_VSOCK_HEADER_SIZE;
    return true;
}

static void put_packet(struct virtio *virtio, struct virtio_chain *chain,
                       const struct virtio_vsock_hdr *header, const void *bytes)
{
    if (virtio_write(virtio, chain, 0, header, VIRTIO_VSOCK_HEADER_SIZE) &&
        (header->len == 0 ||
         virtio_write(virtio, chain, VIRTIO_VSOCK_HEADER_SIZE, bytes,
                      header->len))) {
        virtio_complete(virtio, chain, VIRTIO_VSOCK_HEADER_SIZE + header->len);
    }
}

/* The next packet without bytes that waits; false if there is none. */
static bool next_packet(struct virtio *virtio,
                        struct virtio_vsock_connection **connection,
                        enum virtio_vsock_op *op)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        *connection = &state->connections[i];
        if ((*connection)->packets != 0) {
            *op = (enum virtio_vsock_op)__builtin_ctz((*connection)->packets);
            return true;
        }
    }
    return false;
}

void vsock_refuse(struct virtio *virtio,
                  const struct virtio_vsock_refusal *refusal)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    state->refusals[state->refusal_count++] = *refusal;
}

static void send_refusals(struct virtio *virtio)
{
    struct virtio_vsock_state *state = vsock_state(virtio);
    struct virtio_chain chain;
    uint64_t room;

    while (state->refusal_count != 0 && take_buffer(virtio, &chain, &room)) {
        const struct virtio_vsock_refusal *refusal = &state->refusals[0];
        const struct virtio_vsock_hdr header = {
            .src_cid = refusal->cid,
            .dst_cid = vsock_outside(virtio)->cid,
            .src_port = refusal->host_port,
            .dst_port = refusal->guest_port,
            .type = refusal->type,
            .op = VIRTIO_VSOCK_OP_RST,
        };

        put_packet(virtio, &chain, &header, NULL);
        state->refusal_count--;
        memmove(&state->refusals[0], &state->refusals[1],
                state->refusal_count * sizeof(state->refusals[0]));
    }
}

static void send_packets(struct virtio *virtio)
{
    struct virtio_vsock_connection *connection;
    struct virtio_chain chain;
    enum virtio_vsock_op op;
    uint64_t room;

    send_refusals(virtio);
    while (next_packet(virtio, &connection, &op) &&
           take_buffer(virtio, &chain, &room)) {
        const struct virtio_vsock_hdr header =
            header_of(virtio, connection, op, 0);

        put_packet(virtio, &chain, &header, NULL);
        connection->packets &= ~(1u << op);
        connection->told = connection->taken;
        if (op == VIRTIO_VSOCK_OP_RST) {
            vsock_end(virtio, connection);
        }
    }
}

/* Bytes of the outside, as many as there are buffers and credit for. A message
 * without bytes needs a buffer alone. */
static void send_bytes(struct virtio *virtio)
{
    struct virtio_vsock_arrival *arrival = &vsock_outside(virtio)->arrival;
    struct virtio_vsock_connection *connection =
        &vsock_state(virtio)->connections[arrival->line];
    struct virtio_chain chain;
    uint64_t size;

    while (arrival->bytes != NULL && connection->packets == 0 &&
           (arrival->size == 0 || vsock_credit(connection) != 0) &&
           take_buffer(virtio, &chain, &size)) {
        size = size < arrival->size ? size : arrival->size;
        size =
            size < vsock_credit(connection) ? size : vsock_credit(connection);
        const bool last = arrival->last && size == arrival->size;
        struct virtio_vsock_hdr header =
            header_of(virtio, connection, VIRTIO_VSOCK_OP_RW, (uint32_t)size);

        header.flags = last ? VIRTIO_VSOCK_SEQ_EOM : 0; /* 5.10.6.6.1 */
        put_packet(virtio, &chain, &header, arrival->bytes);
        connection->sent += (uint32_t)size;
        connection->part = last ? 0 : connection->part + (uint32_t)size;
        connection->told = connection->taken;
        arrival->size -= size;
        arrival->bytes = arrival->size != 0 ? arrival->bytes + size : NULL;
    }
}

static void serve_receive(struct virtio *virtio)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    send_packets(virtio);
    for (unsigned i = 0; state->stalled != 0; i++) {
        if (i == ROUNDS) {
            /* A driver that adds packets as fast as they are refused. */
            virtio->state->waiting |= 1u << VIRTIO_VSOCK_TX;
            virtio->host->later(virtio);
            break;
        }
        if (state->refusal_count == VIRTIO_VSOCK_REFUSALS) {
            break;
        }
        virtio_serve(virtio, VIRTIO_VSOCK_TX);
        send_packets(virtio);
    }
    if (vsock_outside(virtio)->arrival.bytes != NULL) {
        send_bytes(virtio);
        return;
    }
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        vsock_call(virtio, &state->connections[i]);
    }
}

static void serve_events(struct virtio *virtio)
{
    static const struct virtio_vsock_event event = {
        VIRTIO_VSOCK_EVENT_TRANSPORT_RESET};
    struct virtio_chain chain;

    if (vsock_state(virtio)->reset == 0 ||
        !virtio_take(virtio, VIRTIO_VSOCK_EVENT, &chain)) {
        return;
    }
    vsock_state(virtio)->reset = 0;
    if (chain.writable_bytes < sizeof(event)) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, VIRTIO_VSOCK_EVENT,
                     chain.writable_bytes);
    } else if (virtio_write(virtio, &chain, 0, &event, sizeof(event))) {
        virtio_complete(virtio, &chain, sizeof(event));
    }
}

/* ---- From the driver (5.10.6) -------------------------------------------- */

static void refuse(struct virtio *virtio, const struct virtio_vsock_hdr *header)
{
    if (header->op != VIRTIO_VSOCK_OP_RST) {
        vsock_refuse(virtio, &(struct virtio_vsock_refusal){
                                 .cid = header->dst_cid,
                                 .host_port = header->dst_port,
                                 .guest_port = header->src_port,
                                 .type = header->type,
                             });
    }
}

static void take_request(struct virtio *virtio,
                         const struct virtio_vsock_hdr *header)
{
    struct virtio_vsock_state *state = vsock_state(virtio);
    unsigned line = 0;

    while (line < VSOCK_LINES_OUT &&
           state->connections[line].phase != VIRTIO_VSOCK_FREE) {
        line++;
    }
    if (line == VSOCK_LINES_OUT) {
        refuse(virtio, header);
        return;
    }
    state->connections[line] = (struct virtio_vsock_connection){
        .phase = VIRTIO_VSOCK_ASKED,
        .type = header->type,
        .host_port = header->dst_port,
        .guest_port = header->src_port,
        .credit = vsock_own_credit(virtio, header->type),
        .buf_alloc = header->buf_alloc,
        .fwd_cnt = header->fwd_cnt,
    };
    vsock_say(virtio, &state->connections[line],
              vsock_has_packets(&state->connections[line])
                  ? VSOCK_CONNECT_PACKETS
                  : VSOCK_CONNECT,
              header->dst_port, header->src_port);
}

static void take_response(struct virtio *virtio,
                          struct virtio_vsock_connection *connection)
{
    if (connection->phase != VIRTIO_VSOCK_OFFERED) {
        vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
        return;
    }
    connection->phase = VIRTIO_VSOCK_CONNECTED;
    vsock_say(virtio, connection, VSOCK_ACCEPT, 0, 0);
}

/* A connection of which the driver will neither send nor receive is over, and
 * RST is the answer to that (5.10.6.5). */
static void take_shutdown(struct virtio *virtio,
                          struct virtio_vsock_connection *connection,
                          uint32_t flags)
{
    const uint32_t both =
        VIRTIO_VSOCK_SHUTDOWN_RECEIVE | VIRTIO_VSOCK_SHUTDOWN_SEND;

    connection->shutdown_guest |= flags & both;
    if (connection->shutdown_guest == both) {
        vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
    } else {
        vsock_say(virtio, connection, VSOCK_SHUTDOWN,
                  connection->shutdown_guest, 0);
    }
}

static void take_bytes(struct virtio *virtio,
                       struct virtio_vsock_connection *connection,
                       const struct virtio_vsock_hdr *header,
                       const struct virtio_chain *chain)
{
    struct {
        struct vsock_message message;
        uint8_t bytes[VSOCK_PIECE];
    } out = {.message = {.word = VSOCK_DATA}};
    const uint32_t used = connection->received - connection->taken;
    const bool last = vsock_has_packets(connection) &&
                      (header->flags & VIRTIO_VSOCK_SEQ_EOM) != 0;
    uint32_t left = header->len;

    /* More than it has credit for, or bytes when it was not to send any. */
    if (connection->phase != VIRTIO_VSOCK_CONNECTED ||
        (connection->shutdown_guest & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0 ||
        left > connection->credit - used) {
        vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
        return;
    }
    if (left == 0 && !last) {
        return;
    }
    do {
        const uint32_t piece = left < VSOCK_PIECE ? left : VSOCK_PIECE;
        const uint32_t at = VIRTIO_VSOCK_HEADER_SIZE + header->len - left;

        if (piece != 0 && !virtio_read(virtio, chain, at, out.bytes, piece)) {
            return;
        }
        left -= piece;
        out.message.a = last && left == 0 ? VSOCK_LAST : 0;
        connection->received += piece;
        vsock_outside(virtio)->say(virtio, vsock_line(virtio, connection), &out,
                                   sizeof(out.message) + piece);
    } while (left != 0);
}

static void take_of_connection(struct virtio *virtio,
                               struct virtio_vsock_connection *connection,
                               const struct virtio_vsock_hdr *header,
                               const struct virtio_chain *chain)
{
    if (connection->fwd_cnt != header->fwd_cnt ||
        connection->buf_alloc != header->buf_alloc) {
        connection->asked = 0;
    }
    connection->fwd_cnt = header->fwd_cnt;
    connection->buf_alloc = header->buf_alloc;
    switch (header->op) {
    case VIRTIO_VSOCK_OP_RESPONSE:
        take_response(virtio, connection);
        break;
    case VIRTIO_VSOCK_OP_RST:
        vsock_end(virtio, connection);
        return;
    case VIRTIO_VSOCK_OP_SHUTDOWN:
        take_shutdown(virtio, connection, header->flags);
        break;
    case VIRTIO_VSOCK_OP_RW:
        take_bytes(virtio, connection, header, chain);
        break;
    case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
        break;
    case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
        vsock_plan(connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        break;
    default: /* REQUEST, of what is connected, or none of 5.10.6 */
        vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
        break;
    }
    vsock_call(virtio, connection);
}

static void take_packet(struct virtio *virtio,
                        const struct virtio_vsock_hdr *header,
                        const struct virtio_chain *chain)
{
    /* 5.10.6.4: only the driver's own CID. */
    if (header->src_cid != vsock_outside(virtio)->cid) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_VALUE, VIRTIO_VSOCK_TX,
                     header->src_cid);
        return;
    }
    struct virtio_vsock_connection *connection =
        vsock_find(virtio, header->dst_port, header->src_port);

    /* Types that are unknown (5.10.6.4) or were not accepted (5.10.3.2), or not
     * that of the flow, which its ports identify (5.10.6.2). */
    if (header->dst_cid != VIRTIO_VSOCK_CID_HOST ||
        !vsock_takes(virtio, header->type) ||
        (connection == NULL ? header->op != VIRTIO_VSOCK_OP_REQUEST
                            : connection->type != header->type)) {
        refuse(virtio, header);
    } else if (connection != NULL) {
        take_of_connection(virtio, connection, header, chain);
    } else {
        take_request(virtio, header);
    }
}

static void serve_transmit(struct virtio *virtio)
{
    struct virtio_vsock_state *state = vsock_state(virtio);
    struct virtio_vsock_hdr header;
    struct virtio_chain chain;

    state->stalled = 0;
    for (;;) {
        if (state->refusal_count == VIRTIO_VSOCK_REFUSALS) {
            state->stalled = 1;
            break;
        }
        if (!virtio_take(virtio, VIRTIO_VSOCK_TX, &chain)) {
            break;
        }
        if (chain.readable_bytes < VIRTIO_VSOCK_HEADER_SIZE) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, VIRTIO_VSOCK_TX,
                         chain.readable_bytes);
            break;
        }
        if (!virtio_read(virtio, &chain, 0, &header,
                         VIRTIO_VSOCK_HEADER_SIZE)) {
            break;
        }
        if (header.len > chain.readable_bytes - VIRTIO_VSOCK_HEADER_SIZE) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, VIRTIO_VSOCK_TX,
                         header.len);
            break;
        }
        take_packet(virtio, &header, &chain);
        virtio_complete(virtio, &chain, 0);
    }
    virtio_serve(virtio, VIRTIO_VSOCK_RX);
}

void vsock_serve(struct virtio *virtio, unsigned queue)
{
    static void (*const serves[])(struct virtio * virtio) = {
        [VIRTIO_VSOCK_RX] = serve_receive,
        [VIRTIO_VSOCK_TX] = serve_transmit,
        [VIRTIO_VSOCK_EVENT] = serve_events,
    };

    serves[queue](virtio);
}
