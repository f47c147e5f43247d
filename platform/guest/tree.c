/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and properties of a guest's device tree, as libfdt writes them. */
#include "platform/guest/tree.h"

#include <assert.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

void tree_keep(struct tree *tree, int status)
{
    if (tree->status == 0) {
        tree->status = status;
    }
}

void tree_begin(struct tree *tree, const char *name)
{
    tree_keep(tree, fdt_begin_node(tree->fdt, name));
}

void tree_begin_at(struct tree *tree, const char *name, uint64_t address)
{
    char full[64];
    snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
    tree_begin(tree, full);
}

void tree_end(struct tree *tree)
{
    tree_keep(tree, fdt_end_node(tree->fdt));
}

void tree_put(struct tree *tree, const char *name, const void *value,
              size_t size)
{
    tree_keep(tree, fdt_property(tree->fdt, name, value, (int)size));
}

void tree_put_flag(struct tree *tree, const char *name)
{
    tree_put(tree, name, NULL, 0);
}

void tree_put_text(struct tree *tree, const char *name, const char *text)
{
    tree_put(tree, name, text, strlen(text) + 1);
}

void tree_put_u32(struct tree *tree, const char *name, uint32_t value)
{
    tree_keep(tree, fdt_property_u32(tree->fdt, name, value));
}

void tree_put_words(struct tree *tree, const char *name, const char *words)
{
    char *strings = xstrdup(words);
    size_t size = strlen(words) + 1;
    for (size_t i = 0; i < size; i++) {
        strings[i] = strings[i] == ' ' ? '\0' : strings[i];
    }
    tree_put(tree, name, strings, size);
    free(strings);
}

void tree_cell(struct tree_cells *cells, uint32_t value)
{
    assert(cells->count < TREE_CELLS_MAX);
    store_be32(cells->bytes + 4 * cells->count++, value);
}

void tree_cell64(struct tree_cells *cells, uint64_t value)
{
    tree_cell(cells, (uint32_t)(value >> 32));
    tree_cell(cells, (uint32_t)value);
}

void tree_put_cells(struct tree *tree, const char *name,
                    const struct tree_cells *cells)
{
    tree_put(tree, name, cells->bytes, 4 * cells->count);
}

void tree_put_reg(struct tree *tree, const char *name, const struct node *node,
                  size_t count)
{
    struct tree_cells cells = {.count = 0};
    uint64_t base;
    uint64_t size;
    for (size_t i = 0; i < count; i++) {
        if (node_reg(node, i, &base, &size, NULL) == 0) {
            tree_cell64(&cells, base);
            tree_cell64(&cells, size);
        }
    }
    tree_put_cells(tree, name, &cells);
}

void tree_put_status(struct tree *tree, const struct node *node)
{
    if (guest_is_secure(node)) {
        tree_put_text(tree, "status", "disabled");
        tree_put_text(tree, "secure-status", "okay");
    }
}
