/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the file behind a memory that is kept over runs. */
#include "session/kept.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"

enum { FILE_LIMIT = 1 << 30 };

int session_kept_check(const char *option, const char *path, bool is_new,
                       struct session_error *why)
{
    bool there = access(path, F_OK) == 0;

    if (is_new && there) {
        return session_failure(why, option,
                               "'%s' is there already; without 'new:' it is "
                               "used as it is",
                               path);
    }
    return is_new || there || errno != ENOENT
               ? 0
               : session_failure(why, option,
                                 "'%s': %s; 'new:%s' would make it", path,
                                 strerror(ENOENT), path);
}

int session_kept_load(struct session_kept *kept, const char *path, bool is_new,
                      struct session_error *why)
{
    struct error error = {""};

    kept->path = kept->memory ? path : NULL;
    if (!kept->path) {
        return 0;
    }
    int code = session_kept_check(kept->option, path, is_new, why);
    if (code != 0 || is_new) {
        return code;
    }
    kept->there = file_read(path, FILE_LIMIT, &kept->bytes, &error) == 0;
    return kept->there ? 0 : session_failure(why, NULL, "%s", error.text);
}

#define CREATED ", created by this run"

const char *session_kept_origin(const struct session_kept *kept)
{
    static const char *const origins[] = {
        [SESSION_CONTENTS_BLANK] = "blank" CREATED,
        [SESSION_CONTENTS_EMBEDDED] = "embedded firmware" CREATED,
        [SESSION_CONTENTS_IMAGE] = "the contents of --image" CREATED,
        [SESSION_CONTENTS_SNAPSHOT] = "the snapshot's contents" CREATED,
    };

    return kept->path && !kept->there ? origins[kept->contents] : NULL;
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
