/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a session and its caller are to write, and where it is to listen:
 * looked at before the power comes on, as a run may be long. */
#ifndef SESSION_TARGETS_H
#define SESSION_TARGETS_H

#include "session/error.h"
#include "session/options.h"

int session_targets_check(const struct session_options *options,
                          struct session_error *error);

#endif
