/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an option has an effect, as the column `needs` of an option table says:
 * terms, all of which must hold, separated by ", ".
 *
 *     --quote            that option was given
 *     no --gdb           it was not
 *     no --engine=chaos  not with that value
 *     behind --expect    it stands behind one, each behind another
 *     behind --expect(restore)
 *                        the same, and with --restore the first needs none
 *     guest              a condition that the command judges
 *     memory(rom)        the same, about something
 *
 * Of a term with " or " between its parts one must hold.
 */
#ifndef COMMANDS_NEEDS_H
#define COMMANDS_NEEDS_H

#include "base/buffer.h"
#include "commands/command.h"

struct needs_judge {
    /* True if a condition holds; about is what stands between
     * its parentheses, or "". If not, why says why, as the end of a sentence
     * about the option. */
    bool (*holds)(const void *context, const char *condition, const char *about,
                  struct buffer *why);
    const void *context;
};

/* COMMAND_MISUSED, after a complaint, when an option that was given has no
 * effect. Without a judge conditions count as met. */
int needs_check(const struct arguments *arguments,
                const struct needs_judge *judge);

#endif
