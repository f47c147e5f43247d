/* SPDX-License-Identifier: Apache-2.0 */
/* Formats what `cairn inspect` prints of a file: text, or with --json one
 * object. */
#ifndef COMMANDS_INSPECT_OUTPUT_H
#define COMMANDS_INSPECT_OUTPUT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/json.h"
#include "commands/command.h"
#include "trust/verdict/verdict.h"

struct inspect_output {
    const struct arguments *arguments;
    struct buffer text;
    struct json json; /* writes into text */
};

/* True if the members of an object are to be written to json; if not, text is
 * to be appended. */
bool inspect_begin(struct inspect_output *output,
                   const struct arguments *arguments);
/* Prints it, and the verdict behind it if that has checks: an exit code. */
int inspect_end(struct inspect_output *output, const char *path,
                const struct verdict *verdict);

/* Prints text, or a whole JSON object, and frees it: COMMAND_DONE. */
int inspect_print(const struct arguments *arguments, struct buffer *text);

#endif
