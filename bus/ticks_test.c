/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/ticks.h"

#include <errno.h>

#include "tests/harness.h"

static void ignore(void *context)
{
}

TEST(a_tick_begins_at_the_first_nanosecond_that_is_not_before_it)
{
    static const struct {
        uint32_t hz;
        uint64_t tick;
        uint64_t ns;
    } rows[] = {
        {1,          0,                 0                             },
        {1,          1,                 1000000000                    },
        {3,          1,                 333333334                     },
        {3,          3,                 1000000000                    },
        {32768,      1,                 30518                         },
        {25000000,   UINT64_C(1) << 40, 43980465111040                },
        {1000000000, 12345,             12345                         },
        {UINT32_MAX, 5,                 2                             },
        {1,          18446744073,       UINT64_C(18446744073000000000)},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_case("tick %llu of %u Hz", (unsigned long long)rows[i].tick,
                  rows[i].hz);
        EXPECT_EQ(ticks_ns(rows[i].tick, rows[i].hz), rows[i].ns);
        EXPECT(ticks_of(rows[i].ns, rows[i].hz) >= rows[i].tick);
        EXPECT(rows[i].ns == 0 ||
               ticks_of(rows[i].ns - 1, rows[i].hz) < rows[i].tick);
    }
}

TEST(past_the_end_of_time_there_are_no_ticks)
{
    EXPECT_EQ(ticks_ns(18446744074, 1), TIME_NEVER);
    EXPECT_EQ(ticks_ns(TICK_NEVER - 1, 1000000000), TIME_NEVER - 1);
    EXPECT_EQ(ticks_ns(TICK_NEVER, 4000000000), TIME_NEVER / 4 + 1);
    EXPECT_EQ(ticks_time(TICK_NEVER, 4000000000), TIME_NEVER);
    EXPECT_EQ(ticks_time(3, 4000000000), 1);
}

TEST(a_timer_waits_for_ticks_from_the_present_one)
{
    static const struct {
        uint64_t now_ns;
        uint64_t left;
        uint64_t due_ns; /* TIME_NEVER: it is not armed */
    } rows[] = {
        {0,          1,              333333334 },
        {333333333,  1,              333333334 },
        {333333334,  1,              666666667 },
        {1000000000, 0,              1000000000},
        {1000000000, 3,              2000000000},
        {1000000000, TICK_NEVER - 3, TIME_NEVER},
        {1000000000, TICK_NEVER - 2, TIME_NEVER},
        {0,          TICK_NEVER,     TIME_NEVER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct clock clock = {.now_ns = rows[i].now_ns};
        struct timer timer = {.fire = ignore};

        test_case("%zu", i);
        timer_arm(&clock, &timer, rows[i].now_ns + 1);
        ticks_arm(&clock, &timer, 3, rows[i].left);
        EXPECT_EQ(clock_next(&clock), rows[i].due_ns);
    }
}

TEST(the_clock_of_a_device_has_a_frequency)
{
    struct fabric fabric = {.clock = {.now_ns = 2500000000}};
    struct clocked clocked = {0};
    struct device device = {.wiring = &clocked, .fabric = &fabric};
    struct error error = {0};

    EXPECT_EQ(clocked_set(&device, 0, &error), (uint64_t)-EINVAL);
    EXPECT_STR(error.text, "property 'clock-frequency' must not be 0");
    EXPECT_EQ(clocked_set(&device, 10, &error), 0);
    EXPECT_EQ(clocked_hz(&device), 10);
    EXPECT_EQ(clocked_now(&device), 25);
}
