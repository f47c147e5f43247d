/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the firmware whose speed bench/firmware.c measures. */
#ifndef GUEST_BENCH_FIRMWARE_FIRMWARE_H
#define GUEST_BENCH_FIRMWARE_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/kit/sysreg/sysreg.h"

/* Does the work of so many turns; returns a number that hangs on all of it and
 * on nothing else. */
typedef uint64_t row(uint64_t turns);

#define FIRMWARE(name, where) row name;
#include "guest/bench/firmware/firmware.def"
#undef FIRMWARE

enum { PROCESSORS_MAX = 8, LINE_WORDS = 16, EACH_TURN = 100 };

/* Addresses. Tables give RAM at 1 GiB (Normal), 2 GiB (Device-nGnRE), 3 GiB
 * (Normal without caches) and 5 GiB (for EL0); nothing is at 4 GiB. */
#define SCRATCH  ((uint8_t *)0x41000000)
#define DEVICE   ((uint8_t *)0x81000000)
#define UNCACHED ((uint8_t *)0xc1000000)
#define NOTHING  ((volatile uint64_t *)0x100000000)

#define WRITE_SYSTEM(name, value)                                              \
    do {                                                                       \
        SYSREG_WRITE(name, value);                                             \
        SYSREG_SYNCHRONISE();                                                  \
    } while (0)

/* The image's parameters: which row, turns, processors. */
extern const volatile uint64_t parameters[3];

/* start.S */
void monitor(uint64_t number);
uint64_t run_below(row *function, uint64_t turns, void *stack);
uint64_t user_calls(uint64_t turns);
extern char vectors_el1[], vectors_el2[];
extern volatile uint32_t released;
_Noreturn void report_failure(uint64_t syndrome, uint64_t address);

/* tables.c: translation at EL3 and EL1 by the same tables. */
void tables_make(void);
void tables_on_el3(void);
void tables_off_el3(void);
void tables_on_el1(void);
unsigned tables_map(uint64_t base, uint64_t size, uint64_t attributes);

/* services.c: answers SMC; true ends run_below with x[1]. */
struct context {
    uint64_t x[31];
    uint64_t sp_el0, elr, spsr, scr, pmcr;
};
bool serve(struct context *context);

/* interrupts.c: of GICv2 or GICv3. */
enum { TIMER_INTID = 27, SOFTWARE_INTID = 1 };
bool controller_is_3(void);
void controller_start(uint64_t number); /* at EL3: all are of group 1 */
void controller_start_below(void);      /* at EL1 */
void controller_raise(void);            /* SOFTWARE_INTID for this processor */
uint32_t controller_take(void);
void controller_end(uint32_t intid);
void take_interrupt(void);
extern volatile uint64_t interrupts_taken;

/* work.c */
uint64_t checksum(const void *bytes, uint64_t size);
void fill(void *bytes, uint64_t size);
uint64_t walk(void *place, uint64_t turns);
void copy_bytes(void *to, const void *from, uint64_t size);
/* copies.S: multiples of 64 bytes. */
void copy_pairs(void *to, const void *from, uint64_t size);
void zero_pairs(void *to, uint64_t size);
void clean_lines(const void *from, uint64_t size);

/* locks.S */
struct lock {
    uint64_t words[LINE_WORDS];
} __attribute__((aligned(128)));
typedef void lock_loop(struct lock *lock, uint64_t *counter, uint64_t turns);
lock_loop loop_exclusive, loop_swap, loop_ticket;

/* This processor's number. */
static inline uint64_t self(void)
{
    return SYSREG_READ(mpidr_el1) & 0xff;
}

#endif
