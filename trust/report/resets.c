/* SPDX-License-Identifier: Apache-2.0 */
/* Resets from outside and what followed, as text and as JSON. */
#include "trust/report/resets.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/assert.h"
#include "trust/report/event_text.h"

/* An event since the first assertion. */
struct step {
    const struct event *event;
    /* Images since the last assertion: what a release came after. */
    unsigned long authorised;
    unsigned long refused;
};

struct steps {
    const struct event_list *list;
    size_t next;
    bool begun;
    struct step at;
};

static void count(struct step *step, const struct event *event)
{
    if (event->fact == FACT_LINE_ASSERTED_OUTSIDE) {
        step->authorised = 0;
        step->refused = 0;
    } else if (event_kind(event) == EVENT_AUTHORISE) {
        step->authorised += !event_is_bad(event);
        step->refused += event_is_bad(event);
    }
}

/* Events that say who is held, or why not any more. */
static bool is_told(const struct event *event)
{
    enum event_kind kind = event_kind(event);

    return kind == EVENT_RESET || kind == EVENT_RELEASE ||
           kind == EVENT_AUTHORISE || kind == EVENT_FAULT;
}

static bool next_step(struct steps *steps)
{
    assert(steps->list != NULL);
    while (steps->next < steps->list->count) {
        const struct event *event = &steps->list->events[steps->next++];
        steps->begun =
            steps->begun || event->fact == FACT_LINE_ASSERTED_OUTSIDE;
        if (steps->begun && is_told(event)) {
            count(&steps->at, event);
            steps->at.event = event;
            return true;
        }
    }
    return false;
}

void chain_print_resets(const struct event_list *list, struct buffer *out)
{
    struct steps steps = {.list = list};
    const struct step *step = &steps.at;
    const char *title = "\nSince reset lines were asserted from outside\n";

    while (next_step(&steps)) {
        const struct event *event = step->event;
        buffer_print(out, "%s  %8" PRIu64 ".%06" PRIu64 " ms  ", title,
                     event->time_ns / 1000000, event->time_ns % 1000000);
        title = "";
        event_print_subject(event, out);
        buffer_print(out, ": ");
        event_print_detail(event, out);
        if (event_kind(event) == EVENT_RELEASE) {
            buffer_print(out, ", after %lu images authorised, %lu refused",
                         step->authorised, step->refused);
        }
        buffer_print(out, "\n");
    }
}

void chain_write_resets(struct json *json, const struct event_list *list)
{
    struct steps steps = {.list = list};
    const struct step *step = &steps.at;

    json_begin_array(json, "since_resets");
    while (next_step(&steps)) {
        json_begin_object(json, NULL);
        json_number(json, "time_ns", step->event->time_ns);
        json_string(json, "event", event_kind_name(event_kind(step->event)));
        event_write_words(json, "what", step->event, event_print_subject);
        event_write_words(json, "detail", step->event, event_print_detail);
        if (event_kind(step->event) == EVENT_RELEASE) {
            json_number(json, "authorised", step->authorised);
            json_number(json, "refused", step->refused);
        }
        json_end_object(json);
    }
    json_end_array(json);
}
