/* SPDX-License-Identifier: Apache-2.0 */
/* The report that a run prints at its end, in the forms that a report may have.
 */
#include "commands/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/event.h"
#include "base/json.h"
#include "host/file.h"

static enum event_kind kind_of(const struct cairn_machine *machine,
                               size_t index)
{
    struct cairn_event event;
    return cairn_event_get(machine, index, &event) == 0
               ? (enum event_kind)event.kind
               : EVENT_RESET;
}

static void print_counts(struct cairn_machine *machine, struct buffer *out)
{
    unsigned long counts[EVENT_KINDS] = {0};
    const char *comma = "";
    for (size_t i = 0; i < cairn_event_count(machine); i++) {
        counts[kind_of(machine, i)]++;
    }
    for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
        if (counts[kind]) {
            buffer_print(out, "%s%lu %s", comma, counts[kind],
                         event_kind_name((enum event_kind)kind));
            comma = ", ";
        }
    }
    buffer_print(out, "%s", *comma ? "" : "none");
    if (cairn_events_omitted(machine)) {
        buffer_print(out, "; %" PRIu64 " more are not listed",
                     cairn_events_omitted(machine));
    }
    buffer_print(out, "\n");
}

/* Events that decide, all that the machine has had: those before a snapshot
 * was restored too. */
static void print_chain(struct cairn_machine *machine, struct buffer *out)
{
    bool any = false;
    for (size_t i = 0; i < cairn_event_count(machine); i++) {
        if (kind_of(machine, i) != EVENT_RESET) {
            buffer_print(out, "  %s\n", cairn_event_text(machine, i));
            any = true;
        }
    }
    buffer_print(out, "%s", any ? "\n" : "");
}

/* The same as items of an array. */
static void print_chain_json(struct cairn_machine *machine, struct buffer *out)
{
    const char *comma = "";
    for (size_t i = 0; i < cairn_event_count(machine); i++) {
        if (kind_of(machine, i) != EVENT_RESET) {
            buffer_print(out, "%s%s", comma, cairn_event_json(machine, i));
            comma = ",";
        }
    }
}

static void print_run(const struct cairn_outcome *outcome, struct buffer *out)
{
    if (outcome->command == NULL) {
        return;
    }
    buffer_print(out, "  version       %s\n  command       %s\n",
                 cairn_version(), outcome->command);
    for (size_t i = 0; i < outcome->input_count; i++) {
        const struct cairn_input *input = &outcome->inputs[i];
        buffer_print(out, "  %-13s %s: %s%s\n", input->option, input->path,
                     input->sha256 ? "SHA-256 " : "not hashed: ",
                     input->sha256 ? input->sha256 : input->not_hashed);
    }
}

static void write_run(const struct cairn_outcome *outcome, struct json *json)
{
    if (outcome->command == NULL) {
        return;
    }
    json_string(json, "version", cairn_version());
    json_string(json, "command", outcome->command);
    json_begin_array(json, "inputs");
    for (size_t i = 0; i < outcome->input_count; i++) {
        const struct cairn_input *input = &outcome->inputs[i];
        json_begin_object(json, NULL);
        json_string(json, "option", input->option);
        json_string(json, "file", input->path);
        json_string(json, input->sha256 ? "sha256" : "not_hashed",
                    input->sha256 ? input->sha256 : input->not_hashed);
        json_end_object(json);
    }
    json_end_array(json);
}

/* The last lines of each console, indented. */
static void print_consoles(const struct cairn_outcome *outcome,
                           struct buffer *out)
{
    for (size_t i = 0; i < outcome->console_count; i++) {
        buffer_print(out, "\n  console %s ends with\n",
                     outcome->consoles[i].device);
        const char *at = outcome->consoles[i].text;
        while (*at != '\0') {
            size_t length = strcspn(at, "\n");
            buffer_print(out, "    %.*s\n", (int)length, at);
            at += length + (at[length] == '\n');
        }
    }
}

static void write_consoles(const struct cairn_outcome *outcome,
                           struct json *json)
{
    if (outcome->console_count == 0) {
        return;
    }
    json_begin_array(json, "consoles");
    for (size_t i = 0; i < outcome->console_count; i++) {
        json_begin_object(json, NULL);
        json_string(json, "console", outcome->consoles[i].device);
        json_string(json, "end", outcome->consoles[i].text);
        json_end_object(json);
    }
    json_end_array(json);
}

void report_text(const struct report *report, struct buffer *out)
{
    buffer_print(out, "\nReport\n");
    print_chain(report->machine, out);
    char *stages = cairn_report_run(report->machine, "text", &report->result);
    buffer_print(out, "%s\n", stages);
    free(stages);
    print_run(&report->result, out);
    buffer_print(out, "  board         %s\n", report->board);
    if (report->firmware) {
        buffer_print(out, "  firmware      %s\n", report->firmware);
    }
    for (size_t i = 0; i < report->created_count; i++) {
        const struct session_created *created = &report->created[i];
        buffer_print(out, "  %-13s %s: %s\n", created->option, created->path,
                     created->origin);
    }
    if (report->evidence) {
        buffer_print(out, "  evidence      %s\n", report->evidence);
    }
    if (report->clock[0] != '\0') {
        buffer_print(out, "  rtc           %s at the start\n", report->clock);
    }
    buffer_print(out,
                 "  time          %" PRIu64 ".%06" PRIu64 " ms, %" PRIu64
                 " instructions\n",
                 report->time_ns / 1000000, report->time_ns % 1000000,
                 report->instructions);
    buffer_print(out, "  events        ");
    print_counts(report->machine, out);
    buffer_print(out, "  unmodelled    %" PRIu64 " accesses\n",
                 report->unmodelled);
    buffer_print(out, "  state         %016" PRIx64 "\n", report->state_hash);
    buffer_print(out, "  sandbox       %s\n", report->sandbox);
    buffer_print(out, "  outcome       %s%s\n",
                 report->result.reached ? "" : "failed: ", report->result.text);
    print_consoles(&report->result, out);
}

static void print_created_json(const struct report *report, struct json *json)
{
    if (report->created_count == 0) {
        return;
    }
    json_begin_array(json, "created");
    for (size_t i = 0; i < report->created_count; i++) {
        const struct session_created *created = &report->created[i];
        json_begin_object(json, NULL);
        json_string(json, "option", created->option);
        json_string(json, "file", created->path);
        json_string(json, "origin", created->origin);
        json_end_object(json);
    }
    json_end_array(json);
}

void report_json(const struct report *report, struct buffer *out)
{
    struct json json;
    char hash[17];
    snprintf(hash, sizeof(hash), "%016" PRIx64, report->state_hash);
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_begin_object(&json, "report");
    write_run(&report->result, &json);
    json_string(&json, "board", report->board);
    if (report->firmware) {
        json_string(&json, "firmware", report->firmware);
    }
    print_created_json(report, &json);
    if (report->evidence) {
        json_string(&json, "evidence", report->evidence);
    }
    if (report->clock[0] != '\0') {
        json_string(&json, "rtc", report->clock);
    }
    json_bool(&json, "reached", report->result.reached);
    json_string(&json, "outcome", report->result.text);
    json_string(&json, "reason", report->reason);
    if (report->guest_status != 0) {
        json_number(&json, "guest_status", report->guest_status);
    }
    json_number(&json, "time_ns", report->time_ns);
    json_number(&json, "instructions", report->instructions);
    json_number(&json, "unmodelled", report->unmodelled);
    if (cairn_events_omitted(report->machine)) {
        json_number(&json, "events_omitted",
                    cairn_events_omitted(report->machine));
    }
    json_string(&json, "state", hash);
    json_string(&json, "sandbox", report->sandbox);
    write_consoles(&report->result, &json);
    json_begin_array(&json, "chain");
    print_chain_json(report->machine, out);
    json_end_array(&json);
    json_begin_object(&json, "summary");
    char *summary = cairn_report_run(report->machine, "json", &report->result);
    /* Without its own braces. */
    buffer_append(out, summary + 1, strlen(summary) - 2);
    free(summary);
    json_end_object(&json);
    json_end_object(&json);
    json_end_object(&json);
}

/* Suffixes that the name of a report's file may end in. The format is for
 * cairn_report_run; NULL: of ours. */
static const struct form {
    const char *suffix;
    const char *format;
    void (*print)(const struct report *report, struct buffer *out);
} forms[] = {
    {".txt",  NULL,   report_text},
    {"",      NULL,   report_text},
    {".json", NULL,   report_json},
    {".html", "html", NULL       },
    {".svg",  "svg",  NULL       },
};

const char report_forms[] = ".txt, .json, .html or .svg";

static const struct form *find_form(const char *path)
{
    const char *suffix = file_suffix(path);
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].suffix, suffix) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

bool report_has_form(const char *path)
{
    return find_form(path) != NULL;
}

void report_for(const struct report *report, const char *path,
                struct buffer *out)
{
    const struct form *form = find_form(path);
    if (form->format) {
        char *text =
            cairn_report_run(report->machine, form->format, &report->result);
        buffer_print(out, "%s", text);
        free(text);
    } else {
        form->print(report, out);
        buffer_print(out, "%s", form->print == report_json ? "\n" : "");
    }
}
