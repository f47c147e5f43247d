/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of file that `cairn inspect` explains. */
#ifndef COMMANDS_INSPECT_KIND_H
#define COMMANDS_INSPECT_KIND_H

#include "commands/command.h"

struct inspect_kind {
    const char *word; /* in the column `needs`; NULL: other code checks that */
    const char *words;
};

/* COMMAND_MISUSED, after a complaint, when an option that was given has no
 * effect on files of that kind. */
int inspect_check_kind(const struct arguments *arguments,
                       const struct inspect_kind *kind);

#endif
