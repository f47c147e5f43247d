/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of the client's processes that the host and other clients see: of
 * ranges (fcntl(2)) by locks.h, of files (flock(2)) by flock. Nothing here
 * waits: who would is asked again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "backends/share/fuse_internal.h"
#include "base/bits.h"

/* ---- Requests ------------------------------------------------------------ */

static const struct {
    short range;
    int whole;
} types[] = {
    [FUSE_LOCK_READ] = {F_RDLCK, LOCK_SH},
    [FUSE_LOCK_WRITE] = {F_WRLCK, LOCK_EX},
    [FUSE_LOCK_NONE] = {F_UNLCK, LOCK_UN},
};

static int take_lock(struct fuse_call *call, struct fuse_lock *in,
                     struct share_claim *claim, struct share_file **file)
{
    memcpy(in, call->arguments, sizeof(*in));
    if (call->server->locks != FUSE_LOCKS_HOST) {
        return -ENOSYS;
    }
    *file = fuse_file(call->server, in->file);
    if (!*file) {
        return -EBADF;
    }
    if (in->range.type >= ARRAY_SIZE(types) || in->range.end > INT64_MAX ||
        in->range.start > in->range.end) {
        return -EINVAL;
    }
    *claim = (struct share_claim){
        .node = share_file_node(*file),
        .owner = in->owner,
        .file = in->file,
        .process = in->range.pid,
        .lock =
            {
                   .type = types[in->range.type].range,
                   .start = in->range.start,
                   .length = in->range.end == INT64_MAX
                              ? 0
                              : in->range.end - in->range.start + 1,
                   },
    };
    return 0;
}

static int set_lock(struct fuse_call *call, bool waits)
{
    struct fuse_lock in;
    struct share_claim claim;
    struct share_file *file;
    int code = take_lock(call, &in, &claim, &file);
    if (code != 0) {
        return code;
    }
    code = in.lock_flags & FUSE_FLOCK
               ? share_lock_whole(file, types[in.range.type].whole)
               : share_claim(call->server->claims, &claim, waits);
    return code == -EAGAIN && waits ? FUSE_ASK_AGAIN : code;
}

int fuse_setlk(struct fuse_call *call)
{
    return set_lock(call, false);
}

int fuse_setlkw(struct fuse_call *call)
{
    return set_lock(call, true);
}

int fuse_getlk(struct fuse_call *call)
{
    struct fuse_lock in;
    struct share_claim claim;
    struct share_file *file;
    int code = take_lock(call, &in, &claim, &file);
    code = code ? code : share_find_claim(call->server->claims, &claim);
    if (code != 0) {
        return code;
    }
    const struct share_lock *lock = &claim.lock;
    const struct fuse_lock_range out = {
        .start = lock->start,
        .end = lock->length == 0 ? INT64_MAX : lock->start + lock->length - 1,
        .type = lock->type == F_RDLCK   ? FUSE_LOCK_READ
                : lock->type == F_WRLCK ? FUSE_LOCK_WRITE
                                        : FUSE_LOCK_NONE,
        .pid = lock->type == F_UNLCK ? 0 : claim.process,
    };
    fuse_put(call, &out, sizeof(out));
    return 0;
}
