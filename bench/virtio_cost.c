/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of a request to a virtio block device in this process, beside the
 * access to the file: rings, descriptors, copies and completion, with a medium
 * that is done at once. A sector is moved, so that the copy counts little.
 * Nanoseconds of one thread, the least of many runs; lines as bench/figures.h
 * has them.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/figures.h"
#include "host/time.h"
#include "virtio/blk.h"

enum { SIZE = VIRTIO_QUEUE_SIZE_MAX, BLOCK = 512, RUNS = 200, ROUNDS = 200 };
enum { MEMORY_SIZE = 4 << 20, AVAILABLE = 0x1000, USED = 0x2000 };
enum { HEADERS = 0x10000, STATUSES = 0x20000, DATA = 0x100000 };
enum { DESCRIPTORS = 3, DEPTH_MAX = 32 };

struct driven {
    struct virtio virtio;
    struct virtio_blk_state state;
    struct virtio_blk_medium medium;
    uint8_t *memory;
    bool packed;
    uint16_t next; /* of the driver: an index, or an offset with wrap bit */
};

static uint8_t block[BLOCK];

/* ---- Host ---------------------------------------------------------------- */

static struct driven *driven_of(struct virtio *virtio)
{
    return (struct driven *)((char *)virtio - offsetof(struct driven, virtio));
}

static void *map(struct virtio *virtio, enum virtio_space space,
                 uint64_t address, uint64_t *size, enum virtio_access access)
{
    if (address >= MEMORY_SIZE) {
        return NULL;
    }
    const uint64_t left = MEMORY_SIZE - address;
    *size = *size < left ? *size : left;
    return driven_of(virtio)->memory + address;
}

static void used(struct virtio *virtio, unsigned queue)
{
}

static void ignore(struct virtio *virtio)
{
}

static void fault(struct virtio *virtio, const struct virtio_fault *fault,
                  unsigned queue, uint64_t value)
{
    figures_failed(fault->name);
    exit(figures_conclude());
}

static const struct virtio_host host = {
    .map = map,
    .used = used,
    .configured = ignore,
    .later = ignore,
    .fault = fault,
};

/* The medium takes no time. */
static void submit(struct virtio *virtio, unsigned number,
                   enum virtio_blk_operation operation, uint64_t offset,
                   uint64_t size)
{
    if (operation == VIRTIO_BLK_WRITE) {
        virtio_blk_gather(virtio, number, block, size);
    }
    const bool reads = operation == VIRTIO_BLK_READ;
    virtio_blk_done(virtio, number, true, reads ? block : NULL,
                    reads ? size : 0);
}

static void cancel(struct virtio *virtio, unsigned number)
{
}

/* ---- Driver -------------------------------------------------------------- */

static void put_split(struct driven *driven, unsigned request,
                      uint16_t data_flags)
{
    struct virtio_descriptor *table = (void *)driven->memory;
    uint16_t *available = (void *)(driven->memory + AVAILABLE);
    const unsigned head = request * DESCRIPTORS;

    table[head] = (struct virtio_descriptor){
        HEADERS + request * sizeof(struct virtio_blk_header),
        sizeof(struct virtio_blk_header), VIRTIO_DESC_NEXT,
        (uint16_t)(head + 1)};
    table[head + 1] = (struct virtio_descriptor){
        DATA + (uint64_t)request * BLOCK, BLOCK, VIRTIO_DESC_NEXT | data_flags,
        (uint16_t)(head + 2)};
    table[head + 2] =
        (struct virtio_descriptor){STATUSES + request, 1, VIRTIO_DESC_WRITE, 0};
    available[2 + driven->next % SIZE] = (uint16_t)head;
    driven->next++;
}

static void put_one_packed(struct driven *driven, uint64_t address,
                           uint32_t length, unsigned id, unsigned flags)
{
    struct virtio_packed_descriptor *ring = (void *)driven->memory;
    const unsigned offset = driven->next & 0x7fff;
    const bool wrap = driven->next >> 15 != 0;

    ring[offset] = (struct virtio_packed_descriptor){
        address, length, (uint16_t)id,
        (uint16_t)(flags | (wrap ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED))};
    driven->next = offset + 1 < SIZE
                       ? (uint16_t)(driven->next + 1)
                       : (uint16_t)((driven->next ^ 0x8000) & 0x8000);
}

static void put_packed(struct driven *driven, unsigned request,
                       uint16_t data_flags)
{
    put_one_packed(driven, HEADERS + request * sizeof(struct virtio_blk_header),
                   sizeof(struct virtio_blk_header), request, VIRTIO_DESC_NEXT);
    put_one_packed(driven, DATA + (uint64_t)request * BLOCK, BLOCK, request,
                   VIRTIO_DESC_NEXT | data_flags);
    put_one_packed(driven, STATUSES + request, 1, request, VIRTIO_DESC_WRITE);
}

/* Makes so many requests and kicks once. */
static void make(struct driven *driven, unsigned depth, bool reads)
{
    uint16_t *available = (void *)(driven->memory + AVAILABLE);

    for (unsigned i = 0; i < depth; i++) {
        (driven->packed ? put_packed
                        : put_split)(driven, i, reads ? VIRTIO_DESC_WRITE : 0);
    }
    if (!driven->packed) {
        available[1] = driven->next;
    }
    virtio_kick(&driven->virtio, 0);
}

static void setup(struct driven *driven, bool packed, bool reads)
{
    struct virtio *virtio = &driven->virtio;
    const uint64_t features =
        VIRTIO_FEATURE(VIRTIO_F_VERSION_1) |
        VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX) |
        VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH) |
        (packed ? VIRTIO_FEATURE(VIRTIO_F_RING_PACKED) : 0);
    uint32_t status = 0;

    *driven = (struct driven){
        .packed = packed,
        .next = packed ? 0x8000 : 0,
        .memory = calloc(1, MEMORY_SIZE),
        .medium = {.size_bytes = 1 << 30, .submit = submit, .cancel = cancel},
    };
    if (driven->memory == NULL) {
        abort();
    }
    virtio->host = &host;
    virtio->state = &driven->state.virtio;
    virtio->outside = &driven->medium;
    virtio_init(virtio, &virtio_blk);
    virtio_set_status(virtio, status |= VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    virtio_accept(virtio, features);
    virtio_set_status(virtio, status |= VIRTIO_FEATURES_OK);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_SIZE, SIZE);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DESCRIPTORS, 0);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DRIVER, AVAILABLE);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DEVICE, USED);
    virtio_queue_enable(virtio, 0);
    virtio_set_status(virtio, status | VIRTIO_DRIVER_OK);
    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        const struct virtio_blk_header header = {
            .type = reads ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT,
        };
        memcpy(driven->memory + HEADERS + i * sizeof(header), &header,
               sizeof(header));
    }
}

/* ---- Figures ------------------------------------------------------------- */

/* Nanoseconds for each request, the least of all runs. */
static double cost(bool packed, bool reads, unsigned depth)
{
    static struct driven driven;
    double least = 0;

    setup(&driven, packed, reads);
    for (unsigned run = 0; run < RUNS; run++) {
        const uint64_t begun = host_time_ns();

        for (unsigned i = 0; i < ROUNDS; i++) {
            make(&driven, depth, reads);
        }
        const double each =
            (double)(host_time_ns() - begun) / (ROUNDS * (double)depth);
        least = least == 0 || each < least ? each : least;
    }
    free(driven.memory);
    return least;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool packed;
        bool reads;
        unsigned depth;
    } rows[] = {
        {"virtio-blk, 512 bytes read, split, depth 1",    false, true,  1 },
        {"virtio-blk, 512 bytes read, split, depth 32",   false, true,  32},
        {"virtio-blk, 512 bytes write, split, depth 1",   false, false, 1 },
        {"virtio-blk, 512 bytes write, split, depth 32",  false, false, 32},
        {"virtio-blk, 512 bytes read, packed, depth 1",   true,  true,  1 },
        {"virtio-blk, 512 bytes read, packed, depth 32",  true,  true,  32},
        {"virtio-blk, 512 bytes write, packed, depth 1",  true,  false, 1 },
        {"virtio-blk, 512 bytes write, packed, depth 32", true,  false, 32},
    };
    const struct bench bench = bench_settings(NULL, argc, argv);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (figures_wanted(&bench, rows[i].name)) {
            figures_at_most(rows[i].name,
                            cost(rows[i].packed, rows[i].reads, rows[i].depth),
                            100, "ns");
        }
    }
    return figures_conclude();
}
