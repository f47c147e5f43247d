/* SPDX-License-Identifier: Apache-2.0 */
/* The chain as one picture: how it ended, the stages over the time that each
 * took, keys and PCRs, and every event below. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trust/report/chain.h"
#include "trust/report/event_text.h"
#include "trust/report/events.h"
#include "trust/report/stages.h"

#include "base/svg.h"

enum {
    WIDTH = 1120,
    LEFT = 24,
    RIGHT = WIDTH - 24,
    STAGES_TOP = 176,
    STAGE_ROW = 54,
    NAME_LEFT = 66,
    BARS_LEFT = 470,
    BARS_RIGHT = 900,
    BAR_MIN = 2,
    TABLE_ROW = 22,
    TABLE_GAP = 48,
    VALUE_LEFT = 170,
    SHORT_WORDS = 72, /* characters of an outcome that is drawn large */
    LONG_WORDS = 96,  /* of a line of a longer one, */
    LONG_LINE = 112,  /* and of one in smaller letters */
    WORDS_ROW = 22,
};

#define GOOD "#0b6b43"
#define BAD  "#a3001b"
#define PALE "#e9edf0"
#define BAR  "#0072b2"
#define GREY "#555"
#define SANS "sans-serif"
#define MONO "monospace"

/* Text with all that it looks like: the list of events below has a style of its
 * own for what has none. */
static void begin_text(struct buffer *out, int x, int y, const char *family,
                       int size, const char *colour)
{
    buffer_print(out, "<text x=\"%d\" y=\"%d\" style=\"font:%dpx %s;fill:%s\">",
                 x, y, size, family, colour);
}

static void end_text(struct buffer *out)
{
    buffer_print(out, "</text>\n");
}

static void put_text(struct buffer *out, int x, int y, int size,
                     const char *colour, const char *text)
{
    svg_text(out, text, SIZE_MAX,
             "x=\"%d\" y=\"%d\" style=\"font:%dpx " SANS ";fill:%s\"", x, y,
             size, colour);
}

static void put_heading(struct buffer *out, int x, int y, int size,
                        const char *colour, const char *text)
{
    svg_text(out, text, SIZE_MAX,
             "x=\"%d\" y=\"%d\" style=\"font:bold %dpx " SANS ";fill:%s\"", x,
             y, size, colour);
}

static void print_ms(struct buffer *out, uint64_t ns)
{
    buffer_print(out, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000,
                 ns / 1000 % 1000);
}

/* ---- On top -------------------------------------------------------------- */

/* In bold lines. Returns how many. */
static int draw_words(struct buffer *out, const char *text, const char *colour)
{
    bool is_long = strlen(text) > SHORT_WORDS;
    struct svg_line line;
    int lines = 0;
    while (svg_line_next(&text, is_long ? LONG_WORDS : SHORT_WORDS, &line)) {
        svg_text(out, line.text, line.size,
                 "x=\"%d\" y=\"%d\" style=\"font:bold %dpx " SANS ";fill:%s\"",
                 LEFT + 28, 72 + lines * WORDS_ROW, is_long ? 16 : 23, colour);
        lines++;
    }
    return lines ? lines : 1;
}

static void draw_box(struct buffer *out, int height, bool good)
{
    const char *colour = good ? GOOD : BAD;
    buffer_print(out,
                 "<rect x=\"%d\" y=\"42\" width=\"%d\" height=\"%d\" "
                 "rx=\"6\" fill=\"%s\" stroke=\"%s\" stroke-width=\"2\"/>\n",
                 LEFT, RIGHT - LEFT, height, good ? "#eef8f3" : "#fdf0f2",
                 colour);
    svg_rectangle(out, LEFT, 42, 12, height, colour);
}

/* Returns by how much all else has to move down for its words. */
static int draw_outcome(struct buffer *out, const struct chain *chain,
                        const struct chain_report *report)
{
    bool good = chain_is_good(chain, report);
    struct buffer lines = {0};
    char *words = xasprintf("%s%s", good ? "Reached: " : "Failed: ",
                            report->outcome ? report->outcome
                                            : chain_words(&chain->counts));
    int extra = (draw_words(&lines, words, good ? GOOD : BAD) - 1) * WORDS_ROW;
    begin_text(out, LEFT, 28, SANS, 15, GREY);
    buffer_print(out, "%s: ", chain_title(chain));
    svg_escape(out, report->board);
    end_text(out);
    draw_box(out, 66 + extra, good);
    buffer_append(out, lines.bytes, lines.size);
    begin_text(out, LEFT + 28, 96 + extra, SANS, 14, "#1a1a1a");
    if (!chain->is_plain) {
        chain_print_counts(&chain->counts, out);
        buffer_print(out, "; ");
    }
    print_ms(out, report->time_ns);
    buffer_print(out,
                 " of virtual time, %" PRIu64 " instructions, %" PRIu64
                 " unmodelled accesses",
                 report->instructions, report->unmodelled);
    end_text(out);
    buffer_fini(&lines);
    free(words);
    return extra;
}

/* ---- Stages -------------------------------------------------------------- */

static int bar_x(uint64_t at_ns, uint64_t whole_ns)
{
    double share = whole_ns ? (double)at_ns / (double)whole_ns : 0;
    return BARS_LEFT +
           (int)((BARS_RIGHT - BARS_LEFT) * (share < 1 ? share : 1));
}

static void draw_axis(struct buffer *out, const struct chain *chain,
                      uint64_t whole_ns)
{
    int bottom = STAGES_TOP + (int)chain->stage_count * STAGE_ROW;
    for (unsigned i = 0; i <= 4; i++) {
        int x = bar_x(whole_ns * i / 4, whole_ns);
        buffer_print(out,
                     "<path d=\"M%d %dV%d\" stroke=\"#ccc\"/>\n"
                     "<text x=\"%d\" y=\"%d\" style=\"font:12px %s;fill:%s\" "
                     "text-anchor=\"middle\">",
                     x, STAGES_TOP - 12, bottom - 10, x, STAGES_TOP - 18, MONO,
                     GREY);
        print_ms(out, whole_ns * i / 4);
        end_text(out);
    }
}

static void draw_bar(struct buffer *out, const struct chain_stage *stage, int y,
                     uint64_t whole_ns)
{
    int from = bar_x(stage->begin_ns, whole_ns);
    int to = bar_x(stage->begin_ns + stage->took_ns, whole_ns);
    int width = to - from > BAR_MIN ? to - from : BAR_MIN;
    svg_rectangle(out, BARS_LEFT, y + 4, BARS_RIGHT - BARS_LEFT, 14, PALE);
    svg_rectangle(out, from, y + 4, width, 14,
                  chain_is_bad(&stage->counts) ? BAD : BAR);
}

static void draw_stage(struct buffer *out, const struct chain *chain,
                       size_t index, uint64_t whole_ns)
{
    const struct chain_stage *stage = &chain->stages[index];
    bool bad = chain_is_bad(&stage->counts);
    const char *colour = bad ? BAD : GOOD;
    int y = STAGES_TOP + (int)index * STAGE_ROW;
    if (index + 1 < chain->stage_count) {
        buffer_print(out,
                     "<path d=\"M%d %dV%d\" stroke=\"%s\" "
                     "stroke-width=\"4\"/>\n",
                     LEFT + 16, y + 12, y + 12 + STAGE_ROW, colour);
    }
    buffer_print(out,
                 "<circle cx=\"%d\" cy=\"%d\" r=\"16\" fill=\"%s\"/>\n<text "
                 "x=\"%d\" y=\"%d\" style=\"font:bold 14px %s;fill:#fff\" "
                 "text-anchor=\"middle\">%zu",
                 LEFT + 16, y + 12, colour, LEFT + 16, y + 17, SANS, index + 1);
    end_text(out);
    put_heading(out, NAME_LEFT, y + 10, 15, "#1a1a1a", stage->name);
    begin_text(out, NAME_LEFT, y + 28, SANS, 13, colour);
    chain_print_counts(&stage->counts, out);
    end_text(out);
    draw_bar(out, stage, y, whole_ns);
    begin_text(out, BARS_RIGHT + 16, y + 16, MONO, 13, "#1a1a1a");
    print_ms(out, stage->took_ns);
    end_text(out);
    if (chain->has_wall_times) {
        begin_text(out, BARS_RIGHT + 16, y + 32, MONO, 12, GREY);
        buffer_print(out, "wall ");
        print_ms(out, stage->wall_ns);
        end_text(out);
    }
}

/* ---- Tables -------------------------------------------------------------- */

static void draw_digest(struct buffer *out, int y, const struct event *event)
{
    struct buffer subject = {0};
    event_print_subject(event, &subject);
    put_heading(out, LEFT, y, 14, "#1a1a1a", buffer_text(&subject));
    buffer_fini(&subject);
    begin_text(out, VALUE_LEFT, y, MONO, 13, "#333");
    if (event->digest.size != 0) {
        buffer_print_hex(out, event->digest.bytes, event->digest.size);
    } else {
        buffer_print(out, "none is fused");
    }
    end_text(out);
}

static void draw_signer(struct buffer *out, int y,
                        const struct chain_signer *signer)
{
    struct buffer words = {0};
    const char *colour = signer->refused ? BAD : GOOD;
    begin_text(out, LEFT, y, SANS, 14, colour);
    buffer_print(out, "%lu valid", signer->valid);
    if (signer->refused != 0) {
        buffer_print(out, ", %lu refused", signer->refused);
    }
    end_text(out);
    chain_print_signer(signer, &words);
    put_text(out, VALUE_LEFT, y, 14, "#1a1a1a", buffer_text(&words));
    buffer_fini(&words);
}

static void draw_tables(struct buffer *out, const struct chain *chain, int y)
{
    put_heading(out, LEFT, y, 17, "#1a1a1a",
                chain->key_count ? "Keys, by the fuses" : "Keys: none locked");
    for (size_t i = 0; i < chain->key_count; i++) {
        y += TABLE_ROW;
        draw_digest(out, y, chain->keys[i]);
    }
    y += TABLE_GAP;
    put_heading(out, LEFT, y, 17, "#1a1a1a",
                chain->signer_count ? "Signatures, by key"
                                    : "Signatures: none checked");
    for (size_t i = 0; i < chain->signer_count; i++) {
        y += TABLE_ROW;
        draw_signer(out, y, &chain->signers[i]);
    }
    y += TABLE_GAP;
    put_heading(out, LEFT, y, 17, "#1a1a1a",
                chain->pcr_count ? "PCRs at the end" : "PCRs: none extended");
    for (size_t i = 0; i < chain->pcr_count; i++) {
        y += TABLE_ROW;
        draw_digest(out, y, chain->pcrs[i].last);
    }
}

static int tables_height(const struct chain *chain)
{
    return (int)(chain->key_count + chain->signer_count + chain->pcr_count) *
               TABLE_ROW +
           3 * TABLE_GAP;
}

/* As many rows as lines of a command and inputs take, and a heading. */
static int draw_run(struct buffer *out, const struct chain_report *report,
                    int y)
{
    int top = y;
    if (report->command == NULL) {
        return 0;
    }
    y += TABLE_ROW;
    char *heading = xasprintf("Run by cairn %s", report->version);
    put_heading(out, LEFT, y, 17, "#1a1a1a", heading);
    free(heading);
    const char *command = report->command;
    struct svg_line part;
    while (svg_line_next(&command, LONG_LINE, &part)) {
        y += TABLE_ROW;
        svg_text(out, part.text, part.size,
                 "x=\"%d\" y=\"%d\" style=\"font:14px " SANS ";fill:#1a1a1a\"",
                 LEFT, y);
    }
    for (size_t i = 0; i < report->input_count; i++) {
        const struct chain_input *input = &report->inputs[i];
        char *line = xasprintf("%s %s", input->option, input->path);
        y += TABLE_ROW;
        put_text(out, LEFT, y, 14, "#1a1a1a", line);
        y += TABLE_ROW;
        begin_text(out, VALUE_LEFT, y, MONO, 13, "#333");
        buffer_print(out, "%s: ", input->sha256 ? "SHA-256" : "not hashed");
        svg_escape(out, input->sha256 ? input->sha256 : input->not_hashed);
        end_text(out);
        free(line);
    }
    return y + TABLE_ROW - top;
}

/* Lines that are longer than the page go on in the next row. */
static int draw_console(struct buffer *out, const struct chain_console *console,
                        int y)
{
    int top = y;
    char *heading = xasprintf("The end of console %s", console->device);
    y += TABLE_ROW;
    put_heading(out, LEFT, y, 17, "#1a1a1a", heading);
    free(heading);
    for (const char *at = console->text; *at != '\0';) {
        size_t whole = strcspn(at, "\n");
        size_t length = whole < LONG_LINE ? whole : LONG_LINE;
        y += TABLE_ROW;
        svg_text(out, at, length,
                 "x=\"%d\" y=\"%d\" xml:space=\"preserve\" "
                 "style=\"font:13px " MONO ";fill:#333\"",
                 LEFT, y);
        at += length + (length == whole && at[length] == '\n');
    }
    return y + TABLE_ROW - top;
}

void chain_report_svg(const struct event_list *list,
                      const struct chain_report *report, struct buffer *out)
{
    struct chain chain;
    chain_read(&chain, list, report);
    struct buffer top = {0};
    int extra = draw_outcome(&top, &chain, report);
    int tables = STAGES_TOP + (int)chain.stage_count * STAGE_ROW + 24;
    int events = chain.is_plain ? STAGES_TOP - TABLE_GAP
                                : tables + tables_height(&chain);
    struct buffer run = {0};
    int height = events + extra + event_report_height(list);
    int width = LEFT - 12 + event_report_width(list);
    width = width > WIDTH ? width : WIDTH;
    for (size_t i = 0; i < report->console_count; i++) {
        height += draw_console(&run, &report->consoles[i], height - extra);
    }
    height += draw_run(&run, report, height - extra);
    svg_begin(out, width, height, NULL, "white");
    buffer_print(out, "%s<g transform=\"translate(0 %d)\">\n",
                 buffer_text(&top), extra);
    buffer_fini(&top);
    if (!chain.is_plain) {
        draw_axis(out, &chain, report->time_ns);
        for (size_t i = 0; i < chain.stage_count; i++) {
            draw_stage(out, &chain, i, report->time_ns);
        }
        draw_tables(out, &chain, tables);
    }
    buffer_print(out, "<g transform=\"translate(%d %d)\">\n", LEFT - 12,
                 events);
    event_report_svg(list, "All events", out);
    buffer_print(out, "</g>\n");
    buffer_append(out, run.bytes, run.size);
    buffer_fini(&run);
    buffer_print(out, "</g>\n</svg>\n");
    chain_fini(&chain);
}
