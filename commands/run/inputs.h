/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts that a report says of how a run was asked for: the command line, and
 * the files with which the machine began, each with its SHA-256, or why it has
 * none. Disks, shared folders and the state of a TPM are left out.
 */
#ifndef COMMANDS_RUN_INPUTS_H
#define COMMANDS_RUN_INPUTS_H

#include <stddef.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "include/cairn/cairn.h"

struct run_inputs {
    char *command; /* as a shell takes it; NULL: nobody asked for a report */
    struct buffer files; /* struct cairn_input */
    struct buffer texts; /* char *, that files refer to, two of each */
};

/* Reads the files, which must be before the process gives up access to them,
 * and before the machine changes those that keep its state. guest_kernel is
 * the file that --guest came to, or NULL. Does nothing without --report and
 * --json. */
void run_inputs_read(struct run_inputs *inputs,
                     const struct arguments *arguments,
                     const char *guest_kernel);
void run_inputs_fini(struct run_inputs *inputs);

#endif
