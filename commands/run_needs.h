/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of run_options.def: what a board has, and what a run does with
 * it. An option that would have no effect is misuse, before anything runs.
 */
#ifndef COMMANDS_RUN_NEEDS_H
#define COMMANDS_RUN_NEEDS_H

#include "commands/command.h"
#include "session/session.h"

struct run_needs {
    const struct arguments *arguments;
    const struct session *session; /* as it was opened */
};

/* COMMAND_MISUSED after a complaint, else COMMAND_DONE. */
int run_needs_check(const struct run_needs *needs);
/* True if run_options.def may name such a condition. */
bool run_needs_knows(const char *condition);

#endif
