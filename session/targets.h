/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is to write, and where it is to listen: looked at before the power
 * comes on, as a run may be long. */
#ifndef SESSION_TARGETS_H
#define SESSION_TARGETS_H

#include "commands/command.h"

/* An exit code after its complaint. */
int session_targets_check(const struct arguments *arguments);

#endif
