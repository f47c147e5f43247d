/* SPDX-License-Identifier: Apache-2.0 */
/* A new disk image, which appears under its name when it is whole. */
#ifndef COMMANDS_DISK_DRAFT_H
#define COMMANDS_DISK_DRAFT_H

#include "backends/image.h"

struct disk_draft {
    struct image *image; /* to be filled; closed with the draft */
    /* Private. */
    char *target;          /* where symbolic links of its name lead */
    char *temporary;       /* beside it */
    struct image_file old; /* the file that is replaced, if there is one */
};

/*
 * Makes an image beside path, which must live on. A file that is there is left
 * as it is so far, and keeps its mode; it is refused if it is no regular file,
 * if another program writes to it, or if the new image would be over itself.
 * disk_draft_close is due after an error too.
 */
int disk_draft_open(struct disk_draft *draft, const char *path,
                    const struct image_type *type,
                    const struct image_layout *layout, struct error *error);
/* The image has its name; or, also if a step before failed and code is that
 * failure, all is as it was. Returns code or its own. */
int disk_draft_close(struct disk_draft *draft, int code, struct error *error);

#endif
