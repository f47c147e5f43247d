/* SPDX-License-Identifier: Apache-2.0 */
/* The exit code of each command that judges a file. */
#ifndef COMMANDS_JUDGED_H
#define COMMANDS_JUDGED_H

#include "trust/verdict/verdict.h"

/* COMMAND_DONE for trusted, COMMAND_FAILED for refused, COMMAND_UNDECIDED. */
int judged_exit(const struct verdict *verdict);

#endif
