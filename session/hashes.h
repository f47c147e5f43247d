/* SPDX-License-Identifier: Apache-2.0 */
/* A file with hashes of the machine's state on the way, for comparing runs. */
#ifndef SESSION_HASHES_H
#define SESSION_HASHES_H

#include <stdio.h>

#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"

struct session_hashes {
    struct cairn_machine *machine;
    const char *path;
    FILE *file; /* NULL: none was asked for */
};

/* Checks whether the distance is one. */
int session_hashes_check(const struct session_options *options,
                         struct session_error *error);
/* Opens the file and listens to the machine. */
int session_hashes_open(struct session_hashes *hashes,
                        const struct session_options *options,
                        struct cairn_machine *machine,
                        struct session_error *error);
/* Adds a last line for the end of the run, and closes the file. */
int session_hashes_close(struct session_hashes *hashes, struct error *error);

void session_hashes_fini(struct session_hashes *hashes);

#endif
