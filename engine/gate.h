/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate between cores that run at the same time, each on a host thread of
 * its own, and everything that they share.
 *
 * A core's thread is inside while it executes guest code, with its own
 * registers, soft TLB and decoded pages, and the memory of the guest. To touch
 * anything else it comes out and takes the one lock. Who has the lock may also
 * ask all others to come out (gate_stop_others): as nobody goes in without the
 * lock, they stay out until it is given back, and the machine is as if cores
 * ran one at a time. A thread that waits for the lock is out, so two that ask
 * at once do not wait for each other. docs/design/015 has the whole of it.
 *
 * Without a gate (NULL) cores run one at a time and none of this is done.
 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include <pthread.h>

#include "engine/vcpu.h"

struct gate {
    pthread_mutex_t lock;
    struct vcpu *holder;  /* the core that has the lock; NULL: none */
    struct vcpu *members; /* the cores, by next_member */
    /* With the lock: a core that waited was given something to do. */
    void (*woken)(void *context, struct core *core);
    /* With the lock, by the holder: for so long it waited and did nothing. */
    void (*waited)(void *context, struct core *core, uint64_t ns);
    void *context;
    /* private: where gate_stop_others waits */
    pthread_mutex_t out_lock;
    pthread_cond_t out;
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);
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
