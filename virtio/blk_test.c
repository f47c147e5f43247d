/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes of the block device that its medium takes in pieces.
 * hostile_test has the rest. */
#include "virtio/blk.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum {
    PIECE = 2 * VIRTIO_BLK_SECTOR,
    SIZE = 5 * VIRTIO_BLK_SECTOR,
    SECTOR = 7,
    REQUEST = 0x1000,
    DATA = 0x2000,
    STATUS = 0x1100,
};

struct bench {
    struct test_driver driver;
    union test_outside outside;
};

static void start(struct bench *bench)
{
    struct test_medium *medium = &bench->outside.medium;

    test_medium_init(medium);
    medium->medium.transfer_max = PIECE;
    medium->holds = true;
    for (unsigned i = 0; i < MEDIUM_SIZE; i++) {
        medium->bytes[i] = (uint8_t)(i ^ i >> 8);
    }
    test_driver_init(&bench->driver, &virtio_blk, &bench->outside);
    test_driver_start(&bench->driver, UINT64_MAX, 1, 16);
}

/* The data is in two buffers whose border is in the middle of a piece. */
static void send(struct bench *bench, uint32_t type)
{
    const struct virtio_blk_header header = {.type = type, .sector = SECTOR};
    const bool reads = type == VIRTIO_BLK_T_IN;
    const struct test_buffer buffers[] = {
        {REQUEST,    sizeof(header), false},
        {DATA,       700,            reads},
        {DATA + 700, SIZE - 700,     reads},
        {STATUS,     1,              true },
    };

    memcpy(bench->driver.buffers + REQUEST, &header, sizeof(header));
    bench->driver.buffers[STATUS] = 0xff;
    EXPECT(test_add(&bench->driver, 0, buffers, 4) >= 0);
    test_kick(&bench->driver, 0);
}

/* Ends the piece that must be under way. */
static void end_piece(struct bench *bench, unsigned offset, unsigned size)
{
    const struct test_medium *medium = &bench->outside.medium;

    EXPECT(medium->requests[0].busy);
    EXPECT_EQ(medium->requests[0].offset, SECTOR * VIRTIO_BLK_SECTOR + offset);
    EXPECT_EQ(medium->requests[0].size, size);
    test_medium_finish(&bench->driver.virtio, 0);
}

static void expect_end(struct bench *bench, enum virtio_blk_status status,
                       uint32_t bytes)
{
    uint32_t written = 0;
    unsigned id;

    EXPECT(!bench->outside.medium.requests[0].busy);
    EXPECT(test_used(&bench->driver, 0, &id, &written));
    EXPECT_EQ(written, bytes);
    EXPECT_EQ(bench->driver.buffers[STATUS], status);
}

TEST(a_long_read_is_made_in_pieces)
{
    struct bench bench;
    const uint8_t *bytes = bench.outside.medium.bytes;

    start(&bench);
    send(&bench, VIRTIO_BLK_T_IN);
    end_piece(&bench, 0, PIECE);
    end_piece(&bench, PIECE, PIECE);
    EXPECT_EQ(bench.driver.buffers[STATUS], 0xff);
    end_piece(&bench, 2 * PIECE, SIZE - 2 * PIECE);
    expect_end(&bench, VIRTIO_BLK_S_OK, SIZE + 1);
    EXPECT_EQ(memcmp(bench.driver.buffers + DATA,
                     bytes + SECTOR * VIRTIO_BLK_SECTOR, SIZE),
              0);
    test_driver_fini(&bench.driver);
}

TEST(a_long_write_is_made_in_pieces_and_flushed_once)
{
    struct bench bench;
    struct test_medium *medium = &bench.outside.medium;

    start(&bench);
    test_driver_reset(&bench.driver);
    /* Without FLUSH, writes go through. */
    test_driver_start(&bench.driver, ~VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH), 1,
                      16);
    for (unsigned i = 0; i < SIZE; i++) {
        bench.driver.buffers[DATA + i] = (uint8_t)(i * 7);
    }
    send(&bench, VIRTIO_BLK_T_OUT);
    end_piece(&bench, 0, PIECE);
    end_piece(&bench, PIECE, PIECE);
    end_piece(&bench, 2 * PIECE, SIZE - 2 * PIECE);
    EXPECT_EQ(medium->requests[0].operation, VIRTIO_BLK_FLUSH);
    test_medium_finish(&bench.driver.virtio, 0);
    expect_end(&bench, VIRTIO_BLK_S_OK, 1);
    EXPECT_EQ(medium->flushes, 1);
    EXPECT_EQ(memcmp(bench.driver.buffers + DATA,
                     medium->bytes + SECTOR * VIRTIO_BLK_SECTOR, SIZE),
              0);
    /* The next request in that place begins anew. */
    send(&bench, VIRTIO_BLK_T_FLUSH);
    EXPECT_EQ(medium->requests[0].operation, VIRTIO_BLK_FLUSH);
    test_medium_finish(&bench.driver.virtio, 0);
    expect_end(&bench, VIRTIO_BLK_S_OK, 1);
    test_driver_fini(&bench.driver);
}

TEST(a_piece_that_fails_ends_the_request)
{
    struct bench bench;

    start(&bench);
    send(&bench, VIRTIO_BLK_T_IN);
    end_piece(&bench, 0, PIECE);
    bench.outside.medium.fails = true;
    end_piece(&bench, PIECE, PIECE);
    expect_end(&bench, VIRTIO_BLK_S_IOERR, SIZE + 1);
    EXPECT_EQ(bench.driver.buffers[DATA], 0);
    test_driver_fini(&bench.driver);
}

TEST(a_driver_that_resets_cancels_the_piece)
{
    struct bench bench;

    start(&bench);
    send(&bench, VIRTIO_BLK_T_IN);
    end_piece(&bench, 0, PIECE);
    test_driver_reset(&bench.driver);
    EXPECT_EQ(bench.outside.medium.cancelled, 1);
    EXPECT(!bench.outside.medium.requests[0].busy);
    test_driver_fini(&bench.driver);
}

TEST(a_request_without_a_header_is_not_under_way)
{
    static const struct {
        struct test_buffer header;
        enum virtio_fault_number fault;
    } rows[] = {
        {{REQUEST, 15, false},           VIRTIO_FAULT_REQUEST_SHORT},
        {{TEST_BUFFERS_SIZE, 16, false}, VIRTIO_FAULT_BUFFER_MEMORY},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct test_buffer buffers[] = {
            rows[i].header, {STATUS, 1, true}
        };
        struct bench bench;

        test_case("row %zu", i);
        start(&bench);
        EXPECT(test_add(&bench.driver, 0, buffers, 2) >= 0);
        test_kick(&bench.driver, 0);
        EXPECT_EQ(bench.driver.faults[rows[i].fault], 1);
        const struct virtio_blk_state *state = bench.driver.state;
        EXPECT_EQ(state->requests[0].taken, 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_state_that_has_moved_more_than_there_is_is_impossible)
{
    struct bench bench;

    start(&bench);
    send(&bench, VIRTIO_BLK_T_IN);
    struct virtio_blk_state *state = bench.driver.state;
    state->moved[0] = SIZE;
    EXPECT(virtio_blk.possible(&bench.driver.virtio));
    state->moved[0] = SIZE + 1;
    EXPECT(!virtio_blk.possible(&bench.driver.virtio));
    state->moved[0] = 0;
    test_driver_fini(&bench.driver);
}
