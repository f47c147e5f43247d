/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (engine/gate.h) as the engine uses it: how cores join it, come out
 * and go in. */
#ifndef ENGINE_GATE_INSIDE_H
#define ENGINE_GATE_INSIDE_H

#include "engine/gate.h"
#include "engine/vcpu.h"

/* When the core is created and destroyed; no core runs. */
void gate_join(struct vcpu *cpu);
void gate_part(struct vcpu *cpu);

/* Comes out and takes the lock, and back; in pairs, which may nest. The thread
 * of cpu. */
void gate_come_out(struct vcpu *cpu);
void gate_go_in(struct vcpu *cpu);
/* With the lock: all other cores are out from here on. */
void gate_stop_others(struct gate *gate);
/* With the lock: makes a core check for work soon, at its next block. */
void gate_ring(struct vcpu *cpu);

/* The same where there may be no gate. */
static inline void gate_enter(struct vcpu *cpu)
{
    if (cpu->gate != NULL) {
        gate_come_out(cpu);
    }
}

static inline void gate_leave(struct vcpu *cpu)
{
    if (cpu->gate != NULL) {
        gate_go_in(cpu);
    }
}

/* Before a change to cpu's caches by a thread that may not be its own. */
static inline void gate_stop(struct vcpu *cpu)
{
    if (cpu->gate != NULL && cpu->gate->holder != cpu) {
        gate_stop_others(cpu->gate);
    }
}

/* The core has an event pending: makes it check after its current instruction;
 * any core's thread may call this. */
static inline void gate_notice(struct vcpu *cpu)
{
    if (cpu->gate == NULL || cpu->gate->holder == cpu) {
        cpu->attention = true;
    } else {
        gate_ring(cpu);
    }
}

/* True if another thread asked the core to check for work. */
static inline bool gate_rung(const struct vcpu *cpu)
{
    return __atomic_load_n(&cpu->compiled.rung, __ATOMIC_RELAXED) != 0;
}

#endif
