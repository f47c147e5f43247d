/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait for a counter of time: a delay that reads it again and again
 * until enough has passed. Their turns need not be executed one by one, as each
 * differs from the one before by what the counter says. spin_skip finds how
 * many turns are sure to follow, lets their instructions retire at once, and
 * leaves the last two to be executed: all state is as if all had been.
 */
#ifndef ENGINE_SPIN_SPIN_H
#define ENGINE_SPIN_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct ir_op;
struct vcpu;

/* What an IR_assist or IR_helper does in such a loop. */
enum spin_effect {
    SPIN_OTHER,   /* anything else: no such loop */
    SPIN_NOTHING, /* with the core's state as it is */
    SPIN_VALUE,   /* d = *value, which stays the same */
    SPIN_COUNTER, /* d = a counter of time that never goes back */
};

/* The last read of a counter, and how it follows those before. */
struct spin {
    uint64_t pc;
    uint64_t next_pc; /* behind it */
    uint64_t retired;
    uint64_t turn;   /* instructions from one read to the next */
    uint32_t turns;  /* of that length, so far */
    uint32_t enough; /* to look at the loop; more where that was in vain */
    uint8_t d;       /* where the counter went */
    bool ready;
};

/* A helper has read a counter, into r[op->d], with the present PC and retired
 * count told. */
void spin_note(struct vcpu *cpu, const struct ir_op *op);
/* At an instruction boundary, when spin.ready: skips turns before retired count
 * `end`. */
void spin_skip(struct vcpu *cpu, uint64_t end);

#endif
