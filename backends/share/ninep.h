/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file server that speaks 9P2000.L (abi/ninep.h): the bytes of a request in,
 * those of its reply out. It knows no transport. Requests are served one after
 * the other, so there is never one to be flushed, and none waits: a lock that
 * another holds is answered as blocked, and the client asks again.
 */
#ifndef BACKENDS_SHARE_NINEP_H
#define BACKENDS_SHARE_NINEP_H

#include <stddef.h>
#include <stdint.h>

#include "backends/share/share.h"

enum { NINEP_MESSAGE_MAX = 256 << 10 };

struct ninep;

/* The share, which the caller keeps open and closes afterwards, is the
 * server's alone. */
struct ninep *ninep_create(struct share *share);
void ninep_destroy(struct ninep *server); /* NULL is fine */
/* Forgets the client: as if it had just come. */
void ninep_reset(struct ninep *server);
/* True if a client has fids. */
bool ninep_has_client(const struct ninep *server);

/* The size of the reply, at most room; 0 if the request is none, or there is no
 * room for the least reply. */
size_t ninep_serve(struct ninep *server, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t room);

#endif
