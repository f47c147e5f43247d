/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entropy device's outside: a source of random bytes, which the owner of
 * the device supplies.
 */
#ifndef VIRTIO_RNG_H
#define VIRTIO_RNG_H

#include "virtio/virtio.h"

enum {
    /* Requests that are under way; more wait in the ring. */
    VIRTIO_RNG_REQUESTS = 4,
    /* The most that one request gets: the device may use less than a buffer
     * has (5.4.6.1). */
    VIRTIO_RNG_BYTES_MAX = 1024,
};

/* virtio.outside of an entropy device. */
struct virtio_rng_source {
    /*
     * Asks for bytes, at most VIRTIO_RNG_BYTES_MAX, by a number below
     * VIRTIO_RNG_REQUESTS: virtio_rng_done gives them, within the call or
     * later.
     */
    void (*ask)(struct virtio *virtio, unsigned number, size_t size);
    /* No virtio_rng_done for it any more. */
    void (*cancel)(struct virtio *virtio, unsigned number);
};

/* size is at least 1 and at most what was asked for. */
void virtio_rng_done(struct virtio *virtio, unsigned number, const void *bytes,
                     size_t size);

/* The state, for its owner to keep. */
struct virtio_rng_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[1];
    uint32_t blocked; /* a request of the ring waits for a place */
    uint32_t reserved;
    struct virtio_chain requests[VIRTIO_RNG_REQUESTS];
};

extern const struct virtio_type virtio_rng;

#endif
