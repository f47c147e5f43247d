/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that drivers must not do, as cases: each violates one requirement of
 * virtio 1.2 on a driver, and says what the device makes of it. hostile_test
 * runs all by formats of virtqueues and kinds of devices.
 */
#ifndef VIRTIO_HOSTILE_H
#define VIRTIO_HOSTILE_H

#include "base/bits.h"
#include "virtio/test_kinds.h"

/* Formats of virtqueues, and what a kind of device must have. */
enum hostile_formats {
    SPLIT = 1,
    PACKED = 2,
    BOTH = SPLIT | PACKED,
    WRITTEN = 4,  /* requests with a buffer to be written, the last */
    INFLIGHT = 8, /* requests that stay under way */
};
static_assert(BITS_DIFFER(SPLIT, PACKED, WRITTEN, INFLIGHT),
              "formats are combined");

enum hostile_verdict {
    IGNORED, /* as if the driver had done right: the request is answered */
    LOGGED,  /* a line in the log, and no effect */
    RESET,   /* DEVICE_NEEDS_RESET (2.1.2), and a line in the log */
    REFUSED, /* the request is answered by the status byte `status` */
};

/* A queue at work, and what a case may need. */
struct hostile {
    struct test_driver driver;
    union test_outside outside;
    const struct test_kind *kind;
    struct test_buffer buffers[4]; /* a good request, not added yet */
    unsigned count;
    unsigned
        told; /* configuration changes that a kind reports when it starts */
    unsigned queue; /* that a fault is to be of */
};

static inline struct virtio *hostile_virtio(struct hostile *hostile)
{
    return &hostile->driver.virtio;
}

/* Makes the request, as it is now. */
static inline void hostile_request(struct hostile *hostile)
{
    test_add(&hostile->driver, hostile->kind->queue, hostile->buffers,
             hostile->count);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

struct hostile_case {
    const char *name;
    const char *section;
    unsigned formats;               /* enum hostile_formats */
    const struct virtio_type *type; /* alone; NULL: all kinds */
    uint64_t without;               /* features that are not accepted */
    void (*violate)(struct hostile *hostile);
    enum hostile_verdict verdict;
    enum virtio_fault_number fault; /* of LOGGED and RESET */
    uint8_t status;                 /* of REFUSED */
};

enum {
    HOSTILE_SIZE = 8,         /* of the queue, number kind->queue */
    HOSTILE_REQUEST = 0x8000, /* offset of the good request */
    HOSTILE_STATUS = 0x18000, /* offset of the status byte of a request that
                                 a case makes */
    HOSTILE_TABLE = 0x20000,  /* offset of an indirect table of a case */
};

extern const struct hostile_case hostile_ring_cases[];
extern const unsigned hostile_ring_case_count;
extern const struct hostile_case hostile_device_cases[];
extern const unsigned hostile_device_case_count;
extern const struct hostile_case hostile_net_cases[];
extern const unsigned hostile_net_case_count;
extern const struct hostile_case hostile_rtc_cases[];
extern const unsigned hostile_rtc_case_count;
extern const struct hostile_case hostile_vsock_cases[];
extern const unsigned hostile_vsock_case_count;

#endif
