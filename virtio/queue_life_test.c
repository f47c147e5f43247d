/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a transport for queues (virtio 1.2, 2.6, 2.9, 4.2.2.2): fields,
 * numbers and notifications, and what the log says of those that are wrong. */
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { SIZE = 16 };
#define SPLIT (~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED))

struct bench {
    struct echo echo;
    struct test_driver driver;
};

static void start(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    test_driver_init(&bench->driver, &echo_device, &bench->echo);
    test_driver_start(&bench->driver, SPLIT, ECHO_QUEUES, SIZE);
}

/* One fault since the last time, of that queue and value. */
static void expect_fault(struct bench *bench, enum virtio_fault_number number,
                         unsigned queue, uint64_t value)
{
    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        EXPECT_EQ(bench->driver.faults[i], i == number);
        bench->driver.faults[i] = 0;
    }
    EXPECT_EQ(bench->driver.fault_queue, queue);
    EXPECT_EQ(bench->driver.fault_value, value);
}

static void set_size(struct virtio *virtio, unsigned queue)
{
    virtio_queue_set(virtio, queue, VIRTIO_QUEUE_SIZE, 8);
}

static void (*const calls[])(struct virtio *virtio, unsigned queue) = {
    set_size, virtio_queue_enable, virtio_queue_stop, virtio_queue_reset};

TEST(calls_for_a_queue_that_is_not_there_change_nothing)
{
    static const unsigned absent[] = {ECHO_QUEUES, UINT32_MAX};

    for (size_t i = 0; i < 2 * ARRAY_SIZE(calls); i++) {
        struct bench bench;
        struct echo_state before;

        test_case("call %zu of %u", i / 2, absent[i % 2]);
        start(&bench);
        memcpy(&before, bench.driver.state, sizeof(before));
        calls[i / 2](&bench.driver.virtio, absent[i % 2]);
        expect_fault(&bench, VIRTIO_FAULT_QUEUE_ABSENT, absent[i % 2],
                     absent[i % 2]);
        before.virtio.faults = UINT64_C(1) << VIRTIO_FAULT_QUEUE_ABSENT;
        EXPECT_BYTES(bench.driver.state, &before, sizeof(before));
        test_driver_fini(&bench.driver);
    }
}

TEST(each_field_of_a_queue_is_its_own)
{
    struct bench bench;
    const struct virtio_queue_state *queue;

    start(&bench);
    virtio_queue_stop(&bench.driver.virtio, 1);
    for (unsigned i = 4; i-- > 0;) {
        virtio_queue_set(&bench.driver.virtio, 1, (enum virtio_queue_field)i,
                         10 + i);
    }
    queue = virtio_queue(&bench.driver.virtio, 1);
    EXPECT_EQ(queue->size, 10 + VIRTIO_QUEUE_SIZE);
    EXPECT_EQ(queue->descriptors, 10 + VIRTIO_QUEUE_DESCRIPTORS);
    EXPECT_EQ(queue->driver, 10 + VIRTIO_QUEUE_DRIVER);
    EXPECT_EQ(queue->device, 10 + VIRTIO_QUEUE_DEVICE);
    EXPECT_EQ(virtio_queue_size_max(&bench.driver.virtio, ECHO_QUEUES - 1),
              VIRTIO_QUEUE_SIZE_MAX);
    EXPECT_EQ(virtio_queue_size_max(&bench.driver.virtio, ECHO_QUEUES), 0);
    test_driver_fini(&bench.driver);
}

/* A driver that changes a queue that runs is not obeyed (4.2.2.2). */
TEST(a_queue_that_is_enabled_keeps_its_fields)
{
    struct bench bench;

    start(&bench);
    for (unsigned i = 0; i < 4; i++) {
        virtio_queue_set(&bench.driver.virtio, 1, (enum virtio_queue_field)i,
                         12345);
        expect_fault(&bench, VIRTIO_FAULT_QUEUE_LATE, 1, 12345);
    }
    EXPECT(test_works(&bench.driver, &test_kinds[0], 1));
    virtio_queue_enable(&bench.driver.virtio, 1); /* again */
    EXPECT(test_works(&bench.driver, &test_kinds[0], 1));
    test_driver_fini(&bench.driver);
}

TEST(a_queue_that_cannot_be_is_not_enabled)
{
    static const struct {
        uint64_t size;
        uint64_t descriptors, driver, device;
        enum virtio_fault_number fault;
        uint64_t value;
    } rows[] = {
        {12,  0x10, 0x20, 0x40, VIRTIO_FAULT_QUEUE_SIZE,      12  },
        {256, 0x10, 0x20, 0x41, VIRTIO_FAULT_QUEUE_SIZE,      256 },
        {16,  0x18, 0x20, 0x40, VIRTIO_FAULT_QUEUE_ALIGNMENT, 0x78},
        {16,  0x10, 0x21, 0x40, VIRTIO_FAULT_QUEUE_ALIGNMENT, 0x71},
        {16,  0x10, 0x20, 0x42, VIRTIO_FAULT_QUEUE_ALIGNMENT, 0x72},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench bench;
        struct virtio *virtio = &bench.driver.virtio;

        test_case("row %zu", i);
        start(&bench);
        virtio_queue_stop(virtio, 2);
        virtio_queue_set(virtio, 2, VIRTIO_QUEUE_SIZE, rows[i].size);
        virtio_queue_set(virtio, 2, VIRTIO_QUEUE_DESCRIPTORS,
                         rows[i].descriptors);
        virtio_queue_set(virtio, 2, VIRTIO_QUEUE_DRIVER, rows[i].driver);
        virtio_queue_set(virtio, 2, VIRTIO_QUEUE_DEVICE, rows[i].device);
        virtio_queue_enable(virtio, 2);
        expect_fault(&bench, rows[i].fault, 2, rows[i].value);
        EXPECT_EQ(virtio_queue(virtio, 2)->ready, 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(steps_that_come_too_early_are_not_taken)
{
    struct bench bench;
    struct virtio *virtio = &bench.driver.virtio;

    start(&bench);
    test_driver_reset(&bench.driver);
    virtio_queue_enable(virtio, 1);
    expect_fault(&bench, VIRTIO_FAULT_QUEUE_EARLY, 1, 1);
    EXPECT_EQ(virtio_queue(virtio, 1)->ready, 0);
    test_driver_negotiate(&bench.driver,
                          SPLIT & ~VIRTIO_FEATURE(VIRTIO_F_RING_RESET));
    test_queue_enable(&bench.driver, 1, SIZE);
    virtio_queue_reset(virtio, 1);
    expect_fault(&bench, VIRTIO_FAULT_QUEUE_RESET, 1, 1);
    EXPECT_EQ(virtio_queue(virtio, 1)->ready, 1);
    virtio_kick(virtio, 0xab0001);
    expect_fault(&bench, VIRTIO_FAULT_KICK_EARLY, 1, 0xab0001);
    virtio_set_status(virtio, virtio->state->status | VIRTIO_DRIVER_OK);
    virtio_kick(virtio, 0xab0002); /* is not enabled */
    expect_fault(&bench, VIRTIO_FAULT_KICK_QUEUE, 2, 0xab0002);
    virtio_kick(virtio, 0xab0000 | ECHO_QUEUES);
    expect_fault(&bench, VIRTIO_FAULT_KICK_QUEUE, ECHO_QUEUES,
                 0xab0000 | ECHO_QUEUES);
    EXPECT_EQ(virtio->statistics[1].kicks, 0);
    virtio_kick(virtio, 0xab0001);
    EXPECT_EQ(virtio->statistics[1].kicks, 1);
    test_driver_fini(&bench.driver);
}

/* A request that is under way is not taken a second time. */
TEST(a_request_of_the_log_is_taken_once)
{
    struct bench bench;
    struct test_buffer buffers[4];

    start(&bench);
    const unsigned count = test_kinds[0].request(&bench.driver, 0, buffers);
    const int id = test_add(&bench.driver, 1, buffers, count);
    struct virtio_queue_state *queue = virtio_queue(&bench.driver.virtio, 1);
    queue->log[id].inflight = 1;
    test_kick(&bench.driver, 1);
    expect_fault(&bench, VIRTIO_FAULT_CHAIN_INFLIGHT, 1, (unsigned)id);
    EXPECT_EQ(bench.driver.virtio.statistics[1].requests, 0);
    EXPECT_EQ(queue->counter, 0);
    EXPECT_EQ(bench.driver.buffers[buffers[2].offset + 1], 0);
    test_driver_fini(&bench.driver);
}

/* ---- Requests that come meanwhile ---------------------------------------- */

static const struct virtio_host *own;

/* The driver adds one while the device is about to ask for it. */
static void *add_and_map(struct virtio *virtio, enum virtio_space space,
                         uint64_t address, uint64_t *size,
                         enum virtio_access access)
{
    struct test_driver *driver =
        (struct test_driver *)((char *)virtio -
                               offsetof(struct test_driver, virtio));
    struct test_buffer buffers[4];

    if (space == VIRTIO_RINGS && access == VIRTIO_WRITE &&
        address == TEST_RINGS + TEST_DEVICE_AREA &&
        driver->queues[0].room == SIZE) {
        const unsigned count = test_kinds[0].request(driver, 0, buffers);
        test_add(driver, 0, buffers, count);
    }
    return own->map(virtio, space, address, size, access);
}

TEST(a_request_that_comes_while_the_device_asks_for_it_is_taken)
{
    for (unsigned packed = 0; packed < 2; packed++) {
        struct bench bench;
        struct virtio_host host;

        test_case("%s", packed ? "packed" : "split");
        start(&bench);
        test_driver_reset(&bench.driver);
        test_driver_start(&bench.driver, packed ? UINT64_MAX : SPLIT, 1, SIZE);
        own = bench.driver.virtio.host;
        host = *own;
        host.map = add_and_map;
        bench.driver.virtio.host = &host;
        virtio_serve(&bench.driver.virtio, 0);
        EXPECT_EQ(bench.driver.virtio.statistics[0].requests, 1);
        bench.driver.virtio.host = own;
        test_driver_fini(&bench.driver);
    }
}

/* ---- Bytes of a request -------------------------------------------------- */

/* The good request has 300 bytes in both directions; what a range beyond them
 * would name are segments of the other one, or none. */
TEST(ranges_are_within_the_bytes_of_a_request)
{
    static const struct {
        uint64_t offset, size;
        bool good;
    } rows[] = {
        {0,          300,        true },
        {299,        1,          true },
        {300,        0,          true },
        {100,        200,        true },
        {99,         2,          true },
        {0,          301,        false},
        {299,        2,          false},
        {300,        1,          false},
        {301,        0,          false},
        {UINT64_MAX, 1,          false},
        {1,          UINT64_MAX, false},
        {2,          299,        false},
    };
    struct bench bench;
    struct test_buffer buffers[4];

    start(&bench);
    bench.echo.holds = true;
    const unsigned count = test_kinds[0].request(&bench.driver, 0, buffers);
    test_add(&bench.driver, 1, buffers, count);
    test_kick(&bench.driver, 1);
    const struct echo_state *state = bench.driver.state;
    const struct virtio_chain *chain = &state->held[0];
    const struct virtio_statistics *statistics =
        &bench.driver.virtio.statistics[1];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t before = statistics->read_bytes;
        uint8_t bytes[301] = {0};

        test_case("row %zu", i);
        EXPECT_EQ(virtio_read(&bench.driver.virtio, chain, rows[i].offset,
                              bytes, rows[i].size),
                  rows[i].good);
        if (rows[i].good) {
            EXPECT_BYTES(bytes, bench.driver.buffers + rows[i].offset,
                         rows[i].size);
            EXPECT_EQ(bytes[rows[i].size], 0);
        }
        EXPECT_EQ(virtio_write(&bench.driver.virtio, chain, rows[i].offset,
                               bytes, rows[i].size),
                  rows[i].good);
        EXPECT_EQ(statistics->read_bytes - before,
                  rows[i].good ? rows[i].size : 0);
        EXPECT_EQ(statistics->written_bytes, statistics->read_bytes);
    }
    EXPECT_BYTES(bench.driver.buffers + 1024, bench.driver.buffers, 300);
    EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    test_driver_fini(&bench.driver);
}

/* As long as a chain may be, in both formats. */
TEST(a_table_has_as_many_buffers_as_a_chain)
{
    enum { TABLE = 0x20000, MOST = VIRTIO_CHAIN_MAX };
    static const struct test_buffer table = {TABLE, 16 * MOST, false};

    for (unsigned packed = 0; packed < 2; packed++) {
        struct bench bench;
        struct test_driver *driver = &bench.driver;
        uint32_t written = 0;
        unsigned id = 0;

        test_case("%s", packed ? "packed" : "split");
        start(&bench);
        test_driver_reset(driver);
        test_driver_start(driver, packed ? UINT64_MAX : SPLIT, 1, SIZE);
        for (unsigned i = 0; i < MOST; i++) {
            driver->buffers[i] = (uint8_t)(i + 1);
            test_set_descriptor(
                driver->buffers + TABLE + 16 * i, packed != 0, TEST_BUFFERS + i,
                1,
                (uint16_t)((i >= MOST / 2 ? VIRTIO_DESC_WRITE : 0) |
                           (i < MOST - 1 && !packed ? VIRTIO_DESC_NEXT : 0)),
                (uint16_t)(i + 1));
        }
        id = (unsigned)test_add(driver, 0, &table, 1);
        const unsigned at = packed ? 14 : id * 16 + 12;
        test_set_ring16(driver, 0, at,
                        test_ring16(driver, 0, at) | VIRTIO_DESC_INDIRECT);
        virtio_kick(&driver->virtio, 0);
        EXPECT(test_used(driver, 0, &id, &written));
        EXPECT_EQ(written, MOST / 2);
        EXPECT_EQ(driver->buffers[MOST - 1], MOST / 2);
        EXPECT_EQ(driver->virtio.state->faults, 0);
        test_driver_fini(driver);
    }
}

/* 2.8.12: a used descriptor says so by WRITE. */
TEST(a_driver_sees_whether_anything_was_written)
{
    for (unsigned bytes = 0; bytes < 3; bytes++) {
        struct bench bench;
        struct test_buffer buffers[4];
        uint32_t written = 0;
        unsigned id;

        test_case("%u bytes", bytes);
        start(&bench);
        test_driver_reset(&bench.driver);
        test_driver_start(&bench.driver, UINT64_MAX, 1, SIZE);
        bench.echo.holds = true;
        const unsigned count = test_kinds[0].request(&bench.driver, 0, buffers);
        test_add(&bench.driver, 0, buffers, count);
        test_kick(&bench.driver, 0);
        struct echo_state *state = bench.driver.state;
        virtio_complete(&bench.driver.virtio, &state->held[0], bytes);
        EXPECT_EQ((test_ring16(&bench.driver, 0, 14) & VIRTIO_DESC_WRITE) != 0,
                  bytes != 0);
        EXPECT(test_used(&bench.driver, 0, &id, &written));
        EXPECT_EQ(written, bytes);
        test_driver_fini(&bench.driver);
    }
}

/* ---- Queues that wait ---------------------------------------------------- */

TEST(queues_that_wait_are_served_once_and_those_that_stop_do_not_wait)
{
    struct bench bench;
    struct virtio *virtio = &bench.driver.virtio;

    start(&bench);
    bench.echo.served = 0;
    virtio->state->waiting = 7;
    virtio_queue_stop(virtio, 1);
    EXPECT_EQ(virtio->state->waiting, 5);
    virtio_run(virtio);
    EXPECT_EQ(virtio->state->waiting, 0);
    EXPECT_EQ(bench.echo.served, 2);
    virtio->state->waiting = 4;
    virtio_run(virtio);
    EXPECT_EQ(bench.echo.served, 3);
    virtio_run(virtio);
    EXPECT_EQ(bench.echo.served, 3);
    test_driver_fini(&bench.driver);
}

/* ---- Chains that are none ------------------------------------------------ */

TEST(a_chain_that_was_not_taken_is_neither_put_back_nor_completed)
{
    struct bench bench;
    struct virtio *virtio = &bench.driver.virtio;
    struct virtio_chain chain = {.queue = 1};
    struct echo_state before;

    start(&bench);
    memcpy(&before, bench.driver.state, sizeof(before));
    virtio_put_back(virtio, &chain);
    virtio_complete(virtio, &chain, 0);
    EXPECT(!virtio_take(virtio, 1, &chain)); /* nobody serves it */
    EXPECT_BYTES(bench.driver.state, &before, sizeof(before));
    EXPECT_EQ(virtio->statistics[1].requests, 0);
    EXPECT_EQ(bench.driver.used_calls[1], 0);
    test_driver_fini(&bench.driver);
}
