/* SPDX-License-Identifier: Apache-2.0 */
/* Starts programs, reads what they print and answers it, and takes medians of
 * their times. */
#include "bench/measure.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double measure_now_s(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* With /dev/null as its input if that is negative. */
static pid_t spawn(const char *const argv[], const char *libraries, int input,
                   int output)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;

    if (libraries != NULL && libraries[0] != '\0') {
        setenv("LD_LIBRARY_PATH", libraries, 1);
    }
    posix_spawn_file_actions_init(&actions);
    if (input >= 0) {
        posix_spawn_file_actions_adddup2(&actions, input, 0);
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    int code = posix_spawnp(&child, argv[0], &actions, NULL,
                            (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    unsetenv("LD_LIBRARY_PATH");
    return code == 0 ? child : -1;
}

/* Lines of which the times are wanted: text is NULL if none is, and seen_s is 0
 * before it came. */
struct mark {
    const char *text;
    double seen_s;
    double cpu_s; /* of the child by then */
};

static double cpu_s(pid_t child)
{
    struct timespec used = {0, 0};
    clockid_t clock;

    if (clock_getcpuclockid(child, &clock) == 0) {
        clock_gettime(clock, &used);
    }
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void look_for(struct mark *mark, const struct buffer *output,
                     pid_t child)
{
    const char *at = NULL;

    if (mark->text != NULL && mark->seen_s == 0) {
        at = strstr(buffer_text(output), mark->text);
    }
    if (at != NULL && strchr(at, '\n') != NULL) {
        mark->seen_s = measure_now_s(CLOCK_MONOTONIC);
        mark->cpu_s = cpu_s(child);
    }
}

/* Appends what comes by the deadline; false at the end. */
static bool hear(int from, struct buffer *heard, double deadline_s)
{
    enum { POLL_MS = 100 };
    struct pollfd ready = {.fd = from, .events = POLLIN};
    char bytes[4096];

    while (measure_now_s(CLOCK_MONOTONIC) < deadline_s) {
        if (poll(&ready, 1, POLL_MS) > 0) {
            ssize_t got = read(from, bytes, sizeof(bytes));

            if (got > 0) {
                buffer_append(heard, bytes, (size_t)got);
            }
            return got > 0;
        }
    }
    return false;
}

static void read_all(int from, struct buffer *output, pid_t child,
                     struct mark marks[2], double deadline_s)
{
    while (hear(from, output, deadline_s)) {
        look_for(&marks[0], output, child);
        look_for(&marks[1], output, child);
    }
    if (measure_now_s(CLOCK_MONOTONIC) >= deadline_s) {
        kill(child, SIGKILL);
    }
}

struct cost measure(const char *const argv[], const char *libraries,
                    struct buffer *output)
{
    return measure_between(argv, libraries, output, NULL, NULL, 0);
}

struct cost measure_between(const char *const argv[], const char *libraries,
                            struct buffer *output, const char *begin,
                            const char *end, double limit_s)
{
    struct mark marks[2] = {
        {begin, 0, 0},
        {end,   0, 0}
    };
    struct cost cost = {.good = false};
    struct rusage usage;
    int ends[2];
    int status;

    output->size = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return cost;
    }
    double start = measure_now_s(CLOCK_MONOTONIC);
    pid_t child = spawn(argv, libraries, -1, ends[1]);
    close(ends[1]);
    if (child > 0) {
        read_all(ends[0], output, child, marks,
                 limit_s > 0 ? start + limit_s : INFINITY);
    }
    close(ends[0]);
    if (child > 0 && wait4(child, &status, 0, &usage) == child) {
        cost.good = status == 0;
        cost.wall_s = measure_now_s(CLOCK_MONOTONIC) - start;
        cost.between_s = marks[1].seen_s - marks[0].seen_s;
        cost.between_cpu_s = marks[1].cpu_s - marks[0].cpu_s;
        cost.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
        cost.peak_mib = (double)usage.ru_maxrss / 1024;
    }
    return cost;
}

/* ---- Conversations ------------------------------------------------------- */

static bool converse(int from, int to, const struct measure_line *lines,
                     double deadline_s)
{
    struct buffer heard = {0};
    size_t seen = 0;
    bool good = true;

    for (; good && lines->text != NULL; lines++) {
        const char *at = NULL;

        while (good &&
               (at = strstr(buffer_text(&heard) + seen, lines->text)) == NULL) {
            good = hear(from, &heard, deadline_s);
        }
        if (good) {
            seen = (size_t)(at - buffer_text(&heard)) + strlen(lines->text);
        }
        if (good && lines->keys != NULL) {
            size_t size = strlen(lines->keys);

            good = write(to, lines->keys, size) == (ssize_t)size;
        }
    }
    buffer_fini(&heard);
    return good;
}

/* A dialogue with a child that is ended when it has said enough. */
struct talk {
    const struct measure_line *lines; /* or NULL */
    const char *text;                 /* then this ends it */
    measure_heard *heard;
    void *context;
    double start_s;
    double limit_s;
};

/* Tells the lines until one has the text. */
static bool listen(int from, const struct talk *talk)
{
    struct buffer output = {0};
    bool seen = false;
    size_t told = 0;

    while (!seen && hear(from, &output, talk->start_s + talk->limit_s)) {
        double at_s = measure_now_s(CLOCK_MONOTONIC) - talk->start_s;
        char *line = (char *)output.bytes + told;
        char *end;

        while (!seen &&
               (end = memchr(line, '\n', output.size - told)) != NULL) {
            *end = '\0';
            talk->heard(talk->context, line, at_s);
            seen = strstr(line, talk->text) != NULL;
            told += (size_t)(end + 1 - line);
            line = end + 1;
        }
    }
    buffer_fini(&output);
    return seen;
}

static struct cost talk_with(const char *const argv[], const char *libraries,
                             struct talk *talk)
{
    struct cost cost = {.good = false};
    struct rusage usage;
    int in[2];
    int out[2];
    int status;

    if (pipe2(in, O_CLOEXEC) != 0) {
        return cost;
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return cost;
    }
    talk->start_s = measure_now_s(CLOCK_MONOTONIC);
    pid_t child = spawn(argv, libraries, in[0], out[1]);
    close(out[1]);
    if (child > 0) {
        cost.good = talk->lines != NULL
                        ? converse(out[0], in[1], talk->lines,
                                   talk->start_s + talk->limit_s)
                        : listen(out[0], talk);
        cost.wall_s = measure_now_s(CLOCK_MONOTONIC) - talk->start_s;
        kill(child, SIGKILL);
    }
    close(in[0]);
    close(in[1]);
    close(out[0]);
    if (child > 0 && wait4(child, &status, 0, &usage) == child) {
        cost.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
        cost.peak_mib = (double)usage.ru_maxrss / 1024;
    }
    return cost;
}

struct cost measure_talk(const char *const argv[], const char *libraries,
                         const struct measure_line *lines, double limit_s)
{
    struct talk talk = {.lines = lines, .limit_s = limit_s};

    return talk_with(argv, libraries, &talk);
}

struct cost measure_lines(const char *const argv[], const char *libraries,
                          const char *text, double limit_s,
                          measure_heard *heard, void *context)
{
    struct talk talk = {
        .text = text, .heard = heard, .context = context, .limit_s = limit_s};

    return talk_with(argv, libraries, &talk);
}

void measure_on_one_processor(void)
{
    cpu_set_t all;
    cpu_set_t one;

    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof(all), &all) != 0) {
        return;
    }
    for (size_t i = CPU_SETSIZE; i-- > 0;) {
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
            sched_setaffinity(0, sizeof(one), &one);
            return;
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

bool measure_interpreted(void)
{
    return getenv("CAIRN_BENCH_INTERPRETED") != NULL;
}

double median(const double *values, size_t count)
{
    double sorted[64];

    count = count < 64 ? count : 64;
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(sorted[0]), compare);
    return count == 0 ? 0 : sorted[count / 2];
}
