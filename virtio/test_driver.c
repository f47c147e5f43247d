/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of the tests, and the memory in which it and the device meet. */
#include "virtio/test_driver.h"

#include <stdlib.h>
#include <string.h>

/* Offsets in the available and the used ring (2.7.6, 2.7.8). */
enum { FLAGS = 0, INDEX = 2, ENTRIES = 4 };
enum { WRAP = 0x8000, OFFSET = WRAP - 1 };

static struct test_driver *driver_of(struct virtio *virtio)
{
    return (struct test_driver *)((char *)virtio -
                                  offsetof(struct test_driver, virtio));
}

/* ---- Host ---------------------------------------------------------------- */

/* A temporary mapping begins with this. */
struct mapping {
    uint8_t *original;
    uint64_t size;
    uint64_t padding[2]; /* bytes are aligned as the memory is, to 16 */
};

static uint8_t *find(struct test_driver *driver, enum virtio_space space,
                     uint64_t address, uint64_t *size,
                     enum virtio_access access)
{
    const bool rings = space == VIRTIO_RINGS;
    const uint64_t offset = address - (rings ? TEST_RINGS : TEST_BUFFERS);
    uint64_t end = rings ? TEST_RINGS_SIZE : TEST_BUFFERS_SIZE;

    if (!rings && access == VIRTIO_WRITE && offset < TEST_DATA_SIZE) {
        end = TEST_ROM;
    }
    if (offset >= end) {
        return NULL;
    }
    *size = *size < end - offset ? *size : end - offset;
    return (rings ? driver->rings : driver->buffers) + offset;
}

static void *map(struct virtio *virtio, enum virtio_space space,
                 uint64_t address, uint64_t *size, enum virtio_access access)
{
    struct test_driver *driver = driver_of(virtio);
    struct test_memory *memory = &driver->memory;

    if (memory->fails == 0) {
        return NULL;
    }
    memory->fails -= memory->fails > 0;
    uint8_t *bytes = find(driver, space, address, size, access);
    if (bytes == NULL) {
        return NULL;
    }
    if (space == VIRTIO_BUFFERS && memory->piece != 0 &&
        *size > memory->piece) {
        *size = memory->piece;
    }
    memory->mapped++;
    if (!memory->temporary) {
        return bytes;
    }
    struct mapping *mapping = malloc(sizeof(*mapping) + *size);
    if (mapping == NULL) {
        abort();
    }
    mapping->original = bytes;
    mapping->size = *size;
    memcpy(mapping + 1, bytes, *size);
    return mapping + 1;
}

/* A buffer that is written goes to the memory, and nothing may be that was
 * mapped to be read. */
static void unmap(struct virtio *virtio, void *pointer, uint64_t size,
                  enum virtio_access access)
{
    struct test_memory *memory = &driver_of(virtio)->memory;

    if (memory->mapped == 0) {
        abort();
    }
    memory->mapped--;
    if (!memory->temporary) {
        return;
    }
    struct mapping *mapping = (struct mapping *)pointer - 1;
    if (mapping->size != size ||
        (access == VIRTIO_READ &&
         memcmp(mapping->original, pointer, size) != 0)) {
        abort();
    }
    if (access == VIRTIO_WRITE) {
        memcpy(mapping->original, pointer, size);
    }
    memset(pointer, 0xdd, size);
    free(mapping);
}

static void used(struct virtio *virtio, unsigned queue)
{
    driver_of(virtio)->used_calls[queue]++;
}

static void configured(struct virtio *virtio)
{
    driver_of(virtio)->configured_calls++;
}

static void later(struct virtio *virtio)
{
    driver_of(virtio)->later_calls++;
}

static void fault(struct virtio *virtio, const struct virtio_fault *fault,
                  unsigned queue, uint64_t value)
{
    struct test_driver *driver = driver_of(virtio);

    driver->fault_queue = queue;
    driver->fault_value = value;
    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        driver->faults[i] += fault == virtio_fault_row(i);
    }
}

static const struct virtio_host host = {
    .map = map,
    .unmap = unmap,
    .used = used,
    .configured = configured,
    .later = later,
    .fault = fault,
};

/* ---- Life ---------------------------------------------------------------- */

/* Behind them is something that is none of the device's. */
static void *zeros(size_t size)
{
    const size_t whole = (size + 2 * 4096 - 1) & ~(size_t)4095;
    void *bytes = aligned_alloc(4096, whole);

    if (bytes == NULL) {
        abort();
    }
    return memset(memset(bytes, 0xa5, whole), 0, size);
}

void test_driver_init(struct test_driver *driver,
                      const struct virtio_type *type, void *outside)
{
    memset(driver, 0, sizeof(*driver));
    driver->memory.fails = -1;
    driver->state = zeros(type->state_size);
    driver->rings = zeros(TEST_RINGS_SIZE);
    driver->buffers = zeros(TEST_BUFFERS_SIZE);
    driver->virtio.host = &host;
    driver->virtio.state = driver->state;
    driver->virtio.outside = outside;
    virtio_init(&driver->virtio, type);
}

void test_driver_fini(struct test_driver *driver)
{
    free(driver->state);
    free(driver->rings);
    free(driver->buffers);
}

void test_driver_reset(struct test_driver *driver)
{
    virtio_set_status(&driver->virtio, 0);
    memset(driver->queues, 0, sizeof(driver->queues));
    memset(driver->used_calls, 0, sizeof(driver->used_calls));
    memset(driver->faults, 0, sizeof(driver->faults));
    driver->configured_calls = 0;
    driver->later_calls = 0;
}

static bool has(const struct test_driver *driver, unsigned feature)
{
    return (driver->virtio.state->features >> feature & 1) != 0;
}

void test_driver_negotiate(struct test_driver *driver, uint64_t wanted)
{
    struct virtio *virtio = &driver->virtio;

    virtio_set_status(virtio, VIRTIO_ACKNOWLEDGE);
    virtio_set_status(virtio, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    virtio_accept(virtio, (wanted | VIRTIO_FEATURE(VIRTIO_F_VERSION_1)) &
                              virtio_features(virtio));
    virtio_set_status(virtio, virtio->state->status | VIRTIO_FEATURES_OK);
    driver->packed = has(driver, VIRTIO_F_RING_PACKED);
    driver->event_index = has(driver, VIRTIO_F_EVENT_IDX);
    driver->indirect = has(driver, VIRTIO_F_INDIRECT_DESC);
}

void test_queue_enable(struct test_driver *driver, unsigned number,
                       unsigned size)
{
    struct virtio *virtio = &driver->virtio;
    struct test_queue *queue = &driver->queues[number];
    const uint64_t rings = TEST_RINGS + number * TEST_QUEUE_BYTES;

    memset(queue, 0, sizeof(*queue));
    memset(driver->rings + number * TEST_QUEUE_BYTES, 0, TEST_QUEUE_BYTES);
    queue->number = number;
    queue->size = size;
    queue->room = size;
    for (unsigned i = 0; i < size; i++) {
        queue->heads[i] = (uint16_t)i;
    }
    if (driver->packed) { /* 2.8.1: both counters begin with 1 */
        queue->available = WRAP;
        queue->used = WRAP;
        queue->kicked = WRAP;
    }
    virtio_queue_set(virtio, number, VIRTIO_QUEUE_SIZE, size);
    virtio_queue_set(virtio, number, VIRTIO_QUEUE_DESCRIPTORS, rings);
    virtio_queue_set(virtio, number, VIRTIO_QUEUE_DRIVER,
                     rings + TEST_DRIVER_AREA);
    virtio_queue_set(virtio, number, VIRTIO_QUEUE_DEVICE,
                     rings + TEST_DEVICE_AREA);
    virtio_queue_enable(virtio, number);
}

void test_driver_start(struct test_driver *driver, uint64_t wanted,
                       unsigned count, unsigned size)
{
    test_driver_negotiate(driver, wanted);
    for (unsigned i = 0; i < count; i++) {
        test_queue_enable(driver, i, size);
    }
    virtio_set_status(&driver->virtio,
                      driver->virtio.state->status | VIRTIO_DRIVER_OK);
}

/* ---- Ring memory --------------------------------------------------------- */

static uint8_t *ring_at(const struct test_driver *driver, unsigned number,
                        unsigned offset)
{
    return driver->rings + number * TEST_QUEUE_BYTES + offset;
}

uint16_t test_ring16(const struct test_driver *driver, unsigned number,
                     unsigned offset)
{
    return __atomic_load_n(
        (const uint16_t *)(const void *)ring_at(driver, number, offset),
        __ATOMIC_ACQUIRE);
}

void test_set_ring16(struct test_driver *driver, unsigned number,
                     unsigned offset, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)ring_at(driver, number, offset), value,
                     __ATOMIC_RELEASE);
}

void test_set_descriptor(void *at, bool packed, uint64_t address,
                         uint32_t length, uint16_t flags, uint16_t other)
{
    uint8_t *bytes = at;

    memcpy(bytes, &address, 8);
    memcpy(bytes + 8, &length, 4);
    memcpy(bytes + (packed ? 12 : 14), &other, 2);
    __atomic_store_n((uint16_t *)(void *)(bytes + (packed ? 14 : 12)), flags,
                     __ATOMIC_RELEASE);
}

/* A packed position, some descriptors on. */
static uint16_t advance(const struct test_queue *queue, uint16_t position,
                        unsigned count)
{
    for (; count != 0; count--) {
        position++;
        if ((position & OFFSET) == queue->size) {
            position = (uint16_t)((position & WRAP) ^ WRAP);
        }
    }
    return position;
}

/* 2.8.1: available is the wrap counter, used its inverse. */
uint16_t test_packed_flags(uint16_t position, uint16_t flags)
{
    return flags |
           ((position & WRAP) != 0 ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED);
}

/* ---- Available requests -------------------------------------------------- */

static uint16_t flags_of(const struct test_buffer *buffer, bool more)
{
    return (uint16_t)((buffer->writable ? VIRTIO_DESC_WRITE : 0) |
                      (more ? VIRTIO_DESC_NEXT : 0));
}

/* An indirect table (2.7.5.3, 2.8.7). */
static struct test_buffer
fill_table(struct test_driver *driver, const struct test_queue *queue,
           unsigned id, const struct test_buffer *buffers, unsigned count)
{
    const uint32_t offset =
        TEST_DATA_SIZE +
        (queue->number * VIRTIO_QUEUE_SIZE_MAX + id) * TEST_TABLE_SIZE;

    for (unsigned i = 0; i < count; i++) {
        const bool more = i + 1 < count && !driver->packed;
        test_set_descriptor(driver->buffers + offset + 16 * i, driver->packed,
                            TEST_BUFFERS + buffers[i].offset, buffers[i].length,
                            flags_of(&buffers[i], more),
                            more ? (uint16_t)(i + 1) : 0);
    }
    return (struct test_buffer){offset, count * 16, false};
}

/* 2.7.13: descriptors from the free list, the head into the ring, the index. */
static int add_split(struct test_driver *driver, struct test_queue *queue,
                     const struct test_buffer *buffers, unsigned count,
                     uint16_t extra)
{
    const unsigned free = queue->room;
    const uint16_t head = queue->heads[free - 1];

    for (unsigned i = 0; i < count; i++) {
        const uint16_t at = queue->heads[free - 1 - i];
        const bool more = i + 1 < count;
        test_set_descriptor(ring_at(driver, queue->number, at * 16u), false,
                            TEST_BUFFERS + buffers[i].offset, buffers[i].length,
                            flags_of(&buffers[i], more) | extra,
                            more ? queue->heads[free - 2 - i] : 0);
    }
    queue->slots[head] = (uint16_t)count;
    test_set_ring16(
        driver, queue->number,
        TEST_DRIVER_AREA + ENTRIES + queue->available % queue->size * 2u, head);
    queue->available++;
    test_set_ring16(driver, queue->number, TEST_DRIVER_AREA + INDEX,
                    queue->available);
    return head;
}

/* 2.8.21.1: the first descriptor's flags are written last. */
static int add_packed(struct test_driver *driver, struct test_queue *queue,
                      const struct test_buffer *buffers, unsigned count,
                      uint16_t extra, unsigned id)
{
    for (unsigned i = count; i-- > 0;) {
        const uint16_t position = advance(queue, queue->available, i);
        test_set_descriptor(
            ring_at(driver, queue->number, (position & OFFSET) * 16u), true,
            TEST_BUFFERS + buffers[i].offset, buffers[i].length,
            test_packed_flags(position,
                              flags_of(&buffers[i], i + 1 < count) | extra),
            (uint16_t)id);
    }
    queue->slots[id] = (uint16_t)count;
    queue->available = advance(queue, queue->available, count);
    return (int)id;
}

int test_add(struct test_driver *driver, unsigned number,
             const struct test_buffer *buffers, unsigned count)
{
    struct test_queue *queue = &driver->queues[number];
    const bool table = driver->indirect && count > 1;
    const unsigned slots = table ? 1 : count;
    struct test_buffer outer;
    unsigned id = 0;

    if (queue->room < slots) {
        return -1;
    }
    while (driver->packed && queue->slots[id] != 0) {
        id++;
    }
    if (!driver->packed) {
        id = queue->heads[queue->room - 1];
    }
    if (table) {
        outer = fill_table(driver, queue, id, buffers, count);
        buffers = &outer;
    }
    const uint16_t extra = table ? VIRTIO_DESC_INDIRECT : 0;
    const int result =
        driver->packed ? add_packed(driver, queue, buffers, slots, extra, id)
                       : add_split(driver, queue, buffers, slots, extra);
    queue->room -= slots;
    return result;
}

/* True if the device's event index is among the descriptors since the last
 * notification (2.7.10.2, 2.8.10). */
static bool is_wanted(const struct test_driver *driver,
                      const struct test_queue *queue)
{
    const unsigned at = TEST_DEVICE_AREA;
    uint16_t event;

    if (driver->packed) {
        const uint16_t flags = test_ring16(driver, queue->number, at + 2);

        if (flags != VIRTIO_EVENT_DESCRIPTOR || !driver->event_index) {
            return flags != VIRTIO_EVENT_DISABLE;
        }
        event = test_ring16(driver, queue->number, at);
    } else if (driver->event_index) {
        event =
            test_ring16(driver, queue->number, at + ENTRIES + queue->size * 8);
    } else {
        return (test_ring16(driver, queue->number, at + FLAGS) & 1) == 0;
    }
    for (uint16_t i = queue->kicked; i != queue->available;
         i = driver->packed ? advance(queue, i, 1) : (uint16_t)(i + 1)) {
        if (i == event) {
            return true;
        }
    }
    return false;
}

bool test_kick(struct test_driver *driver, unsigned number)
{
    struct test_queue *queue = &driver->queues[number];
    const bool wanted = is_wanted(driver, queue);

    queue->kicked = queue->available;
    if (wanted) {
        virtio_kick(&driver->virtio, number);
    }
    return wanted;
}

/* ---- Used requests ------------------------------------------------------- */

/* Gives the descriptors of a request back. */
static void release(struct test_driver *driver, struct test_queue *queue,
                    unsigned id)
{
    const unsigned count = queue->slots[id];

    if (!driver->packed) {
        uint16_t at = (uint16_t)id;

        for (unsigned i = 0; i < count; i++) {
            queue->heads[queue->room + i] = at;
            at = test_ring16(driver, queue->number, at * 16u + 14);
        }
    }
    queue->room += count;
    queue->slots[id] = 0;
}

bool test_used(struct test_driver *driver, unsigned number, unsigned *id,
               uint32_t *written)
{
    struct test_queue *queue = &driver->queues[number];
    unsigned at;

    if (driver->packed) { /* both flags are the wrap counter (2.8.1) */
        at = (queue->used & OFFSET) * 16u;
        const uint16_t flags = test_ring16(driver, number, at + 14);
        const uint16_t both = VIRTIO_DESC_AVAIL | VIRTIO_DESC_USED;

        if ((flags & both) != ((queue->used & WRAP) != 0 ? both : 0)) {
            return false;
        }
        *id = test_ring16(driver, number, at + 12);
        memcpy(written, ring_at(driver, number, at + 8), 4);
    } else {
        if (test_ring16(driver, number, TEST_DEVICE_AREA + INDEX) ==
            queue->used) {
            return false;
        }
        at = TEST_DEVICE_AREA + ENTRIES + queue->used % queue->size * 8u;
        *id = test_ring16(driver, number, at);
        memcpy(written, ring_at(driver, number, at + 4), 4);
    }
    if (*id >= queue->size || queue->slots[*id] == 0) {
        abort(); /* of no request */
    }
    queue->used = driver->packed
                      ? advance(queue, queue->used, queue->slots[*id])
                      : (uint16_t)(queue->used + 1);
    release(driver, queue, *id);
    return true;
}

/* ---- Notifications ------------------------------------------------------- */

static void set_wish(struct test_driver *driver, unsigned number,
                     uint16_t flags, uint16_t event)
{
    const unsigned at = TEST_DRIVER_AREA;

    if (driver->packed) {
        test_set_ring16(driver, number, at, event);
        test_set_ring16(driver, number, at + 2, flags);
        return;
    }
    test_set_ring16(driver, number, at + FLAGS,
                    driver->event_index ? 0 : flags);
    test_set_ring16(driver, number,
                    at + ENTRIES + driver->queues[number].size * 2, event);
}

/* With an event index, the next one is the nearest to "all". */
void test_want_all(struct test_driver *driver, unsigned number)
{
    if (driver->event_index) {
        test_want_one(driver, number, 0);
    } else {
        set_wish(driver, number, VIRTIO_EVENT_ENABLE, 0);
    }
}

/* In a split virtqueue with an event index: the one just used (2.7.7.1). */
void test_want_none(struct test_driver *driver, unsigned number)
{
    set_wish(driver, number, VIRTIO_EVENT_DISABLE,
             (uint16_t)(driver->queues[number].used - 1));
}

void test_want_one(struct test_driver *driver, unsigned number, unsigned ahead)
{
    const struct test_queue *queue = &driver->queues[number];

    set_wish(driver, number, VIRTIO_EVENT_DESCRIPTOR,
             driver->packed ? advance(queue, queue->used, ahead)
                            : (uint16_t)(queue->used + ahead));
}
