/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-ins for what layers of our Caliptra firmware call, on the host: the
 * drivers of cryptography, the console, and the ends of a program. Each writes
 * into the journal of tests/register_file what it was asked for. Digests are
 * real, keys and signatures are patterns that follow from the slots.
 */
#ifndef TESTS_CALIPTRA_STAND_INS_H
#define TESTS_CALIPTRA_STAND_INS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The error that a driver returns whose turn to fail it is. */
enum { STAND_IN_FAULT = 0x00fa0171 };

/* The digest that sha2_256_raw finds. */
extern uint32_t stand_in_raw_digest[8];

/* Runs until the program halts, or enters the next one. */
void stand_ins_run(void (*program)(void));
/* The same for a program that would go on for ever. */
_Noreturn void stand_ins_end(void);

/* Memory at an address that firmware writes to by itself, zeros. */
void *stand_in_memory(uint32_t address, size_t size);

/* Into the journal: words that are not zero, by address. */
void stand_ins_dump(const char *name, uint32_t address, uint32_t size);

/* One way that firmware can go. */
struct stand_in_flow {
    const char *name;
    void (*prepare)(void);
    void (*run)(void);
    bool faults; /* also with each of its calls failing */
};
/* The calls to drivers of each flow, and the registers that it leaves. Of those
 * with faults what is dumped after it, and each fault, from the call that fails
 * on. Expects the approved text of that path. */
void stand_ins_expect(const char *path, const struct stand_in_flow *flows,
                      size_t count, void (*dump)(void));

#endif
