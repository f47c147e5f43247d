/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate between cores that run at the same time, each on a host thread of
 * its own, and everything that they share.
 *
 * A core's thread is inside while it executes guest code, with its own
 * registers, soft TLB and decoded pages, and the memory of the guest. To touch
 * anything else it comes out and takes the one lock. The holder of the lock may
 * also ask all others to come out (gate_stop_others): as no thread goes in
 * without the lock, they stay out until it is released, and the machine is as
 * if cores ran one at a time. A thread that waits for the lock is out, so two
 * that ask at once do not wait for each other (docs/design/engine/parallel.md).
 *
 * Without a gate (NULL) cores run one at a time and none of this is done; nor
 * while it is not raised. What was decoded and compiled for cores that run at
 * the same time is apart from what serves turns (code_choose).
 */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct core;
struct vcpu;

struct gate {
    pthread_mutex_t lock;
    struct vcpu *holder;  /* the core that has the lock; NULL: none */
    struct vcpu *members; /* the cores, by next_member */
    /* With the lock: a core that waited was given something to do. */
    void (*woken)(void *context, struct core *core);
    /* With the lock, by the holder: for so long it waited and did nothing; and
     * it seems to wait for longer: on. */
    void (*waited)(void *context, struct core *core, uint64_t ns, bool on);
    void *context;
    /* private: where gate_stop_others waits */
    pthread_mutex_t out_lock;
    pthread_cond_t out;
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);
/* With the lock: the core that holds it; NULL: none does. */
struct core *gate_holder(const struct gate *gate);
/* True if cores run at the same time from here on, or one at a time by one
 * thread, as if there were no gate. No core runs. At first they do. */
void gate_raise(struct gate *gate, bool raised);
/* The calling thread, which has taken the lock itself, runs a core from here
 * on; and no longer. */
void gate_begin(struct gate *gate, struct core *core);
void gate_end(struct gate *gate, struct core *core);

#endif
