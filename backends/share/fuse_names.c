/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of FUSE about names, about what files are like, and about extended
 * attributes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "backends/share/fuse_internal.h"
#include "base/bits.h"

/* ---- Looking ------------------------------------------------------------- */

static int put_entry(struct fuse_call *call, struct share_node *node,
                     const struct share_attributes *attributes)
{
    struct fuse_entry entry;
    int code = fuse_enter(call->server, node, attributes, &entry);
    if (code == 0) {
        fuse_put(call, &entry, sizeof(entry));
    }
    return code;
}

int fuse_lookup(struct fuse_call *call)
{
    struct share *share = call->server->share;
    const char *name = call->names[0];
    struct share_attributes attributes;
    struct share_node *node = NULL;
    int code;
    bool up = strcmp(name, "..") == 0;
    if (up || strcmp(name, ".") == 0) {
        node = call->node;
        if (up) {
            node = share_parent(share, node);
        } else {
            share_hold(node);
        }
        code = share_get(share, node, &attributes);
        if (code != 0) {
            share_let_go(share, node, 1);
        }
    } else {
        code = share_look_up(share, call->node, name, &node, &attributes);
    }
    return code ? code : put_entry(call, node, &attributes);
}

static int put_attributes(struct fuse_call *call)
{
    struct share_attributes attributes;
    struct fuse_getattr_result out = {.valid_s = fuse_valid_s(call->server)};
    int code = share_get(call->server->share, call->node, &attributes);
    if (code == 0) {
        fuse_show(&attributes, &out.attributes);
        fuse_put(call, &out, sizeof(out));
    }
    return code;
}

int fuse_getattr(struct fuse_call *call)
{
    return put_attributes(call);
}

static const struct {
    unsigned bit; /* enum fuse_setattr_bit */
    unsigned what;
} changes[] = {
    {FUSE_SET_MODE,                             SHARE_MODE           },
    {FUSE_SET_UID,                              SHARE_UID            },
    {FUSE_SET_GID,                              SHARE_GID            },
    {FUSE_SET_SIZE,                             SHARE_SIZE           },
    {FUSE_SET_ACCESSED | FUSE_SET_ACCESSED_NOW, SHARE_ACCESSED       },
    {FUSE_SET_MODIFIED | FUSE_SET_MODIFIED_NOW, SHARE_MODIFIED       },
    {FUSE_SET_DROP,                             SHARE_DROP_PRIVILEGES},
};

int fuse_setattr(struct fuse_call *call)
{
    struct fuse_setattr in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_change change = {
        .mode = in.mode,
        .uid = in.uid,
        .gid = in.gid,
        .size = in.size,
        .accessed = {(time_t)in.accessed, (long)in.accessed_ns},
        .modified = {(time_t)in.modified, (long)in.modified_ns},
    };
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        change.what |= in.valid & changes[i].bit ? changes[i].what : 0;
    }
    if (in.accessed_ns >= 1000000000 || in.modified_ns >= 1000000000) {
        return -EINVAL;
    }
    if (in.valid & FUSE_SET_ACCESSED_NOW) {
        change.accessed.tv_nsec = UTIME_NOW;
    }
    if (in.valid & FUSE_SET_MODIFIED_NOW) {
        change.modified.tv_nsec = UTIME_NOW;
    }
    struct share_file *file =
        in.valid & FUSE_SET_BY_FILE ? fuse_file(call->server, in.file) : NULL;
    if (file && share_file_node(file) != call->node) {
        return -EBADF;
    }
    int code = share_set(call->server->share, call->node, file, &change);
    return code ? code : put_attributes(call);
}

int fuse_readlink(struct fuse_call *call)
{
    char target[SHARE_PATH_MAX];
    int size = share_read_link(call->server->share, call->node, target,
                               sizeof(target));
    if (size < 0) {
        return size;
    }
    fuse_put(call, target, (size_t)size);
    return 0;
}

int fuse_statfs(struct fuse_call *call)
{
    struct statvfs is;
    int code = share_statistics(call->server->share, call->node, &is);
    if (code != 0) {
        return code;
    }
    const struct fuse_statfs_result out = {
        .blocks = is.f_blocks,
        .blocks_free = is.f_bfree,
        .blocks_available = is.f_bavail,
        .files = is.f_files,
        .files_free = is.f_ffree,
        .block_size = (uint32_t)is.f_bsize,
        .name_max = SHARE_NAME_MAX,
        .fragment_size = (uint32_t)is.f_frsize,
    };
    fuse_put(call, &out, sizeof(out));
    return 0;
}

/* ---- Making -------------------------------------------------------------- */

static int make(struct fuse_call *call, const char *name,
                const struct share_new *new)
{
    struct share *share = call->server->share;
    struct share_attributes attributes;
    struct share_node *node;
    int code = share_make(share, call->node, name, new, &node);
    if (code != 0) {
        return code;
    }
    code = share_get(share, node, &attributes);
    if (code != 0) {
        share_let_go(share, node, 1);
        return code;
    }
    return put_entry(call, node, &attributes);
}

/* The name of the link, then its target. */
int fuse_symlink(struct fuse_call *call)
{
    const struct share_new new = {
        .mode = S_IFLNK | 0777,
        .target = call->names[1],
        .caller = fuse_caller(call),
    };
    return make(call, call->names[0], &new);
}

int fuse_mknod(struct fuse_call *call)
{
    struct fuse_mknod in;
    memcpy(&in, call->arguments, sizeof(in));
    if (S_ISDIR(in.mode) || S_ISLNK(in.mode)) {
        return -EINVAL;
    }
    const struct share_new new = {
        .mode = (in.mode & S_IFMT) ? in.mode & 0177777
                                   : (in.mode & 07777) | S_IFREG,
        .major = in.device >> 8 & 0xfff,
        .minor = (in.device & 0xff) | (in.device >> 12 & 0xfff00),
        .caller = fuse_caller(call),
    };
    return make(call, call->names[0], &new);
}

int fuse_mkdir(struct fuse_call *call)
{
    struct fuse_mkdir in;
    memcpy(&in, call->arguments, sizeof(in));
    const struct share_new new = {
        .mode = (in.mode & 07777) | S_IFDIR,
        .caller = fuse_caller(call),
    };
    return make(call, call->names[0], &new);
}

int fuse_link(struct fuse_call *call)
{
    struct share *share = call->server->share;
    struct share_attributes attributes;
    struct fuse_link in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_node *node = fuse_find(call->server, in.node);
    if (!node) {
        return -ESTALE;
    }
    int code = share_link(share, node, call->node, call->names[0]);
    code = code ? code : share_get(share, node, &attributes);
    if (code != 0) {
        return code;
    }
    share_hold(node);
    return put_entry(call, node, &attributes);
}

/* ---- Removing and renaming ----------------------------------------------- */

int fuse_unlink(struct fuse_call *call)
{
    return share_remove(call->server->share, call->node, call->names[0], false);
}

int fuse_rmdir(struct fuse_call *call)
{
    return share_remove(call->server->share, call->node, call->names[0], true);
}

static int rename_to(struct fuse_call *call, uint64_t folder, unsigned flags)
{
    struct share_node *to = fuse_find(call->server, folder);
    return to ? share_rename(call->server->share, call->node, call->names[0],
                             to, call->names[1], flags)
              : -ESTALE;
}

int fuse_rename(struct fuse_call *call)
{
    struct fuse_rename in;
    memcpy(&in, call->arguments, sizeof(in));
    return rename_to(call, in.folder, 0);
}

int fuse_rename2(struct fuse_call *call)
{
    struct fuse_rename2 in;
    memcpy(&in, call->arguments, sizeof(in));
    return rename_to(call, in.folder, in.flags);
}

/* ---- Extended attributes ------------------------------------------------- */

int fuse_setxattr(struct fuse_call *call)
{
    struct fuse_setxattr in;
    memcpy(&in, call->arguments, sizeof(in));
    return in.size != call->size
               ? -EINVAL
               : share_set_value(call->server->share, call->node,
                                 call->names[0], call->bytes, call->size,
                                 (int)in.flags &
                                     (XATTR_CREATE | XATTR_REPLACE));
}

/* A client that asks with no room gets the size. */
static int put_value(struct fuse_call *call, const char *bytes, int size)
{
    struct fuse_getxattr in;
    memcpy(&in, call->arguments, sizeof(in));
    if (size < 0) {
        return size;
    }
    if (in.size != 0) {
        fuse_put(call, bytes, (size_t)size);
        return (size_t)size > in.size ? -ERANGE : 0;
    }
    const struct fuse_getxattr_result out = {.size = (uint32_t)size};
    fuse_put(call, &out, sizeof(out));
    return 0;
}

int fuse_getxattr(struct fuse_call *call)
{
    char bytes[SHARE_VALUE_MAX];
    int size = share_get_value(call->server->share, call->node, call->names[0],
                               bytes, sizeof(bytes));
    return put_value(call, bytes, size);
}

int fuse_listxattr(struct fuse_call *call)
{
    char bytes[SHARE_VALUE_MAX];
    int size = share_list_values(call->server->share, call->node, bytes,
                                 sizeof(bytes));
    return put_value(call, bytes, size);
}

int fuse_removexattr(struct fuse_call *call)
{
    return share_remove_value(call->server->share, call->node, call->names[0]);
}
