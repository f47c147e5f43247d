/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of commands that read what strangers made, and print it. */
#ifndef COMMANDS_CONFINE_H
#define COMMANDS_CONFINE_H

#include "commands/command.h"

/* Leaves the process its operands and the files of options to read, and what
 * is open; nothing of it in a process that serves more than this command. */
void confine_reader(const struct arguments *arguments);

#endif
