/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `cairn inspect` that have no effect on a kind of file. */
#include "commands/inspect_kind.h"

#include <string.h>

#include "commands/needs.h"

/* Judges of(WORDS), the only condition. */
static bool is_of(const void *context, const char *condition, const char *about,
                  struct buffer *why)
{
    const struct inspect_kind *kind = context;
    const char *at = about;
    while (*at) {
        size_t length = strcspn(at, " ");
        if (length == strlen(kind->word) &&
            strncmp(at, kind->word, length) == 0) {
            return true;
        }
        at += length + (at[length] == ' ');
    }
    buffer_print(why, "on %s", kind->words);
    return false;
}

int inspect_check_kind(const struct arguments *arguments,
                       const struct inspect_kind *kind)
{
    const struct needs_judge judge = {is_of, kind};
    return kind->word ? needs_check(arguments, &judge) : COMMAND_DONE;
}
