/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a session and its caller are to write, and where it is to listen:
 * checked before the first of them is opened, as a run may be long, and as a
 * file that is read must not be emptied. guest_folder is the path or name of
 * the guest's folder, or NULL.
 */
#ifndef SESSION_TARGETS_H
#define SESSION_TARGETS_H

#include "session/error.h"
#include "session/options.h"

/* As the program looks for a board: its own come before files. */
bool session_board_is_built_in(const char *board);

int session_targets_check(const struct session_options *options,
                          const char *guest_folder,
                          struct session_error *error);

#endif
