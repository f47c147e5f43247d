/* SPDX-License-Identifier: Apache-2.0 */
/* The program with a terminal before it: a pseudo terminal that the test is at
 * the other end of. CAIRN_PROGRAM is the program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { PATIENCE_MS = 30000 };

static const char guest[] = "build/out/guest/virt/console.elf";

struct terminal {
    int fd;   /* our end */
    int line; /* the program's end, to look at its settings */
    pid_t program;
    struct termios before;
    struct buffer seen;
};

static char *program_path(void)
{
    const char *out = getenv("OUT");
    return xasprintf("%s/cairn", out ? out : "build/out/release");
}

/* Starts the program; its input is the terminal, or nothing. */
static bool start(struct terminal *terminal, bool input,
                  const char *const *arguments)
{
    char *path = program_path();
    *terminal = (struct terminal){.fd = -1, .line = -1};
    if (openpty(&terminal->fd, &terminal->line, NULL, NULL, NULL) != 0 ||
        tcgetattr(terminal->line, &terminal->before) != 0) {
        free(path);
        return false;
    }
    terminal->program = fork();
    if (terminal->program == 0) {
        char *copies[16] = {path};
        for (size_t i = 0; i < 14 && arguments[i]; i++) {
            copies[i + 1] = xstrdup(arguments[i]);
        }
        int in = input ? terminal->line : open("/dev/null", O_RDONLY);
        dup2(in, STDIN_FILENO);
        dup2(terminal->line, STDOUT_FILENO);
        dup2(terminal->line, STDERR_FILENO);
        test_default_signals();
        execv(path, copies);
        _exit(127);
    }
    free(path);
    return terminal->program > 0;
}

/* Reads until the text was shown, or the program has no more to say. */
static bool see(struct terminal *terminal, const char *text)
{
    struct pollfd input = {.fd = terminal->fd, .events = POLLIN};
    while (!strstr(buffer_text(&terminal->seen), text)) {
        char bytes[256];
        if (poll(&input, 1, PATIENCE_MS) <= 0) {
            return false;
        }
        ssize_t count = read(terminal->fd, bytes, sizeof(bytes) - 1);
        if (count <= 0) {
            return false;
        }
        bytes[count] = '\0';
        buffer_print(&terminal->seen, "%s", bytes);
    }
    return true;
}

static void type(const struct terminal *terminal, const char *keys)
{
    EXPECT_EQ(write(terminal->fd, keys, strlen(keys)), strlen(keys));
}

static bool is_as_before(const struct terminal *terminal)
{
    struct termios now;
    return tcgetattr(terminal->line, &now) == 0 &&
           now.c_lflag == terminal->before.c_lflag &&
           now.c_iflag == terminal->before.c_iflag &&
           now.c_oflag == terminal->before.c_oflag;
}

static bool is_raw(const struct terminal *terminal)
{
    struct termios now;
    return tcgetattr(terminal->line, &now) == 0 &&
           (now.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

/* The exit code, or minus the signal that ended the program. */
static int finish(struct terminal *terminal)
{
    int status = 0;
    waitpid(terminal->program, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void leave(struct terminal *terminal)
{
    close(terminal->fd);
    close(terminal->line);
    buffer_fini(&terminal->seen);
}

/* A sandbox may have none. */
static bool has_terminals(void)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    bool found = fd >= 0 && ptsname(fd) && access(ptsname(fd), R_OK) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return found;
}

#define NEED_TERMINALS                                                         \
    do {                                                                       \
        if (!has_terminals()) {                                                \
            SKIP("there are no pseudo-terminals here");                        \
        }                                                                      \
    } while (0)

FIXTURE(struct terminal, terminal, leave)

TEST_BEGINS(keys_go_to_the_guest_as_they_are_and_ctrl_bracket_ends_the_run,
            terminal)
{
    NEED_TERMINALS;
    static const char *const arguments[] = {"run", "virt", "--kernel", guest,
                                            NULL};
    REQUIRE(start(terminal, true, arguments));
    EXPECT(see(terminal, "Ctrl-] ends the run"));
    EXPECT(see(terminal, "ready"));
    EXPECT(is_raw(terminal));
    type(terminal, "ab\x03\r");
    EXPECT(see(terminal, "AB\x03"));
    EXPECT(!strstr(buffer_text(&terminal->seen), "ab"));
    type(terminal, "c\x1d");
    EXPECT(see(terminal, "the user ended the run"));
    EXPECT_EQ(finish(terminal), 0);
    EXPECT(is_as_before(terminal));
}

TEST_BEGINS(the_terminal_is_put_back_when_the_guest_ends, terminal)
{
    NEED_TERMINALS;
    static const char *const arguments[] = {
        "run", "virt", "--kernel", guest, "--press", "power@5ms", NULL};
    REQUIRE(start(terminal, true, arguments));
    EXPECT(see(terminal, "power key at 5 ms"));
    EXPECT(see(terminal, "the guest ended well"));
    EXPECT_EQ(finish(terminal), 0);
    EXPECT(is_as_before(terminal));
}

TEST(the_terminal_is_put_back_and_the_run_reported_at_signals)
{
    NEED_TERMINALS;
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    static const char *const arguments[] = {"run", "virt", "--kernel", guest,
                                            NULL};
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        OWNED(leave) struct terminal terminal = {0};
        test_case("signal %d", signals[i]);
        REQUIRE(start(&terminal, true, arguments));
        EXPECT(see(&terminal, "ready"));
        EXPECT(is_raw(&terminal));
        kill(terminal.program, signals[i]);
        EXPECT(see(&terminal, "ended by SIG"));
        EXPECT_EQ(finish(&terminal), -signals[i]);
        EXPECT(is_as_before(&terminal));
    }
}

/* Waits for what the program does in its own time. */
static bool becomes_raw(const struct terminal *terminal)
{
    for (unsigned ms = 0; ms < PATIENCE_MS && !is_raw(terminal); ms++) {
        usleep(1000);
    }
    return is_raw(terminal);
}

TEST_BEGINS(
    the_terminal_is_put_back_while_the_program_is_stopped_and_raw_again_then,
    terminal)
{
    NEED_TERMINALS;
    static const char *const arguments[] = {"run", "virt", "--kernel", guest,
                                            NULL};
    int status = 0;
    REQUIRE(start(terminal, true, arguments));
    EXPECT(see(terminal, "ready"));
    EXPECT(is_raw(terminal));
    for (unsigned turn = 0; turn < 2; turn++) {
        kill(terminal->program, SIGTSTP);
        REQUIRE(waitpid(terminal->program, &status, WUNTRACED) ==
                terminal->program);
        REQUIRE(WIFSTOPPED(status));
        EXPECT(is_as_before(terminal));
        kill(terminal->program, SIGCONT);
        EXPECT(becomes_raw(terminal));
    }
    /* A shell that stops it without asking leaves its own settings. */
    kill(terminal->program, SIGSTOP);
    REQUIRE(waitpid(terminal->program, &status, WUNTRACED) ==
            terminal->program);
    tcsetattr(terminal->line, TCSANOW, &terminal->before);
    kill(terminal->program, SIGCONT);
    EXPECT(becomes_raw(terminal));
    type(terminal, "ab\r");
    EXPECT(see(terminal, "AB"));
    type(terminal, "\x1d");
    EXPECT_EQ(finish(terminal), 0);
    EXPECT(is_as_before(terminal));
}

TEST_BEGINS(a_terminal_that_only_shows_has_a_line_that_tells_how_far_it_is,
            terminal)
{
    NEED_TERMINALS;
    static const char *const arguments[] = {
        "run", "virt", "--kernel", guest, "--press", "power@100ms", NULL};
    REQUIRE(start(terminal, false, arguments));
    EXPECT(see(terminal, "ready"));
    EXPECT(see(terminal, " million instructions\x1b[K"));
    EXPECT(is_as_before(terminal));
    /* It is gone before the next line of the guest. */
    EXPECT(see(terminal, "\r\x1b[Kpower key at 100 ms"));
    EXPECT_EQ(finish(terminal), 0);
}

/* Answers that nobody sees, and corrections of them. */
TEST(a_pass_phrase_is_typed_and_not_shown)
{
    NEED_TERMINALS;
    static const struct {
        const char *keys;
        const char *again; /* NULL: not asked for */
        int code;
        const char *text;
    } rows[] = {
        {"sesame\r",            "sesame\r",      0, "a private key, ed25519, encrypted"},
        {"xx\x15seb\x7fsame\n", "seq\bsame\x04", 0,
         "a private key, ed25519, encrypted"                                           },
        {"sesame\r",            "sesam\r",       1, "': the pass phrases differ"       },
        {"sesame\r",            "sesames\r",     1, "': the pass phrases differ"       },
        {"ses\x03",             NULL,            1, "': no pass phrase was typed"      },
        {"\x04",                NULL,            1, "': no pass phrase was typed"      },
        {"\r",                  "\r",            1, "': the pass phrase is empty"      },
    };
    char folder[] = "/tmp/cairn-terminal-XXXXXX";
    REQUIRE(mkdtemp(folder) != NULL);
    OWNED(free_at) char *path = xasprintf("%s/key", folder);
    const char *const made[] = {"keys",        "new", "--type", "ed25519",
                                "--encrypted", path,  NULL};
    const char *const shown[] = {"keys", "public", path, NULL};
    struct terminal terminal;
    unsetenv("CAIRN_PASSWORD");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu", i);
        unlink(path);
        REQUIRE(start(&terminal, true, made));
        EXPECT(see(&terminal, "pass phrase for '"));
        EXPECT(see(&terminal, "key': "));
        type(&terminal, rows[i].keys);
        if (rows[i].again != NULL) {
            EXPECT(see(&terminal, "the same again, for '"));
            EXPECT(see(&terminal, "key': \r\nthe same again, for"));
            type(&terminal, rows[i].again);
        }
        EXPECT(see(&terminal, rows[i].text));
        EXPECT_EQ(finish(&terminal), rows[i].code);
        EXPECT(is_as_before(&terminal));
        EXPECT(strstr(buffer_text(&terminal.seen), "sesam") == NULL);
        EXPECT_EQ(access(path, F_OK) == 0, rows[i].code == 0);
        leave(&terminal);
        if (rows[i].code == 0) {
            REQUIRE(start(&terminal, true, shown));
            EXPECT(see(&terminal, "pass phrase of '"));
            type(&terminal, "sesame\r");
            EXPECT(see(&terminal, "ed25519_pub_key[]"));
            EXPECT_EQ(finish(&terminal), 0);
            EXPECT(is_as_before(&terminal));
            leave(&terminal);
        }
    }
    unlink(path);
    rmdir(folder);
}
