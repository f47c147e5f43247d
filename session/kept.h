/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory of the board that a file keeps over runs: a flash, or fuses.
 *
 * The file must be there, unless the run is asked to make it; then there must
 * be none, so that neither a mistyped name nor a forgotten file passes for the
 * other. A file that is there is what the memory holds, be it empty or erased
 * throughout; the memory behind its end is blank. Written back it is no shorter
 * than it was, and longer only by what was written behind its end. A new file
 * starts with what the memory would have held without the option.
 */
#ifndef SESSION_KEPT_H
#define SESSION_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"

/* The contents that a new file starts with. */
enum session_contents {
    SESSION_CONTENTS_BLANK,
    SESSION_CONTENTS_EMBEDDED, /* what the program carries for the board */
    SESSION_CONTENTS_IMAGE,    /* a file that another option names */
    SESSION_CONTENTS_SNAPSHOT,
};

struct session_kept {
    const char *option; /* that names the file */
    const char *memory; /* its name on the board, or NULL: nothing is kept */
    uint8_t blank;      /* each of its bytes before anything is written */
    bool whole;         /* a new file is as long as the memory, else as what
                           was written */
    /* session_kept_load: */
    const char *path; /* or NULL */
    bool there;       /* false: the file is made */
    struct buffer bytes;
    enum session_contents contents; /* set by the caller, of a new file */
};

/* True if the file or folder of an option is there, or is not there if it is to
 * be made; else a failure that names it. */
int session_kept_check(const char *option, const char *path, bool is_new,
                       struct session_error *why);
/* Reads the file at path, or takes note of one to be made. path may be NULL. */
int session_kept_load(struct session_kept *kept, const char *path, bool is_new,
                      struct session_error *why);
/* The contents that a new file started with, "embedded firmware, created by
 * this run", or NULL: there is no new file. */
const char *session_kept_origin(const struct session_kept *kept);
/* Writes it. 0, or a negative errno with the cause. */
int session_kept_save(const struct session_kept *kept,
                      struct cairn_machine *machine, struct error *error);
void session_kept_fini(struct session_kept *kept);

#endif
