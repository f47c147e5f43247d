/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in files, laid out as head.h says. The state is a record
 * (bus/state.h) of each part of the machine (parts.h); the events follow them.
 *
 * Memory is not read but mapped, so that a machine goes on at once whatever its
 * size. That is why nothing looks at its hash here: see snapshot_verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "platform/snapshot/events.h"
#include "platform/snapshot/parts.h"
#include "platform/snapshot/snapshot.h"
#include "platform/snapshot/source.h"

/* ---- Saving -------------------------------------------------------------- */

/* What is to be held of a memory. Its map, which is returned, is the caller's.
 */
static uint8_t *survey(const struct region *region,
                       struct snapshot_memory *memory)
{
    const uint8_t *blank = region_blank_page(region);
    size_t pages = (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
    uint8_t *used = xcalloc(snapshot_map_size(region->size_bytes), 1);
    snprintf(memory->name, sizeof(memory->name), "%s", region->name);
    memory->size_bytes = region->size_bytes;
    memory->blank = region->blank;
    memory->used = used;
    for (size_t page = 0; page < pages; page++) {
        const uint8_t *bytes = region_page(region, page);
        if (region_page_used(region, page) &&
            memcmp(bytes, blank, REGION_PAGE_SIZE) != 0) {
            used[page / 8] |= (uint8_t)(1u << page % 8);
            memory->hash = snapshot_hash_page(memory->hash, page, bytes);
            memory->pages++;
        }
    }
    return used;
}

/* Pages that follow each other go out in one piece. */
static int put_contents(struct file_draft *draft,
                        const struct snapshot_memory *memory,
                        const struct region *region, struct error *error)
{
    size_t pages = (size_t)(memory->size_bytes >> REGION_PAGE_SHIFT);
    uint64_t index = 0;
    int code = 0;
    for (size_t page = 0; code == 0 && page < pages; page++) {
        size_t count = 0;
        while (page + count < pages &&
               snapshot_page_held(memory, page + count)) {
            count++;
        }
        if (count != 0) {
            code = file_draft_put(
                draft, snapshot_page_offset(memory, page, index),
                region_page(region, page), count * REGION_PAGE_SIZE, error);
            index += count;
            page += count;
        }
    }
    return code;
}

/* A memory of the machine, and its map. */
struct held {
    const struct region *region;
    uint8_t *map;
};

static int write_file(const struct snapshot_head *head, const struct held *held,
                      const char *path, struct error *error)
{
    struct file_draft draft;
    struct buffer bytes = {0};
    int code = file_draft_open(&draft, path, error);
    if (code != 0) {
        return code;
    }
    snapshot_head_write(head, &bytes);
    code = file_draft_put(&draft, 0, bytes.bytes, bytes.size, error);
    for (size_t i = 0; code == 0 && i < head->memory_count; i++) {
        code = put_contents(&draft, &head->memories[i], held[i].region, error);
    }
    buffer_fini(&bytes);
    return file_draft_close(&draft, head->file_size, code, error);
}

/* The head records only the last part of a path. */
static void name_board(struct snapshot_head *head, const char *name)
{
    const char *slash = strrchr(name, '/');
    snprintf(head->board_name, sizeof(head->board_name), "%s",
             slash ? slash + 1 : name);
}

int cairn_save(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct buffer state = {0};
    struct held *held = xcalloc(machine->node_count, sizeof(*held));
    struct snapshot_memory *memories =
        xcalloc(machine->node_count, sizeof(*memories));
    parts_save(machine, &state);
    snapshot_events_write(&machine->fabric.events, &state);
    struct snapshot_head head = {
        .identity = machine_identity(machine),
        .board = machine->board.fdt,
        .board_size = machine->board.size_bytes,
        .origin = machine->origin.bytes,
        .origin_size = machine->origin.size,
        .state = state.bytes,
        .state_size = state.size,
        .memories = memories,
    };
    name_board(&head, machine->board.name);
    for (size_t i = 0; i < machine->node_count; i++) {
        if (snapshot_has_memory(&machine->nodes[i])) {
            size_t index = head.memory_count++;
            held[index].region = machine->nodes[i].region;
            held[index].map = survey(held[index].region, &memories[index]);
        }
    }
    snapshot_head_place(&head);
    int code = write_file(&head, held, path, &error);
    for (size_t i = 0; i < head.memory_count; i++) {
        free(held[i].map);
    }
    free(held);
    free(memories);
    buffer_fini(&state);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

/* ---- Loading ------------------------------------------------------------- */

struct reader {
    struct cairn_machine *machine;
    const uint8_t *bytes; /* of the state */
    size_t size;
    struct error *error;
    struct event_list events;
};

/* Times that no run leads to would have the run loop chase them for ever. A
 * core is never ahead of the clock by more than a round and an instruction. */
static int check_times(const struct reader *reader)
{
    const struct cairn_machine *machine = reader->machine;
    const uint64_t limit = UINT64_MAX / 4;
    uint64_t now = machine->fabric.clock.now_ns;
    uint64_t ahead = now + machine->quantum_ns + 1000000000u;
    bool good = now < limit && machine->fabric.clock.powered_ns <= now &&
                (!machine->in_round || machine->round_end_ns <= ahead);
    for (size_t i = 0; good && i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        good = slot->core->power <= CORE_STUCK && slot->core->retired < limit &&
               slot->anchor_retired <= slot->core->retired &&
               slot->anchor_ns <= ahead && slot->idle_ns <= ahead &&
               slot_time(slot) <= ahead &&
               slot->core->retired - slot->anchor_retired <= limit;
    }
    return good ? 0
                : error_set(reader->error, -EINVAL,
                            "times that contradict each other");
}

static int load_state(struct reader *reader)
{
    int code = parts_load(reader->machine, &reader->bytes, &reader->size,
                          reader->error);
    if (code == 0) {
        code = snapshot_events_read(&reader->events, &reader->bytes,
                                    &reader->size, reader->error);
    }
    if (code == 0 && reader->size != 0) {
        code = error_set(reader->error, -EINVAL, "state: %zu bytes left over",
                         reader->size);
    }
    return code ? code : check_times(reader);
}

/* Held pages that follow each other, into a memory that is not mapped. */
static int load_pages(const struct snapshot_source *source,
                      const struct snapshot_memory *memory,
                      struct region *region, struct error *error)
{
    size_t pages = (size_t)(memory->size_bytes >> REGION_PAGE_SHIFT);
    uint64_t index = 0;
    int code = 0;
    region_clear(region);
    for (size_t page = 0; code == 0 && page < pages; page++) {
        if (snapshot_page_held(memory, page)) {
            uint64_t offset = (uint64_t)page << REGION_PAGE_SHIFT;
            region_written(region, offset, REGION_PAGE_SIZE);
            code = file_read_at(
                source->fd, snapshot_page_offset(memory, page, index++),
                region_host(region) + offset, REGION_PAGE_SIZE, error);
        }
    }
    return code;
}

/* Those first that can still fail. */
static int load_memories(struct cairn_machine *machine,
                         const struct snapshot_source *source, bool mapped,
                         struct error *error)
{
    const struct snapshot_memory *memory = source->head.memories;
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct region *region = machine->nodes[i].region;
        if (!snapshot_has_memory(&machine->nodes[i])) {
            continue;
        }
        if (mapped && memory->blank == 0) {
            code = region_map_file(region, source->fd, memory->offset,
                                   memory->used, error);
        } else if (!mapped && memory->blank != 0) {
            code = load_pages(source, memory, region, error);
        }
        memory++;
    }
    return code;
}

/* ---- Whether it is of this machine --------------------------------------- */

static int check_memories(const struct cairn_machine *machine,
                          const struct snapshot_head *head, struct error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct region *region = machine->nodes[i].region;
        if (!snapshot_has_memory(&machine->nodes[i])) {
            continue;
        }
        const struct snapshot_memory *memory = &head->memories[count++];
        if (count > head->memory_count ||
            strcmp(memory->name, region->name) != 0 ||
            memory->size_bytes != region->size_bytes ||
            memory->blank != region->blank) {
            return error_set(error, -EINVAL,
                             "memory %zu is not '%s' of 0x%llx bytes",
                             count - 1, region->name,
                             (unsigned long long)region->size_bytes);
        }
    }
    return count == head->memory_count
               ? 0
               : error_set(error, -EINVAL, "%zu memories, board '%s' has %zu",
                           head->memory_count, machine->board.name, count);
}

static int check_machine(struct cairn_machine *machine,
                         const struct snapshot_head *head, struct error *error)
{
    if (head->identity != machine_identity(machine)) {
        return error_set(
            error, -EINVAL,
            "of board '%s', which differs from '%s' in name, devices "
            "or fixed memories",
            head->board_name, machine->board.name);
    }
    return check_memories(machine, head, error);
}

/* ---- The call ------------------------------------------------------------ */

/* A file that turns out bad half-way leaves the machine as it was. */
static int load_safely(struct cairn_machine *machine,
                       const struct snapshot_source *source,
                       struct error *error)
{
    struct cairn_snapshot *before = NULL;
    struct cairn_error inner = {""};
    struct reader reader = {
        .machine = machine,
        .bytes = source->head.state,
        .size = source->head.state_size,
        .error = error,
    };
    int code = cairn_snapshot(machine, &before, &inner);
    if (code != 0) {
        return error_set(error, code, "%s", inner.text);
    }
    code = load_state(&reader);
    if (code == 0) {
        code = load_memories(machine, source, false, error);
    }
    if (code != 0) {
        cairn_restore(machine, before, NULL);
    } else {
        event_list_replace(&machine->fabric.events, &reader.events);
        code = load_memories(machine, source, true, error);
    }
    event_list_fini(&reader.events);
    cairn_snapshot_destroy(before);
    return code;
}

int cairn_load(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct snapshot_source source;
    int code = snapshot_open(&source, path, &error);
    if (code == 0) {
        code = check_machine(machine, &source.head, &error);
        if (code == 0) {
            code = load_safely(machine, &source, &error);
        }
        if (code != 0) {
            error_prefix(&error, "snapshot '%s'", path);
        }
        snapshot_close(&source);
    }
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
