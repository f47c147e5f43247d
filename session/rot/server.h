/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that offers a root of trust over a Unix socket: one thread, one
 * event loop, any number of clients up to a limit. Which protocol a client
 * speaks its first four bytes say.
 *
 * A client can end nothing but its own connection: what it sends is bounded by
 * the table of requests, what waits for it by a limit of bytes, and how long it
 * may take by a time.
 */
#ifndef SESSION_ROT_SERVER_H
#define SESSION_ROT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/error.h"
#include "session/rot/core.h"

struct session;

struct rot_trace {
    uint64_t time_ns; /* virtual */
    unsigned client;
    const char *protocol;
    const char *direction; /* "request", "reply", "notification" */
    unsigned number;
    const uint8_t *payload;
    size_t size;
};

/* Functions may be NULL. */
struct rot_observer {
    /* Something about a client (0: about the server), a sentence without its
     * full stop. */
    void (*say)(void *context, unsigned client, const char *text);
    void (*frame)(void *context, const struct rot_trace *trace);
    void *context;
};

struct rot_server_options {
    const char *path; /* of the socket */
    unsigned clients; /* the most at a time */
    /* Host time for a peer to finish a frame, to read what waits for it, and
     * for the mailbox to become free. */
    uint64_t timeout_ns;
    bool real_time; /* virtual time follows the host's */
    struct rot_core_options core;
};

struct rot_server;

/* Listens; the session's machine is built. options outlive the server. */
int rot_server_open(struct session *session,
                    const struct rot_server_options *options,
                    const struct rot_observer *observer,
                    struct rot_server **made, struct session_error *error);
/* Brings the root of trust up: 0, or a failure with the cause in error. */
int rot_server_boot(struct rot_server *server, struct session_error *error);
/* Serves until a signal ends the program (host/ending.h): 0; or -ENOMEM when
 * there is not enough memory to put a state back. */
int rot_server_run(struct rot_server *server);
/* Tells the clients, closes, and removes the socket; NULL is fine. */
void rot_server_close(struct rot_server *server);

#endif
