/* SPDX-License-Identifier: Apache-2.0 */
/* The list of memories that snapshots hold, and visits of it. */
#include "platform/machine/memories.h"

#include <assert.h>
#include <stdlib.h>

void memories_list(struct cairn_machine *machine)
{
    struct memory_list *list = &machine->memories;
    assert(!list->regions);
    list->regions = xcalloc(machine->node_count + 1, sizeof(struct region *));
    for (size_t i = 0; i < machine->node_count; i++) {
        struct region *region = machine->nodes[i].region;
        if (region && region->saved) {
            list->regions[list->count++] = region;
        }
    }
}

void memories_fini(struct cairn_machine *machine)
{
    free(machine->memories.regions);
}

size_t memories_count(const struct cairn_machine *machine)
{
    return machine->memories.count;
}

struct region *memories_at(const struct cairn_machine *machine, size_t index)
{
    assert(index < machine->memories.count);
    return machine->memories.regions[index];
}

int memories_visit(const struct cairn_machine *machine,
                   int (*visit)(void *context, size_t index,
                                struct region *region),
                   void *context)
{
    const struct memory_list *list = &machine->memories;
    int code = 0;
    for (size_t i = 0; code == 0 && i < list->count; i++) {
        code = visit(context, i, list->regions[i]);
    }
    return code;
}

static int checkpoint(void *context, size_t index, struct region *region)
{
    return region_checkpoint(region, context);
}

int memories_checkpoint(const struct cairn_machine *machine,
                        struct error *error)
{
    return memories_visit(machine, checkpoint, error);
}

static int roll_back(void *context, size_t index, struct region *region)
{
    (void)region_rollback(region);
    return 0;
}

void memories_rollback(const struct cairn_machine *machine)
{
    (void)memories_visit(machine, roll_back, NULL);
}
