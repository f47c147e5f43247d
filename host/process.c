/* SPDX-License-Identifier: Apache-2.0 */
/* posix_spawn with pipes; output is collected up to a limit. */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/sandbox.h"
#include "host/time.h"

/* Returns false at the end of the stream. */
static bool drain(int fd, struct buffer *into)
{
    uint8_t chunk[4096];
    ssize_t size = read(fd, chunk, sizeof(chunk));
    if (size > 0) {
        buffer_append(into, chunk, (size_t)size);
    }
    return size > 0 || (size < 0 && errno == EINTR);
}

/* Both streams at once: a program that fills one pipe must not block us. */
static void collect(int fds[2], struct buffer *buffers[2])
{
    struct pollfd polls[2] = {
        {.fd = fds[0], .events = POLLIN},
        {.fd = fds[1], .events = POLLIN}
    };
    while (polls[0].fd >= 0 || polls[1].fd >= 0) {
        if (poll(polls, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        for (unsigned i = 0; i < 2; i++) {
            if (polls[i].fd >= 0 && polls[i].revents != 0 &&
                !drain(polls[i].fd, buffers[i])) {
                polls[i].fd = -1;
            }
        }
    }
}

/* ---- Starting ------------------------------------------------------------ */

/* Programs, libraries and their data, wherever the system has them; not all of
 * /usr, which has users' data too. */
static const struct sandbox_place system_places[] = {
    {"/lib",             SANDBOX_READ | SANDBOX_EXECUTE},
    {"/lib64",           SANDBOX_READ | SANDBOX_EXECUTE},
    {"/usr/lib",         SANDBOX_READ | SANDBOX_EXECUTE},
    {"/usr/lib64",       SANDBOX_READ | SANDBOX_EXECUTE},
    {"/usr/local/lib",   SANDBOX_READ | SANDBOX_EXECUTE},
    {"/nix/store",       SANDBOX_READ | SANDBOX_EXECUTE},
    {"/gnu/store",       SANDBOX_READ | SANDBOX_EXECUTE},
    {"/etc/ld.so.cache", SANDBOX_READ                  },
    {"/dev/null",        SANDBOX_READ | SANDBOX_WRITE  },
};
enum { SYSTEM_PLACES = ARRAY_SIZE(system_places) };

struct start {
    const char *const *arguments;
    const char *program; /* its path */
    const struct sandbox_place *places;
    size_t count;
    int ends[2]; /* of its output and its complaints */
    int fd;      /* that it inherits, or -1 */
    pid_t child;
    int code;
};

/* Along PATH. The caller frees it; NULL: there is none. */
static char *find_program(const char *name)
{
    const char *path = getenv("PATH");
    char *found = strchr(name, '/') ? xstrdup(name) : NULL;
    while (!found && path && *path) {
        size_t length = strcspn(path, ":");
        char *tried = xasprintf("%.*s/%s", (int)length, path, name);
        bool good = length != 0 && access(tried, X_OK) == 0;
        found = good ? tried : NULL;
        if (!good) {
            free(tried);
        }
        path += length + (path[length] == ':');
    }
    return found;
}

/* The environment without the pass phrase, in an array for the caller to free.
 */
static char **environment_of_child(void)
{
    static const char secret[] = PROCESS_SECRET "=";
    size_t count = 0;
    for (char **at = environ; at && *at; at++) {
        count++;
    }
    char **left = xcalloc(count + 1, sizeof(*left));
    count = 0;
    for (char **at = environ; at && *at; at++) {
        if (strncmp(*at, secret, sizeof(secret) - 1) != 0) {
            left[count++] = *at;
        }
    }
    return left;
}

static int spawn(const struct start *start, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return -code;
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, start->ends[0], 1);
    posix_spawn_file_actions_adddup2(&actions, start->ends[1], 2);
    if (start->fd >= 0) {
        posix_spawn_file_actions_adddup2(&actions, start->fd, PROCESS_FD);
    }
    /* posix_spawn's parameter lacks a const for reasons of history only. */
    union {
        const char *const *in;
        char *const *out;
    } argv = {.in = start->arguments};
    char **environment = environment_of_child();
    code = posix_spawn(child, start->program, &actions, NULL, argv.out,
                       environment);
    free(environment);
    posix_spawn_file_actions_destroy(&actions);
    return -code;
}

/* Runs in a thread of its own, whose sandbox only the started program gets. */
static void *spawn_confined(void *context)
{
    struct start *start = context;
    size_t count = 0;
    struct sandbox_place *places =
        xcalloc(start->count + SYSTEM_PLACES + 1, sizeof(*places));
    for (size_t i = 0; i < SYSTEM_PLACES; i++) {
        places[count++] = system_places[i];
    }
    places[count++] =
        (struct sandbox_place){start->program, SANDBOX_READ | SANDBOX_EXECUTE};
    for (size_t i = 0; i < start->count; i++) {
        places[count++] = start->places[i];
    }
    (void)sandbox_files(places, count, 0);
    free(places);
    start->code = spawn(start, &start->child);
    return NULL;
}

static int start_program(struct start *start)
{
    pthread_t thread;
    char *program = find_program(start->arguments[0]);
    if (!program) {
        return -ENOENT;
    }
    start->program = program;
    int code = pthread_create(&thread, NULL, spawn_confined, start);
    if (code == 0) {
        pthread_join(thread, NULL);
    }
    free(program);
    return code ? -code : start->code;
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

int process_run(const char *const *arguments, const char *const *folders,
                size_t count, struct buffer *out, struct buffer *complaints)
{
    int readers[2] = {-1, -1};
    int writers[2] = {-1, -1};
    int code = 0;
    for (unsigned i = 0; i < 2 && code == 0; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            code = -errno;
        } else {
            readers[i] = ends[0];
            writers[i] = ends[1];
        }
    }
    struct sandbox_place *places = xcalloc(count + 1, sizeof(*places));
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct sandbox_place){folders[i], SANDBOX_READ};
    }
    struct start start = {
        .arguments = arguments,
        .places = places,
        .count = count,
        .ends = {writers[0], writers[1]},
        .fd = -1,
    };
    if (code == 0) {
        code = start_program(&start);
    }
    free(places);
    close_all(writers, 2);
    if (code == 0) {
        collect(readers, (struct buffer *[2]){out, complaints});
        int status = 0;
        while (waitpid(start.child, &status, 0) < 0 && errno == EINTR) {
        }
        code = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
    }
    close_all(readers, 2);
    return code;
}

/* ---- Programs beside this one -------------------------------------------- */

int process_start(struct process *process, const char *const *arguments,
                  const struct sandbox_place *places, size_t count, int fd)
{
    int ends[2];
    *process = (struct process){.printed = -1};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -errno;
    }
    struct start start = {
        .arguments = arguments,
        .places = places,
        .count = count,
        .ends = {ends[1], ends[1]},
        .fd = fd,
    };
    int code = start_program(&start);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        return code;
    }
    process->child = start.child;
    process->printed = ends[0];
    return 0;
}

void process_printed(struct process *process, struct buffer *out)
{
    uint8_t chunk[1024];
    ssize_t size;
    while (process->printed >= 0 &&
           (size = read(process->printed, chunk, sizeof(chunk))) > 0) {
        buffer_append(out, chunk, (size_t)size);
    }
}

/* Its end closes the pipe, if it started no other program. */
int process_end(struct process *process, uint64_t limit_ns)
{
    struct pollfd end = {.fd = process->printed};
    uint64_t until_ns = host_time_ns() + limit_ns;
    uint64_t now_ns;
    int status = 0;
    if (process->child == 0) {
        return 0;
    }
    while ((now_ns = host_time_ns()) < until_ns &&
           poll(&end, 1, (int)((until_ns - now_ns) / 1000000) + 1) < 0 &&
           errno == EINTR) {
    }
    pid_t ended = 0;
    if (end.revents != 0) {
        /* The closing of its last descriptor and its end are at most an
         * instant apart. */
        while ((ended = waitpid(process->child, &status, 0)) < 0 &&
               errno == EINTR) {
        }
    }
    close_all(&process->printed, 1);
    *process = (struct process){.printed = -1};
    return ended <= 0          ? -ETIMEDOUT
           : WIFEXITED(status) ? WEXITSTATUS(status)
                               : -EINTR;
}
