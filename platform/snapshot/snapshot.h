/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot in memory: state, and pages of memories. */
#ifndef PLATFORM_SNAPSHOT_SNAPSHOT_H
#define PLATFORM_SNAPSHOT_SNAPSHOT_H

#include "platform/machine/machine.h"

/* Before other code takes the baselines: the newest snapshot, if there is one,
 * gets copies of its own. */
void snapshot_free_baselines(struct cairn_machine *machine);

extern const struct machine_extension snapshot_extension;

/* Pages of one memory, those that are not all zeros. */
struct page_copy {
    uint32_t *numbers;
    uint8_t *bytes;
    size_t count;
};

/* The newest snapshot of a machine has its memory in the regions' baselines.
 * Once there is a newer one it keeps copies of its own. */
struct cairn_snapshot {
    struct cairn_machine *machine; /* while it is the newest, else NULL */
    uint64_t identity;
    struct buffer state;
    struct page_copy *memories; /* as in memories.h; NULL while the newest */
    size_t memory_count;
    bool lost; /* memory ran out while it was changed: never freed */
};

#endif
