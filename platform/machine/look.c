/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of a board's contents before a machine is built from it. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/memory.h"
#include "bus/channel.h"
#include "devices/devices.h"
#include "include/cairn/cairn.h"
#include "platform/board/board.h"
#include "platform/board/plug.h"
#include "platform/machine/machine.h"
#include "platform/machine/sized.h"

/* A node with a role. */
struct role {
    const char *word;
    int node;
};

struct cairn_board {
    struct board board;
    struct role *roles; /* in the order of the tree */
    size_t role_count;
};

static void find_roles(struct cairn_board *board);

static int open_board(const struct cairn_options *options,
                      struct cairn_board **opened, struct error *error)
{
    struct cairn_board *board = xcalloc(1, sizeof(*board));
    int code = board_load(&board->board, options, error);
    if (code != 0) {
        free(board);
        return code;
    }
    find_roles(board);
    *opened = board;
    return 0;
}

int cairn_board_open(const struct cairn_options *options,
                     struct cairn_board **opened,
                     struct cairn_error *cairn_error)
{
    struct cairn_options own;
    struct error error = {""};
    *opened = NULL;
    int code =
        sized_take(&own, sizeof(own), options, "cairn_options", cairn_error);
    if (code != 0) {
        return code;
    }
    bool lost = false;
    if (!memory_hold_reserve()) {
        error_set(&error, -ENOMEM, "memory is short");
        return machine_fail(cairn_error, -ENOMEM, &error);
    }
    code = MEMORY_TRY(open_board(&own, opened, &error), &lost);
    if (lost) {
        *opened = NULL;
        error_set(&error, code, "memory ran out");
    }
    if (code != 0) {
        memory_drop_reserve();
    }
    return code ? machine_fail(cairn_error, code, &error) : 0;
}

void cairn_board_close(struct cairn_board *board)
{
    if (board) {
        board_fini(&board->board);
        free(board->roles);
        free(board);
        memory_drop_reserve();
    }
}

int cairn_create_on(struct cairn_board *board,
                    const struct cairn_options *options,
                    struct cairn_machine **made,
                    struct cairn_error *cairn_error)
{
    struct machine_options own;
    struct error error = {""};
    *made = NULL;
    int code = machine_take_options(&own, options, cairn_error);
    if (code == 0) {
        code = machine_create(&board->board, &own.options, made, &error);
        code = code == 0 ? 0 : machine_fail(cairn_error, code, &error);
    }
    cairn_board_close(board);
    return code;
}

const char *cairn_board_description(const struct cairn_board *board)
{
    return board_string(&board->board, 0, "cairn,description");
}

bool cairn_board_starts_guest(const struct cairn_board *board)
{
    return board_string(&board->board, 0, "cairn,psci") != NULL;
}

bool cairn_board_finds_memory(const struct cairn_board *board)
{
    return board_has(&board->board, 0, "cairn,finds-memory");
}

bool cairn_board_awaits_guest(const struct cairn_board *board)
{
    return board_has(&board->board, 0, "cairn,awaits-guest");
}

static bool is_built_in(const struct board *board)
{
    for (const struct board_builtin *row = board_builtins; row->name; row++) {
        if (strcmp(row->name, board->name) == 0) {
            return true;
        }
    }
    return false;
}

const char *cairn_board_carries(const struct cairn_board *board, size_t index)
{
    static const char list[] = "cairn,carried";
    if (!is_built_in(&board->board)) {
        return NULL;
    }
    int count = board_text_count(&board->board, 0, list);
    return count > 0 && index < (size_t)count
               ? board_text(&board->board, 0, list, (int)index)
               : NULL;
}

static bool is_of_type(const struct board *board, int node, const char *type)
{
    const char *found = board_string(board, node, "device_type");
    return found && strcmp(found, type) == 0;
}

unsigned cairn_board_processors(const struct cairn_board *board)
{
    const struct board_index *index = &board->board.index;
    unsigned count = 0;
    for (size_t i = 0; i < index->node_count; i++) {
        count += board_is_application_processor(&board->board,
                                                index->nodes[i].offset);
    }
    return count;
}

bool cairn_board_has_port(const struct cairn_board *board, const char *name)
{
    static const char *const lists[] = {"cairn,consoles", "cairn,ports"};
    const struct board_index *index = &board->board.index;
    for (size_t i = 0; i < index->node_count; i++) {
        for (size_t n = 0; n < ARRAY_SIZE(lists); n++) {
            if (fdt_stringlist_search(board->board.fdt, index->nodes[i].offset,
                                      lists[n], name) >= 0) {
                return true;
            }
        }
    }
    return false;
}

static unsigned count_devices(const struct cairn_board *board,
                              bool (*counts)(const struct device_type *type))
{
    const struct board_index *index = &board->board.index;
    unsigned count = 0;
    for (size_t i = 0; i < index->node_count; i++) {
        const char *kind =
            board_string(&board->board, index->nodes[i].offset, "compatible");
        const struct device_type *type = kind ? device_type_find(kind) : NULL;
        count += type && counts(type);
    }
    return count;
}

static bool has_disk(const struct device_type *type)
{
    return type->disk != NULL;
}

unsigned cairn_board_disks(const struct cairn_board *board)
{
    return count_devices(board, has_disk);
}

static bool has_network(const struct device_type *type)
{
    return type->channel && type->channel->kind == CHANNEL_PACKETS;
}

unsigned cairn_board_nets(const struct cairn_board *board)
{
    return count_devices(board, has_network);
}

/* By its label, or by its name up to the unit address; negative: none. */
static int find_node(const struct board *board, const char *name)
{
    int symbols = board_index_child(&board->index, 0, "__symbols__");
    const char *path = board_string(board, symbols, name);
    size_t length = strlen(name);
    for (size_t i = 0; !path && i < board->index.node_count; i++) {
        const char *found = board->index.nodes[i].name;
        if (strncmp(found, name, length) == 0 &&
            (found[length] == '@' || found[length] == '\0')) {
            return board->index.nodes[i].offset;
        }
    }
    return path ? fdt_path_offset(board->fdt, path) : -FDT_ERR_NOTFOUND;
}

int cairn_board_plug(struct cairn_board *board, const struct cairn_plug *plug,
                     char name[CAIRN_PART_NAME_SIZE],
                     struct cairn_error *cairn_error)
{
    struct cairn_plug own;
    struct error error = {""};
    int code = sized_take(&own, sizeof(own), plug, "cairn_plug", cairn_error);

    if (code != 0) {
        return code;
    }
    code = board_plug(&board->board, &own, name, &error);
    if (code != 0) {
        return machine_fail(cairn_error, code, &error);
    }
    /* Their words and nodes were those of the blob as it was. */
    free(board->roles);
    board->role_count = 0;
    find_roles(board);
    return 0;
}

/* ---- Roles --------------------------------------------------------------- */

/* Devices of these kinds have a role without a property. */
static const struct {
    const char *role;
    const char *compatible;
} role_kinds[] = {
    {"root-of-trust", "chipsalliance,caliptra-soc-ifc"  },
    {"root-of-trust", "chipsalliance,caliptra-soc-ifc-2"},
    {"boot-control",  "cairn,soc-reset"                 },
};

static const char *role_of_kind(const struct board *board, int node)
{
    for (size_t i = 0; i < ARRAY_SIZE(role_kinds); i++) {
        if (board_is_compatible(board, node, role_kinds[i].compatible)) {
            return role_kinds[i].role;
        }
    }
    return NULL;
}

static void find_roles(struct cairn_board *board)
{
    const struct board_index *index = &board->board.index;
    board->roles = xcalloc(index->node_count + 1, sizeof(*board->roles));
    for (size_t i = 0; i < index->node_count; i++) {
        int node = index->nodes[i].offset;
        const char *word = board_string(&board->board, node, "cairn,role");
        word = word ? word : role_of_kind(&board->board, node);
        if (word) {
            board->roles[board->role_count++] = (struct role){word, node};
        }
    }
}

/* The first node with it. */
static int find_role(const struct cairn_board *board, const char *role)
{
    for (size_t i = 0; i < board->role_count; i++) {
        if (strcmp(board->roles[i].word, role) == 0) {
            return board->roles[i].node;
        }
    }
    return -FDT_ERR_NOTFOUND;
}

/* As machines name nodes: the alphabetically first label, else the node's name
 * up to the unit address. */
static void name_node(const struct board *board, int node,
                      char name[CAIRN_PART_NAME_SIZE])
{
    const void *fdt = board->fdt;
    int symbols = board_index_child(&board->index, 0, "__symbols__");
    const char *own = fdt_get_name(fdt, node, NULL);
    const char *first = NULL;
    char own_path[1024];
    int property;
    if (fdt_get_path(fdt, node, own_path, sizeof(own_path)) != 0) {
        own_path[0] = '\0';
    }
    fdt_for_each_property_offset(property, fdt, symbols)
    {
        const char *label = NULL;
        int size = 0;
        const char *path = fdt_getprop_by_offset(fdt, property, &label, &size);
        if (path && size > 0 && path[size - 1] == '\0' &&
            (!first || strcmp(label, first) < 0) &&
            strcmp(path, own_path) == 0) {
            first = label;
        }
    }
    snprintf(name, CAIRN_PART_NAME_SIZE, "%.*s",
             (int)(first ? strlen(first) : strcspn(own, "@")),
             first ? first : own);
}

int cairn_board_role(const struct cairn_board *board, const char *role,
                     char name[CAIRN_PART_NAME_SIZE])
{
    int node = find_role(board, role);
    if (node >= 0 && name) {
        name_node(&board->board, node, name);
    }
    return node >= 0 ? 0 : -ENOENT;
}

/* ---- Parts --------------------------------------------------------------- */

unsigned cairn_board_generation(const struct cairn_board *board)
{
    static const char property[] = "cairn,generation";
    int node = find_role(board, "root-of-trust");
    while (node > 0 && !board_has(&board->board, node, property)) {
        node = fdt_parent_offset(board->board.fdt, node);
    }
    return node >= 0 ? board_u32(&board->board, node, property, 0) : 0;
}

bool cairn_board_has_memory(const struct cairn_board *board, const char *name)
{
    int node = find_node(&board->board, name);
    return node >= 0 &&
           (is_of_type(&board->board, node, "memory") ||
            board_is_compatible(&board->board, node, "cairn,memory"));
}

uint64_t cairn_board_memory_size(const struct cairn_board *board,
                                 const char *name)
{
    const void *fdt = board->board.fdt;
    int node = cairn_board_has_memory(board, name)
                   ? find_node(&board->board, name)
                   : -1;
    int parent = node >= 0 ? fdt_parent_offset(fdt, node) : -1;
    int address = parent >= 0 ? fdt_address_cells(fdt, parent) : -1;
    int size = parent >= 0 ? fdt_size_cells(fdt, parent) : -1;
    size_t count = 0;
    const uint8_t *cells = board_cells(&board->board, node, "reg", &count);
    return address >= 0 && size > 0 && size <= 2 &&
                   count >= (size_t)address + (size_t)size
               ? board_number(cells + 4 * address, (unsigned)size)
               : 0;
}

int cairn_board_partition(const struct cairn_board *board, const char *role,
                          struct cairn_partition *partition)
{
    const void *fdt = board->board.fdt;
    int node = find_role(board, role);
    int table = node >= 0 ? fdt_parent_offset(fdt, node) : -1;
    int memory = table >= 0 ? fdt_parent_offset(fdt, table) : -1;
    if (memory < 0 ||
        !board_is_compatible(&board->board, table, "fixed-partitions")) {
        return -ENOENT;
    }
    name_node(&board->board, node, partition->name);
    name_node(&board->board, memory, partition->memory);
    size_t count = 0;
    const uint8_t *cells = board_cells(&board->board, node, "reg", &count);
    uint64_t size = cairn_board_memory_size(board, partition->memory);
    if (count != 2) {
        return -ENOENT;
    }
    partition->offset = board_number(cells, 1);
    partition->size_bytes = board_number(cells + 4, 1);
    return in_range(partition->offset, partition->size_bytes, size) ? 0
                                                                    : -ENOENT;
}

bool cairn_board_drives(const struct cairn_board *board, const char *input)
{
    const struct board_index *index = &board->board.index;
    for (size_t i = 0; i < index->node_count; i++) {
        int node = index->nodes[i].offset;
        int count = board_text_count(&board->board, node, "cairn,connect");
        for (int n = 1; n < count; n += 2) {
            if (strcmp(board_text(&board->board, node, "cairn,connect", n),
                       input) == 0) {
                return true;
            }
        }
    }
    return false;
}
