/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of a thousand descriptors and timers, and of more than one thread. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/loop.h"
#include "tests/harness.h"

enum { MANY = 1000 };

struct bell {
    struct loop_watch watch;
    unsigned rung;
};

static void answer(void *context, unsigned events)
{
    struct bell *bell = context;
    uint64_t count;
    EXPECT_EQ(events, LOOP_READ);
    EXPECT_EQ(read(bell->watch.fd, &count, sizeof(count)), sizeof(count));
    bell->rung++;
}

static void ring_bell(const struct bell *bell)
{
    const uint64_t one = 1;
    EXPECT_EQ(write(bell->watch.fd, &one, sizeof(one)), sizeof(one));
}

/* Turns the loop until that many callbacks ran, and then none. */
static void expect_served(struct loop *loop, int count)
{
    int served = 0;
    while (served < count) {
        const int more = loop_turn(loop, 0);
        EXPECT(more > 0);
        served += more > 0 ? more : count;
    }
    EXPECT_EQ(served, count);
    EXPECT_EQ(loop_turn(loop, 0), 0);
}

TEST(of_a_thousand_descriptors_those_that_are_ready_are_served)
{
    static struct bell bells[MANY];
    struct loop *loop = loop_create(NULL);
    const struct rlimit room = {MANY + 64, MANY + 64};
    struct rlimit before;
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT(before.rlim_cur >= room.rlim_cur ||
           setrlimit(RLIMIT_NOFILE, &room) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        bells[i].watch =
            (struct loop_watch){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                .events = LOOP_READ,
                                .ready = answer,
                                .context = &bells[i]};
        loop_watch(loop, &bells[i].watch);
    }
    ring_bell(&bells[3]);
    ring_bell(&bells[MANY - 1]);
    expect_served(loop, 2);
    for (unsigned i = 0; i < MANY; i++) {
        ring_bell(&bells[i]);
    }
    expect_served(loop, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        EXPECT_EQ(bells[i].rung, i == 3 || i == MANY - 1 ? 2 : 1);
        loop_unwatch(loop, &bells[i].watch);
        close(bells[i].watch.fd);
    }
    loop_destroy(loop);
}

struct due {
    struct loop_timer timer;
    unsigned number; /* the place of its time among all */
    unsigned *came;  /* so far */
};

static void take_turn(void *context)
{
    const struct due *due = context;
    EXPECT_EQ(due->number, *due->came);
    ++*due->came;
}

TEST(a_thousand_timers_come_in_order_whatever_was_cancelled)
{
    static struct due dues[MANY];
    struct loop *loop = loop_create(NULL);
    unsigned came = 0;
    for (unsigned i = 0; i < MANY; i++) {
        const unsigned number = i * 387 % MANY;
        dues[i] = (struct due){
            .timer = {.due = take_turn, .context = &dues[i]},
            .number = number,
            .came = &came
        };
        loop_timer_arm(loop, &dues[i].timer, 1 + number);
    }
    for (unsigned i = 0; i < MANY; i++) {
        if (dues[i].number % 2 != 0) {
            loop_timer_cancel(loop, &dues[i].timer);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        dues[i].number /= 2;
        if (dues[i].timer.place == 0) {
            dues[i].number += MANY / 2;
            loop_timer_arm(loop, &dues[i].timer, MANY + dues[i].number);
        }
    }
    expect_served(loop, MANY);
    EXPECT_EQ(came, MANY);
    loop_destroy(loop);
}

TEST(timers_of_one_time_come_in_the_order_of_their_arming)
{
    static struct due dues[MANY];
    struct loop *loop = loop_create(NULL);
    unsigned came = 0;
    for (unsigned i = 0; i < MANY; i++) {
        dues[i] = (struct due){
            .timer = {.due = take_turn, .context = &dues[i]},
            .number = i,
            .came = &came
        };
        loop_timer_arm(loop, &dues[i].timer, 1);
    }
    expect_served(loop, MANY);
    loop_destroy(loop);
}

struct echo {
    struct loop_task task;
    struct loop *loop;
    struct echo *peer; /* of the other loop */
    unsigned came;
};

static void call_back(struct loop_task *task)
{
    struct echo *echo = (struct echo *)task;
    echo->came++;
    loop_post(echo->peer->loop, &echo->peer->task);
}

static void *turn_until_all_came(void *context)
{
    struct echo *echo = context;
    while (echo->came < MANY) {
        loop_turn(echo->loop, LOOP_FOREVER);
    }
    return NULL;
}

TEST(each_thread_turns_a_loop_of_its_own)
{
    struct echo here = {.task = {.run = call_back}, .loop = loop_create(NULL)};
    struct echo there = {
        .task = {.run = call_back}, .loop = loop_create(NULL), .peer = &here};
    pthread_t thread;
    here.peer = &there;
    EXPECT_EQ(pthread_create(&thread, NULL, turn_until_all_came, &there), 0);
    loop_post(here.loop, &here.task);
    turn_until_all_came(&here);
    pthread_join(thread, NULL);
    EXPECT_EQ(there.came, MANY);
    loop_unpost(here.loop, &here.task); /* the last answer */
    loop_destroy(here.loop);
    loop_destroy(there.loop);
}
