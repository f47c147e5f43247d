/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 9P2000.L about names, and about what files are like. The fields
 * of each are in its comment, as protocol descriptions write them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/share/ninep_internal.h"

/* The fid that the first field names, and the first string as a name. */
static int find_folder(struct ninep_call *call, struct ninep_fid **fid,
                       char name[SHARE_NAME_MAX + 1])
{
    *fid = ninep_find(call->server, call->numbers[0]);
    return *fid ? ninep_name(&call->texts[0], name) : -EBADF;
}

static int make(struct ninep_call *call, struct ninep_fid *fid,
                const char *name, const struct share_new *new)
{
    struct share *share = call->server->share;
    struct share_attributes attributes;
    struct share_node *node;
    int code = share_make(share, fid->node, name, new, &node);
    if (code != 0) {
        return code;
    }
    code = share_get(share, node, &attributes);
    if (code == 0) {
        ninep_put_qid(call, &attributes);
    }
    share_let_go(share, node, 1);
    return code;
}

/* dfid[4] name[s] target[s] gid[4] */
int ninep_symlink(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    char target[SHARE_PATH_MAX];
    struct ninep_fid *fid;
    const struct ninep_text *text = &call->texts[1];
    int code = find_folder(call, &fid, name);
    if (code == 0 && text->size >= sizeof(target)) {
        code = -ENAMETOOLONG;
    }
    if (code == 0 && memchr(text->bytes, 0, text->size)) {
        code = -EINVAL;
    }
    if (code != 0) {
        return code;
    }
    memcpy(target, text->bytes, text->size);
    target[text->size] = '\0';
    const struct share_new new = {
        .mode = S_IFLNK | 0777,
        .target = target,
        .caller = ninep_caller(fid, call->numbers[1]),
    };
    return make(call, fid, name, &new);
}

/* dfid[4] name[s] mode[4] major[4] minor[4] gid[4] */
int ninep_mknod(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep_fid *fid;
    int code = find_folder(call, &fid, name);
    uint32_t mode = (uint32_t)call->numbers[1];
    if (code == 0 && (S_ISDIR(mode) || S_ISLNK(mode))) {
        code = -EINVAL;
    }
    if (code != 0) {
        return code;
    }
    const struct share_new new = {
        .mode = (mode & S_IFMT) ? mode & 0177777 : (mode & 07777) | S_IFREG,
        .major = (uint32_t)call->numbers[2],
        .minor = (uint32_t)call->numbers[3],
        .caller = ninep_caller(fid, call->numbers[4]),
    };
    return make(call, fid, name, &new);
}

/* dfid[4] name[s] mode[4] gid[4] */
int ninep_mkdir(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep_fid *fid;
    int code = find_folder(call, &fid, name);
    if (code != 0) {
        return code;
    }
    const struct share_new new = {
        .mode = ((uint32_t)call->numbers[1] & 07777) | S_IFDIR,
        .caller = ninep_caller(fid, call->numbers[2]),
    };
    return make(call, fid, name, &new);
}

/* dfid[4] fid[4] name[s] */
int ninep_link(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep_fid *folder;
    int code = find_folder(call, &folder, name);
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[1]);
    if (code == 0 && !fid) {
        code = -EBADF;
    }
    return code
               ? code
               : share_link(call->server->share, fid->node, folder->node, name);
}

/* olddirfid[4] oldname[s] newdirfid[4] newname[s] */
int ninep_renameat(struct ninep_call *call)
{
    char from_name[SHARE_NAME_MAX + 1];
    char to_name[SHARE_NAME_MAX + 1];
    struct ninep_fid *from;
    int code = find_folder(call, &from, from_name);
    struct ninep_fid *to = ninep_find(call->server, call->numbers[1]);
    if (code == 0) {
        code = to ? ninep_name(&call->texts[1], to_name) : -EBADF;
    }
    return code ? code
                : share_rename(call->server->share, from->node, from_name,
                               to->node, to_name, 0);
}

/* fid[4] dfid[4] name[s] */
int ninep_rename(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep_fid *fid;
    int code = find_folder(call, &fid, name);
    struct ninep_fid *to = ninep_find(call->server, call->numbers[1]);
    if (code == 0 && !to) {
        code = -EBADF;
    }
    return code ? code
                : share_rename_node(call->server->share, fid->node, to->node,
                                    name);
}

/* dirfid[4] name[s] flags[4] */
int ninep_unlinkat(struct ninep_call *call)
{
    char name[SHARE_NAME_MAX + 1];
    struct ninep_fid *fid;
    int code = find_folder(call, &fid, name);
    return code ? code
                : share_remove(call->server->share, fid->node, name,
                               call->numbers[1] & NINEP_UNLINK_FOLDER);
}

/* fid[4]: the fid ends, whatever comes of it. */
int ninep_remove(struct ninep_call *call)
{
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    if (!fid) {
        return -EBADF;
    }
    int code = share_remove_node(call->server->share, fid->node);
    int dropped = ninep_drop(call->server, fid);
    return code ? code : dropped;
}

/* fid[4] */
int ninep_readlink(struct ninep_call *call)
{
    char target[SHARE_PATH_MAX];
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int size = fid ? share_read_link(call->server->share, fid->node, target,
                                     sizeof(target))
                   : -EBADF;
    if (size < 0) {
        return size;
    }
    ninep_put(call, (uint64_t)size, 2);
    ninep_put_bytes(call, target, (size_t)size);
    return 0;
}

static void put_time(struct ninep_call *call, const struct timespec *time)
{
    ninep_put(call, (uint64_t)time->tv_sec, 8);
    ninep_put(call, (uint64_t)time->tv_nsec, 8);
}

/* fid[4] request_mask[8] */
int ninep_getattr(struct ninep_call *call)
{
    struct share_attributes is;
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int code = fid ? share_get(call->server->share, fid->node, &is) : -EBADF;
    if (code != 0) {
        return code;
    }
    uint64_t device = (is.minor & 0xff) | (uint64_t)(is.major & 0xfff) << 8 |
                      (uint64_t)(is.minor & ~0xffu) << 12;
    const uint32_t owner[] = {is.mode, is.uid, is.gid};
    const uint64_t sizes[] = {is.links, device, is.size, is.block_size,
                              is.blocks};
    ninep_put(call, NINEP_GETATTR_BASIC, 8);
    ninep_put_qid(call, &is);
    for (size_t i = 0; i < 3; i++) {
        ninep_put(call, owner[i], 4);
    }
    for (size_t i = 0; i < 5; i++) {
        ninep_put(call, sizes[i], 8);
    }
    put_time(call, &is.accessed);
    put_time(call, &is.modified);
    put_time(call, &is.changed);
    for (size_t i = 0; i < 4; i++) {
        ninep_put(call, 0, 8); /* birth, generation and data version */
    }
    return 0;
}

static const struct {
    unsigned bit; /* enum ninep_setattr */
    unsigned what;
} changes[] = {
    {NINEP_SET_MODE,  SHARE_MODE    },
    {NINEP_SET_UID,   SHARE_UID     },
    {NINEP_SET_GID,   SHARE_GID     },
    {NINEP_SET_SIZE,  SHARE_SIZE    },
    {NINEP_SET_ATIME, SHARE_ACCESSED},
    {NINEP_SET_MTIME, SHARE_MODIFIED},
};

static bool time_of(bool is_given, uint64_t seconds, uint64_t nanoseconds,
                    struct timespec *time)
{
    *time = (struct timespec){
        .tv_sec = is_given ? (time_t)seconds : 0,
        .tv_nsec = is_given ? (long)nanoseconds : UTIME_NOW,
    };
    return !is_given || nanoseconds < 1000000000;
}

/* fid[4] valid[4] mode[4] uid[4] gid[4] size[8] atime_sec[8] atime_nsec[8]
 * mtime_sec[8] mtime_nsec[8] */
int ninep_setattr(struct ninep_call *call)
{
    const uint64_t *n = call->numbers;
    struct ninep_fid *fid = ninep_find(call->server, n[0]);
    struct share_change change = {
        .mode = (uint32_t)n[2],
        .uid = (uint32_t)n[3],
        .gid = (uint32_t)n[4],
        .size = n[5],
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        change.what |= n[1] & changes[i].bit ? changes[i].what : 0;
    }
    bool possible =
        time_of(n[1] & NINEP_SET_ATIME_VALUE, n[6], n[7], &change.accessed) &&
        time_of(n[1] & NINEP_SET_MTIME_VALUE, n[8], n[9], &change.modified);
    if (!fid || !possible) {
        return fid ? -EINVAL : -EBADF;
    }
    return share_set(call->server->share, fid->node, fid->file, &change);
}

/* fid[4] */
int ninep_statfs(struct ninep_call *call)
{
    struct statvfs is;
    struct ninep_fid *fid = ninep_find(call->server, call->numbers[0]);
    int code =
        fid ? share_statistics(call->server->share, fid->node, &is) : -EBADF;
    if (code != 0) {
        return code;
    }
    /* Blocks are counted in the units of f_frsize. */
    const uint64_t counts[] = {is.f_blocks, is.f_bfree, is.f_bavail,
                               is.f_files,  is.f_ffree, is.f_fsid};
    ninep_put(call, NINEP_FILE_SYSTEM, 4);
    ninep_put(call, is.f_frsize, 4);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        ninep_put(call, counts[i], 8);
    }
    ninep_put(call, SHARE_NAME_MAX, 4);
    return 0;
}
