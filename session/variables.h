/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of an agent's script, "NAME=value": what follows from a
 * session's options, then what the caller sets. */
#ifndef SESSION_VARIABLES_H
#define SESSION_VARIABLES_H

#include "session/error.h"
#include "session/options.h"
#include "session/start.h"

struct session_variables {
    char **list;
    size_t count;
    size_t room; /* entries that the list has room for */
};

/* Fails for fuses that cannot be read. */
int session_variables_make(struct session_variables *variables,
                           const struct session_options *options,
                           const struct session_start *start,
                           struct session_error *error);
/* The goal of a script that goes on; the last of a name counts. */
void session_variables_until(struct session_variables *variables,
                             const char *goal);
void session_variables_fini(struct session_variables *variables);

#endif
