/* SPDX-License-Identifier: Apache-2.0 */
/* Showing console lines, events and progress in their order. */
#include "commands/run/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/event.h"
#include "base/json.h"
#include "host/ending.h"
#include "host/file.h"
#include "host/time.h"

enum {
    FLUSH_NS = 100 * 1000 * 1000,
    PAUSE_NS = 10 * 1000 * 1000, /* the least, when the guest pauses */
    LINES_PER_LOOK = 16,
    TAIL_LINES = 8, /* that are printed, and bytes at most */
    TAIL_SIZE = 1024,
    END_LINES = 40, /* that a report has */
    END_SIZE = 8192,
};

/* ---- Whole lines in time ------------------------------------------------- */

void run_output_flush(struct run_output *output)
{
    FILE *const streams[] = {
        output->out, output->log, output->events,
        output->session ? session_console_file(output->session) : NULL};
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
        if (streams[i]) {
            (void)fflush(streams[i]);
            (void)ending_is_unread(streams[i]);
        }
    }
    output->flushed_ns = host_time_ns();
    struct cairn_machine *machine =
        output->session ? session_machine(output->session) : NULL;
    if (ending_signal() != 0 && machine) {
        cairn_stop(machine);
    }
}

static void flush_after(struct run_output *output, uint64_t ns)
{
    if (host_time_ns() - output->flushed_ns >= ns) {
        run_output_flush(output);
    }
}

/* To ask for the time costs less than a line, but something. */
static void note_line(struct run_output *output)
{
    output->lines++;
    if (output->prompt) {
        run_output_flush(output);
    } else if (output->lines % LINES_PER_LOOK == 0) {
        flush_after(output, FLUSH_NS);
    }
}

/* Output without a new line since the last look pauses. */
static void flush_when_due(struct run_output *output)
{
    bool pauses = output->lines == output->lines_seen;
    flush_after(output, pauses ? PAUSE_NS : FLUSH_NS);
    output->lines_seen = output->lines;
}

/* ---- Console ------------------------------------------------------------- */

static void end_line(struct run_output *output)
{
    if (output->open) {
        fputc('\n', output->out);
        output->open = NULL;
    }
}

static void print_json_line(const struct run_output *output,
                            const struct run_port *port)
{
    struct buffer text = {0};
    struct json json;
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    json_string(&json, "console", port->device);
    json_string(&json, "text", buffer_text(&port->line));
    json_end_object(&json);
    fprintf(output->out, "%s\n", buffer_text(&text));
    buffer_fini(&text);
}

/* Prints what the console has so far and leaves its line open. */
static void show(struct run_output *output, struct run_port *port)
{
    if (output->open != port) {
        end_line(output);
    }
    fputs(buffer_text(&port->line), output->out);
    output->open = port;
    buffer_clear(&port->line);
    port->old = false;
}

static void finish_line(struct run_output *output, struct run_port *port)
{
    progress_clear(&output->progress);
    if (output->json) {
        print_json_line(output, port);
        buffer_clear(&port->line);
    } else {
        show(output, port);
        end_line(output);
    }
    note_line(output);
}

/* Bytes that would steer a terminal are shown, not sent. */
static void append_visible(struct buffer *text, uint8_t byte)
{
    if ((byte >= ' ' && byte < 0x7f) || byte == '\t') {
        buffer_append(text, &byte, 1);
    } else if (byte != '\r') {
        buffer_print(text, "\\x%02x", byte);
    }
}

/* Ports past the last place share it. */
static struct run_port *find_port(struct run_output *output, const char *device)
{
    size_t i = 0;
    while (i < RUN_PORTS - 1 && output->ports[i].device[0] != '\0' &&
           strcmp(output->ports[i].device, device) != 0) {
        i++;
    }
    snprintf(output->ports[i].device, sizeof(output->ports[i].device), "%s",
             device);
    return &output->ports[i];
}

/* Twice as much as is shown is kept, so that bytes seldom move. */
static void keep_tail(struct buffer *tail, uint8_t byte)
{
    if (tail->size >= 2 * END_SIZE) {
        memmove(tail->bytes, tail->bytes + tail->size - END_SIZE, END_SIZE);
        tail->size = END_SIZE;
    }
    if (byte == '\n') {
        buffer_append(tail, &byte, 1);
    } else {
        append_visible(tail, byte);
    }
}

/* Its last lines, of which the first may be cut; the caller frees them. */
static char *end_of(const struct buffer *tail, unsigned lines_most,
                    size_t size_most)
{
    const char *text = (const char *)tail->bytes;
    size_t end = tail->size;
    while (end > 0 && text[end - 1] == '\n') {
        end--;
    }
    size_t start = end;
    unsigned lines = 0;
    while (start > 0 && end - start < size_most &&
           (lines += text[start - 1] == '\n') < lines_most) {
        start--;
    }
    while (start < end && text[start] == '\n') {
        start++;
    }
    return xstrndup(end ? text + start : "", end - start);
}

static bool has_printed(const struct run_port *port)
{
    const struct buffer *tail = &port->tail;
    size_t breaks = 0;
    while (breaks < tail->size && tail->bytes[breaks] == '\n') {
        breaks++;
    }
    return breaks < tail->size;
}

void run_output_tail(const struct run_output *output)
{
    size_t count = 0;
    for (size_t i = 0; i < RUN_PORTS; i++) {
        count += has_printed(&output->ports[i]);
    }
    for (size_t i = 0; i < RUN_PORTS && !output->out; i++) {
        const struct run_port *port = &output->ports[i];
        if (has_printed(port)) {
            char *end = end_of(&port->tail, TAIL_LINES, TAIL_SIZE);
            fprintf(output->arguments->err,
                    "cairn: run: the console%s%s ends with:\n%s\n",
                    count > 1 ? " " : "", count > 1 ? port->device : "", end);
            free(end);
        }
    }
}

size_t run_output_ends(struct run_output *output,
                       struct cairn_console_end ends[RUN_PORTS])
{
    size_t count = 0;
    for (size_t i = 0; i < RUN_PORTS; i++) {
        struct run_port *port = &output->ports[i];
        if (has_printed(port)) {
            free(port->end);
            port->end = end_of(&port->tail, END_LINES, END_SIZE);
            ends[count++] = (struct cairn_console_end){port->device, port->end};
        }
    }
    return count;
}

static void console(void *context, const char *device, uint8_t byte)
{
    struct run_output *output = context;
    struct run_port *port = find_port(output, device);
    if (output->keeps_tails) {
        keep_tail(&port->tail, byte);
    }
    if (!output->out) {
        return;
    }
    if (output->raw) {
        progress_clear(&output->progress);
        fputc(byte, output->out);
        output->open = byte != '\n' ? port : NULL;
        return;
    }
    port->old = false;
    if (byte == '\n') {
        finish_line(output, port);
        return;
    }
    append_visible(&port->line, byte);
    if (output->open == port) {
        show(output, port);
    }
}

/* A line that does not end is a prompt: it is shown after a while. */
static void show_prompts(struct run_output *output)
{
    for (size_t i = 0; i < RUN_PORTS && output->out && !output->json; i++) {
        struct run_port *port = &output->ports[i];
        if (port->line.size != 0 && port->old) {
            progress_clear(&output->progress);
            show(output, port);
        }
        port->old = port->line.size != 0;
    }
}

/* ---- Log and events ------------------------------------------------------ */

static void log_line(void *context, enum cairn_log kind, const char *line)
{
    struct run_output *output = context;
    /* The line names its kind. */
    if (output->log_awaited) {
        buffer_print(&output->early, "%s\n", line);
        return;
    }
    progress_clear(&output->progress);
    if (output->log_named) {
        fprintf(output->log, "%s\n", line);
        note_line(output);
        return;
    }
    if (output->out) {
        end_line(output);
        fflush(output->out);
    }
    fprintf(output->log, "cairn: %s\n", line);
}

static void say(void *context, const char *text)
{
    char *line = xasprintf("run: %s", text);
    log_line(context, CAIRN_LOG_GUEST, line);
    free(line);
}

struct cairn_outcome run_output_outcome(const struct run_output *output,
                                        bool reached, const char *text)
{
    return (struct cairn_outcome){
        .size = sizeof(struct cairn_outcome),
        .text = text,
        .reached = reached,
        .wall_ns = output->wall_times ? (const void *)output->wall.bytes : NULL,
        .wall_count = output->wall.size / sizeof(uint64_t),
        .wall_end_ns = host_time_ns(),
    };
}

/* One for each event that the list keeps (base/event.h). */
static void note_wall_time(struct run_output *output)
{
    uint64_t now = host_time_ns();
    if (output->wall.size == EVENTS_MAX * sizeof(now)) {
        uint8_t *from = output->wall.bytes + EVENTS_FIRST * sizeof(now);
        output->wall.size -= EVENTS_DROPPED * sizeof(now);
        memmove(from, from + EVENTS_DROPPED * sizeof(now),
                output->wall.size - EVENTS_FIRST * sizeof(now));
    }
    buffer_append(&output->wall, &now, sizeof(now));
}

static void restored(void *context, size_t events)
{
    struct run_output *output = context;
    buffer_clear(&output->wall);
    for (size_t i = 0; i < events; i++) {
        note_wall_time(output);
    }
}

static void event(void *context, const char *text, const char *json)
{
    struct run_output *output = context;
    if (output->wall_times) {
        note_wall_time(output);
    }
    if (output->events) {
        fprintf(output->events, "%s\n", json);
    }
    if (output->out) {
        progress_clear(&output->progress);
        end_line(output);
        fprintf(output->out, "%s\n", output->json ? json : text);
    }
    note_line(output);
}

static void progress(void *context, uint64_t time_ns, uint64_t instructions)
{
    struct run_output *output = context;
    show_prompts(output);
    flush_when_due(output);
    if (ending_signal() != 0) {
        run_output_flush(output);
    }
    /* A console line under way must not be written over. */
    if (!output->open) {
        progress_update(&output->progress, "%.3f ms, %.1f million instructions",
                        (double)time_ns / 1e6, (double)instructions / 1e6);
    }
}

/* ---- The session --------------------------------------------------------- */

static void debugger(void *context, const char *address)
{
    struct run_output *output = context;
    run_output_flush(output);
    fprintf(output->arguments->err,
            "cairn: run: waiting for a debugger at %s\n", address);
    fflush(output->arguments->err);
}

static void terminal(void *context)
{
    const struct run_output *output = context;
    fprintf(output->arguments->err, "cairn: run: Ctrl-] ends the run\n");
}

static void flush(void *context)
{
    const struct run_output *output = context;
    fflush(output->arguments->out);
}

static void failed(void *context, const char *text)
{
    const struct run_output *output = context;
    command_failure(output->arguments, "%s", text);
}

static bool is_ending(void *context)
{
    return ending_signal() != 0;
}

struct session_observer run_output_observer(struct run_output *output)
{
    return (struct session_observer){
        .console = console,
        .log = log_line,
        .event = event,
        .progress = progress,
        .say = say,
        .restored = restored,
        .debugger = debugger,
        .terminal = terminal,
        .flush = flush,
        .failed = failed,
        .is_ending = is_ending,
        .context = output,
    };
}

/* ---- Life ---------------------------------------------------------------- */

/* A file of an option, opened as mode says; NULL if it was not given. */
static int open_file(struct run_output *output, const char *option,
                     const char *mode, FILE **file)
{
    const char *path = arguments_value(output->arguments, option);
    *file = path ? fopen(path, mode) : NULL;
    return path && !*file
               ? command_failure(output->arguments, "cannot write '%s': %s",
                                 path, strerror(errno))
               : COMMAND_DONE;
}

void run_output_begin(struct run_output *output,
                      const struct arguments *arguments, bool has_guest)
{
    bool quiet = arguments_flag(arguments, "quiet");
    output->arguments = arguments;
    output->out = quiet ? NULL : arguments->out;
    output->json = arguments_flag(arguments, "json");
    output->raw = has_guest && isatty(STDIN_FILENO) && !output->json;
    output->prompt = arguments_value(arguments, "gdb") != NULL;
    output->keeps_tails = quiet || arguments_flag(arguments, "json") ||
                          arguments_count(arguments, "report") != 0;
    output->wall_times = arguments_flag(arguments, "wall-times");
    output->log = arguments->err;
    output->log_awaited = arguments_value(arguments, "log") != NULL;
    progress_init(&output->progress, arguments->err, quiet || output->raw);
}

/* Writes the lines that were logged before there was the file. */
static void write_early(struct run_output *output)
{
    fputs(buffer_text(&output->early), output->log);
    buffer_clear(&output->early);
    output->log_awaited = false;
}

int run_output_open(struct run_output *output)
{
    FILE *log = NULL;
    int result = open_file(output, "log", "ae", &log);
    if (log) {
        output->log = log;
        output->log_named = true;
    }
    write_early(output);
    return result ? result : open_file(output, "events", "we", &output->events);
}

int run_output_close(struct run_output *output, int result)
{
    if (output->log_awaited) {
        write_early(output);
    }
    const struct arguments *arguments = output->arguments;
    const struct {
        FILE *file;
        const char *option;
    } files[] = {
        {output->log_named ? output->log : NULL, "log"   },
        {output->events,                         "events"},
    };
    for (size_t i = 0; arguments && i < ARRAY_SIZE(files); i++) {
        const char *path = arguments_value(arguments, files[i].option);
        struct error error = {""};
        bool unread = files[i].file && ending_is_unread(files[i].file);
        if (file_end(files[i].file, path, &error) != 0 && !unread) {
            command_failure(arguments, "%s", error.text);
            result = result ? result : COMMAND_FAILED;
        }
    }
    return result;
}

void run_output_finish(struct run_output *output)
{
    progress_clear(&output->progress);
    for (size_t i = 0; i < RUN_PORTS && output->out; i++) {
        if (output->ports[i].line.size != 0) {
            finish_line(output, &output->ports[i]);
        }
    }
    if (output->out) {
        end_line(output);
    }
}

void run_output_fini(struct run_output *output)
{
    for (size_t i = 0; i < RUN_PORTS; i++) {
        buffer_fini(&output->ports[i].line);
        buffer_fini(&output->ports[i].tail);
        free(output->ports[i].end);
    }
    buffer_fini(&output->wall);
    buffer_fini(&output->early);
}
