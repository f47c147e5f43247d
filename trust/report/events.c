/* SPDX-License-Identifier: Apache-2.0 */
/* The list of events as text, as JSON lines and as a picture of lanes. */
#include "trust/report/events.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/svg.h"
#include "trust/report/event_text.h"

enum { AGENTS_MAX = 32 };

/* Agents in the order of their first event; those past the last lane share
 * it. */
struct agents {
    const char *names[AGENTS_MAX];
    unsigned counts[AGENTS_MAX][EVENT_KINDS];
    unsigned count;
};

static unsigned agent_index(struct agents *agents, const char *name)
{
    for (unsigned i = 0; i < agents->count; i++) {
        if (strcmp(agents->names[i], name) == 0) {
            return i;
        }
    }
    if (agents->count == AGENTS_MAX) {
        return AGENTS_MAX - 1;
    }
    agents->names[agents->count] = name;
    return agents->count++;
}

static void collect_agents(const struct event_list *list, struct agents *agents)
{
    memset(agents, 0, sizeof(*agents));
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        agents->counts[agent_index(agents, event->agent)][event_kind(event)]++;
    }
}

void event_report_text(const struct event_list *list, struct buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i == EVENTS_FIRST && list->omitted) {
            buffer_print(out, "... %" PRIu64 " events that are not listed\n",
                         list->omitted);
        }
        event_print_text(&list->events[i], out);
        buffer_print(out, "\n");
    }
    struct agents agents;
    collect_agents(list, &agents);
    for (unsigned i = 0; i < agents.count; i++) {
        buffer_print(out, "%s:", agents.names[i]);
        const char *comma = "";
        for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
            if (agents.counts[i][kind] != 0) {
                buffer_print(out, "%s %u %s", comma, agents.counts[i][kind],
                             event_kind_name((enum event_kind)kind));
                comma = ",";
            }
        }
        buffer_print(out, "\n");
    }
}

void event_report_json(const struct event_list *list, struct buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i == EVENTS_FIRST && list->omitted) {
            buffer_print(out, "{\"omitted\":%" PRIu64 "}\n", list->omitted);
        }
        event_print_json(&list->events[i], out);
        buffer_print(out, "\n");
    }
}

/* SVG --------------------------------------------------------------------- */

enum {
    TOP = 72,         /* above the first row: title and lane names */
    ROW = 22,         /* pixels per event */
    GAP = 10,         /* more where time passed */
    TIME = 110,       /* right edge of the times */
    LANE = 18,        /* between lanes */
    TEXT_WIDTH = 760, /* at least, */
    LETTER = 8,       /* and so much for each letter */
    GAP_NS = 1000000, /* what counts as much time */
    DIGEST_HEAD = 8,
};

/* Told apart without colour vision too; the words say the kind as well. */
static const char *const kind_colours[EVENT_KINDS] = {
    [EVENT_RESET] = "#767676",     [EVENT_MEASURE] = "#56b4e9",
    [EVENT_VERIFY] = "#009e73",    [EVENT_EXTEND] = "#0072b2",
    [EVENT_AUTHORISE] = "#e69f00", [EVENT_RELEASE] = "#cc79a7",
    [EVENT_FAULT] = "#d55e00",     [EVENT_UPDATE] = "#8c6d00",
};

const char *event_report_colour(enum event_kind kind)
{
    assert(kind < EVENT_KINDS);
    return kind_colours[kind];
}

static int lane_x(unsigned lane)
{
    assert(lane <= AGENTS_MAX);
    return TIME + 20 + (int)lane * LANE;
}

void event_report_words(struct buffer *out, const struct event *event,
                        void (*print)(const struct event *event,
                                      struct buffer *out))
{
    struct buffer words = {0};
    print(event, &words);
    svg_escape(out, buffer_text(&words));
    buffer_fini(&words);
}

/* The rows' places: one below the other, further down after a pause. */
static int row_y(const struct event_list *list, size_t index, int previous)
{
    assert(index < list->count);
    if (index == 0) {
        return TOP + ROW;
    }
    uint64_t passed =
        list->events[index].time_ns - list->events[index - 1].time_ns;
    return previous + ROW + (passed >= GAP_NS ? GAP : 0);
}

static int last_row(const struct event_list *list)
{
    int y = TOP;
    for (size_t i = 0; i < list->count; i++) {
        y = row_y(list, i, y);
    }
    return y;
}

static void print_lanes(const struct agents *agents, int bottom,
                        struct buffer *out)
{
    for (unsigned i = 0; i < agents->count; i++) {
        buffer_print(out,
                     "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                     "class=\"lane\"/>\n",
                     lane_x(i), TOP, lane_x(i), bottom);
        svg_text(out, agents->names[i], SIZE_MAX,
                 "x=\"%d\" y=\"%d\" transform=\"rotate(-35 %d %d)\" "
                 "class=\"agent\"",
                 lane_x(i), TOP - 6, lane_x(i), TOP - 6);
    }
}

static void print_words(const struct event *event, struct buffer *out)
{
    buffer_print(out, "<tspan class=\"kind\">%s</tspan> ",
                 event_kind_name(event_kind(event)));
    event_report_words(out, event, event_print_subject);
    buffer_print(out, ": ");
    event_report_words(out, event, event_print_detail);
    if (event->digest.size != 0) {
        bool cut = event->digest.size > DIGEST_HEAD;
        buffer_print(out, " %s<tspan class=\"digest\">",
                     event_digest_label(event));
        buffer_print_hex(out, event->digest.bytes,
                         cut ? DIGEST_HEAD : event->digest.size);
        buffer_print(out, "%s</tspan>", cut ? "..." : "");
    }
}

static void print_row(const struct event *event, unsigned lane, int text_x,
                      int y, struct buffer *out)
{
    buffer_print(out, "<g><title>");
    svg_escape(out, event->agent);
    buffer_print(out, ", %" PRIu64 " ns", event->time_ns);
    if (event->digest.size != 0) {
        buffer_print(out, ", ");
        buffer_print_hex(out, event->digest.bytes, event->digest.size);
    }
    buffer_print(out, "</title>");
    buffer_print(out,
                 "<text x=\"%d\" y=\"%d\" class=\"time\">%" PRIu64 ".%06" PRIu64
                 " ms</text>",
                 TIME, y + 4, event->time_ns / 1000000,
                 event->time_ns % 1000000);
    buffer_print(out, "<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"%s\"/>",
                 lane_x(lane), y, kind_colours[event_kind(event)]);
    buffer_print(out, "<text x=\"%d\" y=\"%d\"%s>", text_x, y + 4,
                 event_kind(event) == EVENT_FAULT ? " class=\"fault\"" : "");
    print_words(event, out);
    buffer_print(out, "</text></g>\n");
}

static int text_width(const struct event_list *list)
{
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        struct buffer words = {0};
        buffer_print(&words, "%s :  %s", event_kind_name(event_kind(event)),
                     event_digest_label(event));
        event_print_subject(event, &words);
        event_print_detail(event, &words);
        size_t digest = event->digest.size < DIGEST_HEAD ? event->digest.size
                                                         : DIGEST_HEAD + 2;
        size_t length = words.size + 2 * digest;
        most = length > most ? length : most;
        buffer_fini(&words);
    }
    int width = (int)most * LETTER;
    return width > TEXT_WIDTH ? width : TEXT_WIDTH;
}

int event_report_width(const struct event_list *list)
{
    struct agents agents;
    collect_agents(list, &agents);
    return lane_x(agents.count) + 8 + text_width(list);
}

int event_report_height(const struct event_list *list)
{
    return last_row(list) + 2 * ROW;
}

static const char style[] =
    "text{font:13px sans-serif;fill:#222}"
    ".title{font-size:16px;font-weight:bold}"
    ".time,.digest{font-family:monospace;fill:#666}.time{text-anchor:end}"
    ".agent{font-size:11px}.kind{font-weight:bold}.fault{fill:#b00020}"
    ".lane{stroke:#ccc;stroke-width:2}";

void event_report_svg(const struct event_list *list, const char *title,
                      struct buffer *out)
{
    struct agents agents;
    collect_agents(list, &agents);
    int bottom = last_row(list) + ROW;
    int text_x = lane_x(agents.count) + 8;
    svg_begin(out, event_report_width(list), bottom + ROW, style, "white");
    svg_text(out, title, SIZE_MAX, "x=\"12\" y=\"22\" class=\"title\"");
    print_lanes(&agents, bottom, out);
    int y = TOP;
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        y = row_y(list, i, y);
        print_row(event, agent_index(&agents, event->agent), text_x, y, out);
    }
    buffer_print(out, "</svg>\n");
}
