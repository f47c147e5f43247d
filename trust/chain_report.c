/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/chain_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "trust/event_report.h"

/* Stages ------------------------------------------------------------------ */

enum stage { HELD, FUSES, ROM, BUNDLE, FIRMWARE, MANIFEST, IMAGES, CORES };

static const char *const stage_names[] = {
    [HELD] = "Processors held in reset",
    [FUSES] = "Fuses",
    [ROM] = "Root of trust: ROM",
    [BUNDLE] = "Firmware bundle: signatures",
    [FIRMWARE] = "Firmware: measurements and identity",
    [MANIFEST] = "Runtime firmware: requests and SoC manifest",
    [IMAGES] = "Images authorised or stashed",
    [CORES] = "Application cores released",
};

static const char *const stage_words[] = {
    [HELD] =
        "Power is on, or a reset was pulled. No processor runs but those "
        "released below.",
    [FUSES] =
        "The root of trust waits for its fuses: digests of keys, life "
        "cycle, floors. Once written they are locked.",
    [ROM] = "The root of trust's own processor runs its immutable ROM.",
    [BUNDLE] =
        "The ROM asks for firmware. The signatures checked from here to "
        "the first measurement are those of keys it derived for itself "
        "and those of the bundle; the events do not say which is which.",
    [FIRMWARE] =
        "What was loaded is extended into PCRs before it runs, and "
        "each layer certifies the key of the next.",
    [MANIFEST] =
        "The runtime firmware serves requests. If it is given a SoC "
        "manifest, signatures checked here are the manifest's.",
    [IMAGES] =
        "An image that the manifest allows is extended into a PCR; so "
        "is a measurement stashed without one. The events do not say "
        "which it was.",
    [CORES] = "The processors that all of this was for are let go.",
};

/* The event that a stage begins with, and the stages it may follow. An empty
 * string fits everything, others what begins with them. */
static const struct {
    enum stage stage, after, until;
    enum event_kind kind;
    const char *agent;
    const char *subject;
    const char *detail;
} rules[] = {
    {HELD,     FUSES,    CORES,    EVENT_RESET,     "reset",   "",      ""                  },
    {FUSES,    HELD,     CORES,    EVENT_RESET,     "soc_ifc", "core",  ""                  },
    {FUSES,    HELD,     HELD,     EVENT_UPDATE,    "soc_ifc", "fuses", ""                  },
    {ROM,      HELD,     FUSES,    EVENT_RELEASE,   "soc_ifc", "core",  ""                  },
    {BUNDLE,   HELD,     ROM,      EVENT_UPDATE,    "soc_ifc", "flow",  "ready for firmware"},
    {FIRMWARE, ROM,      BUNDLE,   EVENT_EXTEND,    "",        "",      ""                  },
    {MANIFEST, ROM,      FIRMWARE, EVENT_UPDATE,    "soc_ifc", "flow",
     "ready for runtime"                                                                    },
    {IMAGES,   MANIFEST, MANIFEST, EVENT_EXTEND,    "",        "",      ""                  },
    {IMAGES,   HELD,     MANIFEST, EVENT_AUTHORISE, "",        "",      ""                  },
    {CORES,    MANIFEST, IMAGES,   EVENT_RELEASE,   "reset",   "",      ""                  },
    {CORES,    HELD,     IMAGES,   EVENT_RELEASE,   "psci",    "",      ""                  },
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static enum stage next_stage(enum stage stage, const struct event *event)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].stage != stage && stage >= rules[i].after &&
            stage <= rules[i].until && event->kind == rules[i].kind &&
            begins(event->agent, rules[i].agent) &&
            begins(event->subject, rules[i].subject) &&
            begins(event->detail, rules[i].detail)) {
            return rules[i].stage;
        }
    }
    return stage;
}

/* What was decided, counted. */
struct counts {
    unsigned long valid;
    unsigned long refused;
    unsigned long extended;
    unsigned long released;
    unsigned long faults;
};

static void count_events(const struct event *events, size_t count,
                         struct counts *counts)
{
    *counts = (struct counts){0};
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        bool valid = begins(event->detail, "valid");
        counts->valid += event->kind == EVENT_VERIFY && valid;
        counts->refused += event->kind == EVENT_VERIFY && !valid;
        counts->extended += event->kind == EVENT_EXTEND;
        counts->released += event->kind == EVENT_RELEASE;
        counts->faults += event->kind == EVENT_FAULT;
    }
}

/* Words ------------------------------------------------------------------- */

static void print_time(struct buffer *out, uint64_t ns)
{
    buffer_print(out, "%" PRIu64 ".%06" PRIu64 " ms", ns / 1000000,
                 ns % 1000000);
}

static void print_digest(struct buffer *out, const struct event *event)
{
    buffer_print(out, "<code>");
    buffer_print_hex(out, event->digest, event->digest_size);
    buffer_print(out, "</code>");
}

static void print_kind(struct buffer *out, const struct event *event)
{
    buffer_print(
        out, "<span class=\"label\" style=\"border-color:%s\">%s</span>",
        event_report_colour(event->kind), event_kind_name(event->kind));
}

/* "3 signatures valid, 1 fault": what there is of each. */
static void print_counts(struct buffer *out, const struct counts *counts)
{
    const struct {
        unsigned long count;
        const char *one;
        const char *many;
    } parts[] = {
        {counts->refused,  "check failed",    "checks failed"   },
        {counts->faults,   "fault",           "faults"          },
        {counts->valid,    "signature valid", "signatures valid"},
        {counts->extended, "PCR extension",   "PCR extensions"  },
        {counts->released, "release",         "releases"        },
    };
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (parts[i].count != 0) {
            buffer_print(out, "%s%lu %s", comma, parts[i].count,
                         parts[i].count == 1 ? parts[i].one : parts[i].many);
            comma = ", ";
        }
    }
    buffer_print(out, "%s", *comma ? "" : "nothing to decide");
}

static bool is_bad(const struct counts *counts)
{
    return counts->refused != 0 || counts->faults != 0;
}

static bool is_bad_event(const struct event *event)
{
    return event->kind == EVENT_FAULT ||
           (event->kind == EVENT_VERIFY && !begins(event->detail, "valid"));
}

/* Parts of the page ------------------------------------------------------- */

static const char style[] =
    "body{font:15px/1.45 sans-serif;color:#1a1a1a;background:#fff;"
    "max-width:1080px;margin:24px auto;padding:0 20px}\n"
    "h1{font-size:17px;margin:0;font-weight:normal;color:#444}\n"
    "h2{font-size:19px;margin:34px 0 10px}\n"
    ".outcome{border:2px solid;border-left-width:12px;border-radius:6px;"
    "padding:12px 18px;margin:10px 0 14px}\n"
    ".outcome b{font-size:25px;display:block}\n"
    ".good{border-color:#0b6b43;background:#eef8f3}.good b{color:#0b6b43}\n"
    ".bad{border-color:#a3001b;background:#fdf0f2}.bad b{color:#a3001b}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:6px 28px;margin:0}\n"
    ".facts dt{font-size:12px;color:#555}.facts dd{margin:0}\n"
    ".chain{list-style:none;margin:0;padding:0 0 0 19px}\n"
    ".chain li.stage{border-left:4px solid #0b6b43;padding:0 0 22px 30px;"
    "position:relative}\n"
    ".chain li.stage:last-child{padding-bottom:0}\n"
    ".chain li.broken{border-left-color:#a3001b}\n"
    ".number{position:absolute;left:-19px;top:0;width:34px;height:34px;"
    "border-radius:50%;background:#0b6b43;color:#fff;font-weight:bold;"
    "text-align:center;line-height:34px}\n"
    ".broken .number{background:#a3001b}\n"
    ".head{display:flex;justify-content:space-between;gap:16px;"
    "align-items:baseline}\n"
    ".head b{font-size:17px}.when{font:13px monospace;color:#444;"
    "white-space:nowrap}\n"
    ".share{background:#e4e4e4;height:5px;margin:4px 0}"
    ".share div{background:#0072b2;height:5px;min-width:1px}\n"
    ".stage p{margin:2px 0}.sum{font-weight:bold;color:#0b6b43}"
    ".broken .sum{color:#a3001b}.why{color:#444}\n"
    ".stage ul{margin:6px 0 0;padding:0;list-style:none}"
    ".stage ul li{margin:2px 0;padding-left:16px;text-indent:-16px}\n"
    ".wrong{color:#a3001b;font-weight:bold}\n"
    ".label{border-left:10px solid;padding-left:6px;font-weight:bold}\n"
    "code{font:12px monospace;color:#333;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{text-align:left;border-bottom:2px solid #444;padding:3px 10px 3px 0}\n"
    "td{vertical-align:baseline;border-bottom:1px solid #ddd;"
    "padding:3px 10px 3px 0}\n"
    "td.at{font:13px monospace;text-align:right;white-space:nowrap}\n"
    ".line svg{max-width:100%;height:auto}\n"
    "@media print{body{margin:0;max-width:none;font-size:12px;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "li.stage,tr,.outcome{break-inside:avoid}h2{break-after:avoid}}\n";

static void print_fact(struct buffer *out, const char *name)
{
    buffer_print(out, "<div><dt>%s</dt><dd>", name);
}

static void print_outcome(struct buffer *out, const struct event_list *list,
                          const struct chain_report *report)
{
    struct counts counts;
    count_events(list->events, list->count, &counts);
    bool good = report->outcome ? report->reached : !is_bad(&counts);
    buffer_print(out, "<div class=\"outcome %s\"><b>", good ? "good" : "bad");
    if (report->outcome) {
        buffer_print(out, "%s", good ? "Reached: " : "Failed: ");
        event_report_escape(out, report->outcome);
    } else {
        buffer_print(out, "%s",
                     good ? "Nothing was refused" : "Something was refused");
    }
    buffer_print(out, "</b>");
    print_counts(out, &counts);
    buffer_print(out, "</div>\n<dl class=\"facts\">");
    print_fact(out, "board");
    event_report_escape(out, report->board);
    buffer_print(out, "</dd></div>");
    print_fact(out, "virtual time");
    print_time(out, report->time_ns);
    buffer_print(out, "</dd></div>");
    print_fact(out, "instructions");
    buffer_print(out, "%" PRIu64 "</dd></div>", report->instructions);
    print_fact(out, "unmodelled accesses");
    buffer_print(out, "%" PRIu64 "</dd></div>", report->unmodelled);
    print_fact(out, "state");
    buffer_print(out, "<code>%016" PRIx64 "</code></dd></div></dl>\n",
                 report->state_hash);
}

static bool is_same_but_subject(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && a->digest_size == 0 && b->digest_size == 0 &&
           strcmp(a->agent, b->agent) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* One item for all events in a row that differ in their subject only. Returns
 * how many. */
static size_t print_item(struct buffer *out, const struct event *events,
                         size_t count)
{
    size_t n = 1;
    buffer_print(out, "<li%s>", is_bad_event(events) ? " class=\"wrong\"" : "");
    print_kind(out, events);
    buffer_print(out, " ");
    event_report_escape(out, events->subject);
    for (; n < count && is_same_but_subject(events, &events[n]); n++) {
        buffer_print(out, ", ");
        event_report_escape(out, events[n].subject);
    }
    if (events->detail[0] != '\0') {
        buffer_print(out, ": ");
        event_report_escape(out, events->detail);
    }
    if (events->digest_size != 0) {
        buffer_print(out, " ");
        print_digest(out, events);
    }
    buffer_print(out, "</li>\n");
    return n;
}

static void print_stage(struct buffer *out, enum stage stage, unsigned number,
                        const struct event *events, size_t count,
                        uint64_t end_ns, uint64_t whole_ns)
{
    struct counts counts;
    uint64_t begin_ns = events->time_ns;
    uint64_t lasted = end_ns > begin_ns ? end_ns - begin_ns : 0;
    count_events(events, count, &counts);
    buffer_print(out,
                 "<li class=\"stage%s\"><span class=\"number\">%u</span>"
                 "<div class=\"head\"><b>%s</b><span class=\"when\">at ",
                 is_bad(&counts) ? " broken" : "", number, stage_names[stage]);
    print_time(out, begin_ns);
    buffer_print(out, ", took ");
    print_time(out, lasted);
    buffer_print(out,
                 "</span></div><div class=\"share\"><div style=\""
                 "width:%u%%\"></div></div>\n<p class=\"sum\">",
                 whole_ns && lasted <= whole_ns
                     ? (unsigned)((double)lasted * 100 / (double)whole_ns)
                     : 0);
    print_counts(out, &counts);
    buffer_print(out, "</p><p class=\"why\">%s</p>\n<ul>\n",
                 stage_words[stage]);
    for (size_t i = 0; i < count;) {
        i += print_item(out, &events[i], count - i);
    }
    buffer_print(out, "</ul></li>\n");
}

static void print_chain(struct buffer *out, const struct event_list *list,
                        uint64_t end_ns)
{
    enum stage stage = HELD;
    unsigned number = 0;
    buffer_print(out,
                 "<h2>The chain</h2>\n<p>Each stage lasts until the next one "
                 "begins; the bar is its share of the run.</p>\n%s",
                 list->count ? "<ol class=\"chain\">\n"
                             : "<p>Nothing has happened.</p>\n");
    for (size_t i = 0; i < list->count;) {
        size_t end = i + 1;
        stage = next_stage(stage, &list->events[i]);
        while (end < list->count &&
               next_stage(stage, &list->events[end]) == stage) {
            end++;
        }
        print_stage(out, stage, ++number, &list->events[i], end - i,
                    end < list->count ? list->events[end].time_ns : end_ns,
                    end_ns);
        i = end;
    }
    buffer_print(out, "%s", list->count ? "</ol>\n" : "");
}

static void print_pcr(struct buffer *out, const struct event_list *list,
                      size_t first)
{
    const char *name = list->events[first].subject;
    const struct event *last = &list->events[first];
    unsigned long count = 1;
    for (size_t i = first + 1; i < list->count; i++) {
        const struct event *event = &list->events[i];
        if (event->kind == EVENT_EXTEND && strcmp(event->subject, name) == 0) {
            last = event;
            count++;
        }
    }
    buffer_print(out, "<tr><td><b>");
    event_report_escape(out, name);
    buffer_print(out, "</b></td><td>%lu</td><td class=\"at\">", count);
    print_time(out, last->time_ns);
    buffer_print(out, "</td><td>");
    print_digest(out, last);
    buffer_print(out, "</td></tr>\n");
}

static bool is_first_of_pcr(const struct event_list *list, size_t index)
{
    if (list->events[index].kind != EVENT_EXTEND) {
        return false;
    }
    for (size_t i = 0; i < index; i++) {
        if (list->events[i].kind == EVENT_EXTEND &&
            strcmp(list->events[i].subject, list->events[index].subject) == 0) {
            return false;
        }
    }
    return true;
}

static void print_pcrs(struct buffer *out, const struct event_list *list)
{
    bool any = false;
    buffer_print(out, "<h2>PCRs</h2>\n");
    for (size_t i = 0; i < list->count; i++) {
        if (!is_first_of_pcr(list, i)) {
            continue;
        }
        buffer_print(out, "%s",
                     any ? ""
                         : "<table><thead><tr><th>PCR</th><th>extended</th>"
                           "<th>last at</th><th>value then</th></tr></thead>"
                           "<tbody>\n");
        any = true;
        print_pcr(out, list, i);
    }
    buffer_print(out, "%s",
                 any ? "</tbody></table>\n" : "<p>None was extended.</p>\n");
}

static void print_events(struct buffer *out, const struct event_list *list)
{
    buffer_print(out,
                 "<h2>All events</h2>\n<table><thead><tr><th>time</th><th>"
                 "kind</th><th>agent</th><th>what</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        buffer_print(out, "<tr%s><td class=\"at\">",
                     is_bad_event(event) ? " class=\"wrong\"" : "");
        print_time(out, event->time_ns);
        buffer_print(out, "</td><td>");
        print_kind(out, event);
        buffer_print(out, "</td><td>");
        event_report_escape(out, event->agent);
        buffer_print(out, "</td><td>");
        event_report_escape(out, event->subject);
        buffer_print(out, "%s", event->detail[0] ? ": " : "");
        event_report_escape(out, event->detail);
        if (event->digest_size != 0) {
            buffer_print(out, "<br/>");
            print_digest(out, event);
        }
        buffer_print(out, "</td></tr>\n");
    }
    buffer_print(out, "</tbody></table>\n");
}

void chain_report_html(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out)
{
    buffer_print(out,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                 "<meta charset=\"utf-8\"/><title>Chain of trust: ");
    event_report_escape(out, report->board);
    buffer_print(out,
                 "</title>\n<style>\n%s</style></head>\n<body>\n"
                 "<h1>Chain of trust</h1>\n",
                 style);
    print_outcome(out, list, report);
    print_chain(out, list, report->time_ns);
    print_pcrs(out, list);
    buffer_print(out, "<h2>Time line</h2>\n<div class=\"line\">");
    event_report_svg(list, report->board, out);
    buffer_print(out, "</div>\n");
    print_events(out, list);
    buffer_print(out, "</body></html>\n");
}
