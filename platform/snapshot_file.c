/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in files, all numbers little endian:
 *
 *   "CAIRNSNP"  u32 version  u64 identity of the board
 *   record of the machine (bus/state.h), of each device, of each core and its
 *   place in the run loop, of each external input, in the order of the board;
 *   of what semihosting has open, if processors have it
 *   per saved memory: u32 pages, then per page u32 number and 4096 bytes
 *   u64 hash of all before
 *
 * The hash finds damage; nothing behind it is trusted for that.
 */
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "bus/device_state.h"
#include "bus/state.h"
#include "host/file.h"
#include "platform/agent.h"
#include "platform/semihosting.h"
#include "platform/snapshot.h"

static const char magic[8] = {'C', 'A', 'I', 'R', 'N', 'S', 'N', 'P'};
enum { VERSION = 1, HEAD_SIZE = 20, HASH_SIZE = 8 };
static const size_t file_max = (size_t)20 << 30;

static const struct state_field machine_fields[] = {
    STATE(struct machine_state, now_ns, RESET_NEVER),
    STATE(struct machine_state, next_sequence, RESET_NEVER),
    STATE(struct machine_state, random_state, RESET_NEVER),
    STATE(struct machine_state, round_core, RESET_NEVER),
    STATE(struct machine_state, round_end_ns, RESET_NEVER),
    STATE(struct machine_state, in_round, RESET_NEVER),
    STATE(struct machine_state, powered, RESET_NEVER),
    STATE(struct machine_state, agent_stream, RESET_NEVER),
    STATE(struct machine_state, agent_user, RESET_NEVER),
    STATE(struct machine_state, agent_line, RESET_NEVER),
    STATE(struct machine_state, agent_randomness, RESET_NEVER),
    STATE(struct machine_state, agent_at_hand, RESET_NEVER),
    STATE(struct machine_state, idle_timers, RESET_NEVER),
    STATE(struct machine_state, idle_retired, RESET_NEVER),
    STATE(struct machine_state, guest_end, RESET_NEVER),
    STATE(struct machine_state, guest_status, RESET_NEVER),
};

static const struct state_field slot_fields[] = {
    STATE(struct slot_state, retired, RESET_NEVER),
    STATE(struct slot_state, anchor_ns, RESET_NEVER),
    STATE(struct slot_state, anchor_retired, RESET_NEVER),
    STATE(struct slot_state, idle_ns, RESET_NEVER),
    STATE(struct slot_state, power, RESET_NEVER),
    STATE(struct slot_state, reset_lines, RESET_NEVER),
    STATE(struct slot_state, held, RESET_NEVER),
    STATE(struct slot_state, idle, RESET_NEVER),
};

static const struct state_field level_field[] = {
    {"level", 0, sizeof(uint32_t), RESET_NEVER},
};

/* ---- Saving ------------------------------------------------------------ */

static void append_le64(struct buffer *out, uint64_t value)
{
    store_le64(buffer_grow(out, 8), value);
}

static void save_core(const struct node *node, struct buffer *out)
{
    const struct core_type *type = node->core->type;
    struct slot_state slot;
    slot_state_take(node->slot, &slot);
    state_save("cairn,slot", node->name, slot_fields, ARRAY_SIZE(slot_fields),
               &slot, out);
    state_save(node->core->config.compatible, node->name, type->fields,
               type->field_count, type->state(node->core), out);
}

static void save_memory(const struct region *region, struct buffer *out)
{
    const uint8_t *blank = region_blank_page(region);
    size_t count_at = out->size;
    uint32_t count = 0;
    buffer_append_le32(out, 0);
    size_t pages = (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
    for (size_t page = 0; page < pages; page++) {
        const uint8_t *bytes = region->host + page * REGION_PAGE_SIZE;
        if (region_page_used(region, page) &&
            memcmp(bytes, blank, REGION_PAGE_SIZE) != 0) {
            buffer_append_le32(out, (uint32_t)page);
            buffer_append(out, bytes, REGION_PAGE_SIZE);
            count++;
        }
    }
    store_le32(out->bytes + count_at, count);
}

static void save_all(struct cairn_machine *machine, struct buffer *out)
{
    struct machine_state state;
    machine_state_take(machine, &state);
    buffer_append(out, magic, sizeof(magic));
    buffer_append_le32(out, VERSION);
    append_le64(out, machine_identity(machine));
    state_save("cairn,machine", "machine", machine_fields,
               ARRAY_SIZE(machine_fields), &state, out);
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->device) {
            device_save(node->device, out);
        }
        if (node->slot) {
            save_core(node, out);
        }
    }
    for (size_t i = 0; i < machine->external_count; i++) {
        const struct line *line = &machine->externals[i].line;
        state_save("cairn,input", line->name, level_field, 1, &line->level,
                   out);
    }
    semihosting_save(machine->semihosting, out);
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct region *region = machine->nodes[i].region;
        if (region && region->saved) {
            save_memory(region, out);
        }
    }
    append_le64(out, hash64(0, out->bytes, out->size));
}

int cairn_save(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct buffer file = {0};
    save_all(machine, &file);
    int code = file_write(path, file.bytes, file.size, &error);
    buffer_fini(&file);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

/* ---- Loading ----------------------------------------------------------- */

struct reader {
    struct cairn_machine *machine;
    const uint8_t *bytes;
    size_t size;
    struct error *error;
};

static int load_machine(struct reader *reader, struct machine_state *state)
{
    *state = (struct machine_state){.event_count = UINT64_MAX};
    int code = state_restore("cairn,machine", "machine", machine_fields,
                             ARRAY_SIZE(machine_fields), state, &reader->bytes,
                             &reader->size, reader->error);
    if (code == 0 && state->round_core > reader->machine->core_count) {
        code = error_set(reader->error, -EINVAL, "no core %llu",
                         (unsigned long long)state->round_core);
    }
    return code;
}

static int load_core(struct reader *reader, struct node *node)
{
    const struct core_type *type = node->core->type;
    struct slot_state slot = {0};
    int code = state_restore("cairn,slot", node->name, slot_fields,
                             ARRAY_SIZE(slot_fields), &slot, &reader->bytes,
                             &reader->size, reader->error);
    if (code == 0 && slot.power > CORE_WAITING) {
        code = error_set(reader->error, -EINVAL, "core '%s': no such state",
                         node->name);
    }
    if (code == 0) {
        code = state_restore(node->core->config.compatible, node->name,
                             type->fields, type->field_count,
                             type->state(node->core), &reader->bytes,
                             &reader->size, reader->error);
    }
    if (code == 0) {
        slot_state_put(node->slot, &slot);
    }
    return code;
}

static int cut(const struct reader *reader)
{
    return error_set(reader->error, -EINVAL, "cut short");
}

static int load_memory(struct reader *reader, struct region *region)
{
    if (reader->size < 4) {
        return cut(reader);
    }
    uint32_t count = load_le32(reader->bytes);
    reader->bytes += 4;
    reader->size -= 4;
    region_clear(region);
    for (uint32_t i = 0; i < count; i++) {
        if (reader->size < 4 + REGION_PAGE_SIZE) {
            return cut(reader);
        }
        uint64_t offset = (uint64_t)load_le32(reader->bytes)
                          << REGION_PAGE_SHIFT;
        if (!in_range(offset, REGION_PAGE_SIZE, region->size_bytes)) {
            return error_set(reader->error, -EINVAL,
                             "memory '%s' has no page at 0x%llx", region->name,
                             (unsigned long long)offset);
        }
        region_load(region, offset, reader->bytes + 4, REGION_PAGE_SIZE);
        reader->bytes += 4 + REGION_PAGE_SIZE;
        reader->size -= 4 + REGION_PAGE_SIZE;
    }
    return 0;
}

static int load_parts(struct reader *reader)
{
    struct cairn_machine *machine = reader->machine;
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (node->device) {
            code = device_restore(node->device, &reader->bytes, &reader->size,
                                  reader->error);
        }
        if (code == 0 && node->slot) {
            code = load_core(reader, node);
        }
    }
    for (size_t i = 0; code == 0 && i < machine->external_count; i++) {
        struct line *line = &machine->externals[i].line;
        code = state_restore("cairn,input", line->name, level_field, 1,
                             &line->level, &reader->bytes, &reader->size,
                             reader->error);
    }
    if (code == 0) {
        code = semihosting_restore(machine->semihosting, &reader->bytes,
                                   &reader->size, reader->error);
    }
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct region *region = machine->nodes[i].region;
        if (region && region->saved) {
            code = load_memory(reader, region);
        }
    }
    if (code == 0 && reader->size != 0) {
        code = error_set(reader->error, -EINVAL, "%zu bytes too many",
                         reader->size);
    }
    return code;
}

/* Times that no run leads to would have the run loop chase them for ever. A
 * core is never ahead of the clock by more than a round and an instruction. */
static int check_times(const struct reader *reader)
{
    const struct cairn_machine *machine = reader->machine;
    const uint64_t limit = UINT64_MAX / 4;
    uint64_t now = machine->fabric.clock.now_ns;
    uint64_t ahead = now + machine->quantum_ns + 1000000000u;
    bool good =
        now < limit && (!machine->in_round || machine->round_end_ns <= ahead);
    for (size_t i = 0; good && i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        good = slot->core->power <= CORE_WAITING &&
               slot->core->retired < limit &&
               slot->anchor_retired <= slot->core->retired &&
               slot->anchor_ns <= ahead && slot->idle_ns <= ahead &&
               slot_time(slot) <= ahead &&
               slot->core->retired - slot->anchor_retired <= limit;
    }
    return good ? 0
                : error_set(reader->error, -EINVAL,
                            "times that do not fit each other");
}

static int load_all(struct reader *reader)
{
    struct machine_state state;
    int code = load_machine(reader, &state);
    if (code == 0) {
        code = load_parts(reader);
    }
    if (code == 0) {
        machine_state_put(reader->machine, &state);
        snapshot_settle(reader->machine);
        agent_state_put(reader->machine, &state);
        code = check_times(reader);
    }
    return code;
}

static int check_frame(struct reader *reader)
{
    const uint8_t *bytes = reader->bytes;
    size_t size = reader->size;
    if (size < HEAD_SIZE + HASH_SIZE ||
        memcmp(bytes, magic, sizeof(magic)) != 0) {
        return error_set(reader->error, -EINVAL, "no snapshot");
    }
    if (load_le32(bytes + 8) != VERSION) {
        return error_set(reader->error, -EINVAL,
                         "version %u, this program knows %u",
                         load_le32(bytes + 8), (unsigned)VERSION);
    }
    if (load_le64(bytes + size - HASH_SIZE) !=
        hash64(0, bytes, size - HASH_SIZE)) {
        return error_set(reader->error, -EINVAL, "damaged or cut short");
    }
    if (load_le64(bytes + 12) != machine_identity(reader->machine)) {
        return error_set(reader->error, -EINVAL,
                         "of another board than '%s', or of other fixed "
                         "memories",
                         reader->machine->board.name);
    }
    reader->bytes += HEAD_SIZE;
    reader->size -= HEAD_SIZE + HASH_SIZE;
    return 0;
}

/* A file that turns out bad half-way leaves the machine as it was. */
static int load_safely(struct reader *reader)
{
    struct cairn_snapshot *before = NULL;
    struct cairn_error inner = {""};
    int code = cairn_snapshot(reader->machine, &before, &inner);
    if (code != 0) {
        return error_set(reader->error, code, "%s", inner.text);
    }
    code = load_all(reader);
    if (code != 0) {
        cairn_restore(reader->machine, before, NULL);
    }
    cairn_snapshot_destroy(before);
    return code;
}

int cairn_load(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct buffer file = {0};
    int code = file_read(path, file_max, &file, &error);
    if (code == 0) {
        struct reader reader = {machine, file.bytes, file.size, &error};
        code = check_frame(&reader);
        if (code == 0) {
            code = load_safely(&reader);
        }
        if (code != 0) {
            error_prefix(&error, "snapshot '%s'", path);
        }
    }
    buffer_fini(&file);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
