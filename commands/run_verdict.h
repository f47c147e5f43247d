/* SPDX-License-Identifier: Apache-2.0 */
/* What a run that came to its end has come to: the events that it was for must
 * have been seen. */
#ifndef COMMANDS_RUN_VERDICT_H
#define COMMANDS_RUN_VERDICT_H

#include <stdbool.h>

#include "include/cairn/cairn.h"

/* How a run ended that nothing went wrong with. */
enum run_end {
    RUN_END_SCRIPT,     /* the agent has done the default script */
    RUN_END_OWN_SCRIPT, /* ... or one of the user's */
    RUN_END_DEBUGGER,   /* the debugger left */
    RUN_END_OFF,        /* the guest turned the machine off */
    RUN_END_PRINTED,    /* the guest printed what was expected */
    RUN_END_LEFT,       /* the user left the terminal */
    RUN_END_IDLE,       /* nothing runs any more */
};

struct run_verdict {
    struct cairn_machine *machine;
    enum run_end end;
    const char *until; /* that the user asked for, or NULL */
    bool has_firmware; /* to load into the root of trust */
};

/* 0, and what was reached in *words; -ENOENT, and which event was missing.
 * words may be NULL. */
int run_verdict(const struct run_verdict *run, struct cairn_error *words);

#endif
