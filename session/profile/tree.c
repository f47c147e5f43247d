/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of stacks, and the index of its names. */
#include "session/profile/tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"

enum { NODES_MAX = 1 << 20, INDEX_LEAST = 1024 };

static struct profile_node *node_at(const struct profile_tree *tree,
                                    uint32_t node)
{
    assert(node < profile_tree_size(tree));
    return (struct profile_node *)(void *)tree->nodes.bytes + node;
}

static char **names_of(const struct profile_tree *tree)
{
    return (char **)(void *)tree->names.bytes;
}

size_t profile_tree_size(const struct profile_tree *tree)
{
    return tree->nodes.size / sizeof(struct profile_node);
}

size_t profile_tree_name_count(const struct profile_tree *tree)
{
    return tree->names.size / sizeof(char *);
}

const struct profile_node *profile_tree_node(const struct profile_tree *tree,
                                             uint32_t node)
{
    return node_at(tree, node);
}

const char *profile_tree_text(const struct profile_tree *tree, uint32_t name)
{
    assert(name < profile_tree_name_count(tree));
    return names_of(tree)[name];
}

/* ---- Indexes ------------------------------------------------------------- */

static uint64_t hash_of_path(uint32_t parent, uint32_t name)
{
    const uint32_t both[] = {parent, name};

    return hash64(0, both, sizeof(both));
}

static void put(struct profile_index *index, uint64_t hash, uint32_t number)
{
    size_t at = hash & (index->size - 1);

    while (index->slots[at] != 0) {
        at = (at + 1) & (index->size - 1);
    }
    index->slots[at] = number + 1;
    index->used++;
}

static uint64_t hash_of(const struct profile_tree *tree,
                        const struct profile_index *index, uint32_t number)
{
    if (index == &tree->by_name) {
        const char *text = profile_tree_text(tree, number);
        return hash64(0, text, strlen(text));
    }
    const struct profile_node *node = node_at(tree, number);
    return hash_of_path(node->parent, node->name);
}

/* At most half of the slots are used, so a search soon finds a free one. */
static void make_room(const struct profile_tree *tree,
                      struct profile_index *index)
{
    struct profile_index old = *index;

    if (old.used * 2 < old.size) {
        return;
    }
    index->size = old.size != 0 ? old.size * 2 : INDEX_LEAST;
    index->slots = xcalloc(index->size, sizeof(*index->slots));
    index->used = 0;
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i] != 0) {
            put(index, hash_of(tree, index, old.slots[i] - 1),
                old.slots[i] - 1);
        }
    }
    free(old.slots);
}

/* As much of a name as counts: printable ASCII, for pictures and lines. */
static size_t take_name(char *name, const char *text)
{
    size_t length = strnlen(text, PROFILE_NAME_SIZE - 1);

    for (size_t i = 0; i < length; i++) {
        bool good = text[i] >= ' ' && text[i] <= '~';
        name[i] = good ? text[i] : '?';
    }
    name[length] = '\0';
    return length;
}

uint32_t profile_tree_name(struct profile_tree *tree, const char *text)
{
    char kept[PROFILE_NAME_SIZE];
    uint64_t hash = hash64(0, kept, take_name(kept, text));

    make_room(tree, &tree->by_name);
    size_t mask = tree->by_name.size - 1;
    for (size_t at = hash & mask; tree->by_name.slots[at] != 0;
         at = (at + 1) & mask) {
        uint32_t name = tree->by_name.slots[at] - 1;

        if (strcmp(names_of(tree)[name], kept) == 0) {
            return name;
        }
    }
    char *copy = xstrdup(kept);
    uint32_t name = (uint32_t)profile_tree_name_count(tree);
    buffer_append(&tree->names, &copy, sizeof(copy));
    put(&tree->by_name, hash, name);
    return name;
}

/* ---- Nodes --------------------------------------------------------------- */

static uint32_t add_node(struct profile_tree *tree, uint32_t parent,
                         uint32_t name)
{
    uint32_t made = (uint32_t)profile_tree_size(tree);
    struct profile_node node = {.name = name, .parent = parent};

    if (made != PROFILE_ROOT) {
        node.next = node_at(tree, parent)->child;
        node_at(tree, parent)->child = made;
    }
    buffer_append(&tree->nodes, &node, sizeof(node));
    return made;
}

static uint32_t find_node(const struct profile_tree *tree, uint32_t parent,
                          uint32_t name)
{
    size_t mask = tree->by_path.size - 1;
    size_t at = hash_of_path(parent, name) & mask;

    for (; tree->by_path.slots[at] != 0; at = (at + 1) & mask) {
        uint32_t found = tree->by_path.slots[at] - 1;
        const struct profile_node *node = node_at(tree, found);

        if (node->parent == parent && node->name == name) {
            return found;
        }
    }
    return PROFILE_ROOT;
}

static void make_root(struct profile_tree *tree)
{
    if (profile_tree_size(tree) == 0) {
        add_node(tree, PROFILE_ROOT, profile_tree_name(tree, "all"));
    }
}

uint32_t profile_tree_enter(struct profile_tree *tree, uint32_t parent,
                            uint32_t name)
{
    make_root(tree);
    make_room(tree, &tree->by_path);
    uint32_t found = find_node(tree, parent, name);
    if (found == PROFILE_ROOT && profile_tree_size(tree) >= NODES_MAX) {
        return parent;
    }
    if (found == PROFILE_ROOT) {
        found = add_node(tree, parent, name);
        put(&tree->by_path, hash_of_path(parent, name), found);
    }
    return found;
}

void profile_tree_add(struct profile_tree *tree, uint32_t node, uint64_t weight)
{
    node_at(tree, node)->self += weight;
}

/* ---- The end ------------------------------------------------------------- */

struct sorted {
    const char *text;
    uint32_t node;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct sorted *)a)->text,
                  ((const struct sorted *)b)->text);
}

static void sort_children(struct profile_tree *tree, uint32_t parent,
                          struct buffer *list)
{
    buffer_clear(list);
    for (uint32_t at = node_at(tree, parent)->child; at != 0;
         at = node_at(tree, at)->next) {
        const struct sorted row = {
            profile_tree_text(tree, node_at(tree, at)->name), at};
        buffer_append(list, &row, sizeof(row));
    }
    size_t count = list->size / sizeof(struct sorted);
    struct sorted *rows = (struct sorted *)(void *)list->bytes;
    if (count == 0) {
        return;
    }
    qsort(rows, count, sizeof(*rows), compare);
    for (size_t i = 0; i < count; i++) {
        node_at(tree, rows[i].node)->next =
            i + 1 < count ? rows[i + 1].node : 0;
    }
    node_at(tree, parent)->child = rows[0].node;
}

void profile_tree_close(struct profile_tree *tree)
{
    struct buffer list = {0};

    make_root(tree);
    size_t count = profile_tree_size(tree);
    for (size_t i = 0; i < count; i++) {
        node_at(tree, (uint32_t)i)->total = node_at(tree, (uint32_t)i)->self;
        sort_children(tree, (uint32_t)i, &list);
    }
    /* A node comes after its parent. */
    for (size_t i = count; i-- > 1;) {
        const struct profile_node *node = node_at(tree, (uint32_t)i);
        assert(node->parent < i);
        node_at(tree, node->parent)->total += node->total;
    }
    buffer_fini(&list);
}

void profile_tree_fini(struct profile_tree *tree)
{
    for (size_t i = 0; i < profile_tree_name_count(tree); i++) {
        free(names_of(tree)[i]);
    }
    buffer_fini(&tree->nodes);
    buffer_fini(&tree->names);
    free(tree->by_name.slots);
    free(tree->by_path.slots);
    *tree = (struct profile_tree){0};
}
