/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot flash and fuses of a board that starts a chain from them: kept in files
 * over runs, and a capsule that is delivered into the flash before the power
 * comes on.
 */
#ifndef SESSION_FLASH_H
#define SESSION_FLASH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/kept.h"
#include "session/options.h"
#include "session/roles.h"

/* The flash comes first, see session_flash_save. */
enum { SESSION_FLASH, SESSION_FUSE_ARRAY, SESSION_FLASH_MEMORIES };

struct session_flash {
    bool wanted; /* the board has such a flash, and starts from it */
    struct session_kept kept[SESSION_FLASH_MEMORIES];
    struct buffer capsule;
    const char *capsule_name; /* its file's, without folders */
};

/* Reads the files. wanted: as in the struct. */
int session_flash_load(struct session_flash *flash,
                       const struct session_options *options,
                       const struct session_roles *roles, bool wanted,
                       struct session_error *error);
/* Puts the capsule into its place in the flash. */
int session_flash_deliver(const struct session_flash *flash,
                          struct cairn_machine *machine,
                          struct cairn_error *error);
/* Writes the files, whatever the end of the run was. */
int session_flash_save(const struct session_flash *flash,
                       struct cairn_machine *machine, struct error *error);
/* Also after a load that failed, or none. */
void session_flash_fini(struct session_flash *flash);

#endif
