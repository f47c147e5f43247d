/* SPDX-License-Identifier: Apache-2.0 */
/* Texts, JSON objects and verdicts of `cairn inspect`. */
#include "commands/inspect/output.h"

#include <stdio.h>

#include "commands/judged.h"

int inspect_print(const struct arguments *arguments, struct buffer *text)
{
    if (arguments_flag(arguments, "json")) {
        buffer_print(text, "\n");
    }
    fputs(buffer_text(text), arguments->out);
    buffer_fini(text);
    return COMMAND_DONE;
}

bool inspect_begin(struct inspect_output *output,
                   const struct arguments *arguments)
{
    *output = (struct inspect_output){.arguments = arguments};
    if (!arguments_flag(arguments, "json")) {
        return false;
    }
    json_init(&output->json, &output->text);
    json_begin_object(&output->json, NULL);
    return true;
}

int inspect_end(struct inspect_output *output, const char *path,
                const struct verdict *verdict)
{
    const bool is_json = arguments_flag(output->arguments, "json");
    if (verdict->count != 0 && is_json) {
        verdict_print_json(verdict, &output->json);
    } else if (verdict->count != 0) {
        verdict_print(verdict, path, &output->text);
    }
    if (is_json) {
        json_end_object(&output->json);
    }
    inspect_print(output->arguments, &output->text);
    return verdict->count != 0 ? judged_exit(verdict) : COMMAND_DONE;
}
