/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_output.h"

#include <string.h>

#include "base/bits.h"
#include "base/event.h"
#include "base/json.h"
#include "host/ending.h"
#include "host/time.h"

enum {
    FLUSH_NS = 100 * 1000 * 1000,
    PAUSE_NS = 10 * 1000 * 1000, /* the least, when the guest pauses */
    LINES_PER_LOOK = 16,
    LAST_LINE = 120, /* bytes of a port's last line are kept */
};

/* ---- Whole lines in time ------------------------------------------------- */

void run_output_flush(struct run_output *output)
{
    FILE *const streams[] = {output->out, output->log, output->events,
                             output->bytes};
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
        if (streams[i]) {
            (void)fflush(streams[i]);
            (void)ending_is_unread(streams[i]);
        }
    }
    output->flushed_ns = host_time_ns();
    if (ending_signal() != 0 && output->machine) {
        cairn_stop(output->machine);
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

/* Who has printed nothing since the last time pauses. */
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

static void keep_last(struct run_port *port, uint8_t byte)
{
    if (byte != '\n' && port->said.size < LAST_LINE) {
        append_visible(&port->said, byte);
    } else if (byte == '\n' && port->said.size != 0) {
        struct buffer spare = port->last;
        port->last = port->said;
        port->said = spare;
        buffer_clear(&port->said);
    }
}

const char *run_output_last_line(const struct run_output *output,
                                 const char *device)
{
    for (size_t i = 0; i < RUN_PORTS; i++) {
        const struct run_port *port = &output->ports[i];
        if (strcmp(port->device, device) == 0 && port->last.size != 0) {
            return buffer_text(&port->last);
        }
    }
    return "";
}

static void console(void *context, const char *device, uint8_t byte)
{
    struct run_output *output = context;
    struct run_port *port = find_port(output, device);
    keep_last(port, byte);
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
    (void)kind;
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

void run_output_say(struct run_output *output, const char *line)
{
    log_line(output, CAIRN_LOG_GUEST, line);
}

struct cairn_outcome run_output_outcome(const struct run_output *output,
                                        bool reached, const char *text)
{
    return (struct cairn_outcome){
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

void run_output_restored(struct run_output *output, size_t events)
{
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

void run_output_callbacks(struct run_output *output,
                          struct cairn_callbacks *callbacks)
{
    *callbacks = (struct cairn_callbacks){
        .console = console,
        .log = log_line,
        .event = event,
        .progress = progress,
        .context = output,
    };
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
        buffer_fini(&output->ports[i].said);
        buffer_fini(&output->ports[i].last);
    }
    buffer_fini(&output->wall);
}
