/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cairn run` starts a machine with: ROM, firmware, fuses, script, images
 * and overlays, each from the file that an option names or from what the
 * program carries for the board.
 */
#ifndef COMMANDS_RUN_FILES_H
#define COMMANDS_RUN_FILES_H

#include <stdint.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "session/flash.h"
#include "session/guest.h"

enum { RUN_TRUST_FILES = 4 };

struct run_files {
    /* Set by the caller; all of it outlives the rest. */
    struct arguments *arguments;
    const char *board;
    struct session_guest *guest; /* NULL on a board that starts none */
    uint64_t seed;
    struct cairn_board *look; /* owned: what the board has */

    struct buffer rom;
    struct buffer firmware;
    struct buffer fuses;
    struct buffer script;
    struct buffer trust[RUN_TRUST_FILES]; /* what board trust starts with */
    struct session_flash flash;           /* the same, kept over runs */
    const char *firmware_name;            /* for the report, or NULL */
    /* For cairn_create; they point into the buffers here. */
    struct cairn_image *images;
    size_t image_count;
    const char **overlays;
    size_t overlay_count;
    const char **folders; /* of --allow */
    size_t folder_count;
    /* of --image, option_count each */
    struct buffer *image_bytes;
    char **image_names;
    size_t option_count;
};

/* Takes the names of --with and --allow, as the board is looked at with them.
 */
void run_files_overlays(struct run_files *files);
/* Reads the script of --agent; an exit code after its complaint. */
int run_files_script(struct run_files *files);
/* Reads all the others, the guest's too; an exit code after its complaint. */
int run_files_load(struct run_files *files);
/* Also after a load that failed, or none. */
void run_files_fini(struct run_files *files);

#endif
