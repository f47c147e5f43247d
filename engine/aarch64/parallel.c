/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers of cores that run at the same time: which of them need the lock,
 * accesses that are atomic for the host too, barriers, and TLB maintenance.
 *
 * The host is to order memory at least as x86 does (total store order): then
 * plain accesses have acquire and release semantics, and what is left to do is
 * to keep a load behind an earlier store where the guest asks for it: by DMB,
 * DSB, and between STLR and LDAR (B2.3.9).
 */

#include <sched.h>
#include <string.h>

#include "engine/aarch64/aarch64.h"
#include "engine/gate_inside.h"
#include "host/atomic.h"
#include "host/time.h"

static void fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- With the lock ------------------------------------------------------- */

static enum vcpu_outcome locked(struct vcpu *cpu, const struct ir_op *op)
{
    gate_come_out(cpu);
    enum vcpu_outcome outcome = aarch64_helpers[op->low](cpu, op);
    gate_go_in(cpu);
    return outcome;
}

/* With all other cores stopped: helpers that no host atomic can replace. */
static enum vcpu_outcome alone(struct vcpu *cpu, const struct ir_op *op)
{
    gate_come_out(cpu);
    gate_stop_others(cpu->gate);
    enum vcpu_outcome outcome = aarch64_helpers[op->low](cpu, op);
    gate_go_in(cpu);
    return outcome;
}

/* DC ZVA takes the lock where it has to. */
static enum vcpu_outcome sys(struct vcpu *cpu, const struct ir_op *op)
{
    enum { DC_ZVA = AARCH64_ENCODING(1, 3, 7, 4, 1) };

    return (op->high & 0xffff) == DC_ZVA ? aarch64_sys(cpu, op)
                                         : locked(cpu, op);
}

/* ---- Atomic accesses ----------------------------------------------------- */

/* Where to change memory, or NULL: not by the soft TLB. */
static void *place(struct vcpu *cpu, uint64_t address, unsigned size)
{
    return (address & (size - 1)) == 0
               ? aarch64_place(aarch64_of(cpu), address, size)
               : NULL;
}

static enum vcpu_outcome atomic(struct vcpu *cpu, const struct ir_op *op)
{
    unsigned bytes = 1u << (op->high & 3);
    enum aarch64_atomic operation = (enum aarch64_atomic)(op->high >> 4);
    void *at = place(cpu, cpu->r[op->a], bytes);
    uint64_t operand = aarch64_low_bytes(cpu->r[op->b], bytes);

    if (at == NULL) {
        return alone(cpu, op);
    }
    uint64_t old = atomic_read(at, bytes);
    while (!atomic_swap_if(
        at, bytes, &old,
        aarch64_low_bytes(aarch64_combine(operation, old, operand, bytes),
                          bytes))) {
    }
    cpu->r[op->d] = old;
    return VCPU_NEXT;
}

static bool exchange(void *at, unsigned size, uint64_t expected[2],
                     const uint64_t new[2])
{
    return size == 16 ? atomic_swap_if_16(at, expected, new)
                      : atomic_swap_if(at, size, &expected[0], new[0]);
}

static enum vcpu_outcome compare_and_swap(struct vcpu *cpu,
                                          const struct ir_op *op)
{
    const unsigned size = aarch64_size_of(op);
    void *at = place(cpu, cpu->r[op->a], size);
    uint64_t old[2];
    uint64_t new[2];

    if (at == NULL) {
        return alone(cpu, op);
    }
    aarch64_join(cpu, op, op->d, old);
    aarch64_join(cpu, op, op->b, new);
    exchange(at, size, old, new);
    aarch64_split(cpu, op, op->d, old);
    return VCPU_NEXT;
}

/* ---- Exclusive and ordered accesses -------------------------------------- */

/* The monitor is what was loaded, so a store compares and exchanges. */
static enum vcpu_outcome store_exclusive(struct vcpu *cpu,
                                         const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    const unsigned size = aarch64_size_of(op);
    uint64_t address = cpu->r[op->a];
    uint64_t value[2];

    if (pe->state.exclusive != size || pe->state.exclusive_pa != address) {
        return aarch64_stx(cpu, op); /* which stores nothing */
    }
    void *at = place(cpu, address, size);
    if (at == NULL) {
        return alone(cpu, op);
    }
    aarch64_gather(cpu, op, value);
    cpu->r[op->d] = !exchange(at, size, pe->state.exclusive_value, value);
    pe->state.exclusive = 0;
    return VCPU_NEXT;
}

static enum vcpu_outcome store_release(struct vcpu *cpu, const struct ir_op *op)
{
    enum vcpu_outcome outcome = aarch64_stlr(cpu, op);

    fence();
    return outcome;
}

/* ---- Waiting ------------------------------------------------------------- */

/* Turns of one wait, which are close to each other, pause for longer each time,
 * as the other core is likely to run; after some microseconds its thread may be
 * waiting for a host processor, and gets this one. The thread is inside the
 * gate, where others may wait for it, so it does not sleep. True now and then
 * after a longer wait: outside it may. */
static bool wait_longer(struct aarch64 *pe)
{
    enum { NEAR = 256, PAUSES = 32, LONG = 64, AGAIN = 4 };
    const uint64_t retired = pe->vcpu.core.retired;

    pe->waits = retired - pe->waited_at > NEAR ? 1 : pe->waits + 1;
    pe->waited_at = retired;
    atomic_pause(pe->waits < PAUSES ? pe->waits : PAUSES);
    if (pe->waits >= PAUSES) {
        sched_yield();
    }
    if (pe->waits < LONG) {
        return false;
    }
    pe->waits -= AGAIN;
    return true;
}

/* A spinning core waits for another core. WFE may end without an event
 * (D1.16.1), and does not wait where SEVL or another core's SEV has set it.
 * After a long wait the core's time advances, or all others would wait for it
 * at the round's end. */
static enum vcpu_outcome give_way(struct vcpu *cpu, const struct ir_op *op)
{
    enum { LONG_NS = 2000 };
    struct aarch64 *pe = aarch64_of(cpu);

    if (op->low == AARCH64_HELPER_WFE &&
        __atomic_exchange_n(&pe->state.event, 0, __ATOMIC_SEQ_CST) != 0) {
        return VCPU_NEXT;
    }
    uint64_t start = host_time_ns();
    const bool on = wait_longer(pe);
    uint64_t ns = host_time_ns() - start;
    if ((on || ns >= LONG_NS) && cpu->gate->waited != NULL) {
        gate_come_out(cpu);
        cpu->gate->waited(cpu->gate->context, &cpu->core, ns, on);
        gate_go_in(cpu);
    }
    return VCPU_NEXT;
}

/* ---- TLB maintenance ----------------------------------------------------- */

void aarch64_parallel_invalidate(struct aarch64 *pe, uint32_t encoding,
                                 uint64_t operand)
{
    struct aarch64_deferred *deferred = &pe->deferred;

    if (deferred->count < AARCH64_DEFERRED) {
        deferred->encodings[deferred->count] = encoding;
        deferred->operands[deferred->count] = operand;
    }
    if (deferred->count <= AARCH64_DEFERRED) {
        deferred->count++;
    }
}

static void apply(struct aarch64 *pe, const struct aarch64_deferred *deferred)
{
    if (deferred->count > AARCH64_DEFERRED) {
        vcpu_flush_tlb(&pe->vcpu);
        return;
    }
    for (unsigned i = 0; i < deferred->count; i++) {
        aarch64_banks_invalidate(pe, deferred->encodings[i],
                                 deferred->operands[i]);
    }
}

void aarch64_settle(struct vcpu *cpu)
{
    struct aarch64 *pe = aarch64_of(cpu);

    for (struct aarch64 *other = aarch64_first(pe);
         pe->deferred.count != 0 && other != NULL; other = other->next) {
        if (other != pe) {
            apply(other, &pe->deferred);
        }
    }
    pe->deferred.count = 0;
}

/* v: 1 for DSB. */
enum vcpu_outcome aarch64_barrier(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (op->high != 0 && pe->deferred.count != 0) {
        gate_come_out(cpu);
        gate_stop_others(cpu->gate);
        aarch64_settle(cpu);
        gate_go_in(cpu);
    }
    fence();
    return VCPU_NEXT;
}

/* ---- The table ----------------------------------------------------------- */

vcpu_helper *const aarch64_parallel_helpers[AARCH64_HELPERS] = {
#define HELPER(name, function, parallel) [AARCH64_HELPER_##name] = (parallel),
#include "engine/aarch64/helpers.def"
#undef HELPER
};
