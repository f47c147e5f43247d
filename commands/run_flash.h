/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot flash and fuses of board trust for `cairn run`: kept in files over runs
 * (--flash, --fuse-array), and a capsule that is delivered before the power
 * comes on (--capsule).
 */
#ifndef COMMANDS_RUN_FLASH_H
#define COMMANDS_RUN_FLASH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/run_kept.h"
#include "include/cairn/cairn.h"

enum { RUN_FLASH_MEMORIES = 2 };

struct run_flash {
    struct arguments *arguments;
    bool wanted; /* board trust, started from its flash */
    struct run_kept kept[RUN_FLASH_MEMORIES];
    struct buffer capsule;
};

/* Reads the files. wanted: the board has such a flash. An exit code after its
 * complaint. */
int run_flash_load(struct run_flash *flash, struct arguments *arguments,
                   bool wanted);
/* Puts the capsule into its place in the flash. */
int run_flash_deliver(const struct run_flash *flash,
                      struct cairn_machine *machine, struct cairn_error *error);
/* Writes the files, whatever the end of the run was. */
int run_flash_save(const struct run_flash *flash,
                   struct cairn_machine *machine);
/* Also after a load that failed, or none. */
void run_flash_fini(struct run_flash *flash);

#endif
