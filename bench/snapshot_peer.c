/* SPDX-License-Identifier: Apache-2.0 */
/* Drives QEMU by its monitor's socket: migration into a file and from it. */
#include "bench/snapshot_peer.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/time.h"

enum { ARGUMENTS_MAX = 40, PATIENCE_MS = 120000 };

struct process {
    pid_t pid;
    int serial; /* both ways */
};

static void start(const struct snapshot_peer *peer, const char *const *more,
                  struct process *process)
{
    const struct guest *guest = &peer->guest;
    char libraries[PATH_MAX];
    /* It ends with this program, even if that is killed. */
    const char *argv[ARGUMENTS_MAX] = {
        "setpriv",     "--pdeathsig",       "KILL",        "env",
        libraries,     peer->peer->program, "-machine",    "virt",
        "-cpu",        "cortex-a35",        "-m",          guest->memory,
        "-nodefaults", "-display",          "none",        "-serial",
        "stdio",       "-kernel",           guest->kernel, "-initrd",
        guest->initrd, "-append",           guest->append,
    };
    size_t count = 23;
    int ends[2];
    posix_spawn_file_actions_t actions;

    while (*more != NULL) {
        argv[count++] = *more++;
    }
    *process = (struct process){-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    snprintf(libraries, sizeof(libraries), "LD_LIBRARY_PATH=%s",
             peer->peer->libraries);
    if (posix_spawnp(&process->pid, argv[0], &actions, NULL,
                     (char *const *)(uintptr_t)argv, environ) != 0) {
        process->pid = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    process->serial = ends[0];
}

static void end(struct process *process)
{
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
    }
    if (process->serial >= 0) {
        close(process->serial);
    }
}

/* Reads until text has come; output may be lost behind it. */
static bool await(int from, const char *text)
{
    char seen[4096] = "";
    size_t size = 0;
    struct pollfd ready = {.fd = from, .events = POLLIN};

    while (poll(&ready, 1, PATIENCE_MS) > 0) {
        ssize_t got = read(from, seen + size, sizeof(seen) - 1 - size);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        seen[size] = '\0';
        if (strstr(seen, text) != NULL) {
            return true;
        }
        if (size > sizeof(seen) / 2) {
            memmove(seen, seen + size - 256, 257);
            size = 256;
        }
    }
    return false;
}

static bool say(int to, const char *text)
{
    size_t size = strlen(text);

    return write(to, text, size) == (ssize_t)size;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The guest goes on until little is left to be written. */
static bool migrate(const struct snapshot_peer *peer, const char *monitor)
{
    char line[128];
    int fd = connect_to(monitor);
    bool good = fd >= 0 && await(fd, "(qemu)");

    snprintf(line, sizeof(line), "migrate -d file:%s\n", peer->file);
    good = good && say(fd, "migrate_set_parameter max-bandwidth 10G\n") &&
           await(fd, "(qemu)") && say(fd, line) && await(fd, "(qemu)");
    for (unsigned i = 0; good && i < PATIENCE_MS / 100; i++) {
        char answer[4096] = "";

        usleep(100000);
        good = say(fd, "info migrate\n") &&
               read(fd, answer, sizeof(answer) - 1) > 0;
        if (strstr(answer, "completed") != NULL) {
            break;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

/* The guest keeps printing, and the emulator waits for a reader. */
static pid_t start_draining(int from)
{
    char bytes[4096];
    pid_t child = fork();

    if (child == 0) {
        while (read(from, bytes, sizeof(bytes)) > 0) {
        }
        _exit(0);
    }
    return child;
}

static void stop_draining(pid_t child)
{
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

bool snapshot_peer_save(struct snapshot_peer *peer)
{
    char monitor[80];
    char option[128];
    struct process process;

    snprintf(peer->file, sizeof(peer->file), "/tmp/cairn-bench-%d.qemu",
             (int)getpid());
    snprintf(monitor, sizeof(monitor), "%s.monitor", peer->file);
    snprintf(option, sizeof(option), "unix:%s,server=on,wait=off", monitor);
    start(peer, (const char *const[]){"-monitor", option, NULL}, &process);
    bool good = process.pid > 0 && await(process.serial, peer->prompt) &&
                say(process.serial, peer->command) &&
                await(process.serial, peer->answer);
    if (good) {
        pid_t drain = start_draining(process.serial);
        good = migrate(peer, monitor);
        stop_draining(drain);
    }
    end(&process);
    unlink(monitor);
    return good;
}

double snapshot_peer_restore(const struct snapshot_peer *peer)
{
    char option[128];
    char byte;
    struct process process;
    double from = (double)host_time_ns() / 1e9;

    snprintf(option, sizeof(option), "file:%s", peer->file);
    start(peer, (const char *const[]){"-incoming", option, NULL}, &process);
    struct pollfd ready = {.fd = process.serial, .events = POLLIN};
    bool good = process.pid > 0 && poll(&ready, 1, PATIENCE_MS) > 0 &&
                read(process.serial, &byte, 1) == 1;
    double took = (double)host_time_ns() / 1e9 - from;
    end(&process);
    return good ? took : 0;
}
