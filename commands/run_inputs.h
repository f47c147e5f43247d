/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report says of how a run was asked for: the command line, and the
 * files with which the machine began, each with its SHA-256. Disks, flash
 * images, snapshots and pipes are left out: a run changes the former, and can
 * read the last but once.
 */
#ifndef COMMANDS_RUN_INPUTS_H
#define COMMANDS_RUN_INPUTS_H

#include <stddef.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"

struct run_inputs {
    char *command; /* as a shell takes it; NULL: nobody asked for a report */
    struct cairn_input *files;
    size_t count;
    char **texts; /* that files refer to, two of each */
};

/* Reads the files, which must be before the process gives up access to them.
 * Does nothing without --report. */
void run_inputs_read(struct run_inputs *inputs,
                     const struct arguments *arguments);
void run_inputs_fini(struct run_inputs *inputs);

#endif
