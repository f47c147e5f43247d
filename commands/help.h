/* SPDX-License-Identifier: Apache-2.0 */
/* Pages made from the command tables: --help, man pages, completion. */
#ifndef COMMANDS_HELP_H
#define COMMANDS_HELP_H

#include <stdio.h>

#include "commands/command.h"

void help_print_overview(FILE *out);
/* The commands of a family ("board"), or all when family is NULL. */
void help_print_commands(FILE *out, const char *family);
/* The page of a family. */
void help_print_family(FILE *out, const char *family);
void help_print_command(FILE *out, const struct command *command);

/* man(7) source of cairn.1, or of cairn-NAME.1 for a command. */
void help_print_man(FILE *out, const struct command *command);
/* shell is "bash" or "zsh". */
void help_print_completion(FILE *out, const char *shell);

#endif
