/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile cases in the memory of virtqueues (virtio 1.2, 2.7 and 2.8). */
#include <string.h>

#include "virtio/hostile.h"

/* A descriptor of a case; the other field is `next`, or the buffer ID. */
struct raw {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t other;
};

enum { NEXT = VIRTIO_DESC_NEXT, WRITE = VIRTIO_DESC_WRITE };
enum { INDIRECT = VIRTIO_DESC_INDIRECT };
enum { AVAILABLE_INDEX = TEST_DRIVER_AREA + 2 };
#define AT(offset) (TEST_BUFFERS + (offset))

static bool is_packed(const struct hostile *hostile)
{
    return hostile->driver.packed;
}

/* Makes a chain available from the first descriptor of a new queue on. */
static void expose(struct hostile *hostile, const struct raw *raws,
                   unsigned count)
{
    struct test_driver *driver = &hostile->driver;

    for (unsigned i = count; i-- > 0;) {
        const struct raw *raw = &raws[i];
        test_set_descriptor(
            driver->rings + hostile->kind->queue * TEST_QUEUE_BYTES +
                16 * (i % HOSTILE_SIZE),
            is_packed(hostile), raw->address, raw->length,
            is_packed(hostile) ? test_packed_flags(0x8000, raw->flags)
                               : raw->flags,
            raw->other);
    }
    if (!is_packed(hostile)) {
        test_set_ring16(driver, hostile->kind->queue, AVAILABLE_INDEX, 1);
    }
    virtio_kick(&driver->virtio, hostile->kind->queue);
}

/* The same with a table, whose descriptors those are. */
static void expose_table(struct hostile *hostile, const struct raw *raws,
                         unsigned count, struct raw outer)
{
    for (unsigned i = 0; i < count; i++) {
        test_set_descriptor(hostile->driver.buffers + HOSTILE_TABLE + 16 * i,
                            is_packed(hostile), raws[i].address, raws[i].length,
                            raws[i].flags, raws[i].other);
    }
    expose(hostile, &outer, 1);
}

static const struct raw table_of_1 = {AT(HOSTILE_TABLE), 16, INDIRECT, 0};
static const struct raw table_of_2 = {AT(HOSTILE_TABLE), 32, INDIRECT, 0};

/* The good request, with something about it that the test then looks at. */
static void add_good(struct hostile *hostile)
{
    test_add(&hostile->driver, hostile->kind->queue, hostile->buffers,
             hostile->count);
}

static void kick(struct hostile *hostile)
{
    virtio_kick(&hostile->driver.virtio, hostile->kind->queue);
}

/* ---- Available ring ------------------------------------------------------ */

static void index_ahead(struct hostile *hostile)
{
    test_set_ring16(&hostile->driver, hostile->kind->queue, AVAILABLE_INDEX,
                    HOSTILE_SIZE + 1);
    kick(hostile);
}

static void index_decremented(struct hostile *hostile)
{
    add_good(hostile);
    kick(hostile);
    test_set_ring16(&hostile->driver, hostile->kind->queue, AVAILABLE_INDEX, 0);
    kick(hostile);
}

static void head_outside(struct hostile *hostile)
{
    test_set_ring16(&hostile->driver, hostile->kind->queue,
                    TEST_DRIVER_AREA + 4, HOSTILE_SIZE);
    test_set_ring16(&hostile->driver, hostile->kind->queue, AVAILABLE_INDEX, 1);
    kick(hostile);
}

/* In flight, as the kind keeps its requests. */
static void head_twice(struct hostile *hostile)
{
    struct test_driver *driver = &hostile->driver;

    hostile->kind->hold(&hostile->outside);
    if (is_packed(hostile)) {
        const struct raw raws[] = {
            {AT(HOSTILE_TABLE), hostile->count * 16, INDIRECT, 3},
            {AT(HOSTILE_TABLE), hostile->count * 16, INDIRECT, 3},
        };

        for (unsigned i = 0; i < hostile->count; i++) {
            test_set_descriptor(driver->buffers + HOSTILE_TABLE + 16 * i, true,
                                AT(hostile->buffers[i].offset),
                                hostile->buffers[i].length,
                                hostile->buffers[i].writable ? WRITE : 0, 0);
        }
        expose(hostile, raws, 2);
        return;
    }
    add_good(hostile);
    test_set_ring16(
        driver, hostile->kind->queue, TEST_DRIVER_AREA + 6,
        test_ring16(driver, hostile->kind->queue, TEST_DRIVER_AREA + 4));
    test_set_ring16(driver, hostile->kind->queue, AVAILABLE_INDEX, 2);
    kick(hostile);
}

static void flags_unknown(struct hostile *hostile)
{
    add_good(hostile);
    test_set_ring16(&hostile->driver, hostile->kind->queue,
                    TEST_DRIVER_AREA + (is_packed(hostile) ? 2 : 0),
                    is_packed(hostile) ? 3 : 0xfffe);
    kick(hostile);
}

static void event_without_feature(struct hostile *hostile)
{
    add_good(hostile);
    test_set_ring16(&hostile->driver, hostile->kind->queue,
                    TEST_DRIVER_AREA + 2, VIRTIO_EVENT_DESCRIPTOR);
    test_set_ring16(&hostile->driver, hostile->kind->queue, TEST_DRIVER_AREA,
                    0x1234);
    kick(hostile);
}

static void event_outside(struct hostile *hostile)
{
    test_set_ring16(&hostile->driver, hostile->kind->queue,
                    TEST_DRIVER_AREA + 2, VIRTIO_EVENT_DESCRIPTOR);
    test_set_ring16(&hostile->driver, hostile->kind->queue, TEST_DRIVER_AREA,
                    0x7fff);
    add_good(hostile);
    kick(hostile);
}

/* ---- Descriptors --------------------------------------------------------- */

static void next_outside(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 16, NEXT, HOSTILE_SIZE};

    expose(hostile, &raw, 1);
}

static void id_outside(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 16, 0, HOSTILE_SIZE};

    expose(hostile, &raw, 1);
}

static void chain_without_end(struct hostile *hostile)
{
    struct raw raws[HOSTILE_SIZE];

    for (unsigned i = 0; i < HOSTILE_SIZE; i++) {
        raws[i] = (struct raw){AT(0), 16, NEXT, (i + 1) % HOSTILE_SIZE};
    }
    expose(hostile, raws, HOSTILE_SIZE);
}

static void chain_of_itself(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 16, NEXT | WRITE, 0};

    expose(hostile, &raw, 1);
}

static void table_of_itself(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(0), 16, NEXT, 1},
        {AT(0), 16, NEXT, 0},
    };

    expose_table(hostile, raws, 2, table_of_2);
}

static void table_next_outside(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 16, NEXT, 2};

    expose_table(hostile, &raw, 1, table_of_2);
}

static void order(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(0),   16, NEXT | WRITE, 1},
        {AT(256), 16, 0,            0},
    };

    expose(hostile, raws, 2);
}

static void order_in_table(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(0),   16, NEXT | WRITE, 1},
        {AT(256), 16, 0,            0},
    };

    expose_table(hostile, raws, 2, table_of_2);
}

static void empty(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 0, 0, 0};

    expose(hostile, &raw, 1);
}

static void empty_in_table(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 0, WRITE, 0};

    expose_table(hostile, &raw, 1, table_of_1);
}

static void wraps(struct hostile *hostile)
{
    const struct raw raw = {UINT64_MAX - 14, 16, 0, 0};

    expose(hostile, &raw, 1);
}

static void bytes(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(0), UINT32_MAX, NEXT, 1},
        {AT(0), 1,          NEXT, 2},
        {AT(0), 1,          0,    0},
    };

    expose(hostile, raws, 3);
}

static void absent(struct hostile *hostile)
{
    hostile->buffers[0].offset = TEST_BUFFERS_SIZE;
    add_good(hostile);
    kick(hostile);
}

static void not_writable(struct hostile *hostile)
{
    hostile->buffers[hostile->count - 1].offset = TEST_ROM;
    add_good(hostile);
    kick(hostile);
}

/* ---- Indirect tables ----------------------------------------------------- */

static void indirect_without_feature(struct hostile *hostile)
{
    const struct raw raw = {AT(0), 16, 0, 0};

    expose_table(hostile, &raw, 1, table_of_1);
}

static void nested(struct hostile *hostile)
{
    expose_table(hostile, &table_of_1, 1, table_of_1);
}

static void indirect_and_next(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(HOSTILE_TABLE), 16, INDIRECT | NEXT, 1},
        {AT(0),             16, WRITE,           0},
    };

    expose(hostile, raws, 2);
}

static void direct_then_indirect(struct hostile *hostile)
{
    const struct raw raws[] = {
        {AT(0),             16, NEXT,     1},
        {AT(HOSTILE_TABLE), 16, INDIRECT, 0},
    };

    expose(hostile, raws, 2);
}

static void table_empty(struct hostile *hostile)
{
    const struct raw raw = {AT(HOSTILE_TABLE), 0, INDIRECT, 0};

    expose(hostile, &raw, 1);
}

static void table_odd(struct hostile *hostile)
{
    const struct raw raw = {AT(HOSTILE_TABLE), 24, INDIRECT, 0};

    expose(hostile, &raw, 1);
}

static void table_long(struct hostile *hostile)
{
    const struct raw raw = {AT(HOSTILE_TABLE), 16 * (VIRTIO_CHAIN_MAX + 1),
                            INDIRECT, 0};

    expose(hostile, &raw, 1);
}

static void table_absent(struct hostile *hostile)
{
    const struct raw raw = {TEST_BUFFERS + TEST_BUFFERS_SIZE - 16, 32, INDIRECT,
                            0};

    expose(hostile, &raw, 1);
}

/* The request goes through a table: reserved flags of its descriptor, or, of
 * packed virtqueues, in the table. */
static void write_of_table(struct hostile *hostile)
{
    struct test_driver *driver = &hostile->driver;
    const int id = test_add(driver, hostile->kind->queue, hostile->buffers,
                            hostile->count);
    const unsigned at = is_packed(hostile) ? 14 : (unsigned)id * 16 + 12;

    test_set_ring16(driver, hostile->kind->queue, at,
                    test_ring16(driver, hostile->kind->queue, at) | WRITE);
    kick(hostile);
}

static void flags_in_table(struct hostile *hostile)
{
    struct test_driver *driver = &hostile->driver;
    const int id = test_add(driver, hostile->kind->queue, hostile->buffers,
                            hostile->count);
    uint8_t *table =
        driver->buffers + TEST_DATA_SIZE + (unsigned)id * TEST_TABLE_SIZE;

    for (unsigned i = 0; i < hostile->count; i++) {
        table[16 * i + 14] |= NEXT | INDIRECT | VIRTIO_DESC_AVAIL;
        table[16 * i + 15] |= VIRTIO_DESC_USED >> 8;
        memset(table + 16 * i + 12, 0xff, 2); /* and the buffer ID */
    }
    kick(hostile);
}

#define NO_TABLE    VIRTIO_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define NO_EVENT    VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX)
#define FAULT(name) VIRTIO_FAULT_##name, 0
#define NONE        VIRTIO_FAULTS, 0

const struct hostile_case hostile_ring_cases[] = {
#include "virtio/hostile_ring.def"
};
const unsigned hostile_ring_case_count =
    sizeof(hostile_ring_cases) / sizeof(hostile_ring_cases[0]);
