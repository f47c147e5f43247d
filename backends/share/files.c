/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open files and folders of a share. A node is opened through its descriptor,
 * by the link of /proc, after its type was seen: what is opened is that file,
 * and never a device or fifo that took its name meanwhile.
 *
 * A folder is listed as a whole, sorted by name, when its first entry is read:
 * the order is the same on each host, and files that come or go between two
 * reads move no other's position.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

#include "backends/share/internal.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/folder.h"

enum {
    FLAGS = O_ACCMODE | O_TRUNC | O_DSYNC | O_SYNC,
    /* The size of all lists together; a folder whose list is longer has none.
     */
    LISTING_MAX = 64 << 20,
    READ_SIZE = 32 << 10,
};

/* ---- Opening ------------------------------------------------------------- */

static int open_node(struct share *share, struct share_node *node, int flags)
{
    char path[SHARE_PROC_PATH];
    int code = share_node_path(share, node, path);
    if (code != 0) {
        return code;
    }
    int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    return fd;
}

static int check_open(const struct share *share, const struct share_node *node,
                      int flags)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
    if (node->type == S_IFDIR && writes) {
        return -EISDIR;
    }
    if (node->type != S_IFREG && node->type != S_IFDIR) {
        return node->type == S_IFLNK ? -ELOOP : -ENXIO;
    }
    return writes && share->read_only ? -EROFS
           : share->file_count >= SHARE_FILES_MAX ||
                   share->file_count >= share->descriptors_max
               ? -ENFILE
               : 0;
}

int share_open_file(struct share *share, struct share_node *node, int flags,
                    struct share_file **file)
{
    int code = check_open(share, node, flags);
    int fd = code ? code : open_node(share, node, flags & FLAGS);
    if (fd < 0) {
        return fd;
    }
    struct share_file *opened = xcalloc(1, sizeof(*opened));
    *opened = (struct share_file){
        .share = share,
        .node = node,
        .fd = fd,
        .appends = flags & O_APPEND,
        .next = share->files,
    };
    share_hold(node);
    if (share->files) {
        share->files->before = opened;
    }
    share->files = opened;
    share->file_count++;
    *file = opened;
    return 0;
}

static void drop_listing(struct share_file *file)
{
    file->share->listing_bytes -= file->listing.bytes;
    free(file->listing.entries);
    free(file->listing.names);
    file->listing = (struct share_listing){0};
}

void share_close_file(struct share *share, struct share_file *file)
{
    if (!file) {
        return;
    }
    *(file->before ? &file->before->next : &share->files) = file->next;
    if (file->next) {
        file->next->before = file->before;
    }
    share->file_count--;
    drop_listing(file);
    close(file->fd);
    share_let_go(share, file->node, 1);
    free(file);
}

struct share_node *share_file_node(const struct share_file *file)
{
    return file->node;
}

/* ---- Bytes --------------------------------------------------------------- */

int64_t share_read(struct share_file *file, void *bytes, size_t size,
                   uint64_t offset)
{
    return offset > INT64_MAX - size
               ? -EINVAL
               : folder_read_at(file->fd, bytes, size, offset);
}

int64_t share_write(struct share_file *file, const void *bytes, size_t size,
                    uint64_t offset, bool append)
{
    size_t done = 0;
    int flags = append && file->appends ? RWF_APPEND : 0;
    if (offset > INT64_MAX - size) {
        return -EFBIG;
    }
    while (done < size) {
        struct iovec piece = {(uint8_t *)(uintptr_t)bytes + done, size - done};
        ssize_t count =
            pwritev2(file->fd, &piece, 1, (off_t)(offset + done), flags);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && done == 0) {
            return -errno;
        }
        if (count <= 0) {
            break;
        }
        done += (size_t)count;
    }
    return (int64_t)done;
}

int share_sync(struct share_file *file, bool data_only)
{
    int result = data_only ? fdatasync(file->fd) : fsync(file->fd);
    return result == 0 ? 0 : -errno;
}

/* Files that are closed were written back by the host or will be; syncfs(2)
 * takes the folder's file system as a whole. */
int share_sync_all(struct share *share)
{
    int fd = open_node(share, share->root, O_RDONLY | O_DIRECTORY);
    int code = fd < 0 ? fd : syncfs(fd) == 0 ? 0 : -errno;
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

int share_allocate(struct share_file *file, int mode, uint64_t offset,
                   uint64_t size)
{
    if (offset > INT64_MAX || size > INT64_MAX - offset) {
        return -EFBIG;
    }
    return fallocate(file->fd, mode, (off_t)offset, (off_t)size) == 0 ? 0
                                                                      : -errno;
}

int64_t share_seek(struct share_file *file, uint64_t offset, int whence)
{
    if ((whence != SEEK_DATA && whence != SEEK_HOLE) || offset > INT64_MAX) {
        return -EINVAL;
    }
    off_t found = lseek(file->fd, (off_t)offset, whence);
    return found < 0 ? -errno : (int64_t)found;
}

int64_t share_copy(struct share_file *from, uint64_t from_offset,
                   struct share_file *to, uint64_t to_offset, uint64_t size)
{
    off_t in = (off_t)from_offset;
    off_t out = (off_t)to_offset;
    if (from_offset > INT64_MAX || to_offset > INT64_MAX) {
        return -EINVAL;
    }
    size_t most = size < 1 << 30 ? (size_t)size : 1 << 30;
    ssize_t count = copy_file_range(from->fd, &in, to->fd, &out, most, 0);
    return count < 0 ? -errno : (int64_t)count;
}

/* ---- Locks --------------------------------------------------------------- */

static int to_host(const struct share_lock *lock, struct flock *host)
{
    *host = (struct flock){
        .l_type = lock->type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)lock->start,
        .l_len = (off_t)lock->length,
    };
    bool possible =
        lock->start <= INT64_MAX && lock->length <= INT64_MAX - lock->start;
    return possible ? 0 : -EINVAL;
}

int share_lock(struct share_file *file, const struct share_lock *lock)
{
    struct flock host;
    int code = to_host(lock, &host);
    if (code == 0 && fcntl(file->fd, F_OFD_SETLK, &host) != 0) {
        code = errno == EACCES ? -EAGAIN : -errno;
    }
    return code;
}

int share_lock_whole(struct share_file *file, int operation)
{
    return flock(file->fd, operation | LOCK_NB) == 0 ? 0 : -errno;
}

int share_find_lock(struct share_file *file, struct share_lock *lock)
{
    struct flock host;
    int code = to_host(lock, &host);
    if (code == 0 && fcntl(file->fd, F_OFD_GETLK, &host) != 0) {
        code = -errno;
    }
    if (code == 0) {
        *lock = (struct share_lock){host.l_type, (uint64_t)host.l_start,
                                    (uint64_t)host.l_len};
    }
    return code;
}

/* ---- Listings ------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    const struct share_entry *left = a;
    const struct share_entry *right = b;
    return strcmp(left->name, right->name);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A regular file of the host may stand for another type. */
static uint8_t type_of(const struct share *share, uint8_t type)
{
    return share->owners == SHARE_OWNERS_KEPT && type == DT_REG ? DT_UNKNOWN
                                                                : type;
}

/* Appends what the host has of the folder to entries, with places in names for
 * the names, and to names. */
static int collect(struct share_file *file, struct buffer *entries,
                   struct buffer *names)
{
    uint8_t block[READ_SIZE] __attribute__((aligned(8)));
    ssize_t size;
    if (lseek(file->fd, 0, SEEK_SET) != 0) {
        return -errno;
    }
    while ((size = getdents64(file->fd, block, sizeof(block))) > 0) {
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *one =
                (const struct dirent64 *)(const void *)(block + at);
            at += one->d_reclen;
            if (is_dots(one->d_name)) {
                continue;
            }
            const struct share_entry entry = {
                (const char *)names->size, /* a place, until all are there */
                share_number(file->share, file->node->identity.device,
                             one->d_ino),
                type_of(file->share, one->d_type),
            };
            buffer_append(entries, &entry, sizeof(entry));
            buffer_append(names, one->d_name, strlen(one->d_name) + 1);
        }
        if (entries->size + names->size > LISTING_MAX) {
            return -EFBIG;
        }
    }
    return size < 0 ? -errno : 0;
}

static int load_listing(struct share_file *file)
{
    struct share *share = file->share;
    struct buffer entries = {0};
    struct buffer names = {0};
    drop_listing(file);
    int code = collect(file, &entries, &names);
    if (code != 0) {
        buffer_fini(&entries);
        buffer_fini(&names);
        return code;
    }
    struct share_listing *listing = &file->listing;
    *listing = (struct share_listing){
        .entries = (struct share_entry *)(void *)entries.bytes,
        .names = (char *)names.bytes,
        .count = entries.size / sizeof(struct share_entry),
        .bytes = entries.size + names.size,
    };
    share->listing_bytes += listing->bytes;
    for (size_t i = 0; i < listing->count; i++) {
        listing->entries[i].name =
            listing->names + (size_t)(uintptr_t)listing->entries[i].name;
    }
    if (listing->count > 1) {
        qsort(listing->entries, listing->count, sizeof(struct share_entry),
              by_name);
    }
    for (struct share_file *other = share->files;
         other && share->listing_bytes > LISTING_MAX; other = other->next) {
        if (other != file) {
            drop_listing(other); /* made anew when it is read on */
        }
    }
    return 0;
}

int share_list(struct share *share, struct share_file *file, uint64_t position,
               struct share_entry *entry)
{
    if (file->node->type != S_IFDIR) {
        return -ENOTDIR;
    }
    if (position == 0 || !file->listing.entries) {
        int code = load_listing(file);
        if (code != 0) {
            return code;
        }
    }
    if (position < 2) {
        const struct share_node *node = file->node;
        const struct share_node *shown =
            position == 0 || !node->parent ? node : node->parent;
        *entry = (struct share_entry){
            position == 0 ? "." : "..",
            share_number(share, shown->identity.device, shown->identity.inode),
            DT_DIR,
        };
        return 1;
    }
    if (position - 2 >= file->listing.count) {
        return 0;
    }
    *entry = file->listing.entries[position - 2];
    return 1;
}
