/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file server that speaks FUSE's protocol (abi/fuse.h) as Linux' virtiofs
 * does: the bytes of a request in, those of its reply out. It knows no
 * transport, and maps no memory (DAX). Requests are served one after the other
 * and none waits: for a lock that another holds the reply is FUSE_ASK_AGAIN.
 */
#ifndef BACKENDS_SHARE_FUSE_H
#define BACKENDS_SHARE_FUSE_H

#include <stddef.h>
#include <stdint.h>

#include "backends/share/share.h"

/* How long the client may believe what it knows. */
enum fuse_cache {
    FUSE_CACHE_AUTO,   /* a second; contents until the file is opened again */
    FUSE_CACHE_NONE,   /* nothing */
    FUSE_CACHE_ALWAYS, /* all: nobody else changes the folder */
};

enum {
    FUSE_TRANSFER_MAX = 256 << 10,
    FUSE_MESSAGE_MAX = FUSE_TRANSFER_MAX + 4096,
};

struct fuse;

/* The parties that see the locks of the client's processes. */
enum fuse_locks {
    FUSE_LOCKS_CLIENT, /* they alone */
    FUSE_LOCKS_HOST,   /* other clients and programs of the host too */
};

/* The share, which the caller keeps open and closes afterwards, is the
 * server's alone. */
struct fuse *fuse_create(struct share *share, enum fuse_cache cache,
                         enum fuse_locks locks);
void fuse_destroy(struct fuse *server); /* NULL is fine */
/* Forgets the client: as if it had just come. */
void fuse_reset(struct fuse *server);
/* True if a client has come and not gone: it has nodes and files here. */
bool fuse_has_client(const struct fuse *server);

/* The size of the reply, at most room; 0 if the operation has none, the request
 * is none, or there is no room for the least reply. */
size_t fuse_serve(struct fuse *server, const uint8_t *request, size_t size,
                  uint8_t *reply, size_t room);

#endif
