/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_output.h"

#include <string.h>

#include "base/json.h"

const char *const run_output_kinds[] = {
    "reset",   "measure", "verify", "extend", "authorise",
    "release", "fault",   "update", NULL,
};

/* ---- Console ------------------------------------------------------------- */

static void flush_json_line(struct run_output *output)
{
    struct buffer text = {0};
    struct json json;
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    json_string(&json, "console", output->device);
    json_string(&json, "text", buffer_text(&output->line));
    json_end_object(&json);
    fprintf(output->out, "%s\n", buffer_text(&text));
    buffer_fini(&text);
    buffer_clear(&output->line);
    output->open_line = false;
}

static void end_line(struct run_output *output)
{
    if (!output->open_line) {
        return;
    }
    if (output->json) {
        flush_json_line(output);
    } else {
        fputc('\n', output->out);
        output->open_line = false;
    }
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

static void console(void *context, const char *device, uint8_t byte)
{
    struct run_output *output = context;
    if (!output->out) {
        return;
    }
    progress_clear(&output->progress);
    if (output->raw) {
        fputc(byte, output->out);
        output->open_line = byte != '\n';
        return;
    }
    if (byte == '\n') {
        output->open_line = true;
        snprintf(output->device, sizeof(output->device), "%s", device);
        end_line(output);
        return;
    }
    if (output->open_line && strcmp(output->device, device) != 0) {
        end_line(output);
    }
    snprintf(output->device, sizeof(output->device), "%s", device);
    output->open_line = true;
    append_visible(&output->line, byte);
    if (!output->json) {
        fputs(buffer_text(&output->line), output->out);
        buffer_clear(&output->line);
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
        return;
    }
    if (output->out) {
        end_line(output);
        fflush(output->out);
    }
    fprintf(output->log, "cairn: %s\n", line);
}

/* The value of "event" in a line that event_print_json made. */
static size_t kind_of(const char *json)
{
    static const char key[] = "\"event\":\"";
    const char *at = strstr(json, key);
    for (size_t i = 0; at && run_output_kinds[i]; i++) {
        size_t length = strlen(run_output_kinds[i]);
        if (strncmp(at + sizeof(key) - 1, run_output_kinds[i], length) == 0) {
            return i;
        }
    }
    return 0;
}

static void event(void *context, const char *text, const char *json)
{
    struct run_output *output = context;
    size_t kind = kind_of(json);
    output->counts[kind]++;
    if (kind != 0) {
        buffer_print(&output->chain, "  %s\n", text);
        buffer_print(&output->chain_json, "%s%s",
                     output->chain_json.size ? "," : "", json);
    }
    if (output->events) {
        fprintf(output->events, "%s\n", json);
    }
    if (output->out) {
        progress_clear(&output->progress);
        end_line(output);
        fprintf(output->out, "%s\n", output->json ? json : text);
    }
}

static void progress(void *context, uint64_t time_ns, uint64_t instructions)
{
    struct run_output *output = context;
    /* A console line under way must not be written over. */
    if (!output->open_line) {
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
    if (output->out) {
        end_line(output);
    }
}

void run_output_fini(struct run_output *output)
{
    buffer_fini(&output->line);
    buffer_fini(&output->chain);
    buffer_fini(&output->chain_json);
}
