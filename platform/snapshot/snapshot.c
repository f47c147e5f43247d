/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in memory. Taking one makes the present memory the regions'
 * baseline; restoring it copies back the pages that were written since, and
 * decoded code of all others stays good. All other state is small and is copied
 * whole (parts.h).
 */
#include "platform/snapshot/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/memories.h"
#include "platform/machine/parts.h"

/* The snapshot whose memory the baselines are, or NULL. */
static struct cairn_snapshot *newest_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_SNAPSHOT];
}

static void set_newest(struct cairn_machine *machine,
                       struct cairn_snapshot *snapshot)
{
    machine->extensions[EXTENSION_SNAPSHOT] = snapshot;
}

/* ---- Memory -------------------------------------------------------------- */

static size_t page_count(const struct region *region)
{
    return (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
}

static int copy_pages(void *context, size_t index, struct region *region)
{
    struct cairn_snapshot *snapshot = context;
    struct page_copy *copy = &snapshot->memories[index];
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
            assert(copy->count < used);
            copy->numbers[copy->count++] = (uint32_t)page;
        }
    }
    return 0;
}

void snapshot_free_baselines(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot = newest_of(machine);
    if (!snapshot) {
        return;
    }
    assert(snapshot->machine == machine && !snapshot->memories);
    snapshot->memory_count = memories_count(machine);
    snapshot->memories =
        xcalloc(snapshot->memory_count + 1, sizeof(*snapshot->memories));
    (void)memories_visit(machine, copy_pages, snapshot);
    snapshot->machine = NULL;
    set_newest(machine, NULL);
}

static void load_page(struct region *region, size_t page, const uint8_t *bytes)
{
    uint64_t offset = (uint64_t)page << REGION_PAGE_SHIFT;
    if (memcmp(region_host(region) + offset, bytes, REGION_PAGE_SIZE) != 0) {
        region_load(region, offset, bytes, REGION_PAGE_SIZE);
    }
}

static int put_copies(void *context, size_t index, struct region *region)
{
    const struct page_copy *copies = context;
    const struct page_copy *copy = &copies[index];
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
    assert(next == copy->count); /* numbers are sorted, and of this memory */
    return 0;
}

/* ---- The calls ----------------------------------------------------------- */

static int take_snapshot(struct cairn_machine *machine,
                         struct cairn_snapshot **made,
                         struct cairn_error *cairn_error)
{
    struct error error = {""};
    *made = NULL;
    snapshot_free_baselines(machine);
    int code = memories_checkpoint(machine, &error);
    if (code != 0) {
        return machine_fail(cairn_error, code, &error);
    }
    struct cairn_snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
    snapshot->machine = machine;
    snapshot->identity = machine_identity(machine);
    parts_take(machine, &snapshot->state);
    set_newest(machine, snapshot);
    *made = snapshot;
    return 0;
}

int cairn_snapshot(struct cairn_machine *machine, struct cairn_snapshot **made,
                   struct cairn_error *cairn_error)
{
    *made = NULL;
    return MACHINE_CALL(machine, cairn_error,
                        take_snapshot(machine, made, cairn_error));
}

static int put_back(struct cairn_machine *machine,
                    const struct cairn_snapshot *snapshot,
                    struct cairn_error *cairn_error)
{
    /* The newest is this machine's: its identity needs no comparison. */
    bool newest = snapshot->machine == machine;
    if (!newest && (snapshot->machine || !snapshot->memories ||
                    snapshot->identity != machine_identity(machine))) {
        const struct error error = {"the snapshot is of another machine"};
        return machine_fail(cairn_error, -EINVAL, &error);
    }
    if (newest) {
        memories_rollback(machine);
    } else {
        (void)memories_visit(machine, put_copies, snapshot->memories);
    }
    parts_put(machine, snapshot->state.bytes);
    return 0;
}

int cairn_restore(struct cairn_machine *machine,
                  const struct cairn_snapshot *snapshot,
                  struct cairn_error *cairn_error)
{
    return MACHINE_CALL(machine, cairn_error,
                        put_back(machine, snapshot, cairn_error));
}

void cairn_snapshot_destroy(struct cairn_snapshot *snapshot)
{
    if (!snapshot || snapshot->lost) {
        return;
    }
    if (snapshot->machine) {
        set_newest(snapshot->machine, NULL);
    }
    for (size_t i = 0; i < snapshot->memory_count; i++) {
        free(snapshot->memories[i].numbers);
        free(snapshot->memories[i].bytes);
    }
    free(snapshot->memories);
    buffer_fini(&snapshot->state);
    free(snapshot);
}

/* ---- The extension of the machine ---------------------------------------- */

static void leave(struct cairn_machine *machine)
{
    if (newest_of(machine)) {
        newest_of(machine)->machine = NULL;
    }
}

static void lose(struct cairn_machine *machine)
{
    if (newest_of(machine)) {
        newest_of(machine)->lost = true;
    }
}

static bool keeps_state(const struct cairn_machine *machine)
{
    return newest_of(machine) != NULL;
}

const struct machine_extension snapshot_extension = {
    .keeps_state = keeps_state,
    .close = leave,
    .lost = lose,
};
