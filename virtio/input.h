/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input device's outside: what it is, and what happens to its keys.
 */
#ifndef VIRTIO_INPUT_H
#define VIRTIO_INPUT_H

#include "abi/virtio_input.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_INPUT_QUEUES = 2,
    VIRTIO_INPUT_KEY_BYTES = 48, /* of a set of keys: codes below 384 */
    VIRTIO_INPUT_SEQUENCE_MAX = 4,
};

/* Events that belong together, within virtio_input_report. */
struct virtio_input_sequence {
    const struct virtio_input_event *events;
    unsigned count;
};

/* virtio.outside of an input device. */
struct virtio_input_outside {
    const char *name;
    struct virtio_input_devids ids;
    uint8_t keys[VIRTIO_INPUT_KEY_BYTES]; /* that it has, a bit each */
    unsigned axes;     /* absolute ones from VIRTIO_INPUT_ABS_X on; at most 8 */
    uint32_t axis_max; /* of each, from 0 on */
    /* private */
    struct virtio_input_sequence sequence;
};

/* Events up to EV_SYN, which end a sequence. Without room for all of them they
 * are dropped (5.8.6.2). */
void virtio_input_report(struct virtio *virtio,
                         const struct virtio_input_event *events,
                         unsigned count);

/* The state, for its owner to keep. */
struct virtio_input_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_INPUT_QUEUES];
    uint32_t select;
    uint32_t subsel;
};

extern const struct virtio_type virtio_input;

#endif
