/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `cairn inspect` that have no effect on a kind of file. */
#include "commands/inspect/kind.h"

bool inspect_is_of(const struct option_context *context,
                   const struct option_need *need, struct buffer *why)
{
    bool met = (need->kinds & context->kind) != 0;
    if (!met) {
        buffer_print(why, "on %s", context->words);
    }
    return met;
}

int inspect_check_kind(const struct arguments *arguments,
                       const struct inspect_kind *kind)
{
    const struct option_context context = {.kind = kind->kind,
                                           .words = kind->words};
    return kind->kind ? arguments_check(arguments, &context) : COMMAND_DONE;
}
