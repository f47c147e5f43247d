/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in memory. Taking one makes the present memory the regions'
 * baseline; restoring it copies back the pages that were written since, and
 * decoded code of all others stays good. State of devices and cores is small
 * and is copied whole.
 */
#include "platform/snapshot/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "bus/device_state.h"
#include "platform/agent/agent.h"
#include "platform/debug/semihosting.h"

/* ---- Machine and slots ------------------------------------------------- */

void machine_state_take(const struct cairn_machine *machine,
                        struct machine_state *state)
{
    const struct fabric *fabric = &machine->fabric;
    *state = (struct machine_state){
        .now_ns = fabric->clock.now_ns,
        .powered_ns = fabric->clock.powered_ns,
        .next_sequence = fabric->clock.next_sequence,
        .event_count = event_list_total(&fabric->events),
        .round_core = machine->round_core,
        .round_end_ns = machine->round_end_ns,
        .idle_timers = machine->idle_timers,
        .idle_retired = machine->idle_retired,
        .in_round = machine->in_round,
        .powered = machine->powered,
        .guest_end = machine->guest_end,
        .guest_status = machine->guest_status,
    };
    agent_state_take(machine->agent, state);
    memcpy(state->random_state, fabric->random_state,
           sizeof(state->random_state));
}

void machine_state_put(struct cairn_machine *machine,
                       const struct machine_state *state)
{
    struct fabric *fabric = &machine->fabric;
    fabric->clock.now_ns = state->now_ns;
    fabric->clock.powered_ns = state->powered_ns;
    fabric->clock.next_sequence = state->next_sequence;
    memcpy(fabric->random_state, state->random_state,
           sizeof(state->random_state));
    event_list_truncate(&fabric->events, state->event_count);
    machine->round_core = (size_t)state->round_core;
    machine->round_end_ns = state->round_end_ns;
    machine->in_round = state->in_round != 0;
    machine->idle_timers = state->idle_timers;
    machine->idle_retired = state->idle_retired;
    machine->powered = state->powered != 0;
    machine->guest_end = (enum guest_end)state->guest_end;
    machine->guest_status = state->guest_status;
    machine->stop_requested = false;
    if (machine->in_round) {
        machine_open_clock(machine);
    } else {
        machine_close_clock(machine);
    }
}

void slot_state_take(const struct slot *slot, struct slot_state *state)
{
    *state = (struct slot_state){
        .retired = slot->core->retired,
        .anchor_ns = slot->anchor_ns,
        .anchor_retired = slot->anchor_retired,
        .idle_ns = slot->idle_ns,
        .power = slot->core->power,
        .reset_lines = slot->reset_lines,
        .held = slot->held,
        .idle = slot->idle,
    };
}

void slot_state_put(struct slot *slot, const struct slot_state *state)
{
    slot->core->retired = state->retired;
    slot->core->power = (enum core_power)state->power;
    slot->anchor_ns = state->anchor_ns;
    slot->anchor_retired = state->anchor_retired;
    slot->idle_ns = state->idle_ns;
    slot->reset_lines = state->reset_lines;
    slot->held = state->held != 0;
    slot->idle = state->idle != 0;
    slot->reset_pending = false;
}

void snapshot_settle(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->region) {
            region_set_writable(node->region, !node->read_only &&
                                                  node->drivers[0]->level == 0);
        }
        if (node->device && node->device->type->restored) {
            node->device->type->restored(node->device);
        }
        if (node->slot && node->core->type->restored) {
            node->core->type->restored(node->core);
        }
    }
}

/* ---- All state as one run of bytes ------------------------------------- */

void snapshot_take_state(const struct cairn_machine *machine,
                         struct buffer *out)
{
    struct machine_state state;
    machine_state_take(machine, &state);
    buffer_append(out, &state, sizeof(state));
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->device) {
            device_image_take(
                node->device,
                buffer_grow(out, device_image_size(node->device->type)));
        }
        if (node->slot) {
            struct slot_state slot;
            slot_state_take(node->slot, &slot);
            buffer_append(out, &slot, sizeof(slot));
            const struct core_type *type = node->core->type;
            buffer_append(out, type->state(node->core), type->state_size);
        }
    }
    for (size_t i = 0; i < machine->external_count; i++) {
        buffer_append(out, &machine->externals[i].line.level, sizeof(uint32_t));
    }
    semihosting_take(machine->semihosting, out);
}

static void copy_out(const uint8_t **from, void *to, size_t size)
{
    memcpy(to, *from, size);
    *from += size;
}

void snapshot_put_state(struct cairn_machine *machine, const uint8_t *bytes)
{
    struct machine_state state;
    copy_out(&bytes, &state, sizeof(state));
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->device) {
            device_image_put(node->device, bytes);
            bytes += device_image_size(node->device->type);
        }
        if (node->slot) {
            struct slot_state slot;
            copy_out(&bytes, &slot, sizeof(slot));
            slot_state_put(node->slot, &slot);
            const struct core_type *type = node->core->type;
            copy_out(&bytes, type->state(node->core), type->state_size);
        }
    }
    for (size_t i = 0; i < machine->external_count; i++) {
        copy_out(&bytes, &machine->externals[i].line.level, sizeof(uint32_t));
    }
    semihosting_put(machine->semihosting, &bytes);
    machine_state_put(machine, &state);
    snapshot_settle(machine);
    agent_state_put(machine, &state);
}

/* ---- Memory ------------------------------------------------------------ */

bool snapshot_has_memory(const struct node *node)
{
    return node->region && node->region->saved;
}

static size_t page_count(const struct region *region)
{
    return (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
}

static void copy_pages(const struct region *region, struct page_copy *copy)
{
    const uint8_t *blank = region_blank_page(region);
    size_t used = 0;
    for (size_t page = 0; page < page_count(region); page++) {
        used += region_page_used(region, page);
    }
    copy->numbers = xcalloc(used + 1, sizeof(*copy->numbers));
    copy->bytes = xcalloc(used + 1, REGION_PAGE_SIZE);
    for (size_t page = 0; page < page_count(region); page++) {
        const uint8_t *bytes = region_baseline_page(region, page);
        if (region_page_used(region, page) &&
            memcmp(bytes, blank, REGION_PAGE_SIZE) != 0) {
            memcpy(copy->bytes + copy->count * REGION_PAGE_SIZE, bytes,
                   REGION_PAGE_SIZE);
            copy->numbers[copy->count++] = (uint32_t)page;
        }
    }
}

void snapshot_free_baselines(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot = machine->newest;
    if (!snapshot) {
        return;
    }
    snapshot->memories =
        xcalloc(machine->node_count, sizeof(*snapshot->memories));
    snapshot->memory_count = machine->node_count;
    for (size_t i = 0; i < machine->node_count; i++) {
        if (snapshot_has_memory(&machine->nodes[i])) {
            copy_pages(machine->nodes[i].region, &snapshot->memories[i]);
        }
    }
    snapshot->machine = NULL;
    machine->newest = NULL;
}

static void load_page(struct region *region, size_t page, const uint8_t *bytes)
{
    uint64_t offset = (uint64_t)page << REGION_PAGE_SHIFT;
    if (memcmp(region_host(region) + offset, bytes, REGION_PAGE_SIZE) != 0) {
        region_load(region, offset, bytes, REGION_PAGE_SIZE);
    }
}

static void put_copies(struct region *region, const struct page_copy *copy)
{
    const uint8_t *blank = region_blank_page(region);
    size_t next = 0;
    for (size_t page = 0; page < page_count(region); page++) {
        bool kept = next < copy->count && copy->numbers[next] == page;
        if (kept) {
            load_page(region, page, copy->bytes + next * REGION_PAGE_SIZE);
            next++;
        } else if (region_page_used(region, page)) {
            load_page(region, page, blank);
        }
    }
}

/* ---- The calls --------------------------------------------------------- */

int cairn_snapshot(struct cairn_machine *machine, struct cairn_snapshot **made,
                   struct cairn_error *cairn_error)
{
    struct error error = {""};
    int code = 0;
    *made = NULL;
    snapshot_free_baselines(machine);
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        if (snapshot_has_memory(&machine->nodes[i])) {
            code = region_checkpoint(machine->nodes[i].region, &error);
        }
    }
    if (code != 0) {
        return machine_fail(cairn_error, code, &error);
    }
    struct cairn_snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
    snapshot->machine = machine;
    snapshot->identity = machine_identity(machine);
    snapshot_take_state(machine, &snapshot->state);
    machine->newest = snapshot;
    *made = snapshot;
    return 0;
}

int cairn_restore(struct cairn_machine *machine,
                  const struct cairn_snapshot *snapshot,
                  struct cairn_error *cairn_error)
{
    /* The newest is this machine's, and need not ask who it is. */
    bool newest = snapshot->machine == machine;
    if (!newest && (snapshot->machine || !snapshot->memories ||
                    snapshot->identity != machine_identity(machine))) {
        const struct error error = {"the snapshot is of another machine"};
        return machine_fail(cairn_error, -EINVAL, &error);
    }
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (!snapshot_has_memory(node)) {
            continue;
        }
        if (newest) {
            region_rollback(node->region);
        } else {
            put_copies(node->region, &snapshot->memories[i]);
        }
    }
    snapshot_put_state(machine, snapshot->state.bytes);
    return 0;
}

void cairn_snapshot_destroy(struct cairn_snapshot *snapshot)
{
    if (!snapshot) {
        return;
    }
    if (snapshot->machine) {
        snapshot->machine->newest = NULL;
    }
    for (size_t i = 0; i < snapshot->memory_count; i++) {
        free(snapshot->memories[i].numbers);
        free(snapshot->memories[i].bytes);
    }
    free(snapshot->memories);
    buffer_fini(&snapshot->state);
    free(snapshot);
}
