/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot holds, in memory and in a file. */
#ifndef PLATFORM_SNAPSHOT_SNAPSHOT_H
#define PLATFORM_SNAPSHOT_SNAPSHOT_H

#include "platform/machine/machine.h"

/* The machine's own state, beside its devices, cores and memories. */
struct machine_state {
    uint64_t now_ns;
    uint64_t powered_ns;
    uint64_t next_sequence;
    uint64_t random_state[4];
    uint64_t event_count;
    uint64_t round_core;
    uint64_t round_end_ns;
    uint64_t idle_timers;
    uint64_t idle_retired;
    uint64_t agent_stream; /* of randomness */
    uint32_t in_round;
    uint32_t powered;
    uint32_t agent_user;
    uint32_t agent_line; /* of the default script */
    uint32_t agent_randomness;
    uint32_t agent_at_hand;
    uint32_t guest_end;
    uint32_t guest_status;
};

/* A core's, beside what its architecture saves. */
struct slot_state {
    uint64_t retired;
    uint64_t anchor_ns;
    uint64_t anchor_retired;
    uint64_t idle_ns;
    uint32_t power;
    uint32_t reset_lines;
    uint32_t held;
    uint32_t idle;
};

void machine_state_take(const struct cairn_machine *machine,
                        struct machine_state *state);
void machine_state_put(struct cairn_machine *machine,
                       const struct machine_state *state);
void slot_state_take(const struct slot *slot, struct slot_state *state);
void slot_state_put(struct slot *slot, const struct slot_state *state);
/* Last, when all parts have their state: what is derived is made anew. */
void snapshot_settle(struct cairn_machine *machine);

/* All state but memory, as one run of bytes that is good within this process.
 */
void snapshot_take_state(const struct cairn_machine *machine,
                         struct buffer *out);
void snapshot_put_state(struct cairn_machine *machine, const uint8_t *bytes);
/* Somebody else is about to take the baselines: the newest snapshot, if there
 * is one, gets copies of its own. */
void snapshot_free_baselines(struct cairn_machine *machine);
/* Whether a node has memory that snapshots hold. */
bool snapshot_has_memory(const struct node *node);

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
    struct page_copy *memories; /* per node; NULL while the newest */
    size_t memory_count;
};

#endif
