/* SPDX-License-Identifier: Apache-2.0 */
/* The gate between cores that run at the same time: coming out, going in, and
 * stopping the others. */
#include "base/assert.h"
#include "engine/gate_inside.h"

/* vcpu.inside */
enum { OUT, IN, AWAITED };

/* How often a core that is asked to come out is looked at before its thread's
 * asker sleeps: a few microseconds, blocks are shorter. */
enum { PATIENCE = 2000 };

void gate_init(struct gate *gate)
{
    pthread_mutexattr_t spins;

    *gate = (struct gate){0};
    pthread_mutexattr_init(&spins);
    pthread_mutexattr_settype(&spins, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&gate->lock, &spins);
    pthread_mutexattr_destroy(&spins);
    pthread_mutex_init(&gate->out_lock, NULL);
    pthread_cond_init(&gate->out, NULL);
}

void gate_fini(struct gate *gate)
{
    pthread_cond_destroy(&gate->out);
    pthread_mutex_destroy(&gate->out_lock);
    pthread_mutex_destroy(&gate->lock);
}

struct core *gate_holder(const struct gate *gate)
{
    return gate->holder != NULL ? &gate->holder->core : NULL;
}

void gate_begin(struct gate *gate, struct core *core)
{
    assert(gate->holder == NULL);
    gate->holder = vcpu_of(core);
    gate->holder->out_depth = 1;
}

void gate_end(struct gate *gate, struct core *core)
{
    assert(gate->holder == vcpu_of(core));
    vcpu_of(core)->out_depth = 0;
    gate->holder = NULL;
}

static void set_gate(struct vcpu *cpu, struct gate *gate)
{
    const struct guest_traits *guest = cpu->guest;

    cpu->gate = gate;
    cpu->helpers = gate != NULL ? guest->parallel_helpers : guest->helpers;
}

void gate_join(struct vcpu *cpu)
{
    struct gate *gate = cpu->core.config.gate;

    set_gate(cpu, gate);
    if (gate != NULL) {
        cpu->next_member = gate->members;
        gate->members = cpu;
    }
}

void gate_raise(struct gate *gate, bool raised)
{
    assert(gate->holder == NULL);
    for (struct vcpu *cpu = gate->members; cpu != NULL;
         cpu = cpu->next_member) {
        if (!raised && cpu->gate != NULL && cpu->guest->settle != NULL) {
            cpu->guest->settle(cpu);
        }
        set_gate(cpu, raised ? gate : NULL);
        code_choose(cpu, raised);
    }
}

void gate_part(struct vcpu *cpu)
{
    if (cpu->core.config.gate == NULL) {
        return;
    }
    struct vcpu **link = &cpu->core.config.gate->members;
    while (*link != cpu) {
        assert(*link != NULL);
        link = &(*link)->next_member;
    }
    *link = cpu->next_member;
}

void gate_come_out(struct vcpu *cpu)
{
    struct gate *gate = cpu->gate;

    if (cpu->out_depth++ != 0) {
        return;
    }
    /* Pairs with the acquiring load in await: what the core did is seen. */
    if (__atomic_exchange_n(&cpu->inside, OUT, __ATOMIC_ACQ_REL) == AWAITED) {
        pthread_mutex_lock(&gate->out_lock);
        pthread_cond_broadcast(&gate->out);
        pthread_mutex_unlock(&gate->out_lock);
    }
    pthread_mutex_lock(&gate->lock);
    debug_assert(gate->holder == NULL);
    gate->holder = cpu;
}

void gate_go_in(struct vcpu *cpu)
{
    struct gate *gate = cpu->gate;

    debug_assert(cpu->out_depth != 0 && gate->holder == cpu);
    if (--cpu->out_depth != 0) {
        return;
    }
    gate->holder = NULL;
    __atomic_store_n(&cpu->inside, IN, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&gate->lock);
}

static bool is_out(const struct vcpu *cpu)
{
    return __atomic_load_n(&cpu->inside, __ATOMIC_ACQUIRE) == OUT;
}

/* Sleeps until the core is out, unless that is soon. */
static void await(struct gate *gate, struct vcpu *cpu)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (is_out(cpu)) {
            return;
        }
    }
    pthread_mutex_lock(&gate->out_lock);
    unsigned in = IN;
    /* A thread that leaves from here on finds AWAITED and takes out_lock. */
    __atomic_compare_exchange_n(&cpu->inside, &in, AWAITED, false,
                                __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    while (!is_out(cpu)) {
        pthread_cond_wait(&gate->out, &gate->out_lock);
    }
    pthread_mutex_unlock(&gate->out_lock);
}

void gate_ring(struct vcpu *cpu)
{
    debug_assert(cpu->gate != NULL);
    __atomic_store_n(&cpu->compiled.rung, 1, __ATOMIC_RELAXED);
    if (cpu->core.power == CORE_RUNNING && cpu->gate->woken != NULL) {
        cpu->gate->woken(cpu->gate->context, &cpu->core);
    }
}

void gate_stop_others(struct gate *gate)
{
    for (struct vcpu *cpu = gate->members; cpu != NULL;
         cpu = cpu->next_member) {
        if (cpu != gate->holder && !is_out(cpu)) {
            __atomic_store_n(&cpu->compiled.rung, 1, __ATOMIC_RELAXED);
        }
    }
    for (struct vcpu *cpu = gate->members; cpu != NULL;
         cpu = cpu->next_member) {
        if (cpu != gate->holder) {
            await(gate, cpu);
            /* It may have come out within a block, which knows places of
             * memory from before. */
            cpu->attention = true;
        }
    }
}
