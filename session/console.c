/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, the terminal and pressed buttons, in virtual time. */
#include "session/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "host/file.h"

enum {
    INPUT_MAX = 64 << 20,
    SLICE_NS = 5000000, /* between two looks at back ends */
    TICK_NS = 1000000,  /* between two portions of keys, */
    PORTION = 11,       /* as many as 115200 baud bring */
    HOLD_NS = 100000000,
    LISTED = 16, /* inputs of a device are listed one by one */
};

/* A key that has a name of its own, and the pin of its GPIO block. */
#define POWER_KEY "power"
#define POWER_PIN "pin3"

/* The console that is no serial line: what is typed is read as a file is. */
#define SEMIHOSTING "semihosting"

/* ---- Loading ------------------------------------------------------------- */

/* The return key is CR; what semihosting reads is text of the host. */
static void take_input(struct session_console *console,
                       const struct buffer *file)
{
    const char *port = console->options->console;
    bool text = port && strcmp(port, SEMIHOSTING) == 0;
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
                              "standard input is a terminal, whose keys go "
                              "to the guest without it");
    }
    if (file_read(standard ? "/dev/stdin" : path, INPUT_MAX, &file, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    take_input(console, &file);
    buffer_fini(&file);
    console->has_input = true;
    return 0;
}

/* The key goes down and comes up again, or the line keeps its value. */
static void add_press(struct session_console *console,
                      const struct session_press *press)
{
    bool is_key = console->power_line && strcmp(press->line, POWER_KEY) == 0;
    assert(console->edge_count + 2 <= 2 * console->options->press_count);
    for (unsigned up = 0; up < (press->sets ? 1 : 2); up++) {
        console->edges[console->edge_count++] = (struct session_edge){
            .line = is_key ? console->power_line : press->line,
            .time_ns = press->time_ns + (up ? HOLD_NS : 0),
            .level = press->sets ? press->value : !up,
            .begins = !up,
        };
    }
}

int session_console_load(struct session_console *console,
                         const struct session_options *options,
                         const struct session_observer *observer,
                         const struct session_roles *roles,
                         struct session_error *error)
{
    size_t count = options->press_count;
    assert(observer != NULL && console->edges == NULL);
    console->options = options;
    console->observer = observer;
    console->port = options->console ? options->console : "";
    console->power_line =
        session_role_line(roles, SESSION_POWER_KEY, POWER_PIN);
    console->edges = xcalloc(2 * count + 1, sizeof(*console->edges));
    for (size_t i = 0; i < count; i++) {
        add_press(console, &options->presses[i]);
    }
    return load_input(console, error);
}

void session_console_fini(struct session_console *console)
{
    free(console->edges);
    free(console->power_line);
    buffer_fini(&console->typed.bytes);
    buffer_fini(&console->input.bytes);
}

/* ---- Keys and buttons ---------------------------------------------------- */

static bool types(const struct session_options *options)
{
    for (size_t i = 0; i < options->step_count; i++) {
        if (options->steps[i].type) {
            return true;
        }
    }
    return false;
}

static bool has_keys(const struct session_keys *keys)
{
    assert(keys->next <= keys->bytes.size);
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
    assert(taken <= 0 || (uint64_t)taken <= left);
    keys->next += taken > 0 ? (size_t)taken : 0;
    if (!has_keys(keys)) {
        buffer_clear(&keys->bytes);
        keys->next = 0;
    }
    console->next_ns = cairn_time_ns(console->machine) + TICK_NS;
}

static bool is_file_like(const struct session_console *console)
{
    return strcmp(console->port, SEMIHOSTING) == 0;
}

static void send_due_keys(struct session_console *console)
{
    if (has_keys(&console->typed)) {
        send_keys(console, &console->typed, SIZE_MAX);
    } else {
        send_keys(console, &console->input,
                  is_file_like(console) ? SIZE_MAX : PORTION);
    }
}

/* True if a step, the file or the terminal will bring more. */
static bool has_more(const struct session_console *console)
{
    return console->terminal || has_any_keys(console) ||
           (!console->input_begun &&
            (console->has_input || types(console->options)));
}

/* A program that reads a file-like port waits for what is still to come, and
 * finds the end behind it. */
static void promise(const struct session_console *console)
{
    if (is_file_like(console)) {
        (void)cairn_console_promise(console->machine, console->port,
                                    has_more(console));
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
    promise(console);
}

static void apply_edge(struct session_console *console,
                       struct session_edge *edge)
{
    assert(!edge->done);
    edge->done = true;
    (void)cairn_line_set(console->machine, edge->line, edge->level);
}

/* When the next key or edge is due, or UINT64_MAX. */
static uint64_t planned(const struct session_console *console)
{
    uint64_t due = has_any_keys(console) ? console->next_ns : UINT64_MAX;
    for (size_t i = 0; i < console->edge_count; i++) {
        const struct session_edge *edge = &console->edges[i];
        if (!edge->done && edge->time_ns < due) {
            due = edge->time_ns;
        }
    }
    return due;
}

bool session_console_has_plans(const struct session_console *console)
{
    return planned(console) != UINT64_MAX;
}

uint64_t session_console_due(const struct session_console *console)
{
    uint64_t due = planned(console);
    uint64_t slice = cairn_time_ns(console->machine) + SLICE_NS;
    return console->connected && slice < due ? slice : due;
}

/* Serves the back ends, at the host's pace if one of them is live. */
static bool serve_back_ends(const struct session_console *console)
{
    const struct session_observer *observer = console->observer;
    if (observer->flush) {
        observer->flush(observer->context);
    }
    return cairn_serve(console->machine) == 0 && !session_is_ending(observer);
}

bool session_console_serve(struct session_console *console)
{
    assert(console->machine != NULL);
    uint64_t now = cairn_time_ns(console->machine);
    for (size_t i = 0; i < console->edge_count; i++) {
        if (!console->edges[i].done && console->edges[i].time_ns <= now) {
            apply_edge(console, &console->edges[i]);
        }
    }
    if (has_any_keys(console) && console->next_ns <= now) {
        send_due_keys(console);
        promise(console);
    }
    return !console->connected || serve_back_ends(console);
}

const struct session_edge *
session_console_unpressed(const struct session_console *console)
{
    for (size_t i = 0; i < console->edge_count; i++) {
        if (console->edges[i].begins && !console->edges[i].done) {
            return &console->edges[i];
        }
    }
    return NULL;
}

/* ---- Names --------------------------------------------------------------- */

static void add_name(struct buffer *names, const char *name)
{
    buffer_print(names, "%s%s", names->size ? ", " : "", name);
}

static void list_ports(const struct session_console *console,
                       const struct cairn_machine *machine,
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

/* The inputs of a device with many of them, an interrupt controller, the first
 * and the last. */
static void list_inputs(const struct session_console *console,
                        const struct cairn_machine *machine,
                        struct buffer *names)
{
    size_t count;
    for (size_t i = 0; cairn_input_name(machine, i); i += count) {
        count = count_inputs(machine, i);
        bool many = count > LISTED;
        for (size_t n = 0; n < count; n += many && n == 0 ? count - 1 : 1) {
            const char *name = cairn_input_name(machine, i + n);
            if (console->power_line && strcmp(name, console->power_line) == 0) {
                add_name(names, POWER_KEY);
                buffer_print(names, " (%s)", name);
            } else if (many && n != 0) {
                buffer_print(names, " to %s", name);
            } else {
                add_name(names, name);
            }
        }
    }
}

/* The names that would have been right. */
static int misnamed(const struct session_console *console,
                    const struct cairn_machine *machine, const char *option,
                    const char *wrong, const char *name,
                    void (*list)(const struct session_console *console,
                                 const struct cairn_machine *machine,
                                 struct buffer *names),
                    struct session_error *error)
{
    struct buffer names = {0};
    list(console, machine, &names);
    int code =
        session_misuse(error, option, "%s '%s'%s%s", wrong, name,
                       names.size ? "; there are: " : "", buffer_text(&names));
    buffer_fini(&names);
    return code;
}

/* ---- Back ends ----------------------------------------------------------- */

static bool find_kind(const char *backend, struct cairn_serial_kind *kind)
{
    size_t length = strcspn(backend, ":");
    for (size_t i = 0; cairn_serial_kind(i, kind) == 0; i++) {
        if (strlen(kind->name) == length &&
            strncmp(kind->name, backend, length) == 0) {
            return true;
        }
    }
    return false;
}

static const char *port_of(const struct session_console *console,
                           const struct session_serial *serial)
{
    return serial->port ? serial->port : console->port;
}

bool session_console_shows(const struct session_console *console,
                           const char *port)
{
    struct cairn_serial_kind kind;
    for (size_t i = 0; i < console->options->serial_count; i++) {
        const struct session_serial *serial = &console->options->serials[i];
        if (strcmp(port_of(console, serial), port) == 0) {
            return find_kind(serial->backend, &kind) && kind.shown;
        }
    }
    return true;
}

bool session_serial_has_peers(const struct session_serial *serial)
{
    struct cairn_serial_kind kind;
    return find_kind(serial->backend, &kind) && kind.peers;
}

bool session_serial_makes_file(const struct session_serial *serial)
{
    struct cairn_serial_kind kind;
    return find_kind(serial->backend, &kind) && kind.makes_file;
}

static int check_ports(const struct session_console *console,
                       struct cairn_machine *machine,
                       struct session_error *error)
{
    const struct session_options *options = console->options;
    for (size_t i = 0; i < options->serial_count; i++) {
        const char *port = port_of(console, &options->serials[i]);
        if (cairn_console_input(machine, port, "", 0) == -ENOENT) {
            return misnamed(console, machine, "serial",
                            "the board has no serial port", port, list_ports,
                            error);
        }
        for (size_t n = 0; n < i; n++) {
            if (strcmp(port_of(console, &options->serials[n]), port) == 0) {
                return session_misuse(error, "serial",
                                      "serial port '%s' has a back end", port);
            }
        }
    }
    return 0;
}

/* The form of its words and its port were checked. */
static int connect_serial(struct session_console *console,
                          const struct session_serial *serial,
                          struct session_error *error)
{
    const char *port = port_of(console, serial);
    struct cairn_error cause = {""};
    char name[128];
    int code = cairn_serial_connect(console->machine, port, serial->backend,
                                    name, sizeof(name), &cause);
    if (code != 0) {
        return session_failure(error, "serial", "%s", cause.text);
    }
    if (name[0] != '\0') {
        session_say(console->observer, "run: serial port '%s' is at %s", port,
                    name);
    }
    console->connected = true;
    return 0;
}

/* The terminal is the console's unless something else is: its keys are what is
 * typed, and what is printed is shown there. */
static bool wants_terminal(const struct session_console *console)
{
    const struct session_options *options = console->options;
    bool wanted = options->terminal && !console->has_input &&
                  options->step_count == 0 && !options->gdb && !options->replay;
    for (size_t i = 0; i < options->serial_count; i++) {
        const struct session_serial *serial = &options->serials[i];
        wanted = wanted && strcmp(serial->backend, "stdio") != 0 &&
                 strcmp(port_of(console, serial), console->port) != 0;
    }
    return wanted;
}

/* The contents of the file are lost. */
static bool empties_file(const struct session_serial *serial)
{
    return session_serial_makes_file(serial) &&
           !session_serial_has_peers(serial);
}

static int connect_those(struct session_console *console, bool empty_files,
                         struct session_error *error)
{
    const struct session_options *options = console->options;
    int code = 0;
    for (size_t i = 0; code == 0 && i < options->serial_count; i++) {
        const struct session_serial *serial = &options->serials[i];
        if (empties_file(serial) == empty_files) {
            code = connect_serial(console, serial, error);
        }
    }
    return code;
}

int session_console_make_files(struct session_console *console,
                               struct session_error *error)
{
    return connect_those(console, true, error);
}

static int connect_first(struct session_console *console,
                         struct session_error *error)
{
    const struct session_options *options = console->options;
    int code = connect_those(console, false, error);
    for (size_t i = 0; i < options->serial_count; i++) {
        console->terminal = console->terminal ||
                            (options->terminal &&
                             strcmp(options->serials[i].backend, "stdio") == 0);
    }
    if (code == 0 && wants_terminal(console) &&
        cairn_serial_connect(console->machine, console->port, "stdio", NULL, 0,
                             NULL) == 0) {
        console->terminal = true;
        console->connected = true;
    }
    return code;
}

/* ---- Life ---------------------------------------------------------------- */

int session_console_attach(struct session_console *console,
                           struct cairn_machine *machine,
                           struct session_error *error)
{
    assert(machine != NULL && console->machine == NULL);
    const char *port = cairn_console_default(machine);
    if (!console->options->console && port) {
        console->port = port;
    }
    bool used = console->has_input || console->options->console ||
                types(console->options);
    if (used && cairn_console_input(machine, console->port, "", 0) < 0) {
        return misnamed(console, machine, "console",
                        "the board has no serial port", console->port,
                        list_ports, error);
    }
    for (size_t i = 0; i < console->edge_count; i++) {
        uint32_t level = 0;
        const char *line = console->edges[i].line;
        if (cairn_line_get(machine, line, &level) ||
            cairn_line_set(machine, line, level)) {
            return misnamed(console, machine, "press", "the board has no input",
                            line, list_inputs, error);
        }
    }
    console->machine = machine;
    int code = check_ports(console, machine, error);
    return code ? code : connect_first(console, error);
}

void session_console_open(struct session_console *console)
{
    assert(console->machine != NULL);
    if (console->terminal && console->observer->terminal) {
        console->observer->terminal(console->observer->context);
    }
    if (console->connected) {
        /* A terminal is raw before the guest runs. */
        (void)cairn_serve(console->machine);
    }
    promise(console);
}

void session_console_close(struct session_console *console)
{
    if (console->connected) {
        cairn_serial_close(console->machine);
    }
    console->terminal = false;
    console->connected = false;
}
