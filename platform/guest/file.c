/* SPDX-License-Identifier: Apache-2.0 */
/* Opens, reads and closes the file behind an image. */
#include "platform/guest/file.h"

#include <stdlib.h>

#include "base/buffer.h"

int guest_file_open(struct guest_file *file, const char *path,
                    struct error *error)
{
    uint64_t size = 0;
    *file = (struct guest_file){.fd = -1};
    int code = file_open(path, &file->fd, &size, error);
    if (code == 0) {
        file->path = xstrdup(path);
        file_stamp(file->fd, &file->stamp);
    }
    return code;
}

/* A write to the file while it is read is an error as well. */
int guest_file_read(const struct guest_file *file, void *bytes, size_t size,
                    struct error *error)
{
    struct file_stamp now;
    int code = file_read_at(file->fd, 0, bytes, size, error);
    if (code != 0) {
        error_prefix(error, "file '%s'", file->path);
        return code;
    }
    file_stamp(file->fd, &now);
    return now.size == file->stamp.size &&
                   now.written_ns == file->stamp.written_ns
               ? 0
               : error_set(error, -ESTALE,
                           "file '%s': was changed since the machine was made",
                           file->path);
}

void guest_file_close(struct guest_file *file)
{
    if (file->path) {
        file_close(file->fd);
        free(file->path);
        file->path = NULL;
    }
}
