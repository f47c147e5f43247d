/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board as an SVG picture, complete in itself: on the left what each master
 * sees, in the middle the parts, on the right the lines between them, each in
 * a lane of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/board/show.h"

enum {
    MARGIN = 28,
    HEAD = 76,
    MASTER_WIDTH = 350,
    ROW = 20,
    GAP = 150,
    PART_X = MARGIN + MASTER_WIDTH + GAP,
    PART_WIDTH = 330,
    PART_HEAD = 42,
    PIN = 15,
    SPACE_BETWEEN = 14,
    LANES_X = PART_X + PART_WIDTH + 46,
    LANE = 8,
};

enum pin_kind { PIN_OUT, PIN_IN, PIN_OUTSIDE };

struct pin {
    enum pin_kind kind;
    const char *name;
    const char *label; /* what connections to it are called, or NULL */
    const struct line *line;
    int y;
};

struct part {
    const struct node *node;
    struct pin *pins;
    size_t pin_count;
    int y;
    int height;
};

struct picture {
    struct cairn_machine *machine;
    struct buffer *out;
    struct part *parts;
    size_t part_count;
    int lanes;
    int bottom;
};

static const char *const kind_colours[] = {
    [LINE_INTERRUPT] = "#c2570c",
    [LINE_RESET] = "#be123c",
    [LINE_POWER] = "#7c3aed",
    [LINE_SIGNAL] = "#0f766e",
};

static const char *const master_colours[] = {"#3b6fb6", "#8a5cb8", "#4d8f4a",
                                             "#b07d2b"};

static void escape(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buffer_print(out, "&amp;");
            break;
        case '<':
            buffer_print(out, "&lt;");
            break;
        case '"':
            buffer_print(out, "&quot;");
            break;
        default:
            buffer_print(out, "%c", (unsigned char)*text < ' ' ? ' ' : *text);
            break;
        }
    }
}

static void text(struct picture *picture, int x, int y, const char *style,
                 const char *words)
{
    buffer_print(picture->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y,
                 style);
    escape(picture->out, words);
    buffer_print(picture->out, "</text>\n");
}

/* ---- Parts and their pins ------------------------------------------------ */

static void add_pin(struct part *part, enum pin_kind kind, const char *name,
                    const char *label, const struct line *line)
{
    part->pins[part->pin_count++] =
        (struct pin){.kind = kind, .name = name, .label = label, .line = line};
}

static bool is_external(const struct cairn_machine *machine,
                        const struct line *line)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        if (&machine->externals[i].line == line) {
            return true;
        }
    }
    return false;
}

static bool is_listened_to(const struct picture *picture, const char *label)
{
    for (size_t i = 0; i < picture->machine->node_count; i++) {
        const struct device *device = picture->machine->nodes[i].device;
        for (size_t o = 0; device && o < device->type->output_count; o++) {
            const struct line_connection *c = device->outputs[o].connections;
            for (; c; c = c->next) {
                if (c->sink_name == label) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void find_pins(const struct picture *picture, struct part *part)
{
    const struct node *node = part->node;
    size_t inputs = node_input_count(node);
    size_t outputs = node->device ? node->device->type->output_count : 0;
    part->pins = xcalloc(inputs + outputs + 1, sizeof(*part->pins));
    if (is_listened_to(picture, node->reset_label)) {
        add_pin(part, PIN_IN, "reset", node->reset_label, NULL);
    }
    for (size_t i = 0; i < inputs; i++) {
        bool outside = is_external(picture->machine, node->drivers[i]);
        if (!outside || node->device) {
            add_pin(part, outside ? PIN_OUTSIDE : PIN_IN,
                    node_input_name(node, i), node->input_labels[i],
                    node->drivers[i]);
        }
    }
    for (size_t i = 0; node->device && i < outputs; i++) {
        add_pin(part, PIN_OUT, node->device->type->outputs[i].name, NULL,
                &node->device->outputs[i]);
    }
}

static void add_parts(struct picture *picture, enum node_kind kind)
{
    struct cairn_machine *machine = picture->machine;
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].kind != kind) {
            continue;
        }
        struct part *part = &picture->parts[picture->part_count++];
        part->node = &machine->nodes[i];
        find_pins(picture, part);
        part->y = picture->bottom;
        part->height =
            PART_HEAD + (int)part->pin_count * PIN + (part->pin_count ? 6 : 0);
        for (size_t p = 0; p < part->pin_count; p++) {
            part->pins[p].y = part->y + PART_HEAD + (int)p * PIN + 5;
        }
        picture->bottom += part->height + SPACE_BETWEEN;
    }
}

static const struct part *find_part(const struct picture *picture,
                                    const struct window *window)
{
    for (size_t i = 0; i < picture->part_count; i++) {
        const struct node *node = picture->parts[i].node;
        bool same = window->region   ? node->region == window->region
                    : window->device ? node->device == window->device
                                     : strcmp(node->name, window->name) == 0;
        if (same && node->kind != NODE_CORE) {
            return &picture->parts[i];
        }
    }
    return NULL;
}

static const struct pin *find_pin(const struct picture *picture,
                                  const char *label)
{
    for (size_t i = 0; i < picture->part_count; i++) {
        const struct part *part = &picture->parts[i];
        for (size_t p = 0; p < part->pin_count; p++) {
            if (part->pins[p].label == label && label) {
                return &part->pins[p];
            }
        }
    }
    return NULL;
}

static void describe(const struct node *node, char *words, size_t size)
{
    char number[32];
    switch (node->kind) {
    case NODE_CORE:
        show_frequency(node->core->config.frequency_hz, number, sizeof(number));
        snprintf(words, size, "%s, %s%s", node->core->config.compatible, number,
                 show_core_state(node));
        break;
    case NODE_MEMORY:
        show_size(node->size_bytes, number, sizeof(number));
        snprintf(words, size, "%s%s", number,
                 node->read_only ? ", read only" : "");
        break;
    case NODE_DEVICE:
        snprintf(words, size, "%s", node->device->type->title);
        break;
    default:
        snprintf(words, size, "not modelled");
        break;
    }
}

static void draw_pin(struct picture *picture, const struct pin *pin)
{
    int x = PART_X + PART_WIDTH;
    const char *colour =
        pin->line ? kind_colours[pin->line->kind] : kind_colours[LINE_RESET];
    char words[64];
    snprintf(words, sizeof(words), "%s%s", pin->name,
             pin->kind == PIN_OUT ? show_line_state(picture->machine, pin->line)
                                  : "");
    text(picture, x - 12, pin->y + 4,
         pin->kind == PIN_OUTSIDE ? "pin dim" : "pin", words);
    if (pin->kind == PIN_OUT) {
        buffer_print(picture->out,
                     "<circle cx=\"%d\" cy=\"%d\" r=\"3\" fill=\"%s\"/>\n", x,
                     pin->y, colour);
    } else if (pin->kind == PIN_IN) {
        buffer_print(picture->out,
                     "<path d=\"M%d %d l8 -4 v8 z\" fill=\"%s\"/>\n", x, pin->y,
                     colour);
    } else {
        buffer_print(picture->out,
                     "<circle cx=\"%d\" cy=\"%d\" r=\"3\" fill=\"#fff\" "
                     "stroke=\"#94a3b8\"/>\n",
                     x, pin->y);
        if (pin->line && pin->line->level != 0) {
            char level[24];
            snprintf(level, sizeof(level), "= %u", pin->line->level);
            text(picture, x + 8, pin->y + 4, "dim small", level);
        }
    }
}

static void draw_part(struct picture *picture, const struct part *part)
{
    static const char *const fills[] = {
        [NODE_CORE] = "#e8f0fb",
        [NODE_MEMORY] = "#eaf5e9",
        [NODE_DEVICE] = "#fdf6e7",
        [NODE_IGNORED] = "#f1f5f9",
    };
    char words[160];
    describe(part->node, words, sizeof(words));
    buffer_print(
        picture->out,
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" "
        "fill=\"%s\" class=\"box\"%s/>\n",
        PART_X, part->y, PART_WIDTH, part->height, fills[part->node->kind],
        part->node->kind == NODE_IGNORED ? " stroke-dasharray=\"4 3\"" : "");
    text(picture, PART_X + 12, part->y + 18, "name", part->node->name);
    text(picture, PART_X + 12, part->y + 34, "small", words);
    for (size_t i = 0; i < part->pin_count; i++) {
        draw_pin(picture, &part->pins[i]);
    }
}

/* ---- Masters ------------------------------------------------------------- */

static void draw_window(struct picture *picture, const struct window *window,
                        int y, const char *colour)
{
    const struct part *part = find_part(picture, window);
    int x = MARGIN;
    char address[24];
    char size[32];
    snprintf(address, sizeof(address), "%08llx",
             (unsigned long long)window->base.value);
    show_size(window->size_bytes, size, sizeof(size));
    text(picture, x + 14, y + 14, "mono", address);
    text(picture, x + 168, y + 14, "small right", size);
    text(picture, x + 184, y + 14, "small", window->name);
    if (part) {
        int from = x + MASTER_WIDTH;
        int to = part->y + 16;
        buffer_print(picture->out,
                     "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" "
                     "stroke=\"%s\" stroke-width=\"1.3\" "
                     "stroke-opacity=\"0.55\"/>\n",
                     from, y + 10, from + GAP / 2, y + 10, PART_X - GAP / 2, to,
                     PART_X, to, colour);
    }
}

static int draw_master(struct picture *picture, const struct node *node, int y,
                       const char *colour)
{
    const struct window *windows[SHOW_WINDOWS_MAX];
    const struct space *space =
        node->secure_space ? node->secure_space : node->space;
    size_t count = show_windows(space, windows, SHOW_WINDOWS_MAX);
    int height = PART_HEAD + (int)count * ROW + 8;
    buffer_print(picture->out,
                 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" "
                 "fill=\"#fff\" class=\"box\"/>\n"
                 "<path d=\"M%d %d h%d\" stroke=\"%s\" stroke-width=\"4\"/>\n",
                 MARGIN, y, MASTER_WIDTH, height, MARGIN + 5, y + 1,
                 MASTER_WIDTH - 10, colour);
    text(picture, MARGIN + 14, y + 20, "name", node->name);
    text(picture, MARGIN + 14, y + 35, "small",
         node->kind == NODE_CLUSTER  ? "address map of its processors"
         : node->kind == NODE_DEVICE ? "address map of the device"
                                     : "address map of the outside");
    for (size_t i = 0; i < count; i++) {
        draw_window(picture, windows[i], y + PART_HEAD + (int)i * ROW, colour);
    }
    return y + height + 2 * SPACE_BETWEEN;
}

static int draw_masters(struct picture *picture)
{
    int y = HEAD;
    unsigned index = 0;
    for (size_t i = 0; i < picture->machine->node_count; i++) {
        const struct node *node = &picture->machine->nodes[i];
        if (node_is_master(node)) {
            y = draw_master(picture, node, y, master_colours[index++ % 4]);
        }
    }
    return y;
}

/* ---- Lines --------------------------------------------------------------- */

static void draw_line(struct picture *picture, const struct pin *from)
{
    int edge = PART_X + PART_WIDTH;
    int lane = LANES_X + picture->lanes * LANE;
    const char *colour = kind_colours[from->line->kind];
    bool drawn = false;
    for (const struct line_connection *c = from->line->connections; c;
         c = c->next) {
        const struct pin *to = find_pin(picture, c->sink_name);
        if (to) {
            buffer_print(picture->out,
                         "<path d=\"M%d %d H%d V%d H%d\" fill=\"none\" "
                         "stroke=\"%s\" stroke-linejoin=\"round\"/>\n",
                         edge + 3, from->y, lane, to->y, edge + 7, colour);
            drawn = true;
        }
    }
    picture->lanes += drawn;
}

static void draw_lines(struct picture *picture)
{
    for (size_t i = 0; i < picture->part_count; i++) {
        const struct part *part = &picture->parts[i];
        for (size_t p = 0; p < part->pin_count; p++) {
            if (part->pins[p].kind == PIN_OUT) {
                draw_line(picture, &part->pins[p]);
            }
        }
    }
}

static void draw_legend(struct picture *picture, int x)
{
    static const enum line_kind kinds[] = {LINE_INTERRUPT, LINE_RESET,
                                           LINE_SIGNAL};
    for (unsigned i = 0; i < 3; i++) {
        int at = x + (int)i * 96;
        buffer_print(picture->out,
                     "<path d=\"M%d 46 h20\" stroke=\"%s\" "
                     "stroke-width=\"2\"/>\n",
                     at, kind_colours[kinds[i]]);
        text(picture, at + 26, 50, "small", show_line_kind(kinds[i]));
    }
}

/* ---- All of it ----------------------------------------------------------- */

static const char style[] =
    "<style>text{font-family:Inter,'DejaVu Sans',Helvetica,Arial,sans-serif;"
    "fill:#1e293b;font-size:12px}.title{font-size:20px;font-weight:600}"
    ".name{font-size:13px;font-weight:600}.small{font-size:11px;fill:#475569}"
    ".mono{font-family:'DejaVu Sans Mono',Menlo,monospace;font-size:11px}"
    ".pin{font-size:10.5px;text-anchor:end;fill:#334155}.dim{fill:#94a3b8}"
    ".right{text-anchor:end}.box{stroke:#cbd5e1}</style>\n";

void show_svg(struct cairn_machine *machine, struct buffer *out)
{
    struct buffer body = {0};
    struct picture picture = {
        .machine = machine,
        .out = &body,
        .parts = xcalloc(machine->node_count + 1, sizeof(struct part)),
        .bottom = HEAD,
    };
    static const enum node_kind order[] = {NODE_CORE, NODE_MEMORY, NODE_DEVICE,
                                           NODE_IGNORED};
    for (unsigned i = 0; i < 4; i++) {
        add_parts(&picture, order[i]);
    }
    int left = draw_masters(&picture);
    for (size_t i = 0; i < picture.part_count; i++) {
        draw_part(&picture, &picture.parts[i]);
    }
    draw_lines(&picture);
    const char *model = board_string(&machine->board, 0, "model");
    text(&picture, MARGIN, 50, "title", model ? model : machine->board.name);
    draw_legend(&picture, PART_X);
    int width = LANES_X + (picture.lanes + 1) * LANE + MARGIN;
    int least = LANES_X + 60;
    int height = (left > picture.bottom ? left : picture.bottom) + MARGIN;
    buffer_print(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                 "height=\"%d\" viewBox=\"0 0 %d %d\">\n%s"
                 "<rect width=\"100%%\" height=\"100%%\" fill=\"#fbfcfe\"/>\n",
                 width > least ? width : least, height,
                 width > least ? width : least, height, style);
    buffer_append(out, body.bytes, body.size);
    buffer_print(out, "</svg>\n");
    for (size_t i = 0; i < picture.part_count; i++) {
        free(picture.parts[i].pins);
    }
    free(picture.parts);
    buffer_fini(&body);
}
