/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot flash and fuses of board trust for `cairn run`: kept in files over runs
 * (--flash, --fuse-array), and a capsule that is delivered before the power
 * comes on (--capsule).
 */
#ifndef SESSION_FLASH_H
#define SESSION_FLASH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "session/kept.h"

enum { SESSION_FLASH_MEMORIES = 2 };

struct session_flash {
    struct arguments *arguments;
    bool wanted; /* board trust, started from its flash */
    struct session_kept kept[SESSION_FLASH_MEMORIES];
    struct buffer capsule;
};

/* Reads the files. wanted: the board has such a flash. An exit code after its
 * complaint. */
int session_flash_load(struct session_flash *flash, struct arguments *arguments,
                       bool wanted);
/* Puts the capsule into its place in the flash. */
int session_flash_deliver(const struct session_flash *flash,
                          struct cairn_machine *machine,
                          struct cairn_error *error);
/* Writes the files, whatever the end of the run was. */
int session_flash_save(const struct session_flash *flash,
                       struct cairn_machine *machine);
/* Also after a load that failed, or none. */
void session_flash_fini(struct session_flash *flash);

#endif
