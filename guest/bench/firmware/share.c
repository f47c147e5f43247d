/* SPDX-License-Identifier: Apache-2.0 */
/* Several processors that wait for each other: by flags in memory, in turns,
 * and by locks. */
#include "guest/bench/firmware/firmware.h"

static volatile uint64_t flags[PROCESSORS_MAX][LINE_WORDS]
    __attribute__((aligned(128)));
static struct lock shared_lock;
static uint64_t counter[LINE_WORDS] __attribute__((aligned(128)));

/* How far each processor has come. */
static volatile uint64_t steps[PROCESSORS_MAX][LINE_WORDS]
    __attribute__((aligned(128)));

static void meet(uint64_t number)
{
    steps[number][0]++;
    for (uint64_t i = 0; i < parameters[2]; i++) {
        while (steps[i][0] < steps[number][0]) {
            __asm__ volatile("yield" : : : "memory");
        }
    }
}

/* ---- Flags --------------------------------------------------------------- */

enum how { SPIN, YIELD, EVENT };

static void await(volatile uint64_t *flag, uint64_t value, enum how how)
{
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value) {
        if (how == YIELD) {
            __asm__ volatile("yield" : : : "memory");
        } else if (how == EVENT) {
            __asm__ volatile("wfe" : : : "memory");
        }
    }
}

static void set(volatile uint64_t *flag, uint64_t value, enum how how)
{
    __atomic_store_n(flag, value, __ATOMIC_RELEASE);
    if (how == EVENT) {
        __asm__ volatile("dsb ishst\n\tsev" : : : "memory");
    }
}

/* Each waits for the one before it; between them is `work` of the holder. */
static uint64_t pass(uint64_t turns, enum how how, uint64_t work)
{
    uint64_t number = self();
    uint64_t before = (number + parameters[2] - 1) % parameters[2];

    meet(number);
    for (uint64_t i = 1; i <= turns; i++) {
        await(&flags[before][0], number == 0 ? i - 1 : i, how);
        for (volatile uint64_t k = 0; k < work; k++) {
        }
        set(&flags[number][0], i, how);
    }
    meet(number);
    return turns;
}

uint64_t flag_spin(uint64_t turns)
{
    return pass(turns * EACH_TURN, SPIN, 0);
}

uint64_t flag_yield(uint64_t turns)
{
    return pass(turns * EACH_TURN, YIELD, 0);
}

uint64_t flag_events(uint64_t turns)
{
    return pass(turns * EACH_TURN, EVENT, 0);
}

/* The other core computes for long, as in a call across cores. */
uint64_t flag_long(uint64_t turns)
{
    return pass(turns, SPIN, 20000);
}

/* ---- Locks --------------------------------------------------------------- */

static uint64_t lock(uint64_t turns, lock_loop *loop)
{
    uint64_t number = self();

    meet(number);
    loop(&shared_lock, counter, turns * EACH_TURN);
    meet(number);
    return counter[0];
}

uint64_t lock_exclusive(uint64_t turns)
{
    return lock(turns, loop_exclusive);
}

uint64_t lock_swap(uint64_t turns)
{
    return lock(turns, loop_swap);
}

uint64_t lock_ticket(uint64_t turns)
{
    return lock(turns, loop_ticket);
}
