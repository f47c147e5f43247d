/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in files, laid out as head.h says. The state is a record
 * (bus/state.h) of each part of the machine (parts.h); the events follow them,
 * and the states of servers outside (machine/channel.h).
 *
 * Memory is not read but mapped, so that a machine goes on at once whatever its
 * size. That is why nothing looks at its hash here: see snapshot_verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "platform/machine/callback.h"
#include "platform/machine/channel.h"
#include "platform/machine/memories.h"
#include "platform/machine/parts.h"
#include "platform/slots/slots.h"
#include "platform/snapshot/events.h"
#include "platform/snapshot/snapshot.h"
#include "platform/snapshot/source.h"

/* ---- Saving -------------------------------------------------------------- */

/* The memories of a machine that is saved, and their maps. */
struct survey {
    struct snapshot_memory *memories;
    uint8_t **maps;
    size_t count;
};

/* Finds the pages of a memory that are to be held. */
static int survey_memory(void *context, size_t index, struct region *region)
{
    struct survey *survey = context;
    struct snapshot_memory *memory = &survey->memories[index];
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
    survey->maps[index] = used;
    return 0;
}

static void survey_init(struct survey *survey,
                        const struct cairn_machine *machine)
{
    const size_t count = memories_count(machine);
    survey->count = count;
    survey->memories = xcalloc(count + 1, sizeof(*survey->memories));
    survey->maps = xcalloc(count + 1, sizeof(*survey->maps));
    (void)memories_visit(machine, survey_memory, survey);
}

static void survey_fini(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        free(survey->maps[i]);
    }
    free(survey->maps);
    free(survey->memories);
}

struct saving {
    struct cairn_machine *machine;
    struct snapshot_head head;
    struct file_draft draft;
    const char *path; /* NULL: to bytes of memory */
    struct error *error;
};

/* Pages that follow each other go out in one piece. */
static int put_contents(void *context, size_t index, struct region *region)
{
    struct saving *saving = context;
    const struct snapshot_memory *memory = &saving->head.memories[index];
    size_t pages = (size_t)(memory->size_bytes >> REGION_PAGE_SHIFT);
    uint64_t held = 0;
    int code = 0;
    for (size_t page = 0; code == 0 && page < pages; page++) {
        size_t count = 0;
        while (page + count < pages &&
               snapshot_page_held(memory, page + count)) {
            count++;
        }
        if (count != 0) {
            code = file_draft_put(&saving->draft,
                                  snapshot_page_offset(memory, page, held),
                                  region_page(region, page),
                                  count * REGION_PAGE_SIZE, saving->error);
            held += count;
            page += count;
        }
    }
    return code;
}

static int write_draft(struct saving *saving)
{
    struct buffer bytes = {0};
    snapshot_head_write(&saving->head, &bytes);
    int code = file_draft_put(&saving->draft, 0, bytes.bytes, bytes.size,
                              saving->error);
    if (code == 0) {
        code = memories_visit(saving->machine, put_contents, saving);
    }
    buffer_fini(&bytes);
    return code;
}

static int write_file(struct saving *saving)
{
    int code = file_draft_open(&saving->draft, saving->path, saving->error);
    if (code != 0) {
        return code;
    }
    code = write_draft(saving);
    return file_draft_close(&saving->draft, saving->head.file_size, code,
                            saving->error);
}

/* Leaves the draft open. */
static int write_memory(struct saving *saving)
{
    int code = file_draft_open_in_memory(&saving->draft, saving->error);
    if (code != 0) {
        return code;
    }
    code = write_draft(saving);
    /* Up to the size that was meant: the last pages may be a hole. */
    code = code ? code
                : file_draft_put(&saving->draft, saving->head.file_size, "", 1,
                                 saving->error);
    if (code != 0) {
        file_close(saving->draft.fd);
    }
    return code;
}

/* The head records only the last part of a path. */
static void name_board(struct snapshot_head *head, const char *name)
{
    const char *slash = strrchr(name, '/');
    snprintf(head->board_name, sizeof(head->board_name), "%s",
             slash ? slash + 1 : name);
}

/* The events of the run, which goes on from the snapshot. */
static void write_events(const struct cairn_machine *machine,
                         struct buffer *state)
{
    struct event_list events = machine->fabric.events;
    event_list_truncate(&events, slots_run_events(machine));
    snapshot_events_write(&events, state);
}

/* saving has path and error. */
static int save(struct cairn_machine *machine, struct saving *saving)
{
    struct error *error = saving->error;
    struct buffer state = {0};
    struct survey survey;
    const char *unsaved = channels_unsaved(machine);
    if (unsaved) {
        return error_set(error, -ENOTSUP,
                         "snapshots do not hold the state of %s, which is "
                         "outside of the machine",
                         unsaved);
    }
    struct buffer servers = {0};
    int code = channels_save(machine, &servers, error);
    if (code != 0) {
        buffer_fini(&servers);
        return code;
    }
    survey_init(&survey, machine);
    parts_save(machine, &state);
    write_events(machine, &state);
    buffer_append(&state, servers.bytes, servers.size);
    buffer_fini(&servers);
    saving->head = (struct snapshot_head){
        .identity = machine_identity(machine),
        .board = machine->board.fdt,
        .board_size = machine->board.size_bytes,
        .origin = machine->origin.bytes,
        .origin_size = machine->origin.size,
        .state = state.bytes,
        .state_size = state.size,
        .memories = survey.memories,
        .memory_count = survey.count,
    };
    saving->machine = machine;
    name_board(&saving->head, machine->board.name);
    snapshot_head_place(&saving->head);
    code = saving->path ? write_file(saving) : write_memory(saving);
    survey_fini(&survey);
    buffer_fini(&state);
    return code;
}

static int save_file(struct cairn_machine *machine, const char *path,
                     struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct saving saving = {.path = path, .error = &error};
    int code = save(machine, &saving);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_save(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    return MACHINE_CALL(machine, cairn_error,
                        save_file(machine, path, cairn_error));
}

int snapshot_take(struct cairn_machine *machine, struct snapshot_source *source,
                  struct error *error)
{
    struct saving saving = {.error = error};
    int code = save(machine, &saving);
    return code ? code
                : snapshot_open_at(source, saving.draft.fd,
                                   saving.head.file_size, error);
}

static int save_bytes(struct cairn_machine *machine, uint8_t **bytes,
                      size_t *size, struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct saving saving = {.error = &error};
    int code = save(machine, &saving);
    if (code == 0) {
        const size_t whole = (size_t)saving.head.file_size;
        uint8_t *read = xcalloc(whole, 1);
        code = file_read_at(saving.draft.fd, 0, read, whole, &error);
        file_close(saving.draft.fd);
        if (code == 0) {
            *bytes = read;
            *size = whole;
        } else {
            free(read);
        }
    }
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_save_bytes(struct cairn_machine *machine, uint8_t **bytes,
                     size_t *size, struct cairn_error *cairn_error)
{
    *bytes = NULL;
    *size = 0;
    return MACHINE_CALL(machine, cairn_error,
                        save_bytes(machine, bytes, size, cairn_error));
}

/* ---- Loading ------------------------------------------------------------- */

struct reader {
    struct cairn_machine *machine;
    const uint8_t *bytes; /* of the state */
    size_t size;
    struct error *error;
    struct event_list events;
    const uint8_t *servers; /* their states, the last of it */
    size_t servers_size;
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
                machine->told_ns <= ahead &&
                (!machine->in_round || machine->round_end_ns <= ahead);
    for (size_t i = 0; good && i < machine->core_count; i++) {
        const struct slot *slot = &machine->slots[i];
        good = slot->core->retired < limit &&
               slot->anchor_retired <= slot->core->retired &&
               slot->anchor_ns <= ahead && slot->idle_ns <= ahead &&
               slot_time(slot) <= ahead &&
               (!slot->dozes || slot->anchor_ns >= machine->doze_ns);
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
    reader->servers = reader->bytes;
    reader->servers_size = reader->size;
    if (code == 0) {
        code = channels_load(reader->machine, &reader->bytes, &reader->size,
                             false, reader->error);
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

struct loading {
    const struct snapshot_source *source;
    bool mapped; /* which memories are loaded */
    struct error *error;
};

static int load_memory(void *context, size_t index, struct region *region)
{
    const struct loading *loading = context;
    const struct snapshot_source *source = loading->source;
    const struct snapshot_memory *memory = &source->head.memories[index];
    if ((memory->blank == 0) != loading->mapped) {
        return 0;
    }
    return loading->mapped ? region_map_file(region, source->fd, memory->offset,
                                             memory->used, loading->error)
                           : load_pages(source, memory, region, loading->error);
}

/* Loads the memories that are mapped, or the others. */
static int load_memories(struct cairn_machine *machine,
                         const struct snapshot_source *source, bool mapped,
                         struct error *error)
{
    struct loading loading = {source, mapped, error};
    return memories_visit(machine, load_memory, &loading);
}

/* ---- Whether it is of this machine --------------------------------------- */

struct comparison {
    const struct snapshot_head *head;
    struct error *error;
};

static int check_memory(void *context, size_t index, struct region *region)
{
    const struct comparison *comparison = context;
    const struct snapshot_head *head = comparison->head;
    const struct snapshot_memory *memory = &head->memories[index];
    bool same = index < head->memory_count &&
                strcmp(memory->name, region->name) == 0 &&
                memory->size_bytes == region->size_bytes &&
                memory->blank == region->blank;
    return same ? 0
                : error_set(comparison->error, -EINVAL,
                            "memory %zu is not '%s' of 0x%llx bytes", index,
                            region->name,
                            (unsigned long long)region->size_bytes);
}

static int check_memories(const struct cairn_machine *machine,
                          const struct snapshot_head *head, struct error *error)
{
    struct comparison comparison = {head, error};
    int code = memories_visit(machine, check_memory, &comparison);
    size_t count = memories_count(machine);
    return code != 0 ? code
           : count == head->memory_count
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
            "of board '%s', which differs from '%s' in name, devices or fixed "
            "memories: options that add devices are part of a machine",
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
        /* Reading can still fail. */
        code = load_memories(machine, source, false, error);
    }
    if (code == 0) {
        /* A server that refuses it has no way back, but is not used either. */
        code = channels_load(machine, &reader.servers, &reader.servers_size,
                             true, error);
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

int snapshot_put(struct cairn_machine *machine,
                 const struct snapshot_source *source, struct error *error)
{
    int code = check_machine(machine, &source->head, error);
    return code ? code : load_safely(machine, source, error);
}

/* Takes the source, which is open if code is 0. */
static int load(struct cairn_machine *machine, struct snapshot_source *source,
                int code, struct error *error)
{
    if (code != 0) {
        return code;
    }
    code = snapshot_put(machine, source, error);
    snapshot_close(source);
    return code;
}

static int load_file(struct cairn_machine *machine, const char *path,
                     struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct snapshot_source source;
    int opened = snapshot_open(&source, path, &error);
    int code = load(machine, &source, opened, &error);
    if (opened == 0 && code != 0) {
        error_prefix(&error, "snapshot '%s'", path);
    }
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_load(struct cairn_machine *machine, const char *path,
               struct cairn_error *cairn_error)
{
    return MACHINE_CALL(machine, cairn_error,
                        load_file(machine, path, cairn_error));
}

static int load_bytes(struct cairn_machine *machine, const void *bytes,
                      size_t size, struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct snapshot_source source;
    struct file_draft draft;
    int code = file_draft_open_in_memory(&draft, &error);
    code = code ? code : file_draft_put(&draft, 0, bytes, size, &error);
    if (code == 0) {
        code = snapshot_open_at(&source, draft.fd, size, &error);
        code = load(machine, &source, code, &error);
    } else {
        file_close(draft.fd);
    }
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_load_bytes(struct cairn_machine *machine, const void *bytes,
                     size_t size, struct cairn_error *cairn_error)
{
    return MACHINE_CALL(machine, cairn_error,
                        load_bytes(machine, bytes, size, cairn_error));
}
