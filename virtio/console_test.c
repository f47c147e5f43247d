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
    unsigned puts;    /* calls */
};

static void put(struct virtio *virtio, unsigned port, const void *bytes,
                size_t size)
{
    struct test_console *console = virtio->outside;
    struct bench *bench =
        (struct bench *)((char *)console - offsetof(struct bench, console));

    bench->puts++;
    console->bytes[console->size++ % sizeof(console->bytes)] =
        (uint8_t)('0' + port);
    for (size_t i = 0; i < size; i++) {
        console->bytes[console->size++ % sizeof(console->bytes)] =
            ((const uint8_t *)bytes)[i];
    }
}

/* Longer than a message has room for. */
#define TEN       "0123456789"
#define LONG_NAME TEN TEN TEN TEN TEN TEN TEN

static void start_ports(struct bench *bench, unsigned ports, uint64_t features)
{
    *bench = (struct bench){
        .console.console = {
                            .ports = ports,
                            .port = {{"first", true, 80, 25},
                     {LONG_NAME, false, 7, 7},
                     {"third", false, 0, 0}},
                            .put = put,
                            }
    };
    test_driver_init(&bench->driver, &virtio_console, &bench->console);
    bench->driver.virtio.queues = virtio_console_queues(
        ports, (features >> VIRTIO_CONSOLE_F_MULTIPORT & 1));
    test_driver_start(&bench->driver, features, bench->driver.virtio.queues,
                      16);
}

static void start(struct bench *bench, uint64_t features)
{
    start_ports(bench, 1, features);
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
static void expect_message_of(struct bench *bench, unsigned number,
                              unsigned port, uint16_t event, const char *rest,
                              size_t size)
{
    const uint8_t *at = bench->driver.buffers + CONTROL + STEP * number;
    struct virtio_console_control control;
    uint32_t written = 0;
    unsigned id;

    REQUIRE(test_used(&bench->driver, VIRTIO_CONSOLE_CONTROL_RECEIVE, &id,
                      &written));
    memcpy(&control, at, sizeof(control));
    EXPECT_EQ(control.id, port);
    EXPECT_EQ(control.event, event);
    EXPECT_EQ(control.value, 1);
    EXPECT_EQ(written, sizeof(control) + size);
    EXPECT_BYTES(at + sizeof(control), rest, size);
}

static void expect_message(struct bench *bench, unsigned number, uint16_t event,
                           const char *rest, size_t size)
{
    expect_message_of(bench, number, 0, event, rest, size);
}

static void expect_no_message(struct bench *bench)
{
    uint32_t written;
    unsigned id;

    EXPECT(!test_used(&bench->driver, VIRTIO_CONSOLE_CONTROL_RECEIVE, &id,
                      &written));
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

TEST(each_port_has_messages_and_queues_of_its_own)
{
    enum { RECEIVE = 4, TRANSMIT = 5 };
    const struct test_buffer in = {INPUT, 8, true};
    const struct test_buffer out = {0, 3, false};
    struct bench bench;
    uint32_t written = 0;
    unsigned id;

    start_ports(&bench, 2, UINT64_MAX);
    give_control(&bench, 8);
    tell(&bench, 9, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect_message_of(&bench, 0, 0, VIRTIO_CONSOLE_DEVICE_ADD, "", 0);
    expect_message_of(&bench, 1, 1, VIRTIO_CONSOLE_DEVICE_ADD, "", 0);
    tell(&bench, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    /* It is no terminal, so that it has no size. */
    bench.control = 2;
    give_control(&bench, 1);
    expect_no_message(&bench);
    test_driver_fini(&bench.driver);

    start_ports(&bench, 2, UINT64_MAX);
    for (unsigned i = 0; i < 2; i++) {
        const struct test_buffer buffer = {CONTROL + i * 256, 256, true};

        test_add(&bench.driver, VIRTIO_CONSOLE_CONTROL_RECEIVE, &buffer, 1);
    }
    tell(&bench, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    expect_message_of(&bench, 0, 1, VIRTIO_CONSOLE_PORT_NAME, LONG_NAME,
                      VIRTIO_CONSOLE_NAME_MAX);
    expect_message_of(&bench, 4, 1, VIRTIO_CONSOLE_PORT_OPEN, "", 0);
    tell(&bench, 1, VIRTIO_CONSOLE_PORT_OPEN, 2);
    test_add(&bench.driver, RECEIVE, &in, 1);
    test_add(&bench.driver, VIRTIO_CONSOLE_RECEIVE, &in, 1);
    EXPECT_EQ(input(&bench, "abc"), 0);
    EXPECT_EQ(virtio_console_receive(&bench.driver.virtio, 1, "abc", 3), 3);
    EXPECT(test_used(&bench.driver, RECEIVE, &id, &written));
    EXPECT_EQ(written, 3);
    memcpy(bench.driver.buffers, "out", 3);
    test_add(&bench.driver, TRANSMIT, &out, 1);
    test_kick(&bench.driver, TRANSMIT);
    EXPECT_BYTES(bench.console.bytes, "1out", 4);
    EXPECT_EQ(bench.driver.virtio.state->faults, 0);
    test_driver_fini(&bench.driver);
}

TEST(bytes_of_a_port_go_through_its_queues)
{
    for (unsigned port = 0; port < 3; port++) {
        const unsigned receive = port == 0 ? 0 : 2 + 2 * port;
        const struct test_buffer in = {INPUT, 8, true};
        const struct test_buffer out = {0, 3, false};
        const char expected[] = {(char)('0' + port), 'o', 'u', 't'};
        struct bench bench;
        uint32_t written = 0;
        unsigned id;

        test_case("port %u", port);
        start_ports(&bench, 3, UINT64_MAX);
        tell(&bench, port, VIRTIO_CONSOLE_PORT_OPEN, 1);
        test_add(&bench.driver, receive, &in, 1);
        EXPECT_EQ(virtio_console_receive(&bench.driver.virtio, port, "abc", 3),
                  3);
        EXPECT(test_used(&bench.driver, receive, &id, &written));
        EXPECT_EQ(written, 3);
        memcpy(bench.driver.buffers, "out", 3);
        test_add(&bench.driver, receive + 1, &out, 1);
        test_kick(&bench.driver, receive + 1);
        EXPECT_BYTES(bench.console.bytes, expected, sizeof(expected));
        test_driver_fini(&bench.driver);
    }
}

TEST(a_driver_that_begins_anew_has_no_port_open)
{
    struct bench bench;
    const struct virtio_console_state *state;

    start_ports(&bench, 2, UINT64_MAX);
    state = bench.driver.state;
    for (uint16_t i = 0; i < 2; i++) {
        tell(&bench, i, VIRTIO_CONSOLE_PORT_READY, 1);
        tell(&bench, i, VIRTIO_CONSOLE_PORT_OPEN, 1);
    }
    EXPECT_EQ(state->ready, 3);
    EXPECT_EQ(state->opened, 3);
    EXPECT_EQ(state->messages[0], 1u << VIRTIO_CONSOLE_CONSOLE_PORT |
                                      1u << VIRTIO_CONSOLE_RESIZE |
                                      1u << VIRTIO_CONSOLE_PORT_NAME |
                                      1u << VIRTIO_CONSOLE_PORT_OPEN);
    EXPECT_EQ(state->messages[1],
              1u << VIRTIO_CONSOLE_PORT_NAME | 1u << VIRTIO_CONSOLE_PORT_OPEN);
    tell(&bench, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    tell(&bench, 0, VIRTIO_CONSOLE_PORT_READY, 0);
    EXPECT_EQ(state->ready, 2);
    EXPECT_EQ(state->opened, 1);
    tell(&bench, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    EXPECT_EQ(state->ready + state->opened, 0);
    EXPECT_EQ(state->messages[0], 1u << VIRTIO_CONSOLE_DEVICE_ADD);
    EXPECT_EQ(state->messages[1], 1u << VIRTIO_CONSOLE_DEVICE_ADD);
    EXPECT_EQ(state->messages[2], 0);
    tell(&bench, 0, VIRTIO_CONSOLE_DEVICE_READY, 0);
    EXPECT_EQ(state->messages[0] + state->messages[1], 0);
    test_driver_fini(&bench.driver);
}

TEST(control_messages_name_a_port_and_an_event_that_are_there)
{
    struct bench bench;

    start_ports(&bench, 2, UINT64_MAX);
    tell(&bench, 2, VIRTIO_CONSOLE_PORT_OPEN, 1);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_VALUE], 1);
    EXPECT_EQ(bench.driver.fault_value, 2);
    tell(&bench, 0, VIRTIO_CONSOLE_DEVICE_ADD, 1);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_VALUE], 2);
    EXPECT_EQ(bench.driver.fault_value, VIRTIO_CONSOLE_DEVICE_ADD);
    EXPECT_EQ(bench.driver.fault_queue, VIRTIO_CONSOLE_CONTROL_TRANSMIT);
    test_driver_fini(&bench.driver);
}

/* A buffer that is as long as the message will do. */
TEST(buffers_that_cannot_have_what_comes_in_are_a_fault)
{
    static const struct {
        unsigned queue;
        uint32_t readable, writable;
        enum virtio_fault_number fault; /* VIRTIO_FAULTS: none */
        uint64_t value;
    } rows[] = {
        {VIRTIO_CONSOLE_CONTROL_RECEIVE, 0, 8, VIRTIO_FAULTS,                  0},
        {VIRTIO_CONSOLE_CONTROL_RECEIVE, 0, 7, VIRTIO_FAULT_REQUEST_SHORT,     7},
        {VIRTIO_CONSOLE_CONTROL_RECEIVE, 2, 8, VIRTIO_FAULT_REQUEST_DIRECTION,
         2                                                                      },
        {VIRTIO_CONSOLE_RECEIVE,         0, 1, VIRTIO_FAULTS,                  0},
        {VIRTIO_CONSOLE_RECEIVE,         2, 8, VIRTIO_FAULT_REQUEST_DIRECTION, 2},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct test_buffer buffers[] = {
            {INPUT,     rows[i].readable, false},
            {INPUT + 8, rows[i].writable, true },
        };
        const unsigned skipped = rows[i].readable == 0;
        struct bench bench;
        uint32_t written;
        unsigned id;

        test_case("row %zu", i);
        start(&bench, UINT64_MAX);
        tell(&bench, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
        test_add(&bench.driver, rows[i].queue, buffers + skipped, 2 - skipped);
        tell(&bench, 0, VIRTIO_CONSOLE_DEVICE_READY,
             rows[i].queue == VIRTIO_CONSOLE_CONTROL_RECEIVE);
        tell(&bench, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
        input(&bench, "a");
        EXPECT_EQ(test_used(&bench.driver, rows[i].queue, &id, &written),
                  rows[i].fault == VIRTIO_FAULTS);
        if (rows[i].fault != VIRTIO_FAULTS) {
            EXPECT_EQ(bench.driver.faults[rows[i].fault], 1);
            EXPECT_EQ(bench.driver.fault_queue, rows[i].queue);
            EXPECT_EQ(bench.driver.fault_value, rows[i].value);
        }
        test_driver_fini(&bench.driver);
    }
}

TEST(bytes_go_out_in_pieces_up_to_a_bound)
{
    static const struct {
        unsigned whole; /* buffers of all data */
        uint32_t size;  /* of one more */
        unsigned puts;
        bool is_long;
    } rows[] = {
        {0, 1,    1,    false},
        {0, 512,  1,    false},
        {0, 513,  2,    false},
        {0, 1200, 3,    false},
        {3, 1,    1537, false},
        {4, 0,    2048, false},
        {4, 1,    2048, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct test_buffer buffers[5];
        unsigned count = 0;
        struct bench bench;

        test_case("row %zu", i);
        start(&bench, UINT64_MAX);
        while (count < rows[i].whole) {
            buffers[count++] = (struct test_buffer){0, TEST_DATA_SIZE, false};
        }
        if (rows[i].size != 0) {
            buffers[count++] = (struct test_buffer){0, rows[i].size, false};
        }
        test_add(&bench.driver, VIRTIO_CONSOLE_TRANSMIT, buffers, count);
        test_kick(&bench.driver, VIRTIO_CONSOLE_TRANSMIT);
        EXPECT_EQ(bench.puts, rows[i].puts);
        EXPECT_EQ(bench.console.size - bench.puts,
                  rows[i].whole * (size_t)TEST_DATA_SIZE +
                      (rows[i].is_long ? 0 : rows[i].size));
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_LONG],
                  rows[i].is_long);
        EXPECT_EQ(bench.driver.fault_value,
                  rows[i].is_long ? VIRTIO_CONSOLE_BYTES_MAX + 1 : 0);
        test_driver_fini(&bench.driver);
    }
}

TEST(an_emergency_write_is_all_that_is_written)
{
    static const struct {
        uint32_t offset, size;
        bool good;
    } rows[] = {
        {8, 1, true },
        {8, 2, true },
        {8, 0, false},
        {7, 1, false},
        {9, 1, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;

        test_case("row %zu", i);
        start(&bench, UINT64_MAX);
        virtio_write_config(&bench.driver.virtio, rows[i].offset, "!?",
                            rows[i].size);
        EXPECT_EQ(bench.console.size, rows[i].good ? 2 : 0);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY],
                  !rows[i].good);
        EXPECT_EQ(bench.driver.fault_queue, 0);
        EXPECT_EQ(bench.driver.fault_value, rows[i].good ? 0 : rows[i].offset);
        test_driver_fini(&bench.driver);
    }
}

/* A size is told when the driver starts, if there is one and it asks for it;
 * later by the port's message, if it is a terminal that the driver made. */
TEST(a_size_is_told_to_those_who_ask)
{
    static const struct {
        uint64_t without;
        uint16_t columns;
        unsigned port, told; /* changes of the configuration */
        bool ready, message;
    } rows[] = {
        {0,                                     80, 0, 2, true,  true },
        {0,                                     80, 0, 2, false, false},
        {0,                                     0,  0, 1, false, false},
        {VIRTIO_FEATURE(VIRTIO_CONSOLE_F_SIZE), 80, 0, 1, true,  true },
        {0,                                     80, 1, 1, true,  false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        struct virtio_console_state *state;

        test_case("row %zu", i);
        start_ports(&bench, 2, UINT64_MAX);
        test_driver_reset(&bench.driver);
        bench.console.console.port[0].columns = rows[i].columns;
        test_driver_start(&bench.driver, ~rows[i].without, 4, 16);
        state = bench.driver.state;
        state->ready = rows[i].ready ? 1u << rows[i].port : 0;
        virtio_console_resized(&bench.driver.virtio, rows[i].port);
        EXPECT_EQ(bench.driver.configured_calls, rows[i].told);
        EXPECT_EQ(state->messages[rows[i].port],
                  rows[i].message ? 1u << VIRTIO_CONSOLE_RESIZE : 0);
        /* A port without a size has no message of it. */
        tell(&bench, 0, VIRTIO_CONSOLE_PORT_READY, 1);
        EXPECT_EQ(state->messages[0] >> VIRTIO_CONSOLE_RESIZE & 1,
                  rows[i].columns != 0);
        test_driver_fini(&bench.driver);
    }
}
