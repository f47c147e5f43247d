/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/countdown.h"

#include "tests/harness.h"

#define ROWS(table)     (sizeof(table) / sizeof((table)[0]))
#define BEFORE_0(ticks) ((uint64_t)0 - (ticks))

static void ignore(void *context)
{
}

/* since, value, reload, running, stops; the present tick; its value then, and
 * the next tick that comes from 1 to 0. */
static const struct {
    const char *text;
    struct countdown down;
    uint64_t tick;
    uint32_t value;
    uint64_t zero;
} rows[] = {
    {"frozen",            {10, 5, 3, 0, 0},           1000, 5,              TICK_NEVER                 },
    {"at once",           {10, 5, 3, 1, 0},           10,   5,              15                         },
    {"one before 0",      {10, 5, 3, 1, 0},           14,   1,              15                         },
    {"at 0",              {10, 5, 3, 1, 0},           15,   0,              19                         },
    {"reloaded",          {10, 5, 3, 1, 0},           16,   3,              19                         },
    {"at the second 0",   {10, 5, 3, 1, 0},           19,   0,              23                         },
    {"periods later",     {10, 5, 3, 1, 0},           4017, 2,              4019                       },
    {"stands at 0",       {10, 5, 3, 1, 1},           15,   0,              TICK_NEVER                 },
    {"stands on",         {10, 5, 3, 1, 1},           99,   0,              TICK_NEVER                 },
    {"once, on the way",  {10, 5, 3, 1, 1},           12,   3,              15                         },
    {"reload of 0",       {10, 5, 0, 1, 0},           12,   3,              15                         },
    {"it stays at 0",     {10, 5, 0, 1, 0},           15,   0,              TICK_NEVER                 },
    {"begins with 0",     {10, 0, 3, 1, 0},           10,   0,              14                         },
    {"longest period",
     {0, UINT32_MAX, UINT32_MAX, 1, 0},
     1,                                                     UINT32_MAX - 1,
     UINT32_MAX                                                                                        },
    {"its second period",
     {0, UINT32_MAX, UINT32_MAX, 1, 0},
     UINT32_MAX + UINT64_C(1),
     UINT32_MAX,                                                            UINT32_MAX *UINT64_C(2) + 1},
    {"begun before 0",    {BEFORE_0(4), 9, 9, 1, 0},  0,    5,              5                          },
    {"0 was before 0",    {BEFORE_0(12), 9, 9, 1, 0}, 0,    7,              7                          },
};

TEST(value_and_next_0_follow_from_the_tick)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_case("%s", rows[i].text);
        EXPECT_EQ(countdown_value(&rows[i].down, rows[i].tick), rows[i].value);
        EXPECT_EQ(countdown_zero(&rows[i].down, rows[i].tick), rows[i].zero);
    }
}

TEST(the_next_tick_at_a_value_is_the_first_at_which_it_is_read)
{
    static const struct countdown downs[] = {
        {20,          7, 4, 1, 0},
        {20,          2, 6, 1, 0},
        {20,          5, 4, 1, 1},
        {20,          5, 0, 1, 0},
        {20,          5, 4, 0, 0},
        {BEFORE_0(3), 8, 8, 1, 0},
    };

    for (size_t i = 0; i < ROWS(downs); i++) {
        for (uint32_t at = 1; at < 10; at++) {
            uint64_t next = countdown_next(&downs[i], at, 20);
            uint64_t tick = 21;

            test_case("counter %zu, value %u", i, at);
            while (tick < 60 && (downs[i].running == 0 ||
                                 countdown_value(&downs[i], tick) != at)) {
                tick++;
            }
            EXPECT_EQ(next, tick < 60 ? tick : TICK_NEVER);
        }
    }
}

TEST(a_reload_value_of_0_is_reloaded_with_each_tick)
{
    const struct countdown down = {.since = 20, .running = 1};

    EXPECT_EQ(countdown_next(&down, 0, 33), 34);
    EXPECT_EQ(countdown_zero(&down, 33), TICK_NEVER);
}

TEST(it_continues_from_the_value_at_which_it_was_frozen)
{
    struct countdown down = {.value = 9, .reload = 9, .running = 1};

    countdown_run(&down, 4, false);
    EXPECT_EQ(countdown_value(&down, 100), 5);
    countdown_run(&down, 100, true);
    EXPECT_EQ(countdown_value(&down, 103), 2);
    countdown_set(&down, 103, 7);
    EXPECT_EQ(countdown_value(&down, 105), 5);
    countdown_reload(&down, 105, 20);
    EXPECT_EQ(countdown_value(&down, 110), 0);
    EXPECT_EQ(countdown_value(&down, 111), 20);
    countdown_settle(&down, 111);
    EXPECT_EQ(down.value, 20);
    EXPECT_EQ(down.since, 111);
}

TEST(a_timer_waits_for_0)
{
    static const struct {
        struct countdown down;
        uint32_t hz;
        uint32_t prescale;
        uint64_t due_ns;
    } cases[] = {
        {{0, 5, 5, 1, 0},                   1000,    1,   5000000      },
        {{0, 5, 5, 1, 0},                   3,       1,   1666666667   },
        {{0, 5, 5, 1, 0},                   1000,    256, 1280000000   },
        {{1, 5, 5, 1, 0},                   1000,    256, 1536000000   },
        {{0, 5, 5, 0, 0},                   1000,    1,   TIME_NEVER   },
        {{0, 5, 5, 0, 0},                   1000,    256, TIME_NEVER   },
        {{UINT64_C(1) << 62, 5, 5, 1, 0},   1000,    256, TIME_NEVER   },
        {{0, UINT32_MAX, UINT32_MAX, 1, 0}, 1000000, 1,   4294967295000},
    };

    for (size_t i = 0; i < ROWS(cases); i++) {
        struct clock clock = {0};
        struct timer timer = {.fire = ignore};

        test_case("%zu", i);
        timer_arm(&clock, &timer, 1);
        countdown_arm(&cases[i].down, &clock, &timer, cases[i].hz,
                      cases[i].prescale);
        EXPECT_EQ(clock_next(&clock), cases[i].due_ns);
    }
}

TEST(power_follows_whether_it_counts)
{
    struct countdown down = {0};
    const struct device device = {.state = &down};

    EXPECT_STR(countdown_power_states[countdown_power_state(&device)],
               "stopped");
    countdown_run(&down, 0, true);
    EXPECT_STR(countdown_power_states[countdown_power_state(&device)],
               "running");
    EXPECT(countdown_power_states[2] == NULL);
}
