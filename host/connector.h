/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to Unix sockets whose names begin alike, PREFIX_NUMBER, made by
 * a process of its own. A process in a sandbox has no right to connect to
 * anything; it asks this one, which has no other use and sees nothing else.
 */
#ifndef HOST_CONNECTOR_H
#define HOST_CONNECTOR_H

#include <stdint.h>

#include "base/error.h"

struct connector {
    int fd; /* -1: not started; readable (host/loop.h): there is an answer */
};

/* Before sandbox_enter. Returns 0, or a negative errno and *error. */
int connector_start(struct connector *connector, const char *prefix,
                    struct error *error);
enum connector_type { CONNECTOR_STREAM, CONNECTOR_PACKETS /* in sequence */ };

/* Asks for a connection to PREFIX_number; tag comes back with it. Does not
 * wait. 0, or a negative errno value: there will be no answer. */
int connector_ask(const struct connector *connector, uint32_t tag,
                  uint32_t number, enum connector_type type);
/* An answer: 1, with *tag and *fd, which does not block and is a negative errno
 * value if nobody listens there, -EPROTOTYPE if somebody does for another type.
 * 0: there is none now. A negative errno value: there will be none. In a
 * sandbox SANDBOX_PEERS. */
int connector_take(const struct connector *connector, uint32_t *tag, int *fd);
/* Fine if it is ended or zeroed with fd -1. The process ends by itself. */
void connector_end(struct connector *connector);

#endif
