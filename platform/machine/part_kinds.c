/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that every machine has: how each is taken and put back. */
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "bus/device_state.h"
#include "platform/machine/parts.h"

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    return hash64(hash, &number, sizeof(number));
}

/* ---- Devices ------------------------------------------------------------- */

static size_t device_size(const struct part *part)
{
    const struct device *device = part->object;
    return device_image_size(device->type);
}

static void device_take(const struct part *part, void *image)
{
    device_image_take(part->object, image);
}

static void device_put(const struct part *part, const void *image)
{
    device_image_put(part->object, image);
}

static void list_device_fields(const struct part *part,
                               struct state_table *table)
{
    const struct device *device = part->object;
    device_fields(device->type, table);
}

static uint64_t hash_device(const struct part *part, uint64_t hash,
                            bool memories)
{
    return device_hash(part->object, hash);
}

static void settle_device(const struct part *part)
{
    device_restored(part->object);
}

const struct part_kind part_device = {
    .size = device_size,
    .take = device_take,
    .put = device_put,
    .fields = list_device_fields,
    .hash = hash_device,
    .settle = settle_device,
};

/* ---- Memories ------------------------------------------------------------ */

static size_t no_size(const struct part *part)
{
    return 0;
}

static uint64_t hash_memory(const struct part *part, uint64_t hash,
                            bool memories)
{
    const struct node *node = part->object;
    return memories ? region_hash(node->region, hash) : hash;
}

static void settle_memory(const struct part *part)
{
    const struct node *node = part->object;
    region_set_writable(node->region,
                        !node->read_only && node->drivers[0]->level == 0);
}

const struct part_kind part_memory = {
    .size = no_size,
    .hash = hash_memory,
    .settle = settle_memory,
};

/* ---- Cores --------------------------------------------------------------- */

/* State that all architectures have, and the place in the run loop. */
struct slot_state {
    uint64_t retired;
    uint64_t traps; /* a statistic, which is in no file */
    uint64_t anchor_ns;
    uint64_t anchor_retired;
    uint64_t idle_ns;
    uint64_t check_at;
    uint64_t check_sum;
    uint32_t checks;
    uint32_t check_distance;
    uint32_t check_rested;
    uint32_t check_pause;
    uint32_t check_gap;
    uint32_t power;
    uint32_t reset_lines;
    uint32_t held;
    uint32_t idle; /* or SLOT_DOZES */
};

enum { SLOT_IDLE = 1, SLOT_DOZES };

static const struct state_field slot_fields[] = {
    STATE(struct slot_state, retired, RESET_NEVER),
    STATE(struct slot_state, anchor_ns, RESET_NEVER),
    STATE(struct slot_state, anchor_retired, RESET_NEVER),
    STATE(struct slot_state, idle_ns, RESET_NEVER),
    STATE(struct slot_state, check_at, RESET_NEVER),
    STATE(struct slot_state, check_sum, RESET_NEVER),
    STATE(struct slot_state, checks, RESET_NEVER),
    STATE(struct slot_state, check_distance, RESET_NEVER),
    STATE(struct slot_state, check_rested, RESET_NEVER),
    STATE(struct slot_state, check_pause, RESET_NEVER),
    STATE(struct slot_state, check_gap, RESET_NEVER),
    STATE(struct slot_state, power, RESET_NEVER),
    STATE(struct slot_state, reset_lines, RESET_NEVER),
    STATE(struct slot_state, held, RESET_NEVER),
    STATE(struct slot_state, idle, RESET_NEVER),
};

static size_t slot_size(const struct part *part)
{
    return sizeof(struct slot_state);
}

static void slot_take(const struct part *part, void *image)
{
    const struct slot *slot = part->object;
    const struct slot_state state = {
        .retired = slot->core->retired,
        .traps = slot->core->traps,
        .anchor_ns = slot->anchor_ns,
        .anchor_retired = slot->anchor_retired,
        .idle_ns = slot->idle_ns,
        .check_at = slot->core->check_at,
        .check_sum = slot->check_sum,
        .checks = slot->checks,
        .check_distance = slot->check_distance,
        .check_rested = slot->check_rested,
        .check_pause = slot->check_pause,
        .check_gap = slot->check_gap,
        .power = slot->core->power,
        .reset_lines = slot->reset_lines,
        .held = slot->held,
        .idle = slot->idle    ? SLOT_IDLE
                : slot->dozes ? SLOT_DOZES
                              : 0,
    };
    memcpy(image, &state, sizeof(state));
}

static void slot_put(const struct part *part, const void *image)
{
    struct slot *slot = part->object;
    struct slot_state state;
    memcpy(&state, image, sizeof(state));
    slot->core->retired = state.retired;
    slot->core->traps = state.traps;
    slot->core->power = (enum core_power)state.power;
    slot->anchor_ns = state.anchor_ns;
    slot->anchor_retired = state.anchor_retired;
    slot->idle_ns = state.idle_ns;
    slot->core->check_at = state.check_at;
    slot->check_sum = state.check_sum;
    slot->checks = state.checks;
    slot->check_distance = state.check_distance;
    slot->check_rested = state.check_rested != 0;
    slot->check_pause = state.check_pause;
    slot->check_gap = state.check_gap;
    slot->reset_lines = state.reset_lines;
    slot->held = state.held != 0;
    slot->idle = state.idle == SLOT_IDLE;
    slot->dozes = state.idle == SLOT_DOZES;
    slot->reset_pending = false;
}

static int slot_check(const struct part *part, const void *image,
                      struct error *error)
{
    struct slot_state state;
    memcpy(&state, image, sizeof(state));
    return state.power <= CORE_STUCK && state.idle <= SLOT_DOZES
               ? 0
               : error_set(error, -EINVAL, "core '%s': no such state",
                           part->name);
}

static void list_slot_fields(const struct part *part, struct state_table *table)
{
    state_table_set(table, slot_fields, ARRAY_SIZE(slot_fields));
}

const struct part_kind part_slot = {
    .record = "cairn,slot",
    .size = slot_size,
    .take = slot_take,
    .put = slot_put,
    .fields = list_slot_fields,
    .check = slot_check,
    .hash = part_hash_nothing,
};

static size_t core_size(const struct part *part)
{
    const struct core *core = part->object;
    return core->type->state_size;
}

static void core_take(const struct part *part, void *image)
{
    struct core *core = part->object;
    memcpy(image, core->type->state(core), core->type->state_size);
}

static void core_put(const struct part *part, const void *image)
{
    struct core *core = part->object;
    memcpy(core->type->state(core), image, core->type->state_size);
}

static void list_core_fields(const struct part *part, struct state_table *table)
{
    const struct core *core = part->object;
    state_table_set(table, core->type->fields, core->type->field_count);
}

static uint64_t hash_core(const struct part *part, uint64_t hash, bool memories)
{
    struct core *core = part->object;
    hash = hash_number(hash, core_hash(core));
    return hash_number(hash, core->power);
}

static void settle_core(const struct part *part)
{
    struct core *core = part->object;
    if (core->type->restored) {
        core->type->restored(core);
    }
}

const struct part_kind part_core = {
    .size = core_size,
    .take = core_take,
    .put = core_put,
    .fields = list_core_fields,
    .hash = hash_core,
    .settle = settle_core,
};

/* ---- Inputs from outside ------------------------------------------------- */

static const struct state_field level_field[] = {
    {"level", 0, sizeof(uint32_t), RESET_NEVER, 0},
};

static size_t input_size(const struct part *part)
{
    return sizeof(uint32_t);
}

static void input_take(const struct part *part, void *image)
{
    const struct line *line = part->object;
    memcpy(image, &line->level, sizeof(line->level));
}

static void input_put(const struct part *part, const void *image)
{
    struct line *line = part->object;
    memcpy(&line->level, image, sizeof(line->level));
}

static void list_input_fields(const struct part *part,
                              struct state_table *table)
{
    state_table_set(table, level_field, ARRAY_SIZE(level_field));
}

static uint64_t hash_input(const struct part *part, uint64_t hash,
                           bool memories)
{
    const struct line *line = part->object;
    return hash_number(hash, line->level);
}

const struct part_kind part_input = {
    .record = "cairn,input",
    .size = input_size,
    .take = input_take,
    .put = input_put,
    .fields = list_input_fields,
    .hash = hash_input,
};

/* ---- The machine itself: clock, randomness, run loop --------------------- */

struct machine_state {
    uint64_t now_ns;
    uint64_t powered_ns;
    uint64_t next_sequence;
    uint64_t random_state[4];
    uint64_t event_count; /* in no file: that has the events themselves */
    uint64_t round_core;
    uint64_t round_end_ns;
    uint64_t told_ns;
    uint64_t idle_timers;
    uint64_t idle_retired;
    uint32_t in_round;
    uint32_t powered;
    uint32_t guest_end;
    uint32_t guest_status_low;
    uint32_t guest_status_high;
};

static const struct state_field machine_fields[] = {
    STATE(struct machine_state, now_ns, RESET_NEVER),
    STATE(struct machine_state, powered_ns, RESET_NEVER),
    STATE(struct machine_state, next_sequence, RESET_NEVER),
    STATE(struct machine_state, random_state, RESET_NEVER),
    STATE(struct machine_state, round_core, RESET_NEVER),
    STATE(struct machine_state, round_end_ns, RESET_NEVER),
    STATE(struct machine_state, told_ns, RESET_NEVER),
    STATE(struct machine_state, idle_timers, RESET_NEVER),
    STATE(struct machine_state, idle_retired, RESET_NEVER),
    STATE(struct machine_state, in_round, RESET_NEVER),
    STATE(struct machine_state, powered, RESET_NEVER),
    STATE(struct machine_state, guest_end, RESET_NEVER),
    STATE(struct machine_state, guest_status_low, RESET_NEVER),
    STATE(struct machine_state, guest_status_high, RESET_NEVER),
};

static size_t machine_size(const struct part *part)
{
    return sizeof(struct machine_state);
}

static void machine_take(const struct part *part, void *image)
{
    const struct cairn_machine *machine = part->object;
    const struct fabric *fabric = &machine->fabric;
    struct machine_state state = {
        .now_ns = fabric->clock.now_ns,
        .powered_ns = fabric->clock.powered_ns,
        .next_sequence = fabric->clock.next_sequence,
        .event_count = event_list_total(&fabric->events),
        .round_core = machine->round_core,
        .round_end_ns = machine->round_end_ns,
        .told_ns = machine->told_ns,
        .idle_timers = machine->idle_timers,
        .idle_retired = machine->idle_retired,
        .in_round = machine->in_round,
        .powered = machine->powered,
        .guest_end = machine->guest_end,
        .guest_status_low = (uint32_t)machine->guest_status,
        .guest_status_high = (uint32_t)(machine->guest_status >> 32),
    };
    memcpy(state.random_state, fabric->random_state,
           sizeof(state.random_state));
    memcpy(image, &state, sizeof(state));
}

static void machine_put(const struct part *part, const void *image)
{
    struct cairn_machine *machine = part->object;
    struct fabric *fabric = &machine->fabric;
    struct machine_state state;
    memcpy(&state, image, sizeof(state));
    fabric->clock.now_ns = state.now_ns;
    fabric->clock.powered_ns = state.powered_ns;
    fabric->clock.next_sequence = state.next_sequence;
    memcpy(fabric->random_state, state.random_state,
           sizeof(state.random_state));
    event_list_truncate(&fabric->events, state.event_count);
    machine->round_core = (size_t)state.round_core;
    machine->round_end_ns = state.round_end_ns;
    machine->told_ns = state.told_ns;
    machine->in_round = state.in_round != 0;
    machine->idle_timers = state.idle_timers;
    machine->idle_retired = state.idle_retired;
    machine->powered = state.powered != 0;
    machine->guest_end = (enum guest_end)state.guest_end;
    machine->guest_status =
        (uint64_t)state.guest_status_high << 32 | state.guest_status_low;
    machine->stop_requested = false;
    if (machine->in_round) {
        machine_open_clock(machine);
    } else {
        machine_close_clock(machine);
    }
}

static int machine_check(const struct part *part, const void *image,
                         struct error *error)
{
    const struct cairn_machine *machine = part->object;
    struct machine_state state;
    memcpy(&state, image, sizeof(state));
    return state.round_core <= machine->core_count
               ? 0
               : error_set(error, -EINVAL, "no core %llu",
                           (unsigned long long)state.round_core);
}

static void list_machine_fields(const struct part *part,
                                struct state_table *table)
{
    state_table_set(table, machine_fields, ARRAY_SIZE(machine_fields));
}

static uint64_t hash_machine(const struct part *part, uint64_t hash,
                             bool memories)
{
    const struct cairn_machine *machine = part->object;
    return hash64(hash, machine->fabric.random_state,
                  sizeof(machine->fabric.random_state));
}

const struct part_kind part_machine = {
    .record = "cairn,machine",
    .size = machine_size,
    .take = machine_take,
    .put = machine_put,
    .fields = list_machine_fields,
    .check = machine_check,
    .hash = hash_machine,
};
