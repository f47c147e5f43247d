/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options in words to struct session_options: the only place that parses
 * them, for every front end. What words mean, and where they are misuse, is the
 * same for a command line, a test job and a request to a server.
 *
 *     session_request_begin -> session_open -> session_request_complete
 *
 * The front end fills in what is its own between these steps: files that it
 * writes itself, a terminal, where the run's words come from.
 */
#ifndef SESSION_REQUEST_REQUEST_H
#define SESSION_REQUEST_REQUEST_H

#include "base/buffer.h"
#include "session/clock.h"
#include "session/options.h"
#include "session/request/option.h"
#include "session/session.h"

/* The rows of session/options.def, in the order of session/option_table.h. */
extern const struct option session_request_options[];

struct session_request {
    /* Set by the caller. */
    const struct given_options *given; /* of session_request_options */
    const char *operand;               /* BOARD as it was given, or NULL */
    bool has_terminal;                 /* a user types into the console */

    struct session_options options;
    const struct session *session;  /* from session_request_complete on */
    char clock[SESSION_CLOCK_TEXT]; /* what --rtc came to, or "" */
    struct buffer owned; /* pointers: texts and lists that options point to */
};

/* Reads the options that choose board, script, guest and files: enough for
 * session_open. -EINVAL after filling *error. */
int session_request_begin(struct session_request *request,
                          struct session_error *error);
/* Refuses options that have no effect on the session as it was opened, and
 * reads the others. -EINVAL after filling *error. */
int session_request_complete(struct session_request *request,
                             const struct session *session,
                             struct session_error *error);
/* Also after a request that failed. */
void session_request_fini(struct session_request *request);

/* The board without a name. */
#define SESSION_BOARD_DEFAULT "caliptra-1.1"

/* The board that operand and options of a run choose. */
const char *session_request_board(const struct session_request *request);
/* True if an option has a say in which board that is. */
bool session_request_chooses(const struct session_request *request,
                             const char *option);

/* The @ in FILE@ADDRESS, and the address; NULL: there is none. */
const char *session_request_address(const char *text, uint64_t *address);
/* Prints the devices for --plug, with their settings. */
void session_request_pluggables(struct buffer *out);

#endif
