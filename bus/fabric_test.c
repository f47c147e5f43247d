/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/fabric.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

FIXTURE(struct fabric, fabric, fabric_fini)
FIXTURE_BEGIN(fabric, fabric_init(fabric, 0))

/* The stream that the published xoshiro256** makes of the state 1, 2, 3, 4. */
TEST_ON(random_is_the_published_generator, fabric)
{
    static const uint64_t expected[] = {
        11520,
        0,
        1509978240,
        1215971899390074240,
        1216172134540287360,
        607988272756665600,
        16172922978634559625u,
        8476171486693032832,
        10595114339597558777u,
        2904607092377533576,
    };
    memcpy(fabric->random_state, (uint64_t[]){1, 2, 3, 4},
           sizeof(fabric->random_state));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        uint8_t bytes[8];
        fabric_random(fabric, bytes, sizeof(bytes));
        EXPECT_EQ(load_le64(bytes), expected[i]);
    }
}

/* The state that the published splitmix64 makes of the seed. */
TEST_BEGINS(a_seed_is_spread_over_all_of_the_state, fabric)
{
    static const uint64_t expected[] = {
        6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
        4593380528125082431u};
    fabric_init(fabric, 1234567);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        EXPECT_EQ(fabric->random_state[i], expected[i]);
    }
}

TEST(a_seed_repeats_its_stream_and_differs_from_others)
{
    uint8_t streams[3][29];
    for (unsigned i = 0; i < 3; i++) {
        OWNED(fabric_fini) struct fabric fabric;
        fabric_init(&fabric, i / 2);
        fabric_random(&fabric, streams[i], sizeof(streams[i]));
    }
    EXPECT_BYTES(streams[0], streams[1], sizeof(streams[0]));
    EXPECT(memcmp(streams[0], streams[2], sizeof(streams[0])) != 0);
}

TEST_ON(makers_have_names_up_to_a_limit, fabric)
{
    EXPECT_EQ(fabric_add_maker(NULL, "none"), 0);
    for (unsigned i = 1; i <= FABRIC_MAKERS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "maker %u", i);
        EXPECT_EQ(fabric_add_maker(fabric, name), i);
        EXPECT(fabric_maker(fabric, (uint16_t)(i + 1)) == NULL);
        EXPECT_STR(fabric_maker(fabric, (uint16_t)i), name);
    }
    EXPECT_EQ(fabric_add_maker(fabric, "one more"), 0);
    EXPECT_STR(fabric_maker(fabric, 1), "maker 1");
    EXPECT(fabric_maker(fabric, 0) == NULL);
}

struct seen {
    char text[64];
    unsigned stops;
};

static void console(void *context, const char *device, uint8_t byte)
{
    struct seen *seen = context;
    snprintf(seen->text, sizeof(seen->text), "%s %c", device, byte);
}

static void stop(void *context)
{
    struct seen *seen = context;
    seen->stops++;
}

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    struct seen *seen = context;
    snprintf(seen->text, sizeof(seen->text), "%s", line);
}

TEST_ON(lines_of_the_log_have_the_time_of_the_clock, fabric)
{
    struct seen seen = {"", 0};
    fabric->log.sink = keep_line;
    fabric->log.context = &seen;
    clock_advance(&fabric->clock, 1500000);
    log_write(&fabric->log, LOG_GUEST, "u0", 0, "odd");
    EXPECT_STR(seen.text, "     1.500000 ms guest: u0: odd");
}

TEST_ON(console_bytes_and_stops_reach_their_hooks, fabric)
{
    struct seen seen = {"", 0};
    fabric_console(fabric, "u0", 'x');
    fabric_stream(fabric, "s0", 'x');
    fabric_stop(fabric);
    fabric->console = console;
    fabric->console_context = &seen;
    fabric->stop = stop;
    fabric->stop_context = &seen;
    fabric_console(fabric, "u0", 'y');
    fabric_stop(fabric);
    EXPECT_STR(seen.text, "u0 y");
    EXPECT_EQ(seen.stops, 1);
    fabric->stream = console;
    fabric->stream_context = &seen;
    fabric_stream(fabric, "s0", 'z');
    EXPECT_STR(seen.text, "s0 z");
}
