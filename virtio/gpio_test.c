/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and interrupts of the GPIO device (virtio 1.2, 5.18). */
#include "virtio/gpio.h"

#include <string.h>

#include "tests/harness.h"
#include "virtio/test_driver.h"

enum { REQUEST = 0x1000, RESPONSE = 0x1100, EVENT = 0x1200, LINES = 3 };

struct bench {
    struct virtio_gpio_outside outside; /* first: of the device */
    bool levels[LINES];                 /* outside */
    bool driven[LINES];
    struct test_driver driver;
};

static bool sense(struct virtio *virtio, unsigned line)
{
    return ((struct bench *)virtio->outside)->levels[line];
}

static void drive(struct virtio *virtio, unsigned line, bool high)
{
    ((struct bench *)virtio->outside)->driven[line] = high;
}

static void start(struct bench *bench, uint64_t features)
{
    *bench = (struct bench){
        .outside = {LINES, "a\0\0c", 5, sense, drive},
    };
    test_driver_init(&bench->driver, &virtio_gpio, &bench->outside);
    test_driver_start(&bench->driver, features, VIRTIO_GPIO_QUEUES, 8);
}

static void finish(struct bench *bench)
{
    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        EXPECT_EQ(bench->driver.faults[i], 0);
    }
    test_driver_fini(&bench->driver);
}

/* The status of a request, with the value of its answer above it. */
static unsigned ask(struct bench *bench, unsigned type, unsigned line,
                    uint32_t value)
{
    const struct virtio_gpio_request request = {(uint16_t)type, (uint16_t)line,
                                                value};
    const struct test_buffer buffers[] = {
        {REQUEST,  sizeof(request),                     false},
        {RESPONSE, sizeof(struct virtio_gpio_response), true },
    };
    unsigned id;
    uint32_t written = 0;

    memcpy(bench->driver.buffers + REQUEST, &request, sizeof(request));
    memset(bench->driver.buffers + RESPONSE, 0xee, 2);
    test_add(&bench->driver, VIRTIO_GPIO_REQUESTS, buffers, 2);
    test_kick(&bench->driver, VIRTIO_GPIO_REQUESTS);
    EXPECT(test_used(&bench->driver, VIRTIO_GPIO_REQUESTS, &id, &written));
    EXPECT_EQ(written, 2);
    return bench->driver.buffers[RESPONSE] |
           (unsigned)bench->driver.buffers[RESPONSE + 1] << 8;
}

#define VALUE(value) ((unsigned)(value) << 8)

static void set_level(struct bench *bench, unsigned line, bool high)
{
    bench->levels[line] = high;
    virtio_gpio_sensed(&bench->driver.virtio, line);
}

static void unmask(struct bench *bench, uint16_t line)
{
    const struct test_buffer buffers[] = {
        {EVENT + line * 16u,     sizeof(line), false},
        {EVENT + line * 16u + 8, 1,            true },
    };

    memcpy(bench->driver.buffers + EVENT + line * 16u, &line, sizeof(line));
    bench->driver.buffers[EVENT + line * 16u + 8] = 0xee;
    test_add(&bench->driver, VIRTIO_GPIO_EVENTS, buffers, 2);
    test_kick(&bench->driver, VIRTIO_GPIO_EVENTS);
}

/* The answer for a line; 0xee: nothing. */
static unsigned told(struct bench *bench, unsigned line)
{
    unsigned id;
    uint32_t written = 0;

    if (!test_used(&bench->driver, VIRTIO_GPIO_EVENTS, &id, &written)) {
        return 0xee;
    }
    EXPECT_EQ(written, 1);
    return bench->driver.buffers[EVENT + line * 16u + 8];
}

FIXTURE(struct bench, bench, finish)
FIXTURE_BEGIN(bench, start(bench, UINT64_MAX))

TEST_ON(lines_are_driven_and_sensed, bench)
{
    static const struct {
        const char *name;
        unsigned type;
        unsigned line;
        uint32_t value;
        unsigned answer;
        bool driven; /* line 0, afterwards */
    } rows[] = {
        {"no direction",      VIRTIO_GPIO_MSG_GET_DIRECTION, 0,     0, 0,        false},
        {"value first",       VIRTIO_GPIO_MSG_SET_VALUE,     0,     1, 0,        false},
        {"output",            VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     1, 0,        true },
        {"its direction",     VIRTIO_GPIO_MSG_GET_DIRECTION, 0,     0, VALUE(1), true },
        {"what is driven",    VIRTIO_GPIO_MSG_GET_VALUE,     0,     0, VALUE(1), true },
        {"low",               VIRTIO_GPIO_MSG_SET_VALUE,     0,     0, 0,        false},
        {"high",              VIRTIO_GPIO_MSG_SET_VALUE,     0,     1, 0,        true },
        {"neither",           VIRTIO_GPIO_MSG_SET_VALUE,     0,     2, 1,        true },
        {"input",             VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     2, 0,        false},
        {"what is there",     VIRTIO_GPIO_MSG_GET_VALUE,     1,     0, VALUE(1), false},
        {"what is not",       VIRTIO_GPIO_MSG_GET_VALUE,     0,     0, 0,        false},
        {"output again",      VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     1, 0,        true },
        {"let go",            VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     0, 0,        false},
        {"forgotten",         VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     1, 0,        false},
        {"no such direction", VIRTIO_GPIO_MSG_SET_DIRECTION, 0,     3, 1,        false},
        {"no such line",      VIRTIO_GPIO_MSG_GET_VALUE,     LINES, 0, 1,        false},
        {"no such message",   7,                             0,     0, 1,        false},
    };

    bench->levels[1] = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_case("%s", rows[i].name);
        EXPECT_EQ(ask(bench, rows[i].type, rows[i].line, rows[i].value),
                  rows[i].answer);
        EXPECT_EQ(bench->driven[0], rows[i].driven);
    }
}

TEST_ON(names_fill_an_answer_of_their_own, bench)
{
    const struct virtio_gpio_request request = {
        .type = VIRTIO_GPIO_MSG_GET_LINE_NAMES};
    const struct test_buffer buffers[] = {
        {REQUEST,  sizeof(request), false},
        {RESPONSE, 6,               true },
    };
    struct virtio_gpio_config config;
    unsigned id;
    uint32_t written = 0;

    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.ngpio, LINES);
    EXPECT_EQ(config.gpio_names_size, 5);
    memcpy(bench->driver.buffers + REQUEST, &request, sizeof(request));
    memset(bench->driver.buffers + RESPONSE, 0xee, 7);
    test_add(&bench->driver, VIRTIO_GPIO_REQUESTS, buffers, 2);
    test_kick(&bench->driver, VIRTIO_GPIO_REQUESTS);
    EXPECT(test_used(&bench->driver, VIRTIO_GPIO_REQUESTS, &id, &written));
    EXPECT_EQ(written, 6);
    EXPECT_BYTES(bench->driver.buffers + RESPONSE, "\0a\0\0c\0\xee", 7);
    /* Without room for them. */
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0),
              VIRTIO_GPIO_STATUS_ERR);
    bench->outside.names_size = 0;
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0),
              VIRTIO_GPIO_STATUS_ERR);
}

TEST(interrupts_follow_their_type)
{
    static const struct {
        unsigned type;
        bool up;   /* told when the level goes up, and */
        bool down; /* down */
    } rows[] = {
        {VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING,  true,  false},
        {VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING, false, true },
        {VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH,    true,  true },
        {VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH,   true,  false},
        {VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW,    false, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        OWNED(finish) struct bench bench;

        test_case("type %u", rows[i].type);
        start(&bench, UINT64_MAX);
        EXPECT_EQ(ask(&bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 1, rows[i].type),
                  0);
        unmask(&bench, 1);
        if (rows[i].type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW) { /* it is low */
            EXPECT_EQ(told(&bench, 1), VIRTIO_GPIO_IRQ_STATUS_VALID);
            set_level(&bench, 1, true);
            unmask(&bench, 1);
        }
        EXPECT_EQ(told(&bench, 1), 0xee);
        set_level(&bench, 1, true);
        EXPECT_EQ(told(&bench, 1), rows[i].up ? 1 : 0xee);
        /* A second interrupt comes when the driver unmasks the line again. */
        set_level(&bench, 1, false);
        if (rows[i].up) {
            EXPECT_EQ(told(&bench, 1), 0xee);
            unmask(&bench, 1);
        }
        EXPECT_EQ(told(&bench, 1), rows[i].down ? 1 : 0xee);
    }
}

/* 5.18.6.9 */
TEST_ON(edges_are_latched_while_masked_and_levels_are_not, bench)
{
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
                  VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING),
              0);
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 1,
                  VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH),
              0);
    for (unsigned line = 0; line < 2; line++) {
        set_level(bench, line, true);
        set_level(bench, line, false);
    }
    unmask(bench, 0);
    EXPECT_EQ(told(bench, 0), VIRTIO_GPIO_IRQ_STATUS_VALID);
    unmask(bench, 0);
    EXPECT_EQ(told(bench, 0), 0xee);
    unmask(bench, 1);
    EXPECT_EQ(told(bench, 1), 0xee);
}

TEST_ON(an_interrupt_that_is_disabled_gives_its_buffers_back, bench)
{
    unmask(bench, 0); /* was never enabled */
    EXPECT_EQ(told(bench, 0), VIRTIO_GPIO_IRQ_STATUS_INVALID);
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
                  VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH),
              0);
    unmask(bench, 0);
    EXPECT_EQ(told(bench, 0), 0xee);
    /* Not changed while it is enabled, nor driven (5.18.6.8). */
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
                  VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW),
              VIRTIO_GPIO_STATUS_ERR);
    EXPECT_EQ(
        ask(bench, VIRTIO_GPIO_MSG_SET_DIRECTION, 0, VIRTIO_GPIO_DIRECTION_OUT),
        VIRTIO_GPIO_STATUS_ERR);
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, 5),
              VIRTIO_GPIO_STATUS_ERR);
    EXPECT_EQ(
        ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, VIRTIO_GPIO_IRQ_TYPE_NONE),
        0);
    EXPECT_EQ(told(bench, 0), VIRTIO_GPIO_IRQ_STATUS_INVALID);
    unmask(bench, 0); /* so it is, and an edge of the past is forgotten */
    EXPECT_EQ(told(bench, 0), VIRTIO_GPIO_IRQ_STATUS_INVALID);
    for (unsigned end = 0; end < 2; end++) {
        ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
            VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        set_level(bench, 0, true);
        set_level(bench, 0, false);
        ask(bench,
            end == 0 ? VIRTIO_GPIO_MSG_SET_IRQ_TYPE
                     : VIRTIO_GPIO_MSG_SET_DIRECTION,
            0, 0);
        EXPECT_EQ(told(bench, 0), 0xee);
        ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
            VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        unmask(bench, 0);
        EXPECT_EQ(told(bench, 0), 0xee);
        ask(bench, VIRTIO_GPIO_MSG_SET_DIRECTION, 0,
            VIRTIO_GPIO_DIRECTION_NONE);
        EXPECT_EQ(told(bench, 0), VIRTIO_GPIO_IRQ_STATUS_INVALID);
    }
}

/* Buffers for events stay when requests stop, which lets the lines go, and are
 * forgotten when events do. */
TEST_ON(a_queue_that_stops_takes_along_what_it_brought, bench)
{
    const struct virtio_gpio_state *state;

    state = bench->driver.state;
    ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, LINES - 1,
        VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING);
    ask(bench, VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
    ask(bench, VIRTIO_GPIO_MSG_SET_DIRECTION, 0, VIRTIO_GPIO_DIRECTION_OUT);
    unmask(bench, LINES - 1);
    EXPECT(virtio_restored(&bench->driver.virtio));
    virtio_queue_stop(&bench->driver.virtio, VIRTIO_GPIO_REQUESTS);
    test_queue_enable(&bench->driver, VIRTIO_GPIO_REQUESTS, 8);
    EXPECT(!bench->driven[0]);
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0), 0);
    bench->levels[LINES - 1] = true;
    ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, LINES - 1,
        VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH);
    EXPECT_EQ(told(bench, LINES - 1), VIRTIO_GPIO_IRQ_STATUS_VALID);
    set_level(bench, LINES - 1, false);
    unmask(bench, LINES - 1);
    EXPECT_EQ(state->events[LINES - 1].taken, 1);
    virtio_queue_stop(&bench->driver.virtio, VIRTIO_GPIO_EVENTS);
    EXPECT_EQ(state->events[LINES - 1].taken, 0);
}

/* One field at a time. */
TEST(states_with_buffers_for_events_are_possible_or_not)
{
    struct bench bench;

    for (unsigned row = 0; row < 5; row++) {
        test_case("row %u", row);
        start(&bench, UINT64_MAX);
        ask(&bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 2,
            VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        unmask(&bench, 2);
        struct virtio_gpio_state *state = bench.driver.state;
        struct virtio_chain *chain = &state->events[2];
        switch (row) {
        case 1: /* it would outlive a reset of its queue */
            chain->queue = VIRTIO_GPIO_REQUESTS;
            state->queues[VIRTIO_GPIO_REQUESTS].log[chain->id].inflight = 1;
            break;
        case 2:
            chain->count = 1;
            chain->writable_bytes = 0;
            break;
        case 3:
            bench.outside.lines = 2;
            break;
        case 4:
            chain->taken = 2;
            break;
        default:
            break;
        }
        EXPECT_EQ(virtio_restored(&bench.driver.virtio), row == 0);
        finish(&bench);
    }
}

TEST_ON(types_of_interrupts_are_those_of_the_standard, bench)
{
    static const uint32_t types[] = {5, 6, 7, 9, 12, 16, 0x101, 0x10000};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        test_case("type %u", types[i]);
        EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, types[i]),
                  VIRTIO_GPIO_STATUS_ERR);
    }
}

TEST(buffers_that_name_no_line_are_of_none)
{
    const struct test_buffer buffers[] = {
        {EVENT,     1, false},
        {EVENT + 8, 1, true },
    };
    struct bench bench;
    const struct virtio_gpio_state *state;

    start(&bench, UINT64_MAX);
    state = bench.driver.state;
    ask(&bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
        VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
    test_add(&bench.driver, VIRTIO_GPIO_EVENTS, buffers, 2);
    test_kick(&bench.driver, VIRTIO_GPIO_EVENTS);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT_EQ(bench.driver.fault_value, 1);
    EXPECT_EQ(state->events[0].taken, 0);
    test_driver_fini(&bench.driver);
}

TEST_BEGINS(without_the_feature_there_are_no_interrupts, bench)
{
    start(bench, ~VIRTIO_FEATURE(VIRTIO_GPIO_F_IRQ));
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
                  VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH),
              VIRTIO_GPIO_STATUS_ERR);
}

TEST_ON(a_reset_lets_all_lines_go, bench)
{
    EXPECT_EQ(ask(bench, VIRTIO_GPIO_MSG_SET_VALUE, 2, 1), 0);
    EXPECT_EQ(
        ask(bench, VIRTIO_GPIO_MSG_SET_DIRECTION, 2, VIRTIO_GPIO_DIRECTION_OUT),
        0);
    EXPECT(bench->driven[2]);
    virtio_set_status(&bench->driver.virtio, 0);
    EXPECT(!bench->driven[2]);
}
