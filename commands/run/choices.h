/* SPDX-License-Identifier: Apache-2.0 */
/* The option value "help" of `cairn run`: what an option can name. */
#ifndef COMMANDS_RUN_CHOICES_H
#define COMMANDS_RUN_CHOICES_H

#include "commands/command.h"

/* Prints what options whose value is "help" can name; false: none has it. */
bool run_choices(const struct arguments *arguments);

#endif
