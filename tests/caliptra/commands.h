/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to the runtime of our Caliptra firmware, compiled for the host over
 * tests/caliptra/stand_ins. Errors and answers go into the journal.
 */
#ifndef TESTS_CALIPTRA_COMMANDS_H
#define TESTS_CALIPTRA_COMMANDS_H

#include <stdint.h>

#include "guest/caliptra/runtime/runtime.h"

/* A runtime that has just started; user 1 is privileged, and the one that
 * sends. What the firmware finds in memory is patterns. */
struct runtime *commands_start(void);
extern struct runtime commands_state;

/* A request whose bytes behind the header are these, or follow a pattern. */
void commands_send(uint32_t code, const void *body, uint32_t size);
void commands_ask(uint32_t code);

void commands_dump(void);

#endif
