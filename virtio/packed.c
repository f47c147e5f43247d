/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed virtqueues (virtio 1.2, 2.8): one ring of descriptors, which the
 * device overwrites with used ones in the order of completion.
 *
 * A position is an offset in the ring, with the wrap counter in bit 15.
 */
#include <string.h>

#include "virtio/ring.h"

enum { WRAP = 1 << 15, OFFSET = WRAP - 1 };

static uint64_t ring_bytes(const struct virtio_queue_state *queue)
{
    return (uint64_t)queue->size * sizeof(struct virtio_packed_descriptor);
}

static enum virtio_fault_number check(const struct virtio_queue_state *queue,
                                      uint32_t size_max)
{
    if (queue->size == 0 || queue->size > size_max) {
        return VIRTIO_FAULT_QUEUE_SIZE;
    }
    return queue->descriptors % VIRTIO_DESCRIPTOR_ALIGN != 0 ||
                   queue->driver % VIRTIO_EVENT_ALIGN != 0 ||
                   queue->device % VIRTIO_EVENT_ALIGN != 0
               ? VIRTIO_FAULT_QUEUE_ALIGNMENT
               : VIRTIO_FAULTS;
}

static bool possible(const struct virtio_queue_state *queue)
{
    return (queue->available & OFFSET) < queue->size &&
           (queue->used & OFFSET) < queue->size;
}

static bool open_queue(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;

    view->ring = virtio_area(virtio, view->number, queue->descriptors,
                             ring_bytes(queue), VIRTIO_WRITE);
    view->driver =
        view->ring == NULL
            ? NULL
            : virtio_area(virtio, view->number, queue->driver,
                          sizeof(struct virtio_event_suppression), VIRTIO_READ);
    return view->driver != NULL;
}

static void close_queue(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;

    virtio_area_done(virtio, view->ring, ring_bytes(queue), VIRTIO_WRITE);
    virtio_area_done(virtio, view->driver,
                     sizeof(struct virtio_event_suppression), VIRTIO_READ);
}

/* A position some descriptors on, as many as the ring has at most. */
static uint16_t advance(const struct virtio_queue_state *queue,
                        uint16_t position, unsigned count)
{
    const unsigned offset = (position & OFFSET) + count;

    debug_assert((position & OFFSET) < queue->size && count <= queue->size);
    return offset < queue->size ? (uint16_t)((position & WRAP) | offset)
                                : (uint16_t)(((position & WRAP) ^ WRAP) |
                                             (offset - queue->size));
}

/* ---- Available requests -------------------------------------------------- */

/* True if the descriptor at a position is available, and not used yet
 * (2.8.1). */
static bool is_available(const struct virtio_view *view, uint16_t position)
{
    const uint16_t flags =
        __atomic_load_n(&view->ring[position & OFFSET].flags, __ATOMIC_ACQUIRE);
    const bool wrap = (position & WRAP) != 0;

    return ((flags & VIRTIO_DESC_AVAIL) != 0) == wrap &&
           ((flags & VIRTIO_DESC_USED) != 0) != wrap;
}

/* The descriptor at which the device wants to be notified (2.8.10). */
static bool ask(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;
    const struct virtio_event_suppression event = {
        .offset_wrap = queue->available,
        .flags = VIRTIO_EVENT_DESCRIPTOR,
    };
    void *area = virtio_area(virtio, view->number, queue->device, sizeof(event),
                             VIRTIO_WRITE);
    uint32_t word;

    if (area == NULL) {
        return false;
    }
    memcpy(&word, &event, sizeof(word));
    __atomic_store_n((uint32_t *)area, word, __ATOMIC_RELEASE);
    virtio_area_done(virtio, area, sizeof(event), VIRTIO_WRITE);
    /* Before the descriptor is read again: the driver writes it, then reads
     * this. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    view->shown = true;
    return true;
}

static bool has(struct virtio *virtio, struct virtio_view *view)
{
    const uint16_t position = view->queue->available;

    return is_available(view, position) ||
           (virtio_has(virtio, VIRTIO_F_EVENT_IDX) && ask(virtio, view) &&
            is_available(view, position));
}

/* Each field with a load of its own, as in split.c. */
static inline struct virtio_packed_descriptor
read_once(const struct virtio_packed_descriptor *at)
{
    return (struct virtio_packed_descriptor){
        .address = __atomic_load_n(&at->address, __ATOMIC_RELAXED),
        .length = __atomic_load_n(&at->length, __ATOMIC_RELAXED),
        .id = __atomic_load_n(&at->id, __ATOMIC_RELAXED),
        .flags = __atomic_load_n(&at->flags, __ATOMIC_RELAXED),
    };
}

/* All entries of an indirect table are the chain; of their flags only WRITE
 * means something (2.8.7). */
static bool take_table(struct virtio *virtio, struct virtio_chain *chain,
                       const struct virtio_packed_descriptor *outer)
{
    struct virtio_packed_descriptor table[VIRTIO_CHAIN_MAX];

    if (chain->count != 0 || (outer->flags & VIRTIO_DESC_NEXT) != 0 ||
        !virtio_has(virtio, VIRTIO_F_INDIRECT_DESC)) {
        virtio_fault(virtio,
                     virtio_has(virtio, VIRTIO_F_INDIRECT_DESC)
                         ? VIRTIO_FAULT_INDIRECT_NEXT
                         : VIRTIO_FAULT_INDIRECT_FEATURE,
                     chain->queue, outer->id);
        return false;
    }
    const unsigned count = virtio_chain_table(
        virtio, chain->queue, outer->address, outer->length, table);
    for (unsigned i = 0; i < count; i++) {
        const struct virtio_packed_descriptor at = read_once(&table[i]);

        if (!virtio_chain_add(virtio, chain, at.address, at.length,
                              (at.flags & VIRTIO_DESC_WRITE) != 0)) {
            return false;
        }
    }
    return count != 0;
}

/* Adds the descriptors of a chain, each of which is read once. The buffer ID is
 * that of the last one (2.8.6). */
static bool walk(struct virtio *virtio, const struct virtio_view *view,
                 struct virtio_chain *chain)
{
    const struct virtio_queue_state *queue = view->queue;
    uint16_t position = queue->available;

    while (chain->slots < queue->size) {
        const struct virtio_packed_descriptor at =
            read_once(&view->ring[position & OFFSET]);

        chain->slots++;
        chain->id = at.id;
        if ((at.flags & VIRTIO_DESC_INDIRECT) != 0) {
            return take_table(virtio, chain, &at);
        }
        if (!virtio_chain_add(virtio, chain, at.address, at.length,
                              (at.flags & VIRTIO_DESC_WRITE) != 0)) {
            return false;
        }
        if ((at.flags & VIRTIO_DESC_NEXT) == 0) {
            return true;
        }
        position = advance(queue, position, 1);
    }
    virtio_fault(virtio, VIRTIO_FAULT_CHAIN_LONG, chain->queue, queue->size);
    return false;
}

static bool take(struct virtio *virtio, struct virtio_view *view,
                 struct virtio_chain *chain)
{
    struct virtio_queue_state *queue = view->queue;

    if (!has(virtio, view)) {
        return false;
    }
    virtio_chain_begin(chain, view->number);
    if (!walk(virtio, view, chain)) {
        return false;
    }
    if (chain->id >= queue->size) {
        virtio_fault(virtio, VIRTIO_FAULT_DESCRIPTOR_INDEX, view->number,
                     chain->id);
        return false;
    }
    queue->available = advance(queue, queue->available, chain->slots);
    return true;
}

static void put_back(struct virtio_queue_state *queue,
                     const struct virtio_chain *chain)
{
    /* Once round the ring, less the slots, with the other wrap counter. */
    queue->available = (uint16_t)(advance(queue, queue->available,
                                          queue->size - chain->slots) ^
                                  WRAP);
}

/* ---- Used requests ------------------------------------------------------- */

static bool put(struct virtio *virtio, struct virtio_view *view,
                const struct virtio_chain *chain, uint32_t written)
{
    struct virtio_queue_state *queue = view->queue;
    struct virtio_packed_descriptor *entry = &view->ring[queue->used & OFFSET];
    const unsigned flags =
        ((queue->used & WRAP) != 0 ? VIRTIO_DESC_AVAIL | VIRTIO_DESC_USED : 0) |
        (written != 0 ? VIRTIO_DESC_WRITE : 0);

    debug_assert(chain->id < queue->size && chain->slots != 0);
    entry->address = 0;
    entry->length = written;
    entry->id = chain->id;
    __atomic_store_n(&entry->flags, (uint16_t)flags, __ATOMIC_RELEASE);
    queue->used = advance(queue, queue->used, chain->slots);
    view->written += chain->slots;
    view->shown = false;
    return true;
}

/* Descriptors from one position to another that is at most a round on. */
static unsigned distance(const struct virtio_queue_state *queue, uint16_t from,
                         uint16_t to)
{
    return (to & OFFSET) - (from & OFFSET) +
           (((from ^ to) & WRAP) != 0 ? queue->size : 0);
}

static bool publish(struct virtio *virtio, struct virtio_view *view,
                    bool *wanted)
{
    const struct virtio_queue_state *queue = view->queue;
    struct virtio_event_suppression event;
    uint32_t word;

    /* The entries are written before the driver's wish is read: the driver
     * writes it, then looks for entries (2.8.14). */
    if (!view->shown) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    word = __atomic_load_n((const uint32_t *)(const void *)view->driver,
                           __ATOMIC_ACQUIRE);
    memcpy(&event, &word, sizeof(event));
    *wanted = event.flags != VIRTIO_EVENT_DISABLE;
    if (event.flags == VIRTIO_EVENT_DESCRIPTOR &&
        virtio_has(virtio, VIRTIO_F_EVENT_IDX)) {
        /* Counted back from `used`, where both wrap counters are the same. */
        const unsigned ago = distance(queue, event.offset_wrap, queue->used);

        *wanted =
            view->written > queue->size || (ago != 0 && ago <= view->written);
    }
    return true;
}

const struct virtio_ring virtio_packed = {
    .check = check,
    .possible = possible,
    .open = open_queue,
    .take = take,
    .put_back = put_back,
    .put = put,
    .publish = publish,
    .close = close_queue,
};
