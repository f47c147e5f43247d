/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that say where in a machine's memories their contents go (ELF, Intel
 * HEX), and raw ones that a user places.
 */
#ifndef SESSION_PIECES_H
#define SESSION_PIECES_H

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"

/* For cairn_create; all of it is owned, and may be zeroed. */
struct session_pieces {
    struct cairn_load *list;
    size_t count;
};

/* True if a file says itself where it goes. */
bool session_pieces_places_itself(const struct buffer *file);
/* Adds the contents of a file that was read. */
int session_pieces_add(struct session_pieces *pieces,
                       const struct session_load *load,
                       const struct buffer *file, struct session_error *error);
void session_pieces_fini(struct session_pieces *pieces);

#endif
