/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up once a session's machine is built and its outputs are
 * open: all files but those that the session reads or replaces later, and all
 * system calls but those that it makes.
 */
#ifndef SESSION_SANDBOX_H
#define SESSION_SANDBOX_H

#include <stddef.h>

#include "session/options.h"

/* guest_kernel is the file that options->guest was found as, or NULL. Says in
 * text what held. */
void session_sandbox_enter(const struct session_options *options,
                           const char *guest_kernel, char *text, size_t size);

#endif
