/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the nodes and properties of a device tree are. libfdt keeps nothing
 * between two questions: each walks the blob anew, some 4,000 instructions for
 * a property, which was most of the time that a small machine takes to create.
 */
#ifndef PLATFORM_BOARD_INDEX_H
#define PLATFORM_BOARD_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct board_property {
    uint32_t name; /* a place in the strings of the blob */
    const uint8_t *value;
    uint32_t size;
};

struct board_node {
    int offset; /* as libfdt tells nodes */
    int depth;  /* 0: the root */
    const char *name;
    size_t first; /* of its properties */
    size_t count;
};

/* A change of the blob moves what is behind it, and the strings, which are
 * looked up anew: what the index tells of nodes before it holds on. */
struct board_index {
    const void *fdt;
    struct board_node *nodes; /* in the order of the blob */
    size_t node_count;
    struct board_property *properties;
    size_t property_count;
    uint32_t *at; /* by offset / 4: 1 + the node there, or 0 */
    size_t token_count;
};

/* Makes the index of a blob that was checked (base/flat_tree.h). */
void board_index_init(struct board_index *index, const void *fdt);
void board_index_fini(struct board_index *index);

/* NULL: there is none. */
const struct board_property *board_index_find(const struct board_index *index,
                                              int node, const char *name);
/* The place of the node of that name right below a node, or libfdt's reason why
 * there is none. */
int board_index_child(const struct board_index *index, int node,
                      const char *name);

#endif
