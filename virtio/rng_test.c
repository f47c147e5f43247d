/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the entropy device (virtio 1.2, 5.4) and the places that they
 * need. hostile_test has what drivers must not do. */
#include "virtio/rng.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_driver.h"

enum { DATA = 0x1000, STEP = 0x1000, SIZE = 16 };

struct bench {
    struct virtio_rng_source source; /* first: of the device */
    unsigned asks;
    size_t asked[VIRTIO_RNG_REQUESTS]; /* 0: nothing is under way */
    unsigned cancelled;
    struct test_driver driver;
};

static void ask(struct virtio *virtio, unsigned number, size_t size)
{
    struct bench *bench = virtio->outside;

    EXPECT_EQ(bench->asked[number], 0);
    bench->asks++;
    bench->asked[number] = size;
}

static void cancel(struct virtio *virtio, unsigned number)
{
    struct bench *bench = virtio->outside;

    EXPECT(bench->asked[number] != 0);
    bench->asked[number] = 0;
    bench->cancelled++;
}

static void start(struct bench *bench)
{
    *bench = (struct bench){
        .source = {ask, cancel}
    };
    test_driver_init(&bench->driver, &virtio_rng, &bench->source);
    test_driver_start(&bench->driver, UINT64_MAX, 1, SIZE);
}

static void request(struct bench *bench, unsigned count, uint32_t size)
{
    for (unsigned i = 0; i < count; i++) {
        const struct test_buffer buffer = {DATA + i * STEP, size, true};

        memset(bench->driver.buffers + buffer.offset, 0xee, STEP);
        EXPECT(test_add(&bench->driver, 0, &buffer, 1) >= 0);
    }
    test_kick(&bench->driver, 0);
}

static void give(struct bench *bench, unsigned number, size_t size)
{
    uint8_t bytes[2 * VIRTIO_RNG_BYTES_MAX];

    memset(bytes, 0x5a, sizeof(bytes));
    bench->asked[number] = 0;
    virtio_rng_done(&bench->driver.virtio, number, bytes, size);
}

/* How many bytes the next request got; -1: it waits. */
static int got(struct bench *bench)
{
    uint32_t written;
    unsigned id;

    return test_used(&bench->driver, 0, &id, &written) ? (int)written : -1;
}

/* 5.4.6.1: the device may use less than a buffer has, and tells how much. */
TEST(a_buffer_gets_what_it_has_room_for_up_to_a_bound)
{
    static const struct {
        uint32_t size, asked, given;
        int got;
    } rows[] = {
        {1,                        1,                        1,    1   },
        {100,                      100,                      60,   60  },
        {100,                      100,                      101,  100 },
        {VIRTIO_RNG_BYTES_MAX,     VIRTIO_RNG_BYTES_MAX,     1024, 1024},
        {VIRTIO_RNG_BYTES_MAX + 1, VIRTIO_RNG_BYTES_MAX,     1024, 1024},
        {VIRTIO_RNG_BYTES_MAX - 1, VIRTIO_RNG_BYTES_MAX - 1, 1023, 1023},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        const uint8_t *at;

        test_case("row %zu", i);
        start(&bench);
        request(&bench, 1, rows[i].size);
        EXPECT_EQ(bench.asked[0], rows[i].asked);
        EXPECT_EQ(got(&bench), -1);
        give(&bench, 0, rows[i].given);
        EXPECT_EQ(got(&bench), rows[i].got);
        at = bench.driver.buffers + DATA;
        EXPECT_EQ(at[0], 0x5a);
        EXPECT_EQ(at[rows[i].got - 1], 0x5a);
        EXPECT_EQ(at[rows[i].got], 0xee);
        give(&bench, 0, 1); /* for nobody */
        EXPECT_EQ(got(&bench), -1);
        EXPECT_EQ(bench.driver.virtio.state->faults, 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(requests_without_a_place_wait_for_one)
{
    enum { COUNT = VIRTIO_RNG_REQUESTS + 3 };
    struct bench bench;

    start(&bench);
    request(&bench, COUNT, 8);
    for (unsigned i = 0; i < COUNT; i++) {
        const unsigned under_way = VIRTIO_RNG_REQUESTS + i;

        EXPECT_EQ(bench.asks, under_way < COUNT ? under_way : COUNT);
        give(&bench, i % VIRTIO_RNG_REQUESTS, 8);
        EXPECT_EQ(got(&bench), 8);
    }
    /* One place is enough for the next. */
    request(&bench, 1, 8);
    EXPECT_EQ(bench.asked[0], 8);
    test_driver_fini(&bench.driver);
}

TEST(requests_of_a_queue_that_stops_are_cancelled)
{
    struct bench bench;
    const struct virtio_rng_state *state;

    start(&bench);
    state = bench.driver.state;
    request(&bench, VIRTIO_RNG_REQUESTS + 1, 8);
    EXPECT(virtio_restored(&bench.driver.virtio));
    EXPECT_EQ(state->blocked, 1);
    virtio_queue_stop(&bench.driver.virtio, 0);
    EXPECT_EQ(bench.cancelled, VIRTIO_RNG_REQUESTS);
    EXPECT_EQ(state->blocked, 0);
    for (unsigned i = 0; i < VIRTIO_RNG_REQUESTS; i++) {
        EXPECT_EQ(state->requests[i].taken, 0);
    }
    test_queue_enable(&bench.driver, 0, SIZE);
    request(&bench, 1, 8);
    give(&bench, 0, 8);
    EXPECT_EQ(got(&bench), 8);
    test_driver_fini(&bench.driver);
}

TEST(a_buffer_to_be_read_is_a_fault_and_is_not_asked_for)
{
    const struct test_buffer buffers[] = {
        {DATA,      16, false},
        {DATA + 16, 16, true },
    };

    for (unsigned count = 1; count < 3; count++) {
        struct bench bench;
        const struct virtio_rng_state *state;

        test_case("%u buffers", count);
        start(&bench);
        state = bench.driver.state;
        test_add(&bench.driver, 0, buffers, count);
        test_kick(&bench.driver, 0);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_DIRECTION], 1);
        EXPECT_EQ(bench.driver.fault_value, 16);
        EXPECT_EQ(bench.asks, 0);
        EXPECT_EQ(state->requests[0].taken, 0);
        test_driver_fini(&bench.driver);
    }
}
