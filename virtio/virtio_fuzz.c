/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtio core and its kinds of devices, by a driver and a transport that do
 * anything: the input is a kind, a format and a list of calls, changes of ring
 * and buffer memory, changes of the state as a file may have them, and good
 * requests between them. Nothing may crash, hang, or touch memory that was not
 * mapped, and no mapping may stay.
 */
#include <string.h>

#include "tests/fuzz.h"
#include "virtio/test_kinds.h"

enum { OPS_MAX = 200, QUEUE_SIZE = 8 };

struct op {
    uint8_t what;
    uint8_t which;
    uint16_t place;
    uint32_t value;
};

struct fuzz {
    struct test_driver driver;
    union test_outside outside;
    const struct test_kind *kind;
    bool packed;
    uint8_t *saved; /* a copy of the state */
};

static void start(struct fuzz *fuzz, uint64_t features)
{
    const uint64_t packed = VIRTIO_FEATURE(VIRTIO_F_RING_PACKED);

    test_driver_reset(&fuzz->driver);
    test_driver_start(&fuzz->driver,
                      fuzz->packed ? features | packed : features & ~packed,
                      test_kind_queues(fuzz->kind), QUEUE_SIZE);
}

/* ---- Calls of a transport ------------------------------------------------ */

static void set_status(struct fuzz *fuzz, const struct op *op)
{
    virtio_set_status(&fuzz->driver.virtio, op->value & 0xff);
}

static void accept(struct fuzz *fuzz, const struct op *op)
{
    const uint64_t features = virtio_features(&fuzz->driver.virtio);

    virtio_accept(&fuzz->driver.virtio,
                  features & ~((uint64_t)op->value << (op->which & 32)));
}

/* Addresses near the queue's own. */
static void set_queue(struct fuzz *fuzz, const struct op *op)
{
    const enum virtio_queue_field field =
        (enum virtio_queue_field)(op->which >> 4 & 3);

    virtio_queue_set(&fuzz->driver.virtio, op->which & 15, field,
                     field == VIRTIO_QUEUE_SIZE
                         ? op->value
                         : TEST_RINGS + op->place +
                               ((uint64_t)(op->value & 0xff) << 32));
}

static void change_queue(struct fuzz *fuzz, const struct op *op)
{
    static void (*const changes[])(struct virtio * virtio, unsigned queue) = {
        virtio_queue_enable,
        virtio_queue_stop,
        virtio_queue_reset,
        virtio_serve,
    };

    changes[op->which >> 4 & 3](&fuzz->driver.virtio, op->which & 15);
}

static void enable_queue(struct fuzz *fuzz, const struct op *op)
{
    const unsigned queue = op->which % test_kind_queues(fuzz->kind);

    virtio_queue_stop(&fuzz->driver.virtio, queue);
    test_queue_enable(&fuzz->driver, queue, 1 + op->value % QUEUE_SIZE);
}

static void kick(struct fuzz *fuzz, const struct op *op)
{
    virtio_kick(&fuzz->driver.virtio, op->which & 15);
    if ((op->which & 0x80) != 0) {
        virtio_run(&fuzz->driver.virtio);
    }
}

static void access_config(struct fuzz *fuzz, const struct op *op)
{
    uint8_t bytes[64];

    memset(bytes, (int)op->value, sizeof(bytes));
    virtio_read_config(&fuzz->driver.virtio, op->place, bytes,
                       op->which % sizeof(bytes));
    virtio_write_config(&fuzz->driver.virtio, op->place, bytes,
                        op->which % sizeof(bytes));
}

/* ---- Memory -------------------------------------------------------------- */

static void write_rings(struct fuzz *fuzz, const struct op *op)
{
    memcpy(fuzz->driver.rings + op->place % (TEST_RINGS_SIZE - 4), &op->value,
           1u << op->which % 3);
}

static void write_buffers(struct fuzz *fuzz, const struct op *op)
{
    /* Where requests and tables begin. */
    const uint32_t at = (op->which & 0x80) != 0 ? TEST_DATA_SIZE + op->place
                                                : 0x8000 + op->place % 0x4000;

    memcpy(fuzz->driver.buffers + at, &op->value, 1u << op->which % 3);
}

/* A descriptor of the ring, available in a packed one. */
static void write_descriptor(struct fuzz *fuzz, const struct op *op)
{
    const unsigned queue = op->which % test_kind_queues(fuzz->kind);
    uint8_t *at = fuzz->driver.rings + queue * TEST_QUEUE_BYTES +
                  (op->which >> 4) % QUEUE_SIZE * 16;

    test_set_descriptor(
        at, fuzz->packed, TEST_BUFFERS + op->place % 64 * 0x1000,
        op->value & 0xffff,
        (uint16_t)(op->value >> 16 & 7) |
            (fuzz->packed ? (uint16_t)(op->value >> 16 & 0x8080) : 0),
        op->place >> 8 & 0xf);
}

static void send_good(struct fuzz *fuzz, const struct op *op)
{
    const unsigned queue = fuzz->kind->queue;
    struct test_buffer buffers[4];
    const unsigned count = fuzz->kind->request(
        &fuzz->driver, 0x8000 + op->which % 4 * 0x1000u, buffers);

    if (test_add(&fuzz->driver, queue, buffers, count) >= 0 &&
        (op->value & 1) != 0) {
        virtio_kick(&fuzz->driver.virtio, queue);
    }
}

static void change_memory(struct fuzz *fuzz, const struct op *op)
{
    fuzz->driver.memory.temporary = (op->which & 1) != 0;
    fuzz->driver.memory.piece = op->which >> 4;
    fuzz->driver.memory.fails = (op->which & 2) != 0 ? (int)op->place % 64 : -1;
}

/* ---- Outside and state --------------------------------------------------- */

static void hold(struct fuzz *fuzz, const struct op *op)
{
    if (fuzz->kind->hold != NULL) {
        fuzz->kind->hold(&fuzz->outside);
    }
}

static void finish(struct fuzz *fuzz, const struct op *op)
{
    test_finish(&fuzz->driver, fuzz->kind);
}

/* Split virtqueues by the legacy interface as well. */
static void start_again(struct fuzz *fuzz, const struct op *op)
{
    test_driver_reset(&fuzz->driver);
    fuzz->driver.virtio.legacy = !fuzz->packed && (op->which & 1) != 0;
    start(fuzz, ~(uint64_t)op->value);
}

/* Saves, or brings back with a byte changed; what is refused is reset, as
 * transports do. */
static void restore(struct fuzz *fuzz, const struct op *op)
{
    const size_t size = fuzz->kind->type->state_size;
    uint8_t *state = fuzz->driver.state;

    if ((op->which & 1) == 0) {
        memcpy(fuzz->saved, state, size);
        return;
    }
    memcpy(state, fuzz->saved, size);
    if ((op->which & 2) != 0) {
        state[(op->place | (size_t)(op->which & 0x80) << 9) % size] =
            (uint8_t)op->value;
    }
    if (!virtio_restored(&fuzz->driver.virtio)) {
        virtio_set_status(&fuzz->driver.virtio, 0);
    }
}

static void (*const perform[])(struct fuzz *fuzz, const struct op *op) = {
    send_good,     kick,         write_descriptor, write_rings,
    write_buffers, set_status,   accept,           set_queue,
    change_queue,  enable_queue, access_config,    start_again,
    hold,          finish,       change_memory,    restore,
};

FUZZ(data, size)
{
    static struct fuzz fuzz;

    if (size == 0) {
        return 0;
    }
    memset(&fuzz, 0, sizeof(fuzz));
    fuzz.kind = &test_kinds[(data[0] >> 1) % test_kind_count];
    fuzz.packed = (data[0] & 1) != 0;
    test_kind_init(&fuzz.driver, fuzz.kind, &fuzz.outside);
    fuzz.saved = calloc(1, fuzz.kind->type->state_size);
    start(&fuzz, UINT64_MAX);
    data++;
    size--;
    for (unsigned i = 0; i < OPS_MAX && size >= 8; i++) {
        struct op op = {.what = data[0], .which = data[1]};

        memcpy(&op.place, data + 2, 2);
        memcpy(&op.value, data + 4, 4);
        data += 8;
        size -= 8;
        perform[op.what % (sizeof(perform) / sizeof(perform[0]))](&fuzz, &op);
        if (fuzz.driver.memory.mapped != 0) {
            abort();
        }
    }
    free(fuzz.saved);
    test_driver_fini(&fuzz.driver);
    return 0;
}
