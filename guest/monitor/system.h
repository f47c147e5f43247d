/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers of the core at hand, and its sleep. These are functions, as
 * those of guest/kit/mmio are: a test on the host can put a core of its own
 * behind the same code.
 */
#ifndef GUEST_MONITOR_SYSTEM_H
#define GUEST_MONITOR_SYSTEM_H

#include <stdint.h>

enum system_register {
#define READABLE(name, assembly) SYSTEM_##name,
#define WRITABLE(name, assembly) SYSTEM_##name,
#include "guest/monitor/system.def"
#undef READABLE
#undef WRITABLE
    SYSTEM_REGISTERS
};

uint64_t system_read(enum system_register which);
void system_write(enum system_register which, uint64_t value);

/* Earlier writes hold for the instructions that follow. */
void system_synchronise(void);

/* Until an interrupt, or no time at all. */
void system_wait(void);

#endif
