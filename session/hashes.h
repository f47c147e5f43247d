/* SPDX-License-Identifier: Apache-2.0 */
/* --hashes: what the machine's state was on the way, for comparing runs. */
#ifndef SESSION_HASHES_H
#define SESSION_HASHES_H

#include <stdio.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"

struct session_hashes {
    struct cairn_machine *machine;
    FILE *file; /* NULL: nobody asked */
};

/* Opens the file and listens to the machine; COMMAND_DONE, or an error that was
 * told. */
int session_hashes_open(struct session_hashes *hashes,
                        struct arguments *arguments,
                        struct cairn_machine *machine);
/* With a last line for the end of the run. */
int session_hashes_close(struct session_hashes *hashes,
                         struct arguments *arguments);

#endif
