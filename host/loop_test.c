/* SPDX-License-Identifier: Apache-2.0 */
#include "host/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/ending.h"
#include "host/time.h"
#include "tests/harness.h"

/* Marks that callbacks left behind: a letter each. */
struct diary {
    struct loop *loop;
    char text[64];
    unsigned events;
    struct loop_watch *drops; /* what a callback unwatches */
};

static void write_down(struct diary *diary, char letter)
{
    size_t length = strlen(diary->text);
    if (length + 1 < sizeof(diary->text)) {
        diary->text[length] = letter;
    }
}

/* A pipe with something in it. */
static void full_pipe(int ends[2])
{
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
}

static void close_pipe(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- Descriptors --------------------------------------------------------- */

static void ready(void *context, unsigned events)
{
    struct diary *diary = context;
    diary->events = events;
    write_down(diary, 'r');
    if (diary->drops) {
        loop_unwatch(diary->loop, diary->drops);
    }
}

TEST(a_watch_hears_what_it_asked_for)
{
    static const struct {
        const char *what;
        unsigned end; /* of the pipe */
        unsigned asked;
        bool full;
        bool closed; /* its other end */
        unsigned told;
    } rows[] = {
        {"bytes",           0, LOOP_READ,  true,  false, LOOP_READ               },
        {"nothing",         0, LOOP_READ,  false, false, 0                       },
        {"not asked",       0, 0,          true,  false, 0                       },
        {"room",            1, LOOP_WRITE, false, false, LOOP_WRITE              },
        {"bytes, then end", 0, LOOP_READ,  true,  true,  LOOP_READ | LOOP_HANGUP },
        {"end, not asked",  0, 0,          false, true,  LOOP_HANGUP             },
        {"no reader",       1, LOOP_WRITE, false, true,  LOOP_WRITE | LOOP_HANGUP},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].what);
        struct diary diary = {.loop = loop_create(NULL)};
        int ends[2];
        EXPECT_EQ(pipe(ends), 0);
        if (rows[i].full) {
            EXPECT_EQ(write(ends[1], "x", 1), 1);
        }
        struct loop_watch watch = {.fd = ends[rows[i].end],
                                   .events = rows[i].asked,
                                   .ready = ready,
                                   .context = &diary};
        loop_watch(diary.loop, &watch);
        if (rows[i].closed) {
            close(ends[!rows[i].end]);
        }
        EXPECT_EQ(loop_turn(diary.loop, 0), rows[i].told != 0);
        EXPECT_EQ(diary.events, rows[i].told);
        loop_unwatch(diary.loop, &watch);
        loop_unwatch(diary.loop, &watch);
        EXPECT_EQ(loop_turn(diary.loop, 0), 0);
        loop_destroy(diary.loop);
        close(ends[rows[i].end]);
        if (!rows[i].closed) {
            close(ends[!rows[i].end]);
        }
    }
}

TEST(a_callback_may_remove_another_watch_and_its_own)
{
    struct loop *loop = loop_create(NULL);
    int ends[2][2];
    struct loop_watch watches[2];
    struct diary diaries[2];
    for (unsigned i = 0; i < 2; i++) {
        full_pipe(ends[i]);
        diaries[i] = (struct diary){.loop = loop, .drops = &watches[1 - i]};
        watches[i] = (struct loop_watch){.fd = ends[i][0],
                                         .events = LOOP_READ,
                                         .ready = ready,
                                         .context = &diaries[i]};
        loop_watch(loop, &watches[i]);
    }
    /* The first to be served removes the other, and then itself. */
    EXPECT_EQ(loop_turn(loop, 0), 1);
    const unsigned left = diaries[0].text[0] == 'r' ? 0 : 1;
    diaries[left].drops = &watches[left];
    EXPECT_EQ(loop_turn(loop, 0), 1);
    EXPECT_EQ(loop_turn(loop, 0), 0);
    EXPECT_STR(diaries[left].text, "rr");
    EXPECT_STR(diaries[1 - left].text, "");
    loop_destroy(loop);
    close_pipe(ends[0]);
    close_pipe(ends[1]);
}

TEST(a_file_is_ready_at_once_for_what_is_asked)
{
    static const char *const paths[] = {"/dev/null", "/proc/self/exe"};
    struct loop *loop = loop_create(NULL);
    struct diary diaries[2];
    struct loop_watch watches[2];
    for (unsigned i = 0; i < 2; i++) {
        diaries[i] = (struct diary){.loop = loop};
        watches[i] =
            (struct loop_watch){.fd = open(paths[i], O_RDONLY | O_CLOEXEC),
                                .events = LOOP_READ,
                                .ready = ready,
                                .context = &diaries[i]};
        loop_watch(loop, &watches[i]);
    }
    EXPECT_EQ(loop_turn(loop, LOOP_FOREVER), 2);
    EXPECT_EQ(diaries[0].events, LOOP_READ);
    loop_watch_events(loop, &watches[0], 0);
    EXPECT_EQ(loop_turn(loop, LOOP_FOREVER), 1);
    loop_watch_events(loop, &watches[0], LOOP_READ);
    diaries[1].drops = &watches[0];
    diaries[0].drops = &watches[1];
    EXPECT_EQ(loop_turn(loop, LOOP_FOREVER), 1);
    diaries[1].drops = NULL;
    diaries[0].drops = NULL;
    loop_unwatch(loop, &watches[0]);
    loop_unwatch(loop, &watches[1]);
    EXPECT_EQ(loop_turn(loop, 0), 0);
    /* So is a descriptor that is not open. */
    close(watches[0].fd);
    loop_watch(loop, &watches[0]);
    EXPECT_EQ(loop_turn(loop, LOOP_FOREVER), 1);
    loop_unwatch(loop, &watches[0]);
    loop_destroy(loop);
    close(watches[1].fd);
}

/* ---- Time ---------------------------------------------------------------- */

struct alarm_note {
    struct diary *diary;
    char letter;
};

static void ring(void *context)
{
    const struct alarm_note *note = context;
    write_down(note->diary, note->letter);
}

TEST(timers_come_in_the_order_of_their_times)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct alarm_note notes[] = {
        {&diary, 'a'},
        {&diary, 'b'},
        {&diary, 'c'}
    };
    struct loop_timer timers[3];
    uint64_t now = host_time_ns();
    for (unsigned i = 0; i < 3; i++) {
        timers[i] = (struct loop_timer){.due = ring, .context = &notes[i]};
        loop_timer_arm(diary.loop, &timers[i], now + 3 - i);
    }
    loop_timer_arm(diary.loop, &timers[0], now); /* moves to the front */
    loop_timer_cancel(diary.loop, &timers[1]);
    loop_timer_cancel(diary.loop, &timers[1]);
    EXPECT_EQ(loop_turn(diary.loop, 0), 2);
    EXPECT_STR(diary.text, "ac");
    loop_destroy(diary.loop);
}

TEST(a_turn_waits_for_a_timer_and_no_longer)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct alarm_note note = {&diary, 'a'};
    struct loop_timer timer = {.due = ring, .context = &note};
    uint64_t start = host_time_ns();
    loop_timer_arm(diary.loop, &timer, LOOP_FOREVER - 1);
    EXPECT_EQ(loop_turn(diary.loop, start + 1000000), 0);
    EXPECT(host_time_ns() >= start + 1000000);
    start = host_time_ns();
    loop_timer_arm(diary.loop, &timer, start + 1000000);
    EXPECT_EQ(loop_turn(diary.loop, LOOP_FOREVER), 1);
    EXPECT(host_time_ns() >= start + 1000000);
    EXPECT_STR(diary.text, "a");
    loop_destroy(diary.loop);
}

/* ---- Other threads ------------------------------------------------------- */

struct counted {
    struct loop_task task;
    struct diary *diary;
    struct loop *again; /* where the task posts itself, once */
};

static void count(struct loop_task *task)
{
    struct counted *counted = (struct counted *)task;
    struct loop *again = counted->again;
    write_down(counted->diary, 't');
    counted->again = NULL;
    if (again) {
        loop_post(again, task);
    }
}

static void *post_from_here(void *context)
{
    struct counted *counted = context;
    loop_post(counted->diary->loop, &counted->task);
    return NULL;
}

TEST(a_task_of_another_thread_ends_the_wait)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct counted counted = {.task = {.run = count}, .diary = &diary};
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, NULL, post_from_here, &counted), 0);
    int served = 0;
    while (served == 0) {
        served = loop_turn(diary.loop, LOOP_FOREVER);
    }
    EXPECT_EQ(served, 1);
    EXPECT_STR(diary.text, "t");
    pthread_join(thread, NULL);
    loop_destroy(diary.loop);
}

/* So often that a pause is over: the next turn lingers. */
static void serve(struct diary *diary, struct loop_watch *watch, unsigned times)
{
    loop_watch_events(diary->loop, watch, LOOP_READ);
    for (unsigned i = 0; i < times; i++) {
        EXPECT_EQ(loop_turn(diary->loop, LOOP_FOREVER), 1);
    }
    loop_watch_events(diary->loop, watch, 0);
}

TEST(a_turn_that_lingers_ends_by_time_by_timers_and_by_other_threads)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct alarm_note note = {&diary, 'a'};
    struct loop_timer timer = {.due = ring, .context = &note};
    struct counted counted = {.task = {.run = count}, .diary = &diary};
    pthread_t thread;
    int ends[2];
    full_pipe(ends);
    struct loop_watch watch = {
        .fd = ends[0], .ready = ready, .context = &diary};
    loop_linger(diary.loop, LOOP_FOREVER / 2);
    loop_watch(diary.loop, &watch);
    serve(&diary, &watch, 1);
    const uint64_t start = host_time_ns();
    EXPECT_EQ(loop_turn(diary.loop, start + 1000000), 0);
    EXPECT(host_time_ns() >= start + 1000000);
    serve(&diary, &watch, 2);
    loop_timer_arm(diary.loop, &timer, host_time_ns() + 1000000);
    EXPECT_EQ(loop_turn(diary.loop, LOOP_FOREVER), 1);
    serve(&diary, &watch, 4);
    EXPECT_EQ(pthread_create(&thread, NULL, post_from_here, &counted), 0);
    EXPECT_EQ(loop_turn(diary.loop, LOOP_FOREVER), 1);
    EXPECT_STR(diary.text, "rrrarrrrt");
    pthread_join(thread, NULL);
    loop_unwatch(diary.loop, &watch);
    loop_destroy(diary.loop);
    close_pipe(ends);
}

TEST(a_task_runs_once_however_often_it_was_posted)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct counted counted = {
        .task = {.run = count}, .diary = &diary, .again = diary.loop};
    loop_post(diary.loop, &counted.task);
    loop_post(diary.loop, &counted.task);
    EXPECT_EQ(loop_turn(diary.loop, 0), 1);
    /* A task that it posted itself is for the next turn, which does not wait.
     */
    EXPECT_EQ(loop_turn(diary.loop, LOOP_FOREVER), 1);
    EXPECT_EQ(loop_turn(diary.loop, 0), 0);
    EXPECT_STR(diary.text, "tt");
    loop_destroy(diary.loop);
}

TEST(a_wake_up_ends_one_wait)
{
    struct loop *loop = loop_create(NULL);
    loop_wake(loop);
    loop_wake(loop);
    EXPECT_EQ(loop_turn(loop, LOOP_FOREVER), 0);
    uint64_t start = host_time_ns();
    EXPECT_EQ(loop_turn(loop, start + 1000000), 0);
    EXPECT(host_time_ns() >= start + 1000000);
    loop_destroy(loop);
}

/* ---- Jobs ---------------------------------------------------------------- */

enum { JOBS = 64 };

struct sum {
    struct loop_job job;
    pthread_t loop_thread;
    unsigned number;
    unsigned result; /* written by work, read by done */
    bool elsewhere;
    unsigned *total;
};

static void add_up(struct loop_job *job)
{
    struct sum *sum = (struct sum *)job;
    sum->elsewhere = !pthread_equal(pthread_self(), sum->loop_thread);
    sum->result = sum->number * 2;
}

static void take_sum(struct loop_job *job)
{
    struct sum *sum = (struct sum *)job;
    EXPECT(pthread_equal(pthread_self(), sum->loop_thread));
    *sum->total += sum->result;
}

TEST(jobs_are_worked_at_elsewhere_and_done_here)
{
    struct loop *loop = loop_create(NULL);
    static struct sum sums[JOBS];
    unsigned total = 0;
    for (unsigned i = 0; i < JOBS; i++) {
        sums[i] = (struct sum){
            .job = {.work = add_up, .done = take_sum},
            .loop_thread = pthread_self(),
            .number = i,
            .total = &total
        };
        loop_submit(loop, &sums[i].job);
    }
    EXPECT_EQ(loop_jobs(loop), JOBS);
    loop_drain(loop);
    EXPECT_EQ(loop_jobs(loop), 0);
    EXPECT_EQ(total, JOBS * (JOBS - 1));
    for (unsigned i = 0; i < JOBS; i++) {
        EXPECT(sums[i].elsewhere);
    }
    loop_destroy(loop);
}

TEST(a_job_can_be_waited_for_alone)
{
    struct diary diary = {.loop = loop_create(NULL)};
    struct counted counted = {.task = {.run = count}, .diary = &diary};
    static struct sum sums[JOBS];
    unsigned total = 0;
    loop_post(diary.loop, &counted.task);
    for (unsigned i = 0; i < JOBS; i++) {
        sums[i] = (struct sum){
            .job = {.work = add_up, .done = take_sum},
            .loop_thread = pthread_self(),
            .number = i,
            .total = &total
        };
        loop_submit(diary.loop, &sums[i].job);
    }
    loop_finish(diary.loop, &sums[JOBS - 1].job);
    EXPECT_EQ(total, 2 * (JOBS - 1));
    loop_finish(diary.loop, &sums[7].job);
    EXPECT_EQ(total, 2 * (JOBS - 1) + 14);
    EXPECT_EQ(loop_jobs(diary.loop), JOBS - 2);
    EXPECT_STR(diary.text, "");
    loop_drain(diary.loop);
    EXPECT_EQ(total, JOBS * (JOBS - 1));
    EXPECT_STR(diary.text, "t");
    loop_destroy(diary.loop);
}

/* ---- Signals ------------------------------------------------------------- */

/* In a child: ends with 0 if the wait was over with the signal. */
static void wait_for_signal(void)
{
    struct loop *loop = loop_create(NULL);
    struct diary diary = {.loop = loop};
    struct alarm_note note = {&diary, 'a'};
    struct loop_timer timer = {.due = ring, .context = &note};
    test_default_signals();
    ending_catch();
    raise(SIGTERM);
    bool ended = loop_turn(loop, LOOP_FOREVER) == -EINTR;
    /* A timer that is due is served all the same. */
    loop_timer_arm(loop, &timer, host_time_ns());
    ended = ended && loop_turn(loop, LOOP_FOREVER) == -EINTR &&
            strcmp(diary.text, "a") == 0;
    _exit(ended ? 0 : 1);
}

TEST(a_signal_that_ends_the_program_ends_the_wait)
{
    pid_t child = fork();
    int status = -1;
    if (child == 0) {
        wait_for_signal();
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}
