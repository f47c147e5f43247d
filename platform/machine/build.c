/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From nodes of a board (nodes.c) to parts of a machine: what each node is, by
 * cairn-board(5), and its region, device, space or core (cores.c).
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "devices/devices.h"
#include "platform/machine/machine.h"

static const uint64_t memory_total_max = (uint64_t)16 << 30;

/* ---- Properties for device models ---------------------------------------- */

static const void *find_property(const void *context, const char *name,
                                 bool inherited, size_t *size)
{
    const struct node *node = context;
    for (; node; node = inherited ? node->parent : NULL) {
        const struct board_property *found =
            board_find(&node->machine->board, node->offset, name);
        if (found) {
            *size = found->size;
            return found->value;
        }
    }
    *size = 0;
    return NULL;
}

static struct device *find_peer(const void *context, const char *name,
                                unsigned index)
{
    const struct node *node = context;
    size_t count;
    const uint8_t *cells =
        board_cells(&node->machine->board, node->offset, name, &count);
    if (!cells || index >= count) {
        return NULL;
    }
    struct node *peer =
        machine_node_by_phandle(node->machine, load_be32(cells + 4 * index));
    return peer ? peer->device : NULL;
}

static struct node *find_named(const void *context, const char *name)
{
    const struct node *node = context;
    size_t count;
    const uint8_t *cells =
        board_cells(&node->machine->board, node->offset, name, &count);
    return cells && count == 1
               ? machine_node_by_phandle(node->machine, load_be32(cells))
               : NULL;
}

static struct region *find_memory(const void *context, const char *name)
{
    const struct node *node = find_named(context, name);
    return node ? node->region : NULL;
}

static struct space *find_space(const void *context)
{
    const struct node *node = context;
    const struct node *master = find_named(context, "cairn,master");

    return node->space ? node->space : master ? master->space : NULL;
}

static struct device *find_parent(const void *context)
{
    const struct node *node = context;
    return node->parent ? node->parent->device : NULL;
}

bool node_is_set(const struct node *node, const char *property)
{
    size_t size;
    const void *value = find_property(node, property, true, &size);
    return value && (size != 4 || load_be32(value) != 0);
}

const struct property_source node_properties = {
    .find = find_property,
    .peer = find_peer,
    .memory = find_memory,
    .space = find_space,
    .parent = find_parent,
};

/* ---- What a node is ------------------------------------------------------ */

static bool is_compatible(const struct node *node, const char *compatible)
{
    return board_is_compatible(&node->machine->board, node->offset, compatible);
}

static const struct device_type *find_model(const struct node *node)
{
    const struct board *board = &node->machine->board;
    const char *compatible;
    for (int i = 0;
         (compatible = board_text(board, node->offset, "compatible", i)); i++) {
        const struct device_type *type = device_type_find(compatible);
        if (type) {
            return type;
        }
    }
    return NULL;
}

/* Nodes that dtc or an operating system's tree may bring along. */
static bool is_meta(const struct node *node)
{
    static const char *const names[] = {
        "__symbols__", "__fixups__",   "__local_fixups__",
        "aliases",     "cairn,straps", "chosen",
    };
    const char *name = node_full_name(node);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return !node->parent;
}

static bool is_inside_meta(const struct node *node)
{
    for (; node->parent; node = node->parent) {
        if (is_meta(node)) {
            return true;
        }
    }
    return false;
}

static bool is_of_type(const struct node *node, const char *device_type)
{
    const char *type =
        board_string(&node->machine->board, node->offset, "device_type");
    return type && strcmp(type, device_type) == 0;
}

/* True if the node is a TPM with another interface than the machine's. */
static bool lacks_tpm(const struct node *node)
{
    const struct board *board = &node->machine->board;
    const char *own = board_string(board, node->offset, "cairn,with-tpm");
    const char *wanted = board_string(board, 0, "cairn,tpm");
    return own && (!wanted || strcmp(own, wanted) != 0);
}

static int classify(struct node *node, struct error *error)
{
    static const struct {
        const char *compatible;
        enum node_kind kind;
    } kinds[] = {
        {"cpus,cluster",    NODE_CLUSTER},
        {"cairn,soc-agent", NODE_AGENT  },
        {"simple-bus",      NODE_BUS    },
        {"indirect-bus",    NODE_BUS    },
        {"cairn,memory",    NODE_MEMORY },
    };
    const struct board *board = &node->machine->board;
    if (!node->parent || is_inside_meta(node)) {
        return 0;
    }
    bool security = node_is_set(node, "cairn,security");
    if (!security && board_has(board, node->offset, "cairn,with-security")) {
        return 0;
    }
    if (lacks_tpm(node)) {
        return 0;
    }
    node->secure_only =
        security && board_has(board, node->offset, "cairn,secure-only");
    if (board_has(board, node->offset, "cairn,ignored")) {
        node->kind = NODE_IGNORED;
        return 0;
    }
    if (is_of_type(node, "memory")) {
        node->kind = NODE_MEMORY;
        return 0;
    }
    if (is_compatible(node, "fixed-partitions") ||
        is_compatible(node->parent, "fixed-partitions")) {
        return 0;
    }
    if (is_of_type(node, "cpu")) {
        node->kind = NODE_CORE;
        return node->parent->kind == NODE_CLUSTER
                   ? 0
                   : board_error(board, node->offset, "device_type", error,
                                 -EINVAL,
                                 "a processor must be below a node compatible "
                                 "with 'cpus,cluster'");
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (is_compatible(node, kinds[i].compatible)) {
            node->kind = kinds[i].kind;
            return 0;
        }
    }
    const char *compatible = board_string(board, node->offset, "compatible");
    if (!compatible) {
        return board_error(board, node->offset, "compatible", error, -EINVAL,
                           "property 'compatible' is missing");
    }
    node->kind = NODE_DEVICE;
    if (!find_model(node)) {
        return board_error(board, node->offset, "compatible", error, -ENODEV,
                           "no model of '%s'; mark the node with "
                           "'cairn,ignored' to do without",
                           compatible);
    }
    return 0;
}

static int classify_all(struct cairn_machine *machine, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        code = classify(&machine->nodes[i], error);
    }
    return code;
}

static int check_names(struct cairn_machine *machine, struct error *error)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        for (size_t j = 0; j < i && node->kind != NODE_OTHER; j++) {
            struct node *other = &machine->nodes[j];
            if (other->kind == NODE_OTHER || node->kind == NODE_BUS ||
                other->kind == NODE_BUS ||
                strcmp(node->name, other->name) != 0) {
                continue;
            }
            char path[256] = "";
            fdt_get_path(machine->board.fdt, other->offset, path, sizeof(path));
            return board_error(&machine->board, node->offset, NULL, error,
                               -EEXIST,
                               "the name '%s' is taken by node '%s'; "
                               "give one of them a label",
                               node->name, path);
        }
    }
    return 0;
}

/* ---- Making the parts ---------------------------------------------------- */

int node_fail(const struct node *node, const char *property, int code,
              const struct error *inner, struct error *error)
{
    return board_error(&node->machine->board, node->offset, property, error,
                       code, "%s", inner->text);
}

static int make_memory(struct node *node, uint64_t *total, struct error *error)
{
    const struct board *board = &node->machine->board;
    uint64_t base;
    uint64_t size;
    int code = node_reg(node, 0, &base, &size, error);
    if (code != 0) {
        return code;
    }
    if (size > memory_total_max || *total > memory_total_max - size) {
        return board_error(board, node->offset, "reg", error, -ENOMEM,
                           "0x%llx bytes of memory are too many, the machine "
                           "can have %llu GiB",
                           (unsigned long long)size,
                           (unsigned long long)(memory_total_max >> 30));
    }
    *total += size;
    struct error inner = {""};
    node->region = board_has(board, node->offset, "cairn,erased")
                       ? region_create_erased(node->name, size, &inner)
                       : region_create(node->name, size, &inner);
    if (!node->region) {
        return node_fail(node, "reg", -ENOMEM, &inner, error);
    }
    node->size_bytes = size;
    node->read_only = board_has(board, node->offset, "cairn,read-only");
    node->data_only = board_has(board, node->offset, "cairn,data-only");
    region_set_writable(node->region, !node->read_only);
    node->region->whole_words =
        board_has(board, node->offset, "cairn,whole-words");
    node->region->saved = !node->read_only;
    return 0;
}

static void make_space(struct node *node)
{
    const struct board *board = &node->machine->board;
    node->space = space_create(&node->machine->fabric, node->name);
    node->space->attributes = (struct access){
        .user = board_u32(board, node->offset, "cairn,user", 0),
        .view = (uint8_t)board_u32(board, node->offset, "cairn,view", 0),
        .secure = board_has(board, node->offset, "cairn,secure"),
        .privileged = true,
        .maker = node->space->attributes.maker,
    };
    if (node->kind == NODE_CLUSTER && node_is_set(node, "cairn,security")) {
        node->secure_space = space_create(&node->machine->fabric, node->name);
        node->secure_space->attributes = node->space->attributes;
        node->secure_space->attributes.secure = true;
    }
}

/* A device with a map is a master with a space of its own. */
static void make_device(struct node *node)
{
    if (board_has(&node->machine->board, node->offset, "address-map")) {
        make_space(node);
    }
    node->device = device_create(&node->machine->fabric, find_model(node),
                                 node->name, &node_properties, node);
}

static int make_parts(struct cairn_machine *machine, struct error *error)
{
    uint64_t total = 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        switch (node->kind) {
        case NODE_MEMORY:
            code = make_memory(node, &total, error);
            break;
        case NODE_CLUSTER:
        case NODE_AGENT:
            make_space(node);
            break;
        case NODE_DEVICE:
            make_device(node);
            break;
        default:
            break;
        }
    }
    return code;
}

static int init_devices(struct cairn_machine *machine, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        struct error inner = {""};
        if (node->device) {
            code = device_init(node->device, &inner);
        }
        if (code != 0) {
            node_fail(node, NULL, code, &inner, error);
        }
    }
    return code;
}

int machine_build(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    int code = machine_list_nodes(machine, error);
    if (code == 0) {
        code = classify_all(machine, error);
    }
    if (code == 0) {
        code = check_names(machine, error);
    }
    if (code == 0) {
        code = make_parts(machine, error);
    }
    if (code == 0) {
        code = machine_load_images(machine, options, error);
    }
    if (code == 0) {
        code = init_devices(machine, error);
    }
    if (code == 0) {
        code = machine_map(machine, error);
    }
    return code == 0 ? machine_make_cores(machine, error) : code;
}
