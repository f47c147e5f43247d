/* SPDX-License-Identifier: Apache-2.0 */
/* Waits in epoll(7); runs watches, timers and tasks, and jobs on threads. */
#include "host/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "host/ending.h"
#include "host/loop_timers.h"
#include "host/loop_workers.h"
#include "host/time.h"

enum {
    NS_PER_SECOND = 1000000000,
    LINGER_PAUSES = 256,
    READY_MAX = 64, /* descriptors that one turn serves */
    NO_DESCRIPTOR = -1,
};

struct loop {
    int epoll;
    int wake;   /* an eventfd */
    int ending; /* ending_fd(), once epoll has it */
    bool turning;
    bool served_watch; /* in the turn before */
    uint64_t linger_ns;
    unsigned linger_pause; /* after the last time: turns that wait at once */
    unsigned linger_pause_left;
    unsigned jobs;
    struct loop_workers *workers; /* NULL before the first job */

    struct loop_watch **watches; /* by descriptor */
    size_t watch_room;
    size_t watch_count;
    struct loop_watch *files; /* those that epoll does not take: of files, and
                                 of what is not open, as a read will say */
    struct loop_watch *next_file; /* to be served in the turn under way */

    struct loop_timers timers;

    /* For the turn under way; NO_DESCRIPTOR where the watch has gone since. */
    struct epoll_event ready[READY_MAX];
    int ready_count;

    pthread_mutex_t lock; /* of the tasks below */
    struct loop_task *tasks;
    struct loop_task **last_task;
    size_t task_count;
    pthread_cond_t task_posted;
};

/* ---- Life ---------------------------------------------------------------- */

static bool wait_for(const struct loop *loop, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct loop *loop_create(struct error *error)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->ending = NO_DESCRIPTOR;
    loop->last_task = &loop->tasks;
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->task_posted, NULL);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake < 0 || loop->epoll < 0 || !wait_for(loop, loop->wake)) {
        error_set(error, -errno, "cannot make an event descriptor: %s",
                  strerror(errno));
        loop_destroy(loop);
        return NULL;
    }
    return loop;
}

void loop_destroy(struct loop *loop)
{
    if (!loop) {
        return;
    }
    assert(!loop->turning && loop->watch_count == 0 &&
           !loop_timers_first(&loop->timers) && !loop->tasks &&
           loop->jobs == 0);
    loop_workers_destroy(loop->workers);
    pthread_cond_destroy(&loop->task_posted);
    pthread_mutex_destroy(&loop->lock);
    free(loop->watches);
    loop_timers_fini(&loop->timers);
    close(loop->epoll);
    close(loop->wake);
    free(loop);
}

/* ---- Descriptors --------------------------------------------------------- */

static bool watches(const struct loop *loop, const struct loop_watch *watch)
{
    return watch->fd >= 0 && (size_t)watch->fd < loop->watch_room &&
           loop->watches[watch->fd] == watch;
}

static int control(const struct loop *loop, int operation,
                   const struct loop_watch *watch)
{
    struct epoll_event event = {
        .events = (watch->events & LOOP_READ ? (unsigned)EPOLLIN : 0u) |
                  (watch->events & LOOP_WRITE ? (unsigned)EPOLLOUT : 0u),
        .data.fd = watch->fd,
    };
    return epoll_ctl(loop->epoll, operation, watch->fd, &event) == 0 ? 0
                                                                     : errno;
}

void loop_watch(struct loop *loop, struct loop_watch *watch)
{
    assert(watch->fd >= 0 && watch->ready);
    const size_t fd = (size_t)watch->fd;
    if (fd >= loop->watch_room) {
        const size_t room = 2 * fd + 1;
        loop->watches =
            memory_resize(loop->watches, room, sizeof(struct loop_watch *));
        memset(loop->watches + loop->watch_room, 0,
               (room - loop->watch_room) * sizeof(struct loop_watch *));
        loop->watch_room = room;
    }
    assert(!loop->watches[fd]);
    loop->watches[fd] = watch;
    loop->watch_count++;
    const int code = control(loop, EPOLL_CTL_ADD, watch);
    watch->file = code == EPERM || code == EBADF;
    if (watch->file) {
        watch->next = loop->files;
        loop->files = watch;
    } else if (code == ENOMEM || code == ENOSPC) {
        memory_exhausted();
    } else {
        assert(code == 0);
    }
}

void loop_watch_events(struct loop *loop, struct loop_watch *watch,
                       unsigned events)
{
    const bool changes = events != watch->events;
    watch->events = events;
    if (changes && watches(loop, watch) && !watch->file) {
        const int code = control(loop, EPOLL_CTL_MOD, watch);
        assert(code == 0);
    }
}

static void drop_file(struct loop *loop, struct loop_watch *watch)
{
    struct loop_watch **at = &loop->files;
    while (*at != watch) {
        at = &(*at)->next;
    }
    *at = watch->next;
    if (loop->next_file == watch) {
        loop->next_file = watch->next;
    }
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    if (!watches(loop, watch)) {
        return;
    }
    assert(loop->watch_count != 0);
    loop->watches[watch->fd] = NULL;
    loop->watch_count--;
    if (watch->file) {
        drop_file(loop, watch);
        return;
    }
    const int code = control(loop, EPOLL_CTL_DEL, watch);
    assert(code == 0);
    for (int i = 0; i < loop->ready_count; i++) {
        if (loop->ready[i].data.fd == watch->fd) {
            loop->ready[i].data.fd = NO_DESCRIPTOR;
        }
    }
}

/* A file is ready at any time for reads and writes. */
static bool files_are_ready(const struct loop *loop)
{
    const struct loop_watch *file = loop->files;
    while (file && file->events == 0) {
        file = file->next;
    }
    return file != NULL;
}

static int serve_files(struct loop *loop)
{
    int served = 0;
    loop->next_file = loop->files;
    while (loop->next_file) {
        struct loop_watch *watch = loop->next_file;
        loop->next_file = watch->next;
        if (watch->events != 0) {
            watch->ready(watch->context, watch->events);
            served++;
        }
    }
    return served;
}

static int serve_watches(struct loop *loop)
{
    int served = 0;
    for (int i = 0; i < loop->ready_count; i++) {
        const int fd = loop->ready[i].data.fd;
        const unsigned got = loop->ready[i].events;
        if (fd == NO_DESCRIPTOR || fd == loop->wake || fd == loop->ending) {
            continue;
        }
        struct loop_watch *watch = loop->watches[fd];
        unsigned events = (got & EPOLLIN ? LOOP_READ : 0u) |
                          (got & EPOLLOUT ? LOOP_WRITE : 0u) |
                          (got & (EPOLLHUP | EPOLLERR) ? LOOP_HANGUP : 0u);
        watch->ready(watch->context, events);
        served++;
    }
    loop->ready_count = 0;
    served += serve_files(loop);
    loop->served_watch = served != 0;
    return served;
}

/* ---- Time ---------------------------------------------------------------- */

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    loop_timers_remove(&loop->timers, timer);
}

void loop_timer_arm(struct loop *loop, struct loop_timer *timer, uint64_t at_ns)
{
    assert(timer->due);
    loop_timers_remove(&loop->timers, timer);
    timer->at_ns = at_ns;
    loop_timers_add(&loop->timers, timer);
}

/* A timer that arms itself for a time that has passed waits for the next turn.
 */
static int serve_timers(struct loop *loop)
{
    int served = 0;
    struct loop_timer *timer = loop_timers_first(&loop->timers);
    if (!timer) {
        return 0;
    }
    const uint64_t now = host_time_ns();
    const int most = 64;
    while (timer && timer->at_ns <= now && served < most) {
        loop_timers_remove(&loop->timers, timer);
        timer->due(timer->context);
        served++;
        timer = loop_timers_first(&loop->timers);
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
    const struct loop_timer *first = loop_timers_first(&loop->timers);

    return first && first->at_ns < until_ns ? first->at_ns : until_ns;
}

/* False when no descriptor is ready in time; NULL: without end. */
static bool wait_at_most(struct loop *loop, const struct timespec *time)
{
    const int count =
        epoll_pwait2(loop->epoll, loop->ready, READY_MAX, time, NULL);

    loop->ready_count = count > 0 ? count : 0;
    return count > 0;
}

static bool look(struct loop *loop)
{
    static const struct timespec none = {0, 0};

    return wait_at_most(loop, &none);
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

/* Wake-ups until now; one of a callback is for the next turn. */
static void forget_wakes(struct loop *loop)
{
    uint64_t count;
    for (int i = 0; i < loop->ready_count; i++) {
        if (loop->ready[i].data.fd == loop->wake &&
            read(loop->wake, &count, sizeof(count)) < 0) {
            assert(errno == EAGAIN);
        }
    }
}

/* Waits until a descriptor is ready, or for until_ns. */
static void wait_ready(struct loop *loop, uint64_t until_ns)
{
    struct timespec left = {0, 0};
    uint64_t due = files_are_ready(loop) ? 0 : first_due(loop, until_ns);
    if (loop->ending < 0 && ending_fd() >= 0 && wait_for(loop, ending_fd())) {
        loop->ending = ending_fd();
    }
    bool ready = linger(loop, due);
    if (!ready && due != 0 && due != LOOP_FOREVER) {
        uint64_t now = host_time_ns();
        uint64_t ns = due > now ? due - now : 0;
        left.tv_sec = (time_t)(ns / NS_PER_SECOND);
        left.tv_nsec = (long)(ns % NS_PER_SECOND);
    }
    if (!ready) {
        /* If a signal's handler ran nothing is ready: the caller may want to
         * look. */
        wait_at_most(loop, due == LOOP_FOREVER ? NULL : &left);
    }
    forget_wakes(loop);
}

static int turn(struct loop *loop, uint64_t until_ns)
{
    assert(!loop->turning);
    loop->turning = true;
    wait_ready(loop, until_ns);
    int served = serve_watches(loop);
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
