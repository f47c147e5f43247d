/* SPDX-License-Identifier: Apache-2.0 */
/* Each test ends a process of its own. */
#include "host/ending.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "tests/harness.h"

/* Minus the signal that ended a child which did this, or its exit code. */
static int ends(void (*child)(int number), int number)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        test_default_signals();
        child(number);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return -1000;
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool is_readable(void)
{
    struct pollfd wait = {.fd = ending_fd(), .events = POLLIN};
    return poll(&wait, 1, 0) == 1;
}

static void note_and_raise(int number)
{
    ending_catch();
    if (ending_signal() != 0 || is_readable()) {
        _exit(1);
    }
    raise(number);
    if (ending_signal() != number || !is_readable() ||
        strncmp(ending_name(), "SIG", 3) != 0) {
        _exit(2);
    }
    ending_raise();
    _exit(3);
}

static void get_a_second(int number)
{
    ending_catch();
    raise(SIGTERM);
    raise(number);
    _exit(4);
}

static void be_told_to_ignore(int number)
{
    signal(number, SIG_IGN);
    ending_catch();
    raise(number);
    _exit(ending_signal() == 0 ? 5 : 6);
}

TEST(a_signal_is_noted_and_ends_the_program_when_it_is_ready)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        test_case("signal %d", numbers[i]);
        EXPECT_EQ(ends(note_and_raise, numbers[i]), -numbers[i]);
        EXPECT_EQ(ends(get_a_second, numbers[i]), -numbers[i]);
        EXPECT_EQ(ends(be_told_to_ignore, numbers[i]), 5);
    }
}

static void write_unread(int number)
{
    int ends_of_pipe[2];
    signal(SIGPIPE, SIG_IGN);
    FILE *out = pipe(ends_of_pipe) == 0 ? fdopen(ends_of_pipe[1], "w") : NULL;
    if (!out || ending_is_unread(out)) {
        _exit(1);
    }
    fputs("read", out);
    if (fflush(out) != 0 || ending_is_unread(out)) {
        _exit(2);
    }
    close(ends_of_pipe[0]);
    fputs("unread", out);
    if (fflush(out) == 0 || !ending_is_unread(out) ||
        ending_signal() != number) {
        _exit(3);
    }
    ending_raise();
}

/* That is no reader's doing. */
static void fill_a_disk(int number)
{
    FILE *out = fopen("/dev/full", "w");
    if (!out || fputs("no room", out) < 0 || fflush(out) == 0 ||
        ending_is_unread(out)) {
        _exit(1);
    }
    ending_raise();
    _exit(7);
}

TEST(a_reader_that_left_is_noted_too)
{
    EXPECT_EQ(ends(write_unread, SIGPIPE), -SIGPIPE);
    EXPECT_EQ(ends(fill_a_disk, 0), 7);
}
