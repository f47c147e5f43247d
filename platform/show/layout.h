/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the picture of a board has its parts. Blocks stand in two columns: on
 * the left a block for each master, with its processors and what it sees, on
 * the right one for each bus. Between the columns are trunks, which carry the
 * lines from one block to another. Lengths are in pixels.
 */
#ifndef PLATFORM_SHOW_LAYOUT_H
#define PLATFORM_SHOW_LAYOUT_H

#include "platform/machine/machine.h"

enum {
    LAYOUT_MARGIN = 20,
    LAYOUT_TOP = 108,   /* of the first block */
    LAYOUT_PAD = 10,    /* between the edge of a box and its text */
    LAYOUT_GAP = 12,    /* between boxes */
    LAYOUT_TITLE = 30,  /* the height of a block's head */
    LAYOUT_ROW = 17,    /* of a part, a window or a line of text */
    LAYOUT_LEFT = 396,  /* the width of a master's block */
    LAYOUT_BOX = 272,   /* the width of a bus's box */
    LAYOUT_PORT = 20,   /* between the ends of trunks on a block's edge */
    LAYOUT_LABEL = 164, /* beside a block: room for what trunks carry */
    LAYOUT_LANE = 9,    /* between trunks */
};

/* A part as one master sees it. */
struct sight {
    const struct node *master;
    const struct window *window;
    size_t part; /* the index of the node, or SIZE_MAX: no node of the board */
    bool secure_only;
};

/* A run of sights at rising addresses that stands in one row. */
struct sight_row {
    const struct sight *first;
    size_t count;
};

/* A connection of the board: an output and one of its sinks. */
struct wire {
    const struct line *line;
    const char *sink_name;
    size_t from; /* the indices of the nodes */
    size_t to;
};

/* Wires of one kind that leave a box, or what drives it from outside. */
struct paragraph {
    enum line_kind kind;
    bool outside;
    char *text;  /* owned */
    char *title; /* owned */
};

enum { PARAGRAPHS_MAX = LINE_SIGNAL + 2 };

/* Parts of one kind and one block: a heading, a row per part, and the lines
 * that leave it. */
struct box {
    size_t block;
    char *heading;       /* owned */
    const size_t *parts; /* indices of nodes, by rising address */
    size_t part_count;
    struct paragraph paragraphs[PARAGRAPHS_MAX];
    size_t paragraph_count;
    int x;
    int y;
    int height;
};

struct block {
    const struct node *node; /* a master or a bus; NULL: those on no bus */
    struct sight_row *rows;  /* of a master; owned */
    size_t row_count;
    int columns; /* of boxes */
    int ports;   /* the ends of trunks on its edge */
    int x;
    int y;
    int width;
    int height;
};

/* All wires of one kind from one block to another. */
struct trunk {
    size_t from;
    size_t to;
    enum line_kind kind;
    size_t wire_count;
    int from_y;
    int to_y;
    int lane;
};

struct layout {
    struct cairn_machine *machine;
    struct sight *sights;
    size_t sight_count;
    const struct sight **seen; /* per node: its first sight, or NULL */
    struct wire *wires;
    size_t wire_count;
    size_t *box_of;   /* per node: its box, or SIZE_MAX */
    size_t *in_order; /* nodes, by box and address: what boxes point into */
    struct block *blocks;
    size_t block_count;
    size_t left_count; /* how many of the blocks stand on the left: the first */
    struct box *boxes;
    size_t box_count;
    struct trunk *trunks;
    size_t trunk_count;
    int lane_count;
    int width;
    int height;
};

void layout_make(struct layout *layout, struct cairn_machine *machine);
void layout_fini(struct layout *layout);
/* The last step of layout_make: the places of what the others made. */
void layout_place(struct layout *layout);

/* The heading of a part, as its box says: "PL011 UART", "memory, read only". */
void layout_heading(const struct node *node, char *words, size_t size);
/* The first sight of a part, or NULL: no master sees it. */
const struct sight *layout_sight(const struct layout *layout, size_t part);
/* The block of a part; SIZE_MAX if part is. */
size_t layout_block_of(const struct layout *layout, size_t part);
const char *layout_block_name(const struct layout *layout, size_t block);
/* "uart0" or "uart0..uart14": the parts of a box. */
void layout_box_name(const struct layout *layout, const struct box *box,
                     char *words, size_t size);
/* Appends a line about a wire, and before it the end of a line before. */
void layout_print_wire(const struct layout *layout, const struct wire *wire,
                       struct buffer *out);
/* The letters, 11 pixels high, that fit a row of so many pixels. */
size_t layout_letters(int width);
/* The outputs of a device or a processor. */
const struct line *layout_outputs(const struct node *node, size_t *count);

#endif
