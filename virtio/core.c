/* SPDX-License-Identifier: Apache-2.0 */
/* Status, features and configuration of a virtio device (virtio 1.2, 2.1 to
 * 2.5), and what drivers must not do. */
#include <string.h>

#include "virtio/record.h"
#include "virtio/ring.h"

/* ---- Faults -------------------------------------------------------------- */

static const struct virtio_fault faults[] = {
#define FAULT(name, section, resets, text)                                     \
    [VIRTIO_FAULT_##name] = {#name, section, resets, text},
#include "virtio/faults.def"
#undef FAULT
};

static_assert(VIRTIO_FAULTS <= 64, "virtio_state.faults has a bit for each");

const struct virtio_fault *virtio_fault_row(enum virtio_fault_number number)
{
    return &faults[number];
}

void virtio_fault(struct virtio *virtio, enum virtio_fault_number number,
                  unsigned queue, uint64_t value)
{
    struct virtio_state *state = virtio->state;
    const bool driven = (state->status & VIRTIO_DRIVER_OK) != 0;

    state->faults |= UINT64_C(1) << number;
    virtio->host->fault(virtio, &faults[number], queue, value);
    if (faults[number].resets && (state->status & VIRTIO_NEEDS_RESET) == 0) {
        state->status |= VIRTIO_NEEDS_RESET;
        state->generation++;
        if (driven) { /* 2.1.2 */
            virtio->host->configured(virtio);
        }
    }
}

/* ---- Features ------------------------------------------------------------ */

/* Features that the core has, for all kinds of devices. */
static const uint64_t of_core = VIRTIO_FEATURE(VIRTIO_F_INDIRECT_DESC) |
                                VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX) |
                                VIRTIO_FEATURE(VIRTIO_F_VERSION_1) |
                                VIRTIO_FEATURE(VIRTIO_F_RING_PACKED) |
                                VIRTIO_FEATURE(VIRTIO_F_NOTIFICATION_DATA) |
                                VIRTIO_FEATURE(VIRTIO_F_RING_RESET);

/* The lower word by the legacy interface (6.3): no driver of it knows more. Any
 * layout of requests is taken. */
static uint64_t legacy_features(uint64_t features)
{
    return (features & UINT32_MAX) | VIRTIO_FEATURE(VIRTIO_F_ANY_LAYOUT);
}

uint64_t virtio_features(const struct virtio *virtio)
{
    const struct virtio_type *type = virtio->type;
    const uint64_t features =
        of_core | (type->in_order ? VIRTIO_FEATURE(VIRTIO_F_IN_ORDER) : 0) |
        (type->features != NULL ? type->features(virtio) : 0);

    return (virtio->legacy ? legacy_features(features) : features) &
           virtio->offered;
}

/* A driver of the legacy interface does not hear that its features are not
 * good: those that cannot be are left out. */
static uint64_t legacy_accepted(struct virtio *virtio, uint64_t features)
{
    const uint64_t unknown = features & ~virtio_features(virtio);

    if (unknown != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_FEATURES_UNKNOWN, 0, unknown);
    }
    features &= ~unknown;
    for (unsigned i = 0; i < virtio->type->requirement_count; i++) {
        const struct virtio_requirement *row = &virtio->type->requirements[i];

        if ((features & VIRTIO_FEATURE(row->feature)) != 0 &&
            (features & VIRTIO_FEATURE(row->requires)) == 0) {
            virtio_fault(virtio, VIRTIO_FAULT_FEATURES_ALONE, 0, row->feature);
            features &= ~VIRTIO_FEATURE(row->feature);
        }
    }
    return features;
}

void virtio_accept(struct virtio *virtio, uint64_t features)
{
    const uint32_t final =
        virtio->legacy ? VIRTIO_DRIVER_OK : VIRTIO_FEATURES_OK;

    virtio_note(virtio, VIRTIO_RECORD_ACCEPT, 0, features);
    if ((virtio->state->status & final) != 0) {
        if (features != virtio->state->features) {
            virtio_fault(virtio, VIRTIO_FAULT_FEATURES_LATE, 0, features);
        }
        return;
    }
    virtio->state->features =
        virtio->legacy ? legacy_accepted(virtio, features) : features;
}

static bool are_features_ok(struct virtio *virtio)
{
    const uint64_t accepted = virtio->state->features;
    const uint64_t unknown = accepted & ~virtio_features(virtio);

    if (unknown != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_FEATURES_UNKNOWN, 0, unknown);
        return false;
    }
    if (!virtio_has(virtio, VIRTIO_F_VERSION_1)) {
        virtio_fault(virtio, VIRTIO_FAULT_FEATURES_LEGACY, 0, accepted);
        return false;
    }
    for (unsigned i = 0; i < virtio->type->requirement_count; i++) {
        const struct virtio_requirement *row = &virtio->type->requirements[i];

        if (virtio_has(virtio, row->feature) &&
            !virtio_has(virtio, row->requires)) {
            virtio_fault(virtio, VIRTIO_FAULT_FEATURES_ALONE, 0, row->feature);
            return false;
        }
    }
    return true;
}

/* ---- Status -------------------------------------------------------------- */

static void reset(struct virtio *virtio)
{
    struct virtio_state *state = virtio->state;
    const uint32_t generation = state->generation;

    for (unsigned i = 0; i < virtio->queues; i++) {
        if (virtio->type->drop != NULL && virtio_queue(virtio, i)->ready != 0) {
            virtio->type->drop(virtio, i);
        }
    }
    memset(state, 0, virtio->type->state_size);
    state->generation = generation;
    for (unsigned i = 0; i < virtio->queues; i++) {
        if (virtio->queue[i].region != NULL) {
            virtio_log_clear(&virtio->queue[i]);
        }
    }
}

/* The step that is left out before a status (3.1.1); 0: nothing. U-Boot 2023.01
 * never sets ACKNOWLEDGE and yet drives well, so that is a line in the log
 * alone; a device without agreed features cannot be driven. */
static uint32_t left_out(const struct virtio *virtio, uint32_t status)
{
    const uint32_t agreed = virtio->legacy ? 0 : VIRTIO_FEATURES_OK;
    const uint32_t before = (status & VIRTIO_DRIVER_OK) != 0
                                ? VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | agreed
                            : (status & VIRTIO_FEATURES_OK) != 0
                                ? VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER
                                : 0;

    return before & ~status;
}

/* Queues may hold requests already, whose notification need not follow. */
static void start(struct virtio *virtio)
{
    if (virtio->type->started != NULL) {
        virtio->type->started(virtio);
    }
    for (unsigned i = 0; i < virtio->queues; i++) {
        virtio_serve(virtio, i);
    }
}

void virtio_set_status(struct virtio *virtio, uint32_t status)
{
    struct virtio_state *state = virtio->state;
    const uint32_t by_driver = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER |
                               VIRTIO_DRIVER_OK | VIRTIO_FAILED |
                               (virtio->legacy ? 0 : VIRTIO_FEATURES_OK);
    const uint32_t before = state->status;

    virtio_note(virtio, VIRTIO_RECORD_STATUS, 0, status);
    if (status == 0) {
        reset(virtio);
        return;
    }
    if ((before & by_driver & ~status) != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_STATUS_CLEARED, 0, status);
    }
    if ((before & VIRTIO_FAILED) != 0 && (status & ~before & by_driver) != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_STATUS_FAILED, 0, status);
        return;
    }
    status = before | (status & by_driver);
    if ((status & ~before & VIRTIO_FEATURES_OK) != 0 &&
        !are_features_ok(virtio)) {
        status &= ~(uint32_t)VIRTIO_FEATURES_OK;
    }
    if (left_out(virtio, status) != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_STATUS_ORDER, 0, status);
        if ((left_out(virtio, status) & VIRTIO_FEATURES_OK) != 0) {
            status &= ~(uint32_t)VIRTIO_DRIVER_OK;
        }
    }
    state->status = status | (state->status & VIRTIO_NEEDS_RESET);
    if ((status & ~before & VIRTIO_DRIVER_OK) != 0) {
        start(virtio);
    }
}

/* ---- Configuration ------------------------------------------------------- */

enum { CONFIG_MAX = 256 };

void virtio_read_config(const struct virtio *virtio, uint32_t offset,
                        void *bytes, uint32_t size)
{
    uint8_t config[CONFIG_MAX] = {0};

    memset(bytes, 0, size);
    if (virtio->type->config == NULL || offset >= virtio->type->config_size) {
        return;
    }
    virtio->type->config(virtio, config);
    const uint32_t left = virtio->type->config_size - offset;
    memcpy(bytes, config + offset, size < left ? size : left);
}

void virtio_write_config(struct virtio *virtio, uint32_t offset,
                         const void *bytes, uint32_t size)
{
    const uint32_t end = virtio->type->config_size;

    if (virtio->recorder != NULL) {
        virtio_record_call(virtio, VIRTIO_RECORD_CONFIG, 0, 0, offset, bytes,
                           size);
    }
    if (virtio->type->configure == NULL || offset > end ||
        size > end - offset) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    virtio->type->configure(virtio, offset, bytes, size);
}

void virtio_changed(struct virtio *virtio)
{
    virtio->state->generation++;
    if (virtio_is_live(virtio) &&
        (virtio->state->status & VIRTIO_DRIVER_OK) != 0) {
        virtio->host->configured(virtio);
    }
}

/* ---- Life ---------------------------------------------------------------- */

/* The queues of the state, which may be another one than before. */
static void find_queues(struct virtio *virtio)
{
    struct virtio_queue_state *states =
        (struct virtio_queue_state *)(virtio->state + 1);

    for (unsigned i = 0; i < virtio->type->queues; i++) {
        struct virtio_queue *queue = &virtio->queue[i];

        queue->state = &states[i];
        if (queue->region == NULL) {
            queue->log = states[i].log;
        }
    }
}

void virtio_init(struct virtio *virtio, const struct virtio_type *type)
{
    virtio->type = type;
    virtio->queues = type->queues;
    virtio->offered = UINT64_MAX;
    virtio->recorder = NULL;
    for (unsigned i = 0; i < type->queues; i++) {
        virtio->queue[i].region = NULL;
        virtio->queue[i].size_max = VIRTIO_QUEUE_SIZE_MAX;
    }
    find_queues(virtio);
}

/* A queue that is enabled has what virtio_queue_enable checked. */
static bool is_queue_possible(const struct virtio *virtio, unsigned number)
{
    const struct virtio_queue_state *queue = virtio_queue_of(virtio, number);
    const struct virtio_ring *ring = virtio_ring_of(virtio);

    return queue->ready == 0 ||
           (queue->ready == 1 &&
            (virtio->legacy ||
             (virtio->state->status & VIRTIO_FEATURES_OK) != 0) &&
            ring->check(queue, virtio->queue[number].size_max) ==
                VIRTIO_FAULTS &&
            ring->possible(queue));
}

static bool is_state_possible(const struct virtio *virtio)
{
    const struct virtio_state *state = virtio->state;
    const uint64_t unknown = state->features & ~virtio_features(virtio);
    const bool agreed = (state->status & VIRTIO_FEATURES_OK) != 0;

    return (virtio->legacy
                ? unknown == 0 && !agreed
                : (agreed && unknown == 0) ||
                      (!agreed && (state->status & VIRTIO_DRIVER_OK) == 0)) &&
           (uint64_t)state->waiting >> virtio->queues == 0;
}

bool virtio_restored(struct virtio *virtio)
{
    memset(virtio->view, 0, sizeof(virtio->view));
    find_queues(virtio);
    if (!is_state_possible(virtio)) {
        return false;
    }
    for (unsigned i = 0; i < virtio->queues; i++) {
        if (!is_queue_possible(virtio, i)) {
            return false;
        }
    }
    return virtio->type->possible == NULL || virtio->type->possible(virtio);
}
