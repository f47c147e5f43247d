/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm semihosting (version 3.0) for bare-metal programs: the console, files of
 * one folder, time, command line and the end of the run.
 *
 * Time is the machine's, so a run with it is as repeatable as one without.
 * Programs of the host are not run (SYS_SYSTEM). Reading from a console into
 * which nothing was typed finds the end, or, where more input was promised
 * (cairn_console_promise), is asked again until it comes or the promise ends.
 */
#ifndef PLATFORM_DEBUG_SEMIHOSTING_H
#define PLATFORM_DEBUG_SEMIHOSTING_H

#include "base/buffer.h"
#include "platform/machine/machine.h"

/* The name of its console. */
#define SEMIHOSTING_CONSOLE "semihosting"

struct semihosting;

/* If a processor of the machine has it. guest may be NULL. */
int semihosting_create(struct cairn_machine *machine,
                       const struct cairn_guest *guest, struct error *error);
void semihosting_destroy(struct semihosting *semihosting);
/* At power-on and reset: the program begins. */
void semihosting_reset(struct semihosting *semihosting, uint64_t now_ns);
/* The operation is in x[0], its argument in x[1]; the answer goes to x[0]. */
enum core_answer semihosting_call(struct cairn_machine *machine,
                                  struct core *core, uint64_t x[8]);
/* How many bytes were taken. */
size_t semihosting_type(struct semihosting *semihosting, const void *bytes,
                        size_t size);
/* True if reads of its console wait for input. */
bool semihosting_is_promised(const struct semihosting *semihosting);
void semihosting_promise(struct semihosting *semihosting, bool more);

#endif
