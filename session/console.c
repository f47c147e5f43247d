/* SPDX-License-Identifier: Apache-2.0 */
#include "session/console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "host/time.h"

enum {
    INPUT_MAX = 64 << 20,
    SLICE_NS = 5000000, /* between two looks at the terminal */
    TICK_NS = 1000000,  /* between two portions of keys, */
    PORTION = 11,       /* as many as 115200 baud bring */
    HOLD_NS = 100000000,
    ESCAPE_KEY = 0x1d, /* Ctrl-] */
    LISTED = 16,       /* inputs of a device are listed one by one */
};

/* The power key of the board virt. */
#define POWER_KEY  "power"
#define POWER_LINE "gpio.pin3"

/* ---- Loading ------------------------------------------------------------- */

/* The return key is CR; what semihosting reads is text of the host. */
static void take_input(struct session_console *console,
                       const struct buffer *file)
{
    bool text = strcmp(console->port, "semihosting") == 0;
    for (size_t i = 0; i < file->size; i++) {
        uint8_t key = file->bytes[i];
        if (!text && key == '\n') {
            key = '\r';
        }
        if (text || file->bytes[i] != '\r' || i + 1 == file->size ||
            file->bytes[i + 1] != '\n') {
            buffer_append(&console->input.bytes, &key, 1);
        }
    }
}

static int load_input(struct session_console *console,
                      struct session_error *why)
{
    const char *path = console->options->input;
    struct buffer file = {0};
    struct error error = {""};
    if (!path) {
        return 0;
    }
    bool standard = strcmp(path, "-") == 0;
    if (standard && console->options->terminal) {
        return session_misuse(why, "input",
                              "standard input is a terminal, whose keys are "
                              "typed anyway");
    }
    if (file_read(standard ? "/dev/stdin" : path, INPUT_MAX, &file, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    take_input(console, &file);
    buffer_fini(&file);
    console->has_input = true;
    return 0;
}

/* The key goes down and comes up again. */
static void add_press(struct session_console *console,
                      const struct session_press *press)
{
    bool is_key = strcmp(press->line, POWER_KEY) == 0;
    for (unsigned up = 0; up < 2; up++) {
        console->edges[console->edge_count++] = (struct session_edge){
            .line = is_key ? POWER_LINE : press->line,
            .time_ns = press->time_ns + (up ? HOLD_NS : 0),
            .down = !up,
        };
    }
}

int session_console_load(struct session_console *console,
                         const struct session_options *options,
                         const struct session_observer *observer,
                         struct session_error *error)
{
    size_t count = options->press_count;
    console->options = options;
    console->observer = observer;
    console->port = options->console ? options->console : "uart";
    console->edges = xcalloc(2 * count + 1, sizeof(*console->edges));
    for (size_t i = 0; i < count; i++) {
        add_press(console, &options->presses[i]);
    }
    return load_input(console, error);
}

void session_console_fini(struct session_console *console)
{
    free(console->edges);
    buffer_fini(&console->typed.bytes);
    buffer_fini(&console->input.bytes);
}

/* ---- At a terminal ------------------------------------------------------- */

/* For handlers of signals: the terminal as it was, and whether the program went
 * on after it had been stopped. */
static struct termios before_stop;
static volatile sig_atomic_t continued;

/* Whoever stops the program wants the terminal as it was. */
static void stop(int number)
{
    int code = errno;
    (void)number;
    tcsetattr(STDIN_FILENO, TCSANOW, &before_stop);
    raise(SIGSTOP);
    errno = code;
}

static void go_on(int number)
{
    (void)number;
    continued = 1;
}

static void watch_stops(const struct termios *before)
{
    struct sigaction stops = {.sa_handler = before ? stop : SIG_DFL,
                              .sa_flags = SA_RESTART};
    struct sigaction continues = {.sa_handler = before ? go_on : SIG_DFL,
                                  .sa_flags = SA_RESTART};
    if (before) {
        before_stop = *before;
    }
    sigaction(SIGTSTP, &stops, NULL);
    sigaction(SIGCONT, &continues, NULL);
}

static void make_raw(struct session_console *console)
{
    struct termios raw = console->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    console->host_ns = host_time_ns() - cairn_time_ns(console->machine);
}

static void open_terminal(struct session_console *console)
{
    watch_stops(&console->before);
    make_raw(console);
    if (console->observer->terminal) {
        console->observer->terminal(console->observer->context);
    }
}

static void close_terminal(const struct session_console *console)
{
    watch_stops(NULL);
    tcsetattr(STDIN_FILENO, TCSANOW, &console->before);
}

/* False when the user leaves. */
static bool read_keys(struct session_console *console)
{
    uint8_t keys[64];
    ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    const uint8_t *escape = memchr(keys, ESCAPE_KEY, (size_t)count);
    session_console_type(console, keys,
                         escape ? (size_t)(escape - keys) : (size_t)count);
    console->left = escape != NULL;
    return !escape;
}

/* Waits until the host's time is the guest's, and passes keys on. */
static bool serve_terminal(struct session_console *console)
{
    if (continued) {
        continued = 0;
        make_raw(console);
    }
    uint64_t host = host_time_ns() - console->host_ns;
    uint64_t guest = cairn_time_ns(console->machine);
    int ms = guest > host ? (int)((guest - host) / 1000000) : 0;
    const struct session_observer *observer = console->observer;
    int ending =
        observer->ending_fd ? observer->ending_fd(observer->context) : -1;
    struct pollfd inputs[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = ending,       .events = POLLIN},
    };
    if (observer->flush) {
        observer->flush(observer->context);
    }
    if (poll(inputs, ARRAY_SIZE(inputs), ms) <= 0) {
        return true;
    }
    return !session_is_ending(console->observer) &&
           (!(inputs[0].revents & (POLLIN | POLLHUP | POLLERR)) ||
            read_keys(console));
}

/* ---- Keys and buttons ---------------------------------------------------- */

static bool has_keys(const struct session_keys *keys)
{
    return keys->next < keys->bytes.size;
}

static bool has_any_keys(const struct session_console *console)
{
    return has_keys(&console->typed) ||
           (console->input_begun && has_keys(&console->input));
}

static void send_keys(struct session_console *console,
                      struct session_keys *keys, size_t most)
{
    size_t left = keys->bytes.size - keys->next;
    int64_t taken = cairn_console_input(console->machine, console->port,
                                        keys->bytes.bytes + keys->next,
                                        left < most ? left : most);
    keys->next += taken > 0 ? (size_t)taken : 0;
    if (!has_keys(keys)) {
        buffer_clear(&keys->bytes);
        keys->next = 0;
    }
    console->next_ns = cairn_time_ns(console->machine) + TICK_NS;
}

static void send_due_keys(struct session_console *console)
{
    if (has_keys(&console->typed)) {
        send_keys(console, &console->typed, SIZE_MAX);
    } else {
        send_keys(console, &console->input, PORTION);
    }
}

void session_console_type(struct session_console *console, const void *bytes,
                          size_t size)
{
    bool waits = has_keys(&console->typed);
    buffer_append(&console->typed.bytes, bytes, size);
    if (!waits && size != 0) {
        send_keys(console, &console->typed, SIZE_MAX);
    }
}

void session_console_begin(struct session_console *console)
{
    console->input_begun = true;
    console->next_ns = cairn_time_ns(console->machine) + TICK_NS;
}

static void apply_edge(struct session_console *console,
                       struct session_edge *edge)
{
    edge->done = true;
    (void)cairn_line_set(console->machine, edge->line, edge->down);
}

uint64_t session_console_due(const struct session_console *console)
{
    uint64_t due = UINT64_MAX;
    if (console->terminal) {
        due = cairn_time_ns(console->machine) + SLICE_NS;
    }
    if (has_any_keys(console) && console->next_ns < due) {
        due = console->next_ns;
    }
    for (size_t i = 0; i < console->edge_count; i++) {
        const struct session_edge *edge = &console->edges[i];
        if (!edge->done && edge->time_ns < due) {
            due = edge->time_ns;
        }
    }
    return due;
}

bool session_console_serve(struct session_console *console)
{
    uint64_t now = cairn_time_ns(console->machine);
    for (size_t i = 0; i < console->edge_count; i++) {
        if (!console->edges[i].done && console->edges[i].time_ns <= now) {
            apply_edge(console, &console->edges[i]);
        }
    }
    if (has_any_keys(console) && console->next_ns <= now) {
        send_due_keys(console);
    }
    return !console->terminal || serve_terminal(console);
}

/* ---- Life ---------------------------------------------------------------- */

static void add_name(struct buffer *names, const char *name)
{
    buffer_print(names, "%s%s", names->size ? ", " : "", name);
}

static void list_ports(const struct cairn_machine *machine,
                       struct buffer *names)
{
    const char *name;
    for (size_t i = 0; (name = cairn_console_name(machine, i)); i++) {
        add_name(names, name);
    }
}

/* How many inputs from that one on are of the same device. */
static size_t count_inputs(const struct cairn_machine *machine, size_t first)
{
    const char *start = cairn_input_name(machine, first);
    size_t device = strcspn(start, ".") + 1;
    size_t count = 1;
    const char *name;
    while ((name = cairn_input_name(machine, first + count)) &&
           strncmp(name, start, device) == 0) {
        count++;
    }
    return count;
}

/* Of a device with many of them, an interrupt controller, the first and the
 * last. */
static void list_inputs(const struct cairn_machine *machine,
                        struct buffer *names)
{
    size_t count;
    for (size_t i = 0; cairn_input_name(machine, i); i += count) {
        count = count_inputs(machine, i);
        bool many = count > LISTED;
        for (size_t n = 0; n < count; n += many && n == 0 ? count - 1 : 1) {
            const char *name = cairn_input_name(machine, i + n);
            if (strcmp(name, POWER_LINE) == 0) {
                add_name(names, POWER_KEY " (" POWER_LINE ")");
            } else if (many && n != 0) {
                buffer_print(names, " to %s", name);
            } else {
                add_name(names, name);
            }
        }
    }
}

/* The names that would have been right. */
static int misnamed(const struct cairn_machine *machine, const char *option,
                    const char *wrong, const char *name,
                    void (*list)(const struct cairn_machine *machine,
                                 struct buffer *names),
                    struct session_error *error)
{
    struct buffer names = {0};
    list(machine, &names);
    int code =
        session_misuse(error, option, "%s '%s'%s%s", wrong, name,
                       names.size ? "; there are: " : "", buffer_text(&names));
    buffer_fini(&names);
    return code;
}

static bool types(const struct session_options *options)
{
    for (size_t i = 0; i < options->step_count; i++) {
        if (options->steps[i].type) {
            return true;
        }
    }
    return false;
}

int session_console_check(const struct session_console *console,
                          struct cairn_machine *machine,
                          struct session_error *error)
{
    bool used = console->has_input || console->options->console ||
                types(console->options);
    if (used && cairn_console_input(machine, console->port, "", 0) < 0) {
        return misnamed(machine, "console", "the board has no serial port",
                        console->port, list_ports, error);
    }
    for (size_t i = 0; i < console->edge_count; i++) {
        uint32_t level = 0;
        const char *line = console->edges[i].line;
        if (cairn_line_get(machine, line, &level) ||
            cairn_line_set(machine, line, level)) {
            return misnamed(machine, "press", "the board has no input", line,
                            list_inputs, error);
        }
    }
    return 0;
}

void session_console_open(struct session_console *console,
                          struct cairn_machine *machine)
{
    console->machine = machine;
    console->terminal = console->options->terminal && !console->has_input &&
                        console->options->step_count == 0 &&
                        tcgetattr(STDIN_FILENO, &console->before) == 0;
    if (console->terminal) {
        open_terminal(console);
    }
}

void session_console_close(struct session_console *console)
{
    if (console->terminal) {
        close_terminal(console);
    }
    console->terminal = false;
}
