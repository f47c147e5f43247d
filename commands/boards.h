/* SPDX-License-Identifier: Apache-2.0 */
/* Boards that are files. */
#ifndef COMMANDS_BOARDS_H
#define COMMANDS_BOARDS_H

#include "commands/command.h"

/* Says so if a board file can read any file while it is compiled, as this
 * kernel has no Landlock. */
void board_warn(const struct arguments *arguments);

#endif
