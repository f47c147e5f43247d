/* SPDX-License-Identifier: Apache-2.0 */
/* The events and the chain of a machine, for users of the library. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/callback.h"
#include "platform/machine/sized.h"
#include "platform/show/show.h"
#include "platform/slots/slots.h"
#include "trust/report/chain.h"
#include "trust/report/event_text.h"
#include "trust/report/events.h"
#include "trust/report/goal.h"

/* ---- Events -------------------------------------------------------------- */

size_t cairn_event_count(const struct cairn_machine *machine)
{
    return machine->fabric.events.count;
}

uint64_t cairn_events_omitted(const struct cairn_machine *machine)
{
    return machine->fabric.events.omitted;
}

static const char *event_as(struct cairn_machine *machine, size_t index,
                            void (*print)(const struct event *event,
                                          struct buffer *out))
{
    if (index >= machine->fabric.events.count) {
        return NULL;
    }
    buffer_clear(&machine->text);
    print(&machine->fabric.events.events[index], &machine->text);
    return buffer_text(&machine->text);
}

const char *cairn_event_text(struct cairn_machine *machine, size_t index)
{
    return event_as(machine, index, event_print_text);
}

const char *cairn_event_json(struct cairn_machine *machine, size_t index)
{
    return event_as(machine, index, event_print_json);
}

static_assert((int)CAIRN_EVENT_UPDATE + 1 == (int)EVENT_KINDS &&
                  (int)CAIRN_EVENT_UPDATE == (int)EVENT_UPDATE &&
                  (int)CAIRN_EVENT_FAULT == (int)EVENT_FAULT &&
                  (int)CAIRN_EVENT_RELEASE == (int)EVENT_RELEASE &&
                  (int)CAIRN_EVENT_AUTHORISE == (int)EVENT_AUTHORISE &&
                  (int)CAIRN_EVENT_EXTEND == (int)EVENT_EXTEND &&
                  (int)CAIRN_EVENT_VERIFY == (int)EVENT_VERIFY &&
                  (int)CAIRN_EVENT_MEASURE == (int)EVENT_MEASURE,
              "the library has the kinds of base/event.h");
static_assert((int)CAIRN_OUTCOME_FAULT + 1 == (int)OUTCOMES &&
                  (int)CAIRN_OUTCOME_FAULT == (int)OUTCOME_FAULT &&
                  (int)CAIRN_OUTCOME_REFUSED == (int)OUTCOME_REFUSED &&
                  (int)CAIRN_OUTCOME_ACCEPTED == (int)OUTCOME_ACCEPTED,
              "the library has the outcomes of base/event.h");

int cairn_event_get(const struct cairn_machine *machine, size_t index,
                    struct cairn_event *event)
{
    if (index >= machine->fabric.events.count) {
        return -ENOENT;
    }
    const struct event *from = &machine->fabric.events.events[index];
    *event = (struct cairn_event){
        .time_ns = from->time_ns,
        .kind = (enum cairn_event_kind)event_kind(from),
        .outcome = (enum cairn_event_outcome)event_outcome(from),
        .agent = from->agent,
        .number = from->number,
        .digest = from->digest.bytes,
        .digest_size = from->digest.size,
    };
    return 0;
}

/* ---- Reports ------------------------------------------------------------- */

static bool is_like(const struct node *a, const struct node *b)
{
    return a->kind == NODE_CORE && b->kind == NODE_CORE &&
           a->core->config.frequency_hz == b->core->config.frequency_hz &&
           strcmp(a->core->config.compatible, b->core->config.compatible) == 0;
}

/* "4 processors arm,cortex-a35 at 1 GHz; ram 512 MiB": processors by kind, and
 * memories that can be written. */
static void print_machine(const struct cairn_machine *machine,
                          struct buffer *out)
{
    char number[32];
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        const char *comma = out->size != 0 ? "; " : "";
        size_t before = 0;
        size_t count = 0;
        for (size_t n = 0; n < machine->node_count; n++) {
            bool same = is_like(node, &machine->nodes[n]);
            before += same && n < i;
            count += same;
        }
        if (node->kind == NODE_CORE && before == 0) {
            show_frequency(node->core->config.frequency_hz, number,
                           sizeof(number));
            buffer_print(out, "%s%zu processor%s %s at %s", comma, count,
                         count == 1 ? "" : "s", node->core->config.compatible,
                         number);
        } else if (node->kind == NODE_MEMORY && !node->read_only) {
            show_size(node->size_bytes, number, sizeof(number));
            buffer_print(out, "%s%s %s", comma, node->name, number);
        }
    }
}

char *cairn_report_run(struct cairn_machine *machine, const char *format,
                       const struct cairn_outcome *outcome)
{
    static const struct {
        const char *format;
        void (*write)(const struct event_list *list,
                      const struct chain_report *report, struct buffer *out);
        bool shows_state; /* whose hash takes a look at all of memory */
    } forms[] = {
        {"html", chain_report_html, true },
        {"svg",  chain_report_svg,  false},
        {"text", chain_report_text, false},
        {"json", chain_report_json, false},
    };
    struct cairn_outcome own;
    if (machine_is_called_back(machine) ||
        sized_copy(&own, sizeof(own), outcome) != 0) {
        return NULL;
    }
    struct known_keys known = {0};
    struct buffer words = {0};
    print_machine(machine, &words);
    struct chain_report report = {
        .board = machine->board.name,
        .machine = buffer_text(&words),
        .command = own.command,
        .version = cairn_version(),
        .input_count = own.input_count,
        .console_count = own.console_count,
        .outcome = own.text,
        .reached = own.reached,
        .time_ns = cairn_time_ns(machine),
        .instructions = cairn_instructions(machine, NULL),
        .unmodelled = cairn_unmodelled_count(machine),
        .wall_ns = own.wall_ns,
        .wall_count = own.wall_count,
        .wall_end_ns = own.wall_end_ns,
        .known = &known,
    };
    struct chain_input *inputs = xcalloc(own.input_count + 1, sizeof(*inputs));
    for (size_t i = 0; i < own.input_count; i++) {
        inputs[i] = (struct chain_input){
            own.inputs[i].option, own.inputs[i].path, own.inputs[i].sha256,
            own.inputs[i].not_hashed};
    }
    report.inputs = inputs;
    struct chain_console *consoles =
        xcalloc(own.console_count + 1, sizeof(*consoles));
    for (size_t i = 0; i < own.console_count; i++) {
        consoles[i] = (struct chain_console){own.consoles[i].device,
                                             own.consoles[i].text};
    }
    report.consoles = consoles;
    char *text = NULL;
    for (size_t i = 0; i < own.key_count; i++) {
        struct event_key key = {.present = true};
        memcpy(key.fingerprint, own.keys[i].fingerprint,
               sizeof(key.fingerprint));
        known_keys_add(&known, &key, own.keys[i].name);
    }
    slots_known_keys(machine, &known);
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].format, format) == 0) {
            struct buffer out = {0};
            if (forms[i].shows_state) {
                report.state_hash = cairn_state_hash(machine);
            }
            forms[i].write(&machine->fabric.events, &report, &out);
            text = xstrdup(buffer_text(&out));
            buffer_fini(&out);
        }
    }
    known_keys_fini(&known);
    buffer_fini(&words);
    free(inputs);
    free(consoles);
    return text;
}

int cairn_reached(const struct cairn_machine *machine, const char *goal,
                  struct cairn_error *words)
{
    struct error error = {""};
    int code = chain_goal_check(&machine->fabric.events, goal, &error);
    if (code == 0) {
        error_set(&error, 0, "%s", chain_goal_text(goal));
    }
    return machine_fail(words, code, &error);
}

static int write_report(struct cairn_machine *machine, const char *format,
                        char **report, struct cairn_error *error)
{
    const struct event_list *events = &machine->fabric.events;
    struct buffer text = {0};
    if (strcmp(format, "text") == 0) {
        event_report_text(events, &text);
    } else if (strcmp(format, "json") == 0) {
        event_report_json(events, &text);
    } else if (strcmp(format, "svg") == 0) {
        event_report_svg(events, machine->board.name, &text);
    } else if (strcmp(format, "html") == 0) {
        *report = cairn_report_run(
            machine, format,
            &(struct cairn_outcome){.size = sizeof(struct cairn_outcome)});
        return 0;
    } else {
        if (error) {
            snprintf(error->text, sizeof(error->text),
                     "report format '%s' is none of text, json, svg, html",
                     format);
        }
        return -EINVAL;
    }
    *report = xstrdup(buffer_text(&text));
    buffer_fini(&text);
    return 0;
}

int cairn_report(struct cairn_machine *machine, const char *format,
                 char **report, struct cairn_error *error)
{
    *report = NULL;
    return MACHINE_CALL(machine, error,
                        write_report(machine, format, report, error));
}
