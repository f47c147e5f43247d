/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of FUSE about open files and folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/share/fuse_internal.h"
#include "base/bits.h"

/* ---- Opening ------------------------------------------------------------- */

static const struct {
    unsigned bit; /* enum fuse_open_flag */
    int flag;
} flags[] = {
    {FUSE_OPEN_EXCLUSIVE, O_EXCL  },
    {FUSE_OPEN_TRUNCATE,  O_TRUNC },
    {FUSE_OPEN_APPEND,    O_APPEND},
    {FUSE_OPEN_DSYNC,     O_DSYNC },
    {FUSE_OPEN_SYNC,      O_SYNC  },
};

/* The host's flags, or -EINVAL. */
static int flags_of(uint32_t word)
{
    static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR, -EINVAL};
    int host = access[word & FUSE_OPEN_ACCESS];
    for (size_t i = 0; i < ARRAY_SIZE(flags) && host >= 0; i++) {
        host |= word & flags[i].bit ? flags[i].flag : 0;
    }
    return host;
}

static void put_opened(struct fuse_call *call, struct share_file *file,
                       bool is_folder)
{
    static const uint32_t results[] = {
        [FUSE_CACHE_NONE] = FUSE_OPENED_DIRECT,
        [FUSE_CACHE_AUTO] = 0,
        [FUSE_CACHE_ALWAYS] = FUSE_OPENED_KEEP_CACHE,
    };
    struct fuse *server = call->server;
    const struct fuse_open_result out = {
        .file = fuse_add_file(server, file),
        .flags = is_folder
                     ? server->cache == FUSE_CACHE_ALWAYS
                           ? FUSE_OPENED_KEEP_CACHE | FUSE_OPENED_CACHE_FOLDER
                           : 0
                     : results[server->cache],
    };
    fuse_put(call, &out, sizeof(out));
}

static int drop_privileges(struct fuse_call *call, struct share_node *node)
{
    const struct share_change change = {.what = SHARE_DROP_PRIVILEGES};
    return share_set(call->server->share, node, NULL, &change);
}

int fuse_open(struct fuse_call *call)
{
    struct fuse_open in;
    struct share_file *file;
    memcpy(&in, call->arguments, sizeof(in));
    int host = flags_of(in.flags);
    int code = host < 0 ? host
                        : share_open_file(call->server->share, call->node, host,
                                          &file);
    if (code != 0) {
        return code;
    }
    if ((in.flags & FUSE_OPEN_TRUNCATE) && (in.more_flags & FUSE_OPEN_DROP)) {
        (void)drop_privileges(call, call->node);
    }
    put_opened(call, file, false);
    return 0;
}

int fuse_opendir(struct fuse_call *call)
{
    struct share_attributes attributes;
    struct share_file *file;
    int code = share_get(call->server->share, call->node, &attributes);
    if (code == 0 && !S_ISDIR(attributes.mode)) {
        code = -ENOTDIR;
    }
    if (code == 0) {
        code =
            share_open_file(call->server->share, call->node, O_RDONLY, &file);
    }
    if (code == 0) {
        put_opened(call, file, true);
    }
    return code;
}

int fuse_make_file(struct fuse_call *call)
{
    struct share *share = call->server->share;
    struct fuse_create in;
    struct share_attributes attributes;
    struct share_node *node;
    struct share_file *file;
    struct fuse_entry entry;
    memcpy(&in, call->arguments, sizeof(in));
    const struct share_new new = {
        .mode = in.mode & 07777,
        .caller = fuse_caller(call),
    };
    int host = flags_of(in.flags);
    int code = host < 0 ? host
                        : share_create(share, call->node, call->names[0], host,
                                       &new, &node, &file);
    if (code != 0) {
        return code;
    }
    code = share_get(share, node, &attributes);
    if (code != 0) {
        share_let_go(share, node, 1);
    } else {
        code = fuse_enter(call->server, node, &attributes, &entry);
    }
    if (code != 0) {
        share_close_file(share, file);
        return code;
    }
    fuse_put(call, &entry, sizeof(entry));
    put_opened(call, file, false);
    return 0;
}

int fuse_release(struct fuse_call *call)
{
    struct fuse_release in;
    memcpy(&in, call->arguments, sizeof(in));
    fuse_drop_file(call->server, in.file);
    return 0;
}

/* A write is done when it is answered: nothing is left to be flushed. When a
 * process closes one of its files its locks in there end (fcntl(2)). */
int fuse_flush(struct fuse_call *call)
{
    struct fuse_flush in;
    memcpy(&in, call->arguments, sizeof(in));
    const struct share_file *file = fuse_file(call->server, in.file);
    if (file) {
        share_unlock_owner(call->server->claims, share_file_node(file),
                           in.lock_owner);
    }
    return file ? 0 : -EBADF;
}

int fuse_fsync(struct fuse_call *call)
{
    struct fuse_fsync in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    return file ? share_sync(file, in.flags & FUSE_SYNC_DATA_ONLY) : -EBADF;
}

int fuse_syncfs(struct fuse_call *call)
{
    return share_sync_all(call->server->share);
}

/* ---- Bytes --------------------------------------------------------------- */

static size_t room_for(const struct fuse_call *call, uint32_t size)
{
    size_t room = call->room - call->written;
    return size < room ? size : room;
}

int fuse_read(struct fuse_call *call)
{
    struct fuse_transfer in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    int64_t moved = file ? share_read(file, call->reply + call->written,
                                      room_for(call, in.size), in.offset)
                         : -EBADF;
    call->written += moved > 0 ? (size_t)moved : 0;
    return moved < 0 ? (int)moved : 0;
}

/* The pages of a mapping are written where they are; what a program appends is
 * at the end that the host has. */
int fuse_write(struct fuse_call *call)
{
    struct fuse_transfer in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    if (in.size != call->size || !file) {
        return file ? -EINVAL : -EBADF;
    }
    int64_t moved = share_write(file, call->bytes, call->size, in.offset,
                                !(in.transfer_flags & FUSE_WRITE_CACHED));
    if (moved < 0) {
        return (int)moved;
    }
    if (in.transfer_flags & FUSE_WRITE_DROP) {
        (void)drop_privileges(call, share_file_node(file));
    }
    const struct fuse_write_result out = {.size = (uint32_t)moved};
    fuse_put(call, &out, sizeof(out));
    return 0;
}

int fuse_fallocate(struct fuse_call *call)
{
    struct fuse_fallocate in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    const uint32_t known =
        FUSE_ALLOCATE_KEEP_SIZE | FUSE_ALLOCATE_PUNCH_HOLE | FUSE_ALLOCATE_ZERO;
    return !file ? -EBADF
           : in.mode & ~known
               ? -EOPNOTSUPP
               : share_allocate(file, (int)in.mode, in.offset, in.size);
}

int fuse_lseek(struct fuse_call *call)
{
    struct fuse_lseek in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    if (!file || (in.whence != FUSE_SEEK_DATA && in.whence != FUSE_SEEK_HOLE)) {
        return file ? -EINVAL : -EBADF;
    }
    int64_t found = share_seek(
        file, in.offset, in.whence == FUSE_SEEK_DATA ? SEEK_DATA : SEEK_HOLE);
    if (found < 0) {
        return (int)found;
    }
    const struct fuse_lseek_result out = {.offset = (uint64_t)found};
    fuse_put(call, &out, sizeof(out));
    return 0;
}

int fuse_copy_file_range(struct fuse_call *call)
{
    struct fuse_copy in;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *from = fuse_file(call->server, in.from_file);
    struct share_file *to = fuse_file(call->server, in.to_file);
    if (!from || !to || in.flags != 0) {
        return in.flags != 0 ? -EINVAL : -EBADF;
    }
    int64_t moved = share_copy(from, in.from_offset, to, in.to_offset, in.size);
    if (moved < 0) {
        return (int)moved;
    }
    const struct fuse_write_result out = {.size = (uint32_t)moved};
    fuse_put(call, &out, sizeof(out));
    return 0;
}

/* ---- Folders ------------------------------------------------------------- */

/* The attributes that an entry of READDIRPLUS has in front; no lookup is
 * counted for one that is gone, or for the two that every folder has. */
static void look_at(struct fuse_call *call, struct share_file *file,
                    const struct share_entry *one, struct fuse_entry *entry)
{
    struct share *share = call->server->share;
    struct share_attributes attributes;
    struct share_node *node;
    char name[SHARE_NAME_MAX + 1];
    size_t length = strlen(one->name);
    *entry = (struct fuse_entry){0};
    if (length > SHARE_NAME_MAX || strcmp(one->name, ".") == 0 ||
        strcmp(one->name, "..") == 0) {
        return;
    }
    memcpy(name, one->name, length + 1);
    if (share_look_up(share, share_file_node(file), name, &node, &attributes) ==
        0) {
        (void)fuse_enter(call->server, node, &attributes, entry);
    }
}

static int read_folder(struct fuse_call *call, bool plus)
{
    static const uint8_t zeros[8];
    struct fuse_transfer in;
    struct share_entry one;
    memcpy(&in, call->arguments, sizeof(in));
    struct share_file *file = fuse_file(call->server, in.file);
    size_t end = call->written + room_for(call, in.size);
    size_t start = call->written;
    uint64_t position = in.offset;
    int code = -EBADF;
    while (file && (code = share_list(call->server->share, file, position++,
                                      &one)) > 0) {
        size_t length = strlen(one.name);
        size_t padding = -length & 7;
        struct fuse_entry entry;
        const struct fuse_folder_entry head = {one.number, position,
                                               (uint32_t)length, one.type};
        if ((plus ? sizeof(entry) : 0) + sizeof(head) + length + padding >
            end - call->written) {
            break;
        }
        if (plus) {
            look_at(call, file, &one, &entry);
            fuse_put(call, &entry, sizeof(entry));
        }
        fuse_put(call, &head, sizeof(head));
        fuse_put(call, one.name, length);
        fuse_put(call, zeros, padding);
    }
    return code < 0 && call->written == start ? code : 0;
}

int fuse_readdir(struct fuse_call *call)
{
    return read_folder(call, false);
}

int fuse_readdirplus(struct fuse_call *call)
{
    return read_folder(call, true);
}
