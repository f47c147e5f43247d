/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver for tests: it fills virtqueues of both formats as virtio 1.2 says
 * (sections in parentheses), and shares no code with the core. It is also the
 * device's host, with memory that can be made awkward.
 *
 * Rings and buffers have different addresses, so that a mistake between the two
 * spaces is a fault. What a test writes into ring memory by itself is at
 * `rings` and `buffers`.
 */
#ifndef VIRTIO_TEST_DRIVER_H
#define VIRTIO_TEST_DRIVER_H

#include "virtio/virtio.h"

#define TEST_RINGS   UINT64_C(0x7f0000000000)
#define TEST_BUFFERS UINT64_C(0x80000000)
enum {
    TEST_QUEUES = 8,         /* that the driver can set up */
    TEST_QUEUE_BYTES = 4096, /* of ring memory, for a queue */
    TEST_RINGS_SIZE = TEST_QUEUES * TEST_QUEUE_BYTES,
    TEST_DRIVER_AREA = 2048, /* offsets in a queue's memory */
    TEST_DEVICE_AREA = 2560,
    TEST_DATA_SIZE = 1 << 18, /* then the indirect tables */
    TEST_TABLE_SIZE = 16 * 16,
    TEST_BUFFERS_SIZE =
        TEST_DATA_SIZE + TEST_QUEUES * VIRTIO_QUEUE_SIZE_MAX * TEST_TABLE_SIZE,
    TEST_ROM =
        TEST_DATA_SIZE - 4096, /* offset of data that cannot be written */
};

/* The effects of map, besides giving the memory. */
struct test_memory {
    uint64_t piece;  /* at most so many bytes of buffers at once; 0: any */
    bool temporary;  /* copies, gone after unmap */
    int fails;       /* so many maps succeed, then none; negative: all */
    unsigned mapped; /* not unmapped yet */
};

struct test_buffer {
    uint32_t offset; /* in `buffers` */
    uint32_t length;
    bool writable;
};

/* A virtqueue of the driver (2.7, 2.8). */
struct test_queue {
    unsigned number;
    unsigned size;
    uint16_t available; /* split: next index; packed: next position */
    uint16_t used;      /* likewise; packed positions have the wrap counter in
                           bit 15 */
    uint16_t kicked;    /* `available` at the last notification */
    unsigned room;      /* descriptors that are free */
    uint16_t slots[VIRTIO_QUEUE_SIZE_MAX]; /* by ID; 0: the ID is free */
    uint16_t heads[VIRTIO_QUEUE_SIZE_MAX]; /* split: free descriptors */
};

struct test_driver {
    struct virtio virtio;
    struct test_memory memory;
    bool packed;
    bool event_index;
    bool indirect; /* requests of more than one buffer go through tables */
    struct test_queue queues[TEST_QUEUES];
    /* Calls of the device to its host. */
    unsigned used_calls[TEST_QUEUES];
    unsigned configured_calls;
    unsigned later_calls;
    unsigned faults[VIRTIO_FAULTS];
    unsigned fault_queue; /* and value, of the last */
    uint64_t fault_value;
    /* Owned: the state, and memory that is aligned as a page is. */
    void *state;
    uint8_t *rings;
    uint8_t *buffers;
};

/* A device without a driver: status 0. `outside` is that of the type. */
void test_driver_init(struct test_driver *driver,
                      const struct virtio_type *type, void *outside);
void test_driver_fini(struct test_driver *driver);
/* All steps of 3.1.1 with the wanted features that are offered, and `count`
 * queues of `size`. */
void test_driver_start(struct test_driver *driver, uint64_t wanted,
                       unsigned count, unsigned size);
/* Does the steps up to FEATURES_OK, and enables one queue. */
void test_driver_negotiate(struct test_driver *driver, uint64_t wanted);
void test_queue_enable(struct test_driver *driver, unsigned number,
                       unsigned size);
/* Status 0, and everything as at first; memory stays as it is. */
void test_driver_reset(struct test_driver *driver);

/* Makes a request available: its ID, or -1 if there is no room. */
int test_add(struct test_driver *driver, unsigned number,
             const struct test_buffer *buffers, unsigned count);
/* Notifies the device if it must be (2.7.10.2, 2.8.10): whether it was. */
bool test_kick(struct test_driver *driver, unsigned number);
/* The next used request. */
bool test_used(struct test_driver *driver, unsigned number, unsigned *id,
               uint32_t *written);

/* Which used buffers the driver wants to be notified of (2.7.7.1, 2.8.10). */
void test_want_all(struct test_driver *driver, unsigned number);
void test_want_none(struct test_driver *driver, unsigned number);
/* The one that is `ahead` further; only with an event index. */
void test_want_one(struct test_driver *driver, unsigned number, unsigned ahead);

/* Fields of ring memory. */
uint16_t test_ring16(const struct test_driver *driver, unsigned number,
                     unsigned offset);
void test_set_ring16(struct test_driver *driver, unsigned number,
                     unsigned offset, uint16_t value);
/* A descriptor, with flags as they are to be in memory; `other` is `next` or
 * the buffer ID. In split virtqueues and tables these fields come the other way
 * round, which `packed` says. */
void test_set_descriptor(void *at, bool packed, uint64_t address,
                         uint32_t length, uint16_t flags, uint16_t other);
uint16_t test_packed_flags(uint16_t position, uint16_t flags);

#endif
