/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights that a process gives up once a session's machine is built and its
 * outputs are open: all files but those that the session reads later, and all
 * system calls but those that it makes. Outputs that are replaced as a whole,
 * and the files of its sockets, are a keeper's (host/keeper.h).
 */
#ifndef SESSION_SANDBOX_H
#define SESSION_SANDBOX_H

#include <stddef.h>

#include "session/error.h"
#include "session/options.h"

/* Starts the process that keeps the rights to the files which the session
 * replaces or removes, and to what it shares: before the machine is built, as
 * it would keep memory as well. */
int session_sandbox_prepare(const struct session_options *options,
                            struct session_error *error);

/* guest_kernel is the file that options->guest was found as, or NULL. Says in
 * text what held. */
void session_sandbox_enter(const struct session_options *options,
                           const char *guest_kernel, char *text, size_t size);

#endif
