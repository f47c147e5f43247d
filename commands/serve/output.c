/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and log of `cairn serve rot`. */
#include "commands/serve/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/json.h"
#include "host/ending.h"
#include "host/file.h"

/* Bytes of a payload that the log shows, and of a console line. */
enum { SHOWN = 32, LINE_MOST = 400 };

/* ---- Lines --------------------------------------------------------------- */

static void put_line(FILE *file, const struct buffer *text)
{
    if (file) {
        fprintf(file, "%s\n", buffer_text(text));
    }
}

/* Clients do not wait for somebody who does not read what is said of them. */
static bool would_wait(FILE *file)
{
    struct pollfd end = {.fd = fileno(file), .events = POLLOUT};
    return end.fd >= 0 && poll(&end, 1, 0) != 1;
}

/* To the log and, where somebody may look, to standard error. */
static void tell(const struct serve_output *output, const char *kind,
                 unsigned client, const char *text, bool aloud)
{
    struct buffer line = {0};
    if (output->json) {
        struct json json;
        json_init(&json, &line);
        json_begin_object(&json, NULL);
        json_string(&json, "kind", kind);
        if (client != 0) {
            json_number(&json, "client", client);
        }
        json_string(&json, "text", text);
        json_end_object(&json);
    } else if (client != 0) {
        buffer_print(&line, "client %u: %s", client, text);
    } else {
        buffer_print(&line, "%s: %s", kind, text);
    }
    put_line(output->log, &line);
    if (aloud && output->err && !would_wait(output->err)) {
        if (output->json) {
            put_line(output->err, &line);
        } else {
            fprintf(output->err, "cairn: serve rot: %s\n", buffer_text(&line));
        }
    }
    buffer_fini(&line);
}

/* ---- The session --------------------------------------------------------- */

static void hear_log(void *context, enum cairn_log kind, const char *line)
{
    tell(context, "machine", 0, line, false);
}

static void hear_console(void *context, const char *device, uint8_t byte)
{
    struct serve_output *output = context;
    if (!output->log) {
        return;
    }
    if (byte != '\n') {
        buffer_append(&output->console, &byte, byte != '\r');
    }
    if (byte == '\n' || output->console.size >= LINE_MOST) {
        struct buffer text = {0};
        for (size_t i = 0; i < output->console.size; i++) {
            const uint8_t c = output->console.bytes[i];
            buffer_print(&text, c >= ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
        }
        tell(output, "console", 0, buffer_text(&text), false);
        buffer_fini(&text);
        buffer_clear(&output->console);
    }
}

static void hear_event(void *context, const char *text, const char *json)
{
    tell(context, "event", 0, text, false);
}

/* Long work is left when the program is to end. */
static void progress(void *context, uint64_t time_ns, uint64_t instructions)
{
    const struct serve_output *output = context;
    if (ending_signal() != 0 && output->machine) {
        cairn_stop(output->machine);
    }
}

static bool is_ending(void *context)
{
    return ending_signal() != 0;
}

struct session_observer serve_output_session(struct serve_output *output)
{
    return (struct session_observer){
        .console = hear_console,
        .log = output->log_wanted ? hear_log : NULL,
        .event = output->log_wanted ? hear_event : NULL,
        .progress = progress,
        .is_ending = is_ending,
        .context = output,
    };
}

/* ---- The server ---------------------------------------------------------- */

static void hear_client(void *context, unsigned client, const char *text)
{
    tell(context, "server", client, text, true);
}

static void print_frame(const struct serve_output *output,
                        const struct rot_trace *frame, struct buffer *line)
{
    const size_t shown = frame->size < SHOWN ? frame->size : SHOWN;
    struct buffer hex = {0};
    if (shown != 0) {
        buffer_print_hex(&hex, frame->payload, shown);
    }
    if (output->json) {
        struct json json;
        json_init(&json, line);
        json_begin_object(&json, NULL);
        json_string(&json, "kind", "frame");
        json_number(&json, "time_ns", frame->time_ns);
        json_number(&json, "client", frame->client);
        json_string(&json, "protocol", frame->protocol);
        json_string(&json, "direction", frame->direction);
        json_number(&json, "command", frame->number);
        json_number(&json, "length", frame->size);
        json_string(&json, "payload", buffer_text(&hex));
        json_end_object(&json);
    } else {
        buffer_print(line, "%llu ns client %u: %s %s 0x%x, %zu bytes%s%s%s",
                     (unsigned long long)frame->time_ns, frame->client,
                     frame->protocol, frame->direction, frame->number,
                     frame->size, shown != 0 ? " " : "", buffer_text(&hex),
                     shown < frame->size ? "..." : "");
    }
    buffer_fini(&hex);
}

static void hear_frame(void *context, const struct rot_trace *frame)
{
    const struct serve_output *output = context;
    struct buffer line = {0};
    print_frame(output, frame, &line);
    put_line(output->log, &line);
    buffer_fini(&line);
}

struct rot_observer serve_output_server(struct serve_output *output)
{
    return (struct rot_observer){
        .say = hear_client,
        .frame = output->log_wanted ? hear_frame : NULL,
        .context = output,
    };
}

void serve_output_ready(const struct serve_output *output, const char *path,
                        const char *stage, const char *sandbox)
{
    struct buffer line = {0};
    if (output->json) {
        struct json json;
        json_init(&json, &line);
        json_begin_object(&json, NULL);
        json_string(&json, "ready", path);
        json_string(&json, "stage", stage);
        json_string(&json, "sandbox", sandbox);
        json_end_object(&json);
    } else {
        buffer_print(&line, "ready on %s", path);
    }
    put_line(output->out, &line);
    fflush(output->out);
    put_line(output->log, &line);
    buffer_fini(&line);
}

void serve_output_ended(const struct serve_output *output, const char *signal)
{
    struct buffer text = {0};
    buffer_print(&text, "ended by %s", signal);
    tell(output, "server", 0, buffer_text(&text), false);
    buffer_fini(&text);
}

/* ---- Life ---------------------------------------------------------------- */

void serve_output_begin(struct serve_output *output,
                        const struct arguments *arguments)
{
    *output = (struct serve_output){
        .out = arguments->out,
        .err = arguments_flag(arguments, "quiet") ? NULL : arguments->err,
        .json = arguments_flag(arguments, "json"),
        .log_wanted = arguments_value(arguments, "log") != NULL,
    };
}

int serve_output_open(struct serve_output *output,
                      const struct arguments *arguments)
{
    const char *path = arguments_value(arguments, "log");
    output->log = path ? fopen(path, "ae") : NULL;
    if (path && !output->log) {
        return command_failure(arguments, "file '%s': %s", path,
                               strerror(errno));
    }
    if (output->log) {
        setvbuf(output->log, NULL, _IOLBF, 1 << 16);
    }
    return COMMAND_DONE;
}

int serve_output_close(struct serve_output *output,
                       const struct arguments *arguments, int result)
{
    struct error error = {""};
    int code = file_end(output->log, arguments_value(arguments, "log"), &error);
    output->log = NULL;
    output->machine = NULL;
    buffer_fini(&output->console);
    const int failed =
        code != 0 ? command_failure(arguments, "%s", error.text) : COMMAND_DONE;
    return result == COMMAND_DONE ? failed : result;
}
