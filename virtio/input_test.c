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
    virtio_write_config(&bench.driver.virtio, 2, rows[0].select, 1);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 1);
    test_driver_fini(&bench.driver);
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
    test_driver_fini(&bench.driver);
}

TEST(a_buffer_that_is_too_short_is_a_fault)
{
    struct bench bench;

    start(&bench);
    give(&bench, 0, SIZE - 1);
    give(&bench, 1, SIZE);
    virtio_input_report(&bench.driver.virtio, press, 2);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
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
    test_driver_fini(&bench.driver);
}
