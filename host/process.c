/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

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

static int spawn(const char *const *arguments, const int ends[2], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return -code;
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    /* posix_spawnp's parameter lacks a const for reasons of history only. */
    union {
        const char *const *in;
        char *const *out;
    } argv = {.in = arguments};
    code = posix_spawnp(child, arguments[0], &actions, NULL, argv.out, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -code;
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

int process_run(const char *const *arguments, struct buffer *out,
                struct buffer *complaints)
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
    pid_t child = -1;
    if (code == 0) {
        code = spawn(arguments, writers, &child);
    }
    close_all(writers, 2);
    if (code == 0) {
        collect(readers, (struct buffer *[2]){out, complaints});
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        code = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
    }
    close_all(readers, 2);
    return code;
}
