/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a machine, rendered for users of the library. */
#include <stdio.h>
#include <string.h>

#include "platform/machine.h"
#include "trust/chain_report.h"
#include "trust/event_report.h"

char *cairn_report_page(struct cairn_machine *machine, bool reached,
                        const char *outcome)
{
    const struct chain_report report = {
        .board = machine->board.name,
        .outcome = outcome,
        .reached = reached,
        .time_ns = cairn_time_ns(machine),
        .instructions = cairn_instructions(machine, NULL),
        .unmodelled = cairn_unmodelled_count(machine),
        .state_hash = cairn_state_hash(machine),
    };
    struct buffer page = {0};
    chain_report_html(&machine->fabric.events, &report, &page);
    char *text = xstrdup(buffer_text(&page));
    buffer_fini(&page);
    return text;
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
        *report = cairn_report_page(machine, false, NULL);
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
