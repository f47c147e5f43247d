/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a machine, rendered for users of the library. */
#include <stdio.h>
#include <string.h>

#include "platform/machine.h"
#include "trust/event_report.h"

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
    } else {
        if (error) {
            snprintf(error->text, sizeof(error->text),
                     "report format '%s' is none of text, json, svg", format);
        }
        return -EINVAL;
    }
    *report = xstrdup(buffer_text(&text));
    buffer_fini(&text);
    return 0;
}
