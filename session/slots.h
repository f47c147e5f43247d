/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for the partitions of a board that starts images in steps: a boot
 * loader, and signed images in its slots.
 */
#ifndef SESSION_SLOTS_H
#define SESSION_SLOTS_H

#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/pieces.h"

/* Adds the files that options name. -EINVAL with the reason for a file that
 * does not fit, is of another kind, or for which the board has no partition. */
int session_slots_add(const struct session_options *options,
                      const struct cairn_board *board,
                      struct session_pieces *pieces,
                      struct session_error *error);

#endif
