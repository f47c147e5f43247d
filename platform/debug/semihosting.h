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

#include "platform/debug/semihosting_files.h"
#include "platform/machine/machine.h"

/* The name of its console. */
#define SEMIHOSTING_CONSOLE "semihosting"

struct semihosting {
    struct semihosting_files files;
    char *command_line;
};

/* NULL for a machine without it. */
static inline struct semihosting *
semihosting_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_SEMIHOSTING];
}

extern const struct machine_extension semihosting_extension;

/* See struct program_service. */
enum core_answer semihosting_call(struct cairn_machine *machine,
                                  struct core *core, uint64_t x[8]);

#endif
