/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: from the nodes of a board, by cairn-board(5), to cores and their
 * places in the run loop. */
#include <string.h>

#include "base/bits.h"
#include "platform/machine/psci.h"
#include "platform/machine/run.h"

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

/* The number by which the interrupt controller of a cluster knows one of its
 * processors: their order in the board. */
static unsigned place_in_cluster(const struct node *node)
{
    const struct cairn_machine *machine = node->machine;
    unsigned place = 0;
    for (const struct node *other = machine->nodes; other != node; other++) {
        place += other->kind == NODE_CORE && other->parent == node->parent;
    }
    return place;
}

static bool is_one_of(const char *const *compatibles, const char *compatible)
{
    while (*compatibles && strcmp(*compatibles, compatible) != 0) {
        compatibles++;
    }
    return *compatibles != NULL;
}

/* A core calls the peer by an interface that only these devices have. */
static int check_peer(const struct node *node, const char *property,
                      const char *const *compatibles, struct error *error)
{
    const struct device *peer = node_properties.peer(node, property, 0);
    if (!peer || is_one_of(compatibles, peer->type->compatible)) {
        return 0;
    }
    return board_error(&node->machine->board, node->offset, property, error,
                       -EINVAL, "'%s' is not compatible with '%s'",
                       peer->type->compatible, compatibles[0]);
}

static int check_peers(const struct node *node, struct error *error)
{
    static const char *const controllers[] = {"arm,gic-v3",
                                              "arm,cortex-a15-gic", NULL};
    static const char *const traces[] = {"arm,swo", NULL};
    int code = check_peer(node->parent, "cairn,interrupt-controller",
                          controllers, error);
    return code ? code : check_peer(node, "cairn,trace", traces, error);
}

static struct core_aarch64_config describe_aarch64(const struct node *node)
{
    struct cairn_machine *machine = node->machine;
    struct core_aarch64_config config = {
        .secure_space = node->parent->secure_space,
        .features =
            board_string(&machine->board, node->offset, "cairn,features"),
        .el2 = node_is_set(node, "cairn,virtualization"),
        .el3 = node_is_set(node, "cairn,security"),
        .semihosting = node_is_set(node, "cairn,semihosting"),
        .counter_hz = board_u32(&machine->board, node->offset,
                                "cairn,counter-frequency", 0),
        .interrupt_port = place_in_cluster(node),
        .firmware = psci_call,
        .firmware_context = machine,
    };
    struct device *controller =
        node_properties.peer(node->parent, "cairn,interrupt-controller", 0);
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
    const uint8_t *cells = node_properties.find(node, property, true, &size);
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
    struct device *trace = node_properties.peer(node, "cairn,trace", 0);

    return (struct core_mprofile_config){
        .trace = trace && trace->type->interface ? trace : NULL,
        .interrupts = board_u32(board, node->offset, "cairn,interrupts", 0),
        .priority_bits =
            board_u32(board, node->offset, "arm,num-irq-priority-bits", 0),
        .mpu_regions = board_u32(board, node->offset, "arm,num-mpu-regions", 0),
        .no_mpu = board_has(board, node->offset, "cairn,no-mpu"),
        .no_fpu = board_has(board, node->offset, "cairn,no-fpu"),
        .no_dsp = board_has(board, node->offset, "cairn,no-dsp"),
        .no_security = !node_is_set(node, "cairn,security"),
        .systick_reference_hz =
            board_u32(board, node->offset, "cairn,systick-reference", 0),
        .secure_space = node->parent->secure_space,
        .semihosting = node_is_set(node, "cairn,semihosting"),
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
    int code = check_peers(node, error);
    code = code ? code : describe_idau(node, &config.mprofile, error);
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

/* The time that it takes at the frequency of the fastest core. */
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
    machine->quantum_ns = time_of(machine, LONE);
    machine->at_once_ns = time_of(machine, AT_ONCE);
    machine->turn_ns = time_of(machine, TURN);
    machine->rest_ns = time_of(machine, REST);
    machine->doze_ns = time_of(machine, DOZE);
}

int machine_make_cores(struct cairn_machine *machine, struct error *error)
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
