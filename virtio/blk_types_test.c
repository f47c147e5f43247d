/* SPDX-License-Identifier: Apache-2.0 */
/* Types of requests of the block device, its write cache, and its queues
 * (virtio 1.2, 5.2). */
#include "virtio/blk.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { HEADER = 0x8000, DATA = 0x10000, STATUS = 0x9000, SIZE = 64 };
#define SECTORS(count) ((count) * (uint32_t)VIRTIO_BLK_SECTOR)

struct bench {
    struct test_driver driver;
    struct test_medium medium;
};

static void setup(struct bench *bench, uint64_t without)
{
    memset(bench, 0, sizeof(*bench));
    test_medium_init(&bench->medium);
    for (unsigned i = 0; i < MEDIUM_SIZE; i++) {
        bench->medium.bytes[i] = (uint8_t)(i * 5 ^ i >> 9);
    }
    test_driver_init(&bench->driver, &virtio_blk, &bench->medium);
    test_driver_start(&bench->driver,
                      ~without & ~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED), 2,
                      SIZE);
}

static void fini(struct bench *bench)
{
    EXPECT_EQ(bench->driver.memory.mapped, 0);
    test_driver_fini(&bench->driver);
}

/* A request of one data buffer, or none if size is 0; headers and status bytes
 * are apart by `place`. */
static int ask(struct bench *bench, unsigned queue, unsigned place,
               struct virtio_blk_header header, uint32_t size)
{
    struct test_driver *driver = &bench->driver;
    const uint32_t at = HEADER + place * 16;
    const bool writes = header.type == VIRTIO_BLK_T_OUT ||
                        header.type == VIRTIO_BLK_T_DISCARD ||
                        header.type == VIRTIO_BLK_T_WRITE_ZEROES;
    const struct test_buffer buffers[] = {
        {at,             sizeof(header), false  },
        {DATA,           size,           !writes},
        {STATUS + place, 1,              true   },
    };

    memcpy(driver->buffers + at, &header, sizeof(header));
    driver->buffers[STATUS + place] = 0xff;
    const int id =
        size != 0 ? test_add(driver, queue, buffers, 3)
                  : test_add(driver, queue,
                             (struct test_buffer[]){buffers[0], buffers[2]}, 2);
    test_want_all(driver, queue);
    test_kick(driver, queue);
    return id;
}

static uint8_t status(const struct bench *bench, unsigned place)
{
    return bench->driver.buffers[STATUS + place];
}

static struct virtio_blk_header header(uint32_t type, uint64_t sector)
{
    return (struct virtio_blk_header){.type = type, .sector = sector};
}

static unsigned count_used(struct bench *bench, unsigned queue)
{
    unsigned count = 0;
    unsigned id;
    uint32_t written;

    while (test_used(&bench->driver, queue, &id, &written)) {
        count++;
    }
    return count;
}

TEST(each_type_has_its_status)
{
    static const struct {
        const char *name;
        struct virtio_blk_header header;
        uint32_t size;
        uint8_t status;
    } rows[] = {
        {"flush",        {VIRTIO_BLK_T_FLUSH, 0, 0},        0,   VIRTIO_BLK_S_OK    },
        {"id",           {VIRTIO_BLK_T_GET_ID, 0, 0},       20,  VIRTIO_BLK_S_OK    },
        {"id, short",    {VIRTIO_BLK_T_GET_ID, 0, 0},       5,   VIRTIO_BLK_S_OK    },
        {"lifetime",     {VIRTIO_BLK_T_GET_LIFETIME, 0, 0}, 6,   VIRTIO_BLK_S_OK    },
        {"last sector",  {VIRTIO_BLK_T_IN, 0, 127},         512, VIRTIO_BLK_S_OK    },
        {"behind it",    {VIRTIO_BLK_T_IN, 0, 128},         512, VIRTIO_BLK_S_IOERR },
        {"no bytes",     {VIRTIO_BLK_T_IN, 0, 128},         0,   VIRTIO_BLK_S_OK    },
        {"secure erase",
         {VIRTIO_BLK_T_SECURE_ERASE, 0, 0},
         16,                                                     VIRTIO_BLK_S_UNSUPP},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(fini) struct bench bench;

        test_case("%s", rows[i].name);
        setup(&bench, 0);
        ask(&bench, 0, 0, rows[i].header, rows[i].size);
        EXPECT_EQ(count_used(&bench, 0), 1);
        EXPECT_EQ(status(&bench, 0), rows[i].status);
        if (rows[i].header.type == VIRTIO_BLK_T_GET_ID) {
            EXPECT_BYTES(bench.driver.buffers + DATA, "cairn-test",
                         rows[i].size < 10 ? rows[i].size : 10);
            EXPECT_EQ(bench.driver.buffers[DATA + rows[i].size], 0);
        }
    }
}

/* Answers of the device itself: as long as there is room for, and no longer. */
TEST(answers_fill_no_more_than_they_have)
{
    static const struct {
        const char *name;
        const char *serial;
        uint32_t type, size;
        uint64_t without;
        const char *bytes; /* of the answer, in `length` of `size` bytes */
        uint32_t length;
        uint8_t status;
    } rows[] = {
        {"id of 20 bytes",      "0123456789abcdefghij",  VIRTIO_BLK_T_GET_ID,       25, 0,
         "0123456789abcdefghij",                                                                                   20, VIRTIO_BLK_S_OK},
        {"id that is too long", "0123456789abcdefghijk", VIRTIO_BLK_T_GET_ID,
         25,                                                                            0, "0123456789abcdefghij", 20, VIRTIO_BLK_S_OK},
        {"short id",            "0",                     VIRTIO_BLK_T_GET_ID,       20, 0,
         "0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",                                                                  20, VIRTIO_BLK_S_OK},
        {"no id",               NULL,                    VIRTIO_BLK_T_GET_ID,       20, 0,
         "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",                                                                 20, VIRTIO_BLK_S_OK},
        {"room for less",       "0123",                  VIRTIO_BLK_T_GET_ID,       2,  0, "01",                   2,
         VIRTIO_BLK_S_OK                                                                                                              },
        {"lifetime",            NULL,                    VIRTIO_BLK_T_GET_LIFETIME, 8,  0, "\0\0\0\0\0",           6,
         VIRTIO_BLK_S_OK                                                                                                              },
        {"no lifetime",         NULL,                    VIRTIO_BLK_T_GET_LIFETIME, 6,
         VIRTIO_FEATURE(VIRTIO_BLK_F_LIFETIME),                                            "\0\0\0\0\0",           6,
         VIRTIO_BLK_S_UNSUPP                                                                                                          },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(fini) struct bench bench;

        test_case("%s", rows[i].name);
        setup(&bench, rows[i].without);
        bench.medium.medium.serial = rows[i].serial;
        memset(bench.driver.buffers + DATA, 0xee, rows[i].size);
        ask(&bench, 0, 0, header(rows[i].type, 0), rows[i].size);
        EXPECT_EQ(status(&bench, 0), rows[i].status);
        EXPECT_BYTES(bench.driver.buffers + DATA, rows[i].bytes,
                     rows[i].length);
        for (uint32_t n = rows[i].length; n < rows[i].size; n++) {
            EXPECT_EQ(bench.driver.buffers[DATA + n], 0xee);
        }
    }
}

/* Work for the medium begins there, or ends at once in a status. */
TEST(each_request_is_within_the_medium)
{
    enum { NONE = -1 };
    static const struct {
        const char *name;
        uint32_t type, size;
        uint64_t sector; /* of the request, or of its range */
        uint32_t sectors, flags;
        uint32_t medium; /* sectors of it */
        bool read_only;
        int operation;
        uint8_t status; /* if it does not begin */
    } rows[] = {
        {"last sector",                VIRTIO_BLK_T_IN,           512,  127, 0,        0, 128, false,
         VIRTIO_BLK_READ,                                                                                                    0                  },
        {"behind it",                  VIRTIO_BLK_T_IN,           1024, 127, 0,        0, 128, false, NONE,
         VIRTIO_BLK_S_IOERR                                                                                                                     },
        {"far behind it",              VIRTIO_BLK_T_IN,           512,  129, 0,        0, 128, false, NONE,
         VIRTIO_BLK_S_IOERR                                                                                                                     },
        {"half a sector",              VIRTIO_BLK_T_IN,           513,  0,   0,        0, 128, false, NONE,
         VIRTIO_BLK_S_IOERR                                                                                                                     },
        {"write",                      VIRTIO_BLK_T_OUT,          1024, 126, 0,        0, 128, false,
         VIRTIO_BLK_WRITE,                                                                                                   0                  },
        {"write of half a sector",     VIRTIO_BLK_T_OUT,          700,  0,   0,        0, 128, false,
         NONE,                                                                                                               VIRTIO_BLK_S_IOERR },
        {"read of what is read-only",  VIRTIO_BLK_T_IN,           512,  0,   0,        0, 128, true,
         VIRTIO_BLK_READ,                                                                                                    0                  },
        {"write of what is read-only", VIRTIO_BLK_T_OUT,          512,  0,   0,        0, 128,
         true,                                                                                        NONE,                  VIRTIO_BLK_S_IOERR },
        {"flush",                      VIRTIO_BLK_T_FLUSH,        0,    0,   0,        0, 128, false, VIRTIO_BLK_FLUSH,
         0                                                                                                                                      },
        {"discard",                    VIRTIO_BLK_T_DISCARD,      16,   120, 8,        0, 128, false,
         VIRTIO_BLK_DISCARD,                                                                                                 0                  },
        {"discard of more",            VIRTIO_BLK_T_DISCARD,      16,   120, 9,        0, 128, false,
         NONE,                                                                                                               VIRTIO_BLK_S_IOERR },
        {"discard with unmap",         VIRTIO_BLK_T_DISCARD,      16,   0,   8,        1, 128, false,
         NONE,                                                                                                               VIRTIO_BLK_S_UNSUPP},
        {"zeroes",                     VIRTIO_BLK_T_WRITE_ZEROES, 16,   1,   8,        0, 128, false,
         VIRTIO_BLK_ZERO,                                                                                                    0                  },
        {"zeroes with unmap",          VIRTIO_BLK_T_WRITE_ZEROES, 16,   1,   8,        1, 128,
         false,                                                                                       VIRTIO_BLK_UNMAP_ZERO, 0                  },
        {"zeroes with flags",          VIRTIO_BLK_T_WRITE_ZEROES, 16,   1,   8,        3, 128,
         false,                                                                                       NONE,                  VIRTIO_BLK_S_UNSUPP},
        {"most sectors",               VIRTIO_BLK_T_WRITE_ZEROES, 16,   1,   0x400000, 0,
         0x500000,                                                                             false, VIRTIO_BLK_ZERO,       0                  },
        {"more sectors",               VIRTIO_BLK_T_WRITE_ZEROES, 16,   1,   0x400001, 0,
         0x500000,                                                                             false, NONE,                  VIRTIO_BLK_S_IOERR },
        {"half a range",               VIRTIO_BLK_T_WRITE_ZEROES, 15,   1,   8,        0, 128, false,
         NONE,                                                                                                               VIRTIO_BLK_S_IOERR },
        {"more than a range",          VIRTIO_BLK_T_DISCARD,      17,   1,   8,        0, 128, false,
         NONE,                                                                                                               VIRTIO_BLK_S_IOERR },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct virtio_blk_range range = {rows[i].sector, rows[i].sectors,
                                               rows[i].flags};
        const bool ranges = rows[i].sectors != 0;
        OWNED(fini) struct bench bench;

        test_case("%s", rows[i].name);
        setup(&bench, 0);
        /* A remainder of a sector is left out. */
        bench.medium.medium.size_bytes =
            (uint64_t)rows[i].medium * VIRTIO_BLK_SECTOR + 511;
        bench.medium.medium.read_only = rows[i].read_only;
        bench.medium.holds = true;
        memset(bench.driver.buffers + DATA, 0xee, 2048);
        if (ranges) {
            memcpy(bench.driver.buffers + DATA, &range, sizeof(range));
        }
        ask(&bench, 0, 0, header(rows[i].type, ranges ? 0 : rows[i].sector),
            rows[i].size);
        EXPECT_EQ(bench.medium.requests[0].busy, rows[i].operation != NONE);
        EXPECT_EQ(count_used(&bench, 0), rows[i].operation == NONE);
        if (rows[i].operation != NONE) {
            EXPECT_EQ(bench.medium.requests[0].operation, rows[i].operation);
            EXPECT_EQ(bench.medium.requests[0].offset,
                      rows[i].sector * VIRTIO_BLK_SECTOR);
            EXPECT_EQ(bench.medium.requests[0].size,
                      ranges ? (uint64_t)rows[i].sectors * VIRTIO_BLK_SECTOR
                             : rows[i].size);
        } else {
            EXPECT_EQ(status(&bench, 0), rows[i].status);
            /* All bytes of a failed read are zeros, as it counts them. */
            for (uint32_t n = 0; n < 2048; n++) {
                EXPECT(rows[i].type != VIRTIO_BLK_T_IN ||
                       bench.driver.buffers[DATA + n] ==
                           (n < rows[i].size ? 0 : 0xee));
            }
        }
        EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    }
}

FIXTURE(struct bench, bench, fini)
FIXTURE_BEGIN(bench, setup(bench, 0))

TEST_ON(ranges_are_discarded_and_zeroed, bench)
{
    const struct virtio_blk_range range = {.sector = 8, .sectors = 4};

    memcpy(bench->driver.buffers + DATA, &range, sizeof(range));
    ask(bench, 0, 0, header(VIRTIO_BLK_T_WRITE_ZEROES, 0), sizeof(range));
    EXPECT_EQ(status(bench, 0), VIRTIO_BLK_S_OK);
    EXPECT_EQ(bench->medium.bytes[SECTORS(8)], 0);
    EXPECT_EQ(bench->medium.bytes[SECTORS(12) - 1], 0);
    EXPECT(bench->medium.bytes[SECTORS(12) + 1] != 0);
}

/* ---- Write cache (5.2.5, 5.2.6.2) ---------------------------------------- */

static uint8_t writeback(struct bench *bench)
{
    uint8_t value;

    virtio_read_config(&bench->driver.virtio,
                       offsetof(struct virtio_blk_config, writeback), &value,
                       1);
    return value;
}

static void set_writeback(struct bench *bench, uint8_t value)
{
    virtio_write_config(&bench->driver.virtio,
                        offsetof(struct virtio_blk_config, writeback), &value,
                        1);
}

TEST(writes_are_flushed_when_the_driver_cannot_or_will_not)
{
    static const struct {
        const char *name;
        uint64_t without;
        int writeback; /* negative: not written */
        bool flushed;
    } rows[] = {
        {"write back",          0,                                       -1, false},
        {"turned off",          0,                                       0,  true },
        {"turned on",           0,                                       1,  false},
        {"no FLUSH",            VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH),      -1, true },
        {"no FLUSH, turned on", VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH),      1,  true },
        {"no CONFIG_WCE",       VIRTIO_FEATURE(VIRTIO_BLK_F_CONFIG_WCE), -1, false},
        {"and yet turned off",  VIRTIO_FEATURE(VIRTIO_BLK_F_CONFIG_WCE), 0,
         false                                                                    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(fini) struct bench bench;

        test_case("%s", rows[i].name);
        setup(&bench, rows[i].without);
        if (rows[i].writeback >= 0) {
            set_writeback(&bench, (uint8_t)rows[i].writeback);
        }
        EXPECT_EQ(writeback(&bench), !rows[i].flushed);
        bench.medium.holds = true;
        ask(&bench, 0, 0, header(VIRTIO_BLK_T_OUT, 0), SECTORS(1));
        test_medium_finish(&bench.driver.virtio, 0);
        EXPECT_EQ(count_used(&bench, 0), !rows[i].flushed);
        test_medium_finish(&bench.driver.virtio, 0);
        EXPECT_EQ(bench.medium.flushes, rows[i].flushed);
        EXPECT_EQ(status(&bench, 0), VIRTIO_BLK_S_OK);
    }
}

TEST(only_the_cache_is_configured)
{
    static const struct {
        uint32_t offset, size;
    } cases[] = {
        {32, 2},
        {33, 1},
        {31, 1},
        {0,  1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const uint8_t zeros[2];
        OWNED(fini) struct bench bench;

        test_case("case %zu", i);
        setup(&bench, 0);
        virtio_write_config(&bench.driver.virtio, cases[i].offset, zeros,
                            cases[i].size);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
        EXPECT_EQ(bench.driver.fault_queue, 0);
        EXPECT_EQ(bench.driver.fault_value, cases[i].offset);
        EXPECT_EQ(writeback(&bench), 1);
    }
}

/* A change of the medium is flushed, and only once; a read is not, and a
 * flush is one. */
TEST(each_change_is_flushed_where_writes_go_through)
{
    static const struct {
        uint32_t type, size;
        unsigned flushes;
    } cases[] = {
        {VIRTIO_BLK_T_IN,           512, 0},
        {VIRTIO_BLK_T_OUT,          512, 1},
        {VIRTIO_BLK_T_FLUSH,        0,   1},
        {VIRTIO_BLK_T_DISCARD,      16,  1},
        {VIRTIO_BLK_T_WRITE_ZEROES, 16,  1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct virtio_blk_range range = {0, 8, 0};
        OWNED(fini) struct bench bench;
        const struct virtio_blk_state *state;

        setup(&bench, 0);
        state = bench.driver.state;
        set_writeback(&bench, 0);
        for (unsigned round = 1; round < 3; round++) {
            test_case("type %u, round %u", cases[i].type, round);
            memcpy(bench.driver.buffers + DATA, &range, sizeof(range));
            ask(&bench, 0, 0, header(cases[i].type, 0), cases[i].size);
            EXPECT_EQ(count_used(&bench, 0), 1);
            EXPECT_EQ(status(&bench, 0), VIRTIO_BLK_S_OK);
            EXPECT_EQ(bench.medium.flushes, round * cases[i].flushes);
            EXPECT_EQ(state->syncing, 0);
        }
    }
}

/* ---- Places -------------------------------------------------------------- */

/* If two queues have more requests than there are places, each gets its turn.
 */
TEST_ON(queues_without_a_place_take_turns, bench)
{
    unsigned done[2] = {0, 0};

    bench->medium.holds = true;
    for (unsigned i = 0; i < SIZE; i++) {
        ask(bench, i % 2, i, header(VIRTIO_BLK_T_IN, i), SECTORS(1));
    }
    for (unsigned i = 0; i < SIZE; i++) {
        test_medium_finish(&bench->driver.virtio, i % VIRTIO_BLK_REQUESTS);
        done[0] += count_used(bench, 0);
        done[1] += count_used(bench, 1);
        EXPECT(done[0] <= done[1] + 2 && done[1] <= done[0] + 2);
    }
    EXPECT_EQ(done[0], SIZE / 2);
    EXPECT_EQ(done[1], SIZE / 2);
}

TEST_ON(requests_of_a_queue_that_stops_are_cancelled, bench)
{
    bench->medium.holds = true;
    ask(bench, 0, 0, header(VIRTIO_BLK_T_IN, 0), SECTORS(1));
    ask(bench, 1, 1, header(VIRTIO_BLK_T_IN, 1), SECTORS(1));
    virtio_queue_stop(&bench->driver.virtio, 0);
    EXPECT_EQ(bench->medium.cancelled, 1);
    virtio_blk_done(&bench->driver.virtio, 0, true, bench->medium.bytes,
                    SECTORS(1));
    test_medium_finish(&bench->driver.virtio, 1);
    EXPECT_EQ(status(bench, 0), 0xff);
    EXPECT_EQ(status(bench, 1), VIRTIO_BLK_S_OK);
    /* So is a flush behind a write, and a queue that waits for a place. */
    const struct virtio_blk_state *state = bench->driver.state;
    set_writeback(bench, 0);
    for (unsigned i = 0; i < 2; i++) {
        ask(bench, 1, 2 + i, header(VIRTIO_BLK_T_OUT, 1), SECTORS(1));
        test_medium_finish(&bench->driver.virtio, i);
    }
    EXPECT_EQ(state->syncing, 3);
    for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
        ask(bench, 1, 4 + i, header(VIRTIO_BLK_T_IN, 1), SECTORS(1));
    }
    EXPECT_EQ(state->blocked, 2);
    virtio_queue_stop(&bench->driver.virtio, 0);
    EXPECT_EQ(state->blocked, 2);
    EXPECT(virtio_restored(&bench->driver.virtio));
    virtio_queue_stop(&bench->driver.virtio, 1);
    EXPECT_EQ(state->blocked, 0);
    EXPECT_EQ(state->syncing, 0);
    EXPECT_EQ(bench->medium.cancelled, 1 + VIRTIO_BLK_REQUESTS);
    EXPECT_EQ(bench->driver.virtio.state->faults, 0);
}
