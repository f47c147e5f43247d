/* SPDX-License-Identifier: Apache-2.0 */
/* Split virtqueues (virtio 1.2, 2.7). */
#include <string.h>

#include "virtio/ring.h"

/* ---- Areas --------------------------------------------------------------- */

static uint64_t table_bytes(const struct virtio_queue_state *queue)
{
    return (uint64_t)queue->size * sizeof(struct virtio_descriptor);
}

/* Available and used ring, with their event indices. */
static uint64_t available_bytes(const struct virtio_queue_state *queue)
{
    return VIRTIO_RING_ENTRIES + (uint64_t)queue->size * sizeof(uint16_t) +
           VIRTIO_RING_EVENT_SIZE;
}

static uint64_t used_bytes(const struct virtio_queue_state *queue)
{
    return VIRTIO_RING_ENTRIES +
           (uint64_t)queue->size * sizeof(struct virtio_used) +
           VIRTIO_RING_EVENT_SIZE;
}

/* 2.7: the size is a power of two. */
static enum virtio_fault_number check(const struct virtio_queue_state *queue)
{
    if (queue->size == 0 || queue->size > VIRTIO_QUEUE_SIZE_MAX ||
        (queue->size & (queue->size - 1)) != 0) {
        return VIRTIO_FAULT_QUEUE_SIZE;
    }
    return queue->descriptors % VIRTIO_DESCRIPTOR_ALIGN != 0 ||
                   queue->driver % VIRTIO_AVAILABLE_ALIGN != 0 ||
                   queue->device % VIRTIO_USED_ALIGN != 0
               ? VIRTIO_FAULT_QUEUE_ALIGNMENT
               : VIRTIO_FAULTS;
}

/* Indices run freely: all can be. */
static bool possible(const struct virtio_queue_state *queue)
{
    (void)queue;
    return true;
}

static bool open_queue(struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    struct virtio_view *view = &virtio->view[number];

    view->descriptors = virtio_area(virtio, number, queue->descriptors,
                                    table_bytes(queue), VIRTIO_READ);
    view->driver = view->descriptors == NULL
                       ? NULL
                       : virtio_area(virtio, number, queue->driver,
                                     available_bytes(queue), VIRTIO_READ);
    view->device = NULL;
    return view->driver != NULL;
}

static void close_queue(struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    struct virtio_view *view = &virtio->view[number];

    if (virtio->host->unmap != NULL) {
        virtio_area_done(virtio, view->descriptors, table_bytes(queue),
                         VIRTIO_READ);
        virtio_area_done(virtio, view->driver, available_bytes(queue),
                         VIRTIO_READ);
        virtio_area_done(virtio, view->device, used_bytes(queue), VIRTIO_WRITE);
    }
    view->descriptors = NULL;
    view->driver = NULL;
    view->device = NULL;
}

/* The used ring is mapped when it is first written. */
static uint8_t *used_ring(struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    struct virtio_view *view = &virtio->view[number];

    if (view->device == NULL) {
        view->device = virtio_area(virtio, number, queue->device,
                                   used_bytes(queue), VIRTIO_WRITE);
    }
    return view->device;
}

/* Half words of areas, which the driver may read and write meanwhile. */
static uint16_t load(const void *at)
{
    return __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);
}

static void store(void *at, uint16_t value)
{
    __atomic_store_n((uint16_t *)at, value, __ATOMIC_RELEASE);
}

/* The index of used entries, and a fence. Behind it the driver's wish is read,
 * which it writes before it reads the index (2.7.7.1), or its index again,
 * which it writes before it reads what the device wants (2.7.13.4.1). */
static void show(struct virtio *virtio, unsigned number, uint8_t *used)
{
    store(used + VIRTIO_RING_INDEX, virtio_queue(virtio, number)->used);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    virtio->view[number].shown = true;
}

/* Where an index is in a ring, whose size is a power of two (2.7). */
static unsigned place(const struct virtio_queue_state *queue, uint16_t index)
{
    return index & (queue->size - 1);
}

/* ---- Available requests -------------------------------------------------- */

/* Where the device says of which entry it wants to be notified (2.7.10). What
 * is used is shown as well, as one fence is dear and serves both. */
static bool ask(struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    uint8_t *used = used_ring(virtio, number);

    if (used == NULL) {
        return false;
    }
    store(used + used_bytes(queue) - VIRTIO_RING_EVENT_SIZE, queue->available);
    show(virtio, number, used);
    return true;
}

/* Entries that wait; more than the queue has are a fault. */
static uint16_t waiting(struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    const uint16_t index =
        load(virtio->view[number].driver + VIRTIO_RING_INDEX);
    const uint16_t count = (uint16_t)(index - queue->available);

    if (count > queue->size) {
        virtio_fault(virtio, VIRTIO_FAULT_RING_INDEX, number, index);
        return 0;
    }
    return count;
}

static bool has(struct virtio *virtio, unsigned number)
{
    if (waiting(virtio, number) != 0) {
        return true;
    }
    if (!virtio_is_live(virtio) || !virtio_has(virtio, VIRTIO_F_EVENT_IDX) ||
        !ask(virtio, number)) {
        return false;
    }
    return waiting(virtio, number) != 0;
}

static struct virtio_descriptor descriptor_at(const void *table, unsigned index)
{
    struct virtio_descriptor descriptor;

    memcpy(&descriptor, (const uint8_t *)table + index * sizeof(descriptor),
           sizeof(descriptor));
    return descriptor;
}

/* Whether an indirect descriptor may be here (2.7.5.3.1). */
static bool may_be_indirect(struct virtio *virtio, unsigned queue,
                            unsigned flags, unsigned index, bool outer)
{
    if (outer && (flags & VIRTIO_DESC_NEXT) == 0 &&
        virtio_has(virtio, VIRTIO_F_INDIRECT_DESC)) {
        return true;
    }
    virtio_fault(virtio,
                 !outer ? VIRTIO_FAULT_INDIRECT_NESTED
                 : (flags & VIRTIO_DESC_NEXT) != 0
                     ? VIRTIO_FAULT_INDIRECT_NEXT
                     : VIRTIO_FAULT_INDIRECT_FEATURE,
                 queue, index);
    return false;
}

/* Follows a chain through a table of `size` descriptors, each of which is read
 * once: that of the queue, `outer`, or an indirect one, which begins at 0. */
static bool walk(struct virtio *virtio, struct virtio_chain *chain,
                 const void *table, unsigned size, unsigned index, bool outer)
{
    for (unsigned steps = 0; steps < size; steps++) {
        if (index >= size) {
            virtio_fault(virtio, VIRTIO_FAULT_DESCRIPTOR_INDEX, chain->queue,
                         index);
            return false;
        }
        const struct virtio_descriptor at = descriptor_at(table, index);

        if ((at.flags & VIRTIO_DESC_INDIRECT) != 0) {
            uint8_t inner[VIRTIO_CHAIN_MAX * sizeof(at)];
            const unsigned count =
                may_be_indirect(virtio, chain->queue, at.flags, index, outer)
                    ? virtio_chain_table(virtio, chain->queue, at.address,
                                         at.length, inner)
                    : 0;
            return count != 0 && walk(virtio, chain, inner, count, 0, false);
        }
        if (!virtio_chain_add(virtio, chain, at.address, at.length,
                              (at.flags & VIRTIO_DESC_WRITE) != 0)) {
            return false;
        }
        if ((at.flags & VIRTIO_DESC_NEXT) == 0) {
            return true;
        }
        index = at.next;
    }
    virtio_fault(virtio, VIRTIO_FAULT_CHAIN_LONG, chain->queue, size);
    return false;
}

static bool take(struct virtio *virtio, unsigned number,
                 struct virtio_chain *chain)
{
    struct virtio_queue_state *queue = virtio_queue(virtio, number);
    const struct virtio_view *view = &virtio->view[number];
    const unsigned entry = place(queue, queue->available);

    chain->id =
        load(view->driver + VIRTIO_RING_ENTRIES + entry * sizeof(uint16_t));
    if (!walk(virtio, chain, view->descriptors, queue->size, chain->id, true)) {
        return false;
    }
    queue->available++;
    return true;
}

static void put_back(struct virtio *virtio, const struct virtio_chain *chain)
{
    virtio_queue(virtio, chain->queue)->available--;
}

/* ---- Used requests ------------------------------------------------------- */

static bool put(struct virtio *virtio, const struct virtio_chain *chain,
                uint32_t written)
{
    struct virtio_queue_state *queue = virtio_queue(virtio, chain->queue);
    const struct virtio_used entry = {.id = chain->id, .length = written};
    uint8_t *used = used_ring(virtio, chain->queue);

    if (used == NULL) {
        return false;
    }
    memcpy(used + VIRTIO_RING_ENTRIES +
               place(queue, queue->used) * sizeof(entry),
           &entry, sizeof(entry));
    queue->used++;
    virtio->view[chain->queue].written++;
    virtio->view[chain->queue].shown = false;
    return true;
}

/* Whether `event` is among the entries from `before` on (2.7.10.1). */
static bool is_among(uint16_t event, uint16_t before, uint16_t behind)
{
    return (uint16_t)(behind - event - 1) < (uint16_t)(behind - before);
}

static bool publish(struct virtio *virtio, unsigned number, bool *wanted)
{
    const struct virtio_queue_state *queue = virtio_queue(virtio, number);
    const struct virtio_view *view = &virtio->view[number];
    uint8_t *used = used_ring(virtio, number);

    if (used == NULL) {
        return false;
    }
    if (!view->shown) {
        show(virtio, number, used);
    }
    if (virtio_has(virtio, VIRTIO_F_EVENT_IDX)) {
        const uint16_t event = load(view->driver + available_bytes(queue) -
                                    VIRTIO_RING_EVENT_SIZE);
        *wanted = is_among(event, (uint16_t)(queue->used - view->written),
                           queue->used);
    } else {
        *wanted =
            (load(view->driver + VIRTIO_RING_FLAGS) & VIRTIO_RING_QUIET) == 0;
    }
    return true;
}

const struct virtio_ring virtio_split = {
    .check = check,
    .possible = possible,
    .open = open_queue,
    .has = has,
    .take = take,
    .put_back = put_back,
    .put = put,
    .publish = publish,
    .close = close_queue,
};
