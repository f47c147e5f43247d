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
#include "platform/snapshot/parts.h"

/* ---- Memory -------------------------------------------------------------- */

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
            assert(copy->count < used);
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
    assert(snapshot->machine == machine && !snapshot->memories);
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
    assert(next == copy->count); /* numbers are sorted, and of this memory */
}

/* ---- The calls ----------------------------------------------------------- */

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
    parts_take(machine, &snapshot->state);
    machine->newest = snapshot;
    *made = snapshot;
    return 0;
}

int cairn_restore(struct cairn_machine *machine,
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
    parts_put(machine, snapshot->state.bytes);
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
