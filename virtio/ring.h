/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the two formats of virtqueues for the core: split.c (2.7) and
 * packed.c (2.8). Private to the core.
 *
 * The core calls open first, which maps the areas that are read, and close when
 * it is done with a queue; between them, take and put any number of times. All
 * return false after a fault. The view has the queue and its state.
 */
#ifndef VIRTIO_RING_H
#define VIRTIO_RING_H

#include <string.h>

#include "virtio/virtio.h"

struct virtio_ring {
    /* Checks whether a queue can have these sizes and addresses: VIRTIO_FAULTS,
     * or the fault that it is to enable it. */
    enum virtio_fault_number (*check)(const struct virtio_queue_state *queue,
                                      uint32_t size_max);
    /* True if the positions of a queue that was saved can be. */
    bool (*possible)(const struct virtio_queue_state *queue);
    bool (*open)(struct virtio *virtio, struct virtio_view *view);
    /* The next request. If the driver made none available, false, and it was
     * asked for a notification of the next. */
    bool (*take)(struct virtio *virtio, struct virtio_view *view,
                 struct virtio_chain *chain);
    /* That request is the next one again. */
    void (*put_back)(struct virtio_queue_state *queue,
                     const struct virtio_chain *chain);
    /* Writes a used entry. A driver need not see it before publish, but may, in
     * a packed virtqueue. */
    bool (*put)(struct virtio *virtio, struct virtio_view *view,
                const struct virtio_chain *chain, uint32_t written);
    /* Shows entries to the driver; *wanted: it asked to be notified of them. */
    bool (*publish)(struct virtio *virtio, struct virtio_view *view,
                    bool *wanted);
    /* Ends mappings; only for a host that has unmap. */
    void (*close)(struct virtio *virtio, struct virtio_view *view);
};

extern const struct virtio_ring virtio_split;
extern const struct virtio_ring virtio_packed;

static inline const struct virtio_ring *
virtio_ring_of(const struct virtio *virtio)
{
    return virtio_has(virtio, VIRTIO_F_RING_PACKED) ? &virtio_packed
                                                    : &virtio_split;
}

/* Forgets all that a log has. */
void virtio_log_clear(struct virtio_queue *queue);
/* The driver was shown the used entries of a split virtqueue whose log is in a
 * region: what was completed is in flight no more. */
void virtio_log_settle(struct virtio_queue *queue);

/* Reports an area of which less than all is contiguous, or nothing is there;
 * returns NULL. */
void *virtio_area_fault(struct virtio *virtio, unsigned queue, uint64_t address,
                        void *area, uint64_t mapped, enum virtio_access access);

/* An area of a queue, all of it contiguous; NULL after a fault. This and
 * virtio_chain_add are part of each request, and inline for that. */
static inline void *virtio_area(struct virtio *virtio, unsigned queue,
                                uint64_t address, uint64_t size,
                                enum virtio_access access)
{
    uint64_t mapped = size;
    void *area =
        virtio->host->map(virtio, VIRTIO_RINGS, address, &mapped, access);

    return area != NULL && mapped >= size
               ? area
               : virtio_area_fault(virtio, queue, address, area, mapped,
                                   access);
}

static inline void virtio_area_done(struct virtio *virtio, const void *area,
                                    uint64_t size, enum virtio_access access)
{
    if (virtio->host->unmap != NULL && area != NULL) {
        virtio->host->unmap(virtio, (void *)(uintptr_t)area, size, access);
    }
}

/* The most bytes of a chain in total (2.7.5.2). */
#define VIRTIO_CHAIN_BYTES_MAX (UINT64_C(1) << 32)

/* Reports what is wrong with a buffer of a chain. */
__attribute__((cold)) void virtio_chain_fault(struct virtio *virtio,
                                              const struct virtio_chain *chain,
                                              uint64_t address, uint32_t length,
                                              bool writable);

/* Makes a chain without buffers. */
static inline void virtio_chain_begin(struct virtio_chain *chain,
                                      unsigned queue)
{
    memset(chain, 0, offsetof(struct virtio_chain, segments));
    chain->queue = (uint16_t)queue;
}

/* Adds a buffer to a chain; false after a fault. */
static inline bool virtio_chain_add(struct virtio *virtio,
                                    struct virtio_chain *chain,
                                    uint64_t address, uint32_t length,
                                    bool writable)
{
    if (length == 0 || chain->count == VIRTIO_CHAIN_MAX ||
        (!writable && chain->readable != chain->count) ||
        address + length - 1 < address ||
        chain->readable_bytes + chain->writable_bytes + length >
            VIRTIO_CHAIN_BYTES_MAX) {
        virtio_chain_fault(virtio, chain, address, length, writable);
        return false;
    }
    debug_assert(chain->count < VIRTIO_CHAIN_MAX &&
                 chain->readable <= chain->count);
    struct virtio_segment *segment = &chain->segments[chain->count++];
    segment->address = address;
    segment->size = length;
    segment->reserved = 0;
    if (writable) {
        chain->writable_bytes += length;
    } else {
        chain->readable++;
        chain->readable_bytes += length;
    }
    return true;
}

/* Copies an indirect table of VIRTIO_CHAIN_MAX entries at most, and returns how
 * many it has; 0 after a fault. */
unsigned virtio_chain_table(struct virtio *virtio, unsigned queue,
                            uint64_t address, uint32_t length, void *table);

#endif
