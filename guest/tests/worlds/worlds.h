/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the guest worlds: see worlds.c. */
#ifndef GUEST_TESTS_WORLDS_WORLDS_H
#define GUEST_TESTS_WORLDS_WORLDS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/kit/pl011/pl011.h"
#include "guest/kit/sysreg/sysreg.h"

/* The outcome of a probe: the syndrome, or 0; the fault's address, or the
 * value. */
struct outcome {
    uint64_t syndrome;
    uint64_t value;
};

struct outcome probe_read(uint64_t address);
struct outcome probe_write(uint64_t address, uint64_t value);
struct outcome probe_fetch(uint64_t address);
struct outcome run_below(uint64_t entry, uint64_t spsr, uint64_t argument);
_Noreturn void leave(uint64_t syndrome, uint64_t value);
void probe_target(void);
void monitor(void);
void monitor_interrupt(void);
extern char vectors_el1[], vectors_el2[];

static inline void put32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value; // NOLINT(performance-no-int-to-ptr)
}

static inline uint32_t get32(uint64_t address)
{
    return *(volatile uint32_t *)address; // NOLINT(performance-no-int-to-ptr)
}

/* Earlier writes hold for what follows. */
#define WRITE_SYSTEM(name, value)                                              \
    do {                                                                       \
        SYSREG_WRITE(name, value);                                             \
        SYSREG_SYNCHRONISE();                                                  \
    } while (0)

/* worlds.c: a line on a serial port. */
enum { NORMAL_PORT = PL011_NORMAL, SECURE_PORT = PL011_SECURE };
void say(uint32_t port, const char *who, const char *what);
void say_number(uint32_t port, const char *who, const char *what,
                uint64_t number);

/* controller.c: the interrupt controller, of either kind. */
enum { TIMER_INTID = 29 };
void controller_start(void);    /* at EL3: the timer is of group 0 */
uint32_t controller_take(void); /* acknowledges group 0 at EL3 */
void controller_end(uint32_t intid);
void controller_look(uint32_t port, const char *who); /* from either world */

#endif
