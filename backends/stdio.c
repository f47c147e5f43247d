/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "stdio": input from standard input. Output is not printed here, because the
 * program prints it together with that of other ports.
 *
 * A terminal is made raw at the first turn of the loop and restored at the
 * end, and while the program is stopped; Ctrl-] ends the program. There can be
 * one stdio at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "backends/character.h"

enum { ESCAPE_KEY = 0x1d };

struct state {
    struct loop_watch keys;
    struct loop_watch continues; /* an eventfd of the handler's; -1: none */
    struct loop_timer begin;
    bool terminal;
    bool raw;
    struct termios before;
};

/* For handlers of signals: the terminal as it was, and where to say that the
 * program went on. */
static struct termios before_stop;
static int continued = -1;

/* Restores the terminal before the program stops. */
static void stop(int number)
{
    int code = errno;
    tcsetattr(STDIN_FILENO, TCSANOW, &before_stop);
    raise(SIGSTOP);
    errno = code;
}

static void go_on(int number)
{
    const uint64_t one = 1;
    int code = errno;
    (void)!write(continued, &one, sizeof(one)); /* or it can be read already */
    errno = code;
}

static void watch_stops(const struct state *state)
{
    struct sigaction stops = {.sa_handler = state ? stop : SIG_DFL,
                              .sa_flags = SA_RESTART};
    struct sigaction continues = {.sa_handler = state ? go_on : SIG_DFL,
                                  .sa_flags = SA_RESTART};
    if (state) {
        before_stop = state->before;
        continued = state->continues.fd;
    }
    sigaction(SIGTSTP, &stops, NULL);
    sigaction(SIGCONT, &continues, NULL);
}

static void make_raw(struct state *state)
{
    struct termios raw = state->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    state->raw = true;
}

static void begin(void *context)
{
    struct character *character = context;
    struct state *state = character->state;
    watch_stops(state);
    make_raw(state);
}

static void was_stopped(void *context, unsigned events)
{
    struct character *character = context;
    struct state *state = character->state;
    uint64_t count;
    if (read(state->continues.fd, &count, sizeof(count)) > 0) {
        make_raw(state);
        if (character->events.resumed) {
            character->events.resumed(character->events.context);
        }
    }
}

static void stop_listening(struct character *character)
{
    struct state *state = character->state;
    loop_unwatch(character->loop, &state->keys);
    character_read(character, NULL);
}

static void end(const struct character *character)
{
    if (character->events.ended) {
        character->events.ended(character->events.context);
    }
}

static void take_keys(void *context, unsigned events)
{
    struct character *character = context;
    const struct state *state = character->state;
    const struct character_events *to = &character->events;
    char keys[64];
    ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));
    if (count <= 0) {
        if (count == 0 || errno != EINTR) {
            stop_listening(character);
            if (state->terminal) {
                end(character);
            }
        }
        return;
    }
    const char *escape =
        state->terminal ? memchr(keys, ESCAPE_KEY, (size_t)count) : NULL;
    size_t typed = escape ? (size_t)(escape - keys) : (size_t)count;
    if (typed != 0) {
        to->received(to->context, keys, typed);
    }
    if (escape) {
        end(character);
    }
}

static int open_terminal(struct character *character, struct error *error)
{
    struct state *state = character->state;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return error_set(error, -errno, "cannot make an event descriptor: %s",
                         strerror(errno));
    }
    state->continues = (struct loop_watch){.fd = fd,
                                           .events = LOOP_READ,
                                           .ready = was_stopped,
                                           .context = character};
    loop_watch(character->loop, &state->continues);
    state->begin = (struct loop_timer){.due = begin, .context = character};
    loop_timer_arm(character->loop, &state->begin, 0);
    return 0;
}

static int open_stdio(struct character *character, const char *operand,
                      struct error *error)
{
    struct state *state = character->state;
    state->continues.fd = -1;
    state->terminal =
        isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &state->before) == 0;
    int code = state->terminal ? open_terminal(character, error) : 0;
    /* Several ports may have it, and a loop has one watch of a descriptor. */
    const int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    state->keys = (struct loop_watch){.fd = fd,
                                      .events = LOOP_READ,
                                      .ready = take_keys,
                                      .context = character};
    if (code == 0 && fd >= 0) {
        if (state->terminal) {
            loop_watch(character->loop, &state->keys);
        } else {
            character_read(character, &state->keys);
        }
    }
    return code;
}

static void close_stdio(struct character *character)
{
    struct state *state = character->state;
    stop_listening(character);
    if (state->keys.fd >= 0) {
        close(state->keys.fd);
    }
    loop_timer_cancel(character->loop, &state->begin);
    if (state->raw) {
        watch_stops(NULL);
        tcsetattr(STDIN_FILENO, TCSANOW, &state->before);
    }
    if (state->continues.fd >= 0) {
        loop_unwatch(character->loop, &state->continues);
        close(state->continues.fd);
    }
}

const struct character_type character_stdio = {
    .name = "stdio",
    .purpose = "standard input; the output is part of the run's output",
    .live = true,
    .shown = true,
    .state_size = sizeof(struct state),
    .open = open_stdio,
    .close = close_stdio,
};
