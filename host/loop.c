/* SPDX-License-Identifier: Apache-2.0 */
/* Waits in ppoll(2); runs watches, timers and tasks, and jobs on threads. */
#include "host/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "host/ending.h"
#include "host/loop_workers.h"
#include "host/time.h"

/* Descriptors of the loop's own, before those of watches. */
enum { SLOT_WAKE, SLOT_ENDING, SLOTS };

enum { NS_PER_SECOND = 1000000000, LINGER_PAUSES = 256 };

struct loop {
    int wake; /* an eventfd */
    bool turning;
    bool served_watch; /* in the turn before */
    uint64_t linger_ns;
    unsigned linger_pause; /* after the last time: turns that wait at once */
    unsigned linger_pause_left;
    struct loop_watch *watches;
    size_t watch_count;
    struct loop_timer *timers; /* the earliest first */
    unsigned jobs;
    struct loop_workers *workers; /* NULL before the first job */

    /* For the turn under way: what is polled, and for which watch; NULL where
     * the watch has gone since. */
    struct pollfd *polled;
    struct loop_watch **polled_for;
    size_t polled_room;
    size_t polled_count;

    pthread_mutex_t lock; /* of the tasks below */
    struct loop_task *tasks;
    struct loop_task **last_task;
    size_t task_count;
    pthread_cond_t task_posted;
};

/* ---- Life ---------------------------------------------------------------- */

struct loop *loop_create(struct error *error)
{
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) {
        error_set(error, -errno, "cannot make an event descriptor: %s",
                  strerror(errno));
        return NULL;
    }
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->wake = wake;
    loop->last_task = &loop->tasks;
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->task_posted, NULL);
    return loop;
}

void loop_destroy(struct loop *loop)
{
    if (!loop) {
        return;
    }
    assert(!loop->turning && !loop->watches && !loop->timers && !loop->tasks &&
           loop->jobs == 0);
    loop_workers_destroy(loop->workers);
    pthread_cond_destroy(&loop->task_posted);
    pthread_mutex_destroy(&loop->lock);
    free(loop->polled);
    free(loop->polled_for);
    close(loop->wake);
    free(loop);
}

/* ---- Descriptors --------------------------------------------------------- */

static bool watches(const struct loop *loop, const struct loop_watch *watch)
{
    const struct loop_watch *other = loop->watches;
    while (other && other != watch) {
        other = other->next;
    }
    return other != NULL;
}

void loop_watch(struct loop *loop, struct loop_watch *watch)
{
    assert(watch->fd >= 0 && watch->ready);
    debug_assert(!watches(loop, watch));
    watch->next = loop->watches;
    loop->watches = watch;
    loop->watch_count++;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    struct loop_watch **at = &loop->watches;
    while (*at && *at != watch) {
        at = &(*at)->next;
    }
    if (!*at) {
        return;
    }
    assert(loop->watch_count != 0);
    *at = watch->next;
    loop->watch_count--;
    for (size_t i = SLOTS; i < loop->polled_count; i++) {
        if (loop->polled_for[i] == watch) {
            loop->polled_for[i] = NULL;
        }
    }
}

static void *grow(void *array, size_t count, size_t size)
{
    return memory_resize(array, count, size);
}

static void fill_polled(struct loop *loop)
{
    size_t count = SLOTS + loop->watch_count;
    if (count > loop->polled_room) {
        loop->polled_room = 2 * count;
        loop->polled =
            grow(loop->polled, loop->polled_room, sizeof(*loop->polled));
        loop->polled_for = grow(loop->polled_for, loop->polled_room,
                                sizeof(struct loop_watch *));
    }
    loop->polled[SLOT_WAKE] = (struct pollfd){loop->wake, POLLIN, 0};
    loop->polled[SLOT_ENDING] = (struct pollfd){ending_fd(), POLLIN, 0};
    count = SLOTS;
    for (struct loop_watch *watch = loop->watches; watch; watch = watch->next) {
        int events = (watch->events & LOOP_READ ? POLLIN : 0) |
                     (watch->events & LOOP_WRITE ? POLLOUT : 0);
        loop->polled[count] = (struct pollfd){watch->fd, (short)events, 0};
        loop->polled_for[count++] = watch;
    }
    assert(count == SLOTS + loop->watch_count);
    loop->polled_count = count;
}

static int serve_watches(struct loop *loop)
{
    int served = 0;
    for (size_t i = SLOTS; i < loop->polled_count; i++) {
        const int got = loop->polled[i].revents;
        struct loop_watch *watch = loop->polled_for[i];
        if (got == 0 || !watch) {
            continue;
        }
        const unsigned gone = POLLHUP | POLLERR | POLLNVAL;
        unsigned events = (got & POLLIN ? LOOP_READ : 0u) |
                          (got & POLLOUT ? LOOP_WRITE : 0u) |
                          ((unsigned)got & gone ? LOOP_HANGUP : 0u);
        debug_assert(watches(loop, watch));
        watch->ready(watch->context, events);
        served++;
    }
    loop->served_watch = served != 0;
    loop->polled_count = 0;
    return served;
}

/* ---- Time ---------------------------------------------------------------- */

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    struct loop_timer **at = &loop->timers;
    while (*at && *at != timer) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = timer->next;
    }
}

void loop_timer_arm(struct loop *loop, struct loop_timer *timer, uint64_t at_ns)
{
    assert(timer->due);
    loop_timer_cancel(loop, timer);
    struct loop_timer **at = &loop->timers;
    while (*at && (*at)->at_ns <= at_ns) {
        at = &(*at)->next;
    }
    timer->at_ns = at_ns;
    timer->next = *at;
    *at = timer;
}

/* A timer that arms itself for a time that has passed waits for the next turn.
 */
static int serve_timers(struct loop *loop)
{
    int served = 0;
    if (!loop->timers) {
        return 0;
    }
    const uint64_t now = host_time_ns();
    const size_t most = 64;
    while (loop->timers && loop->timers->at_ns <= now &&
           (size_t)served < most) {
        struct loop_timer *timer = loop->timers;
        loop->timers = timer->next;
        timer->due(timer->context);
        served++;
    }
    return served;
}

/* ---- Other threads ------------------------------------------------------- */

void loop_wake(struct loop *loop)
{
    const uint64_t one = 1;
    ssize_t written;
    do {
        written = write(loop->wake, &one, sizeof(one));
    } while (written < 0 && errno == EINTR);
    /* EAGAIN: the counter is full, so it can be read. */
    assert(written == (ssize_t)sizeof(one) || errno == EAGAIN);
}

void loop_post(struct loop *loop, struct loop_task *task)
{
    pthread_mutex_lock(&loop->lock);
    assert(task->run);
    bool first = !task->posted;
    if (first) {
        task->posted = true;
        task->next = NULL;
        *loop->last_task = task;
        loop->last_task = &task->next;
        loop->task_count++;
        pthread_cond_broadcast(&loop->task_posted);
    }
    pthread_mutex_unlock(&loop->lock);
    if (first) {
        loop_wake(loop);
    }
}

void loop_unpost(struct loop *loop, struct loop_task *task)
{
    pthread_mutex_lock(&loop->lock);
    struct loop_task **at = &loop->tasks;
    while (*at) {
        if (*at == task) {
            assert(task->posted && loop->task_count != 0);
            *at = task->next;
            task->posted = false;
            loop->task_count--;
        } else {
            at = &(*at)->next;
        }
    }
    loop->last_task = at;
    pthread_mutex_unlock(&loop->lock);
}

static struct loop_task *take_task(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct loop_task *task = loop->tasks;
    if (task) {
        assert(task->posted && loop->task_count != 0);
        loop->tasks = task->next;
        task->posted = false;
        loop->task_count--;
    }
    if (!loop->tasks) {
        loop->last_task = &loop->tasks;
    }
    pthread_mutex_unlock(&loop->lock);
    return task;
}

/* Tasks that are posted meanwhile are for the next turn. */
static int serve_tasks(struct loop *loop)
{
    int served = 0;
    pthread_mutex_lock(&loop->lock);
    size_t left = loop->task_count;
    pthread_mutex_unlock(&loop->lock);
    struct loop_task *task;
    while (left-- != 0 && (task = take_task(loop)) != NULL) {
        task->run(task);
        served++;
    }
    return served;
}

/* ---- Jobs ---------------------------------------------------------------- */

static void finish_job(struct loop_task *task)
{
    struct loop_job *job =
        (struct loop_job *)((char *)task - offsetof(struct loop_job, task));
    assert(job->loop->jobs != 0);
    job->loop->jobs--;
    job->done(job);
}

void loop_submit(struct loop *loop, struct loop_job *job)
{
    assert(job->work && job->done);
    job->loop = loop;
    job->task = (struct loop_task){.run = finish_job};
    loop->jobs++;
    if (!loop->workers) {
        loop->workers = loop_workers_create();
    }
    if (!loop_workers_give(loop->workers, job)) {
        job->work(job);
        loop_post(loop, &job->task);
    }
}

void loop_finish(struct loop *loop, struct loop_job *job)
{
    assert(job->loop == loop && loop->jobs != 0);
    pthread_mutex_lock(&loop->lock);
    while (!job->task.posted) {
        pthread_cond_wait(&loop->task_posted, &loop->lock);
    }
    pthread_mutex_unlock(&loop->lock);
    loop_unpost(loop, &job->task);
    finish_job(&job->task);
}

unsigned loop_jobs(const struct loop *loop)
{
    return loop->jobs;
}

/* ---- Turning ------------------------------------------------------------- */

/* Where the turn stops waiting: at until_ns, or at the first timer. */
static uint64_t first_due(const struct loop *loop, uint64_t until_ns)
{
    return loop->timers && loop->timers->at_ns < until_ns ? loop->timers->at_ns
                                                          : until_ns;
}

static bool look(const struct loop *loop)
{
    static const struct timespec none = {0, 0};

    return ppoll(loop->polled, loop->polled_count, &none, NULL) != 0;
}

/*
 * Polls instead of sleeping; true when something is ready. Polling is in vain
 * for a peer that needs this processor, and for one that is slow: then the next
 * turns sleep at once, twice as many each time. A descriptor that is ready at
 * the first look changes nothing about that.
 */
static bool linger(struct loop *loop, uint64_t due_ns)
{
    const bool close = loop->served_watch && loop->linger_ns != 0;
    bool ready = false;

    loop->served_watch = false;
    if (close && loop->linger_pause_left != 0) {
        loop->linger_pause_left--;
    } else if (close && !(ready = look(loop))) {
        uint64_t now = host_time_ns();
        const uint64_t most = now + loop->linger_ns;
        const uint64_t end = due_ns < most ? due_ns : most;

        while (!ready && now < end && !ending_signal()) {
            ready = look(loop);
            now = host_time_ns();
        }
        loop->linger_pause =
            ready ? 0 : (loop->linger_pause * 2 + 1) % LINGER_PAUSES;
        loop->linger_pause_left = loop->linger_pause;
    }
    return ready;
}

/* False when nothing is ready to be read or written. */
static bool wait_ready(struct loop *loop, uint64_t until_ns)
{
    struct timespec left = {0, 0};
    uint64_t due = first_due(loop, until_ns);
    fill_polled(loop);
    bool ready = linger(loop, due);
    if (!ready && due != 0 && due != LOOP_FOREVER) {
        uint64_t now = host_time_ns();
        uint64_t ns = due > now ? due - now : 0;
        left.tv_sec = (time_t)(ns / NS_PER_SECOND);
        left.tv_nsec = (long)(ns % NS_PER_SECOND);
    }
    /* A signal's handler ran: the caller may want to look. */
    if (!ready && ppoll(loop->polled, loop->polled_count,
                        due == LOOP_FOREVER ? NULL : &left, NULL) <= 0) {
        loop->polled_count = 0;
        return false;
    }
    uint64_t count;
    if (loop->polled[SLOT_WAKE].revents != 0 &&
        read(loop->wake, &count, sizeof(count)) < 0) {
        assert(errno == EAGAIN);
    }
    return true;
}

static int turn(struct loop *loop, uint64_t until_ns)
{
    assert(!loop->turning);
    loop->turning = true;
    int served = wait_ready(loop, until_ns) ? serve_watches(loop) : 0;
    served += serve_tasks(loop);
    served += serve_timers(loop);
    loop->turning = false;
    return served;
}

int loop_turn(struct loop *loop, uint64_t until_ns)
{
    int served = turn(loop, ending_signal() ? 0 : until_ns);
    return ending_signal() ? -EINTR : served;
}

void loop_linger(struct loop *loop, uint64_t ns)
{
    loop->linger_ns = ns;
}

void loop_drain(struct loop *loop)
{
    /* The descriptor of a signal that came can be read for good, so turns do
     * not wait then; a worker's job ends nevertheless. */
    while (loop->jobs != 0) {
        turn(loop, LOOP_FOREVER);
    }
}
