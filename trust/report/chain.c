/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a page of HTML; the picture is in picture.c, text and JSON in
 * text.c. */
#include "trust/report/chain.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/svg.h"
#include "trust/report/event_text.h"
#include "trust/report/events.h"
#include "trust/report/stages.h"

/* ---- Words --------------------------------------------------------------- */

static void print_time(struct buffer *out, uint64_t ns)
{
    buffer_print(out, "%" PRIu64 ".%06" PRIu64 " ms", ns / 1000000,
                 ns % 1000000);
}

static void print_digest(struct buffer *out, const struct event *event)
{
    buffer_print(out, "<code>");
    buffer_print_hex(out, event->digest.bytes, event->digest.size);
    buffer_print(out, "</code>");
}

static void print_kind(struct buffer *out, const struct event *event)
{
    buffer_print(out,
                 "<span class=\"label\" style=\"border-color:%s\">%s</span>",
                 event_report_colour(event_kind(event)),
                 event_kind_name(event_kind(event)));
}

/* ---- Parts of the page --------------------------------------------------- */

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
    ".share div{background:#0072b2;height:5px;min-width:2px}\n"
    ".stage p{margin:2px 0}.sum{font-weight:bold;color:#0b6b43}"
    ".broken .sum{color:#a3001b}.why{color:#444}\n"
    ".wrong{color:#a3001b;font-weight:bold}\n"
    ".label{border-left:10px solid;padding-left:6px;font-weight:bold}\n"
    "code{font:12px monospace;color:#333;overflow-wrap:anywhere}\n"
    "pre{font:12px/1.4 monospace;background:#f4f4f4;border:1px solid #ddd;"
    "padding:8px 12px;margin:0;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{text-align:left;border-bottom:2px solid #444;padding:3px 10px 3px 0}\n"
    "td{vertical-align:baseline;border-bottom:1px solid #ddd;"
    "padding:3px 10px 3px 0}\n"
    "td.at{font:13px monospace;text-align:right;white-space:nowrap}\n"
    "td+td+td+td{width:70%}\n"
    "@media print{body{margin:0;max-width:none;font-size:12px;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "tr,.outcome{break-inside:avoid}h2{break-after:avoid}}\n";

static void print_fact(struct buffer *out, const char *name)
{
    buffer_print(out, "<div><dt>%s</dt><dd>", name);
}

static void print_run(struct buffer *out, const struct chain_report *report)
{
    if (report->command == NULL) {
        return;
    }
    buffer_print(out, "<h2>How it was run</h2>\n<p>cairn %s: <code>",
                 report->version);
    svg_escape(out, report->command);
    buffer_print(out, "</code></p>\n%s",
                 report->input_count
                     ? "<table><thead><tr><th>option</th><th>file</th>"
                       "<th>SHA-256</th></tr></thead><tbody>\n"
                     : "");
    for (size_t i = 0; i < report->input_count; i++) {
        const struct chain_input *input = &report->inputs[i];
        buffer_print(out, "<tr><td>%s</td><td>", input->option);
        svg_escape(out, input->path);
        buffer_print(out, input->sha256 ? "</td><td><code>"
                                        : "</td><td>not hashed: ");
        svg_escape(out, input->sha256 ? input->sha256 : input->not_hashed);
        buffer_print(out, "%s</td></tr>\n", input->sha256 ? "</code>" : "");
    }
    buffer_print(out, "%s", report->input_count ? "</tbody></table>\n" : "");
}

static void print_consoles(struct buffer *out,
                           const struct chain_report *report)
{
    for (size_t i = 0; i < report->console_count; i++) {
        buffer_print(out, "<h2>The end of console ");
        svg_escape(out, report->consoles[i].device);
        buffer_print(out, "</h2>\n<pre>");
        const char *text = report->consoles[i].text;
        struct svg_line line;
        while (svg_line_next(&text, SIZE_MAX, &line)) {
            svg_escape_part(out, line.text, line.size);
            buffer_print(out, "\n");
        }
        buffer_print(out, "</pre>\n");
    }
}

static void print_outcome(struct buffer *out, const struct chain *chain,
                          const struct chain_report *report)
{
    bool good = chain_is_good(chain, report);
    buffer_print(out, "<div class=\"outcome %s\"><b>", good ? "good" : "bad");
    if (report->outcome) {
        buffer_print(out, "%s", good ? "Reached: " : "Failed: ");
        svg_escape(out, report->outcome);
    } else {
        const char *words = chain_words(&chain->counts);
        buffer_print(out, "%c%s", toupper((unsigned char)words[0]), words + 1);
    }
    buffer_print(out, "</b>");
    if (!chain->is_plain) {
        chain_print_counts(&chain->counts, out);
    }
    buffer_print(out, "</div>\n<dl class=\"facts\">");
    print_fact(out, "board");
    svg_escape(out, report->board);
    buffer_print(out, "</dd></div>");
    print_fact(out, "virtual time");
    print_time(out, report->time_ns);
    buffer_print(out, "</dd></div>");
    print_fact(out, "instructions");
    buffer_print(out, "%" PRIu64 "</dd></div>", report->instructions);
    if (chain->has_wall_times && report->wall_count != 0) {
        print_fact(out, "wall time since the first event");
        print_time(out, report->wall_end_ns - report->wall_ns[0]);
        buffer_print(out, "</dd></div>");
    }
    if (report->machine) {
        print_fact(out, "machine");
        svg_escape(out, report->machine);
        buffer_print(out, "</dd></div>");
    }
    print_fact(out, "unmodelled accesses");
    buffer_print(out, "%" PRIu64 "</dd></div>", report->unmodelled);
    print_fact(out, "state");
    buffer_print(out, "<code>%016" PRIx64 "</code></dd></div></dl>\n",
                 report->state_hash);
}

static bool is_same_but_subject(const struct event *a, const struct event *b)
{
    return a->fact == b->fact && a->digest.size == 0 && b->digest.size == 0 &&
           a->time_ns == b->time_ns && strcmp(a->agent, b->agent) == 0 &&
           memcmp(a->values, b->values, sizeof(a->values)) == 0;
}

/* ", by owner ECC key of trust.yaml" */
static void print_key(struct buffer *out, const struct event *event,
                      const struct known_keys *known)
{
    const char *name =
        event->key.present ? known_keys_name(known, &event->key) : NULL;
    if (name) {
        buffer_print(out, ", by <b>");
        svg_escape(out, name);
        buffer_print(out, "</b>");
    }
}

/* One row for all events one after the other that differ in their subject only.
 * Returns how many. */
static size_t print_row(struct buffer *out, const struct event *events,
                        size_t count, const struct known_keys *known)
{
    size_t n = 1;
    buffer_print(out, "<tr%s><td class=\"at\">",
                 event_is_bad(events) ? " class=\"wrong\"" : "");
    print_time(out, events->time_ns);
    buffer_print(out, "</td><td>");
    print_kind(out, events);
    buffer_print(out, "</td><td>");
    svg_escape(out, events->agent);
    buffer_print(out, "</td><td>");
    event_report_words(out, events, event_print_subject);
    for (; n < count && is_same_but_subject(events, &events[n]); n++) {
        buffer_print(out, ", ");
        event_report_words(out, &events[n], event_print_subject);
    }
    buffer_print(out, ": ");
    event_report_words(out, events, event_print_detail);
    if (events->digest.size != 0) {
        buffer_print(out, " %s", event_digest_label(events));
        print_digest(out, events);
    }
    print_key(out, events, known);
    buffer_print(out, "</td></tr>\n");
    return n;
}

/* The only place of the page where these events stand. */
static void print_events(struct buffer *out, const struct event_list *list,
                         const struct event *events, size_t count,
                         const struct chain_report *report)
{
    size_t at = (size_t)(events - list->events);
    size_t end = at + count;
    buffer_print(out, "<table class=\"events\"><tbody>\n");
    while (at < end) {
        size_t most =
            at < EVENTS_FIRST && end > EVENTS_FIRST ? EVENTS_FIRST : end;
        if (at == EVENTS_FIRST && list->omitted) {
            buffer_print(out,
                         "<tr><td colspan=\"4\">%llu events that are not "
                         "listed</td></tr>\n",
                         (unsigned long long)list->omitted);
        }
        at += print_row(out, &list->events[at], most - at, report->known);
    }
    buffer_print(out, "</tbody></table>\n");
}

static unsigned percent(uint64_t part, uint64_t whole)
{
    return whole && part <= whole
               ? (unsigned)((double)part * 100 / (double)whole)
               : 0;
}

static void print_stage_head(struct buffer *out, const struct chain *chain,
                             const struct chain_stage *stage, unsigned number)
{
    buffer_print(out,
                 "<li class=\"stage%s\"><span class=\"number\">%u</span>"
                 "<div class=\"head\"><b>%s</b><span class=\"when\">at ",
                 chain_is_bad(&stage->counts) ? " broken" : "", number,
                 stage->name);
    print_time(out, stage->begin_ns);
    buffer_print(out, ", took ");
    print_time(out, stage->took_ns);
    if (chain->has_wall_times) {
        buffer_print(out, " (");
        print_time(out, stage->wall_ns);
        buffer_print(out, " of wall time)");
    }
    buffer_print(out, "</span></div>");
}

static void print_stage(struct buffer *out, const struct event_list *list,
                        const struct chain *chain, size_t index,
                        const struct chain_report *report)
{
    uint64_t whole_ns = report->time_ns;
    const struct chain_stage *stage = &chain->stages[index];
    print_stage_head(out, chain, stage, (unsigned)index + 1);
    buffer_print(out,
                 "<div class=\"share\"><div style=\"margin-left:%u%%;"
                 "width:%u%%\"></div></div>\n<p class=\"sum\">",
                 percent(stage->begin_ns, whole_ns),
                 percent(stage->took_ns, whole_ns));
    chain_print_counts(&stage->counts, out);
    buffer_print(out, "</p><p class=\"why\">%s</p>\n", stage->words);
    print_events(out, list, stage->events, stage->count, report);
    buffer_print(out, "</li>\n");
}

static void print_chain(struct buffer *out, const struct event_list *list,
                        const struct chain *chain,
                        const struct chain_report *report)
{
    buffer_print(out,
                 "<h2>The chain</h2>\n<p>Each stage lasts until the next one "
                 "begins; the bar is its share of the run.</p>\n%s",
                 chain->stage_count ? "<ol class=\"chain\">\n"
                                    : "<p>No events.</p>\n");
    for (size_t i = 0; i < chain->stage_count; i++) {
        print_stage(out, list, chain, i, report);
    }
    buffer_print(out, "%s", chain->stage_count ? "</ol>\n" : "");
}

static void print_keys(struct buffer *out, const struct chain *chain,
                       const struct chain_report *report)
{
    buffer_print(out,
                 "<h2>Keys</h2>\n<p>Digests of those whose firmware the part "
                 "takes, locked with its fuses.</p>\n%s",
                 chain->key_count ? "<table><tbody>\n"
                                  : "<p>None was locked.</p>\n");
    for (size_t i = 0; i < chain->key_count; i++) {
        const struct event *key = chain->keys[i];
        buffer_print(out, "<tr><td><b>");
        event_report_words(out, key, event_print_subject);
        buffer_print(out, "</b></td><td>");
        if (key->digest.size != 0) {
            print_digest(out, key);
        } else {
            buffer_print(out, "none is fused");
        }
        const char *name = chain_key_name(key, report);
        buffer_print(out, "%s", name ? "<br/>" : "");
        svg_escape(out, name ? name : "");
        buffer_print(out, "</td></tr>\n");
    }
    buffer_print(out, "%s", chain->key_count ? "</tbody></table>\n" : "");
}

static void print_signers(struct buffer *out, const struct chain *chain)
{
    buffer_print(
        out, "<h2>Signatures, by key</h2>\n%s",
        chain->signer_count
            ? "<table><thead><tr><th>valid</th><th>refused</th>"
              "<th>key</th><th>SHA-384 of the key</th></tr></thead><tbody>\n"
            : "<p>None was checked.</p>\n");
    for (size_t i = 0; i < chain->signer_count; i++) {
        const struct chain_signer *signer = &chain->signers[i];
        buffer_print(out, "<tr%s><td>%lu</td><td>%lu</td><td><b>",
                     signer->refused ? " class=\"wrong\"" : "", signer->valid,
                     signer->refused);
        svg_escape(out, signer->name     ? signer->name
                        : signer->is_own ? "made by the part itself"
                                         : "in no file of the run");
        buffer_print(out, "</b></td><td><code>");
        buffer_print_hex(out, signer->key->fingerprint,
                         sizeof(signer->key->fingerprint));
        buffer_print(out, "</code></td></tr>\n");
    }
    buffer_print(out, "%s", chain->signer_count ? "</tbody></table>\n" : "");
}

static void print_pcrs(struct buffer *out, const struct chain *chain)
{
    buffer_print(out, "<h2>PCRs</h2>\n%s",
                 chain->pcr_count
                     ? "<table><thead><tr><th>PCR</th><th>extended</th>"
                       "<th>last at</th><th>value</th></tr></thead>"
                       "<tbody>\n"
                     : "<p>None was extended.</p>\n");
    for (size_t i = 0; i < chain->pcr_count; i++) {
        const struct chain_pcr *pcr = &chain->pcrs[i];
        buffer_print(out, "<tr><td><b>");
        event_report_words(out, pcr->last, event_print_subject);
        buffer_print(out, "</b></td><td>%lu</td><td class=\"at\">", pcr->count);
        print_time(out, pcr->last->time_ns);
        buffer_print(out, "</td><td>");
        print_digest(out, pcr->last);
        buffer_print(out, "</td></tr>\n");
    }
    buffer_print(out, "%s", chain->pcr_count ? "</tbody></table>\n" : "");
}

/* A run in which nothing was measured, verified or updated has no chain. */
static void print_plain(struct buffer *out, const struct event_list *list,
                        const struct chain_report *report)
{
    buffer_print(out, "<h2>Events</h2>\n%s",
                 list->count ? "" : "<p>No events.</p>\n");
    if (list->count != 0) {
        print_events(out, list, list->events, list->count, report);
    }
}

void chain_report_html(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out)
{
    struct chain chain;
    chain_read(&chain, list, report);
    const char *title = chain_title(&chain);
    buffer_print(out,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                 "<meta charset=\"utf-8\"/><title>%s: ",
                 title);
    svg_escape(out, report->board);
    buffer_print(out, "</title>\n<style>\n%s</style></head>\n<body>\n<h1>%s: ",
                 style, title);
    svg_escape(out, report->board);
    buffer_print(out, "</h1>\n");
    print_outcome(out, &chain, report);
    if (chain.is_plain) {
        print_plain(out, list, report);
    } else {
        print_chain(out, list, &chain, report);
        print_keys(out, &chain, report);
        print_signers(out, &chain);
        print_pcrs(out, &chain);
    }
    print_consoles(out, report);
    print_run(out, report);
    buffer_print(out, "</body></html>\n");
    chain_fini(&chain);
}
