/* SPDX-License-Identifier: Apache-2.0 */
/* Makes disk images by drafts, as host/file_draft.c makes other files. */
#include "commands/disk/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/file.h"

static bool is_same(int fd, int other)
{
    struct stat there;
    struct stat here;
    return fstat(fd, &there) == 0 && fstat(other, &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* The old file must not be one that the new image reads from. */
static int check_backing(const struct image_file *old,
                         const struct image_layout *layout, struct error *error)
{
    const struct image_options options = {.format = layout->backing_format,
                                          .backing = layout->backing,
                                          .read_only = true};
    struct image *backing = NULL;
    int code = 0;
    if (layout->backing) {
        code = image_open(layout->backing, &options, &backing, error);
    }
    for (const struct image *at = backing; code == 0 && at; at = at->backing) {
        if (is_same(at->file.fd, old->fd)) {
            code = error_set(error, -EINVAL,
                             "'%s': the new image would be over itself",
                             old->path);
        }
    }
    image_close(backing);
    return code;
}

/* Takes the mode of the old file from it, if there is one. */
static int look_at_old(struct disk_draft *draft, const char *path,
                       const struct image_layout *layout, mode_t *mode,
                       struct error *error)
{
    struct stat there;
    if (stat(path, &there) != 0) {
        return 0;
    }
    *mode = there.st_mode & 0777;
    int code = image_file_open(&draft->old, path, true, error);
    return code ? code : check_backing(&draft->old, layout, error);
}

int disk_draft_open(struct disk_draft *draft, const char *path,
                    const struct image_type *type,
                    const struct image_layout *layout, struct error *error)
{
    struct image_layout named = *layout;
    mode_t mode = 0;
    named.name = path;
    *draft = (struct disk_draft){.old = {.fd = -1}};
    draft->target = file_target(path);
    if (!draft->target) {
        return error_set(error, -errno, "cannot create '%s': %s", path,
                         strerror(errno));
    }
    int code = look_at_old(draft, path, layout, &mode, error);
    if (code == 0) {
        draft->temporary = file_draft_name(draft->target);
        code =
            image_create(draft->temporary, type, &named, &draft->image, error);
    }
    if (code == 0 && mode != 0 && fchmod(draft->image->file.fd, mode) != 0) {
        code = error_set(error, -errno, "cannot create '%s': %s", path,
                         strerror(errno));
    }
    return code;
}

int disk_draft_close(struct disk_draft *draft, int code, struct error *error)
{
    const bool made = draft->image != NULL;
    char *name = made ? xstrdup(draft->image->file.path) : NULL;
    int closed = image_close(draft->image);
    if (code == 0 && closed != 0) {
        code = error_set(error, closed, "'%s': cannot be written: %s", name,
                         strerror(-closed));
    }
    if (code == 0) {
        code = file_draft_rename(draft->temporary, draft->target, error);
    }
    if (code != 0 && made) {
        unlink(draft->temporary);
    }
    image_file_close(&draft->old);
    free(name);
    free(draft->temporary);
    free(draft->target);
    return code;
}
