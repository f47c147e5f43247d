/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug (DDI 0487, D2): breakpoints, watchpoints, software step.
 *
 * Nothing of it costs a thing while it is not in use: a breakpoint becomes an
 * operation in the decoded code of its address, a watchpoint keeps its pages
 * out of the soft TLB, and the rest is looked at between blocks.
 */
#ifndef ENGINE_AARCH64_DEBUG_H
#define ENGINE_AARCH64_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/vcpu.h"

struct aarch64;

/* As ID_AA64DFR0_EL1 tells: the last breakpoints compare contexts. */
enum {
    AARCH64_BREAKPOINTS = 6,
    AARCH64_CONTEXT_BREAKPOINTS = 2,
    AARCH64_WATCHPOINTS = 4
};

/* Derived from the registers. */
struct aarch64_debug {
    bool active; /* something may fire at an instruction boundary */
    /* Addresses of enabled breakpoints, without the tag. */
    unsigned break_count;
    uint64_t break_at[AARCH64_BREAKPOINTS];
    /* First and last bytes that enabled watchpoints may match, likewise. */
    unsigned watch_count;
    struct aarch64_watched {
        uint64_t first, last;
    } watched[AARCH64_WATCHPOINTS];
    bool stepping; /* the instruction at hand is executed by software step */
};

/* state.step: what the instruction before this one was. */
enum { AARCH64_STEPPED = 1, AARCH64_STEPPED_EXCLUSIVE = 2 };

/* The registers changed. */
void aarch64_debug_update(struct aarch64 *pe);

/* guest_traits.breakpoint */
bool aarch64_debug_stops_at(const struct vcpu *cpu, uint64_t pc);
/* While debug.active: take the exception of a pending software step, or of a
 * breakpoint at pc. True: it was taken. */
bool aarch64_debug_step_pending(struct aarch64 *pe);
bool aarch64_debug_breakpoint(struct aarch64 *pe);
/* True if the next instruction is to be executed alone; prepares for it. */
bool aarch64_debug_begin_step(struct aarch64 *pe);
/* PSTATE.SS after an exception return to `level`; called before it. */
bool aarch64_debug_return(const struct aarch64 *pe, uint64_t spsr,
                          unsigned level);

bool aarch64_debug_watches(const struct aarch64 *pe, uint64_t page);
/* An access with the rights of `level` that nothing else forbids. False: a
 * watchpoint's exception was taken. */
bool aarch64_debug_access(struct aarch64 *pe, unsigned level, uint64_t address,
                          unsigned size, enum vcpu_access access,
                          bool maintenance);

#endif
