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
#include "commands/command.h"
#include "include/cairn/cairn.h"

struct session_kept {
    const char *memory; /* its name on the board */
    uint8_t blank;      /* each of its bytes before anything is written */
    bool whole;         /* a new file is as long as the memory, else as what
                           was written */
    /* session_kept_load: */
    const char *path; /* of the option, or NULL */
    bool there;
    struct buffer bytes;
};

/* Reads the option's file. An exit code after its complaint. */
int session_kept_load(struct session_kept *kept,
                      const struct arguments *arguments, const char *option);
/* Writes it; an exit code. */
int session_kept_save(const struct session_kept *kept,
                      const struct arguments *arguments,
                      struct cairn_machine *machine);
void session_kept_fini(struct session_kept *kept);

#endif
