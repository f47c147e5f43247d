/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile drivers: each case of hostile.h ends in the verdict that its row
 * names, whatever the format of virtqueues and the kind of device; then random
 * memory, and memory that changes while the core reads it, end in one of these
 * verdicts as well.
 */
#include "virtio/hostile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/harness.h"

/* How a driver and a device meet: split virtqueues also by the legacy
 * interface, whose rings are the same and whose negotiation is another one. */
enum format { IN_SPLIT, IN_PACKED, IN_LEGACY, FORMATS };

static const char *const formats[] = {"split", "packed", "legacy split"};

static void start(struct hostile *hostile, const struct test_kind *kind,
                  enum format format, uint64_t without)
{
    const uint64_t wanted =
        ~without &
        ~(format == IN_PACKED ? 0 : VIRTIO_FEATURE(VIRTIO_F_RING_PACKED));

    hostile->kind = kind;
    kind->init(&hostile->outside);
    hostile->driver.virtio.legacy = format == IN_LEGACY;
    test_driver_start(&hostile->driver, wanted, test_kind_queues(kind),
                      HOSTILE_SIZE);
    hostile->count =
        kind->request(&hostile->driver, HOSTILE_REQUEST, hostile->buffers);
}

static void setup(struct hostile *hostile, const struct test_kind *kind,
                  enum format format, uint64_t without)
{
    memset(hostile, 0, sizeof(*hostile));
    test_kind_init(&hostile->driver, kind, &hostile->outside);
    start(hostile, kind, format, without);
    hostile->told = hostile->driver.configured_calls;
    hostile->queue = kind->queue;
}

static unsigned count_faults(const struct test_driver *driver)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        count += driver->faults[i];
    }
    return count;
}

static bool needs_reset(const struct test_driver *driver)
{
    return (driver->virtio.state->status & VIRTIO_NEEDS_RESET) != 0;
}

/* The device is as new after a reset. */
static void expect_recovery(struct hostile *hostile, enum format format)
{
    test_driver_reset(&hostile->driver);
    start(hostile, hostile->kind, format, 0);
    EXPECT(test_works(&hostile->driver, hostile->kind, hostile->kind->queue));
    EXPECT_EQ(hostile->driver.memory.mapped, 0);
}

/* ---- Cases --------------------------------------------------------------- */

/* A device that needs a reset does nothing until then. */
static void expect_standstill(struct test_driver *driver, unsigned queue)
{
    uint8_t before[TEST_RINGS_SIZE];
    const unsigned calls = driver->used_calls[queue];

    memcpy(before, driver->rings, sizeof(before));
    virtio_kick(&driver->virtio, queue);
    virtio_serve(&driver->virtio, queue);
    virtio_run(&driver->virtio);
    EXPECT_BYTES(driver->rings, before, sizeof(before));
    EXPECT_EQ(driver->used_calls[queue], calls);
}

static void expect_verdict(struct hostile *hostile,
                           const struct hostile_case *row)
{
    struct test_driver *driver = &hostile->driver;
    const bool answers = row->verdict == IGNORED || row->verdict == REFUSED;
    unsigned id;
    uint32_t written = 0;

    EXPECT_EQ(driver->memory.mapped, 0);
    EXPECT_EQ(needs_reset(driver), row->verdict == RESET);
    if (answers) {
        EXPECT_EQ(count_faults(driver), 0);
        EXPECT(test_used(driver, hostile->kind->queue, &id, &written));
    } else {
        EXPECT(driver->faults[row->fault] != 0);
        EXPECT_EQ(count_faults(driver), driver->faults[row->fault]);
        EXPECT_EQ(driver->virtio.state->faults, UINT64_C(1) << row->fault);
        EXPECT_EQ(virtio_fault_row(row->fault)->resets, row->verdict == RESET);
        /* A fault of the device as a whole is said to be of queue 0. */
        EXPECT_EQ(driver->fault_queue,
                  row->fault < VIRTIO_FAULT_QUEUE_ABSENT ? 0 : hostile->queue);
    }
    if (row->verdict == IGNORED) {
        EXPECT(hostile->kind->answered(driver, HOSTILE_REQUEST, written));
    } else if (row->verdict == REFUSED) {
        EXPECT_EQ(driver->buffers[HOSTILE_STATUS], row->status);
    } else if (row->verdict == RESET) {
        EXPECT_EQ(driver->configured_calls, hostile->told + 1);
        EXPECT_EQ(count_faults(driver), 1);
        expect_standstill(driver, hostile->kind->queue);
    }
}

static void run_case(const struct hostile_case *row,
                     const struct test_kind *kind, enum format format,
                     bool awkward)
{
    struct hostile hostile;

    test_case("%s %s%s: %s (%s)", kind->type->name, formats[format],
              awkward ? ", awkward memory" : "", row->name, row->section);
    setup(&hostile, kind, format, row->without);
    hostile.driver.memory.temporary = awkward;
    hostile.driver.memory.piece = awkward ? 7 : 0;
    row->violate(&hostile);
    expect_verdict(&hostile, row);
    expect_recovery(&hostile, format);
    test_driver_fini(&hostile.driver);
}

static bool fits(const struct hostile_case *row, const struct test_kind *kind)
{
    return (row->type == NULL || row->type == kind->type) &&
           ((row->formats & INFLIGHT) == 0 || kind->hold != NULL) &&
           ((row->formats & WRITTEN) == 0 || kind->writes);
}

static uint64_t run_cases(const struct hostile_case *rows, unsigned count,
                          unsigned format_count)
{
    uint64_t met = 0;

    for (unsigned i = 0; i < count; i++) {
        for (unsigned n = 0; n < FORMATS * 2 * test_kind_count; n++) {
            const struct test_kind *kind = &test_kinds[n / (FORMATS * 2)];
            const enum format format = n % FORMATS;

            if (format < format_count && fits(&rows[i], kind) &&
                (rows[i].formats & (format == IN_PACKED ? PACKED : SPLIT)) !=
                    0) {
                run_case(&rows[i], kind, format, n / FORMATS % 2 != 0);
            }
        }
        if (rows[i].fault != VIRTIO_FAULTS) {
            met |= UINT64_C(1) << rows[i].fault;
        }
    }
    return met;
}

TEST(each_violation_ends_in_its_verdict_and_each_fault_has_one)
{
    const uint64_t met =
        run_cases(hostile_ring_cases, hostile_ring_case_count, FORMATS) |
        run_cases(hostile_device_cases, hostile_device_case_count, IN_LEGACY) |
        run_cases(hostile_net_cases, hostile_net_case_count, IN_LEGACY) |
        run_cases(hostile_rtc_cases, hostile_rtc_case_count, IN_LEGACY) |
        run_cases(hostile_vsock_cases, hostile_vsock_case_count, IN_LEGACY);

    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        test_case("%s", virtio_fault_row(i)->name);
        EXPECT((met >> i & 1) != 0);
    }
}

/* Valid descriptors in an order that is rare (2.7.5.3.2): direct ones, then a
 * table. */
TEST(a_split_chain_may_end_in_a_table)
{
    struct hostile hostile;
    struct test_driver *driver = &hostile.driver;
    unsigned id;
    uint32_t written;

    setup(&hostile, &test_kinds[0], IN_SPLIT, 0);
    for (unsigned i = 1; i < hostile.count; i++) {
        const struct test_buffer *buffer = &hostile.buffers[i];
        const bool more = i + 1 < hostile.count;

        test_set_descriptor(
            driver->buffers + HOSTILE_TABLE + 16 * (i - 1), false,
            TEST_BUFFERS + buffer->offset, buffer->length,
            (uint16_t)((buffer->writable ? VIRTIO_DESC_WRITE : 0) |
                       (more ? VIRTIO_DESC_NEXT : 0)),
            (uint16_t)i);
    }
    test_add(driver, 0, hostile.buffers, 1);
    const unsigned head = test_ring16(driver, 0, TEST_DRIVER_AREA + 4);
    test_set_ring16(driver, 0, head * 16 + 12, VIRTIO_DESC_NEXT);
    test_set_ring16(driver, 0, head * 16 + 14, 1);
    test_set_descriptor(driver->rings + 16, false, TEST_BUFFERS + HOSTILE_TABLE,
                        16 * (hostile.count - 1), VIRTIO_DESC_INDIRECT, 0);
    virtio_kick(&driver->virtio, 0);
    EXPECT(test_used(driver, 0, &id, &written));
    EXPECT(hostile.kind->answered(driver, HOSTILE_REQUEST, written));
    test_driver_fini(driver);
}

/* ---- Random memory ------------------------------------------------------- */

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

/* A place that the device reads: descriptors, areas, tables, requests. */
static uint8_t *draw_place(struct hostile *hostile, uint64_t *random)
{
    struct test_driver *driver = &hostile->driver;
    const unsigned queue = hostile->kind->queue;
    uint8_t *rings = driver->rings + queue * TEST_QUEUE_BYTES;
    const uint64_t value = draw(random);

    switch (value % 8) {
    case 0:
        return rings + TEST_DRIVER_AREA + (value >> 8) % 32;
    case 1:
        return rings + TEST_DEVICE_AREA + (value >> 8) % 96;
    case 2:
    case 3:
        return driver->buffers + TEST_DATA_SIZE +
               queue * VIRTIO_QUEUE_SIZE_MAX * TEST_TABLE_SIZE +
               (value >> 8) % (HOSTILE_SIZE * TEST_TABLE_SIZE);
    case 4:
        return driver->buffers + HOSTILE_REQUEST + (value >> 8) % 4 * 4096 +
               (value >> 16) % 32;
    default:
        return rings + (value >> 8) % (HOSTILE_SIZE * 16);
    }
}

/* Invariants that hold whatever the driver did. */
static void expect_consistency(const struct hostile *hostile)
{
    const struct test_driver *driver = &hostile->driver;
    unsigned resets = 0;

    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        resets += virtio_fault_row(i)->resets ? driver->faults[i] : 0;
    }
    EXPECT_EQ(driver->memory.mapped, 0);
    EXPECT_EQ(needs_reset(driver), resets != 0);
    EXPECT_EQ(driver->configured_calls, hostile->told + (resets != 0));
}

/* Good requests, then a few random bytes, and a kick. */
static void mutate(struct hostile *hostile, bool packed, uint64_t *random)
{
    struct test_driver *driver = &hostile->driver;
    const unsigned queue = hostile->kind->queue;
    const uint8_t *rings = driver->rings + queue * TEST_QUEUE_BYTES;
    uint8_t before[TEST_DEVICE_AREA];

    test_driver_reset(driver);
    start(hostile, hostile->kind, packed, draw(random) & UINT64_C(0x30000000));
    if (draw(random) % 2 != 0 && hostile->kind->hold != NULL) {
        hostile->kind->hold(&hostile->outside);
    }
    driver->memory.temporary = draw(random) % 2 != 0;
    for (unsigned i = 0; i < 4; i++) {
        const unsigned count = hostile->kind->request(
            driver, HOSTILE_REQUEST + i * 4096, hostile->buffers);
        test_add(driver, queue, hostile->buffers, count);
    }
    for (uint64_t left = draw(random) % 6; left != 0; left--) {
        const uint64_t bits = draw(random);
        uint8_t *place = draw_place(hostile, random);

        if (bits % 3 == 0) {
            *place ^= (uint8_t)(1u << (bits >> 8) % 8);
        } else {
            *place = bits % 3 == 1 ? (uint8_t)(bits >> 8) : 0;
        }
    }
    memcpy(before, rings, sizeof(before));
    virtio_kick(&driver->virtio, queue);
    virtio_run(&driver->virtio);
    test_finish(driver, hostile->kind);
    if (!packed) { /* 2.7.5.1: the device writes to the used ring alone */
        EXPECT_BYTES(rings, before, sizeof(before));
    }
    expect_consistency(hostile);
}

TEST(random_memory_ends_in_a_verdict)
{
    for (unsigned n = 0; n < 2 * test_kind_count; n++) {
        const struct test_kind *kind = &test_kinds[n / 2];
        const bool packed = n % 2 != 0;
        uint64_t random = 0x9e3779b97f4a7c15u + n;
        unsigned resets = 0;
        struct hostile hostile;

        test_case("%s %s", kind->type->name, packed ? "packed" : "split");
        setup(&hostile, kind, packed ? IN_PACKED : IN_SPLIT, 0);
        for (unsigned i = 0; i < 3000; i++) {
            mutate(&hostile, packed, &random);
            resets += needs_reset(&hostile.driver);
        }
        EXPECT(resets > 300 && resets < 2700);
        expect_recovery(&hostile, packed ? IN_PACKED : IN_SPLIT);
        test_driver_fini(&hostile.driver);
    }
}

/* ---- Memory that changes ------------------------------------------------- */

struct changer {
    struct hostile *hostile;
    uint64_t random;
    atomic_bool ends;
    atomic_uint changes;
};

/* Puts bytes of one good request into another, and random ones anywhere. */
static void *change(void *context)
{
    struct changer *changer = context;

    while (!atomic_load(&changer->ends)) {
        uint8_t *to = draw_place(changer->hostile, &changer->random);
        const uint8_t *from = draw_place(changer->hostile, &changer->random);
        const uint8_t byte = __atomic_load_n(from, __ATOMIC_RELAXED);

        __atomic_store_n(to, byte, __ATOMIC_RELAXED);
        atomic_fetch_add(&changer->changes, 1);
    }
    return NULL;
}

/* Each field is read once and then is the core's: what it checked is what it
 * uses, so sanitizers see nothing and the verdicts fit. */
TEST(memory_that_changes_meanwhile_ends_in_a_verdict)
{
    for (unsigned n = 0; n < 2 * test_kind_count; n++) {
        const struct test_kind *kind = &test_kinds[n / 2];
        const bool packed = n % 2 != 0;
        struct changer changer = {.random = 88172645463325252u + n};
        struct hostile hostile;
        pthread_t thread;

        test_case("%s %s", kind->type->name, packed ? "packed" : "split");
        setup(&hostile, kind, packed ? IN_PACKED : IN_SPLIT, 0);
        changer.hostile = &hostile;
        REQUIRE(pthread_create(&thread, NULL, change, &changer) == 0);
        for (unsigned i = 0; i < 2000 || atomic_load(&changer.changes) < 2000;
             i++) {
            test_driver_reset(&hostile.driver);
            start(&hostile, kind, packed ? IN_PACKED : IN_SPLIT, 0);
            for (unsigned k = 0; k < 4; k++) {
                const unsigned count =
                    kind->request(&hostile.driver, HOSTILE_REQUEST + k * 4096,
                                  hostile.buffers);
                test_add(&hostile.driver, kind->queue, hostile.buffers, count);
            }
            virtio_kick(&hostile.driver.virtio, kind->queue);
            virtio_run(&hostile.driver.virtio);
            expect_consistency(&hostile);
        }
        atomic_store(&changer.ends, true);
        pthread_join(thread, NULL);
        expect_recovery(&hostile, packed ? IN_PACKED : IN_SPLIT);
        test_driver_fini(&hostile.driver);
    }
}
