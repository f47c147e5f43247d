/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cairn run` gives up once its machine is built and its outputs are open:
 * all files but those that a run reads or replaces later, and all calls but
 * those that it makes. --no-sandbox leaves it all.
 */
#ifndef COMMANDS_RUN_SANDBOX_H
#define COMMANDS_RUN_SANDBOX_H

#include <stdbool.h>

#include "commands/command.h"

struct run_sandbox {
    char text[160]; /* for the report: what held */
};

/* Whether the table knows the option's files, by its name. */
bool run_sandbox_knows(const char *option);
void run_sandbox_enter(struct run_sandbox *sandbox,
                       const struct arguments *arguments);

#endif
