/* SPDX-License-Identifier: Apache-2.0 */
/* The connection of a client: bytes to frames, frames to the protocols, and
 * replies back, with a bound on all that waits. */
#include "session/rot/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "base/bits.h"
#include "host/time.h"
#include "session/rot/clients.h"

static void say(const struct rot_client *client, const char *text)
{
    const struct rot_observer *observer = &client->server->observer;
    if (observer->say) {
        observer->say(observer->context, client->number, text);
    }
}

/* Empties a buffer, and gives much back. */
static void empty(struct buffer *buffer)
{
    if (buffer->capacity > ROT_KEPT) {
        buffer_fini(buffer);
    }
    buffer_clear(buffer);
}

/* ---- Frames out ---------------------------------------------------------- */

static void trace(const struct rot_client *client, const char *direction,
                  uint16_t number, const uint8_t *payload, size_t size)
{
    const struct rot_observer *observer = &client->server->observer;
    const struct rot_trace frame = {
        .time_ns = rot_core_time(&client->server->core),
        .client = client->number,
        .protocol = rot_protocol_name(client->protocol),
        .direction = direction,
        .number = number,
        .payload = payload,
        .size = size,
    };
    if (observer->frame) {
        observer->frame(observer->context, &frame);
    }
}

void rot_client_send(struct rot_client *client, const char *direction,
                     uint16_t number)
{
    struct buffer *payload = &client->server->payload;
    rot_frame_begin(&client->out, client->protocol, number,
                    (uint32_t)payload->size);
    buffer_append(&client->out, payload->bytes, payload->size);
    trace(client, direction, number, payload->bytes, payload->size);
    empty(payload);
}

/* ---- Ends ---------------------------------------------------------------- */

void rot_client_close(struct rot_client *client, const char *why)
{
    if (!client->closing && !client->dead) {
        char text[160];
        snprintf(text, sizeof(text), "closed: %s", why);
        say(client, text);
        client->closing = true;
    }
}

/* Nothing more can be said to it. */
static void drop(struct rot_client *client, const char *why)
{
    rot_client_close(client, why);
    client->dead = true;
}

static void refuse(struct rot_client *client, const struct rot_frame *frame,
                   enum rot_error error)
{
    /* The core's last message was about another request. */
    client->server->core.why.text[0] = '\0';
    switch (client->protocol) {
    case ROT_PROTOCOL_REGISTERS:
        rot_registers_refuse(client, error);
        break;
    case ROT_PROTOCOL_MAILBOX:
        rot_mailbox_refuse(client);
        break;
    case ROT_PROTOCOL_OWN:
        rot_own_refuse(client, frame, error);
        break;
    case ROT_PROTOCOL_NONE:
        break;
    }
}

static void end(struct rot_client *client, enum rot_error error)
{
    if (client->protocol == ROT_PROTOCOL_OWN) {
        rot_own_end(client, error);
    } else if (error != ROT_ERROR_ENDING) {
        refuse(client, NULL, error);
    }
    rot_client_close(client, rot_error_text(error));
}

void rot_client_end(struct rot_client *client, enum rot_error error)
{
    end(client, error);
    rot_client_flush(client);
}

/* ---- Frames in ----------------------------------------------------------- */

static enum rot_served serve(struct rot_client *client,
                             const struct rot_frame *frame)
{
    switch (client->protocol) {
    case ROT_PROTOCOL_REGISTERS:
        return rot_registers_serve(client, frame);
    case ROT_PROTOCOL_MAILBOX:
        return rot_mailbox_serve(client, frame);
    case ROT_PROTOCOL_OWN:
        return rot_own_serve(client, frame);
    case ROT_PROTOCOL_NONE:
        break;
    }
    return ROT_SERVED;
}

/* True when the client has a protocol. */
static bool tell_protocol(struct rot_client *client, const uint8_t *bytes,
                          size_t size)
{
    if (client->protocol == ROT_PROTOCOL_NONE && size >= 4) {
        char text[64];
        client->protocol = rot_protocol_find(load_le32(bytes));
        snprintf(text, sizeof(text), "speaks %s",
                 rot_protocol_name(client->protocol));
        if (client->protocol == ROT_PROTOCOL_NONE) {
            drop(client, "its first bytes are those of no protocol");
        } else {
            say(client, text);
        }
    }
    return client->protocol != ROT_PROTOCOL_NONE;
}

/* Serves the first frame; false when it has to wait. */
static bool serve_next(struct rot_client *client)
{
    const uint8_t *bytes = client->in.bytes + client->in_used;
    const size_t size = client->in.size - client->in_used;
    struct rot_frame frame = {.command = NULL};
    enum rot_error error;

    if (size == 0 || !tell_protocol(client, bytes, size)) {
        return false;
    }
    if (client->surplus) {
        end(client, ROT_ERROR_FULL);
        return false;
    }
    enum rot_parsed parsed =
        rot_frame_parse(client->protocol, bytes, size, &frame, &error);
    if (parsed == ROT_PARSED_MORE) {
        return false;
    }
    if (parsed == ROT_PARSED_LOST) {
        end(client, error);
        return false;
    }
    if (!client->waits) {
        trace(client, "request", frame.number, frame.payload, frame.length);
    }
    client->waits = false;
    if (parsed == ROT_PARSED_WRONG) {
        refuse(client, &frame, error);
    } else if (serve(client, &frame) == ROT_LATER) {
        client->waits = true;
        return false;
    }
    client->in_used += ROT_HEADER_SIZE + frame.length;
    return true;
}

static size_t waiting(const struct rot_client *client)
{
    return client->out.size - client->out_sent;
}

void rot_client_serve(struct rot_client *client)
{
    while (!client->closing && !client->dead &&
           waiting(client) < ROT_OUT_HIGH && serve_next(client)) {
    }
    if (client->in_used != 0) {
        const size_t rest = client->in.size - client->in_used;
        memmove(client->in.bytes, client->in.bytes + client->in_used, rest);
        client->in.size = rest;
        client->in_used = 0;
    }
    if (client->in.size == 0) {
        empty(&client->in);
    }
    client->full = waiting(client) >= ROT_OUT_HIGH;
    rot_client_flush(client);
}

/* ---- Bytes --------------------------------------------------------------- */

static bool is_gone(int code)
{
    return code != EAGAIN && code != EINTR;
}

/* False when there was nothing. */
static bool receive(struct rot_client *client)
{
    uint8_t *scratch = client->server->scratch;
    ssize_t got =
        recv(client->watch.fd, scratch, ROT_SCRATCH_SIZE, MSG_DONTWAIT);
    if (got > 0) {
        buffer_append(&client->in, scratch, (size_t)got);
    } else if (got == 0) {
        drop(client, client->in.size != 0 && !client->waits
                         ? "the peer has gone within a frame"
                         : "the peer has gone");
    } else if (is_gone(errno)) {
        drop(client, strerror(errno));
    }
    return got > 0;
}

void rot_client_flush(struct rot_client *client)
{
    while (!client->dead && waiting(client) != 0) {
        ssize_t sent =
            send(client->watch.fd, client->out.bytes + client->out_sent,
                 waiting(client), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && is_gone(errno)) {
            drop(client, "the peer has gone");
        }
        if (sent <= 0) {
            break;
        }
        client->out_sent += (size_t)sent;
        client->moved = true;
    }
    if (waiting(client) == 0) {
        empty(&client->out);
        client->out_sent = 0;
        client->dead = client->dead || client->closing;
    }
}

/* ---- Patience ------------------------------------------------------------ */

/* The time for which it has kept something of the server's is over. */
static void stalled(void *context)
{
    struct rot_client *client = context;
    client->stall_armed = false;
    if (client->waits && waiting(client) == 0) {
        struct rot_frame frame = {.command = NULL};
        enum rot_error error;
        (void)rot_frame_parse(client->protocol, client->in.bytes,
                              client->in.size, &frame, &error);
        refuse(client, &frame, ROT_ERROR_BUSY);
        client->in_used += ROT_HEADER_SIZE + frame.length;
        client->waits = false;
        rot_client_serve(client);
    } else if (waiting(client) != 0) {
        drop(client, "the peer did not read what waited for it");
    } else {
        end(client, ROT_ERROR_STALLED);
        rot_client_flush(client);
    }
    rot_clients_settle(client->server);
}

void rot_client_settle(struct rot_client *client)
{
    struct rot_server *server = client->server;
    const bool owes =
        waiting(client) != 0 || client->in.size != 0 || client->surplus;
    loop_watch_events(server->loop, &client->watch,
                      (client->full || waiting(client) != 0 ? LOOP_WRITE : 0u) |
                          (client->full || client->waits || client->closing
                               ? 0u
                               : (unsigned)LOOP_READ));
    if (client->stall_armed && (!owes || client->moved)) {
        loop_timer_cancel(server->loop, &client->stall);
        client->stall_armed = false;
    }
    client->moved = false;
    if (owes && !client->stall_armed) {
        loop_timer_arm(server->loop, &client->stall,
                       host_time_ns() + server->options->timeout_ns);
        client->stall_armed = true;
    }
}

/* ---- Life ---------------------------------------------------------------- */

static void ready(void *context, unsigned events)
{
    struct rot_client *client = context;
    /* Bytes that came before a hang-up are still served. */
    if ((events & (LOOP_READ | LOOP_HANGUP)) != 0 && !client->dead) {
        bool came = !client->closing && receive(client);
        if (!came && (events & LOOP_HANGUP)) {
            drop(client, "the peer has gone");
        }
    }
    if (!client->dead) {
        rot_client_serve(client);
    }
    rot_clients_settle(client->server);
}

struct rot_client *rot_client_create(struct rot_server *server, int fd)
{
    struct rot_client *client = xcalloc(1, sizeof(*client));
    client->server = server;
    client->number = ++server->last_number;
    client->protocol = ROT_PROTOCOL_NONE;
    client->user = server->options->core.users[0];
    client->access_ns =
        server->options->real_time ? 0 : server->options->core.access_ns;
    client->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = ready, .context = client};
    client->stall = (struct loop_timer){.due = stalled, .context = client};
    loop_watch(server->loop, &client->watch);
    say(client, "connected");
    return client;
}

void rot_client_destroy(struct rot_client *client)
{
    struct rot_server *server = client->server;
    loop_timer_cancel(server->loop, &client->stall);
    loop_unwatch(server->loop, &client->watch);
    host_socket_close(client->watch.fd);
    rot_core_forget(&server->core, client);
    buffer_fini(&client->in);
    buffer_fini(&client->out);
    free(client);
}
