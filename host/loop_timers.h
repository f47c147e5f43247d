/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the loop: its timers, by their times. */
#ifndef HOST_LOOP_TIMERS_H
#define HOST_LOOP_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#include "host/loop.h"

struct loop_timers {
    struct loop_timer **heap; /* each before the two at twice its place */
    size_t room;
    size_t count;
    uint64_t added; /* so far */
};

/* The earliest, and of those the one that was added first; NULL: none. */
struct loop_timer *loop_timers_first(const struct loop_timers *timers);
/* By timer->at_ns. */
void loop_timers_add(struct loop_timers *timers, struct loop_timer *timer);
/* Fine for a timer that is not among them. */
void loop_timers_remove(struct loop_timers *timers, struct loop_timer *timer);
void loop_timers_fini(struct loop_timers *timers);

#endif
