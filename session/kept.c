/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the file behind a memory that is kept over runs. */
#include "session/kept.h"

#include <errno.h>
#include <string.h>

#include "host/file.h"

enum { FILE_LIMIT = 1 << 30 };

int session_kept_load(struct session_kept *kept, const char *path,
                      struct session_error *why)
{
    struct error error = {""};
    path = kept->memory ? path : NULL;
    kept->path = path;
    int code =
        path ? file_read(path, FILE_LIMIT, &kept->bytes, &error) : -ENOENT;
    kept->there = code == 0;
    return code == 0 || code == -ENOENT
               ? 0
               : session_failure(why, NULL, "%s", error.text);
}

/* A flash is large and mostly blank: whole pieces are compared at once, each
 * with itself one byte on. */
static size_t written(const struct session_kept *kept, const uint8_t *bytes,
                      size_t size)
{
    enum { PIECE = 4096 };

    while (size >= PIECE && bytes[size - 1] == kept->blank &&
           memcmp(bytes + size - PIECE, bytes + size - PIECE + 1, PIECE - 1) ==
               0) {
        size -= PIECE;
    }
    while (size != 0 && bytes[size - 1] == kept->blank) {
        size--;
    }
    return size;
}

int session_kept_save(const struct session_kept *kept,
                      struct cairn_machine *machine, struct error *error)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!kept->path ||
        cairn_memory(machine, kept->memory, &bytes, &size) != 0) {
        return 0;
    }
    size_t least = kept->there ? kept->bytes.size : kept->whole ? size : 0;
    size_t used = written(kept, bytes, size);
    return file_write(kept->path, bytes, used > least ? used : least, error);
}

void session_kept_fini(struct session_kept *kept)
{
    buffer_fini(&kept->bytes);
}
