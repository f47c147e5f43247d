/* SPDX-License-Identifier: Apache-2.0 */
/* Queues whose in-flight log is in a region of vhost-user's layout: up to 1,024
 * entries, and at each moment as a process that takes over must find it. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum {
    MOST = VIRTIO_QUEUE_SIZE_GIVEN_MAX,
    REGION_BYTES = sizeof(struct virtio_inflight_region) +
                   MOST * sizeof(struct virtio_inflight),
    /* One queue has all of the ring memory. */
    DRIVER_AREA = MOST * sizeof(struct virtio_descriptor),
    DEVICE_AREA = DRIVER_AREA + 4096,
};
static_assert(DEVICE_AREA + 8 * (MOST + 1) <= TEST_RINGS_SIZE, "it has room");

struct fixture {
    struct echo echo; /* first: this is the outside */
    struct test_driver driver;
    struct virtio_type type;
    struct virtio_inflight_region *region;
    unsigned unshown; /* requests that were completed when serve ended */
    uint16_t available;
};

/* As the used entries are not shown yet, all of the batch is in flight, in a
 * list from the last one on. */
static void serve_and_look(struct virtio *virtio, unsigned queue)
{
    struct fixture *fixture = virtio->outside;
    const struct virtio_inflight_region *region = fixture->region;

    echo_device.serve(virtio, queue);
    const uint16_t done =
        (uint16_t)(virtio_queue(virtio, queue)->used - region->used_index);
    uint16_t id = region->last_batch_head;
    for (unsigned i = 0; i < done; i++) {
        EXPECT_EQ(region->entries[id].inflight, 1);
        EXPECT(i == 0 || region->entries[id].counter <
                             region->entries[region->last_batch_head].counter);
        id = region->entries[id].next;
    }
    fixture->unshown += done;
}

static void start(struct fixture *fixture, bool packed, unsigned size)
{
    struct virtio *virtio = &fixture->driver.virtio;

    *fixture = (struct fixture){.type = echo_device};
    fixture->region = xcalloc(1, REGION_BYTES);
    fixture->region->entry_count = MOST;
    if (!packed) {
        fixture->type.serve = serve_and_look;
    }
    test_driver_init(&fixture->driver, &fixture->type, &fixture->echo);
    virtio_queue_give_log(virtio, 0, fixture->region);
    EXPECT_EQ(virtio_queue_size_max(virtio, 0), MOST);
    EXPECT_EQ(virtio_queue_size_max(virtio, 1), VIRTIO_QUEUE_SIZE_MAX);
    test_driver_negotiate(&fixture->driver,
                          packed ? VIRTIO_FEATURE(VIRTIO_F_RING_PACKED) : 0);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_SIZE, size);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DESCRIPTORS, TEST_RINGS);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DRIVER, TEST_RINGS + DRIVER_AREA);
    virtio_queue_set(virtio, 0, VIRTIO_QUEUE_DEVICE, TEST_RINGS + DEVICE_AREA);
    virtio_queue_enable(virtio, 0);
    virtio_set_status(virtio, virtio->state->status | VIRTIO_DRIVER_OK);
}

static void end(struct fixture *fixture)
{
    test_driver_fini(&fixture->driver);
    free(fixture->region);
}

/* Requests of one byte, of the heads from `first` on. */
static void offer(struct fixture *fixture, unsigned first, unsigned count)
{
    struct test_driver *driver = &fixture->driver;

    for (unsigned i = 0; i < count; i++) {
        const unsigned head = (first + i) % MOST;
        const unsigned entry = fixture->available++ % MOST;

        test_set_descriptor(driver->rings + 16 * head, false, TEST_BUFFERS, 1,
                            0, 0);
        test_set_ring16(driver, 0,
                        DRIVER_AREA + VIRTIO_RING_ENTRIES + 2 * entry,
                        (uint16_t)head);
    }
    test_set_ring16(driver, 0, DRIVER_AREA + VIRTIO_RING_INDEX,
                    fixture->available);
    virtio_kick(&driver->virtio, 0);
}

static unsigned count_inflight(const struct fixture *fixture)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MOST; i++) {
        count += fixture->region->entries[i].inflight;
    }
    return count;
}

TEST(a_queue_with_a_log_of_its_own_has_a_thousand_entries)
{
    struct fixture fixture;
    const struct virtio_inflight none[VIRTIO_QUEUE_SIZE_MAX] = {{0}};

    start(&fixture, false, MOST);
    for (unsigned round = 1; round <= 3; round++) {
        offer(&fixture, 7 * round, MOST);
        EXPECT_EQ(fixture.unshown, round * MOST);
        EXPECT_EQ(count_inflight(&fixture), 0);
        EXPECT_EQ(fixture.region->used_index, round * MOST);
        EXPECT_EQ(
            test_ring16(&fixture.driver, 0, DEVICE_AREA + VIRTIO_RING_INDEX),
            round * MOST);
    }
    EXPECT_EQ(fixture.region->version, 1);
    EXPECT_EQ(fixture.driver.virtio.state->faults, 0);
    EXPECT_BYTES(virtio_queue(&fixture.driver.virtio, 0)->log, none,
                 sizeof(none));
    end(&fixture);
}

TEST(a_packed_queue_has_as_many)
{
    struct fixture fixture;

    start(&fixture, true, MOST);
    for (unsigned i = 0; i < MOST; i++) {
        test_set_descriptor(fixture.driver.rings + 16 * i, true, TEST_BUFFERS,
                            1, VIRTIO_DESC_AVAIL, (uint16_t)(MOST - 1 - i));
    }
    virtio_kick(&fixture.driver.virtio, 0);
    EXPECT_EQ(fixture.driver.virtio.statistics[0].requests, MOST);
    EXPECT_EQ(count_inflight(&fixture), 0);
    EXPECT_EQ(fixture.driver.virtio.state->faults, 0);
    end(&fixture);
}

TEST(a_region_says_what_is_under_way_and_in_which_order)
{
    struct fixture fixture;

    start(&fixture, false, MOST);
    struct virtio *virtio = &fixture.driver.virtio;
    const struct virtio_inflight *log = fixture.region->entries;
    fixture.echo.holds = true;
    offer(&fixture, MOST - 2, 4); /* heads 1022, 1023, 0 and 1 */
    EXPECT_EQ(count_inflight(&fixture), 4);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(log[(MOST - 2 + i) % MOST].counter, i + 1);
    }
    echo_finish(virtio, 1);
    EXPECT_EQ(count_inflight(&fixture), 3);
    EXPECT_EQ(log[MOST - 1].inflight, 0);
    EXPECT_EQ(fixture.region->last_batch_head, MOST - 1);
    EXPECT_EQ(fixture.region->used_index, 1);
    EXPECT(virtio_restored(virtio));
    fixture.region->entries[0].inflight = 0; /* held all the same */
    EXPECT(!virtio_restored(virtio));
    end(&fixture);
}

/* Another process may write to the region. */
static void serve_and_spoil(struct virtio *virtio, unsigned queue)
{
    struct fixture *fixture = virtio->outside;

    echo_device.serve(virtio, queue);
    fixture->region->last_batch_head = UINT16_MAX;
}

TEST(an_index_outside_of_the_region_is_not_followed)
{
    struct fixture fixture;

    start(&fixture, false, MOST);
    fixture.type.serve = serve_and_spoil;
    offer(&fixture, 0, 4);
    EXPECT_EQ(fixture.region->used_index, 4);
    EXPECT_EQ(count_inflight(&fixture), 4); /* nobody knows which ended */
    end(&fixture);
}

TEST(a_queue_that_stops_leaves_an_empty_region)
{
    static void (*const stops[])(struct virtio * virtio, unsigned queue) = {
        virtio_queue_stop, virtio_set_status};

    for (unsigned i = 0; i < 2; i++) {
        struct fixture fixture;

        start(&fixture, false, MOST);
        offer(&fixture, 3, 3);
        fixture.echo.holds = true;
        offer(&fixture, 9, 3);
        EXPECT_EQ(count_inflight(&fixture), 3);
        stops[i](&fixture.driver.virtio, 0); /* the queue; status 0 */
        EXPECT_EQ(count_inflight(&fixture), 0);
        EXPECT_EQ(fixture.region->used_index, 0);
        EXPECT_EQ(fixture.region->last_batch_head, 0);
        virtio_queue_give_log(&fixture.driver.virtio, 0, NULL);
        EXPECT_EQ(virtio_queue_size_max(&fixture.driver.virtio, 0),
                  VIRTIO_QUEUE_SIZE_MAX);
        end(&fixture);
    }
}

TEST(a_queue_is_not_longer_than_its_log)
{
    for (unsigned packed = 0; packed < 2; packed++) {
        struct fixture fixture;

        start(&fixture, packed != 0, 2 * MOST);
        EXPECT_EQ(fixture.driver.faults[VIRTIO_FAULT_QUEUE_SIZE], 1);
        EXPECT_EQ(virtio_queue(&fixture.driver.virtio, 0)->ready, 0);
        end(&fixture);
    }
}
