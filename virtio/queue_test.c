/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of virtqueues (virtio 1.2, 2.6 to 2.9), each test in both formats
 * and with the features and kinds of memory that should make no difference. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

#define INDIRECT VIRTIO_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define EVENT    VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX)
#define PACKED   VIRTIO_FEATURE(VIRTIO_F_RING_PACKED)
#define RESET    VIRTIO_FEATURE(VIRTIO_F_RING_RESET)

static const struct mode {
    const char *name;
    uint64_t features;
    bool temporary;
    uint64_t piece;
} modes[] = {
    {"split",                         RESET,                             false, 0 },
    {"split, event index",            RESET | EVENT,                     false, 0 },
    {"split, indirect, event index",  RESET | INDIRECT | EVENT,          false, 0 },
    {"split, awkward memory",         RESET | INDIRECT | EVENT,          true,  13},
    {"packed",                        RESET | PACKED,                    false, 0 },
    {"packed, event index",           RESET | PACKED | EVENT,            false, 0 },
    {"packed, indirect, event index", RESET | PACKED | INDIRECT | EVENT, false,
     0                                                                            },
    {"packed, awkward memory",        RESET | PACKED | INDIRECT | EVENT, true,  13},
};

struct fixture {
    struct echo echo;
    struct test_driver driver;
    const struct mode *mode;
};

static void setup(struct fixture *fixture, const struct mode *mode,
                  unsigned size)
{
    test_case("%s", mode->name);
    memset(fixture, 0, sizeof(*fixture));
    fixture->mode = mode;
    test_driver_init(&fixture->driver, &echo_device, &fixture->echo);
    fixture->driver.memory.temporary = mode->temporary;
    fixture->driver.memory.piece = mode->piece;
    test_driver_start(&fixture->driver, mode->features, ECHO_QUEUES, size);
}

static void finish(struct fixture *fixture)
{
    EXPECT_EQ(fixture->driver.memory.mapped, 0);
    EXPECT_EQ(fixture->driver.virtio.state->faults, 0);
    test_driver_fini(&fixture->driver);
}

#define EACH_MODE(fixture, size)                                               \
    for (size_t mode_ = 0; mode_ < ARRAY_SIZE(modes) &&                        \
                           (setup(&(fixture), &modes[mode_], (size)), true);   \
         finish(&(fixture)), mode_++)

/* One buffer to read and one to write. */
static int add(struct fixture *fixture, unsigned queue, uint32_t offset)
{
    const struct test_buffer buffers[] = {
        {offset,      32, false},
        {offset + 64, 32, true },
    };

    for (unsigned i = 0; i < 32; i++) {
        fixture->driver.buffers[offset + i] = (uint8_t)(offset + i);
    }
    return test_add(&fixture->driver, queue, buffers, 2);
}

static bool is_answered(const struct fixture *fixture, uint32_t offset)
{
    return memcmp(fixture->driver.buffers + offset,
                  fixture->driver.buffers + offset + 64, 32) == 0;
}

/* ---- Requests ------------------------------------------------------------ */

TEST(requests_of_many_buffers_are_answered)
{
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        EXPECT(test_works(&fixture.driver, &test_kinds[0], 0));
        EXPECT(test_works(&fixture.driver, &test_kinds[0], 1));
        EXPECT_EQ(fixture.driver.used_calls[0], 1);
        EXPECT_EQ(fixture.driver.used_calls[1], 1);
        EXPECT_EQ(fixture.driver.used_calls[2], 0);
        EXPECT_EQ(fixture.driver.virtio.statistics[0].requests, 1);
        EXPECT_EQ(fixture.driver.virtio.statistics[0].kicks, 1);
        EXPECT_EQ(fixture.driver.virtio.statistics[0].read_bytes, 300);
        EXPECT_EQ(fixture.driver.virtio.statistics[0].written_bytes, 300);
    }
}

/* Every descriptor of a queue may be available at once (2.7.13.1). */
TEST(a_queue_may_be_full)
{
    struct fixture fixture;

    EACH_MODE(fixture, 8)
    {
        struct test_driver *driver = &fixture.driver;
        const unsigned most = driver->indirect ? 8 : 4;

        for (unsigned round = 0; round < 3; round++) {
            unsigned used = 0;
            unsigned id;
            uint32_t written;

            for (unsigned i = 0; i < most; i++) {
                EXPECT(add(&fixture, 0, i * 128) >= 0);
            }
            EXPECT_EQ(add(&fixture, 0, most * 128), -1);
            test_kick(driver, 0);
            virtio_run(&driver->virtio); /* a round is all that a call does */
            while (test_used(driver, 0, &id, &written)) {
                EXPECT_EQ(written, 32);
                EXPECT(is_answered(&fixture, used * 128));
                used++;
            }
            EXPECT_EQ(used, most);
        }
        EXPECT_EQ(driver->virtio.statistics[0].requests, 3 * most);
        EXPECT_EQ(driver->virtio.statistics[0].written_bytes, 3 * most * 32);
    }
}

/* Indices of split virtqueues wrap at 65536 and those of packed ones with each
 * round; sizes that are no power of two are for packed ones (2.8.10.1). The
 * driver kicks only when it must, and is notified of each. */
TEST(indices_wrap)
{
    struct fixture fixture;

    EACH_MODE(fixture, 8)
    {
        struct test_driver *driver = &fixture.driver;

        if (driver->packed) {
            test_driver_reset(driver);
            test_driver_start(driver, fixture.mode->features, 1, 7);
        }
        for (unsigned i = 0; i < 70000; i++) {
            const unsigned before = driver->used_calls[0];
            unsigned id;
            uint32_t written;
            const int added = add(&fixture, 0, i % 16 * 128);

            test_want_all(driver, 0);
            if (!test_kick(driver, 0) || added < 0 ||
                !test_used(driver, 0, &id, &written) || (int)id != added ||
                written != 32 || !is_answered(&fixture, i % 16 * 128) ||
                driver->used_calls[0] != before + 1) {
                EXPECT_EQ(i, 70000);
                break;
            }
        }
        EXPECT_EQ(driver->virtio.statistics[0].kicks, 70000);
        EXPECT_EQ(virtio_queue(&driver->virtio, 0)->counter, 70000);
    }
}

/* Batches of any size, whose used buffers the driver wants to hear of at a
 * place of its choice: exactly the batches that reach the place notify. */
TEST(notifications_come_when_they_are_wanted_and_only_then)
{
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        struct test_driver *driver = &fixture.driver;
        unsigned wanted = 0;

        for (unsigned i = 0; i < 20000; i++) {
            const unsigned batch = 1 + i % 5;
            /* In used entries or, if packed, in descriptors. */
            const unsigned slots =
                driver->packed && !driver->indirect ? 2 * batch : batch;
            const unsigned ahead = i * 7 % 13;
            bool expected = i % 3 != 0;
            unsigned id;
            uint32_t written;

            if (i % 3 == 0) {
                test_want_none(driver, 0);
            } else if (driver->event_index) {
                test_want_one(driver, 0, ahead);
                expected = ahead < slots;
            } else {
                test_want_all(driver, 0);
            }
            for (unsigned n = 0; n < batch; n++) {
                add(&fixture, 0, n * 128);
            }
            test_kick(driver, 0);
            wanted += expected;
            if (driver->used_calls[0] != wanted) {
                EXPECT_EQ(i, 20000);
                break;
            }
            while (test_used(driver, 0, &id, &written)) {
            }
        }
        EXPECT_EQ(driver->virtio.statistics[0].notifications, wanted);
    }
}

/* 2.7.10.2, 2.8.10: with an event index a driver is asked for a notification of
 * the next request alone. */
TEST(the_driver_is_asked_for_the_next_request)
{
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        struct test_driver *driver = &fixture.driver;

        add(&fixture, 0, 0);
        EXPECT(test_kick(driver, 0));
        add(&fixture, 0, 128);
        EXPECT(test_kick(driver, 0));
        EXPECT_EQ(driver->virtio.statistics[0].requests, 2);
        /* One that stops without draining the queue needs no kick to go on. */
        fixture.echo.limit = 1;
        add(&fixture, 0, 256);
        add(&fixture, 0, 384);
        EXPECT(test_kick(driver, 0));
        EXPECT_EQ(driver->virtio.statistics[0].requests, 3);
        add(&fixture, 0, 512);
        EXPECT_EQ(test_kick(driver, 0), !driver->event_index);
        fixture.echo.limit = 0;
        virtio_serve(&driver->virtio, 0);
        EXPECT_EQ(driver->virtio.statistics[0].requests, 5);
        add(&fixture, 0, 640);
        EXPECT(test_kick(driver, 0));
    }
}

TEST(requests_complete_in_any_order)
{
    static const unsigned order[] = {2, 0, 3, 1};
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        struct test_driver *driver = &fixture.driver;
        int ids[4];

        fixture.echo.holds = true;
        for (unsigned round = 0; round < 50; round++) {
            for (unsigned i = 0; i < 4; i++) {
                ids[i] = add(&fixture, 0, i * 128);
            }
            test_want_all(driver, 0);
            test_kick(driver, 0);
            for (unsigned i = 0; i < 4; i++) {
                unsigned id;
                uint32_t written;

                EXPECT(!test_used(driver, 0, &id, &written));
                echo_finish(&driver->virtio, order[i]);
                EXPECT(test_used(driver, 0, &id, &written));
                EXPECT_EQ(id, ids[order[i]]);
                EXPECT(is_answered(&fixture, order[i] * 128));
            }
        }
    }
}

TEST(what_is_put_back_is_taken_again)
{
    struct fixture fixture;

    EACH_MODE(fixture, 4)
    {
        struct test_driver *driver = &fixture.driver;

        fixture.echo.puts_back = true;
        for (unsigned i = 0; i < 100; i++) {
            unsigned id;
            uint32_t written;
            const int added = add(&fixture, 0, 0);

            test_kick(driver, 0);
            EXPECT(test_used(driver, 0, &id, &written));
            EXPECT_EQ(id, added);
        }
        EXPECT_EQ(driver->virtio.statistics[0].requests, 100);
        EXPECT_EQ(virtio_queue(&driver->virtio, 0)->counter, 100);
        /* And that alone, without another request. */
        fixture.echo.limit = 1;
        add(&fixture, 0, 0);
        test_kick(driver, 0);
        EXPECT_EQ(driver->virtio.statistics[0].requests, 100);
        fixture.echo.puts_back = false;
        virtio_serve(&driver->virtio, 0);
        EXPECT_EQ(driver->virtio.statistics[0].requests, 101);
    }
}

/* ---- The in-flight log --------------------------------------------------- */

static unsigned count_inflight(struct fixture *fixture)
{
    const struct virtio_queue_state *queue =
        virtio_queue(&fixture->driver.virtio, 0);
    unsigned count = 0;

    for (unsigned i = 0; i < VIRTIO_QUEUE_SIZE_MAX; i++) {
        count += queue->log[i].inflight;
    }
    return count;
}

TEST(the_log_has_what_is_under_way)
{
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        struct virtio *virtio = &fixture.driver.virtio;
        const struct virtio_inflight *log = virtio_queue(virtio, 0)->log;
        int ids[3];

        fixture.echo.holds = true;
        for (unsigned i = 0; i < 3; i++) {
            ids[i] = add(&fixture, 0, i * 128);
            EXPECT_EQ(count_inflight(&fixture), i);
            test_kick(&fixture.driver, 0);
            EXPECT_EQ(count_inflight(&fixture), i + 1);
            EXPECT_EQ(log[ids[i]].inflight, 1);
            EXPECT_EQ(log[ids[i]].counter, i + 1);
        }
        echo_finish(virtio, 1);
        EXPECT_EQ(log[ids[1]].inflight, 0);
        EXPECT_EQ(count_inflight(&fixture), 2);
        virtio_queue_stop(virtio, 0);
        EXPECT_EQ(count_inflight(&fixture), 0);
        EXPECT_EQ(fixture.echo.dropped, 2);
    }
}

/* ---- Budgets ------------------------------------------------------------- */

static void refill(struct fixture *fixture)
{
    unsigned id;
    uint32_t written;

    while (test_used(&fixture->driver, 0, &id, &written)) {
    }
    while (add(fixture, 0, 0) >= 0) {
    }
}

/* A device that serves as fast as the driver adds: here the driver does so
 * from the device's own calls. */
static struct fixture *refilled;

static void serve_and_refill(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;

    while (virtio_take(virtio, queue, &chain)) {
        virtio_complete(virtio, &chain, 0);
        refill(refilled);
    }
}

/* The used entries of a packed virtqueue can be seen at once, so the driver
 * can add without end. */
TEST(a_budget_ends_each_call)
{
    struct virtio_type type = echo_device;
    struct fixture fixture;

    type.serve = serve_and_refill;
    EACH_MODE(fixture, 8)
    {
        struct virtio *virtio = &fixture.driver.virtio;

        if (!fixture.driver.packed || fixture.mode->temporary) {
            continue;
        }
        refilled = &fixture;
        virtio->type = &type;
        refill(&fixture);
        virtio_kick(virtio, 0);
        EXPECT_EQ(virtio->statistics[0].requests, 8);
        EXPECT_EQ(fixture.driver.later_calls, 1);
        EXPECT_EQ(virtio->state->waiting, 1);
        virtio_run(virtio);
        EXPECT_EQ(virtio->statistics[0].requests, 16);
        EXPECT_EQ(fixture.driver.later_calls, 2);
    }
}

/* More than a round of a packed virtqueue in one call: the place of the event
 * index was passed, whatever it is. */
TEST(a_round_and_more_notifies)
{
    struct virtio_type type = echo_device;
    struct fixture fixture;

    type.serve = serve_and_refill;
    EACH_MODE(fixture, 8)
    {
        struct virtio *virtio = &fixture.driver.virtio;

        if (!fixture.driver.packed || !fixture.driver.event_index ||
            fixture.driver.indirect) {
            continue;
        }
        refilled = &fixture;
        virtio->type = &type;
        test_want_one(&fixture.driver, 0, 1);
        refill(&fixture);
        virtio_kick(virtio, 0); /* 8 requests of 2 descriptors: two rounds */
        EXPECT_EQ(fixture.driver.used_calls[0], 1);
    }
}

/* ---- Life of a queue ----------------------------------------------------- */

TEST(requests_from_before_driver_ok_are_served_then)
{
    struct fixture fixture;

    EACH_MODE(fixture, 16)
    {
        struct test_driver *driver = &fixture.driver;

        test_driver_reset(driver);
        test_driver_negotiate(driver, fixture.mode->features);
        for (unsigned i = 0; i < ECHO_QUEUES; i++) {
            test_queue_enable(driver, i, 16);
            add(&fixture, i, i * 128);
            virtio_serve(&driver->virtio, i);
            EXPECT_EQ(driver->virtio.statistics[i].requests, 0);
        }
        virtio_set_status(&driver->virtio,
                          driver->virtio.state->status | VIRTIO_DRIVER_OK);
        for (unsigned i = 0; i < ECHO_QUEUES; i++) {
            EXPECT_EQ(driver->virtio.statistics[i].requests, 1);
            EXPECT(is_answered(&fixture, i * 128));
        }
    }
}

TEST(a_queue_that_is_stopped_or_reset_is_quiet_and_starts_again)
{
    struct fixture fixture;

    for (unsigned resets = 0; resets < 2; resets++) {
        EACH_MODE(fixture, 16)
        {
            struct test_driver *driver = &fixture.driver;
            struct virtio *virtio = &driver->virtio;

            fixture.echo.holds = true;
            add(&fixture, 0, 0);
            add(&fixture, 0, 128);
            test_kick(driver, 0);
            if (resets != 0) {
                virtio_queue_reset(virtio, 0);
                EXPECT_EQ(virtio_queue(virtio, 0)->size, 0);
            } else {
                virtio_queue_stop(virtio, 0);
                EXPECT_EQ(virtio_queue(virtio, 0)->size, 16);
            }
            EXPECT_EQ(virtio_queue(virtio, 0)->ready, 0);
            EXPECT_EQ(fixture.echo.dropped, 2);
            uint8_t before[TEST_QUEUE_BYTES];
            memcpy(before, driver->rings, sizeof(before));
            test_finish(driver, &test_kinds[0]);
            virtio_serve(virtio, 0);
            EXPECT_BYTES(driver->rings, before, sizeof(before));
            EXPECT_EQ(driver->used_calls[0], 0);
            fixture.echo.holds = false;
            EXPECT(
                test_works(driver, &test_kinds[0], 1)); /* the others go on */
            test_queue_enable(driver, 0, 8);
            EXPECT(test_works(driver, &test_kinds[0], 0));
        }
    }
}

/* ---- Saved states -------------------------------------------------------- */

/* At each step of a few requests the state goes to a second device, which goes
 * on with the same memory. */
TEST(a_state_goes_on_in_another_device)
{
    struct fixture fixture;

    EACH_MODE(fixture, 8)
    {
        struct test_driver *driver = &fixture.driver;
        OWNED(free_at) uint8_t *second = xcalloc(1, sizeof(struct echo_state));

        fixture.echo.holds = true;
        for (unsigned i = 0; i < 40; i++) {
            unsigned id;
            uint32_t written;
            uint8_t *first = driver->state;

            if (i % 2 == 0) {
                add(&fixture, 0, i % 8 * 128);
            } else if (i % 8 != 3) {
                test_kick(driver, 0);
            }
            if (i % 5 == 4) {
                echo_finish(&driver->virtio, i % 3);
                echo_finish(&driver->virtio, 0);
            }
            memcpy(second, first, sizeof(struct echo_state));
            memset(first, 0xa5, sizeof(struct echo_state));
            driver->virtio.state = (struct virtio_state *)(void *)second;
            driver->state = second;
            second = first;
            memset(driver->virtio.view, 0xff, sizeof(driver->virtio.view));
            EXPECT(virtio_restored(&driver->virtio));
            while (test_used(driver, 0, &id, &written)) {
                EXPECT_EQ(written, 32);
            }
        }
        virtio_serve(&driver->virtio, 0);
        test_finish(driver, &test_kinds[0]);
        unsigned id;
        uint32_t written;
        while (test_used(driver, 0, &id, &written)) {
        }
        EXPECT_EQ(driver->queues[0].room, 8);
        EXPECT_EQ(count_inflight(&fixture), 0);
    }
}

/* ---- Memory that fails --------------------------------------------------- */

/* Whichever map fails, the device needs a reset, leaves nothing mapped and
 * works after the reset. */
TEST(memory_may_fail_at_each_map)
{
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        for (int fails = 0;; fails++) {
            struct echo echo = {0};
            struct test_driver driver;

            test_case("%s, map %d", modes[i].name, fails);
            test_driver_init(&driver, &echo_device, &echo);
            driver.memory.temporary = modes[i].temporary;
            driver.memory.piece = modes[i].piece;
            test_driver_start(&driver, modes[i].features, 1, 16);
            driver.memory.fails = fails;
            const bool works = test_works(&driver, &test_kinds[0], 0);
            const bool needs_reset =
                (driver.virtio.state->status & VIRTIO_NEEDS_RESET) != 0;
            const bool left = driver.memory.fails != 0;

            driver.memory.fails = -1;
            EXPECT_EQ(driver.memory.mapped, 0);
            EXPECT_EQ(driver.configured_calls, needs_reset);
            EXPECT(works || needs_reset);
            test_driver_reset(&driver);
            test_driver_start(&driver, modes[i].features, 1, 16);
            EXPECT(test_works(&driver, &test_kinds[0], 0));
            test_driver_fini(&driver);
            if (left) {
                EXPECT(works && !needs_reset);
                break;
            }
        }
    }
}
