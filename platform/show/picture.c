/* SPDX-License-Identifier: Apache-2.0 */
/* A board as an SVG picture, complete in itself; layout.h says what stands
 * where. Each row has a title, which a viewer shows where one points. */
#include <stdio.h>
#include <string.h>

#include "base/svg.h"
#include "platform/show/layout.h"
#include "platform/show/show.h"

struct picture {
    const struct layout *layout;
    struct buffer *out;
};

static const char *const kind_colours[] = {
    [LINE_INTERRUPT] = "#c2570c",
    [LINE_RESET] = "#be123c",
    [LINE_POWER] = "#7c3aed",
    [LINE_SIGNAL] = "#0f766e",
};

/* Colours of blocks, the same beside what masters see. */
static const char *const block_colours[] = {
    "#bfd7f5", "#f7d9a8", "#cfe8c6", "#e4cdf0", "#f5c9c9", "#c5e6e6",
    "#e2e0a9", "#d8d3c8", "#c9cff2", "#f0cfe2", "#b9e0cd", "#e8d5bd",
};

static const char *block_colour(size_t block)
{
    return block_colours[block %
                         (sizeof(block_colours) / sizeof(block_colours[0]))];
}

/* ---- Elements ------------------------------------------------------------ */

static void text(struct picture *picture, int x, int y, const char *style,
                 const char *words)
{
    svg_text(picture->out, words, SIZE_MAX, "x=\"%d\" y=\"%d\" class=\"%s\"", x,
             y, style);
}

/* Words that may be longer than their place are cut: letter is their width in
 * hundredths of a pixel. The title of the row has them whole. */
static void text_within(struct picture *picture, int x, int y, int width,
                        int letter, const char *style, const char *words)
{
    buffer_print(picture->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y,
                 style);
    svg_escape_cut(picture->out, words, (size_t)(width * 100 / letter));
    buffer_print(picture->out, "</text>\n");
}

/* Words in as many rows as they need; returns their number. */
static int paragraph(struct picture *picture, int x, int y, int width,
                     const char *style, const char *words)
{
    struct svg_line line;
    int rows = 0;
    while (svg_line_next(&words, layout_letters(width), &line)) {
        svg_text(picture->out, line.text, line.size,
                 "x=\"%d\" y=\"%d\" class=\"%s\"", x, y + rows++ * LAYOUT_ROW,
                 style);
    }
    return rows;
}

static void title(struct picture *picture, const char *words)
{
    buffer_print(picture->out, "<title>");
    svg_escape(picture->out, words);
    buffer_print(picture->out, "</title>");
}

static void rectangle(struct picture *picture, const char *style, int x, int y,
                      int width, int height)
{
    buffer_print(picture->out,
                 "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                 "height=\"%d\" rx=\"5\"/>\n",
                 style, x, y, width, height);
}

/* ---- Boxes --------------------------------------------------------------- */

static void print_sight(const struct sight *sight, struct buffer *out)
{
    char size[32];
    char target[128];
    show_size(sight->window->size_bytes, size, sizeof(size));
    show_target(sight->window, target, sizeof(target));
    buffer_print(out, "\n0x%08llx %s %s: %s%s, for %s",
                 (unsigned long long)sight->window->base.value, size,
                 sight->window->name, target,
                 sight->secure_only ? ", Secure only" : "",
                 sight->master->name);
}

static void print_part(const struct layout *layout, size_t part,
                       struct buffer *out)
{
    const struct cairn_machine *machine = layout->machine;
    const struct node *node = &machine->nodes[part];
    char words[160];
    size_t outside = 0;
    layout_heading(node, words, sizeof(words));
    buffer_print(out, "%s: %s", node->name, words);
    if (node->kind == NODE_CORE) {
        buffer_print(out, ", starts at 0x%08llx%s",
                     (unsigned long long)node->core->config.reset_vector.value,
                     show_core_state(node));
    }
    for (size_t i = 0; i < layout->sight_count; i++) {
        if (layout->sights[i].part == part) {
            print_sight(&layout->sights[i], out);
        }
    }
    for (size_t i = 0; i < machine->external_count; i++) {
        outside += machine->externals[i].node == node;
    }
    if (outside != 0) {
        buffer_print(out, "\n%zu input%s from outside", outside,
                     outside == 1 ? "" : "s");
    }
}

static void draw_place(struct picture *picture, const struct node *node,
                       const struct sight *sight, int x, int y)
{
    char words[32];
    uint64_t size_bytes = node->kind == NODE_MEMORY ? node->size_bytes
                          : sight                   ? sight->window->size_bytes
                                                    : 0;
    if (sight) {
        snprintf(words, sizeof(words), "%08llx",
                 (unsigned long long)sight->window->base.value);
        text(picture, x - 76, y, "mono end", words);
    }
    if (size_bytes != 0) {
        show_size(size_bytes, words, sizeof(words));
        text(picture, x, y, "small end", words);
    }
}

static void draw_part(struct picture *picture, size_t part, int x, int y,
                      int width)
{
    const struct node *node = &picture->layout->machine->nodes[part];
    struct buffer words = {0};
    print_part(picture->layout, part, &words);
    buffer_print(picture->out, "<g class=\"part\">");
    title(picture, buffer_text(&words));
    buffer_fini(&words);
    text_within(picture, x, y, width - 148, 690, "name", node->name);
    if (node->kind == NODE_CORE) {
        const char *state = show_core_state(node);
        buffer_print(&words, "starts at %08llx%s",
                     (unsigned long long)node->core->config.reset_vector.value,
                     state);
        text(picture, x + width, y, "small end", buffer_text(&words));
        buffer_fini(&words);
    } else {
        draw_place(picture, node, layout_sight(picture->layout, part),
                   x + width, y);
    }
    buffer_print(picture->out, "</g>\n");
}

static void draw_paragraph(struct picture *picture, const struct paragraph *p,
                           int x, int y, int width)
{
    buffer_print(picture->out, "<g class=\"lines\" fill=\"%s\">",
                 p->outside ? "#64748b" : kind_colours[p->kind]);
    title(picture, p->title);
    paragraph(picture, x, y, width, "pins", p->text);
    buffer_print(picture->out, "</g>\n");
}

static void draw_box(struct picture *picture, const struct box *box, int width)
{
    static const char *const styles[] = {
        [NODE_CORE] = "box core",
        [NODE_MEMORY] = "box memory",
        [NODE_DEVICE] = "box",
        [NODE_IGNORED] = "box absent",
    };
    enum node_kind kind = picture->layout->machine->nodes[box->parts[0]].kind;
    int x = box->x + LAYOUT_PAD;
    int y = box->y + LAYOUT_ROW;
    int inside = width - 2 * LAYOUT_PAD;
    rectangle(picture, styles[kind], box->x, box->y, width, box->height);
    y += LAYOUT_ROW * paragraph(picture, x, y, inside, "heading", box->heading);
    for (size_t i = 0; i < box->part_count; i++, y += LAYOUT_ROW) {
        draw_part(picture, box->parts[i], x, y, inside);
    }
    for (size_t i = 0; i < box->paragraph_count; i++) {
        draw_paragraph(picture, &box->paragraphs[i], x, y, inside);
        y += LAYOUT_ROW *
             svg_line_count(box->paragraphs[i].text, layout_letters(inside));
    }
}

/* ---- Blocks -------------------------------------------------------------- */

static void name_row(const struct layout *layout, const struct sight_row *row,
                     char *words, size_t size)
{
    const struct sight *first = row->first;
    size_t others = 0;
    bool one_box = true;
    for (size_t i = 1; i < row->count; i++) {
        others += first[i].part != first[i - 1].part;
        one_box = one_box &&
                  layout->box_of[first[i].part] == layout->box_of[first->part];
    }
    if (others == 0) {
        snprintf(words, size, "%s", first->window->name);
    } else if (one_box) {
        snprintf(words, size, "%s and %zu more", first->window->name, others);
    } else {
        snprintf(
            words, size, "%zu windows onto %s", row->count,
            layout_block_name(layout, layout_block_of(layout, first->part)));
    }
}

static uint64_t last_address(const struct sight_row *row)
{
    uint64_t end = 0;
    for (size_t i = 0; i < row->count; i++) {
        const struct window *window = row->first[i].window;
        uint64_t last = window->base.value + (window->size_bytes - 1);
        end = last > end ? last : end;
    }
    return end;
}

static void draw_row(struct picture *picture, const struct sight_row *row,
                     int x, int y)
{
    const struct layout *layout = picture->layout;
    const struct sight *first = row->first;
    int room = LAYOUT_LEFT - 174 - 2 * LAYOUT_GAP;
    struct buffer words = {0};
    char name[96];
    char range[64];
    for (size_t i = 0; i < row->count; i++) {
        print_sight(&first[i], &words);
    }
    snprintf(range, sizeof(range), "%08llx-%08llx",
             (unsigned long long)first->window->base.value,
             (unsigned long long)last_address(row));
    name_row(layout, row, name, sizeof(name));
    buffer_print(picture->out, "<g class=\"window\">");
    title(picture, buffer_text(&words) + 1);
    buffer_fini(&words);
    if (first->part != SIZE_MAX) {
        buffer_print(
            picture->out,
            "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>",
            x, y - 10, block_colour(layout_block_of(layout, first->part)));
    }
    text(picture, x + 20, y, "mono", range);
    if (first->secure_only) {
        text(picture, x + 174 + room, y, "small end", "Secure");
        room -= 46;
    }
    text_within(picture, x + 174, y, room, 680, "row", name);
    buffer_print(picture->out, "</g>\n");
}

static const char *what_is(const struct node *node)
{
    if (!node) {
        return "parts on no bus";
    }
    return node->kind == NODE_CLUSTER  ? "processors and what they see"
           : node->kind == NODE_DEVICE ? "what this device sees"
           : node->kind == NODE_AGENT  ? "driven from outside: what it sees"
                                       : "the parts on this bus";
}

static void draw_block(struct picture *picture, size_t index)
{
    const struct layout *layout = picture->layout;
    const struct block *block = &layout->blocks[index];
    bool left = index < layout->left_count;
    int y = block->y + LAYOUT_TITLE;
    rectangle(picture, "block", block->x, block->y, block->width,
              block->height);
    svg_rectangle(picture->out, block->x + 1, block->y + 1, block->width - 2, 6,
                  block_colour(index));
    buffer_print(picture->out, "<text x=\"%d\" y=\"%d\" class=\"title\">",
                 block->x + LAYOUT_GAP, block->y + 23);
    svg_escape(picture->out, layout_block_name(layout, index));
    buffer_print(picture->out, "<tspan class=\"small\" dx=\"8\">%s</tspan>",
                 what_is(block->node));
    buffer_print(picture->out, "</text>\n");
    for (size_t i = 0; i < layout->box_count; i++) {
        const struct box *box = &layout->boxes[i];
        if (box->block == index) {
            draw_box(picture, box,
                     left ? LAYOUT_LEFT - 2 * LAYOUT_GAP : LAYOUT_BOX);
            y = box->y + box->height + LAYOUT_GAP;
        }
    }
    for (size_t i = 0; i < block->row_count; i++) {
        draw_row(picture, &block->rows[i], block->x + LAYOUT_GAP,
                 y + 12 + (int)i * LAYOUT_ROW);
    }
}

/* ---- Trunks -------------------------------------------------------------- */

static void title_of_trunk(struct picture *picture, const struct trunk *trunk)
{
    const struct layout *layout = picture->layout;
    struct buffer words = {0};
    buffer_print(&words, "%s -> %s", layout_block_name(layout, trunk->from),
                 layout_block_name(layout, trunk->to));
    for (size_t i = 0; i < layout->wire_count; i++) {
        const struct wire *wire = &layout->wires[i];
        if (wire->line->kind == trunk->kind &&
            layout_block_of(layout, wire->from) == trunk->from &&
            layout_block_of(layout, wire->to) == trunk->to) {
            layout_print_wire(layout, wire, &words);
        }
    }
    title(picture, buffer_text(&words));
    buffer_fini(&words);
}

/* The lines that a trunk carries, beside one of its ends. */
static void label_end(struct picture *picture, const struct trunk *trunk,
                      bool sink)
{
    const struct layout *layout = picture->layout;
    size_t at = sink ? trunk->to : trunk->from;
    const struct block *block = &layout->blocks[at];
    bool left = at < layout->left_count;
    int y = (sink ? trunk->to_y : trunk->from_y) - 4;
    char words[96];
    snprintf(words, sizeof(words), "%zu %s%s %s %s", trunk->wire_count,
             show_line_kind(trunk->kind), trunk->wire_count == 1 ? "" : "s",
             sink ? "from" : "to",
             layout_block_name(layout, sink ? trunk->from : trunk->to));
    int x = left ? block->x + block->width + 12 : block->x - 12;
    text_within(picture, x, y, LAYOUT_LABEL - 16, 580,
                left ? "pins" : "pins end", words);
}

static void draw_trunk(struct picture *picture, const struct trunk *trunk)
{
    const struct layout *layout = picture->layout;
    const struct block *from = &layout->blocks[trunk->from];
    const struct block *to = &layout->blocks[trunk->to];
    bool from_left = trunk->from < layout->left_count;
    bool to_left = trunk->to < layout->left_count;
    int lane =
        LAYOUT_MARGIN + LAYOUT_LEFT + LAYOUT_LABEL + trunk->lane * LAYOUT_LANE;
    int start = from_left ? from->x + from->width : from->x;
    int end = to_left ? to->x + to->width : to->x;
    int back = to_left ? 8 : -8;
    const char *colour = kind_colours[trunk->kind];
    buffer_print(picture->out, "<g class=\"trunk\" fill=\"%s\">", colour);
    title_of_trunk(picture, trunk);
    buffer_print(picture->out,
                 "<path d=\"M%d %d H%d V%d H%d\" fill=\"none\" stroke=\"%s\" "
                 "stroke-width=\"1.6\" stroke-linejoin=\"round\"/>\n"
                 "<path d=\"M%d %d l%d -4 v8 z\"/>\n"
                 "<circle cx=\"%d\" cy=\"%d\" r=\"3\"/>\n",
                 start, trunk->from_y, lane, trunk->to_y, end + back, colour,
                 end, trunk->to_y, back, start, trunk->from_y);
    label_end(picture, trunk, false);
    label_end(picture, trunk, true);
    buffer_print(picture->out, "</g>\n");
}

/* ---- All of it ----------------------------------------------------------- */

static void draw_legend(struct picture *picture)
{
    int x = LAYOUT_MARGIN;
    for (int kind = LINE_INTERRUPT; kind <= LINE_SIGNAL; kind++, x += 96) {
        buffer_print(picture->out,
                     "<path d=\"M%d 89 h20\" stroke=\"%s\" "
                     "stroke-width=\"2\"/>\n",
                     x, kind_colours[kind]);
        text(picture, x + 26, 93, "small",
             show_line_kind((enum line_kind)kind));
    }
    text(picture, x, 93, "small",
         "A colour beside a range of addresses is that of the bus; Secure: "
         "only Secure accesses reach it. Point at a row or a line for all "
         "that it stands for.");
}

static void draw_head(struct picture *picture)
{
    const struct board *board = &picture->layout->machine->board;
    const char *model = board_string(board, 0, "model");
    const char *description = board_string(board, 0, "cairn,description");
    text(picture, LAYOUT_MARGIN, 42, "head", model ? model : board->name);
    if (description) {
        text(picture, LAYOUT_MARGIN, 66, "row", description);
    }
    draw_legend(picture);
}

static const char style[] =
    "text{font-family:Inter,'DejaVu Sans',Helvetica,Arial,sans-serif;"
    "font-size:11px}.head{font-size:22px;font-weight:600;fill:#1e293b}"
    ".title{font-size:14px;font-weight:600;fill:#1e293b}"
    ".name,.row{font-size:12px;fill:#1e293b}"
    ".heading{font-weight:600;fill:#475569}"
    ".small{font-size:11px;font-weight:400;fill:#475569}"
    ".mono{font-family:'DejaVu Sans Mono',Menlo,monospace;fill:#334155}"
    ".end{text-anchor:end}.block{fill:#fff;stroke:#94a3b8}"
    ".box{fill:#fdf8ec;stroke:#dccfae}.core{fill:#e8f0fb;stroke:#b6c8e4}"
    ".memory{fill:#edf6eb;stroke:#bcd6b6}"
    ".absent{fill:#f4f5f7;stroke:#b4bcc8;stroke-dasharray:4 3}";

void show_svg(struct cairn_machine *machine, struct buffer *out)
{
    struct layout layout;
    struct picture picture = {.layout = &layout, .out = out};
    layout_make(&layout, machine);
    svg_begin(out, layout.width, layout.height, style, "#f6f8fb");
    draw_head(&picture);
    for (size_t i = 0; i < layout.trunk_count; i++) {
        draw_trunk(&picture, &layout.trunks[i]);
    }
    for (size_t i = 0; i < layout.block_count; i++) {
        if (layout.blocks[i].width != 0) {
            draw_block(&picture, i);
        }
    }
    buffer_print(out, "</svg>\n");
    layout_fini(&layout);
}
