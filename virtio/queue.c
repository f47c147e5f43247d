/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of a virtqueue, whatever its format: taken within a budget, noted in
 * the in-flight log, completed, and the driver notified once for all that a
 * call completed.
 */
#include <string.h>

#include "virtio/record.h"
#include "virtio/ring.h"

static bool runs(struct virtio *virtio, unsigned queue)
{
    return virtio_is_live(virtio) && queue < virtio->queues &&
           virtio_queue(virtio, queue)->ready != 0;
}

/* ---- Areas --------------------------------------------------------------- */

void *virtio_area_fault(struct virtio *virtio, unsigned queue, uint64_t address,
                        void *area, uint64_t mapped, enum virtio_access access)
{
    virtio_area_done(virtio, area, mapped, access);
    virtio_fault(virtio, VIRTIO_FAULT_RING_MEMORY, queue, address);
    return NULL;
}

/* ---- A queue at work ----------------------------------------------------- */

static bool is_open(const struct virtio_view *view)
{
    return view->format != NULL;
}

/* Ends the mappings of a queue and closes it. */
static void let_go(struct virtio *virtio, struct virtio_view *view)
{
    if (virtio->host->unmap != NULL) {
        view->format->close(virtio, view);
    }
    view->format = NULL;
}

static bool open_queue(struct virtio *virtio, struct virtio_view *view,
                       unsigned number)
{
    struct virtio_queue_state *queue = virtio_queue(virtio, number);

    *view = (struct virtio_view){
        .format = virtio_ring_of(virtio),
        .queue = queue,
        .number = number,
        .budget = queue->size,
    };
    if (!view->format->open(virtio, view)) {
        let_go(virtio, view);
        return false;
    }
    return true;
}

/* Shows the driver what was completed. */
static void close_queue(struct virtio *virtio, struct virtio_view *view)
{
    bool wanted = false;

    if (view->written != 0 && virtio_is_live(virtio) &&
        view->format->publish(virtio, view, &wanted)) {
        struct virtio_statistics *statistics =
            &virtio->statistics[view->number];

        *(wanted ? &statistics->notifications : &statistics->suppressed) += 1;
    }
    let_go(virtio, view);
    if (wanted) {
        virtio->host->used(virtio, view->number);
    }
}

/* Lets the device serve a queue that runs, unless it does so already. */
static inline void serve(struct virtio *virtio, unsigned queue)
{
    struct virtio_view *view = &virtio->view[queue];

    if (!is_open(view) && open_queue(virtio, view, queue)) {
        virtio->type->serve(virtio, queue);
        close_queue(virtio, view);
    }
}

void virtio_serve(struct virtio *virtio, unsigned queue)
{
    if (runs(virtio, queue)) {
        serve(virtio, queue);
    }
}

/* ---- Requests ------------------------------------------------------------ */

/* The rest waits for virtio_run: a driver that adds requests as fast as they
 * are taken must not keep the device from all else. */
static void postpone(struct virtio *virtio, unsigned queue)
{
    virtio->state->waiting |= 1u << queue;
    virtio->host->later(virtio);
}

static bool note_taken(struct virtio *virtio, const struct virtio_chain *chain)
{
    const struct virtio_queue *queue = &virtio->queue[chain->queue];
    struct virtio_inflight *entry = &queue->log[chain->id];

    if (entry->inflight != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_CHAIN_INFLIGHT, chain->queue,
                     chain->id);
        return false;
    }
    entry->counter = ++queue->state->counter;
    entry->inflight = 1;
    return true;
}

bool virtio_take(struct virtio *virtio, unsigned queue,
                 struct virtio_chain *chain)
{
    struct virtio_view *view = &virtio->view[queue];

    if (!is_open(view) || !virtio_is_live(virtio)) {
        return false;
    }
    if (view->budget == 0) {
        postpone(virtio, queue);
        return false;
    }
    if (!view->format->take(virtio, view, chain) ||
        !note_taken(virtio, chain)) {
        return false;
    }
    chain->taken = 1;
    view->budget--;
    virtio->statistics[queue].requests++;
    return true;
}

void virtio_put_back(struct virtio *virtio, struct virtio_chain *chain)
{
    struct virtio_queue_state *queue = virtio_queue(virtio, chain->queue);

    if (chain->taken == 0) {
        return;
    }
    virtio->queue[chain->queue].log[chain->id] = (struct virtio_inflight){0};
    queue->counter--;
    virtio_ring_of(virtio)->put_back(queue, chain);
    virtio->statistics[chain->queue].requests--;
    chain->taken = 0;
}

/* A request is in flight until the driver was shown that it is not. Where the
 * state is all that outlives this process that makes no difference. */
static void note_completed(const struct virtio_queue *queue,
                           const struct virtio_view *view, uint16_t id)
{
    if (queue->region == NULL || view->format != &virtio_split) {
        queue->log[id] = (struct virtio_inflight){0};
    } else {
        queue->log[id].next = queue->region->last_batch_head;
        queue->region->last_batch_head = id;
    }
}

void virtio_log_settle(struct virtio_queue *queue)
{
    struct virtio_inflight_region *region = queue->region;
    uint16_t left = (uint16_t)(queue->state->used - region->used_index);

    debug_assert(left <= queue->state->size);
    /* Others may write to the region: no index is followed out of it. */
    for (uint16_t id = region->last_batch_head;
         left > 0 && id < queue->size_max; left--) {
        queue->log[id].inflight = 0;
        id = queue->log[id].next;
    }
    __atomic_store_n(&region->used_index, queue->state->used, __ATOMIC_RELEASE);
}

void virtio_log_clear(struct virtio_queue *queue)
{
    memset(queue->log, 0, queue->size_max * sizeof(*queue->log));
    if (queue->region != NULL) {
        queue->region->last_batch_head = 0;
        queue->region->used_index = 0;
    }
}

void virtio_complete(struct virtio *virtio, struct virtio_chain *chain,
                     uint64_t written)
{
    struct virtio_view *view = &virtio->view[chain->queue];
    const bool alone = !is_open(view);

    if (chain->taken == 0) {
        return;
    }
    chain->taken = 0;
    if (alone ? !runs(virtio, chain->queue) ||
                    !open_queue(virtio, view, chain->queue)
              : !virtio_is_live(virtio)) {
        return;
    }
    note_completed(&virtio->queue[chain->queue], view, chain->id);
    view->format->put(virtio, view, chain, (uint32_t)written);
    if (alone) {
        close_queue(virtio, view);
    }
}

/* ---- Life of a queue ----------------------------------------------------- */

void virtio_queue_give_log(struct virtio *virtio, unsigned number,
                           struct virtio_inflight_region *region)
{
    struct virtio_queue *queue = &virtio->queue[number];

    queue->region = region;
    queue->log = region != NULL ? region->entries : queue->state->log;
    queue->size_max =
        region != NULL ? region->entry_count : VIRTIO_QUEUE_SIZE_MAX;
    assert(queue->size_max <= VIRTIO_QUEUE_SIZE_GIVEN_MAX);
    if (region != NULL) {
        assert(queue->state->ready == 0);
        region->version = 1;
    }
}

uint32_t virtio_queue_size_max(const struct virtio *virtio, unsigned queue)
{
    return queue < virtio->queues ? virtio->queue[queue].size_max : 0;
}

void virtio_queue_set(struct virtio *virtio, unsigned queue,
                      enum virtio_queue_field field, uint64_t value)
{
    if (virtio->recorder != NULL) {
        virtio_record_call(virtio, VIRTIO_RECORD_SET, field, queue, value, NULL,
                           0);
    }
    if (queue >= virtio->queues) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue, queue);
        return;
    }
    struct virtio_queue_state *state = virtio_queue(virtio, queue);
    if (state->ready != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_LATE, queue, value);
        return;
    }
    switch (field) {
    case VIRTIO_QUEUE_SIZE:
        state->size = (uint32_t)value;
        break;
    case VIRTIO_QUEUE_DESCRIPTORS:
        state->descriptors = value;
        break;
    case VIRTIO_QUEUE_DRIVER:
        state->driver = value;
        break;
    case VIRTIO_QUEUE_DEVICE:
        state->device = value;
        break;
    }
}

void virtio_queue_enable(struct virtio *virtio, unsigned queue)
{
    virtio_note(virtio, VIRTIO_RECORD_ENABLE, queue, 0);
    if (queue >= virtio->queues) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue, queue);
        return;
    }
    if (!virtio->legacy && (virtio->state->status & VIRTIO_FEATURES_OK) == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_EARLY, queue, queue);
        return;
    }
    struct virtio_queue_state *state = virtio_queue(virtio, queue);
    if (state->ready != 0) {
        return;
    }
    const enum virtio_fault_number fault =
        virtio_ring_of(virtio)->check(state, virtio->queue[queue].size_max);
    if (fault != VIRTIO_FAULTS) {
        virtio_fault(virtio, fault, queue,
                     fault == VIRTIO_FAULT_QUEUE_SIZE
                         ? state->size
                         : state->descriptors | state->driver | state->device);
        return;
    }
    state->available = 0;
    state->used = 0;
    if (virtio_has(virtio, VIRTIO_F_RING_PACKED)) {
        /* Both wrap counters begin with 1 (2.8.1). */
        state->available = 1 << 15;
        state->used = 1 << 15;
    }
    state->ready = 1;
}

/* A request that is under way is forgotten. */
static void quiet(struct virtio *virtio, unsigned queue)
{
    struct virtio_queue_state *state = virtio_queue(virtio, queue);

    if (virtio->type->drop != NULL) {
        virtio->type->drop(virtio, queue);
    }
    virtio_log_clear(&virtio->queue[queue]);
    state->ready = 0;
    virtio->state->waiting &= ~(1u << queue);
}

void virtio_queue_stop(struct virtio *virtio, unsigned queue)
{
    virtio_note(virtio, VIRTIO_RECORD_STOP, queue, 0);
    if (queue >= virtio->queues) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue, queue);
        return;
    }
    quiet(virtio, queue);
}

void virtio_queue_reset(struct virtio *virtio, unsigned queue)
{
    virtio_note(virtio, VIRTIO_RECORD_RESET, queue, 0);
    if (queue >= virtio->queues) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_ABSENT, queue, queue);
        return;
    }
    if (!virtio_has(virtio, VIRTIO_F_RING_RESET)) {
        virtio_fault(virtio, VIRTIO_FAULT_QUEUE_RESET, queue, queue);
        return;
    }
    quiet(virtio, queue);
    memset(virtio_queue(virtio, queue), 0, sizeof(struct virtio_queue_state));
}

void virtio_run(struct virtio *virtio)
{
    const uint32_t waiting = virtio->state->waiting;

    virtio_note(virtio, VIRTIO_RECORD_RUN, 0, 0);
    virtio->state->waiting = 0;
    for (unsigned i = 0; i < virtio->queues; i++) {
        if ((waiting >> i & 1) != 0) {
            virtio_serve(virtio, i);
        }
    }
}

void virtio_kick(struct virtio *virtio, uint32_t value)
{
    const unsigned queue = value & UINT16_MAX;

    virtio_note(virtio, VIRTIO_RECORD_KICK, 0, value);
    if (!virtio->legacy && (virtio->state->status & VIRTIO_DRIVER_OK) == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_KICK_EARLY, queue, value);
        return;
    }
    if (queue >= virtio->queues || virtio_queue(virtio, queue)->ready == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_KICK_QUEUE, queue, value);
        return;
    }
    virtio->statistics[queue].kicks++;
    if (virtio_is_live(virtio)) {
        serve(virtio, queue);
    }
}
