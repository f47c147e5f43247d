/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that devices of file protocols (9p.c, fs.c) have in common: the readable
 * bytes of a chain are a request, which a server outside answers, and its reply
 * goes to the writable bytes. Neither device looks at more of them than it
 * takes to report that the server has failed.
 */
#ifndef VIRTIO_SHARE_H
#define VIRTIO_SHARE_H

#include "abi/virtio_share.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_SHARE_QUEUES = 2,
    /* Requests of all queues that are under way; more wait in the rings. Of
     * them so many may be asked again and again, so that others get through. */
    VIRTIO_SHARE_REQUESTS = 16,
    VIRTIO_SHARE_WAITING = 12,
    /* Bytes of a request, and of a reply: those of a transfer, and headers. */
    VIRTIO_SHARE_BYTES_MAX = (256 << 10) + 4096,
};

/* virtio.outside of such a device. */
struct virtio_share_server {
    const char *tag; /* by which the driver's users know the folder */
    /*
     * Asks the server; virtio_share_gather has the request, of `size` bytes,
     * and virtio_share_done takes the reply, within the call or later.
     */
    void (*ask)(struct virtio *virtio, unsigned number, size_t size,
                size_t room);
    /* No virtio_share_done for it any more. */
    void (*cancel)(struct virtio *virtio, unsigned number);
};

/* Copies the request; false: the driver's memory is not there. */
bool virtio_share_gather(struct virtio *virtio, unsigned number, void *bytes,
                         size_t size);
/* size is at most the room of the request; 0: the server has no reply. */
void virtio_share_done(struct virtio *virtio, unsigned number,
                       const void *bytes, size_t size);

/* True if the server wants to be asked again, as by now it had to wait: the
 * caller does, after a while, by virtio_share_ask. Else virtio_share_done is
 * due. */
bool virtio_share_waits(struct virtio *virtio, unsigned number,
                        const void *bytes, size_t size);
void virtio_share_ask(struct virtio *virtio, unsigned number);

/* The state, for its owner to keep. */
struct virtio_share_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_SHARE_QUEUES];
    uint32_t blocked; /* queues that wait for a free place, a bit each */
    uint32_t waiting; /* requests that are asked again, a bit each */
    struct virtio_chain requests[VIRTIO_SHARE_REQUESTS];
};

extern const struct virtio_type virtio_9p;
extern const struct virtio_type virtio_fs;

/* ---- For 9p.c and fs.c --------------------------------------------------- */

enum { VIRTIO_SHARE_HEAD_MAX = 64 };

static inline const struct virtio_share_server *
virtio_share_server_of(const struct virtio *virtio)
{
    return virtio->outside;
}

/* The length of the tag, at most what the configuration has room for. */
size_t virtio_share_tag_size(const struct virtio *virtio);
/* Members of a struct virtio_type. */
void virtio_share_serve(struct virtio *virtio, unsigned queue);
void virtio_share_drop(struct virtio *virtio, unsigned queue);
bool virtio_share_possible(const struct virtio *virtio);
/* True if the reply says that the request is to be asked again. */
bool virtio_fs_waits(const void *reply, size_t size);
/* The reply that the driver gets in its place: that there are no locks. The
 * size. */
size_t virtio_fs_refusal(const void *reply, uint8_t *refusal);
/* The reply to a request, whose first bytes are here, that the server did not
 * answer: its size, at most VIRTIO_SHARE_HEAD_MAX; 0: none is due. */
size_t virtio_9p_failure(const void *request, size_t size, uint8_t *reply);
size_t virtio_fs_failure(const void *request, size_t size, uint8_t *reply);

#endif
