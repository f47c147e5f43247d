/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory of the board that a file keeps over runs: a flash, or fuses.
 *
 * A file that is there is what the memory holds, be it empty or erased
 * throughout; the memory behind its end is blank. Written back it is no shorter
 * than it was, and longer only by what was written behind its end. Without a
 * file the memory starts as it would without the option.
 */
#ifndef SESSION_KEPT_H
#define SESSION_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"

struct session_kept {
    const char *memory; /* its name on the board, or NULL: nothing is kept */
    uint8_t blank;      /* each of its bytes before anything is written */
    bool whole;         /* a new file is as long as the memory, else as what
                           was written */
    /* session_kept_load: */
    const char *path; /* or NULL */
    bool there;
    struct buffer bytes;
};

/* Reads the file at path, which may be NULL or not there yet. */
int session_kept_load(struct session_kept *kept, const char *path,
                      struct session_error *why);
/* Writes it. 0, or a negative errno with the cause. */
int session_kept_save(const struct session_kept *kept,
                      struct cairn_machine *machine, struct error *error);
void session_kept_fini(struct session_kept *kept);

#endif
