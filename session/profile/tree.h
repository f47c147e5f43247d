/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks of names with a weight each, merged into a tree: a node is a name
 * under the names of its callers. Guests choose stacks, so nodes are bounded
 * (a million): a stack that would need more counts for the last of its nodes.
 */
#ifndef SESSION_PROFILE_TREE_H
#define SESSION_PROFILE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { PROFILE_ROOT = 0, PROFILE_NAME_SIZE = 256 };

struct profile_node {
    uint32_t name;
    uint32_t parent;
    uint32_t child; /* the first; 0: none. By name after profile_tree_close */
    uint32_t next;  /* of the same parent; 0: none */
    uint64_t self;  /* weight of stacks that end here */
    uint64_t total; /* and of those that go on, after profile_tree_close */
};

/* An index of numbers by their hash. */
struct profile_index {
    uint32_t *slots; /* number + 1, or 0 */
    size_t size;     /* a power of two, or 0 */
    size_t used;
};

/* Starts as {0}. */
struct profile_tree {
    struct buffer nodes; /* of struct profile_node */
    struct buffer names; /* of char * */
    struct profile_index by_name;
    struct profile_index by_path;
};

/* The number of a name, of which PROFILE_NAME_SIZE - 1 bytes count. */
uint32_t profile_tree_name(struct profile_tree *tree, const char *text);
const char *profile_tree_text(const struct profile_tree *tree, uint32_t name);
/* The child of that name. */
uint32_t profile_tree_enter(struct profile_tree *tree, uint32_t parent,
                            uint32_t name);
void profile_tree_add(struct profile_tree *tree, uint32_t node,
                      uint64_t weight);
/* Sorts children and computes totals. */
void profile_tree_close(struct profile_tree *tree);
const struct profile_node *profile_tree_node(const struct profile_tree *tree,
                                             uint32_t node);
size_t profile_tree_size(const struct profile_tree *tree);
size_t profile_tree_name_count(const struct profile_tree *tree);
void profile_tree_fini(struct profile_tree *tree);

#endif
