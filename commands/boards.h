/* SPDX-License-Identifier: Apache-2.0 */
/* Which built-in board commands take when they are given none, and which one an
 * option stands for. */
#ifndef COMMANDS_BOARDS_H
#define COMMANDS_BOARDS_H

#include <stdbool.h>

#include "commands/command.h"

#define BOARD_DEFAULT "caliptra-1.1"

/* The board that operand and options of `cairn run` choose. */
const char *board_chosen(const struct arguments *arguments);
/* True if an option has a say in which board that is. */
bool board_chooses(const struct arguments *arguments, const char *option);

/* Says so if a board file can read any file while it is compiled, as this
 * kernel has no Landlock. */
void board_warn(const struct arguments *arguments);

#endif
