/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input that is a terminal, with the test at its other end. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "backends/character.h"
#include "base/bits.h"
#include "tests/harness.h"

struct port {
    struct loop *loop;
    struct character *character;
    struct buffer came;
    unsigned ends;
    unsigned resumes;
    int input; /* as it was */
    int line;  /* the terminal */
    int user;  /* its other end */
    int event; /* of programs that go on */
    struct termios before;
};

static void take(void *context, const void *bytes, size_t size)
{
    struct port *port = context;
    buffer_append(&port->came, bytes, size);
}

static void end(void *context)
{
    struct port *port = context;
    port->ends++;
}

static void resume(void *context)
{
    struct port *port = context;
    port->resumes++;
}

static bool port_open(struct port *port, bool hears)
{
    const struct character_events events = {
        .received = take,
        .ended = hears ? end : NULL,
        .resumed = hears ? resume : NULL,
        .context = port,
    };
    *port = (struct port){.loop = loop_create(NULL), .user = -1};
    port->input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (openpty(&port->user, &port->line, NULL, NULL, NULL) != 0 ||
        tcgetattr(port->line, &port->before) != 0) {
        return false;
    }
    port->before.c_iflag |= ICRNL | IXON;
    port->before.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
    (void)tcsetattr(port->line, TCSANOW, &port->before);
    port->event = test_next_descriptor();
    return tcgetattr(port->line, &port->before) == 0 &&
           dup2(port->line, STDIN_FILENO) == STDIN_FILENO &&
           character_open(port->loop, "stdio", &events, &port->character,
                          NULL) == 0;
}

static void port_close(struct port *port)
{
    character_close(port->character);
    EXPECT_EQ(loop_turn(port->loop, 0), 0);
    buffer_fini(&port->came);
    loop_destroy(port->loop);
    (void)dup2(port->input, STDIN_FILENO);
    close(port->input);
    close(port->line);
    if (port->user >= 0) {
        close(port->user);
    }
}

static bool is_as_before(const struct port *port)
{
    struct termios now;
    return tcgetattr(port->line, &now) == 0 &&
           now.c_lflag == port->before.c_lflag &&
           now.c_iflag == port->before.c_iflag &&
           now.c_oflag == port->before.c_oflag;
}

static bool is_raw(const struct port *port)
{
    struct termios now;
    return tcgetattr(port->line, &now) == 0 &&
           now.c_lflag == (port->before.c_lflag &
                           ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN)) &&
           now.c_iflag == (port->before.c_iflag & ~(tcflag_t)(ICRNL | IXON)) &&
           now.c_oflag == port->before.c_oflag;
}

static bool is_default(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_DFL;
}

FIXTURE(struct port, port, port_close)

TEST_BEGINS(a_terminal_is_raw_from_the_first_turn_to_the_end, port)
{
    if (!port_open(port, true)) {
        port_close(port);
        SKIP("there are no pseudo-terminals here");
    }
    EXPECT(is_as_before(port) && is_default(SIGTSTP) && is_default(SIGCONT));
    EXPECT_EQ(loop_turn(port->loop, 0), 1);
    EXPECT(is_raw(port));
    EXPECT(!is_default(SIGTSTP) && !is_default(SIGCONT));
    EXPECT_EQ(fcntl(port->event, F_GETFD), FD_CLOEXEC);
    EXPECT(fcntl(port->event, F_GETFL) & O_NONBLOCK);
    EXPECT_EQ(write(port->user, "a\r\n\3\21", 5), 5);
    while (port->came.size < 5 && loop_turn(port->loop, LOOP_FOREVER) >= 0) {
    }
    EXPECT_BYTES(port->came.bytes, "a\r\n\3\21", 5);
    EXPECT_EQ(port->ends, 0);
    EXPECT_EQ(write(port->user, "k", 1), 1);
    EXPECT_EQ(loop_turn(port->loop, LOOP_FOREVER), 1);
    EXPECT_BYTES(port->came.bytes + 5, "k", 1);
    port->came.size = 5;
    /* Keys before the one that ends are typed, those behind are not. */
    EXPECT_EQ(write(port->user, "xy\035z", 4), 4);
    EXPECT_EQ(loop_turn(port->loop, LOOP_FOREVER), 1);
    EXPECT_EQ(port->came.size, 7);
    EXPECT_BYTES(port->came.bytes + 5, "xy", 2);
    EXPECT_EQ(port->ends, 1);
    EXPECT_EQ(write(port->user, "\035", 1), 1);
    EXPECT_EQ(loop_turn(port->loop, LOOP_FOREVER), 1);
    EXPECT_EQ(port->came.size, 7);
    EXPECT_EQ(port->ends, 2);
    EXPECT(is_raw(port));
    character_close(port->character);
    port->character = NULL;
    EXPECT(is_as_before(port) && is_default(SIGTSTP) && is_default(SIGCONT));
    EXPECT_EQ(fcntl(port->event, F_GETFD), -1);
    /* Once more, where there is no descriptor. */
    const struct character_events events = {.received = take, .context = port};
    struct error error = {""};
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit few = {(rlim_t)port->event, before.rlim_max};
    (void)setrlimit(RLIMIT_NOFILE, &few);
    const int code =
        character_open(port->loop, "stdio", &events, &port->character, &error);
    (void)setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(code, -EMFILE);
    EXPECT_STR(error.text,
               "cannot make an event descriptor: Too many open files");
    EXPECT(is_as_before(port));
}

TEST_BEGINS(a_terminal_that_was_never_made_raw_stays_as_it_is, port)
{
    if (!port_open(port, true)) {
        port_close(port);
        SKIP("there are no pseudo-terminals here");
    }
    (void)signal(SIGTSTP, SIG_IGN);
    character_close(port->character);
    port->character = NULL;
    EXPECT(is_as_before(port) && !is_default(SIGTSTP));
    (void)signal(SIGTSTP, SIG_DFL);
}

TEST(the_end_of_a_terminal_ends_the_program)
{
    for (unsigned hears = 0; hears < 2; hears++) {
        struct port port;
        if (!port_open(&port, hears)) {
            port_close(&port);
            SKIP("there are no pseudo-terminals here");
        }
        EXPECT_EQ(loop_turn(port.loop, 0), 1);
        close(port.user);
        port.user = -1;
        EXPECT_EQ(loop_turn(port.loop, LOOP_FOREVER), 1);
        EXPECT_EQ(port.ends, hears);
        EXPECT_EQ(loop_turn(port.loop, 0), 0);
        port_close(&port);
    }
}

/* In a child, which is stopped. */
static int be_stopped(struct port *port, bool hears)
{
    (void)loop_turn(port->loop, 0);
    for (unsigned i = 1; i <= 2; i++) {
        errno = 1234;
        (void)raise(SIGTSTP);
        if (errno != 1234) {
            return 2;
        }
        if (loop_turn(port->loop, 0) != 1 || !is_raw(port) ||
            port->resumes != (hears ? i : 0) || loop_turn(port->loop, 0) != 0) {
            return 3;
        }
    }
    return 0;
}

TEST(a_terminal_is_given_back_while_the_program_is_stopped)
{
    for (unsigned hears = 0; hears < 2; hears++) {
        struct port port;
        int status = 0;
        if (!port_open(&port, hears)) {
            port_close(&port);
            SKIP("there are no pseudo-terminals here");
        }
        const pid_t child = fork();
        if (child == 0) {
            test_default_signals();
            _exit(be_stopped(&port, hears));
        }
        for (unsigned i = 0; i < 2; i++) {
            EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
            EXPECT(WIFSTOPPED(status));
            EXPECT(is_as_before(&port));
            (void)kill(child, SIGCONT);
        }
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
        port_close(&port);
    }
}

TEST(several_ports_may_have_standard_input)
{
    struct port port = {.loop = loop_create(NULL)};
    const struct character_events events = {.received = take, .context = &port};
    struct character *ports[2] = {NULL, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        EXPECT_EQ(character_open(port.loop, "stdio", &events, &ports[i], NULL),
                  0);
    }
    loop_turn(port.loop, 0);
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        character_close(ports[i]);
    }
    EXPECT(fcntl(STDIN_FILENO, F_GETFD) != -1);
    loop_destroy(port.loop);
    buffer_fini(&port.came);
}
