/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose functions take known shares of its time, for the tests of
 * profiles: of 8 parts `leaf` takes 1 for `work` and 4 at the bottom of a
 * recursion, and `busy` takes 3 by itself, after a call.
 */
#include <stdint.h>

#include "abi/psci.h"
#include "guest/kit/smccc/smccc.h"

enum { PART = 50000, DEPTH = 5 };

void leaf(uint32_t turns);
void busy(uint32_t turns);
void recurse(unsigned depth, uint32_t turns);
void work(void);
void main(void);

/* Two instructions a turn. */
static inline void loop(uint32_t turns)
{
    __asm__ volatile("1: subs %w0, %w0, #1\n b.ne 1b" : "+r"(turns) : : "cc");
}

/* Calls before it are no jumps at the end of a function. */
static inline void go_on(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) void leaf(uint32_t turns)
{
    loop(turns);
}

__attribute__((noinline)) void busy(uint32_t turns)
{
    leaf(1);
    loop(turns);
}

__attribute__((noinline)) void recurse(unsigned depth, uint32_t turns)
{
    if (depth == 0) {
        leaf(turns);
    } else {
        recurse(depth - 1, turns);
    }
    go_on();
}

__attribute__((noinline)) void work(void)
{
    leaf(PART);
    busy(3 * PART);
    recurse(DEPTH, 4 * PART);
    go_on();
}

void main(void)
{
    struct smccc off = {{PSCI_SYSTEM_OFF}};

    work();
    smccc_hvc(&off);
}
