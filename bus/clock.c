/* SPDX-License-Identifier: Apache-2.0 */
/* The clock and its queue: a list sorted by time, as few timers are armed. */
#include "bus/clock.h"

#include "base/assert.h"

uint64_t clock_now(const struct clock *clock)
{
    return clock->progress_ns
               ? clock->now_ns + clock->progress_ns(clock->progress_context)
               : clock->now_ns;
}

uint64_t clock_next(const struct clock *clock)
{
    return clock->queue ? clock->queue->due_ns : TIME_NEVER;
}

static const struct timer *next_of(const struct clock *clock,
                                   bool (*wanted)(const void *context,
                                                  const void *owner),
                                   const void *context)
{
    const struct timer *timer = clock->queue;
    while (timer && !wanted(context, timer->owner)) {
        timer = timer->next;
    }
    return timer;
}

uint64_t clock_next_of(const struct clock *clock,
                       bool (*wanted)(const void *context, const void *owner),
                       const void *context)
{
    const struct timer *timer = next_of(clock, wanted, context);
    return timer ? timer->due_ns : TIME_NEVER;
}

static void fire(struct clock *clock, struct timer *timer)
{
    assert(!clock->firing);
    timer_cancel(clock, timer);
    clock->firing = timer;
    timer->fire(timer->context);
    clock->firing = NULL;
}

bool clock_fire_of(struct clock *clock, uint64_t now_ns,
                   bool (*wanted)(const void *context, const void *owner),
                   const void *context)
{
    const struct timer *due = next_of(clock, wanted, context);
    if (!due || due->due_ns > now_ns) {
        return false;
    }
    struct timer *timer = clock->queue;
    while (timer != due) {
        timer = timer->next;
    }
    fire(clock, timer);
    return true;
}

void clock_advance(struct clock *clock, uint64_t now_ns)
{
    assert(!clock->firing);
    while (clock->queue && clock->queue->due_ns <= now_ns) {
        struct timer *timer = clock->queue;
        const uint64_t due_ns = timer->due_ns;
        clock->now_ns = due_ns > clock->now_ns ? due_ns : clock->now_ns;
        fire(clock, timer);
    }
    clock->now_ns = now_ns > clock->now_ns ? now_ns : clock->now_ns;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns
                                  : a->sequence < b->sequence;
}

static bool is_sorted(const struct clock *clock)
{
    const struct timer *timer = clock->queue;
    while (timer && timer->next && !is_before(timer->next, timer)) {
        timer = timer->next;
    }
    return !timer || !timer->next;
}

static void enqueue(struct clock *clock, struct timer *timer)
{
    struct timer **place = &clock->queue;
    assert(timer->fire && !timer->armed);
    while (*place && is_before(*place, timer)) {
        place = &(*place)->next;
    }
    timer->next = *place;
    timer->armed = true;
    *place = timer;
    debug_assert(is_sorted(clock));
}

void timer_arm(struct clock *clock, struct timer *timer, uint64_t due_ns)
{
    timer_cancel(clock, timer);
    if (due_ns == TIME_NEVER) {
        return;
    }
    if (timer == clock->firing && due_ns <= clock->now_ns) {
        due_ns = clock->now_ns + 1;
    }
    timer->due_ns = due_ns;
    timer->sequence = clock->next_sequence++;
    enqueue(clock, timer);
    if ((clock->queue == timer || timer->owner) && clock->hurry) {
        clock->hurry(clock->progress_context);
    }
}

void timer_cancel(struct clock *clock, struct timer *timer)
{
    if (!timer->armed) {
        return;
    }
    struct timer **place = &clock->queue;
    while (*place != timer) {
        assert(*place); /* an armed timer is in the queue */
        place = &(*place)->next;
    }
    *place = timer->next;
    timer->armed = false;
}

void timer_restore(struct clock *clock, struct timer *timer, uint64_t due_ns,
                   uint64_t sequence)
{
    timer_cancel(clock, timer);
    timer->due_ns = due_ns;
    timer->sequence = sequence;
    enqueue(clock, timer);
}
