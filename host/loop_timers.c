/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap; its first place is 1, so that a timer of zeros is in none. */
#include "host/loop_timers.h"

#include <stdlib.h>

#include "base/memory.h"

/* Timers of one time are due in the order in which they were armed. */
static bool earlier(const struct loop_timer *one, const struct loop_timer *two)
{
    return one->at_ns != two->at_ns ? one->at_ns < two->at_ns
                                    : one->order < two->order;
}

static void put_timer(struct loop_timers *timers, struct loop_timer *timer,
                      size_t place)
{
    timers->heap[place] = timer;
    timer->place = place;
}

/* Puts a timer where it belongs on the way from a free place to the first. */
static void raise_timer(struct loop_timers *timers, struct loop_timer *timer,
                        size_t place)
{
    while (place > 1 && earlier(timer, timers->heap[place / 2])) {
        put_timer(timers, timers->heap[place / 2], place);
        place /= 2;
    }
    put_timer(timers, timer, place);
}

/* The same on the way from a free place to the last ones. */
static void lower_timer(struct loop_timers *timers, struct loop_timer *timer,
                        size_t place)
{
    size_t next = 2 * place;
    while (next <= timers->count) {
        if (next < timers->count &&
            earlier(timers->heap[next + 1], timers->heap[next])) {
            next++;
        }
        if (!earlier(timers->heap[next], timer)) {
            break;
        }
        put_timer(timers, timers->heap[next], place);
        place = next;
        next = 2 * place;
    }
    put_timer(timers, timer, place);
}

struct loop_timer *loop_timers_first(const struct loop_timers *timers)
{
    return timers->count != 0 ? timers->heap[1] : NULL;
}

void loop_timers_add(struct loop_timers *timers, struct loop_timer *timer)
{
    timer->order = timers->added++;
    timers->count++;
    if (timers->count >= timers->room) {
        timers->room = 2 * timers->count;
        timers->heap = memory_resize(timers->heap, timers->room,
                                     sizeof(struct loop_timer *));
    }
    raise_timer(timers, timer, timers->count);
}

void loop_timers_remove(struct loop_timers *timers, struct loop_timer *timer)
{
    const size_t place = timer->place;
    if (place == 0 || place > timers->count || timers->heap[place] != timer) {
        return;
    }
    struct loop_timer *last = timers->heap[timers->count--];
    timer->place = 0;
    if (last == timer) {
        return;
    }
    if (place > 1 && earlier(last, timers->heap[place / 2])) {
        raise_timer(timers, last, place);
    } else {
        lower_timer(timers, last, place);
    }
}

void loop_timers_fini(struct loop_timers *timers)
{
    free(timers->heap);
}
