/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions from each level to each above it, and back. */
#include "guest/bench/firmware/firmware.h"

uint64_t level_svc(uint64_t turns)
{
    return user_calls(turns * EACH_TURN);
}

uint64_t level_hvc(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        __asm__ volatile("hvc #0" : : : "memory");
    }
    return turns;
}

/* The monitor goes back at once. */
uint64_t level_smc(uint64_t turns)
{
    register uint64_t x0 __asm__("x0") = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        __asm__ volatile("smc #0" : "+r"(x0) : : "memory");
    }
    return turns;
}

/* No memory is mapped there; the handler goes on behind the load. */
uint64_t level_abort(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        (void)*NOTHING;
    }
    return turns;
}

uint64_t level_undefined(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        __asm__ volatile(".inst 0" : : : "memory");
    }
    return turns;
}

/* To this processor from itself, with acknowledge and end. */
uint64_t level_interrupt(uint64_t turns)
{
    controller_start_below();
    __asm__ volatile("msr daifclr, #2" : : : "memory");
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        controller_raise();
        while (interrupts_taken <= i) {
        }
    }
    __asm__ volatile("msr daifset, #2" : : : "memory");
    return interrupts_taken;
}
