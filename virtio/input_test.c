/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration and events of the input device (virtio 1.2, 5.8). */
#include "virtio/input.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_driver.h"

enum { DATA = 0x1000, SIZE = sizeof(struct virtio_input_event) };

struct bench {
    struct test_driver driver;
    struct virtio_input_outside outside;
};

static const struct virtio_input_event press[] = {
    {VIRTIO_INPUT_EV_KEY, 30, 1},
    {VIRTIO_INPUT_EV_SYN, 0,  0},
};

/* Longer than the configuration has room for. */
#define TEN       "0123456789"
#define LONG_NAME TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void start(struct bench *bench)
{
    *bench = (struct bench){
        .outside = {.name = "keys",
                    .ids = {.bustype = 6},
                    .keys = {0, 0x40},
                    .axes = 2,
                    .axis_max = 9}
    };
    test_driver_init(&bench->driver, &virtio_input, &bench->outside);
    test_driver_start(&bench->driver, UINT64_MAX, 2, 8);
}

static void give(struct bench *bench, unsigned number, uint32_t size)
{
    const struct test_buffer buffer = {DATA + number * SIZE, size, true};

    test_add(&bench->driver, VIRTIO_INPUT_EVENTS, &buffer, 1);
    test_kick(&bench->driver, VIRTIO_INPUT_EVENTS);
}

static unsigned count_used(struct bench *bench)
{
    unsigned count = 0;
    uint32_t written = 0;
    unsigned id;

    while (test_used(&bench->driver, VIRTIO_INPUT_EVENTS, &id, &written)) {
        EXPECT_EQ(written, SIZE);
        count++;
    }
    return count;
}

TEST(what_is_selected_is_shown_with_its_size)
{
    static const struct {
        const char *name;
        uint8_t select[2];
        uint8_t size;
        uint8_t data_size;
        const char *data; /* the first bytes of it */
    } rows[] = {
        {"nothing",          {0, 0},                          0,  0, ""            },
        {"name",             {VIRTIO_INPUT_CFG_ID_NAME, 0},   4,  4, "keys"        },
        {"no such name",     {VIRTIO_INPUT_CFG_ID_NAME, 1},   0,  0, ""            },
        {"identity",         {VIRTIO_INPUT_CFG_ID_DEVIDS, 0}, 8,  1, "\x06"        },
        {"keys",             {VIRTIO_INPUT_CFG_EV_BITS, 1},   2,  2, "\0\x40"      },
        {"axes",             {VIRTIO_INPUT_CFG_EV_BITS, 3},   1,  1, "\3"          },
        {"no relative axes", {VIRTIO_INPUT_CFG_EV_BITS, 2},   0,  0, ""            },
        {"an axis",          {VIRTIO_INPUT_CFG_ABS_INFO, 1},  20, 5, "\0\0\0\0\x09"},
        {"no such axis",     {VIRTIO_INPUT_CFG_ABS_INFO, 2},  0,  0, ""            },
        {"no serial",        {VIRTIO_INPUT_CFG_ID_SERIAL, 0}, 0,  0, ""            },
        {"what there isn't", {0x77, 0},                       0,  0, ""            },
    };
    struct bench bench;

    start(&bench);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct virtio_input_config config;

        test_case("%s", rows[i].name);
        virtio_write_config(&bench.driver.virtio, 0, rows[i].select, 2);
        virtio_read_config(&bench.driver.virtio, 0, &config, sizeof(config));
        EXPECT_EQ(config.size, rows[i].size);
        EXPECT_BYTES(config.data, rows[i].data, rows[i].data_size);
    }
    test_driver_fini(&bench.driver);
}

static unsigned size_of(struct bench *bench, uint8_t select, uint8_t subsel)
{
    struct virtio_input_config config;

    virtio_write_config(&bench->driver.virtio, 0, &select, 1);
    virtio_write_config(&bench->driver.virtio, 1, &subsel, 1);
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.select, select);
    EXPECT_EQ(config.subsel, subsel);
    return config.size;
}

TEST(sizes_follow_what_there_is)
{
    struct bench bench;

    start(&bench);
    bench.outside.name = LONG_NAME;
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_ID_NAME, 0), 127);
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_ID_DEVIDS, 1), 0);
    bench.outside.axes = 8;
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_EV_BITS, 3), 1);
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_ABS_INFO, 7), 20);
    bench.outside.axes = 0;
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_EV_BITS, 3), 0);
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_ABS_INFO, 0), 0);
    memset(bench.outside.keys, 0, sizeof(bench.outside.keys));
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_EV_BITS, 1), 0);
    bench.outside.keys[0] = 1;
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_EV_BITS, 1), 1);
    bench.outside.keys[sizeof(bench.outside.keys) - 1] = 1;
    EXPECT_EQ(size_of(&bench, VIRTIO_INPUT_CFG_EV_BITS, 1), 48);
    test_driver_fini(&bench.driver);
}

TEST(a_selection_alone_is_written)
{
    static const uint8_t bytes[4] = {1, 1, 1, 1};
    static const struct {
        uint32_t offset, size;
    } rows[] = {
        {2, 1},
        {1, 2},
        {0, 3},
        {8, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        uint8_t seen[2] = {9, 9};

        test_case("row %zu", i);
        start(&bench);
        virtio_write_config(&bench.driver.virtio, rows[i].offset, bytes,
                            rows[i].size);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
        EXPECT_EQ(bench.driver.fault_queue, 0);
        EXPECT_EQ(bench.driver.fault_value, rows[i].offset);
        virtio_read_config(&bench.driver.virtio, 0, seen, 2);
        EXPECT_EQ(seen[0] + seen[1], 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_sequence_is_sent_whole_or_not_at_all)
{
    struct bench bench;

    start(&bench);
    give(&bench, 0, SIZE);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(count_used(&bench), 0);
    give(&bench, 1, SIZE);
    EXPECT_EQ(count_used(&bench), 0);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(count_used(&bench), 2);
    EXPECT_BYTES(bench.driver.buffers + DATA, press, sizeof(press));
    /* A sequence takes no more buffers than it has events. */
    for (unsigned i = 0; i < 4; i++) {
        give(&bench, i, SIZE + 1);
    }
    virtio_input_report(&bench.driver.virtio, press, 1);
    EXPECT_EQ(count_used(&bench), 1);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(count_used(&bench), 2);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(count_used(&bench), 0);
    virtio_input_report(&bench.driver.virtio, press, 1);
    EXPECT_EQ(count_used(&bench), 1);
    EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    test_driver_fini(&bench.driver);
}

/* There are no lamps, so their events change nothing. */
TEST(events_of_the_driver_are_taken_whole)
{
    for (uint32_t size = SIZE - 1; size <= SIZE; size++) {
        const struct test_buffer buffer = {DATA, size, false};
        struct bench bench;
        uint32_t written = 1;
        unsigned id;

        test_case("%u bytes", size);
        start(&bench);
        test_add(&bench.driver, VIRTIO_INPUT_STATUS, &buffer, 1);
        test_kick(&bench.driver, VIRTIO_INPUT_STATUS);
        EXPECT_EQ(test_used(&bench.driver, VIRTIO_INPUT_STATUS, &id, &written),
                  size == SIZE);
        EXPECT_EQ(written, size != SIZE);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT],
                  size != SIZE);
        EXPECT_EQ(bench.driver.fault_queue,
                  size != SIZE ? VIRTIO_INPUT_STATUS : 0);
        EXPECT_EQ(bench.driver.fault_value, size != SIZE ? size : 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_buffer_that_is_too_short_is_a_fault)
{
    struct bench bench;

    start(&bench);
    give(&bench, 0, SIZE - 1);
    give(&bench, 1, SIZE);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT_EQ(bench.driver.fault_queue, VIRTIO_INPUT_EVENTS);
    EXPECT_EQ(bench.driver.fault_value, SIZE - 1);
    EXPECT_EQ(count_used(&bench), 0);
    test_driver_fini(&bench.driver);
}

TEST(a_buffer_to_be_read_is_a_fault)
{
    const struct test_buffer buffer = {DATA, SIZE, false};
    struct bench bench;

    start(&bench);
    test_add(&bench.driver, VIRTIO_INPUT_EVENTS, &buffer, 1);
    give(&bench, 1, SIZE);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_DIRECTION], 1);
    EXPECT_EQ(bench.driver.fault_queue, VIRTIO_INPUT_EVENTS);
    EXPECT_EQ(bench.driver.fault_value, SIZE);
    EXPECT_EQ(count_used(&bench), 0);
    test_driver_fini(&bench.driver);
}
