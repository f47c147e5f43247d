/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a session starts its machine with: ROM, firmware, fuses and images
 * of memories, each from the file that options name or from what the program
 * carries for such a board.
 */
#ifndef SESSION_START_H
#define SESSION_START_H

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/flash.h"
#include "session/guest.h"
#include "session/options.h"
#include "session/pieces.h"
#include "session/roles.h"

/* The bytes of an image, and the copy of a name, both owned. */
struct session_bytes {
    struct buffer bytes;
    char *memory;
};

struct session_start {
    /* Set by the caller; all of it outlives the rest. */
    const struct session_options *options;
    const struct session_roles *roles;
    const struct cairn_board *board; /* up to the end of session_start_load */
    struct session_guest *guest;     /* NULL: none of the caller's */

    struct buffer rom;
    struct buffer firmware;
    struct buffer fuses;
    struct session_flash flash; /* kept over runs */
    const char *firmware_name;  /* for a report, or NULL */
    /* The options that would give the processors code, if they have none;
     * NULL: they have some. */
    const char *missing;
    /* For cairn_create; they point into the buffers here. */
    struct cairn_image *images;
    size_t room; /* of images and loaded each */
    size_t image_count;
    struct session_bytes *loaded; /* of options->images and what is carried */
    size_t loaded_count;
    struct session_pieces pieces;
};

/* The file that the program carries for a part of the board, or NULL. */
const char *session_carried(const struct cairn_board *board, const char *part);
/* True if a guest of the caller's can be put into the board's flash, behind its
 * chain of trust. */
bool session_packs_guest(const struct cairn_board *board);
/* Reads all files but the guest's. Behind a chain of trust, packs the guest. */
int session_start_load(struct session_start *start,
                       struct session_error *error);
/* Also after a load that failed, or none. */
void session_start_fini(struct session_start *start);

#endif
