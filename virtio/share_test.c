/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of file protocols: configuration, and replies in place of a
 * server's. hostile_test has the rest. */
#include "virtio/share.h"

#include <string.h>

#include "abi/fuse.h"
#include "abi/linux_errors.h"
#include "abi/ninep.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { REQUEST = 0x1000, REPLY = 0x2000 };

static void start(struct test_driver *driver, const struct virtio_type *type,
                  union test_outside *outside)
{
    test_server_init(outside);
    test_driver_init(driver, type, outside);
    test_driver_start(driver, UINT64_MAX, type->queues, 64);
}

TEST(the_configuration_has_the_tag)
{
    static const char longest[] = "0123456789abcdefghijklmnopqrstuvwxyz+++";
    static const struct {
        const char *tag;
        size_t size;
    } cases[] = {
        {"share", 5 },
        {longest, 36},
        {"",      0 },
        {NULL,    0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_driver driver;
        union test_outside outside;
        struct virtio_fs_config fs;
        struct virtio_9p_config ninep;

        test_case("tag %zu", i);
        start(&driver, &virtio_fs, &outside);
        outside.server.server.tag = cases[i].tag;
        virtio_read_config(&driver.virtio, 0, &fs, sizeof(fs));
        EXPECT_EQ(strnlen((const char *)fs.tag, sizeof(fs.tag)), cases[i].size);
        EXPECT_EQ(fs.num_request_queues, 1);
        test_driver_fini(&driver);
        start(&driver, &virtio_9p, &outside);
        outside.server.server.tag = cases[i].tag;
        virtio_read_config(&driver.virtio, 0, &ninep, sizeof(ninep));
        EXPECT_EQ(ninep.tag_size, cases[i].size);
        EXPECT(virtio_features(&driver.virtio) &
               VIRTIO_FEATURE(VIRTIO_9P_F_MOUNT_TAG));
        test_driver_fini(&driver);
    }
}

/* Sends a request of `size` bytes with room for a reply to a server that fails:
 * the bytes of the reply. */
static uint32_t send(struct test_driver *driver, unsigned queue,
                     const void *request, uint32_t size, uint32_t room)
{
    const struct test_buffer buffers[] = {
        {REQUEST, size, false},
        {REPLY,   room, true },
    };
    uint32_t written = UINT32_MAX;
    unsigned used;

    memcpy(driver->buffers + REQUEST, request, size);
    memset(driver->buffers + REPLY, 0xaa, 64);
    EXPECT(test_add(driver, queue, buffers, room != 0 ? 2 : 1) >= 0);
    test_kick(driver, queue);
    EXPECT(test_used(driver, queue, &used, &written));
    return written;
}

FIXTURE(struct test_driver, driver, test_driver_fini)

TEST_BEGINS(a_server_that_is_gone_is_an_error_of_input_and_output, driver)
{
    union test_outside outside;
    const struct fuse_request lookup = {
        .size = sizeof(lookup), .operation = FUSE_LOOKUP, .unique = 0x1234};
    const struct fuse_request forget = {.size = sizeof(forget),
                                        .operation = FUSE_FORGET};
    const uint8_t message[] = {9, 0, 0, 0, NINEP_TCLUNK, 0x34, 0x12, 0, 0};
    struct fuse_reply reply;

    start(driver, &virtio_fs, &outside);
    outside.server.fails = true;
    EXPECT_EQ(send(driver, VIRTIO_FS_REQUESTS, &lookup, sizeof(lookup), 64),
              sizeof(reply));
    memcpy(&reply, driver->buffers + REPLY, sizeof(reply));
    EXPECT_EQ(reply.size, sizeof(reply));
    EXPECT_EQ(reply.error, -LINUX_EIO);
    EXPECT_EQ(reply.unique, 0x1234);
    /* Too little room for that; no reply is due; not even a header. */
    EXPECT_EQ(send(driver, VIRTIO_FS_REQUESTS, &lookup, sizeof(lookup), 15), 0);
    EXPECT_EQ(send(driver, VIRTIO_FS_HIPRIO, &forget, sizeof(forget), 0), 0);
    EXPECT_EQ(send(driver, VIRTIO_FS_REQUESTS, &lookup, 10, 64), 0);
    test_driver_fini(driver);

    start(driver, &virtio_9p, &outside);
    outside.server.fails = true;
    EXPECT_EQ(send(driver, 0, message, sizeof(message), 64), 11);
    EXPECT_EQ(driver->buffers[REPLY], 11);
    EXPECT_EQ(driver->buffers[REPLY + 4], NINEP_RLERROR);
    EXPECT_EQ(driver->buffers[REPLY + 5], 0x34);
    EXPECT_EQ(driver->buffers[REPLY + 6], 0x12);
    EXPECT_EQ(driver->buffers[REPLY + 7], LINUX_EIO);
    EXPECT_EQ(send(driver, 0, message, sizeof(message), 10), 0);
    EXPECT_EQ(send(driver, 0, message, 6, 64), 0);
}

TEST_BEGINS(requests_wait_for_a_place_and_lose_none, driver)
{
    union test_outside outside;
    struct test_buffer buffers[4];
    unsigned answered = 0;

    start(driver, &virtio_fs, &outside);
    outside.server.holds = true;
    for (unsigned i = 0; i < 3 * VIRTIO_SHARE_REQUESTS; i++) {
        const unsigned count =
            test_server_request(driver, 0x2000 + i * 0x800, buffers);
        EXPECT(test_add(driver, VIRTIO_FS_REQUESTS, buffers, count) >= 0);
    }
    test_kick(driver, VIRTIO_FS_REQUESTS);
    for (unsigned round = 0; round < 3; round++) {
        unsigned used;
        uint32_t written;

        test_server_finish(&driver->virtio);
        while (test_used(driver, VIRTIO_FS_REQUESTS, &used, &written)) {
            answered += written == 80;
        }
    }
    EXPECT_EQ(answered, 3 * VIRTIO_SHARE_REQUESTS);
}

/* The reply of a server for a lock that another holds. */
static bool again(struct test_driver *driver, unsigned number)
{
    const struct fuse_reply reply = {sizeof(reply), FUSE_ASK_AGAIN, number};

    return virtio_share_waits(&driver->virtio, number, &reply, sizeof(reply));
}

/* A request is under way in each place. */
static void start_full(struct test_driver *driver, union test_outside *outside)
{
    struct test_buffer buffers[4];

    start(driver, &virtio_fs, outside);
    outside->server.holds = true;
    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        const unsigned count =
            test_server_request(driver, 0x2000 + i * 0x800, buffers);
        EXPECT(test_add(driver, VIRTIO_FS_REQUESTS, buffers, count) >= 0);
        test_kick(driver, VIRTIO_FS_REQUESTS);
    }
}

TEST_BEGINS(requests_that_wait_leave_places_to_others, driver)
{
    union test_outside outside;
    const struct fuse_reply refused = {sizeof(refused), FUSE_ASK_AGAIN, 5};
    struct fuse_reply reply;
    uint32_t written;
    unsigned used;

    start_full(driver, &outside);
    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        test_case("request %u", i);
        EXPECT_EQ(again(driver, i), i < VIRTIO_SHARE_WAITING);
    }
    EXPECT(again(driver, 0)); /* they are two of them */
    EXPECT(again(driver, VIRTIO_SHARE_WAITING - 1));

    /* A reply that is longer than its room is none. */
    static const uint8_t bytes[100];
    virtio_share_done(&driver->virtio, VIRTIO_SHARE_REQUESTS - 1, bytes, 81);
    EXPECT(test_used(driver, VIRTIO_FS_REQUESTS, &used, &written));
    EXPECT_EQ(written, 0);

    /* The one too many hears that there are no locks. */
    virtio_share_done(&driver->virtio, VIRTIO_SHARE_WAITING, &refused,
                      sizeof(refused));
    EXPECT(test_used(driver, VIRTIO_FS_REQUESTS, &used, &written));
    EXPECT_EQ(written, sizeof(reply));
    memcpy(&reply,
           driver->buffers + 0x2000 + VIRTIO_SHARE_WAITING * 0x800 + 0x400,
           sizeof(reply));
    EXPECT_EQ(reply.error, -LINUX_ENOLCK);

    /* The end of one that waited makes room for another. */
    virtio_share_done(&driver->virtio, 3, &reply, sizeof(reply));
    EXPECT(again(driver, VIRTIO_SHARE_WAITING + 1));
    test_driver_fini(driver);

    start(driver, &virtio_9p, &outside);
    EXPECT(!again(driver, 0)); /* which has no such reply */
}

TEST_BEGINS(nobody_waits_in_a_queue_that_stops, driver)
{
    union test_outside outside;
    const struct virtio_share_state *state;

    start_full(driver, &outside);
    state = driver->state;
    const struct test_buffer one_more = {0, 64, false};
    test_add(driver, VIRTIO_FS_REQUESTS, &one_more, 1);
    test_kick(driver, VIRTIO_FS_REQUESTS);
    for (unsigned i = 3; i < 8; i++) {
        EXPECT(again(driver, i));
    }
    EXPECT(virtio_restored(&driver->virtio));
    virtio_queue_stop(&driver->virtio, VIRTIO_FS_HIPRIO);
    EXPECT_EQ(state->waiting, 0xf8);
    EXPECT_EQ(state->blocked, 1u << VIRTIO_FS_REQUESTS);
    EXPECT(outside.server.requests[3].busy);
    virtio_queue_stop(&driver->virtio, VIRTIO_FS_REQUESTS);
    EXPECT_EQ(state->waiting, 0);
    EXPECT_EQ(state->blocked, 0);
    for (unsigned i = 0; i < VIRTIO_SHARE_REQUESTS; i++) {
        EXPECT_EQ(state->requests[i].taken, 0);
        EXPECT(!outside.server.requests[i].busy);
        EXPECT(!again(driver, i));
    }
}

/* More than a reply may have is room for as much, and a request of more than
 * the server takes has failed before it is asked. */
TEST(the_server_is_asked_within_its_bounds)
{
    static const struct {
        uint32_t size, room;
        bool asked;
        size_t asked_room;
    } rows[] = {
        {1,                          0,                          true,  0             },
        {16,                         TEST_DATA_SIZE,             true,  TEST_DATA_SIZE},
        {VIRTIO_SHARE_BYTES_MAX,     VIRTIO_SHARE_BYTES_MAX,     true,
         VIRTIO_SHARE_BYTES_MAX                                                       },
        {VIRTIO_SHARE_BYTES_MAX,     VIRTIO_SHARE_BYTES_MAX + 1, true,
         VIRTIO_SHARE_BYTES_MAX                                                       },
        {VIRTIO_SHARE_BYTES_MAX + 1, 64,                         false, 0             },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint32_t first = TEST_DATA_SIZE / 2;
        const bool longs = rows[i].size > first;
        const bool rooms = rows[i].room > first;
        const struct test_buffer buffers[] = {
            {0, longs ? rows[i].size - first : rows[i].size, false},
            {0, first,                                       false},
            {0, rooms ? rows[i].room - first : rows[i].room, true },
            {0, first,                                       true },
        };
        struct test_buffer present[4];
        OWNED(test_driver_fini) struct test_driver driver;
        union test_outside outside;
        uint32_t written = 1;
        unsigned count = 0;
        unsigned used;

        test_case("row %zu", i);
        start(&driver, &virtio_fs, &outside);
        outside.server.holds = true;
        present[count++] = buffers[0];
        if (longs) {
            present[count++] = buffers[1];
        }
        if (rows[i].room != 0) {
            present[count++] = buffers[2];
        }
        if (rooms) {
            present[count++] = buffers[3];
        }
        test_add(&driver, VIRTIO_FS_REQUESTS, present, count);
        test_kick(&driver, VIRTIO_FS_REQUESTS);
        EXPECT_EQ(outside.server.requests[0].busy, rows[i].asked);
        if (rows[i].asked) {
            EXPECT_EQ(outside.server.requests[0].size, rows[i].size);
            EXPECT_EQ(outside.server.requests[0].room, rows[i].asked_room);
        }
        EXPECT_EQ(test_used(&driver, VIRTIO_FS_REQUESTS, &used, &written),
                  !rows[i].asked);
        EXPECT_EQ(driver.virtio.state->faults, 0);
    }
}

TEST_BEGINS(a_request_without_bytes_is_a_fault, driver)
{
    const struct test_buffer buffer = {REPLY, 64, true};
    union test_outside outside;
    const struct virtio_share_state *state;

    start(driver, &virtio_fs, &outside);
    state = driver->state;
    outside.server.holds = true;
    test_add(driver, VIRTIO_FS_REQUESTS, &buffer, 1);
    test_kick(driver, VIRTIO_FS_REQUESTS);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT_EQ(driver->fault_queue, VIRTIO_FS_REQUESTS);
    EXPECT_EQ(driver->fault_value, 0);
    EXPECT_EQ(state->requests[0].taken, 0);
    EXPECT(!outside.server.requests[0].busy);
}

/* Its buffers may be what the reset is for: the driver's memory stays as it
 * is. */
TEST_BEGINS(a_failure_is_not_told_to_a_driver_that_has_to_reset, driver)
{
    union test_outside outside;
    struct test_buffer buffers[4];
    const struct virtio_share_state *state;

    start(driver, &virtio_fs, &outside);
    state = driver->state;
    outside.server.holds = true;
    outside.server.fails = true;
    const unsigned count = test_server_request(driver, 0, buffers);
    test_add(driver, VIRTIO_FS_REQUESTS, buffers, count);
    test_kick(driver, VIRTIO_FS_REQUESTS);
    virtio_fault(&driver->virtio, VIRTIO_FAULT_CHAIN_LONG, 0, 0);
    test_server_finish(&driver->virtio);
    EXPECT_EQ(state->requests[0].taken, 0);
    EXPECT_EQ(driver->buffers[buffers[2].offset], 0);
}
