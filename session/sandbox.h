/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cairn run` gives up once its machine is built and its outputs are open:
 * all files but those that a run reads or replaces later, and all calls but
 * those that it makes. --no-sandbox leaves it all.
 */
#ifndef SESSION_SANDBOX_H
#define SESSION_SANDBOX_H

#include <stdbool.h>

#include "commands/command.h"

struct session_sandbox {
    char text[160]; /* for the report: what held */
};

/* Whether the table knows the option's files, by its name. */
bool session_sandbox_knows(const char *option);
void session_sandbox_enter(struct session_sandbox *sandbox,
                           const struct arguments *arguments);

#endif
