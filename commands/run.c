/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/command.h"
#include "include/cairn/cairn.h"

static const struct option options[] = {
    {0, "rom", "FILE", "Images", "start the memory 'rom' with FILE"},
};

static int run(struct arguments *arguments)
{
    return command_failure(arguments, "not built yet");
}

const struct command command_run = {
    .name = "run",
    .purpose = "boot a machine from a board",
    .operands = "[BOARD]",
    .description = "",
    OPTIONS(options),
    .run = run,
};
