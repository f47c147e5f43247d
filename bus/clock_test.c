/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/clock.h"

#include <string.h>

#include "tests/harness.h"

struct trail {
    struct clock clock;
    struct timer timers[4];
    char order[32];
    uint64_t times[32];
    unsigned hurries;
    unsigned rearm;
};

struct note {
    struct trail *trail;
    char letter;
};

static void fire(void *context)
{
    const struct note *note = context;
    struct trail *trail = note->trail;
    size_t at = strlen(trail->order);
    trail->order[at] = note->letter;
    trail->times[at] = clock_now(&trail->clock);
    if (note->letter == 'r' && trail->rearm-- > 0) {
        timer_arm(&trail->clock, &trail->timers[3], trail->clock.now_ns + 100);
    }
}

static void hurry(void *context)
{
    struct trail *trail = context;
    trail->hurries++;
}

static uint64_t progress(void *context)
{
    return 7;
}

static void set_timer(struct trail *trail, struct note *note, unsigned i,
                      char letter)
{
    *note = (struct note){trail, letter};
    trail->timers[i] = (struct timer){.fire = fire, .context = note};
}

TEST(timers_fire_by_time_then_by_order_of_arming)
{
    struct trail trail = {0};
    struct note notes[4];
    for (unsigned i = 0; i < 4; i++) {
        set_timer(&trail, &notes[i], i, (char)('a' + i));
    }
    timer_arm(&trail.clock, &trail.timers[3], 50);
    timer_arm(&trail.clock, &trail.timers[0], 100);
    timer_arm(&trail.clock, &trail.timers[2], 100);
    timer_arm(&trail.clock, &trail.timers[1], 100);
    EXPECT_EQ(clock_next(&trail.clock), 50);
    clock_advance(&trail.clock, 99);
    EXPECT_STR(trail.order, "d");
    EXPECT_EQ(trail.times[0], 50);
    EXPECT_EQ(clock_now(&trail.clock), 99);
    clock_advance(&trail.clock, 100);
    EXPECT_STR(trail.order, "dacb");
    EXPECT_EQ(clock_next(&trail.clock), TIME_NEVER);
}

TEST(a_timer_can_be_cancelled_and_armed_anew)
{
    struct trail trail = {0};
    struct note notes[2];
    set_timer(&trail, &notes[0], 0, 'a');
    set_timer(&trail, &notes[1], 1, 'b');
    timer_cancel(&trail.clock, &trail.timers[0]);
    timer_arm(&trail.clock, &trail.timers[0], 10);
    timer_arm(&trail.clock, &trail.timers[1], 20);
    timer_arm(&trail.clock, &trail.timers[0], 30);
    clock_advance(&trail.clock, 25);
    EXPECT_STR(trail.order, "b");
    EXPECT(trail.timers[0].armed);
    timer_arm(&trail.clock, &trail.timers[0], TIME_NEVER);
    clock_advance(&trail.clock, 1000);
    EXPECT_STR(trail.order, "b");
    EXPECT(!trail.timers[0].armed);
}

TEST(time_does_not_go_back_and_the_past_fires_at_once)
{
    struct trail trail = {0};
    struct note note;
    clock_advance(&trail.clock, 1000);
    clock_advance(&trail.clock, 10);
    EXPECT_EQ(clock_now(&trail.clock), 1000);
    set_timer(&trail, &note, 0, 'a');
    timer_arm(&trail.clock, &trail.timers[0], 5);
    clock_advance(&trail.clock, 1000);
    EXPECT_STR(trail.order, "a");
    EXPECT_EQ(trail.times[0], 1000);
}

TEST(a_periodic_timer_fires_at_its_own_times)
{
    struct trail trail = {.rearm = 3};
    struct note note;
    set_timer(&trail, &note, 3, 'r');
    timer_arm(&trail.clock, &trail.timers[3], 100);
    clock_advance(&trail.clock, 1000);
    EXPECT_STR(trail.order, "rrrr");
    EXPECT_EQ(trail.times[3], 400);
    EXPECT_EQ(clock_now(&trail.clock), 1000);
}

static void fire_in_the_past(void *context)
{
    struct trail *trail = context;

    trail->times[trail->hurries++] = clock_now(&trail->clock);
    timer_arm(&trail->clock, &trail->timers[0],
              trail->hurries % 2 ? trail->clock.now_ns : 0);
}

TEST(a_timer_that_arms_itself_for_the_past_does_not_stop_time)
{
    struct trail trail = {0};

    trail.timers[0] =
        (struct timer){.fire = fire_in_the_past, .context = &trail};
    timer_arm(&trail.clock, &trail.timers[0], 50);
    clock_advance(&trail.clock, 53);
    EXPECT_EQ(trail.hurries, 4);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(trail.times[i], 50 + i);
    }
    EXPECT_EQ(clock_now(&trail.clock), 53);
}

TEST(a_running_core_is_hurried_only_by_an_earlier_timer)
{
    struct trail trail = {0};
    struct note notes[3];
    trail.clock.hurry = hurry;
    trail.clock.progress_ns = progress;
    trail.clock.progress_context = &trail;
    for (unsigned i = 0; i < 3; i++) {
        set_timer(&trail, &notes[i], i, 'a');
    }
    EXPECT_EQ(clock_now(&trail.clock), 7);
    timer_arm(&trail.clock, &trail.timers[0], 100);
    timer_arm(&trail.clock, &trail.timers[1], 200);
    EXPECT_EQ(trail.hurries, 1);
    timer_arm(&trail.clock, &trail.timers[2], 50);
    EXPECT_EQ(trail.hurries, 2);
}

static bool is_one_of_two(const void *context, const void *owner)
{
    return owner == NULL || owner == context;
}

TEST(timers_of_wanted_owners_fire_and_time_stays)
{
    struct trail trail = {0};
    struct note notes[4];
    const char owners[2] = {0};
    for (unsigned i = 0; i < 4; i++) {
        set_timer(&trail, &notes[i], i, (char)('a' + i));
    }
    trail.timers[0].owner = &owners[0];
    trail.timers[1].owner = &owners[1];
    trail.clock.hurry = hurry;
    trail.clock.progress_context = &trail;
    timer_arm(&trail.clock, &trail.timers[2], 10);
    timer_arm(&trail.clock, &trail.timers[0], 20);
    timer_arm(&trail.clock, &trail.timers[1], 30);
    timer_arm(&trail.clock, &trail.timers[3], 40);
    EXPECT_EQ(trail.hurries, 3); /* not for the last, which is nobody's */
    EXPECT_EQ(clock_next_of(&trail.clock, is_one_of_two, &owners[1]), 10);
    EXPECT(!clock_fire_of(&trail.clock, 9, is_one_of_two, &owners[1]));
    while (clock_fire_of(&trail.clock, 30, is_one_of_two, &owners[1])) {
    }
    EXPECT_EQ(strcmp(trail.order, "cb"), 0);
    EXPECT_EQ(trail.clock.now_ns, 0);
    EXPECT(trail.timers[0].armed && !trail.timers[1].armed);
    EXPECT_EQ(clock_next_of(&trail.clock, is_one_of_two, &owners[1]), 40);
    clock_advance(&trail.clock, 40);
    EXPECT_EQ(strcmp(trail.order, "cbad"), 0);
    EXPECT_EQ(clock_next_of(&trail.clock, is_one_of_two, &owners[1]),
              TIME_NEVER);
}

TEST(restored_timers_keep_their_old_order)
{
    struct trail trail = {0};
    struct note notes[2];
    set_timer(&trail, &notes[0], 0, 'a');
    set_timer(&trail, &notes[1], 1, 'b');
    timer_arm(&trail.clock, &trail.timers[0], 10);
    timer_arm(&trail.clock, &trail.timers[1], 10);
    timer_restore(&trail.clock, &trail.timers[0], 10, 1);
    timer_restore(&trail.clock, &trail.timers[1], 10, 0);
    clock_advance(&trail.clock, 10);
    EXPECT_STR(trail.order, "ba");
}
