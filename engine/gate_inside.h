/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (engine/gate.h) as the engine uses it: how cores join it, come out
 * and go in. */
#ifndef ENGINE_GATE_INSIDE_H
#define ENGINE_GATE_INSIDE_H

#include "engine/gate.h"
#include "engine/vcpu.h"

/* Of the core's making and end; nobody runs. */
void gate_join(struct vcpu *cpu);
void gate_part(struct vcpu *cpu);

/* Comes out and takes the lock, and back; in pairs, which may nest. The thread
 * of cpu. */
void gate_come_out(struct vcpu *cpu);
void gate_go_in(struct vcpu *cpu);
/* With the lock: all other cores are out from here on. */
void gate_stop_others(struct gate *gate);
/* With the lock: makes a core look around soon, at its next block. */
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

/* Before something of cpu's is changed by somebody who may not be its thread.
 */
static inline void gate_stop(struct vcpu *cpu)
{
    if (cpu->gate != NULL && cpu->gate->holder != cpu) {
        gate_stop_others(cpu->gate);
    }
}

/* Something happened to the core: it is to look as soon as its instruction is
 * whole, whoever's thread this is. */
static inline void gate_notice(struct vcpu *cpu)
{
    if (cpu->gate == NULL || cpu->gate->holder == cpu) {
        cpu->attention = true;
    } else {
        gate_ring(cpu);
    }
}

/* Whether another thread wants the core to look around. */
static inline bool gate_rung(const struct vcpu *cpu)
{
    return __atomic_load_n(&cpu->compiled.rung, __ATOMIC_RELAXED) != 0;
}

#endif
