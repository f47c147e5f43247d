/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait: for a counter of time, for a word of memory that another
 * core or an interrupt changes, or by counting. Their turns need not be
 * executed one by one, as each does what the one before did, but for registers
 * whose next value is known. spin_look finds how many turns are sure to follow
 * and lets their instructions retire at once: all state is as if each had been
 * executed.
 */
#ifndef ENGINE_SPIN_SPIN_H
#define ENGINE_SPIN_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct ir_op;
struct vcpu;

/* The effect of an IR_assist or IR_helper in such a loop, now and at any
 * later turn within the slice. */
enum spin_effect {
    SPIN_OTHER,   /* anything else: no such loop */
    SPIN_NOTHING, /* with the core's state as it is */
    SPIN_VALUE,   /* d = *value, by d, a, b and what a turn does not change */
    SPIN_CLOCK,   /* d = *value, which never falls as instructions retire */
};

/* Instructions that cost less than to look whether they can be skipped. */
enum { SPIN_LEAST = 64, SPIN_LOOPS = 2 };

/* A loop that was skipped: where its turns begin; registers as bits: counted,
 * and computed before they are read. */
struct spin_loop {
    bool known;
    bool at_clock;
    uint64_t pc;
    uint64_t counted;
    uint64_t unread;
};

/* When to look, and what is likely there. All of it may be zero, and nothing of
 * it is state of the guest. */
struct spin {
    uint64_t looked;  /* retired count at the last look */
    uint64_t look_at; /* and at the next, at the latest */
    uint64_t began;   /* pc where the last slice began */
    struct spin_loop loops[SPIN_LOOPS];
    unsigned last; /* of these, that was skipped */
};

/* A slice begins: one that begins where the one before did may be in such a
 * loop. */
void spin_begin_slice(struct vcpu *cpu);
/* At an instruction boundary before retired count `end`: skips turns of such a
 * loop, if pc is in one, up to there. Whether it did. */
bool spin_look(struct vcpu *cpu, uint64_t end);

#endif
