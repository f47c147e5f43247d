/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a board: where blocks, boxes and trunks are on the page. */
#include "platform/show/layout.h"

#include "base/svg.h"

enum { COLUMNS_MAX = 4 };

static bool is_left(const struct layout *layout, const struct block *block)
{
    return (size_t)(block - layout->blocks) < layout->left_count;
}

static int box_width(const struct layout *layout, const struct block *block)
{
    return is_left(layout, block) ? LAYOUT_LEFT - 2 * LAYOUT_GAP : LAYOUT_BOX;
}

static void measure_box(struct box *box, int width)
{
    int rows = svg_line_count(box->heading, layout_letters(width)) +
               (int)box->part_count;
    for (size_t i = 0; i < box->paragraph_count; i++) {
        rows += svg_line_count(box->paragraphs[i].text, layout_letters(width));
    }
    box->height = rows * LAYOUT_ROW + LAYOUT_PAD;
}

/* Puts a block's boxes into columns, each box into the lowest one; returns the
 * height of the longest. */
static int place_boxes(struct layout *layout, const struct block *block, int x,
                       int y)
{
    int ends[COLUMNS_MAX] = {y, y, y, y};
    int width = box_width(layout, block);
    int lowest = y;
    for (size_t i = 0; i < layout->box_count; i++) {
        struct box *box = &layout->boxes[i];
        int column = 0;
        if (&layout->blocks[box->block] != block) {
            continue;
        }
        for (int c = 1; c < block->columns; c++) {
            column = ends[c] < ends[column] ? c : column;
        }
        measure_box(box, width - 2 * LAYOUT_PAD);
        box->x = x + column * (width + LAYOUT_GAP);
        box->y = ends[column];
        ends[column] += box->height + LAYOUT_GAP;
        lowest = ends[column] > lowest ? ends[column] : lowest;
    }
    return lowest - y;
}

static int whole_ports(int length)
{
    return (length + LAYOUT_PORT - 1) / LAYOUT_PORT * LAYOUT_PORT;
}

/* Returns where the next block may begin. */
static int place_block(struct layout *layout, struct block *block, int x, int y)
{
    block->x = x;
    block->y = y;
    block->width = 2 * LAYOUT_GAP - LAYOUT_GAP +
                   block->columns * (box_width(layout, block) + LAYOUT_GAP);
    int height = LAYOUT_TITLE;
    height += place_boxes(layout, block, x + LAYOUT_GAP, y + height);
    if (block->row_count != 0) {
        height += (int)block->row_count * LAYOUT_ROW + LAYOUT_GAP;
    }
    int least = LAYOUT_TITLE + block->ports * LAYOUT_PORT;
    block->height = height > least ? height : least;
    return y + whole_ports(block->height + LAYOUT_GAP);
}

static size_t count_boxes(const struct layout *layout, size_t block)
{
    size_t count = 0;
    for (size_t i = 0; i < layout->box_count; i++) {
        count += layout->boxes[i].block == block;
    }
    return count;
}

/* A board of few parts has fewer columns, so that its page is no strip. */
static int columns_of(const struct layout *layout, size_t block)
{
    size_t all = layout->box_count;
    size_t limit = all > 48 ? COLUMNS_MAX : all > 16 ? 3 : 2;
    size_t count = count_boxes(layout, block);
    return (int)(block < layout->left_count || count < 2 ? 1
                 : count < limit                         ? count
                                                         : limit);
}

static bool is_empty(const struct layout *layout, size_t block)
{
    return block >= layout->left_count && count_boxes(layout, block) == 0;
}

static int place_column(struct layout *layout, size_t first, size_t end, int x)
{
    int y = whole_ports(LAYOUT_TOP);
    for (size_t i = first; i < end; i++) {
        if (!is_empty(layout, i)) {
            layout->blocks[i].columns = columns_of(layout, i);
            y = place_block(layout, &layout->blocks[i], x, y);
        }
    }
    return y;
}

/* The ends of trunks on a block's edge, in the order of the blocks at their
 * other ends. Those of the right column lie half-way between those of the
 * left, so that no two lie on one height. */
static void place_ports(struct layout *layout, size_t index)
{
    const struct block *block = &layout->blocks[index];
    int y = block->y + LAYOUT_TITLE +
            (is_left(layout, block) ? 0 : LAYOUT_PORT / 2);
    for (size_t other = 0; other < layout->block_count; other++) {
        for (size_t i = 0; i < layout->trunk_count; i++) {
            struct trunk *trunk = &layout->trunks[i];
            if (trunk->from == index && trunk->to == other) {
                trunk->from_y = y;
            } else if (trunk->to == index && trunk->from == other) {
                trunk->to_y = y;
            } else {
                continue;
            }
            y += LAYOUT_PORT;
        }
    }
}

static bool share_height(const struct trunk *a, const struct trunk *b)
{
    int a_top = a->from_y < a->to_y ? a->from_y : a->to_y;
    int b_top = b->from_y < b->to_y ? b->from_y : b->to_y;
    int a_end = a->from_y + a->to_y - a_top;
    int b_end = b->from_y + b->to_y - b_top;
    return a_top <= b_end && b_top <= a_end;
}

/* Each trunk gets the first lane in which no other is beside it. */
static void place_lanes(struct layout *layout)
{
    for (size_t i = 0; i < layout->trunk_count; i++) {
        struct trunk *trunk = &layout->trunks[i];
        for (size_t k = 0; k < i; k++) {
            if (layout->trunks[k].lane == trunk->lane &&
                share_height(&layout->trunks[k], trunk)) {
                trunk->lane++;
                k = SIZE_MAX; /* begin again */
            }
        }
        if (trunk->lane >= layout->lane_count) {
            layout->lane_count = trunk->lane + 1;
        }
    }
}

void layout_place(struct layout *layout)
{
    int left = place_column(layout, 0, layout->left_count, LAYOUT_MARGIN);
    int right =
        place_column(layout, layout->left_count, layout->block_count, 0);
    for (size_t i = 0; i < layout->block_count; i++) {
        place_ports(layout, i);
    }
    place_lanes(layout);
    int x = LAYOUT_MARGIN + LAYOUT_LEFT + 2 * LAYOUT_LABEL +
            layout->lane_count * LAYOUT_LANE;
    layout->width = x;
    place_column(layout, layout->left_count, layout->block_count, x);
    for (size_t i = layout->left_count; i < layout->block_count; i++) {
        const struct block *block = &layout->blocks[i];
        if (block->x + block->width > layout->width) {
            layout->width = block->x + block->width;
        }
    }
    layout->width += LAYOUT_MARGIN;
    layout->height = (left > right ? left : right) + LAYOUT_MARGIN;
}
