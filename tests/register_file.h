/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a test's own behind guest/kit/mmio, for drivers of guests that
 * are compiled for the host: words at any address, and a journal of what was
 * said to them. Nothing happens by itself; what a block would do, a test says.
 *
 * The journal has, with addresses in hexadecimal and a blank after each:
 *
 *   ADDRESS=VALUE    a word written, or VALUE,VALUE,... a run of them
 *   ADDRESS:COUNT    a run of words read
 *   ADDRESS?MASK     waited for
 *
 * Single words that are read are not in it: their values decide.
 */
#ifndef TESTS_REGISTER_FILE_H
#define TESTS_REGISTER_FILE_H

#include <stdint.h>

/* All words zero, the journal empty. */
void registers_clear(void);

void registers_set(uint32_t address, uint32_t value);
void registers_set_words(uint32_t address, const uint32_t *words,
                         unsigned count);
uint32_t registers_get(uint32_t address);

/* Sets what readings of one address give in turn, the last value for ever; one
 * address at a time. The values stay the caller's. */
void registers_script(uint32_t address, const uint32_t *values, unsigned count);

/* Called with each single word written, after it is there. */
void registers_watch(void (*written)(uint32_t address, uint32_t value));
/* Called before each single word is read. */
void registers_serve(void (*reading)(uint32_t address));

/* From now on accesses are not in the journal, but for words written to these
 * addresses; the last words written to all others are told by
 * registers_tell_results, in the order of their addresses. For good. */
void registers_keep_results(const uint32_t *in_order, unsigned count);
/* Into the journal: the words written since registers_clear, or since this or
 * registers_forget_results were called the last time. */
void registers_tell_results(void);
void registers_forget_results(void);

/* How often an address was read since registers_clear. */
unsigned registers_readings(uint32_t address);

/* The journal since the last time. */
const char *registers_journal(void);
/* Puts something else into it. */
void registers_note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
