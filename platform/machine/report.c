/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a machine, rendered for users of the library. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"
#include "trust/report/chain.h"
#include "trust/report/events.h"
#include "trust/report/goal.h"

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
    struct chain_report report = {
        .board = machine->board.name,
        .outcome = outcome->text,
        .reached = outcome->reached,
        .time_ns = cairn_time_ns(machine),
        .instructions = cairn_instructions(machine, NULL),
        .unmodelled = cairn_unmodelled_count(machine),
        .wall_ns = outcome->wall_ns,
        .wall_count = outcome->wall_count,
        .wall_end_ns = outcome->wall_end_ns,
    };
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].format, format) == 0) {
            struct buffer out = {0};
            if (forms[i].shows_state) {
                report.state_hash = cairn_state_hash(machine);
            }
            forms[i].write(&machine->fabric.events, &report, &out);
            char *text = xstrdup(buffer_text(&out));
            buffer_fini(&out);
            return text;
        }
    }
    return NULL;
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

int cairn_report(struct cairn_machine *machine, const char *format,
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
        *report =
            cairn_report_run(machine, format, &(struct cairn_outcome){NULL});
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
