/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual time and the event queue: the machine's one clock.
 *
 * Time is in nanoseconds since the first power-on, and goes on over resets and
 * losses of power. It advances by instructions retired
 * (the machine's run loop moves it) and jumps over idle time; nothing here
 * reads the host's clock. Timers fire in the order of their time, then of
 * their arming, so that a run is the same each time.
 *
 * Engine thread only. A timer is embedded in its owner, which must outlive it
 * or cancel it.
 */
#ifndef BUS_CLOCK_H
#define BUS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_NEVER UINT64_MAX

struct timer {
    void (*fire)(void *context);
    void *context;
    const void *owner; /* the core whose time it follows; NULL: all cores' */
    uint64_t due_ns;   /* meaningful while armed */
    uint64_t sequence; /* order of arming, breaks ties */
    bool armed;
    struct timer *next; /* private: the queue, sorted */
};

struct clock {
    uint64_t now_ns;     /* time at which the running core's slice began */
    uint64_t powered_ns; /* of the last power-on: counters begin there */
    /* Nanoseconds that the running core has used of its slice; NULL when no
     * core runs. Set by the run loop. */
    uint64_t (*progress_ns)(void *context);
    void *progress_context;
    /* Called when the earliest due time of an owner moves closer, so that a
     * running core can shorten its slice; NULL when no core runs. */
    void (*hurry)(void *context);
    /* The running core is about to read a clock that other cores read too; it
     * waits for what others do. NULL when no core runs, or no others. */
    void (*told)(void *context);
    void (*rest)(void *context);
    /* The same, but the other will rouse it; and the running core does so. */
    void (*doze)(void *context);
    void (*rouse)(void *context);
    /* The running core has come to its check_at; a sum of its registers. NULL
     * as above. */
    void (*checked)(void *context, uint64_t sum);
    uint64_t next_sequence;
    struct timer *queue;
    const struct timer
        *firing; /* whose fire() runs in clock_advance, or NULL */
};

uint64_t clock_now(const struct clock *clock);

/* Arm's system counter at a time since the last power-on. */
enum { CLOCK_COUNTER_NS = 16 };
static inline uint64_t clock_counter(const struct clock *clock, uint64_t now_ns)
{
    return (now_ns - clock->powered_ns) / CLOCK_COUNTER_NS;
}

/* Before a guest is told the time by a counter or clock that several cores may
 * read, which is not to go back from one to the next. */
static inline void clock_tell(const struct clock *clock)
{
    if (clock->told) {
        clock->told(clock->progress_context);
    }
}

/* The core that runs waits for something that others are to do. */
static inline void clock_rest(const struct clock *clock)
{
    if (clock->rest) {
        clock->rest(clock->progress_context);
    }
}

/* The same for longer, unless another core or an interrupt rouses it. */
static inline void clock_doze(const struct clock *clock)
{
    if (clock->doze) {
        clock->doze(clock->progress_context);
    }
}

/* The core that runs rouses those that doze. */
static inline void clock_rouse(const struct clock *clock)
{
    if (clock->rouse) {
        clock->rouse(clock->progress_context);
    }
}

/* When the next timer is due, or TIME_NEVER. */
uint64_t clock_next(const struct clock *clock);
/* The same of those timers whose owners are wanted. */
uint64_t clock_next_of(const struct clock *clock,
                       bool (*wanted)(const void *context, const void *owner),
                       const void *context);
/* Fires one of those that is due by now_ns; false: there is none. Time stays
 * where it is: cores that run at the same time have their own. */
bool clock_fire_of(struct clock *clock, uint64_t now_ns,
                   bool (*wanted)(const void *context, const void *owner),
                   const void *context);
/* Moves to now_ns (never back) and fires what is due on the way, each at its
 * own time. No core may be running. */
void clock_advance(struct clock *clock, uint64_t now_ns);

/* Arms (or re-arms) a timer for an absolute time; the past fires at once at
 * the next clock_advance. A timer whose fire() arms it again for no later time
 * fires a nanosecond later, so that time goes on. TIME_NEVER cancels. */
void timer_arm(struct clock *clock, struct timer *timer, uint64_t due_ns);
void timer_cancel(struct clock *clock, struct timer *timer);
/* Arms a timer as it was when a snapshot was taken, with its place in the
 * order; the clock's next_sequence is restored by the owner of the clock. */
void timer_restore(struct clock *clock, struct timer *timer, uint64_t due_ns,
                   uint64_t sequence);

#endif
