/* SPDX-License-Identifier: Apache-2.0 */
/* --hashes: what the machine's state was on the way, for comparing runs. */
#ifndef COMMANDS_RUN_HASHES_H
#define COMMANDS_RUN_HASHES_H

#include <stdio.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"

struct run_hashes {
    struct cairn_machine *machine;
    FILE *file; /* NULL: nobody asked */
};

/* Opens the file and listens to the machine; COMMAND_DONE, or an error that was
 * told. */
int run_hashes_open(struct run_hashes *hashes, struct arguments *arguments,
                    struct cairn_machine *machine);
/* With a last line for the end of the run. */
int run_hashes_close(struct run_hashes *hashes, struct arguments *arguments);

#endif
