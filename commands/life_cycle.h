/* SPDX-License-Identifier: Apache-2.0 */
/* Option --lifecycle of the commands that start a root of trust. */
#ifndef COMMANDS_LIFE_CYCLE_H
#define COMMANDS_LIFE_CYCLE_H

#include "commands/command.h"
#include "session/options.h"

/* Sets what the option says; without it the fuses do. The parser admits only
 * its choices. */
void life_cycle_take(const struct arguments *arguments,
                     struct session_options *options);

#endif
