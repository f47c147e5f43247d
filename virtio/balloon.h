/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The balloon's outside: how much memory it is to have, and where memory goes
 * that the driver gives up.
 */
#ifndef VIRTIO_BALLOON_H
#define VIRTIO_BALLOON_H

#include "abi/virtio_balloon.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_BALLOON_QUEUES = 5,
    VIRTIO_BALLOON_STATISTICS = 16, /* tags are below */
    /* Addresses of one request; those behind them are not given back. */
    VIRTIO_BALLOON_PAGES_MAX = 1 << 18,
};

/* virtio.outside of a balloon. */
struct virtio_balloon_outside {
    uint32_t pages; /* that it is to have */
    /* Memory is free until the driver writes to it again; from now on it reads
     * as zeros. Not all of it need be memory. */
    void (*release)(struct virtio *virtio, uint64_t address, uint64_t size);
};

/* `pages` of the outside was changed. */
void virtio_balloon_retarget(struct virtio *virtio);
/* Asks the driver for new statistics. */
void virtio_balloon_ask(struct virtio *virtio);

/* The state, for its owner to keep. */
struct virtio_balloon_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_BALLOON_QUEUES];
    uint32_t actual; /* pages that it has, as the driver says */
    uint32_t poison; /* what the driver fills free pages with */
    uint32_t known;  /* statistics that the driver gives, a bit each */
    uint32_t reserved;
    uint64_t values[VIRTIO_BALLOON_STATISTICS];
    struct virtio_chain statistics; /* the buffer that they were in */
};

extern const struct virtio_type virtio_balloon;

#endif
