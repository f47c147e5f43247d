/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of what reaches a device: the calls of its transport, what the
 * outside brings, and the memory that the core saw. Replayed to a fresh device,
 * with no driver, it gives the same state and the same bytes of memory: a
 * report of a bug, or a comparison of transports.
 *
 * A recorder is attached to a struct virtio and stands between it and its host.
 * Without one, a call of a transport costs a test of a pointer more, and a
 * request nothing.
 *
 * Records follow each other without padding, little-endian: struct
 * virtio_record and `size` bytes. Of the areas of virtqueues, which are mapped
 * over and over, only what has changed is written.
 */
#ifndef VIRTIO_RECORD_H
#define VIRTIO_RECORD_H

#include "virtio/virtio.h"

enum virtio_record_kind {
    VIRTIO_RECORD_ACCEPT = 1,
    VIRTIO_RECORD_STATUS,
    VIRTIO_RECORD_CONFIG, /* value: the offset; bytes as written */
    VIRTIO_RECORD_SET,    /* what: enum virtio_queue_field */
    VIRTIO_RECORD_ENABLE,
    VIRTIO_RECORD_STOP,
    VIRTIO_RECORD_RESET,
    VIRTIO_RECORD_KICK,
    VIRTIO_RECORD_RUN,
    VIRTIO_RECORD_OUTSIDE, /* bytes of the owner's choice */
    VIRTIO_RECORD_MEMORY,  /* what: enum virtio_space; value: the address */
};

struct virtio_record {
    uint8_t kind;
    uint8_t what;
    uint16_t queue;
    uint32_t size; /* of the bytes that follow */
    uint64_t value;
    uint64_t time_ns; /* of calls: virtual time */
    uint32_t mapped;  /* of memory: its size, 0 if there was none, and where */
    uint32_t offset;  /* the bytes are in it; others are as they were seen */
};

enum { VIRTIO_RECORD_AREAS = 8, VIRTIO_RECORD_AREA_MAX = 2560 };

/* The contents that the recorder, or the replay, last saw of an area of a
 * virtqueue. */
struct virtio_record_area {
    uint64_t address;
    uint32_t size; /* 0: of none */
    uint8_t bytes[VIRTIO_RECORD_AREA_MAX];
};

struct virtio_recorder {
    /* By the owner. */
    uint64_t (*now_ns)(struct virtio_recorder *recorder);
    void (*write)(struct virtio_recorder *recorder, const void *bytes,
                  size_t size);
    /* private */
    const struct virtio_host *host;
    unsigned next;
    struct virtio_record_area areas[VIRTIO_RECORD_AREAS];
};

/* From now on, until virtio_record_end. The device was just reset, or made. */
void virtio_record_begin(struct virtio *virtio,
                         struct virtio_recorder *recorder);
void virtio_record_end(struct virtio *virtio);
/* Takes what the owner is about to bring by functions of the kind's header. */
void virtio_record_outside(struct virtio *virtio, const void *bytes,
                           uint32_t size);

struct virtio_replay {
    /* By the owner. */
    const uint8_t *bytes;
    size_t size;
    /* Does again what virtio_record_outside announced. */
    void (*outside)(struct virtio *virtio, const void *bytes, uint32_t size);
    /* private */
    const struct virtio_host *host;
    bool failed;
    unsigned next;
    struct virtio_record_area areas[VIRTIO_RECORD_AREAS];
};

/*
 * Makes the recorded calls to a device that was just made, or reset; its host
 * has memory, which the replay fills in. False: the bytes are no record, or the
 * device asked for other memory than it did then.
 */
bool virtio_replay(struct virtio *virtio, struct virtio_replay *replay);

/* ---- For the core -------------------------------------------------------- */

void virtio_record_call(struct virtio *virtio, enum virtio_record_kind kind,
                        unsigned what, unsigned queue, uint64_t value,
                        const void *bytes, uint32_t size);

static inline void virtio_note(struct virtio *virtio,
                               enum virtio_record_kind kind, unsigned queue,
                               uint64_t value)
{
    if (virtio->recorder != NULL) {
        virtio_record_call(virtio, kind, 0, queue, value, NULL, 0);
    }
}

#endif
