/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: the one place where the program waits for its outside, be
 * that descriptors, points of the host's time, other threads, or a signal that
 * ends the program (host/ending.h).
 *
 * Threads. A loop belongs to the thread that turns it, and every callback runs
 * there, from within loop_turn (or loop_finish). All functions are for that
 * thread, but for loop_post and loop_wake, which any thread may call at any
 * time (no signal handler may). Blocking work is a job: `work` runs on a thread
 * of the loop's own, `done` on the loop's. Worker threads start with the first
 * job and with all signals blocked, so after sandbox_enter they are as confined
 * as the thread that submitted it; the sandbox must then allow threads.
 *
 * Watches, timers, tasks and jobs are structs of the caller, who keeps them in
 * place for as long as the loop has them and sets the public fields before.
 * Nothing is allocated for them. A callback may add, change and remove any of
 * them, its own included, but must not turn the loop.
 *
 * A turn takes as long as what is ready: descriptors that are only watched cost
 * it nothing (epoll_pwait2, of Linux 5.11), timers the logarithm of their
 * number. Loops share nothing but the signal that ends the program, so each
 * thread may have one.
 */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/error.h"

struct loop;

struct loop *loop_create(struct error *error);
/* The loop must have no watch, timer, task or job left; NULL is fine. */
void loop_destroy(struct loop *loop);

/* ---- Turning ------------------------------------------------------------- */

#define LOOP_FOREVER UINT64_MAX
/*
 * Serves what is due. If that is nothing, waits for it until until_ns of
 * host_time_ns() (LOOP_FOREVER: for as long as it takes; 0: not at all).
 *
 * Returns how many callbacks ran, which may be none (a wake-up, the time), or
 * -EINTR when the program is to end.
 */
int loop_turn(struct loop *loop, uint64_t until_ns);
/*
 * The turn after one that served a descriptor polls for up to `ns` of the
 * host's time before it sleeps (0, the default: it sleeps at once). This is for
 * a server whose peer sends its next request within microseconds: to wake a
 * processor that sleeps takes longer than most answers.
 */
void loop_linger(struct loop *loop, uint64_t ns);
/* Turns until no job is under way, whatever signal came. */
void loop_drain(struct loop *loop);

/* ---- Descriptors --------------------------------------------------------- */

enum loop_events {
    LOOP_READ = 1,   /* there is something to read, or the end of it */
    LOOP_WRITE = 2,  /* a write would not wait */
    LOOP_HANGUP = 4, /* the peer is gone, or an error; told unasked */
};
static_assert(BITS_DIFFER(LOOP_READ, LOOP_WRITE, LOOP_HANGUP),
              "events are combined");

struct loop_watch {
    int fd; /* of no other watch of the loop; closed after loop_unwatch */
    unsigned events; /* enum loop_events; then by loop_watch_events */
    void (*ready)(void *context, unsigned events);
    void *context;
    /* the loop's */
    bool file; /* of the kind that is always ready */
    struct loop_watch *next;
};

void loop_watch(struct loop *loop, struct loop_watch *watch);
/* Fine for a watch that the loop does not have (yet). */
void loop_watch_events(struct loop *loop, struct loop_watch *watch,
                       unsigned events);
/* Fine for a watch that the loop does not have. */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/* ---- Time ---------------------------------------------------------------- */

struct loop_timer {
    void (*due)(void *context);
    void *context;
    /* the loop's */
    uint64_t at_ns;
    uint64_t order;
    size_t place;
};

/* Once, at that host_time_ns(); a timer that is armed already moves. */
void loop_timer_arm(struct loop *loop, struct loop_timer *timer,
                    uint64_t at_ns);
/* Fine for a timer that is not armed. */
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);

/* ---- Other threads ------------------------------------------------------- */

struct loop_task {
    void (*run)(struct loop_task *task);
    /* the loop's */
    struct loop_task *next;
    bool posted;
};

/* Any thread: run is called in a turn to come, in the order of posting. Posting
 * a task that waits already does nothing. */
void loop_post(struct loop *loop, struct loop_task *task);
/* It will not run any more; fine for one that was not posted. */
void loop_unpost(struct loop *loop, struct loop_task *task);
/* Any thread: the turn under way, or the next one, does not wait. */
void loop_wake(struct loop *loop);

struct loop_job {
    void (*work)(struct loop_job *job); /* on a worker thread, may block */
    void (*done)(struct loop_job *job); /* then, on the loop's thread */
    /* the loop's */
    struct loop_task task;
    struct loop_job *next;
    struct loop *loop;
};

/* Jobs start in the order of submission, and some run at the same time. If the
 * host starts no thread the work is done at once, by the caller's. */
void loop_submit(struct loop *loop, struct loop_job *job);
/* Waits for a job whose done was not called yet, and calls it; serves nothing
 * else, so that it matters to nobody else how long the job took. The one wait
 * beside loop_turn. */
void loop_finish(struct loop *loop, struct loop_job *job);
/* Jobs that were submitted and whose done was not called yet. */
unsigned loop_jobs(const struct loop *loop);

#endif
