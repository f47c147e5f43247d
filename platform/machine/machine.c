/* SPDX-License-Identifier: Apache-2.0 */
/* Making and unmaking machines, and the public calls that look at them. */
#include "platform/machine/run.h"

#include <assert.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "host/atomic.h"
#include "host/loop.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"
#include "platform/machine/disk.h"
#include "platform/machine/extension.h"
#include "platform/machine/mapping.h"
#include "platform/machine/origin.h"
#include "platform/machine/parts.h"
#include "platform/machine/serial.h"
#include "platform/machine/sized.h"
#include "trust/report/event_text.h"

static_assert(sizeof(struct cairn_error) == sizeof(struct error),
              "both are a text of the same size");
static_assert((int)CAIRN_LOG_GUEST == (int)LOG_GUEST &&
                  (int)CAIRN_LOG_UNMODELLED == (int)LOG_UNMODELLED &&
                  (int)CAIRN_LOG_TRACE == (int)LOG_TRACE &&
                  (int)CAIRN_LOG_HOST == (int)LOG_HOST,
              "log kinds go out as they are");

/* The bytes that cairn_debug_reverse promises. */

/* ---- Finding things ------------------------------------------------------ */

struct node *machine_find(struct cairn_machine *machine, enum node_kind kind,
                          const char *name)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->kind == kind && strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

/* Nodes are in the order of the blob, so of rising offsets. */
struct node *machine_node_at(struct cairn_machine *machine, int offset)
{
    size_t low = 0;
    size_t high = machine->node_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (machine->nodes[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < machine->node_count && machine->nodes[low].offset == offset
               ? &machine->nodes[low]
               : NULL;
}

struct node *machine_node_by_phandle(struct cairn_machine *machine,
                                     uint32_t phandle)
{
    for (size_t i = 0; phandle != 0 && i < machine->node_count; i++) {
        if (machine->nodes[i].phandle == phandle) {
            return &machine->nodes[i];
        }
    }
    return NULL;
}

struct line *machine_line(struct cairn_machine *machine, const char *name)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        if (strcmp(machine->externals[i].line.name, name) == 0) {
            return &machine->externals[i].line;
        }
    }
    for (size_t i = 0; i < machine->node_count; i++) {
        struct device *device = machine->nodes[i].device;
        for (size_t o = 0; device && o < device->type->output_count; o++) {
            if (strcmp(device->outputs[o].name, name) == 0) {
                return &device->outputs[o];
            }
        }
        struct core *core = machine->nodes[i].core;
        for (size_t o = 0; core && o < core->type->output_count; o++) {
            if (strcmp(core->outputs[o].name, name) == 0) {
                return &core->outputs[o];
            }
        }
    }
    return NULL;
}

/* ---- Callbacks ----------------------------------------------------------- */

static void take_line(void *context, enum log_kind kind, const char *line)
{
    struct cairn_machine *machine = context;
    if (kind == LOG_UNMODELLED && machine->fabric.log.strict) {
        machine_interrupt(machine);
    }
    if (machine->callbacks.log) {
        enum callback before = callback_begin(machine, CALLBACK_LOOKS);
        machine->callbacks.log(machine->callbacks.context, (enum cairn_log)kind,
                               line);
        callback_end(machine, before);
    }
}

static void take_console(void *context, const char *device, uint8_t byte)
{
    struct cairn_machine *machine = context;
    serial_put(machine, device, byte);
    if (machine->callbacks.console) {
        enum callback before = callback_begin(machine, CALLBACK_LOOKS);
        machine->callbacks.console(machine->callbacks.context, device, byte);
        callback_end(machine, before);
    }
}

static void take_stream(void *context, const char *port, uint8_t byte)
{
    serial_put(context, port, byte);
}

struct loop *machine_loop(struct cairn_machine *machine, struct error *error)
{
    if (!machine->loop) {
        machine->loop = loop_create(error);
    }
    return machine->loop;
}

static void take_event(void *context, const struct event *event)
{
    struct cairn_machine *machine = context;
    if (machine->callbacks.event) {
        struct buffer text = {0};
        struct buffer json = {0};
        event_print_text(event, &text);
        event_print_json(event, &json);
        enum callback before = callback_begin(machine, CALLBACK_LOOKS);
        machine->callbacks.event(machine->callbacks.context, buffer_text(&text),
                                 buffer_text(&json));
        callback_end(machine, before);
        buffer_fini(&text);
        buffer_fini(&json);
    }
}

static void take_stop(void *context)
{
    machine_stop(context);
}

static void hook_up(struct cairn_machine *machine,
                    const struct cairn_options *options)
{
    struct fabric *fabric = &machine->fabric;
    fabric->log.sink = take_line;
    fabric->log.context = machine;
    fabric->log.strict = options->strict;
    fabric->log.enabled[LOG_TRACE] = options->trace;
    fabric->console = take_console;
    fabric->console_context = machine;
    fabric->stream = take_stream;
    fabric->stream_context = machine;
    fabric->events.added = take_event;
    fabric->events.context = machine;
    fabric->stop = take_stop;
    fabric->stop_context = machine;
}

int machine_fail(struct cairn_error *out, int code, const struct error *error)
{
    if (out) {
        memcpy(out->text, error->text, sizeof(out->text));
    }
    return code;
}

/* ---- Building ------------------------------------------------------------ */

/* A watch that looks at each instruction in its order cannot be had together
 * with it.
 */
static int make_parallel(struct cairn_machine *machine,
                         const struct cairn_options *options,
                         struct error *error)
{
    if (!atomic_host_is_ordered()) {
        return error_set(error, -ENOTSUP,
                         "parallel: this host may reorder loads and stores as "
                         "x86-64 does not");
    }
    if (options->trace || options->engine == CAIRN_ENGINE_CHAOS) {
        return error_set(error, -ENOTSUP,
                         "parallel: no %s, which needs runs that are the same",
                         options->trace ? "trace of instructions"
                                        : "engine 'chaos'");
    }
    machine->parallel = parallel_create(machine);
    return 0;
}

static void destroy(struct cairn_machine *machine);

static int create(struct board *board, const struct cairn_options *options,
                  struct cairn_machine **made, struct error *error)
{
    *made = NULL;
    struct cairn_machine *machine = xcalloc(1, sizeof(*machine));
    machine->board = *board;
    *board = (struct board){0};
    machine->callbacks = options->callbacks;
    machine->trace = options->trace;
    machine->engine = options->engine;
    inputs_init(&machine->inputs);
    fabric_init(&machine->fabric, options->seed);
    memcpy(machine->random_start, machine->fabric.random_state,
           sizeof(machine->random_start));
    hook_up(machine, options);
    int code = origin_pack(&machine->origin, options->origin,
                           options->origin_count, error);
    if (code == 0 && options->parallel) {
        code = make_parallel(machine, options, error);
    }
    if (code == 0) {
        code = extensions_configure(&machine->board, options, error);
    }
    if (code == 0) {
        code = machine_build(machine, options, error);
    }
    if (code == 0) {
        code = machine_wire(machine, error);
    }
    if (code == 0) {
        parts_list(machine);
        code = extensions_create(machine, options, error);
    }
    if (code != 0) {
        destroy(machine);
        return code;
    }
    *made = machine;
    return 0;
}

static int load_and_create(struct board *board,
                           const struct cairn_options *options,
                           struct cairn_machine **made, struct error *error)
{
    const int code = board->fdt == NULL ? board_load(board, options, error) : 0;
    return code ? code : create(board, options, made, error);
}

/* The reserve is held from before the first allocation to cairn_destroy. */
int machine_create(struct board *board, const struct cairn_options *options,
                   struct cairn_machine **made, struct error *error)
{
    bool lost = false;
    *made = NULL;
    if (!memory_hold_reserve()) {
        board_fini(board);
        return error_set(error, -ENOMEM, "memory is short");
    }
    const int code =
        MEMORY_TRY(load_and_create(board, options, made, error), &lost);
    if (lost) {
        *made = NULL;
        *board = (struct board){0};
        error_set(error, code, "memory ran out");
    }
    if (code != 0) {
        memory_drop_reserve();
    }
    return code;
}

int machine_take_options(struct machine_options *own,
                         const struct cairn_options *given,
                         struct cairn_error *error)
{
    int code = sized_take(&own->options, sizeof(own->options), given,
                          "cairn_options", error);
    if (code == 0 && own->options.guest) {
        code = sized_take(&own->guest, sizeof(own->guest), own->options.guest,
                          "cairn_guest", error);
        own->options.guest = &own->guest;
    }
    return code;
}

int cairn_create(const struct cairn_options *options,
                 struct cairn_machine **made, struct cairn_error *cairn_error)
{
    struct machine_options own;
    struct error error = {""};
    struct board board = {0};
    *made = NULL;
    int code = machine_take_options(&own, options, cairn_error);
    if (code != 0) {
        return code;
    }
    code = machine_create(&board, &own.options, made, &error);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

static void destroy_node(struct node *node)
{
    if (node->kind == NODE_CORE && node->core) {
        core_destroy(node->core);
    }
    device_destroy(node->device);
    for (size_t i = 0; node->input_labels && node->input_labels[i]; i++) {
        free(node->input_labels[i]);
    }
    free(node->input_labels);
    free(node->reset_label);
    free(node->drivers);
    buffer_fini(&node->image);
}

static void destroy_lines(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        line_fini(&machine->externals[i].line);
    }
    free(machine->externals);
    free(machine->planned_resets.resets);
    while (machine->reset_sinks) {
        struct reset_sink *sink = machine->reset_sinks;
        machine->reset_sinks = sink->next;
        free(sink);
    }
    while (machine->watches) {
        struct cairn_watch *watch = machine->watches;
        machine->watches = watch->next;
        free(watch);
    }
}

static void destroy(struct cairn_machine *machine)
{
    machine_close_clock(machine);
    parallel_stop(machine->parallel);
    cairn_serial_close(machine);
    disks_close(machine);
    channels_close(machine);
    EXTENSIONS_CALL(close, machine);
    destroy_lines(machine);
    /* Cores listen to spaces and regions, so they go first. */
    for (size_t i = 0; i < machine->node_count; i++) {
        destroy_node(&machine->nodes[i]);
    }
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->kind != NODE_CORE) {
            space_destroy(node->space);
            space_destroy(node->secure_space);
        }
        region_destroy(node->region);
    }
    mappings_destroy(machine);
    parallel_destroy(machine->parallel);
    parts_fini(machine);
    free(machine->nodes);
    free(machine->cores);
    free(machine->slots);
    free(machine->last_stop);
    buffer_fini(&machine->text);
    buffer_fini(&machine->origin);
    board_fini(&machine->board);
    fabric_fini(&machine->fabric);
    EXTENSIONS_CALL(destroy, machine);
    inputs_fini(&machine->inputs);
    loop_destroy(machine->loop);
    free(machine);
}

int cairn_destroy(struct cairn_machine *machine)
{
    if (!machine) {
        return 0;
    }
    if (machine_is_called_back(machine)) {
        return -EBUSY;
    }
    if (machine->lost) {
        memory_drop_reserve();
        return 0;
    }
    destroy(machine);
    memory_drop_reserve();
    return 0;
}

/* ---- Looking ------------------------------------------------------------- */

void cairn_engine_statistics(const struct cairn_machine *machine,
                             struct cairn_engine_statistics *statistics)
{
    struct core_statistics sum = {0};

    for (size_t i = 0; i < machine->core_count; i++) {
        core_add_statistics(machine->cores[i], &sum);
    }
    *statistics = (struct cairn_engine_statistics){
        .blocks = sum.blocks,
        .instructions = sum.instructions,
        .bytes = sum.bytes,
        .flushes = sum.flushes,
        .entries = sum.entries,
        .links = sum.links,
        .left = sum.left,
        .cut = sum.cut,
        .missed = sum.missed,
        .stepped = sum.stepped,
        .compile_ns = sum.compile_ns,
        .decoded = sum.decoded,
        .decode_ns = sum.decode_ns,
        .pages = sum.pages,
        .evicted_pages = sum.evicted_pages,
        .written_pages = sum.written_pages,
        .dropped = sum.dropped,
        .traps = sum.traps,
        .read_fills = sum.read_fills,
        .write_fills = sum.write_fills,
        .fetch_fills = sum.fetch_fills,
        .bank_flushes = sum.bank_flushes,
        .page_flushes = sum.page_flushes,
        .skipped = sum.skipped,
    };
}

void cairn_watch_code(struct cairn_machine *machine,
                      void (*made)(void *context, const void *code, size_t size,
                                   const uint64_t *address),
                      void *context)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    const struct code_watch watch = {made, context};

    for (size_t i = 0; i < machine->core_count; i++) {
        core_watch_code(machine->cores[i], &watch);
    }
}

void cairn_time_engine(struct cairn_machine *machine)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    for (size_t i = 0; i < machine->core_count; i++) {
        core_time_code(machine->cores[i]);
    }
}

bool machine_has_state(const struct cairn_machine *machine)
{
    return machine->powered || extensions_keep_state(machine);
}

uint64_t cairn_time_ns(const struct cairn_machine *machine)
{
    return clock_now(&machine->fabric.clock);
}

uint64_t cairn_instructions(const struct cairn_machine *machine,
                            const char *core)
{
    uint64_t total = 0;
    for (size_t i = 0; i < machine->core_count; i++) {
        if (!core || strcmp(machine->cores[i]->name, core) == 0) {
            total += machine->cores[i]->retired;
        }
    }
    return total;
}

uint64_t cairn_state_hash(struct cairn_machine *machine)
{
    const uint64_t now_ns = cairn_time_ns(machine);
    return parts_hash(machine, hash64(0, &now_ns, sizeof(now_ns)), true);
}

uint64_t cairn_unmodelled_count(const struct cairn_machine *machine)
{
    return machine->fabric.log.count[LOG_UNMODELLED];
}

uint64_t machine_identity(struct cairn_machine *machine)
{
    uint64_t hash = hash64(0, machine->board.fdt, machine->board.size_bytes);
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->region && node->read_only) {
            hash = region_hash(node->region, hash);
        }
    }
    hash = mappings_identity(machine, hash);
    return channels_identity(machine, disks_identity(machine, hash));
}

void cairn_milestones(struct cairn_machine *machine, uint64_t distance,
                      void (*reached)(void *context), void *context)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    machine->milestones = (struct milestones){distance, reached, context};
}
