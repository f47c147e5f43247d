/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of trust so far, as a snapshot file has it behind its records: a
 * restored run reports all of the chain that it stands on, not its own part.
 *
 *   u64 how many are omitted, u32 number of the others; each: u64 time, u32
 * fact, u32 role, agent and name (u32 length and bytes), u64 number, u64 for
 * each of EVENT_VALUES values, u32 size of the digest, the digest,
 * u32 1 and the fingerprint of a key, or 0
 *
 * Facts, roles and values have the numbers of base/event.h and base/event.def:
 * a change of those must raise SNAPSHOT_VERSION.
 */
#ifndef PLATFORM_SNAPSHOT_EVENTS_H
#define PLATFORM_SNAPSHOT_EVENTS_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/event.h"

void snapshot_events_write(const struct event_list *list, struct buffer *out);
/*
 * Reads into an empty list, which the caller frees whatever comes of it, and
 * moves *bytes and *size behind them. -EINVAL and *error on what is cut short,
 * no event, or would steer a terminal that it is shown on.
 */
int snapshot_events_read(struct event_list *list, const uint8_t **bytes,
                         size_t *size, struct error *error);

#endif
