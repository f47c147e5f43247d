/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a served root of trust: its connection, and what the protocols
 * keep of it. */
#ifndef SESSION_ROT_CLIENT_H
#define SESSION_ROT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "host/loop.h"
#include "host/socket.h"
#include "session/rot/server.h"
#include "session/rot/wire.h"

enum {
    /* Bytes that may wait for a client: above the first no further request of
     * it is served, above the second notifications are dropped and counted. */
    ROT_OUT_HIGH = 1 << 18,
    ROT_OUT_MOST = 1 << 20,
    /* Clients above the limit whose protocol is awaited, to tell them. */
    ROT_SURPLUS = 16,
    /* Bytes that an empty buffer keeps. */
    ROT_KEPT = 1 << 19,
};

struct rot_client {
    struct rot_server *server;
    struct rot_client *next;
    unsigned number; /* from 1, never used again */
    enum rot_protocol protocol;
    struct loop_watch watch;
    struct loop_timer stall;
    bool stall_armed;
    bool moved;   /* since that was armed something went on */
    bool waits;   /* its first frame waits for the mailbox */
    bool full;    /* as much waited for it that frames of it may be left */
    bool surplus; /* above the limit: told so in its protocol, then closed */
    bool closing; /* nothing more is read; gone once all is written */
    bool dead;    /* to be freed */

    struct buffer in;
    size_t in_used; /* bytes at its start that were served */
    struct buffer out;
    size_t out_sent;

    /* For our protocol. */
    bool greeted;
    uint32_t user;
    uint64_t access_ns;
    bool watched[ROT_LINES]; /* by the core's numbers */
    uint64_t lost;           /* notifications that were dropped */
};

struct rot_server {
    const struct rot_server_options *options;
    struct rot_observer observer;
    struct loop *loop;
    struct rot_core core;
    struct loop_watch listener;
    struct rot_client *clients;
    unsigned client_count;  /* without those above the limit */
    unsigned surplus_count; /* and these */
    unsigned last_number;
    struct loop_timer tick; /* of real time */
    uint64_t tick_host_ns;
    bool stops_at_lines; /* the run at hand, and it has to */
    bool line_changed;
    const struct rot_client *runner; /* whose run that is */
    struct host_socket_file file;    /* of the socket */
    uint8_t *scratch;                /* what recv fills */
    struct buffer payload;           /* of the frame that is made */
};

enum rot_served {
    ROT_SERVED,
    ROT_LATER, /* the mailbox is another's: the frame stays where it is */
};

/* Serve one request of their protocol: frame->command is not NULL. */
enum rot_served rot_registers_serve(struct rot_client *client,
                                    const struct rot_frame *frame);
enum rot_served rot_mailbox_serve(struct rot_client *client,
                                  const struct rot_frame *frame);
enum rot_served rot_own_serve(struct rot_client *client,
                              const struct rot_frame *frame);
/* Say that a request cannot be served; frame is NULL when there is none. */
void rot_registers_refuse(struct rot_client *client, enum rot_error error);
void rot_mailbox_refuse(struct rot_client *client);
void rot_own_refuse(struct rot_client *client, const struct rot_frame *frame,
                    enum rot_error error);
/* A protocol's word for the end of the connection, where it has one. */
void rot_own_end(struct rot_client *client, enum rot_error error);
void rot_own_line(struct rot_client *client, unsigned line, uint32_t level);
/* To all clients of our protocol: a reset, or another state. */
void rot_own_tell_reset(struct rot_server *server, uint32_t kind);

/* Sends a frame whose payload is server->payload, which is empty then. */
void rot_client_send(struct rot_client *client, const char *direction,
                     uint16_t number);
/* Closes once what waits was written. */
void rot_client_close(struct rot_client *client, const char *why);

#endif
