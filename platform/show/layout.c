/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a board: what stands in which block. layout_place.c gives the
 * blocks their places. */
#include "platform/show/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/show/show.h"

/* ---- Words --------------------------------------------------------------- */

/* The fonts asked for have letters of at most so much of their size, in
 * hundredths, on average. */
enum { LETTER = 62, LETTER_SIZE = 11 };

size_t layout_letters(int width)
{
    return (size_t)(width * 100 / (LETTER * LETTER_SIZE));
}

void layout_heading(const struct node *node, char *words, size_t size)
{
    char number[32];
    switch (node->kind) {
    case NODE_CORE:
        show_frequency(node->core->config.frequency_hz, number, sizeof(number));
        snprintf(words, size, "%s, %s", node->core->config.compatible, number);
        break;
    case NODE_MEMORY:
        snprintf(words, size, "memory%s", node->read_only ? ", read only" : "");
        break;
    case NODE_DEVICE:
        snprintf(words, size, "%s", node->device->type->title);
        break;
    default:
        snprintf(words, size, "not modelled");
        break;
    }
}

const char *layout_block_name(const struct layout *layout, size_t block)
{
    const struct node *node = layout->blocks[block].node;
    return node ? node->name : "board";
}

size_t layout_block_of(const struct layout *layout, size_t part)
{
    return part == SIZE_MAX ? SIZE_MAX
                            : layout->boxes[layout->box_of[part]].block;
}

static const struct node *part_of(const struct layout *layout,
                                  const struct box *box, size_t index)
{
    return &layout->machine->nodes[box->parts[index]];
}

void layout_box_name(const struct layout *layout, const struct box *box,
                     char *words, size_t size)
{
    snprintf(words, size, "%s%s%s", part_of(layout, box, 0)->name,
             box->part_count > 1 ? ".." : "",
             box->part_count > 1
                 ? part_of(layout, box, box->part_count - 1)->name
                 : "");
}

/* ---- What masters see ---------------------------------------------------- */

static bool is_part(const struct node *node)
{
    return node->kind == NODE_CORE || node->kind == NODE_MEMORY ||
           node->kind == NODE_DEVICE || node->kind == NODE_IGNORED;
}

/* By its name, as a window onto what a gate lets through names the gate as its
 * device; what a device shows at places of its own bears another name. */
static size_t find_seen(const struct cairn_machine *machine,
                        const struct window *window)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (!is_part(node) || node->kind == NODE_CORE) {
            continue;
        }
        if (strcmp(node->name, window->name) == 0) {
            return i;
        }
        if (window->device   ? node->device == window->device
            : window->region ? node->region == window->region
                             : false) {
            found = i;
        }
    }
    return found;
}

static const struct space *widest(const struct node *master)
{
    return master->secure_space ? master->secure_space : master->space;
}

static void look(struct layout *layout, const struct node *master)
{
    size_t count;
    const struct window **windows = show_windows(widest(master), &count);
    for (size_t i = 0; i < count; i++) {
        struct sight *sight = &layout->sights[layout->sight_count++];
        *sight = (struct sight){
            .master = master,
            .window = windows[i],
            .part = find_seen(layout->machine, windows[i]),
            .secure_only = show_is_secure_only(master, windows[i]),
        };
        if (sight->part != SIZE_MAX && !layout->seen[sight->part]) {
            layout->seen[sight->part] = sight;
        }
    }
    free(windows);
}

static size_t count_windows(const struct node *node)
{
    size_t count = 0;
    const struct window *w =
        node_is_master(node) ? widest(node)->windows : NULL;
    for (; w; w = w->next) {
        count++;
    }
    return count;
}

static void look_all(struct layout *layout)
{
    const struct cairn_machine *machine = layout->machine;
    size_t limit = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        limit += count_windows(&machine->nodes[i]);
    }
    layout->sights = xcalloc(limit + 1, sizeof(*layout->sights));
    layout->seen = xcalloc(machine->node_count + 1, sizeof(struct sight *));
    for (size_t i = 0; i < machine->node_count; i++) {
        if (node_is_master(&machine->nodes[i])) {
            look(layout, &machine->nodes[i]);
        }
    }
}

const struct sight *layout_sight(const struct layout *layout, size_t part)
{
    return layout->seen[part];
}

/* ---- Blocks and boxes ---------------------------------------------------- */

static void add_block(struct layout *layout, const struct node *node)
{
    layout->blocks[layout->block_count++].node = node;
}

static bool is_cluster(const struct node *node)
{
    return node->kind == NODE_CLUSTER || node->kind == NODE_AGENT;
}

static void make_blocks(struct layout *layout)
{
    const struct cairn_machine *machine = layout->machine;
    layout->blocks =
        xcalloc(2 * machine->node_count + 1, sizeof(*layout->blocks));
    for (size_t i = 0; i < machine->node_count; i++) {
        if (node_is_master(&machine->nodes[i])) {
            add_block(layout, &machine->nodes[i]);
        }
    }
    layout->left_count = layout->block_count;
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].kind == NODE_BUS) {
            add_block(layout, &machine->nodes[i]);
        }
    }
    add_block(layout, NULL);
}

/* The block of the nearest bus or cluster around a part. */
static size_t find_block(const struct layout *layout, const struct node *part)
{
    const struct node *around = part->parent;
    while (around && around->kind != NODE_BUS && !is_cluster(around)) {
        around = around->parent;
    }
    size_t first = around && is_cluster(around) ? 0 : layout->left_count;
    for (size_t i = first; i < layout->block_count; i++) {
        if (layout->blocks[i].node == around) {
            return i;
        }
    }
    return layout->block_count - 1;
}

static size_t find_box(struct layout *layout, const struct node *part)
{
    char heading[160];
    size_t block = find_block(layout, part);
    layout_heading(part, heading, sizeof(heading));
    for (size_t i = 0; i < layout->box_count; i++) {
        if (layout->boxes[i].block == block &&
            strcmp(layout->boxes[i].heading, heading) == 0) {
            return i;
        }
    }
    layout->boxes[layout->box_count] =
        (struct box){.block = block, .heading = xstrdup(heading)};
    return layout->box_count++;
}

/* True if part a stands before part b of the same box: by its address, parts
 * that nobody sees last. */
static bool is_before(const struct layout *layout, size_t a, size_t b)
{
    const struct sight *left = layout_sight(layout, a);
    const struct sight *right = layout_sight(layout, b);
    if (!left || !right) {
        return left && !right;
    }
    return left->window->base.value < right->window->base.value;
}

static void fill_boxes(struct layout *layout)
{
    size_t filled = 0;
    for (size_t b = 0; b < layout->box_count; b++) {
        struct box *box = &layout->boxes[b];
        size_t *parts = &layout->in_order[filled];
        box->parts = parts;
        for (size_t i = 0; i < layout->machine->node_count; i++) {
            if (layout->box_of[i] != b) {
                continue;
            }
            size_t at = box->part_count++;
            for (; at > 0 && is_before(layout, i, parts[at - 1]); at--) {
                parts[at] = parts[at - 1];
            }
            parts[at] = i;
        }
        filled += box->part_count;
    }
}

static void make_boxes(struct layout *layout)
{
    size_t count = layout->machine->node_count;
    layout->boxes = xcalloc(count + 1, sizeof(*layout->boxes));
    layout->box_of = xcalloc(count + 1, sizeof(*layout->box_of));
    layout->in_order = xcalloc(count + 1, sizeof(*layout->in_order));
    for (size_t i = 0; i < count; i++) {
        const struct node *node = &layout->machine->nodes[i];
        layout->box_of[i] = is_part(node) ? find_box(layout, node) : SIZE_MAX;
    }
    fill_boxes(layout);
}

/* ---- Rows of a master ---------------------------------------------------- */

enum { ROWS_MANY = 40 };

static bool follows(const struct sight *a, const struct sight *b)
{
    return a->window->base.value + a->window->size_bytes ==
           b->window->base.value;
}

/* True if two sights are told as one: those of one part without a gap between
 * them, of devices of one box, or, coarsely, of devices of one block. */
static bool are_alike(const struct layout *layout, const struct sight *a,
                      const struct sight *b, bool coarsely)
{
    if (a->part == SIZE_MAX || b->part == SIZE_MAX ||
        a->secure_only != b->secure_only) {
        return false;
    }
    const struct node *nodes = layout->machine->nodes;
    bool memory = nodes[a->part].kind == NODE_MEMORY ||
                  nodes[b->part].kind == NODE_MEMORY;
    if (coarsely && !memory &&
        layout_block_of(layout, a->part) == layout_block_of(layout, b->part)) {
        return true;
    }
    return a->part == b->part
               ? follows(a, b)
               : !memory && layout->box_of[a->part] == layout->box_of[b->part];
}

static void make_rows(const struct layout *layout, struct block *block,
                      bool coarsely)
{
    block->row_count = 0;
    for (size_t i = 0; i < layout->sight_count; i++) {
        const struct sight *sight = &layout->sights[i];
        struct sight_row *last =
            block->row_count ? &block->rows[block->row_count - 1] : NULL;
        if (sight->master != block->node) {
            continue;
        }
        if (last && are_alike(layout, sight - 1, sight, coarsely)) {
            last->count++;
        } else {
            block->rows[block->row_count++] =
                (struct sight_row){.first = sight, .count = 1};
        }
    }
}

static void make_all_rows(struct layout *layout)
{
    for (size_t i = 0; i < layout->left_count; i++) {
        struct block *block = &layout->blocks[i];
        block->rows =
            xcalloc(count_windows(block->node) + 1, sizeof(*block->rows));
        make_rows(layout, block, false);
        if (block->row_count > ROWS_MANY) {
            make_rows(layout, block, true);
        }
    }
}

/* ---- Wires --------------------------------------------------------------- */

const struct line *layout_outputs(const struct node *node, size_t *count)
{
    *count = node->device ? node->device->type->output_count
             : node->core ? node->core->type->output_count
                          : 0;
    return node->device ? node->device->outputs
           : node->core ? node->core->outputs
                        : NULL;
}

/* A connection knows its sink by the label that the node owns. */
static size_t find_sink(const struct cairn_machine *machine, const char *label)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        size_t count = is_part(node) ? node_input_count(node) : 0;
        bool found = label && node->reset_label == label;
        for (size_t k = 0; !found && k < count; k++) {
            found = node->input_labels[k] == label;
        }
        if (found) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t count_wires(const struct cairn_machine *machine)
{
    size_t total = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        size_t count;
        const struct line *lines = layout_outputs(&machine->nodes[i], &count);
        for (size_t k = 0; k < count; k++) {
            const struct line_connection *c = lines[k].connections;
            for (; c; c = c->next) {
                total++;
            }
        }
    }
    return total;
}

static void make_wires(struct layout *layout)
{
    struct cairn_machine *machine = layout->machine;
    layout->wires = xcalloc(count_wires(machine) + 1, sizeof(struct wire));
    for (size_t i = 0; i < machine->node_count; i++) {
        size_t count = 0;
        const struct line *lines =
            is_part(&machine->nodes[i])
                ? layout_outputs(&machine->nodes[i], &count)
                : NULL;
        for (size_t k = 0; k < count; k++) {
            const struct line_connection *c = lines[k].connections;
            for (; c; c = c->next) {
                layout->wires[layout->wire_count++] = (struct wire){
                    .line = &lines[k],
                    .sink_name = c->sink_name ? c->sink_name : "the outside",
                    .from = i,
                    .to = find_sink(machine, c->sink_name),
                };
            }
        }
    }
}

/* ---- Paragraphs ---------------------------------------------------------- */

/* Appends the name of where a wire leads unless it stands in names. */
static void name_target(const struct layout *layout, const struct wire *wire,
                        struct buffer *names)
{
    char name[80];
    char quoted[96];
    if (wire->to == SIZE_MAX) {
        snprintf(name, sizeof(name), "%s", wire->sink_name);
    } else {
        layout_box_name(layout, &layout->boxes[layout->box_of[wire->to]], name,
                        sizeof(name));
    }
    snprintf(quoted, sizeof(quoted), " %s,", name);
    if (!strstr(buffer_text(names), quoted)) {
        buffer_print(names, "%s", quoted);
    }
}

void layout_print_wire(const struct layout *layout, const struct wire *wire,
                       struct buffer *out)
{
    buffer_print(out, "%s%s%s -> %s", out->size ? "\n" : "", wire->line->name,
                 show_line_state(layout->machine, wire->line), wire->sink_name);
}

static char *take_text(struct buffer *buffer)
{
    char *text = xstrdup(buffer_text(buffer));
    buffer_fini(buffer);
    return text;
}

static void describe_wires(const struct layout *layout, struct box *box,
                           size_t index, enum line_kind kind)
{
    struct buffer names = {0};
    struct buffer title = {0};
    size_t count = 0;
    for (size_t i = 0; i < layout->wire_count; i++) {
        const struct wire *wire = &layout->wires[i];
        if (layout->box_of[wire->from] == index && wire->line->kind == kind) {
            name_target(layout, wire, &names);
            layout_print_wire(layout, wire, &title);
            count++;
        }
    }
    if (count != 0) {
        const char *text = buffer_text(&names);
        box->paragraphs[box->paragraph_count++] = (struct paragraph){
            .kind = kind,
            .text =
                xasprintf("%zu %s%s ->%.*s", count, show_line_kind(kind),
                          count == 1 ? "" : "s", (int)strlen(text) - 1, text),
            .title = take_text(&title),
        };
    }
    buffer_fini(&names);
    buffer_fini(&title);
}

/* The inputs that the outside drives at other levels than 0: straps. */
static void describe_straps(const struct layout *layout, struct box *box,
                            size_t index)
{
    const struct cairn_machine *machine = layout->machine;
    struct buffer text = {0};
    for (size_t i = 0; i < machine->external_count; i++) {
        const struct external *external = &machine->externals[i];
        size_t part = (size_t)(external->node - machine->nodes);
        if (layout->box_of[part] == index && external->line.level != 0) {
            buffer_print(&text, "%s%s = %u",
                         text.size ? ", " : "from outside: ",
                         external->line.name, external->line.level);
        }
    }
    if (text.size != 0) {
        box->paragraphs[box->paragraph_count++] = (struct paragraph){
            .outside = true,
            .title = xstrdup(buffer_text(&text)),
            .text = xstrdup(buffer_text(&text)),
        };
    }
    buffer_fini(&text);
}

static void make_paragraphs(struct layout *layout)
{
    for (size_t i = 0; i < layout->box_count; i++) {
        for (int kind = LINE_INTERRUPT; kind <= LINE_SIGNAL; kind++) {
            describe_wires(layout, &layout->boxes[i], i, (enum line_kind)kind);
        }
        describe_straps(layout, &layout->boxes[i], i);
    }
}

/* ---- Trunks -------------------------------------------------------------- */

static void add_to_trunk(struct layout *layout, const struct wire *wire)
{
    struct trunk trunk = {
        .from = layout_block_of(layout, wire->from),
        .to = layout_block_of(layout, wire->to),
        .kind = wire->line->kind,
        .wire_count = 1,
    };
    if (trunk.to == SIZE_MAX || trunk.from == trunk.to) {
        return;
    }
    for (size_t i = 0; i < layout->trunk_count; i++) {
        struct trunk *other = &layout->trunks[i];
        if (other->from == trunk.from && other->to == trunk.to &&
            other->kind == trunk.kind) {
            other->wire_count++;
            return;
        }
    }
    layout->trunks[layout->trunk_count++] = trunk;
    layout->blocks[trunk.from].ports++;
    layout->blocks[trunk.to].ports++;
}

static void make_trunks(struct layout *layout)
{
    layout->trunks = xcalloc(layout->wire_count + 1, sizeof(struct trunk));
    for (size_t i = 0; i < layout->wire_count; i++) {
        add_to_trunk(layout, &layout->wires[i]);
    }
}

/* ---- All of it ----------------------------------------------------------- */

void layout_make(struct layout *layout, struct cairn_machine *machine)
{
    *layout = (struct layout){.machine = machine};
    look_all(layout);
    make_blocks(layout);
    make_boxes(layout);
    make_all_rows(layout);
    make_wires(layout);
    make_paragraphs(layout);
    make_trunks(layout);
    layout_place(layout);
}

void layout_fini(struct layout *layout)
{
    for (size_t i = 0; i < layout->box_count; i++) {
        struct box *box = &layout->boxes[i];
        for (size_t k = 0; k < box->paragraph_count; k++) {
            free(box->paragraphs[k].text);
            free(box->paragraphs[k].title);
        }
        free(box->heading);
    }
    for (size_t i = 0; i < layout->block_count; i++) {
        free(layout->blocks[i].rows);
    }
    free(layout->sights);
    free(layout->seen);
    free(layout->wires);
    free(layout->box_of);
    free(layout->in_order);
    free(layout->blocks);
    free(layout->boxes);
    free(layout->trunks);
}
