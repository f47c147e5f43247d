/* SPDX-License-Identifier: Apache-2.0 */
/* Inflation, free page reporting and statistics of the balloon (virtio 1.2,
 * 5.5). hostile_test has what drivers must not do. */
#include "virtio/balloon.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { DATA = 0x1000, PAGES = 0x4000 };

struct bench {
    struct test_driver driver;
    union test_outside outside;
};

static void start(struct bench *bench, uint64_t features)
{
    test_balloon_init(&bench->outside);
    test_driver_init(&bench->driver, &virtio_balloon, &bench->outside);
    test_driver_start(&bench->driver, features, 4, 16);
}

static const struct virtio_balloon_state *state_of(const struct bench *bench)
{
    return (const struct virtio_balloon_state *)bench->driver.virtio.state;
}

static bool is_used(struct bench *bench, unsigned queue)
{
    uint32_t written = 0;
    unsigned id;

    return test_used(&bench->driver, queue, &id, &written) && written == 0;
}

TEST(neighbours_are_given_back_together_in_any_order)
{
    static const uint32_t numbers[] = {7, 6, 5, 8, 100, UINT32_MAX};
    struct bench bench;

    start(&bench, UINT64_MAX);
    memcpy(bench.driver.buffers + DATA, numbers, sizeof(numbers));
    const struct test_buffer buffer = {DATA, sizeof(numbers), false};
    test_add(&bench.driver, VIRTIO_BALLOON_INFLATE, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_BALLOON_INFLATE);
    EXPECT(is_used(&bench, VIRTIO_BALLOON_INFLATE));
    EXPECT_EQ(bench.outside.balloon.releases, 3);
    EXPECT_EQ(bench.outside.balloon.address, (uint64_t)UINT32_MAX << 12);
    test_add(&bench.driver, VIRTIO_BALLOON_DEFLATE, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_BALLOON_DEFLATE);
    EXPECT(is_used(&bench, VIRTIO_BALLOON_DEFLATE));
    EXPECT_EQ(bench.outside.balloon.releases, 3);
    test_driver_fini(&bench.driver);
}

TEST(reported_pages_are_given_back_unless_they_hold_poison)
{
    static const struct {
        const char *name;
        uint64_t features; /* that are not accepted */
        unsigned queue;
        uint32_t poison;
        unsigned releases;
    } rows[] = {
        {"behind statistics",  0,                                         3, 0, 2},
        {"without statistics", VIRTIO_FEATURE(VIRTIO_BALLOON_F_STATS_VQ), 2, 0,
         2                                                                       },
        {"with poison",        0,                                         3, 7, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;

        test_case("%s", rows[i].name);
        start(&bench, ~rows[i].features);
        virtio_write_config(&bench.driver.virtio, 12, &rows[i].poison, 4);
        const struct test_buffer buffers[] = {
            {PAGES + 0x4000, 0x1000, true},
            {PAGES,          0x2000, true},
        };
        test_add(&bench.driver, rows[i].queue, buffers, 2);
        test_kick(&bench.driver, rows[i].queue);
        EXPECT(is_used(&bench, rows[i].queue));
        EXPECT_EQ(bench.outside.balloon.releases, rows[i].releases);
        EXPECT(rows[i].releases == 0 ||
               (bench.outside.balloon.address == TEST_BUFFERS + PAGES &&
                bench.outside.balloon.size == 0x2000));
        test_driver_fini(&bench.driver);
    }
}

TEST(statistics_are_kept_with_their_buffer_until_new_ones_are_wanted)
{
    /* A tag that nobody knows, free memory, all memory. */
    static const uint8_t entries[] = {99, 0, 1, 0, 0, 0, 0, 0, 0, 0,
                                      4,  0, 0, 1, 0, 0, 0, 0, 0, 0,
                                      5,  0, 0, 2, 0, 0, 0, 0, 0, 0};
    struct bench bench;

    start(&bench, UINT64_MAX);
    memcpy(bench.driver.buffers + DATA, entries, sizeof(entries));
    const struct test_buffer buffer = {DATA, sizeof(entries), false};
    test_add(&bench.driver, VIRTIO_BALLOON_STATS, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_BALLOON_STATS);
    EXPECT_EQ(state_of(&bench)->known, 0x30);
    EXPECT_EQ(state_of(&bench)->values[VIRTIO_BALLOON_S_MEMFREE], 0x100);
    EXPECT_EQ(state_of(&bench)->values[VIRTIO_BALLOON_S_MEMTOT], 0x200);
    EXPECT(!is_used(&bench, VIRTIO_BALLOON_STATS));
    virtio_balloon_ask(&bench.driver.virtio);
    EXPECT(is_used(&bench, VIRTIO_BALLOON_STATS));
    virtio_balloon_ask(&bench.driver.virtio);
    EXPECT(!is_used(&bench, VIRTIO_BALLOON_STATS));
    test_driver_fini(&bench.driver);
}

/* The device takes a bound of entries, and keeps the buffer that came last. */
TEST(statistics_have_a_bound_and_a_second_buffer_gives_the_first_one_back)
{
    enum { MOST = 2 * VIRTIO_BALLOON_STATISTICS, BYTES = 10 };
    struct bench bench;

    start(&bench, UINT64_MAX);
    uint8_t *at = bench.driver.buffers + DATA;
    memset(at, 0xff, (MOST + 1) * BYTES);
    memset(at + (MOST - 1) * BYTES, VIRTIO_BALLOON_STATISTICS - 1, 1);
    memset(at + (MOST - 1) * BYTES + 1, 0, 1);
    memset(at + MOST * BYTES, 0, 2);
    const struct test_buffer buffer = {DATA, (MOST + 1) * BYTES, false};
    test_add(&bench.driver, VIRTIO_BALLOON_STATS, &buffer, 1);
    test_add(&bench.driver, VIRTIO_BALLOON_STATS, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_BALLOON_STATS);
    EXPECT_EQ(state_of(&bench)->known, 1u << (VIRTIO_BALLOON_STATISTICS - 1));
    EXPECT(is_used(&bench, VIRTIO_BALLOON_STATS));
    EXPECT(!is_used(&bench, VIRTIO_BALLOON_STATS));
    EXPECT_EQ(state_of(&bench)->statistics.taken, 1);
    EXPECT(virtio_restored(&bench.driver.virtio));
    virtio_queue_stop(&bench.driver.virtio, VIRTIO_BALLOON_INFLATE);
    EXPECT_EQ(state_of(&bench)->statistics.taken, 1);
    virtio_queue_stop(&bench.driver.virtio, VIRTIO_BALLOON_STATS);
    EXPECT_EQ(state_of(&bench)->statistics.taken, 0);
    EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    test_driver_fini(&bench.driver);
}

/* Four buffers of all data are as many pages as a request may have: those
 * behind them stay, and so do bytes that are no number. */
TEST(a_request_has_a_bound_of_pages)
{
    static const struct {
        uint32_t size; /* of a fifth buffer; 0: none */
        bool is_long;
    } rows[] = {
        {0, false},
        {3, false},
        {4, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct test_buffer all = {0, TEST_DATA_SIZE, false};
        const struct test_buffer buffers[] = {
            all, all, all, all, {PAGES, rows[i].size, false}
        };
        struct bench bench;

        test_case("%u bytes more", rows[i].size);
        start(&bench, UINT64_MAX);
        bench.driver.buffers[PAGES] = 9;
        test_add(&bench.driver, VIRTIO_BALLOON_INFLATE, buffers,
                 rows[i].size != 0 ? 5 : 4);
        test_kick(&bench.driver, VIRTIO_BALLOON_INFLATE);
        EXPECT(is_used(&bench, VIRTIO_BALLOON_INFLATE));
        EXPECT_EQ(bench.outside.balloon.address, 0);
        EXPECT_EQ(bench.outside.balloon.releases, VIRTIO_BALLOON_PAGES_MAX);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_LONG],
                  rows[i].is_long);
        EXPECT(!rows[i].is_long ||
               bench.driver.fault_value == VIRTIO_BALLOON_PAGES_MAX + 1);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_new_size_is_a_change_of_the_configuration)
{
    struct bench bench;
    uint32_t pages = 0;

    start(&bench, UINT64_MAX);
    bench.outside.balloon.balloon.pages = 77;
    virtio_balloon_retarget(&bench.driver.virtio);
    EXPECT_EQ(bench.driver.configured_calls, 1);
    virtio_read_config(&bench.driver.virtio, 0, &pages, 4);
    EXPECT_EQ(pages, 77);
    virtio_write_config(&bench.driver.virtio, 4, &pages, 4);
    EXPECT_EQ(state_of(&bench)->actual, 77);
    /* Only whole words, and of poison only with its feature. */
    static const struct {
        uint64_t without;
        uint32_t offset, size;
    } refused[] = {
        {0,                                            0,  4},
        {0,                                            4,  2},
        {0,                                            4,  8},
        {0,                                            8,  4},
        {0,                                            12, 2},
        {VIRTIO_FEATURE(VIRTIO_BALLOON_F_PAGE_POISON), 12, 4},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        static const uint8_t ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};

        test_case("write of %u at %u", refused[i].size, refused[i].offset);
        test_driver_reset(&bench.driver);
        test_driver_start(&bench.driver, ~refused[i].without, 4, 16);
        virtio_write_config(&bench.driver.virtio, refused[i].offset, ones,
                            refused[i].size);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
        EXPECT_EQ(bench.driver.fault_queue, 0);
        EXPECT_EQ(bench.driver.fault_value, refused[i].offset);
        EXPECT_EQ(state_of(&bench)->actual + state_of(&bench)->poison, 0);
    }
    pages = 0x01020304;
    test_driver_reset(&bench.driver);
    test_driver_start(&bench.driver, UINT64_MAX, 4, 16);
    virtio_write_config(&bench.driver.virtio, 4, &pages, 4);
    virtio_write_config(&bench.driver.virtio, 12, &pages, 4);
    EXPECT_EQ(state_of(&bench)->actual, pages);
    EXPECT_EQ(state_of(&bench)->poison, pages);
    pages = 0;
    virtio_read_config(&bench.driver.virtio, 12, &pages, 4);
    EXPECT_EQ(pages, 0x01020304);
    test_driver_fini(&bench.driver);
}
