/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a run that came to its end: the events that it was
 * for must have been seen. */
#ifndef SESSION_VERDICT_H
#define SESSION_VERDICT_H

#include <stdbool.h>

#include "include/cairn/cairn.h"

/* How a run ended that nothing went wrong with. */
enum session_end {
    SESSION_END_SCRIPT,     /* the agent has done the default script */
    SESSION_END_OWN_SCRIPT, /* ... or one of the user's */
    SESSION_END_DEBUGGER,   /* the debugger left */
    SESSION_END_OFF,        /* the guest turned the machine off */
    SESSION_END_PRINTED,    /* the guest printed what was expected */
    SESSION_END_LEFT,       /* the user left the terminal */
    SESSION_END_IDLE,       /* nothing runs any more */
};

struct session_verdict {
    struct cairn_machine *machine;
    enum session_end end;
    bool has_chain;    /* a boot MCU releases the processors */
    bool has_capsule;  /* an update that must take place */
    const char *until; /* that the user asked for, or NULL */
    bool has_firmware; /* to load into the root of trust */
};

/* 0, and what was reached in *words; -ENOENT, and which event was missing.
 * words may be NULL. */
int session_verdict(const struct session_verdict *run,
                    struct cairn_error *words);

#endif
