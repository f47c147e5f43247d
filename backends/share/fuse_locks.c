/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of the client's processes that the host and other clients see: of
 * ranges (fcntl(2)) by F_OFD_SETLK, of files (flock(2)) by flock. Nothing here
 * waits: who would is asked again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "backends/share/fuse_internal.h"
#include "base/bits.h"
#include "base/buffer.h"

/* Each has an open file. */
enum { OWNERS_MAX = 1024 };

/* ---- Owners -------------------------------------------------------------- */

static void drop_owner(struct fuse *server, struct fuse_owner **at)
{
    struct fuse_owner *owner = *at;
    *at = owner->next;
    server->owner_count--;
    share_close_file(server->share, owner->locks);
    free(owner);
}

static bool is_of(const struct fuse_owner *owner, const struct share_node *node,
                  uint64_t number)
{
    return owner->owner == number && share_file_node(owner->locks) == node;
}

void fuse_unlock_owner(struct fuse *server, const struct share_node *node,
                       uint64_t owner)
{
    struct fuse_owner **at = &server->owners;
    while (*at && !is_of(*at, node, owner)) {
        at = &(*at)->next;
    }
    if (*at) {
        drop_owner(server, at);
    }
}

void fuse_unlock_file(struct fuse *server, uint64_t file)
{
    for (struct fuse_owner **at = &server->owners; *at;) {
        if ((*at)->file == file) {
            drop_owner(server, at);
        } else {
            at = &(*at)->next;
        }
    }
}

/* What may not be written can be locked for reading. */
static int open_locks(struct fuse *server, struct share_node *node,
                      struct share_file **locks)
{
    int code = share_open_file(server->share, node, O_RDWR, locks);
    return code == -EACCES || code == -EROFS || code == -ETXTBSY
               ? share_open_file(server->share, node, O_RDONLY, locks)
               : code;
}

static int find_owner(struct fuse *server, const struct fuse_lock *in,
                      struct share_node *node, struct fuse_owner **found)
{
    struct fuse_owner *owner = server->owners;
    while (owner && !is_of(owner, node, in->owner)) {
        owner = owner->next;
    }
    *found = owner;
    if (owner) {
        return 0;
    }
    struct share_file *locks = NULL;
    int code = server->owner_count >= OWNERS_MAX
                   ? -ENOLCK
                   : open_locks(server, node, &locks);
    if (code == 0) {
        owner = xcalloc(1, sizeof(*owner));
        *owner =
            (struct fuse_owner){server->owners, in->owner, in->file, locks};
        server->owners = owner;
        server->owner_count++;
        *found = owner;
    }
    return code;
}

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
                     struct share_lock *lock, struct share_file **file)
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
    *lock = (struct share_lock){
        .type = types[in->range.type].range,
        .start = in->range.start,
        .length = in->range.end == INT64_MAX
                      ? 0
                      : in->range.end - in->range.start + 1,
    };
    return 0;
}

static int set_lock(struct fuse_call *call)
{
    struct fuse_lock in;
    struct share_lock lock;
    struct share_file *file;
    struct fuse_owner *owner;
    int code = take_lock(call, &in, &lock, &file);
    if (code != 0) {
        return code;
    }
    if (in.lock_flags & FUSE_FLOCK) {
        return share_lock_whole(file, types[in.range.type].whole);
    }
    code = find_owner(call->server, &in, share_file_node(file), &owner);
    return code ? code : share_lock(owner->locks, &lock);
}

int fuse_setlk(struct fuse_call *call)
{
    return set_lock(call);
}

int fuse_setlkw(struct fuse_call *call)
{
    int code = set_lock(call);
    return code == -EAGAIN ? FUSE_ASK_AGAIN : code;
}

/* Whose a lock of the host is that is in the way is not known. */
int fuse_getlk(struct fuse_call *call)
{
    struct fuse_lock in;
    struct share_lock lock;
    struct share_file *file;
    struct fuse_owner *owner;
    int code = take_lock(call, &in, &lock, &file);
    code = code ? code
                : find_owner(call->server, &in, share_file_node(file), &owner);
    code = code ? code : share_find_lock(owner->locks, &lock);
    if (code != 0) {
        return code;
    }
    const struct fuse_lock_range out = {
        .start = lock.start,
        .end = lock.length == 0 ? INT64_MAX : lock.start + lock.length - 1,
        .type = lock.type == F_RDLCK   ? FUSE_LOCK_READ
                : lock.type == F_WRLCK ? FUSE_LOCK_WRITE
                                       : FUSE_LOCK_NONE,
    };
    fuse_put(call, &out, sizeof(out));
    return 0;
}
