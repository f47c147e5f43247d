/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From nodes of a board (nodes.c) to parts of a machine: what each node is, by
 * cairn-board(5), and its region, device, space or core.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "devices/devices.h"
#include "platform/machine/psci.h"
#include "platform/machine/run.h"

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

/* Of the node or of the nearest node above that has it. */
static bool is_set(const struct node *node, const char *property)
{
    size_t size;
    const void *value = find_property(node, property, true, &size);
    return value && (size != 4 || load_be32(value) != 0);
}

static const struct property_source property_source = {
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

/* Whether the node is a TPM with another interface than the machine's. */
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
    bool security = is_set(node, "cairn,security");
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
    };
    if (node->kind == NODE_CLUSTER && is_set(node, "cairn,security")) {
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
                                 node->name, &property_source, node);
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

static const char *core_compatible(const struct node *node)
{
    const struct board *board = &node->machine->board;
    const char *compatible;
    for (int i = 0;
         (compatible = board_text(board, node->offset, "compatible", i)); i++) {
        if (core_type_find(compatible)) {
            return compatible;
        }
    }
    return NULL;
}

static struct core_riscv_config describe_riscv(const struct node *node)
{
    const struct board *board = &node->machine->board;

    return (struct core_riscv_config){
        .pmp_entries = board_u32(board, node->offset, "riscv,pmpregions", 0),
        .user_mode = board_has(board, node->offset, "cairn,user-mode"),
    };
}

static struct core_aarch64_config describe_aarch64(const struct node *node)
{
    struct cairn_machine *machine = node->machine;
    struct core_aarch64_config config = {
        .secure_space = node->parent->secure_space,
        .features =
            board_string(&machine->board, node->offset, "cairn,features"),
        .el2 = is_set(node, "cairn,virtualization"),
        .el3 = is_set(node, "cairn,security"),
        .semihosting = is_set(node, "cairn,semihosting"),
        .interrupt_port = (unsigned)machine->core_count,
        .firmware = psci_call,
        .firmware_context = machine,
    };
    struct device *controller =
        find_peer(node->parent, "cairn,interrupt-controller", 0);
    /* A GICv2 has no system registers. */
    if (controller && controller->type->interface) {
        config.interrupt_controller = controller;
    }
    return config;
}

/* cairn,idau: groups of first address, last one, region, and what they are: 0
 * Secure, 1 Non-secure, from 2 on Secure and callable while that input of the
 * processor says so. */
static int describe_idau(const struct node *node,
                         struct core_mprofile_config *config,
                         struct error *error)
{
    enum { CELLS = 4 };
    static const char property[] = "cairn,idau";
    size_t size = 0;
    const uint8_t *cells = find_property(node, property, true, &size);
    if (size % (CELLS * 4) != 0 || size / (CELLS * 4) > CORE_IDAU_RANGES) {
        return board_error(&node->machine->board, node->offset, property, error,
                           -EINVAL, "needs at most %u groups of %d cells",
                           (unsigned)CORE_IDAU_RANGES, CELLS);
    }
    for (size_t at = 0; at < size; at += (size_t)CELLS * 4) {
        const uint8_t *group = cells + at;
        uint32_t kind = load_be32(group + 12);
        if (load_be32(group) > load_be32(group + 4) ||
            load_be32(group + 8) > UINT8_MAX || kind > UINT8_MAX) {
            return board_error(
                &node->machine->board, node->offset, property, error, -EINVAL,
                "0x%x to 0x%x, region %u, %u: no such range", load_be32(group),
                load_be32(group + 4), load_be32(group + 8), kind);
        }
        config->idau[config->idau_count++] = (struct core_idau_range){
            .first = load_be32(group),
            .last = load_be32(group + 4),
            .region = (uint8_t)load_be32(group + 8),
            .non_secure = kind == 1,
            .callable = (uint8_t)(kind > 1 ? kind - 1 : 0),
        };
    }
    return 0;
}

static struct core_mprofile_config describe_mprofile(const struct node *node)
{
    const struct board *board = &node->machine->board;

    return (struct core_mprofile_config){
        .interrupts = board_u32(board, node->offset, "cairn,interrupts", 0),
        .priority_bits =
            board_u32(board, node->offset, "arm,num-irq-priority-bits", 0),
        .mpu_regions = board_u32(board, node->offset, "arm,num-mpu-regions", 0),
        .sau_regions = board_u32(board, node->offset, "arm,num-sau-regions", 0),
        .no_mpu = board_has(board, node->offset, "cairn,no-mpu"),
        .no_fpu = board_has(board, node->offset, "cairn,no-fpu"),
        .no_dsp = board_has(board, node->offset, "cairn,no-dsp"),
        .no_security = !is_set(node, "cairn,security"),
        .systick_reference_hz =
            board_u32(board, node->offset, "cairn,systick-reference", 0),
        .secure_space = node->parent->secure_space,
        .semihosting = is_set(node, "cairn,semihosting"),
        .firmware = psci_call,
        .firmware_context = node->machine,
    };
}

static size_t core_nodes(const struct cairn_machine *machine)
{
    size_t count = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        count += machine->nodes[i].kind == NODE_CORE;
    }
    return count;
}

static struct core_config describe_core(const struct node *node,
                                        const char *compatible)
{
    struct cairn_machine *machine = node->machine;
    const struct board *board = &machine->board;
    return (struct core_config){
        .name = node->name,
        .compatible = compatible,
        .space = node->parent->space,
        .fabric = &machine->fabric,
        .reset_vector =
            gva(board_u32(board, node->offset, "cairn,reset-vector", 0)),
        .frequency_hz = board_u32(board, node->offset, "clock-frequency", 0),
        .hart_id = board_u32(board, node->offset, "reg", 0),
        .engine = (enum core_engine)machine->engine,
        .several = core_nodes(machine) > 1,
        .gate = machine->parallel ? parallel_gate(machine->parallel) : NULL,
        .riscv = describe_riscv(node),
        .aarch64 = describe_aarch64(node),
        .mprofile = describe_mprofile(node),
    };
}

static int make_core(struct node *node, struct error *error)
{
    struct cairn_machine *machine = node->machine;
    const struct board *board = &machine->board;
    const char *compatible = core_compatible(node);
    if (!compatible) {
        const char *name = board_string(board, node->offset, "compatible");
        return board_error(board, node->offset, "compatible", error, -ENODEV,
                           "no model of processor '%s'", name ? name : "");
    }
    struct core_config config = describe_core(node, compatible);
    int code = describe_idau(node, &config.mprofile, error);
    if (code != 0) {
        return code;
    }
    if (config.frequency_hz == 0) {
        return board_error(board, node->offset, "clock-frequency", error,
                           -EINVAL,
                           "needs property 'clock-frequency', 1 or more");
    }
    struct error inner = {""};
    code = core_create(&config, &node->core, &inner);
    if (code != 0) {
        return node_fail(node, NULL, code, &inner, error);
    }
    node->core->config.compatible = compatible; /* lives in the board */
    node->space = config.space;
    node->core->trace = machine->trace;
    node->core->power = CORE_OFF;
    size_t index = machine->core_count++;
    node->slot = &machine->slots[index];
    machine->cores[index] = node->core;
    *node->slot = (struct slot){
        .machine = machine,
        .node = node,
        .core = node->core,
        .held = board_has(board, node->offset, "cairn,held"),
        .idle = true,
        .board_vector = config.reset_vector,
    };
    return 0;
}

/* What it takes at the frequency of the fastest core. */
static uint64_t time_of(const struct cairn_machine *machine,
                        uint64_t instructions)
{
    uint64_t fastest = 1;
    for (size_t i = 0; i < machine->core_count; i++) {
        uint64_t hz = machine->cores[i]->config.frequency_hz;
        fastest = hz > fastest ? hz : fastest;
    }
    return instructions * 1000000000u / fastest + 1;
}

/* A lone core needs no bound but overflow's. Turns are long enough that caches
 * of the host pay (a slice of 4096 instructions takes a third more), short
 * enough that cores that talk to each other see one another soon. Those that
 * run at the same time see one another at once, and each end of a round is a
 * wait for the slowest. */
static void choose_quanta(struct cairn_machine *machine)
{
    enum {
        LONE = 1 << 20,
        AT_ONCE = 1 << 27,
        TURN = 16384,
        REST = 1000,
        DOZE = 65536
    };
    machine->quantum_ns = time_of(machine, machine->parallel ? AT_ONCE : LONE);
    machine->turn_ns = time_of(machine, TURN);
    machine->rest_ns = time_of(machine, REST);
    machine->doze_ns = time_of(machine, DOZE);
}

static int make_cores(struct cairn_machine *machine, struct error *error)
{
    size_t count = core_nodes(machine);
    machine->cores = xcalloc(count + 1, sizeof(struct core *));
    machine->slots = xcalloc(count + 1, sizeof(*machine->slots));
    machine->last_stop = xcalloc(count + 1, sizeof(*machine->last_stop));
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        if (machine->nodes[i].kind == NODE_CORE) {
            code = make_core(&machine->nodes[i], error);
        }
    }
    choose_quanta(machine);
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
    return code == 0 ? make_cores(machine, error) : code;
}
