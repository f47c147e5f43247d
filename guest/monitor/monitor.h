/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that the files of the monitor share: the frame of a call, cores,
 * calls by function. */
#ifndef GUEST_MONITOR_MONITOR_H
#define GUEST_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/monitor/system.h"

#define MONITOR_NOT_SUPPORTED ((uint64_t)-1)

/* Registers of the caller, as start.S saves them: arguments, then results;
 * those behind x3 are given back as they were (SMC Calling Convention 1.1,
 * 2.6). */
struct monitor_registers {
    uint64_t x[18];
    uint64_t x18, x30;
};

/* start.S */
_Noreturn void monitor_enter(uint64_t entry, uint64_t spsr, uint64_t context);

/* Called from start.S. */
_Noreturn void monitor_main(void);
void monitor_call(struct monitor_registers *registers);
_Noreturn void monitor_fault(uint64_t syndrome, uint64_t from,
                             uint64_t address);

/* This core's number. */
static inline unsigned monitor_core(void)
{
    return (unsigned)(system_read(SYSTEM_MPIDR_EL1) & 0xff);
}

static inline bool monitor_has_el2(void)
{
    return (system_read(SYSTEM_ID_AA64PFR0_EL1) >> 8 & 15) != 0;
}

/* main.c: enters the Non-secure world at its highest level. */
_Noreturn void monitor_leave(uint64_t entry, uint64_t context);

/* psci.c */
uint64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);

/* update.c: calls of the SiP service. */
void update_call(struct monitor_registers *registers);

/* interrupts.c: gives all interrupts to the Non-secure world. */
void interrupts_start(void);
void interrupts_start_core(void);
/* This core takes none any more. */
void interrupts_stop_core(void);

/* console.c, on the Secure serial port */
void console_text(const char *text);
void console_hex(uint64_t value);

#endif
