/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power-on, system resets, and what reset lines do. A core is held while any of
 * its reset lines is asserted and starts at its reset vector when the last one
 * is let go. A core may reset itself by a register write: that instruction ends
 * first, the reset follows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/run.h"

static void add_processor_event(struct slot *slot, enum event_fact fact)
{
    struct cairn_machine *machine = slot->machine;
    struct event event = {
        .time_ns = clock_now(&machine->fabric.clock),
        .fact = fact,
        .role = ROLE_RESETS,
        .agent = "reset",
        .values = {slot->core->config.reset_vector.value,
                   board_is_application_processor(&machine->board,
                   slot->node->offset)},
    };
    event_set_name(&event, slot->core->name);
    event_add(&machine->fabric.events, &event);
}

static void add_system_event(struct cairn_machine *machine,
                             enum event_fact fact, enum event_role role,
                             const char *agent)
{
    struct event event = {
        .time_ns = clock_now(&machine->fabric.clock),
        .fact = fact,
        .role = role,
    };
    event_set_agent(&event, agent);
    event_add(&machine->fabric.events, &event);
}

static bool is_held(const struct slot *slot)
{
    return slot->reset_lines != 0 || slot->held;
}

/* The clock shows the current core's time, which it gets from the core's slot,
 * so it is read before the slot becomes idle. A core that was ahead of the one
 * that resets it does not go back in time. */
static void hold(struct slot *slot)
{
    uint64_t now = clock_now(&slot->machine->fabric.clock);
    slot_rouse(slot, now);
    uint64_t own = slot_reached(slot);
    core_reset(slot->core);
    slot->core->power = CORE_HELD;
    slot->idle = true;
    slot->idle_ns = own > now ? own : now;
}

static void let_go(struct slot *slot)
{
    core_reset(slot->core);
    slot->core->power = CORE_RUNNING;
    slot->idle = true;
    slot_look(slot, clock_now(&slot->machine->fabric.clock));
}

void slot_settle(struct slot *slot)
{
    if (slot->reset_pending) {
        slot->reset_pending = false;
        hold(slot);
        if (!is_held(slot)) {
            let_go(slot);
        }
        slot_note_power(slot);
    }
}

void machine_reset_core(void *context, unsigned input, uint32_t level)
{
    struct slot *slot = context;
    struct cairn_machine *machine = slot->machine;
    bool was_held = is_held(slot);
    slot->reset_lines += level != 0 ? 1u : -1u;
    if (level == 0) {
        slot->held = false;
    }
    bool now_held = is_held(slot);
    if (!machine->powered || machine->powering || was_held == now_held) {
        return;
    }
    add_processor_event(slot,
                        now_held ? FACT_PROCESSOR_HELD : FACT_PROCESSOR_RUNS);
    if (machine->at_once ? parallel_is_running(machine->parallel, slot)
                         : slot == machine->running) {
        slot->reset_pending = true;
        core_request_stop(slot->core);
    } else if (now_held) {
        hold(slot);
        slot_note_power(slot);
    } else {
        let_go(slot);
    }
}

void machine_reset_device(void *context, unsigned input, uint32_t level)
{
    const struct reset_sink *sink = context;
    if (level != 0) {
        device_reset(sink->device, sink->domain);
    }
}

void machine_note_off(struct cairn_machine *machine, enum event_role role,
                      const char *agent)
{
    add_system_event(machine, FACT_SYSTEM_TURNED_OFF, role, agent);
}

/* ---- Power --------------------------------------------------------------- */

/* The outside lets go of all inputs, so that each sees the change when its
 * level comes back. */
static void drop_externals(struct cairn_machine *machine, uint32_t *levels)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        struct line *line = &machine->externals[i].line;
        levels[i] = line->level;
        if (machine->powered) {
            line_set(line, 0);
        } else {
            line->level = 0;
        }
    }
}

static void clear_memories(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (!node->region || node->read_only || !machine->powered ||
            board_has(&machine->board, node->offset, "cairn,keeps")) {
            continue;
        }
        region_clear(node->region);
        region_load(node->region, 0, node->image.bytes, node->image.size);
    }
}

/* Nothing runs any more. Time stands where the core that is furthest has come
 * to, and never goes back. */
static void stop_time(struct cairn_machine *machine)
{
    struct clock *clock = &machine->fabric.clock;
    uint64_t now = clock_now(clock);
    for (size_t i = 0; i < machine->core_count; i++) {
        uint64_t own = slot_reached(&machine->slots[i]);
        now = own > now ? own : now;
    }
    machine_close_clock(machine);
    machine->in_round = false;
    clock->now_ns = now;
}

static void start_cores(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        struct slot *slot = &machine->slots[i];
        slot->held =
            board_has(&machine->board, slot->node->offset, "cairn,held");
        slot->reset_pending = false;
        machine->last_stop[i] = CORE_STOP_BUDGET;
        hold(slot);
        if (extensions_keep_off(machine, i)) {
            slot->core->power = CORE_OFF;
            slot_note_power(slot);
            continue;
        }
        if (!is_held(slot)) {
            let_go(slot);
        }
        slot_note_power(slot);
        add_processor_event(slot, is_held(slot) ? FACT_PROCESSOR_HELD
                                                : FACT_PROCESSOR_RUNS);
    }
}

static void reset_devices(struct cairn_machine *machine,
                          enum reset_domain domain)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].device) {
            device_reset(machine->nodes[i].device, domain);
        }
    }
}

static void start_again(struct cairn_machine *machine)
{
    machine->powering = false;
    machine->guest_end = GUEST_GOES_ON;
    machine->guest_status = 0;
    EXTENSIONS_CALL(restart, machine);
    start_cores(machine);
    EXTENSIONS_CALL(started, machine);
}

static int64_t apply_power(struct cairn_machine *machine, struct input *input)
{
    struct clock *clock = &machine->fabric.clock;
    uint32_t *levels = xcalloc(machine->external_count + 1, sizeof(*levels));
    machine->powering = true;
    drop_externals(machine, levels);
    stop_time(machine);
    while (clock->queue) {
        timer_cancel(clock, clock->queue);
    }
    clock->powered_ns = clock->now_ns;
    if (machine->powered) {
        add_system_event(machine, FACT_SYSTEM_POWERED_AGAIN, ROLE_POWER,
                         "power");
    }
    clear_memories(machine);
    memcpy(machine->fabric.random_state, machine->random_start,
           sizeof(machine->random_start));
    reset_devices(machine, RESET_POWER_ON);
    machine->powered = true;
    for (size_t i = 0; i < machine->external_count; i++) {
        line_set(&machine->externals[i].line, levels[i]);
    }
    free(levels);
    start_again(machine);
    return 0;
}

const struct input_type input_power = {
    .name = "power",
    .subject = INPUT_OF_NONE,
    .apply = apply_power,
};

static int power_on(struct cairn_machine *machine)
{
    struct input input = {.type = &input_power};
    input_give(machine, &input);
    return 0;
}

int cairn_power(struct cairn_machine *machine)
{
    return MACHINE_CALL(machine, NULL, power_on(machine));
}

/* ---- System reset -------------------------------------------------------- */

/* As a loader puts them there again at each reset. */
static void load_images(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->region && !node->read_only &&
            !board_has(&machine->board, node->offset, "cairn,keeps")) {
            region_load(node->region, 0, node->image.bytes, node->image.size);
        }
    }
}

bool machine_resets_whole(const struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        if (machine->slots[i].has_reset_lines) {
            return false;
        }
    }
    return machine->powered;
}

/* subject is the name of the agent that asked, value its role. */
static int64_t apply_reset(struct cairn_machine *machine, struct input *input)
{
    machine->powering = true;
    stop_time(machine);
    add_system_event(machine, FACT_SYSTEM_RESET, (enum event_role)input->value,
                     input->subject);
    load_images(machine);
    reset_devices(machine, RESET_WARM);
    start_again(machine);
    return 0;
}

static bool is_reset(const struct cairn_machine *machine,
                     const struct input *input)
{
    return machine->powered && input->value < EVENT_ROLES;
}

const struct input_type input_reset = {
    .name = "reset",
    .subject = INPUT_OF_NAME,
    .possible = is_reset,
    .apply = apply_reset,
};

void machine_reset(struct cairn_machine *machine, enum event_role role,
                   const char *agent)
{
    struct input input = {
        .type = &input_reset,
        .subject = (void *)(uintptr_t)agent,
        .value = role,
    };
    input_give(machine, &input);
}

static int reset_as_asked(struct cairn_machine *machine)
{
    bool asked = machine->guest_end == GUEST_RESET;
    if (!asked && !machine_resets_whole(machine)) {
        return -ENOTSUP;
    }
    if (asked && machine->reset_agent) {
        machine_reset(machine, machine->reset_role, machine->reset_agent);
    } else {
        machine_reset(machine, ROLE_HOST, asked ? "guest" : "host");
    }
    return 0;
}

int cairn_reset(struct cairn_machine *machine)
{
    return MACHINE_CALL(machine, NULL, reset_as_asked(machine));
}
