/* SPDX-License-Identifier: Apache-2.0 */
/* Where peers call: a socket that listens, watched by the loop. */
#ifndef BACKENDS_LISTENER_H
#define BACKENDS_LISTENER_H

#include "base/error.h"
#include "host/loop.h"
#include "host/socket.h"

struct listener {
    struct loop_watch watch; /* fd is -1 when it is closed */
    struct host_socket_file file;
    char name[128]; /* an address that a peer can use */
};

enum listener_type { LISTENER_STREAM, LISTENER_PACKETS /* in sequence */ };

/* Listens at "unix:PATH" or, for streams, "[HOST:]PORT"; called runs, with
 * context, when there is a peer to take. 0, or a negative errno value and
 * *error: the listener is closed. */
int listener_open(struct listener *listener, struct loop *loop,
                  const char *address, enum listener_type type,
                  void (*called)(void *context, unsigned events), void *context,
                  struct error *error);
/* Fine for a closed one, with fd -1. */
void listener_close(struct listener *listener, struct loop *loop);

#endif
