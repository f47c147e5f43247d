/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of power states: how long each processor, and each device whose
 * model says so, was in which state of its own, in virtual time
 * (docs/design/runs/power.md). Processors change theirs where the run loop
 * learns of it, with slot_look and resets; devices behind an access, a timer or
 * a reset. It looks and changes nothing, so a run with a ledger is the one
 * without.
 *
 * A residency is a part of snapshots of machines with a ledger. In files its
 * record may be missing, and is passed over where there is no ledger.
 */
#ifndef PLATFORM_POWER_LEDGER_H
#define PLATFORM_POWER_LEDGER_H

#include "include/cairn/power.h"
#include "platform/machine/machine.h"

/* States of processors. */
enum power_state {
    POWER_RUN,
    POWER_WFI,
    POWER_WFE,
    POWER_ON_EXIT,
    POWER_DEEP,
    POWER_HELD,
    POWER_OFF,
    POWER_LOCKUP,
};

enum { POWER_STATES = CAIRN_POWER_STATES, POWER_BINS = 512 };

/* Plain data: the part of it that snapshots have. */
struct residency {
    uint64_t start_ns;
    uint64_t since_ns; /* when the state began; what was before is counted */
    uint64_t entries[POWER_STATES];
    uint64_t time_ns[POWER_STATES];
    uint64_t wakes[CORE_WAKES];
    /* Time by state from start_ns on. When a run outgrows its bins, each is
     * made twice as long. */
    uint64_t bin_ns;
    uint64_t bins[POWER_BINS][POWER_STATES];
    uint32_t state;
    uint32_t unused; /* keeps the size without padding */
};

struct consumer {
    struct ledger *ledger;
    struct node *node; /* of a core or a device */
    const char *const *states;
    size_t state_count;
    bool priced[POWER_STATES];
    uint32_t current_na[POWER_STATES];
    uint64_t supply_uv;
    struct residency residency;
    bool loaded; /* between a snapshot's put and its settle */
};

struct ledger {
    struct cairn_machine *machine;
    struct consumer *consumers; /* cores in their order, then devices */
    size_t count;
};

/* NULL for a machine without one. */
static inline struct ledger *ledger_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_LEDGER];
}

/* With a board that gives a current wrongly, its creation fails. */
extern const struct machine_extension ledger_extension;

/* ---- Inside -------------------------------------------------------------- */

/* The time of the processor that is furthest, and of the clock. */
uint64_t ledger_end(const struct ledger *ledger);
/* The time that the state at hand takes up to end_ns. */
uint64_t residency_open(const struct residency *residency, uint64_t end_ns);
/* Counts the state at hand up to now_ns and begins another. */
void residency_change(struct residency *residency, unsigned state,
                      uint64_t now_ns);

#endif
