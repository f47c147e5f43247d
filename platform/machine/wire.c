/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: interrupts (interrupts.c), cairn,connect, resets and straps of a board
 * become connections. What no line of the board reaches becomes an external.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"

/* ---- Inputs -------------------------------------------------------------- */

/* Behind its type's inputs each core has one for where it starts. */
static bool is_reset_vector(const struct node *node, size_t input)
{
    return node->kind == NODE_CORE && input == node->core->type->input_count;
}

size_t node_input_count(const struct node *node)
{
    switch (node->kind) {
    case NODE_CORE:
        return node->core ? node->core->type->input_count + 1 : 0;
    case NODE_DEVICE:
        return node->device ? node->device->type->input_count : 0;
    case NODE_MEMORY:
        return 1;
    default:
        return 0;
    }
}

const char *node_input_name(const struct node *node, size_t input)
{
    switch (node->kind) {
    case NODE_CORE:
        return is_reset_vector(node, input)
                   ? "reset_vector"
                   : node->core->type->inputs[input].name;
    case NODE_DEVICE:
        return node->device->type->inputs[input].name;
    default:
        return "write_protect";
    }
}

int node_find_input(const struct node *node, const char *name)
{
    size_t count = node_input_count(node);
    for (size_t i = 0; i < count; i++) {
        const char *input = node_input_name(node, i);
        if (input && name && strcmp(input, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void protect_memory(void *context, unsigned input, uint32_t level)
{
    struct node *node = context;
    region_set_writable(node->region, level == 0 && !node->read_only);
}

static void input_core(void *context, unsigned input, uint32_t level)
{
    struct slot *slot = context;
    uint64_t now = clock_now(&slot->machine->fabric.clock);
    core_input(slot->core, input, level);
    slot_rouse(slot, now);
    slot_look(slot, now);
}

/* The level is in units of 16 bytes; 0: where the board says. */
static void move_reset_vector(void *context, unsigned input, uint32_t level)
{
    struct slot *slot = context;
    slot->core->config.reset_vector =
        level == 0 ? slot->board_vector : gva((uint64_t)level << 4);
}

static line_sink *core_sink(const struct node *node, unsigned input)
{
    if (is_reset_vector(node, input)) {
        return move_reset_vector;
    }
    return strcmp(node_input_name(node, input), "reset") == 0
               ? machine_reset_core
               : input_core;
}

void machine_connect(struct line *line, struct node *node, unsigned input)
{
    const char *label = node->input_labels[input];
    node->drivers[input] = line;
    switch (node->kind) {
    case NODE_CORE:
        line_connect(line, core_sink(node, input), node->slot, input, label);
        break;
    case NODE_DEVICE:
        line_connect(line, device_input, node->device, input, label);
        break;
    default:
        line_connect(line, protect_memory, node, input, label);
        break;
    }
}

/* ---- Connections of the board -------------------------------------------- */

int node_connect(struct node *from, struct line *line, struct node *to,
                 unsigned input, const char *property, struct error *error)
{
    if (to->drivers[input]) {
        return board_error(&from->machine->board, from->offset, property, error,
                           -EBUSY, "'%s.%s' is driven by '%s' already",
                           to->name, node_input_name(to, input),
                           to->drivers[input]->name);
    }
    machine_connect(line, to, input);
    return 0;
}

static struct node *find_listener(struct cairn_machine *machine,
                                  const char *name)
{
    static const enum node_kind kinds[] = {NODE_DEVICE, NODE_CORE, NODE_MEMORY};
    struct node *found = NULL;
    for (size_t i = 0; !found && i < ARRAY_SIZE(kinds); i++) {
        found = machine_find(machine, kinds[i], name);
    }
    return found;
}

struct line *node_output(const struct node *node, const char *name)
{
    if (node->device) {
        return device_output(node->device, name);
    }
    const struct core_type *type = node->core->type;
    for (size_t i = 0; i < type->output_count; i++) {
        if (strcmp(type->outputs[i].name, name) == 0) {
            return &node->core->outputs[i];
        }
    }
    return NULL;
}

/* "device.end" into the device, or NULL, and the name of the end. */
static struct node *split(struct cairn_machine *machine, const char *place,
                          const char **end)
{
    const char *dot = strrchr(place, '.');
    char name[32];
    *end = dot ? dot + 1 : "";
    snprintf(name, sizeof(name), "%.*s", dot ? (int)(dot - place) : 0, place);
    return dot ? find_listener(machine, name) : NULL;
}

/* cairn,connect: an output of the node, and where it leads. */
static int connect_output(struct node *node, const char *output, const char *to,
                          struct error *error)
{
    static const char property[] = "cairn,connect";
    const struct board *board = &node->machine->board;
    struct line *line = node_output(node, output);
    if (!line) {
        return board_error(board, node->offset, property, error, -ENOENT,
                           "'%s' has no output '%s'",
                           node->device ? node->device->type->compatible
                                        : node->core->config.compatible,
                           output);
    }
    const char *name;
    struct node *listener = split(node->machine, to, &name);
    int input = listener ? node_find_input(listener, name) : -1;
    if (input < 0) {
        return board_error(board, node->offset, property, error, -ENOENT,
                           "output '%s' leads to '%s': no such %s", output, to,
                           listener ? "input" : "device");
    }
    return node_connect(node, line, listener, (unsigned)input, property, error);
}

/* cairn,listen: an input of the node, and what drives it. */
static int connect_input(struct node *node, const char *name, const char *from,
                         struct error *error)
{
    static const char property[] = "cairn,listen";
    const struct board *board = &node->machine->board;
    int input = node_find_input(node, name);
    if (input < 0) {
        return board_error(board, node->offset, property, error, -ENOENT,
                           "'%s' has no input '%s'", node->name, name);
    }
    const char *output;
    struct node *driver = split(node->machine, from, &output);
    struct line *line = driver && (driver->device || driver->core)
                            ? node_output(driver, output)
                            : NULL;
    if (!line) {
        return board_error(board, node->offset, property, error, -ENOENT,
                           "input '%s' is driven by '%s': no such %s", name,
                           from, driver ? "output" : "device");
    }
    return node_connect(node, line, node, (unsigned)input, property, error);
}

static int
connect_pairs(struct node *node, const char *property,
              int (*connect_pair)(struct node *node, const char *mine,
                                  const char *theirs, struct error *error),
              struct error *error)
{
    const struct board *board = &node->machine->board;
    int count = board_text_count(board, node->offset, property);
    if (count < 0 || count % 2 != 0) {
        return board_error(board, node->offset, property, error, -EINVAL,
                           "needs pairs of strings: a line of the node, "
                           "\"device.line\"");
    }
    int code = 0;
    for (int i = 0; code == 0 && i < count; i += 2) {
        code = connect_pair(node, board_text(board, node->offset, property, i),
                            board_text(board, node->offset, property, i + 1),
                            error);
    }
    return code;
}

struct line *node_output_of_kind(struct device *device, enum line_kind kind,
                                 size_t index)
{
    for (size_t i = 0; i < device->type->output_count; i++) {
        if (device->outputs[i].kind == kind && index-- == 0) {
            return &device->outputs[i];
        }
    }
    return NULL;
}

/* ---- Resets -------------------------------------------------------------- */

static int depth_of(const struct node *node, const struct node *says, int index,
                    enum reset_domain *domain, struct error *error)
{
    static const struct {
        const char *name;
        enum reset_domain domain;
    } depths[] = {
        {"power-on", RESET_POWER_ON},
        {"warm",     RESET_WARM    },
        {"core",     RESET_CORE    },
    };
    const struct board *board = &node->machine->board;
    *domain = RESET_WARM;
    if (!board_has(board, says->offset, "reset-names")) {
        return 0;
    }
    const char *name = board_text(board, says->offset, "reset-names", index);
    for (size_t i = 0; name && i < ARRAY_SIZE(depths); i++) {
        if (strcmp(name, depths[i].name) == 0) {
            *domain = depths[i].domain;
            return 0;
        }
    }
    return board_error(board, says->offset, "reset-names", error, -EINVAL,
                       "reset %d: needs 'power-on', 'warm' or 'core', not '%s'",
                       index, name ? name : "");
}

static void add_reset_sink(struct cairn_machine *machine, struct line *line,
                           struct node *node, enum reset_domain domain)
{
    struct reset_sink *sink = xcalloc(1, sizeof(*sink));
    *sink = (struct reset_sink){
        .device = node->device, .domain = domain, .next = machine->reset_sinks};
    machine->reset_sinks = sink;
    line_connect(line, machine_reset_device, sink, 0, node->reset_label);
}

static int connect_reset(struct node *node, const struct node *says, int index,
                         const uint8_t *cells, struct error *error)
{
    const struct board *board = &node->machine->board;
    struct node *from =
        machine_node_by_phandle(node->machine, load_be32(cells));
    uint32_t number = load_be32(cells + 4);
    if (!from || !from->device ||
        board_u32(board, from->offset, "#reset-cells", 0) != 1) {
        return board_error(board, says->offset, "resets", error, -EINVAL,
                           "reset %d: '%s' is no device with #reset-cells = 1",
                           index, from ? from->name : "?");
    }
    struct line *line = node_output_of_kind(from->device, LINE_RESET, number);
    if (!line) {
        return board_error(board, says->offset, "resets", error, -EINVAL,
                           "reset %d: '%s' has no reset output %u", index,
                           from->name, number);
    }
    enum reset_domain domain;
    int code = depth_of(node, says, index, &domain, error);
    if (code != 0 || from == node) {
        return code;
    }
    if (node->kind == NODE_CORE) {
        node->slot->has_reset_lines = true;
        line_connect(line, machine_reset_core, node->slot, 0,
                     node->reset_label);
    } else {
        add_reset_sink(node->machine, line, node, domain);
    }
    return 0;
}

static int connect_resets(struct node *node, struct error *error)
{
    const struct board *board = &node->machine->board;
    const struct node *says = node;
    while (says && !board_has(board, says->offset, "resets")) {
        says = says->parent;
    }
    if (!says) {
        return 0;
    }
    size_t count;
    const uint8_t *cells = board_cells(board, says->offset, "resets", &count);
    if (!cells || count % 2 != 0) {
        return board_error(board, says->offset, "resets", error, -EINVAL,
                           "needs pairs: <&provider number>");
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < count / 2; i++) {
        code = connect_reset(node, says, (int)i, cells + 8 * i, error);
    }
    return code;
}

/* ---- Externals ----------------------------------------------------------- */

static struct external *add_external(struct node *node, unsigned input,
                                     bool strapped)
{
    struct cairn_machine *machine = node->machine;
    struct external *external = &machine->externals[machine->external_count++];
    *external =
        (struct external){.node = node, .input = input, .strapped = strapped};
    line_init(&external->line, LINE_SIGNAL, node->name,
              node_input_name(node, input));
    return external;
}

static int add_straps(struct node *node, struct error *error)
{
    const struct board *board = &node->machine->board;
    int straps = board_index_child(&board->index, node->offset, "cairn,straps");
    int property;
    fdt_for_each_property_offset(property, board->fdt, straps)
    {
        const char *name = NULL;
        int size = 0;
        const void *value =
            fdt_getprop_by_offset(board->fdt, property, &name, &size);
        int input = value ? node_find_input(node, name) : -1;
        if (input < 0 || size != 4) {
            return board_error(board, straps, name, error, -EINVAL,
                               input < 0 ? "'%s' has no input '%s'"
                                         : "'%s': '%s' needs one cell",
                               node->name, name);
        }
        if (node->drivers[input]) {
            return board_error(board, straps, name, error, -EBUSY,
                               "'%s.%s' is driven by '%s' already", node->name,
                               name, node->drivers[input]->name);
        }
        struct external *strap = add_external(node, (unsigned)input, true);
        strap->line.level = load_be32(value);
        node->drivers[input] = &strap->line;
    }
    return 0;
}

static void add_others(struct node *node)
{
    size_t count = node_input_count(node);
    for (size_t i = 0; i < count; i++) {
        if (!node->drivers[i]) {
            struct external *external = add_external(node, (unsigned)i, false);
            node->drivers[i] = &external->line;
        }
    }
}

/* ---- All of it ----------------------------------------------------------- */

static int for_each_device(struct cairn_machine *machine,
                           int (*make)(struct node *node, struct error *error),
                           struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        if (machine->nodes[i].device) {
            code = make(&machine->nodes[i], error);
        }
    }
    return code;
}

static size_t label_inputs(struct node *node)
{
    size_t count = node_input_count(node);
    node->drivers = xcalloc(count + 1, sizeof(struct line *));
    node->input_labels = xcalloc(count + 1, sizeof(*node->input_labels));
    for (size_t i = 0; i < count; i++) {
        const char *input = node_input_name(node, i);
        size_t size = strlen(node->name) + strlen(input) + 2;

        node->input_labels[i] = xcalloc(1, size);
        dotted_name(node->input_labels[i], size, node->name, input);
    }
    node->reset_label = xstrdup(node->name);
    return count;
}

int machine_wire(struct cairn_machine *machine, struct error *error)
{
    size_t inputs = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        inputs += label_inputs(&machine->nodes[i]);
    }
    machine->externals = xcalloc(inputs + 1, sizeof(*machine->externals));
    int code = for_each_device(machine, node_connect_interrupts, error);
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->device || node->core) {
            code = connect_pairs(node, "cairn,connect", connect_output, error);
            code = code != 0 ? code
                             : connect_pairs(node, "cairn,listen",
                                             connect_input, error);
        }
    }
    if (code == 0) {
        code = for_each_device(machine, add_straps, error);
    }
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        add_others(node);
        if (node->device || node->core) {
            code = connect_resets(node, error);
        }
    }
    /* Inputs get their levels at power-on, not before. */
    for (size_t i = 0; code == 0 && i < machine->external_count; i++) {
        struct external *external = &machine->externals[i];
        uint32_t level = external->line.level;
        external->line.level = 0;
        machine_connect(&external->line, external->node, external->input);
        external->line.level = level;
    }
    return code;
}
