/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of run_options.def: what a board has, and what a run does with
 * it. An option that would have no effect is misuse, before anything runs.
 */
#ifndef COMMANDS_RUN_NEEDS_H
#define COMMANDS_RUN_NEEDS_H

#include "commands/command.h"
#include "include/cairn/cairn.h"

struct run_needs {
    const struct arguments *arguments;
    const char *name; /* of the board */
    const struct cairn_board *board;
    bool is_guest;      /* the run starts a guest of the user's */
    const char *script; /* text of --agent, or NULL */
};

/* COMMAND_MISUSED after a complaint, else COMMAND_DONE. */
int run_needs_check(const struct run_needs *needs);
/* Whether a script stands in for the system around the root of trust. */
bool run_needs_agent(const struct cairn_board *board,
                     const struct arguments *arguments);
/* Whether run_options.def may name such a condition. */
bool run_needs_knows(const char *condition);

#endif
