/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_MONITOR_MONITOR_H
#define GUEST_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#define READ_SYSTEM(name)                                                      \
    __extension__({                                                            \
        uint64_t value_;                                                       \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                     \
        value_;                                                                \
    })
#define WRITE_SYSTEM(name, value)                                              \
    __asm__ volatile("msr " #name ", %0"                                       \
                     :                                                         \
                     : "r"((uint64_t)(value))                                  \
                     : "memor"                                                 \
                       "y")

enum { MONITOR_CORES = 8 };

/* start.S */
_Noreturn void monitor_enter(uint64_t entry, uint64_t spsr, uint64_t context);

/* Called from start.S. */
_Noreturn void monitor_main(void);
uint64_t monitor_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
_Noreturn void monitor_fault(uint64_t syndrome, uint64_t from,
                             uint64_t address);

/* This core's number. */
static inline unsigned monitor_core(void)
{
    return (unsigned)(READ_SYSTEM(mpidr_el1) & 0xff);
}

static inline bool monitor_has_el2(void)
{
    return (READ_SYSTEM(id_aa64pfr0_el1) >> 8 & 15) != 0;
}

/* main.c: enters the Non-secure world at its highest level. */
_Noreturn void monitor_leave(uint64_t entry, uint64_t context);

/* psci.c */
uint64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
/* Where a core that is not the first waits to be turned on. */
_Noreturn void psci_wait(void);

/* interrupts.c: gives all interrupts to the Non-secure world. */
void interrupts_start(void);
void interrupts_start_core(void);
/* Sleeps until the word is not 0 and interrupts_wake was called for the core.
 */
void interrupts_wait(const volatile uint64_t *word);
void interrupts_wake(unsigned core);

/* console.c, on the Secure serial port */
void console_text(const char *text);
void console_hex(uint64_t value);

#endif
