/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power-on, and what reset lines do. A core is held while any of its reset
 * lines is asserted and starts at its reset vector when the last one is let
 * go. A core may reset itself by a register write: that instruction ends
 * first, the reset follows.
 */
#include <stdlib.h>
#include <string.h>

#include "platform/debug_history.h"
#include "platform/guest.h"
#include "platform/machine_run.h"
#include "platform/semihosting.h"

static void add_event(struct slot *slot, enum event_kind kind,
                      const char *detail)
{
    struct cairn_machine *machine = slot->machine;
    uint64_t vector = slot->core->config.reset_vector.value;
    event_add(&machine->fabric.events, clock_now(&machine->fabric.clock), kind,
              "reset", slot->core->name, NULL, 0, "%s 0x%08llx", detail,
              (unsigned long long)vector);
}

static bool is_held(const struct slot *slot)
{
    return slot->reset_lines != 0 || slot->held;
}

static void hold(struct slot *slot)
{
    core_reset(slot->core);
    slot->core->power = CORE_HELD;
    slot->idle = true;
    slot->idle_ns = clock_now(&slot->machine->fabric.clock);
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
    }
}

void machine_reset_core(void *context, unsigned input, uint32_t level)
{
    struct slot *slot = context;
    struct cairn_machine *machine = slot->machine;
    (void)input;
    bool was_held = is_held(slot);
    slot->reset_lines += level != 0 ? 1u : -1u;
    if (level == 0) {
        slot->held = false;
    }
    bool now_held = is_held(slot);
    if (!machine->powered || machine->powering || was_held == now_held) {
        return;
    }
    add_event(slot, now_held ? EVENT_RESET : EVENT_RELEASE,
              now_held ? "held, to start at" : "runs from");
    if (machine->parallel ? parallel_is_running(machine->parallel, slot)
                          : slot == machine->running) {
        slot->reset_pending = true;
        core_request_stop(slot->core);
    } else if (now_held) {
        hold(slot);
    } else {
        let_go(slot);
    }
}

void machine_reset_device(void *context, unsigned input, uint32_t level)
{
    const struct reset_sink *sink = context;
    (void)input;
    if (level != 0) {
        device_reset(sink->device, sink->domain);
    }
}

/* ---- Power ------------------------------------------------------------- */

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

static void restart_clock(struct cairn_machine *machine)
{
    struct clock *clock = &machine->fabric.clock;
    machine_close_clock(machine);
    machine->in_round = false;
    while (clock->queue) {
        timer_cancel(clock, clock->queue);
    }
    clock->now_ns = 0;
    clock->next_sequence = 0;
}

static void start_cores(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        struct slot *slot = &machine->slots[i];
        slot->held =
            board_has(&machine->board, slot->node->offset, "cairn,held");
        slot->reset_pending = false;
        slot->core->retired = 0;
        slot->idle_ns = 0;
        machine->last_stop[i] = CORE_STOP_BUDGET;
        hold(slot);
        if (guest_keeps_off(machine, i)) {
            slot->core->power = CORE_OFF;
            continue;
        }
        if (!is_held(slot)) {
            let_go(slot);
        }
        add_event(slot, is_held(slot) ? EVENT_RESET : EVENT_RELEASE,
                  is_held(slot) ? "held, to start at" : "runs from");
    }
}

void cairn_power(struct cairn_machine *machine)
{
    uint32_t *levels = xcalloc(machine->external_count + 1, sizeof(*levels));
    const struct history_note note = {.kind = HISTORY_POWER};
    bool begun = history_begin(machine->history, &note);
    machine->powering = true;
    drop_externals(machine, levels);
    restart_clock(machine);
    clear_memories(machine);
    memcpy(machine->fabric.random_state, machine->random_start,
           sizeof(machine->random_start));
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].device) {
            device_reset(machine->nodes[i].device, RESET_POWER_ON);
        }
    }
    machine->powered = true;
    for (size_t i = 0; i < machine->external_count; i++) {
        line_set(&machine->externals[i].line, levels[i]);
    }
    free(levels);
    machine->powering = false;
    machine->guest_end = GUEST_GOES_ON;
    machine->guest_status = 0;
    semihosting_reset(machine->semihosting);
    start_cores(machine);
    guest_start(machine);
    history_end(machine->history, begun);
}
