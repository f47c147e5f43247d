/* SPDX-License-Identifier: Apache-2.0 */
/* Ports, control messages and bytes of the console (virtio 1.2, 5.3).
 * hostile_test has what drivers must not do. */
#include "virtio/console.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { CONTROL = 0x1000, INPUT = 0x2000, STEP = 64 };

struct bench {
    struct test_driver driver;
    struct test_console console;
    unsigned control; /* buffers that were given for messages */
};

static void put(struct virtio *virtio, unsigned port, const void *bytes,
                size_t size)
{
    struct test_console *console = virtio->outside;

    console->bytes[console->size++] = (uint8_t)('0' + port);
    memcpy(console->bytes + console->size, bytes, size);
    console->size += size;
}

static void start(struct bench *bench, uint64_t features)
{
    *bench = (struct bench){
        .console.console = {
                            .ports = 1,
                            .port = {{"first", true, 80, 25}},
                            .put = put,
                            }
    };
    test_driver_init(&bench->driver, &virtio_console, &bench->console);
    bench->driver.virtio.queues =
        virtio_console_queues(1, (features >> VIRTIO_CONSOLE_F_MULTIPORT & 1));
    test_driver_start(&bench->driver, features,
                      bench->driver.virtio.queues < 4 ? 2 : 4, 16);
}

static void give_control(struct bench *bench, unsigned count)
{
    while (count-- != 0) {
        const struct test_buffer buffer = {CONTROL + STEP * bench->control++,
                                           STEP, true};

        test_add(&bench->driver, VIRTIO_CONSOLE_CONTROL_RECEIVE, &buffer, 1);
    }
    test_kick(&bench->driver, VIRTIO_CONSOLE_CONTROL_RECEIVE);
}

static void tell(struct bench *bench, uint32_t id, uint16_t event,
                 uint16_t value)
{
    const struct virtio_console_control control = {id, event, value};
    const struct test_buffer buffer = {0, sizeof(control), false};

    memcpy(bench->driver.buffers, &control, sizeof(control));
    test_add(&bench->driver, VIRTIO_CONSOLE_CONTROL_TRANSMIT, &buffer, 1);
    test_kick(&bench->driver, VIRTIO_CONSOLE_CONTROL_TRANSMIT);
}

/* The next message, in the buffer of that number. */
static void expect_message(struct bench *bench, unsigned number, uint16_t event,
                           const char *rest, size_t size)
{
    const uint8_t *at = bench->driver.buffers + CONTROL + STEP * number;
    struct virtio_console_control control;
    uint32_t written = 0;
    unsigned id;

    REQUIRE(test_used(&bench->driver, VIRTIO_CONSOLE_CONTROL_RECEIVE, &id,
                      &written));
    memcpy(&control, at, sizeof(control));
    EXPECT_EQ(control.id, 0);
    EXPECT_EQ(control.event, event);
    EXPECT_EQ(written, sizeof(control) + size);
    EXPECT_BYTES(at + sizeof(control), rest, size);
}

static size_t input(struct bench *bench, const char *text)
{
    return virtio_console_receive(&bench->driver.virtio, 0, text, strlen(text));
}

TEST(a_port_is_announced_named_and_opened_and_then_takes_bytes)
{
    struct bench bench;
    const struct test_buffer buffer = {INPUT, 4, true};
    uint32_t written = 0;
    unsigned id;

    start(&bench, UINT64_MAX);
    tell(&bench, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    give_control(&bench, 3);
    expect_message(&bench, 0, VIRTIO_CONSOLE_DEVICE_ADD, "", 0);
    tell(&bench, 0, VIRTIO_CONSOLE_PORT_READY, 1);
    expect_message(&bench, 1, VIRTIO_CONSOLE_CONSOLE_PORT, "", 0);
    expect_message(&bench, 2, VIRTIO_CONSOLE_RESIZE, "\x50\0\x19", 4);
    give_control(&bench, 2);
    expect_message(&bench, 3, VIRTIO_CONSOLE_PORT_NAME, "first", 5);
    expect_message(&bench, 4, VIRTIO_CONSOLE_PORT_OPEN, "", 0);
    test_add(&bench.driver, VIRTIO_CONSOLE_RECEIVE, &buffer, 1);
    test_kick(&bench.driver, VIRTIO_CONSOLE_RECEIVE);
    EXPECT_EQ(input(&bench, "abcdef"), 0);
    tell(&bench, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
    EXPECT_EQ(input(&bench, "abcdef"), 4);
    EXPECT(test_used(&bench.driver, VIRTIO_CONSOLE_RECEIVE, &id, &written));
    EXPECT_EQ(written, 4);
    EXPECT_BYTES(bench.driver.buffers + INPUT, "abcd", 4);
    EXPECT_EQ(input(&bench, "ef"), 0);
    tell(&bench, 0, VIRTIO_CONSOLE_PORT_OPEN, 0);
    test_add(&bench.driver, VIRTIO_CONSOLE_RECEIVE, &buffer, 1);
    EXPECT_EQ(input(&bench, "ef"), 0);
    test_driver_fini(&bench.driver);
}

TEST(one_port_alone_needs_no_messages)
{
    const uint64_t multiport = VIRTIO_FEATURE(VIRTIO_CONSOLE_F_MULTIPORT);
    struct bench bench;
    const struct test_buffer in = {INPUT, 8, true};
    const struct test_buffer out = {0, 3, false};

    start(&bench, ~multiport);
    EXPECT_EQ(virtio_features(&bench.driver.virtio) & multiport, 0);
    test_add(&bench.driver, VIRTIO_CONSOLE_RECEIVE, &in, 1);
    EXPECT_EQ(input(&bench, "abc"), 3);
    memcpy(bench.driver.buffers, "out", 3);
    test_add(&bench.driver, VIRTIO_CONSOLE_TRANSMIT, &out, 1);
    test_kick(&bench.driver, VIRTIO_CONSOLE_TRANSMIT);
    EXPECT_BYTES(bench.console.bytes, "0out", 4);
    test_driver_fini(&bench.driver);
}

TEST(an_emergency_write_needs_no_driver)
{
    struct bench bench;
    const uint32_t value = 0x12345600 + '!';

    start(&bench, UINT64_MAX);
    test_driver_reset(&bench.driver);
    virtio_write_config(&bench.driver.virtio, 8, &value, 4);
    EXPECT_EQ(bench.console.size, 2);
    EXPECT_BYTES(bench.console.bytes, "0!", 2);
    test_driver_fini(&bench.driver);
}

TEST(a_new_size_is_told_by_configuration_and_message)
{
    struct bench bench;
    uint16_t size[2] = {0};

    start(&bench, UINT64_MAX);
    tell(&bench, 0, VIRTIO_CONSOLE_PORT_READY, 1);
    give_control(&bench, 4);
    const unsigned before = bench.driver.configured_calls;
    bench.console.console.port[0].columns = 132;
    virtio_console_resized(&bench.driver.virtio, 0);
    EXPECT_EQ(bench.driver.configured_calls, before + 1);
    virtio_read_config(&bench.driver.virtio, 0, size, sizeof(size));
    EXPECT_EQ(size[0], 132);
    EXPECT_EQ(size[1], 25);
    give_control(&bench, 1);
    EXPECT_EQ(bench.driver.buffers[CONTROL + 4 * STEP + 4],
              VIRTIO_CONSOLE_RESIZE);
    EXPECT_EQ(bench.driver.buffers[CONTROL + 4 * STEP + 8], 132);
    test_driver_fini(&bench.driver);
}
