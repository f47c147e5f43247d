/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two formats of virtqueues do for the core: split.c (2.7) and
 * packed.c (2.8). Private to the core.
 *
 * The core calls open first, which maps the areas that are read, and close when
 * it is done with a queue; between them, take and put any number of times. All
 * return false after a fault.
 */
#ifndef VIRTIO_RING_H
#define VIRTIO_RING_H

#include "virtio/virtio.h"

struct virtio_ring {
    /* Whether a queue can have these sizes and addresses: VIRTIO_FAULTS, or the
     * fault that it is to enable it. */
    enum virtio_fault_number (*check)(const struct virtio_queue_state *queue);
    /* Whether the positions of a queue that was saved can be. */
    bool (*possible)(const struct virtio_queue_state *queue);
    bool (*open)(struct virtio *virtio, unsigned queue);
    /* Whether the driver made a request available; if not, asks it for a
     * notification of the next. */
    bool (*has)(struct virtio *virtio, unsigned queue);
    /* The next request, after has. */
    bool (*take)(struct virtio *virtio, unsigned queue,
                 struct virtio_chain *chain);
    /* That request is the next one again. */
    void (*put_back)(struct virtio *virtio, const struct virtio_chain *chain);
    /* Writes a used entry. A driver need not see it before publish, but may, in
     * a packed virtqueue. */
    bool (*put)(struct virtio *virtio, const struct virtio_chain *chain,
                uint32_t written);
    /* Shows entries to the driver; *wanted: it asked to be notified of them. */
    bool (*publish)(struct virtio *virtio, unsigned queue, bool *wanted);
    void (*close)(struct virtio *virtio, unsigned queue);
};

extern const struct virtio_ring virtio_split;
extern const struct virtio_ring virtio_packed;

static inline const struct virtio_ring *
virtio_ring_of(const struct virtio *virtio)
{
    return virtio_has(virtio, VIRTIO_F_RING_PACKED) ? &virtio_packed
                                                    : &virtio_split;
}

/* An area of a queue, all of it contiguous; NULL after a fault. */
void *virtio_area(struct virtio *virtio, unsigned queue, uint64_t address,
                  uint64_t size, enum virtio_access access);
void virtio_area_done(struct virtio *virtio, const void *area, uint64_t size,
                      enum virtio_access access);

/* Adds a buffer to a chain; false after a fault. */
bool virtio_chain_add(struct virtio *virtio, struct virtio_chain *chain,
                      uint64_t address, uint32_t length, bool writable);
/* Copies an indirect table of VIRTIO_CHAIN_MAX entries at most, and returns how
 * many it has; 0 after a fault. */
unsigned virtio_chain_table(struct virtio *virtio, unsigned queue,
                            uint64_t address, uint32_t length, void *table);

#endif
