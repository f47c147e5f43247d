/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address maps. Every memory and register bank has a place in the root address
 * space, found through the ranges of the buses above it. A master's
 * address-map cuts pieces out of that and shows them at its own addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"

enum { MAP_ENTRIES_MAX = 256, REG_MAX = 64 };

/* ---- Places in the root address space ------------------------------------ */

static unsigned cells_of(const struct node *node, const char *property,
                         unsigned otherwise)
{
    return board_u32(&node->machine->board, node->offset, property, otherwise);
}

/* How many cells addresses and sizes below node have. The defaults of the
 * devicetree specification would surprise: boards have to say it. */
static int child_cells(const struct node *node, unsigned *address,
                       unsigned *size, struct error *error)
{
    *address = node->address_cells;
    *size = node->size_cells;
    if (*address < 1 || *address > 2 || *size < 1 || *size > 2) {
        return board_error(&node->machine->board, node->offset, NULL, error,
                           -EINVAL,
                           "needs #address-cells and #size-cells of 1 or 2");
    }
    return 0;
}

static int check_range(const struct node *node, const char *property,
                       unsigned cells, uint64_t base, uint64_t size,
                       struct error *error)
{
    const uint64_t last = cells == 1 ? UINT32_MAX : UINT64_MAX;
    const struct board *board = &node->machine->board;
    if (size == 0) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "a range at 0x%llx has no size",
                           (unsigned long long)base);
    }
    if (base > last || size - 1 > last - base) {
        return board_error(
            board, node->offset, property, error, -EINVAL,
            "0x%llx bytes at 0x%llx do not fit the address space",
            (unsigned long long)size, (unsigned long long)base);
    }
    if (!is_aligned(base | size, 4)) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "0x%llx bytes at 0x%llx are not aligned to words",
                           (unsigned long long)size, (unsigned long long)base);
    }
    return 0;
}

/* From an address below bus to one beside it. */
static int translate(const struct node *bus, uint64_t *base, uint64_t size,
                     struct error *error)
{
    const struct board *board = &bus->machine->board;
    unsigned child;
    unsigned sizes;
    unsigned beside;
    unsigned unused;
    int code = child_cells(bus, &child, &sizes, error);
    if (code == 0) {
        code = child_cells(bus->parent, &beside, &unused, error);
    }
    if (code != 0) {
        return code;
    }
    size_t count;
    const uint8_t *cells = board_cells(board, bus->offset, "ranges", &count);
    size_t row = child + beside + sizes;
    if (!cells || count % row != 0) {
        return board_error(board, bus->offset, "ranges", error, -EINVAL,
                           "needs 'ranges' in groups of %zu cells, or empty",
                           row);
    }
    if (count == 0) {
        return 0;
    }
    for (size_t i = 0; i < count; i += row) {
        const uint8_t *p = cells + 4 * i;
        uint64_t from = board_number(p, child);
        uint64_t to = board_number(p + 4 * (size_t)child, beside);
        uint64_t length = board_number(p + 4 * (size_t)(child + beside), sizes);
        if (*base >= from && in_range(*base - from, size, length)) {
            *base = to + (*base - from);
            return 0;
        }
    }
    return board_error(board, bus->offset, "ranges", error, -EINVAL,
                       "does not translate 0x%llx bytes at 0x%llx",
                       (unsigned long long)size, (unsigned long long)*base);
}

int node_reg(const struct node *node, size_t index, uint64_t *base,
             uint64_t *size_bytes, struct error *error)
{
    const struct board *board = &node->machine->board;
    unsigned address;
    unsigned size;
    int code = child_cells(node->parent, &address, &size, error);
    if (code != 0) {
        return code;
    }
    size_t count;
    const uint8_t *cells = board_cells(board, node->offset, "reg", &count);
    size_t row = address + size;
    if (!cells || count == 0 || count % row != 0 || count / row > REG_MAX) {
        return board_error(board, node->offset, "reg", error, -EINVAL,
                           "needs 'reg', at most %u groups of %zu cells",
                           (unsigned)REG_MAX, row);
    }
    if (index >= count / row) {
        return -ENOENT;
    }
    const uint8_t *p = cells + 4 * index * row;
    *base = board_number(p, address);
    *size_bytes = board_number(p + 4 * (size_t)address, size);
    code = check_range(node, "reg", address, *base, *size_bytes, error);
    for (const struct node *bus = node->parent; code == 0 && bus->parent;
         bus = bus->parent) {
        code = bus->kind == NODE_BUS
                   ? translate(bus, base, *size_bytes, error)
                   : board_error(board, node->offset, NULL, error, -EINVAL,
                                 "must be below the root or a bus");
    }
    return code;
}

/* ---- Maps ---------------------------------------------------------------- */

struct entry {
    uint64_t local;
    uint64_t root;
    uint64_t size_bytes;
    const struct node *target;
    int priority;
};

struct map {
    struct node *master;
    struct space *space; /* that is filled: the master's, or its Secure one */
    struct entry entries[MAP_ENTRIES_MAX];
    size_t entry_count;
};

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a <= b ? b - a < a_size : a - b < b_size;
}

static int map_error(const struct map *map, struct error *error,
                     const char *what, const struct entry *entry)
{
    return board_error(&map->master->machine->board, map->master->offset,
                       "address-map", error, -EINVAL,
                       "the window of '%s' at 0x%llx %s", entry->target->name,
                       (unsigned long long)entry->local, what);
}

static int check_entry(struct map *map, const struct entry *entry,
                       unsigned local_cells, unsigned root_cells,
                       struct error *error)
{
    int code = check_range(map->master, "address-map", local_cells,
                           entry->local, entry->size_bytes, error);
    if (code == 0) {
        code = check_range(map->master, "address-map", root_cells, entry->root,
                           entry->size_bytes, error);
    }
    for (size_t i = 0; code == 0 && i < map->entry_count; i++) {
        const struct entry *other = &map->entries[i];
        if (other->priority == entry->priority &&
            overlap(entry->local, entry->size_bytes, other->local,
                    other->size_bytes)) {
            char what[128];
            snprintf(what, sizeof(what),
                     "overlaps that of '%s' at 0x%llx without cairn,priority",
                     other->target->name, (unsigned long long)other->local);
            code = map_error(map, error, what, entry);
        }
    }
    return code;
}

static int read_map(struct map *map, struct error *error)
{
    struct node *master = map->master;
    const struct board *board = &master->machine->board;
    unsigned locals = cells_of(master, "#ranges-address-cells", 1);
    unsigned sizes = cells_of(master, "#ranges-size-cells", 1);
    unsigned roots;
    unsigned unused;
    int code = child_cells(master->parent, &roots, &unused, error);
    size_t count;
    const uint8_t *p =
        board_cells(board, master->offset, "address-map", &count);
    size_t row = locals + 1 + roots + sizes;
    if (code == 0 && (!p || count == 0 || locals - 1 > 1 || sizes - 1 > 1 ||
                      count % row != 0 || count / row > MAP_ENTRIES_MAX)) {
        return board_error(board, master->offset, "address-map", error, -EINVAL,
                           "needs 'address-map', at most %u groups of %zu "
                           "cells",
                           (unsigned)MAP_ENTRIES_MAX, row);
    }
    for (size_t i = 0; code == 0 && i < count / row; i++, p += 4 * row) {
        uint32_t phandle = load_be32(p + 4 * (size_t)locals);
        struct entry entry = {
            .local = board_number(p, locals),
            .root = board_number(p + 4 * (size_t)(locals + 1), roots),
            .size_bytes =
                board_number(p + 4 * (size_t)(locals + 1 + roots), sizes),
            .target = machine_node_by_phandle(master->machine, phandle),
        };
        if (!entry.target || entry.target->kind == NODE_OTHER) {
            return board_error(
                board, master->offset, "address-map", error, -EINVAL,
                "entry %zu: 0x%x is not the phandle of a node", i, phandle);
        }
        entry.priority =
            (int)board_u32(board, entry.target->offset, "cairn,priority", 0);
        code = check_entry(map, &entry, locals, roots, error);
        map->entries[map->entry_count++] = entry;
    }
    return code;
}

static bool is_within(const struct node *node, const struct node *target)
{
    while (node && node != target) {
        node = node->parent;
    }
    return node != NULL;
}

static bool is_secure(const struct map *map)
{
    return map->space->attributes.secure;
}

static int check_overlap(const struct map *map, const struct window *window,
                         const struct node *node, struct error *error)
{
    const struct window *other = map->space->windows;
    for (; other; other = other->next) {
        if (other->priority == window->priority &&
            overlap(window->base.value, window->size_bytes, other->base.value,
                    other->size_bytes)) {
            return board_error(
                &node->machine->board, node->offset, "reg", error, -EINVAL,
                "overlaps '%s' at 0x%llx as '%s' sees them", other->name,
                (unsigned long long)window->base.value, map->master->name);
        }
    }
    return 0;
}

/* cairn,gate: a device that stands in the way, and the number of its port. */
static int pass_gate(const struct map *map, const struct node *node,
                     struct window *window, struct error *error)
{
    static const char property[] = "cairn,gate";
    const struct board *board = &node->machine->board;
    if (!board_has(board, node->offset, property)) {
        return 0;
    }
    size_t count;
    const uint8_t *cells = board_cells(board, node->offset, property, &count);
    const struct node *gate =
        cells && count == 2
            ? machine_node_by_phandle(node->machine, load_be32(cells))
            : NULL;
    if (!gate || !gate->device || !gate->device->type->gate) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "needs <&gate port>, a device that is a gate");
    }
    struct error inner = {""};
    int code = gate->device->type->gate(gate->device, load_be32(cells + 4),
                                        map->space, window, &inner);
    return code ? node_fail(node, property, code, &inner, error) : 0;
}

/* Shows what of a node's range lies in an entry. */
static int show(const struct map *map, const struct entry *entry,
                const struct node *node, unsigned bank, uint64_t base,
                uint64_t size_bytes, bool *shown, struct error *error)
{
    if (!overlap(entry->root, entry->size_bytes, base, size_bytes)) {
        return 0;
    }
    uint64_t first = base > entry->root ? base : entry->root;
    uint64_t entry_last = entry->root + (entry->size_bytes - 1);
    uint64_t last = base + (size_bytes - 1);
    last = last < entry_last ? last : entry_last;
    struct window window = {
        .base = gpa(entry->local + (first - entry->root)),
        .size_bytes = last - first + 1,
        .priority = entry->priority,
        .rights = WINDOW_R | (node->read_only ? 0u : WINDOW_W) |
                  (node->data_only ? 0u : WINDOW_X),
        .enabled = true,
        .region = node->device && node->device->type->memory
                      ? node->device->type->memory(node->device, bank)
                      : node->region,
        .device = node->device,
        .bank = bank,
        .offset = first - base,
    };
    memcpy(window.name, node->name, sizeof(window.name));
    *shown = true;
    if (window.region && !in_range(window.offset, window.size_bytes,
                                   window.region->size_bytes)) {
        return board_error(&node->machine->board, node->offset, "reg", error,
                           -EINVAL,
                           "range %u ends behind the 0x%llx bytes of memory "
                           "'%s' that it shows",
                           bank, (unsigned long long)window.region->size_bytes,
                           window.region->name);
    }
    int code = check_overlap(map, &window, node, error);
    if (code == 0) {
        code = pass_gate(map, node, &window, error);
    }
    if (code == 0) {
        space_add_window(map->space, &window);
    }
    return code;
}

/* How many ranges a machine of these exception levels has of a node. */
static unsigned range_limit(const struct node *node)
{
    const struct board *board = &node->machine->board;
    bool virtualization = board_u32(board, 0, "cairn,virtualization", 0) != 0;
    return virtualization ? REG_MAX
                          : board_u32(board, node->offset,
                                      "cairn,virtualization-from", REG_MAX);
}

static int show_node(const struct map *map, const struct entry *entry,
                     const struct node *node, bool *shown, struct error *error)
{
    unsigned limit = range_limit(node);
    for (unsigned bank = 0; bank < limit; bank++) {
        uint64_t base = 0;
        uint64_t size = 0;
        int code = node_reg(node, bank, &base, &size, error);
        if (code == -ENOENT) {
            return 0;
        }
        if (code == 0) {
            code = show(map, entry, node, bank, base, size, shown, error);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int show_entry(const struct map *map, const struct entry *entry,
                      struct error *error)
{
    struct cairn_machine *machine = map->master->machine;
    bool shown = false;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        bool placed =
            node->kind == NODE_MEMORY || node->kind == NODE_IGNORED ||
            (node->kind == NODE_DEVICE && !node->device->type->behind_bus &&
             board_has(&machine->board, node->offset, "reg"));
        if (placed && is_within(node, entry->target)) {
            if (node->secure_only && !is_secure(map)) {
                shown = true;
                continue;
            }
            int code = show_node(map, entry, node, &shown, error);
            if (code != 0) {
                return code;
            }
        }
    }
    return shown ? 0 : map_error(map, error, "shows none of its banks", entry);
}

/* A range may be shorter than its bank, not longer, and needs a bank. */
static int check_banks(const struct node *node, struct error *error)
{
    const struct board *board = &node->machine->board;
    const struct device_type *type = node->device->type;
    if (type->behind_bus) {
        return 0;
    }
    if (!board_has(board, node->offset, "reg")) {
        return type->bank_count == 0
                   ? 0
                   : board_error(board, node->offset, NULL, error, -EINVAL,
                                 "needs property 'reg' for its %zu banks",
                                 type->bank_count);
    }
    for (size_t bank = 0;; bank++) {
        uint64_t base = 0;
        uint64_t size = 0;
        int code = node_reg(node, bank, &base, &size, error);
        if (code != 0) {
            return code == -ENOENT ? 0 : code;
        }
        if (bank >= type->bank_count) {
            return board_error(board, node->offset, "reg", error, -EINVAL,
                               "range %zu has no bank, '%s' has %zu", bank,
                               type->compatible, type->bank_count);
        }
        if (size > device_bank_size(type, (unsigned)bank)) {
            return board_error(
                board, node->offset, "reg", error, -EINVAL,
                "0x%llx bytes are more than the 0x%llx of bank "
                "'%s'",
                (unsigned long long)size,
                (unsigned long long)device_bank_size(type, (unsigned)bank),
                type->banks[bank].name);
        }
    }
}

/* True if an entry is at an address that cairn,idau says is Secure: of two
 * spaces the Non-secure one does not have it. */
static bool is_for_secure(const struct map *map, const struct entry *entry)
{
    enum { GROUP = 16 };
    size_t size = 0;
    const uint8_t *groups =
        node_properties.find(map->master, "cairn,idau", true, &size);
    for (size_t at = 0; at + GROUP <= size; at += GROUP) {
        if (entry->local >= load_be32(groups + at) &&
            entry->local <= load_be32(groups + at + 4)) {
            return load_be32(groups + at + 12) != 1;
        }
    }
    return false;
}

static int fill(struct map *map, struct space *space, struct error *error)
{
    bool all = space == map->master->secure_space || !map->master->secure_space;
    int code = 0;
    map->space = space;
    for (size_t i = 0; space && code == 0 && i < map->entry_count; i++) {
        if (all || !is_for_secure(map, &map->entries[i])) {
            code = show_entry(map, &map->entries[i], error);
        }
    }
    return code;
}

/* In what one processor's map shows of the memory. A flash shows its contents
 * where they have their place below the root, too. */
static bool find_in_map(const struct map *map, const struct node *memory,
                        uint64_t address, uint64_t *offset)
{
    uint64_t base;
    uint64_t size;
    if (node_reg(memory, 0, &base, &size, NULL) != 0) {
        return false;
    }
    for (size_t i = 0; i < map->entry_count; i++) {
        const struct entry *entry = &map->entries[i];
        uint64_t into = address - entry->local;
        bool shown =
            is_within(memory, entry->target) || entry->target->kind == NODE_BUS;
        if (shown && into < entry->size_bytes &&
            entry->root + into - base < size) {
            *offset = entry->root + into - base;
            return true;
        }
    }
    return false;
}

bool machine_place_in(const struct node *memory, uint64_t address,
                      uint64_t *offset)
{
    struct cairn_machine *machine = memory->machine;
    struct map *map = xcalloc(1, sizeof(*map));
    bool found = false;
    for (size_t i = 0; !found && i < machine->node_count; i++) {
        if (machine->nodes[i].kind == NODE_CLUSTER) {
            *map = (struct map){.master = &machine->nodes[i]};
            found = read_map(map, NULL) == 0 &&
                    find_in_map(map, memory, address, offset);
        }
    }
    free(map);
    return found;
}

int machine_map(struct cairn_machine *machine, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        if (machine->nodes[i].device) {
            code = check_banks(&machine->nodes[i], error);
        }
    }
    struct map *map = xcalloc(1, sizeof(*map));
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (!node_is_master(node)) {
            continue;
        }
        *map = (struct map){.master = node};
        code = read_map(map, error);
        code = code ? code : fill(map, node->space, error);
        code = code ? code : fill(map, node->secure_space, error);
    }
    free(map);
    return code;
}
