/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what a device tells as lines of text. */
#include "tests/told.h"

#include <inttypes.h>

#include "tests/facts.h"

static void hear_line(void *context, enum log_kind kind, const char *line)
{
    struct told *told = context;

    buffer_print(&told->text, "%s\n", line);
}

static void print_subject(const struct event *event, struct buffer *out)
{
    switch (event_subject(event)) {
    case SUBJECT_PROCESSOR:
        buffer_print(out, " of %s", event->name);
        break;
    case SUBJECT_LINE:
    case SUBJECT_PCR:
    case SUBJECT_IMAGE:
    case SUBJECT_BANK:
        buffer_print(out, " of 0x%" PRIx64, event->number);
        break;
    default:
        break;
    }
}

/* Up to the last that is not zero. */
static void print_values(const struct event *event, struct buffer *out)
{
    size_t count = EVENT_VALUES;
    while (count > 0 && event->values[count - 1] == 0) {
        count--;
    }
    for (size_t i = 0; i < count; i++) {
        buffer_print(out, " 0x%" PRIx64, event->values[i]);
    }
}

static void hear_event(void *context, const struct event *event)
{
    struct told *told = context;

    buffer_print(&told->text, "fact %s", fact_name(event->fact));
    print_subject(event, &told->text);
    print_values(event, &told->text);
    if (event->digest.size != 0) {
        buffer_print(&told->text, " ");
        buffer_print_hex(&told->text, event->digest.bytes, event->digest.size);
    }
    buffer_print(&told->text, "\n");
}

static void hear_level(void *context, unsigned output, uint32_t level)
{
    struct told *told = context;

    buffer_print(&told->text, "%s = %" PRIx32 "\n",
                 told->device->type->outputs[output].name, level);
}

void told_init(struct told *told, struct device *device)
{
    struct fabric *fabric = device->fabric;

    *told = (struct told){.device = device};
    for (unsigned i = 0; i < device->type->output_count; i++) {
        line_connect(&device->outputs[i], hear_level, told, i, "told");
    }
    told_clear(told);
    fabric->log.sink = hear_line;
    fabric->log.context = told;
    fabric->log.now_ns = NULL;
    fabric->events.added = hear_event;
    fabric->events.context = told;
}

void told_fini(struct told *told)
{
    struct device *device = told->device;

    for (unsigned i = 0; i < device->type->output_count; i++) {
        line_disconnect(&device->outputs[i], hear_level, told);
    }
    device->fabric->log.sink = NULL;
    device->fabric->events.added = NULL;
    buffer_fini(&told->text);
}

void told_clear(struct told *told)
{
    buffer_clear(&told->text);
}
