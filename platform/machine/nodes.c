/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of a board as a machine lists them: in the order of the blob, each
 * with its parent, its cells and its name. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"

enum { NODES_MAX = 4096 };

static int check_nodes(const struct board *board, struct error *error)
{
    if (board->index.node_count == 0 || board->index.nodes[0].offset != 0) {
        return error_set(error, -EINVAL,
                         "board '%s': no node begins at byte 0 of its "
                         "structure",
                         board->name);
    }
    for (size_t i = 0; i < board->index.node_count; i++) {
        if (board->index.nodes[i].depth >= BOARD_DEPTH_MAX) {
            return board_error(board, board->index.nodes[i].offset, NULL, error,
                               -E2BIG, "nested deeper than %u nodes",
                               (unsigned)BOARD_DEPTH_MAX);
        }
    }
    if (board->index.node_count > NODES_MAX) {
        return error_set(error, -E2BIG, "board '%s': %zu nodes, at most %d",
                         board->name, board->index.node_count, NODES_MAX);
    }
    return 0;
}

static int list_nodes(struct cairn_machine *machine, struct error *error)
{
    const struct board *board = &machine->board;
    int code = check_nodes(board, error);
    if (code != 0) {
        return code;
    }
    machine->node_count = board->index.node_count;
    machine->nodes = xcalloc(machine->node_count, sizeof(*machine->nodes));
    struct node *parents[BOARD_DEPTH_MAX] = {NULL};
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct board_node *listed = &board->index.nodes[i];
        struct node *node = &machine->nodes[i];
        node->machine = machine;
        node->offset = listed->offset;
        node->phandle = board_u32(board, node->offset, "phandle", 0);
        node->address_cells =
            board_u32(board, node->offset, "#address-cells", 0);
        node->size_cells = board_u32(board, node->offset, "#size-cells", 0);
        node->hidden = board_has(board, node->offset, "cairn,hidden");
        node->parent = listed->depth > 0 ? parents[listed->depth - 1] : NULL;
        parents[listed->depth] = node;
        snprintf(node->name, sizeof(node->name), "%.*s",
                 (int)strcspn(listed->name, "@"), listed->name);
    }
    return 0;
}

const char *node_full_name(const struct node *node)
{
    const struct cairn_machine *machine = node->machine;
    return machine->board.index.nodes[node - machine->nodes].name;
}

/* The paths of all nodes: looking each label's up in the blob would walk all of
 * it each time. */
static char **list_paths(const struct cairn_machine *machine)
{
    char **paths = xcalloc(machine->node_count, sizeof(*paths));
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        const char *parent =
            node->parent ? paths[node->parent - machine->nodes] : "";
        paths[i] = node->parent
                       ? xasprintf("%s/%s", parent, node_full_name(node))
                       : xstrdup("");
    }
    return paths;
}

static struct node *node_at_path(struct cairn_machine *machine, char **paths,
                                 const char *path)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        if (strcmp(paths[i], path) == 0) {
            return &machine->nodes[i];
        }
    }
    /* It may leave out unit addresses. */
    return machine_node_at(machine, fdt_path_offset(machine->board.fdt, path));
}

/* The alphabetically first of several labels is the name. */
static void name_nodes(struct cairn_machine *machine)
{
    const void *fdt = machine->board.fdt;
    int symbols = board_index_child(&machine->board.index, 0, "__symbols__");
    const char **labels = xcalloc(machine->node_count, sizeof(*labels));
    char **paths = list_paths(machine);
    int property;
    fdt_for_each_property_offset(property, fdt, symbols)
    {
        const char *label = NULL;
        int size = 0;
        const char *path = fdt_getprop_by_offset(fdt, property, &label, &size);
        if (!path || size < 1 || path[size - 1] != '\0') {
            continue;
        }
        struct node *node = node_at_path(machine, paths, path);
        size_t index = node ? (size_t)(node - machine->nodes) : 0;
        if (node && (!labels[index] || strcmp(label, labels[index]) < 0)) {
            labels[index] = label;
            snprintf(node->name, sizeof(node->name), "%s", label);
        }
    }
    for (size_t i = 0; i < machine->node_count; i++) {
        free(paths[i]);
    }
    free(paths);
    free(labels);
}

int machine_list_nodes(struct cairn_machine *machine, struct error *error)
{
    int code = list_nodes(machine, error);
    if (code == 0) {
        name_nodes(machine);
    }
    return code;
}
