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
static enum virtio_fault_number check(const struct virtio_queue_state *queue,
                                      uint32_t size_max)
{
    if (queue->size == 0 || queue->size > size_max ||
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
    return true;
}

static bool open_queue(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;

    view->descriptors = virtio_area(virtio, view->number, queue->descriptors,
                                    table_bytes(queue), VIRTIO_READ);
    view->driver = view->descriptors == NULL
                       ? NULL
                       : virtio_area(virtio, view->number, queue->driver,
                                     available_bytes(queue), VIRTIO_READ);
    return view->driver != NULL;
}

static void close_queue(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;

    virtio_area_done(virtio, view->descriptors, table_bytes(queue),
                     VIRTIO_READ);
    virtio_area_done(virtio, view->driver, available_bytes(queue), VIRTIO_READ);
    virtio_area_done(virtio, view->device, used_bytes(queue), VIRTIO_WRITE);
}

static uint8_t *map_used_ring(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;

    view->device = virtio_area(virtio, view->number, queue->device,
                               used_bytes(queue), VIRTIO_WRITE);
    return view->device;
}

/* The used ring, which is mapped when it is first written; NULL after a
 * fault. */
static inline uint8_t *used_ring(struct virtio *virtio,
                                 struct virtio_view *view)
{
    uint8_t *device = view->device;

    return device != NULL ? device : map_used_ring(virtio, view);
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
static void show(struct virtio *virtio, struct virtio_view *view, uint8_t *used)
{
    store(used + VIRTIO_RING_INDEX, view->queue->used);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    view->shown = true;
    if (virtio->queue[view->number].region != NULL) {
        virtio_log_settle(&virtio->queue[view->number]);
    }
}

/* Where an index is in a ring, whose size is a power of two (2.7). */
static unsigned place(const struct virtio_queue_state *queue, uint16_t index)
{
    debug_assert(queue->size != 0 && (queue->size & (queue->size - 1)) == 0);
    return index & (queue->size - 1);
}

/* ---- Available requests -------------------------------------------------- */

/* Where the device says of which entry it wants to be notified (2.7.10). What
 * is used is shown as well, as one fence is dear and serves both. */
static bool ask(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;
    uint8_t *used = used_ring(virtio, view);

    if (used == NULL) {
        return false;
    }
    store(used + used_bytes(queue) - VIRTIO_RING_EVENT_SIZE, queue->available);
    show(virtio, view, used);
    return true;
}

/* True if an entry waits; more than the queue has are a fault. The index is
 * read again after the device asked for a notification of the next. */
static bool has(struct virtio *virtio, struct virtio_view *view)
{
    const struct virtio_queue_state *queue = view->queue;
    const uint8_t *driver = view->driver;
    uint16_t index = load(driver + VIRTIO_RING_INDEX);

    if (index == queue->available && virtio_has(virtio, VIRTIO_F_EVENT_IDX) &&
        ask(virtio, view)) {
        index = load(driver + VIRTIO_RING_INDEX);
    }
    if ((uint16_t)(index - queue->available) > queue->size) {
        virtio_fault(virtio, VIRTIO_FAULT_RING_INDEX, view->number, index);
        return false;
    }
    return index != queue->available;
}

/* Each field with a load of its own, as drivers store them: a processor waits
 * with a load that needs several recent stores. */
static inline struct virtio_descriptor
read_once(const struct virtio_descriptor *at)
{
    return (struct virtio_descriptor){
        .address = __atomic_load_n(&at->address, __ATOMIC_RELAXED),
        .length = __atomic_load_n(&at->length, __ATOMIC_RELAXED),
        .flags = __atomic_load_n(&at->flags, __ATOMIC_RELAXED),
        .next = __atomic_load_n(&at->next, __ATOMIC_RELAXED),
    };
}

/* True if an indirect descriptor may be here (2.7.5.3.1). */
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

/* Follows a chain through the queue's table, and then perhaps through an
 * indirect one, for which there is room. Each descriptor is read once. */
static bool walk(struct virtio *virtio, const struct virtio_view *view,
                 struct virtio_chain *chain, struct virtio_descriptor *indirect)
{
    const struct virtio_descriptor *table = view->descriptors;
    unsigned size = view->queue->size;
    unsigned most = size; /* buffers of the chain */
    unsigned index = chain->id;

    while (index < size) {
        const struct virtio_descriptor at = read_once(&table[index]);

        if ((at.flags & VIRTIO_DESC_INDIRECT) != 0) {
            if (!may_be_indirect(virtio, chain->queue, at.flags, index,
                                 table != indirect)) {
                return false;
            }
            size = virtio_chain_table(virtio, chain->queue, at.address,
                                      at.length, indirect);
            if (size == 0) {
                return false;
            }
            table = indirect;
            most = chain->count + size;
            index = 0;
            continue;
        }
        if (!virtio_chain_add(virtio, chain, at.address, at.length,
                              (at.flags & VIRTIO_DESC_WRITE) != 0)) {
            return false;
        }
        if ((at.flags & VIRTIO_DESC_NEXT) == 0) {
            return true;
        }
        if (chain->count == most) {
            virtio_fault(virtio, VIRTIO_FAULT_CHAIN_LONG, chain->queue, size);
            return false;
        }
        index = at.next;
    }
    virtio_fault(virtio, VIRTIO_FAULT_DESCRIPTOR_INDEX, chain->queue, index);
    return false;
}

static bool take(struct virtio *virtio, struct virtio_view *view,
                 struct virtio_chain *chain)
{
    struct virtio_queue_state *queue = view->queue;
    const unsigned entry = place(queue, queue->available);
    struct virtio_descriptor indirect[VIRTIO_CHAIN_MAX];

    if (!has(virtio, view)) {
        return false;
    }
    virtio_chain_begin(chain, view->number);
    chain->id =
        load(view->driver + VIRTIO_RING_ENTRIES + entry * sizeof(uint16_t));
    if (!walk(virtio, view, chain, indirect)) {
        return false;
    }
    queue->available++;
    return true;
}

static void put_back(struct virtio_queue_state *queue,
                     const struct virtio_chain *chain)
{
    queue->available--;
}

/* ---- Used requests ------------------------------------------------------- */

static bool put(struct virtio *virtio, struct virtio_view *view,
                const struct virtio_chain *chain, uint32_t written)
{
    struct virtio_queue_state *queue = view->queue;
    const struct virtio_used entry = {.id = chain->id, .length = written};
    uint8_t *used = used_ring(virtio, view);

    debug_assert(chain->id < queue->size);
    if (used == NULL) {
        return false;
    }
    memcpy(used + VIRTIO_RING_ENTRIES +
               place(queue, queue->used) * sizeof(entry),
           &entry, sizeof(entry));
    queue->used++;
    view->written++;
    view->shown = false;
    return true;
}

/* True if `event` is among the entries from `before` on (2.7.10.1). */
static bool is_among(uint16_t event, uint16_t before, uint16_t behind)
{
    return (uint16_t)(behind - event - 1) < (uint16_t)(behind - before);
}

static bool publish(struct virtio *virtio, struct virtio_view *view,
                    bool *wanted)
{
    const struct virtio_queue_state *queue = view->queue;
    uint8_t *used = used_ring(virtio, view);

    if (used == NULL) {
        return false;
    }
    if (!view->shown) {
        show(virtio, view, used);
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
    .take = take,
    .put_back = put_back,
    .put = put,
    .publish = publish,
    .close = close_queue,
};
