/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of a board: interrupts-extended and aspeed,interrupt-ranges of
 * devices become connections. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"

/* The input that an interrupt specifier names: "irqN" of a processor that has
 * an interrupt controller of its own, "sourceN" of a device; of the three cells
 * that a GIC takes, "spiN" of a shared interrupt. */
static int find_source(const struct node *to, const uint8_t *cells,
                       unsigned cell_count)
{
    char name[24] = "";
    if (cell_count == 1) {
        snprintf(name, sizeof(name), "%s%u",
                 to->kind == NODE_CORE ? "irq" : "source", load_be32(cells));
    } else if (load_be32(cells) == 0) {
        snprintf(name, sizeof(name), "spi%u", load_be32(cells + 4));
    }
    return node_find_input(to, name);
}

/* How many cells follow the phandle of a controller; 0 if it is none. */
static unsigned specifier_cells(const struct node *to)
{
    const struct board *board = &to->machine->board;
    uint32_t count = board_u32(board, to->offset, "#interrupt-cells", 0);
    return board_has(board, to->offset, "interrupt-controller") &&
                   (count == 1 || count == 3)
               ? count
               : 0;
}

static int connect_source(struct node *node, size_t index, struct line *line,
                          struct node *to, const uint8_t *specifier,
                          unsigned cells, struct error *error)
{
    static const char property[] = "interrupts-extended";
    const struct board *board = &node->machine->board;
    int input = find_source(to, specifier, cells);
    if (input < 0) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "interrupt %zu: '%s' has no source %u", index,
                           to->name,
                           load_be32(specifier + (cells == 3 ? 4 : 0)));
    }
    return node_connect(node, line, to, (unsigned)input, property, error);
}

/* An interrupt for a cluster goes to each of its processors. */
static int connect_interrupt(struct node *node, size_t index, struct node *to,
                             const uint8_t *specifier, struct error *error)
{
    struct cairn_machine *machine = node->machine;
    unsigned cells = specifier_cells(to);
    struct line *line =
        node_output_of_kind(node->device, LINE_INTERRUPT, index);
    if (!line) {
        return board_error(&machine->board, node->offset, "interrupts-extended",
                           error, -EINVAL,
                           "'%s' has only %zu interrupt outputs",
                           node->device->type->compatible, index);
    }
    if (to->kind != NODE_CLUSTER) {
        return connect_source(node, index, line, to, specifier, cells, error);
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *core = &machine->nodes[i];
        if (core->kind == NODE_CORE && core->parent == to) {
            code = connect_source(node, index, line, core, specifier, cells,
                                  error);
        }
    }
    return code;
}

static int connect_interrupts(struct node *node, struct error *error)
{
    static const char property[] = "interrupts-extended";
    const struct board *board = &node->machine->board;
    if (!board_has(board, node->offset, property)) {
        return 0;
    }
    size_t count;
    const uint8_t *cells = board_cells(board, node->offset, property, &count);
    bool whole = cells != NULL;
    int code = 0;
    size_t at = 0;
    for (size_t i = 0; code == 0 && whole && at < count; i++) {
        struct node *to =
            machine_node_by_phandle(node->machine, load_be32(cells + 4 * at));
        unsigned length = to ? specifier_cells(to) : 0;
        if (length == 0) {
            return board_error(board, node->offset, property, error, -EINVAL,
                               "interrupt %zu: '%s' is no interrupt-controller "
                               "with #interrupt-cells = 1 or 3",
                               i, to ? to->name : "?");
        }
        if (length >= count - at) {
            whole = false;
            break;
        }
        code = connect_interrupt(node, i, to, cells + 4 * at + 4, error);
        at += 1 + length;
    }
    if (!whole) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "needs groups: <&controller source...>");
    }
    return code;
}

/* One group of aspeed,interrupt-ranges: count interrupt outputs from the first
 * on go to a controller, whose number in the specifier, the last cell or that
 * before a GIC's flags, goes up with them. */
static int connect_range(struct node *node, const uint8_t *group,
                         struct node *to, unsigned length, struct error *error)
{
    uint8_t specifier[3 * 4];
    uint8_t *number = specifier + (length == 3 ? 4 : 0);
    uint32_t first = load_be32(group);
    uint32_t base = load_be32(group + 12 + (length == 3 ? 4 : 0));
    int code = 0;
    memcpy(specifier, group + 12, (size_t)length * 4);
    for (uint32_t i = 0; code == 0 && i < load_be32(group + 4); i++) {
        store_be32(number, base + i);
        code = connect_interrupt(node, first + i, to, specifier, error);
    }
    return code;
}

/* <first count &controller specifier...>, the last as interrupts-extended. */
static int connect_ranges(struct node *node, struct error *error)
{
    static const char property[] = "aspeed,interrupt-ranges";
    const struct board *board = &node->machine->board;
    size_t count = 0;
    const uint8_t *cells = board_cells(board, node->offset, property, &count);
    int code = 0;
    for (size_t at = 0; code == 0 && at < count;) {
        const uint8_t *group = cells + 4 * at;
        struct node *to =
            count - at < 3
                ? NULL
                : machine_node_by_phandle(node->machine, load_be32(group + 8));
        unsigned length = to ? specifier_cells(to) : 0;
        if (length == 0 || length > count - at - 3) {
            return board_error(board, node->offset, property, error, -EINVAL,
                               "needs groups: <first count &controller "
                               "source...>");
        }
        code = connect_range(node, group, to, length, error);
        at += 3 + length;
    }
    return code;
}

int node_connect_interrupts(struct node *node, struct error *error)
{
    int code = connect_interrupts(node, error);
    return code != 0 ? code : connect_ranges(node, error);
}
