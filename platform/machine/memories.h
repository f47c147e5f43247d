/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memories whose contents snapshots hold: those that a machine can write.
 * Contents are too large to be images of parts (parts.h): snapshots in memory
 * keep them as baselines of the regions, files map them page by page. Whatever
 * is done to contents is done by a visit of all these memories.
 */
#ifndef PLATFORM_MACHINE_MEMORIES_H
#define PLATFORM_MACHINE_MEMORIES_H

#include "platform/machine/machine.h"

/* Lists them, in the order of the board's nodes; before any other call. */
void memories_list(struct cairn_machine *machine);
void memories_fini(struct cairn_machine *machine);

size_t memories_count(const struct cairn_machine *machine);
struct region *memories_at(const struct cairn_machine *machine, size_t index);

/* Calls visit for each of them, with indices from 0 on, until one call returns
 * other than 0; returns that, or 0. */
int memories_visit(const struct cairn_machine *machine,
                   int (*visit)(void *context, size_t index,
                                struct region *region),
                   void *context);

/* Makes their present contents their baselines. 0 or -ENOMEM. */
int memories_checkpoint(const struct cairn_machine *machine,
                        struct error *error);
/* Copies the baselines back. */
void memories_rollback(const struct cairn_machine *machine);

#endif
