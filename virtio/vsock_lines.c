/* SPDX-License-Identifier: Apache-2.0 */
/* The socket device's connections as the outside sees them: lines of messages
 * (abi/vsock_outside.h). */
#include <string.h>

#include "virtio/vsock_parts.h"

/* ---- Connections --------------------------------------------------------- */

bool vsock_takes(const struct virtio *virtio, unsigned type)
{
    switch (type) {
    case VIRTIO_VSOCK_TYPE_STREAM:
        return virtio_has(virtio, VIRTIO_VSOCK_F_STREAM) ||
               !virtio_has(virtio, VIRTIO_VSOCK_F_NO_IMPLIED_STREAM);
    case VIRTIO_VSOCK_TYPE_SEQPACKET:
        return virtio_has(virtio, VIRTIO_VSOCK_F_SEQPACKET) &&
               vsock_state(virtio)->longest != 0;
    default:
        return false;
    }
}

/* A driver sends no message that is longer than it (5.10.6.3): so the outside
 * has to take none for which it has no room. */
uint32_t vsock_own_credit(const struct virtio *virtio, unsigned type)
{
    return type == VIRTIO_VSOCK_TYPE_SEQPACKET ? vsock_state(virtio)->longest
                                               : (uint32_t)VSOCK_CREDIT;
}

struct virtio_vsock_connection *
vsock_find(const struct virtio *virtio, uint32_t host_port, uint32_t guest_port)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        struct virtio_vsock_connection *connection = &state->connections[i];

        if (vsock_is_known(connection) && connection->host_port == host_port &&
            connection->guest_port == guest_port) {
            return connection;
        }
    }
    return NULL;
}

void vsock_say(struct virtio *virtio,
               const struct virtio_vsock_connection *connection,
               enum vsock_word word, uint32_t a, uint32_t b)
{
    const struct vsock_message message = {word, a, b};

    vsock_outside(virtio)->say(virtio, vsock_line(virtio, connection), &message,
                               sizeof(message));
}

void vsock_end(struct virtio *virtio,
               struct virtio_vsock_connection *connection)
{
    const bool closed = connection->closed != 0;

    vsock_say(virtio, connection, VSOCK_CLOSE, connection->too_long, 0);
    if (connection->waits != 0) {
        vsock_outside(virtio)->ready(virtio, vsock_line(virtio, connection));
    }
    *connection = (struct virtio_vsock_connection){
        .phase = closed ? VIRTIO_VSOCK_FREE : VIRTIO_VSOCK_ENDING};
}

void vsock_call(struct virtio *virtio,
                struct virtio_vsock_connection *connection)
{
    if (connection->waits != 0) {
        connection->waits = 0;
        vsock_outside(virtio)->ready(virtio, vsock_line(virtio, connection));
    }
}

/* Nothing is known of any line. */
static void forget(struct virtio *virtio)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    memset(state->connections, 0, sizeof(state->connections));
    state->refusal_count = 0;
    state->stalled = 0;
}

/* ---- Messages of the outside --------------------------------------------- */

static bool sync(struct virtio *virtio,
                 struct virtio_vsock_connection *connection,
                 const struct vsock_message *message)
{
    struct virtio_vsock_state *state = vsock_state(virtio);

    if (vsock_is_known(connection)) {
        if (state->refusal_count == VIRTIO_VSOCK_REFUSALS) {
            return false;
        }
        vsock_refuse(virtio, &(struct virtio_vsock_refusal){
                                 .cid = VIRTIO_VSOCK_CID_HOST,
                                 .host_port = connection->host_port,
                                 .guest_port = connection->guest_port,
                                 .type = (uint16_t)connection->type,
                             });
    }
    state->longest = message->a < VSOCK_PACKETS_CREDIT
                         ? message->a
                         : (uint32_t)VSOCK_PACKETS_CREDIT;
    *connection = (struct virtio_vsock_connection){.phase = VIRTIO_VSOCK_FREE};
    return true;
}

static bool hear_connect(struct virtio *virtio,
                         struct virtio_vsock_connection *connection,
                         const struct vsock_message *message)
{
    const unsigned type = message->word == VSOCK_CONNECT
                              ? VIRTIO_VSOCK_TYPE_STREAM
                              : VIRTIO_VSOCK_TYPE_SEQPACKET;

    if (vsock_line(virtio, connection) < VSOCK_LINES_OUT) {
        return true;
    }
    if (!vsock_takes(virtio, type) ||
        vsock_find(virtio, message->a, message->b) != NULL) {
        vsock_end(virtio, connection);
        return true;
    }
    *connection = (struct virtio_vsock_connection){
        .phase = VIRTIO_VSOCK_OFFERED,
        .type = type,
        .host_port = message->a,
        .guest_port = message->b,
        .credit = vsock_own_credit(virtio, type),
    };
    vsock_plan(connection, VIRTIO_VSOCK_OP_REQUEST);
    return true;
}

static bool hear_accept(struct virtio *virtio,
                        struct virtio_vsock_connection *connection,
                        const struct vsock_message *message)
{
    connection->phase = VIRTIO_VSOCK_CONNECTED;
    vsock_plan(connection, VIRTIO_VSOCK_OP_RESPONSE);
    return true;
}

static bool hear_shutdown(struct virtio *virtio,
                          struct virtio_vsock_connection *connection,
                          const struct vsock_message *message)
{
    connection->shutdown_host |= message->a & (VIRTIO_VSOCK_SHUTDOWN_RECEIVE |
                                               VIRTIO_VSOCK_SHUTDOWN_SEND);
    vsock_plan(connection, VIRTIO_VSOCK_OP_SHUTDOWN);
    return true;
}

/* The driver is told of a quarter of its credit at once, as each packet tells
 * it anyway. */
static void hear_taken(struct virtio *virtio,
                       const struct vsock_message *message)
{
    struct virtio_vsock_connection *connection =
        &vsock_state(virtio)->connections[message->b % VSOCK_LINES];
    const uint32_t most = connection->received - connection->taken;

    if (connection->phase != VIRTIO_VSOCK_CONNECTED) {
        return;
    }
    connection->taken += message->a < most ? message->a : most;
    if (connection->taken - connection->told >= connection->credit / 4) {
        vsock_plan(connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    }
}

static bool hear_close(struct virtio *virtio,
                       struct virtio_vsock_connection *connection,
                       const struct vsock_message *message)
{
    connection->closed = 1;
    vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
    return true;
}

static bool hear_last(struct virtio *virtio,
                      struct virtio_vsock_connection *connection,
                      const struct vsock_message *message)
{
    connection->phase = VIRTIO_VSOCK_FREE;
    return true;
}

/* The driver can give none of its buffer back before the message has ended, for
 * which the rest would have to be sent (5.10.6.3). */
static bool is_too_long(const struct virtio_vsock_connection *connection)
{
    return vsock_has_packets(connection) && connection->part != 0 &&
           connection->part >= connection->buf_alloc;
}

static bool hear_bytes(struct virtio *virtio,
                       struct virtio_vsock_connection *connection, bool last,
                       const uint8_t *bytes, size_t size)
{
    struct virtio_vsock_arrival *arrival = &vsock_outside(virtio)->arrival;

    if (connection->offset > size || (connection->offset == size && !last) ||
        (connection->shutdown_guest & VIRTIO_VSOCK_SHUTDOWN_RECEIVE) != 0) {
        connection->offset = 0;
        return true;
    }
    *arrival = (struct virtio_vsock_arrival){vsock_line(virtio, connection),
                                             bytes + connection->offset,
                                             size - connection->offset, last};
    virtio_serve(virtio, VIRTIO_VSOCK_RX);
    const bool taken = arrival->bytes == NULL;
    const size_t left = arrival->size;
    *arrival = (struct virtio_vsock_arrival){0};
    if (taken || !vsock_is_known(connection)) {
        connection->offset = 0;
        return true;
    }
    connection->offset = (uint32_t)(size - left);
    if (is_too_long(connection)) {
        connection->too_long = 1;
        vsock_plan(connection, VIRTIO_VSOCK_OP_RST);
        virtio_serve(virtio, VIRTIO_VSOCK_RX);
    } else if (left != 0 && vsock_credit(connection) == 0 &&
               connection->asked == 0) {
        connection->asked = 1;
        vsock_plan(connection, VIRTIO_VSOCK_OP_CREDIT_REQUEST);
        virtio_serve(virtio, VIRTIO_VSOCK_RX);
    }
    connection->waits = 1;
    return false;
}

/* Which messages make sense when; the others are dropped. */
static const struct {
    enum virtio_vsock_phase phase;
    enum vsock_word word;
    bool (*hear)(struct virtio *virtio,
                 struct virtio_vsock_connection *connection,
                 const struct vsock_message *message);
} rows[] = {
    {VIRTIO_VSOCK_FREE,      VSOCK_CONNECT,         hear_connect },
    {VIRTIO_VSOCK_FREE,      VSOCK_CONNECT_PACKETS, hear_connect },
    {VIRTIO_VSOCK_ASKED,     VSOCK_ACCEPT,          hear_accept  },
    {VIRTIO_VSOCK_ASKED,     VSOCK_CLOSE,           hear_close   },
    {VIRTIO_VSOCK_OFFERED,   VSOCK_CLOSE,           hear_close   },
    {VIRTIO_VSOCK_CONNECTED, VSOCK_SHUTDOWN,        hear_shutdown},
    {VIRTIO_VSOCK_CONNECTED, VSOCK_CLOSE,           hear_close   },
    {VIRTIO_VSOCK_ENDING,    VSOCK_CLOSE,           hear_last    },
};

static bool hear(struct virtio *virtio,
                 struct virtio_vsock_connection *connection,
                 const struct vsock_message *message)
{
    if (message->word == VSOCK_SYNC) {
        return sync(virtio, connection, message);
    }
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].phase == connection->phase &&
            rows[i].word == message->word) {
            return rows[i].hear(virtio, connection, message);
        }
    }
    return true;
}

bool virtio_vsock_hear(struct virtio *virtio, unsigned line,
                       const void *message, size_t size)
{
    struct virtio_vsock_connection *connection =
        &vsock_state(virtio)->connections[line % VSOCK_LINES];
    struct vsock_message head;
    bool taken;

    if (size < sizeof(head)) {
        return true;
    }
    memcpy(&head, message, sizeof(head));
    if (line == VSOCK_LINES) {
        if (head.word == VSOCK_TAKEN) {
            hear_taken(virtio, &head);
        }
        virtio_serve(virtio, VIRTIO_VSOCK_RX);
        return true;
    }
    if (head.word == VSOCK_DATA) {
        return connection->phase != VIRTIO_VSOCK_CONNECTED ||
               hear_bytes(virtio, connection,
                          vsock_has_packets(connection) &&
                              (head.a & VSOCK_LAST) != 0,
                          (const uint8_t *)message + sizeof(head),
                          size - sizeof(head));
    }
    taken = hear(virtio, connection, &head);
    virtio_serve(virtio, VIRTIO_VSOCK_RX);
    if (!taken) { /* not before: whoever is called meanwhile was not refused */
        connection->waits = 1;
    }
    return taken;
}

/* ---- Life ---------------------------------------------------------------- */

/* Line by line, the outside is to begin anew. */
static void restart(struct virtio *virtio)
{
    const struct vsock_message message = {VSOCK_RESTART, 0, 0};
    const struct virtio_vsock_outside *outside = vsock_outside(virtio);

    outside->say(virtio, VSOCK_LINES, &message, sizeof(message));
    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        outside->ready(virtio, i);
    }
}

static void drop(struct virtio *virtio, unsigned queue)
{
    if (queue == VIRTIO_VSOCK_TX) {
        forget(virtio);
        restart(virtio);
    }
}

void virtio_vsock_present(struct virtio *virtio)
{
    if (virtio_is_live(virtio)) {
        restart(virtio);
    }
}

void virtio_vsock_interrupted(struct virtio *virtio)
{
    forget(virtio);
    if (virtio_is_live(virtio)) {
        vsock_state(virtio)->reset = 1;
        virtio_serve(virtio, VIRTIO_VSOCK_EVENT);
    }
}

static uint64_t features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(VIRTIO_VSOCK_F_STREAM) |
           VIRTIO_FEATURE(VIRTIO_VSOCK_F_SEQPACKET) |
           VIRTIO_FEATURE(VIRTIO_VSOCK_F_NO_IMPLIED_STREAM);
}

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_vsock_config config = {vsock_outside(virtio)->cid};

    memcpy(bytes, &config, sizeof(config));
}

static bool possible(const struct virtio *virtio)
{
    const struct virtio_vsock_state *state = vsock_state(virtio);

    for (unsigned i = 0; i < VSOCK_LINES; i++) {
        const struct virtio_vsock_connection *connection =
            &state->connections[i];

        if (connection->phase >= VIRTIO_VSOCK_PHASES ||
            connection->packets >> (VIRTIO_VSOCK_OP_CREDIT_REQUEST + 1) != 0 ||
            (connection->packets != 0 && !vsock_is_known(connection)) ||
            connection->type > VIRTIO_VSOCK_TYPE_SEQPACKET ||
            connection->credit > VSOCK_PACKETS_CREDIT ||
            connection->received - connection->taken > connection->credit) {
            return false;
        }
    }
    return state->refusal_count <= VIRTIO_VSOCK_REFUSALS &&
           state->longest <= VSOCK_PACKETS_CREDIT;
}

const struct virtio_type virtio_vsock = {
    .name = "vsock",
    .title = "socket device",
    .id = VIRTIO_ID_VSOCK,
    .queues = VIRTIO_VSOCK_QUEUES,
    .state_size = sizeof(struct virtio_vsock_state),
    .config_size = sizeof(struct virtio_vsock_config),
    .in_order = true,
    .features = features,
    .config = config,
    .serve = vsock_serve,
    .started = virtio_vsock_present,
    .drop = drop,
    .possible = possible,
};
