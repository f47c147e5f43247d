/* SPDX-License-Identifier: Apache-2.0 */
/* Signal handlers that note and wake, and the second signal that ends. */
#include "host/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGINT,  "SIGINT" },
    {SIGTERM, "SIGTERM"},
    {SIGHUP,  "SIGHUP" },
    {SIGQUIT, "SIGQUIT"},
    {SIGPIPE, "SIGPIPE"},
};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]), CAUGHT = SIGNALS - 1 };

static volatile sig_atomic_t noted;
static int wake = -1;
static bool ours[CAUGHT];

static void wake_up(void)
{
    const uint64_t one = 1;
    if (wake >= 0 && write(wake, &one, sizeof(one)) < 0) {
        /* It can be read already. */
        return;
    }
}

/* All signals are blocked here. The next one finds the default. */
static void note(int number)
{
    int code = errno;
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < CAUGHT; i++) {
        if (ours[i]) {
            sigaction(signals[i].number, &fallback, NULL);
        }
    }
    noted = number;
    wake_up();
    errno = code;
}

void ending_catch(void)
{
    /* A write that waits for its reader goes on: nothing of it is lost. */
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (wake < 0) {
        wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    for (size_t i = 0; i < CAUGHT; i++) {
        struct sigaction before;
        ours[i] = sigaction(signals[i].number, NULL, &before) == 0 &&
                  before.sa_handler != SIG_IGN;
    }
    for (size_t i = 0; i < CAUGHT; i++) {
        if (ours[i]) {
            sigaction(signals[i].number, &action, NULL);
        }
    }
}

int ending_signal(void)
{
    return noted;
}

const char *ending_name(void)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        if (signals[i].number == noted) {
            return signals[i].name;
        }
    }
    return "no signal";
}

int ending_fd(void)
{
    return wake;
}

bool ending_is_unread(FILE *stream)
{
    struct stat there;
    struct pollfd end = {.fd = fileno(stream)};
    bool left = ferror(stream) && fstat(end.fd, &there) == 0 &&
                (S_ISFIFO(there.st_mode) || S_ISSOCK(there.st_mode)) &&
                poll(&end, 1, 0) == 1 && (end.revents & (POLLERR | POLLHUP));
    if (left && noted == 0) {
        noted = SIGPIPE;
        wake_up();
    }
    return left;
}

void ending_fulfil(void)
{
    noted = 0;
}

void ending_raise(void)
{
    int number = noted;
    sigset_t set;
    if (number == 0) {
        return;
    }
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}
