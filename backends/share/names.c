/* SPDX-License-Identifier: Apache-2.0 */
/* Making, linking, renaming and removing what is in a shared folder, and
 * changing what it is like. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/share/internal.h"
#include "base/bits.h"
#include "host/keeper.h"

/* The folder's descriptor, if a name in it may be changed. */
static int folder_for(struct share *share, struct share_node *folder,
                      const char *name)
{
    int code = share_check_name(name);
    if (code == 0 && folder->type != S_IFDIR) {
        code = -ENOTDIR;
    }
    return code               ? code
           : share->read_only ? -EROFS
                              : share_node_fd(share, folder);
}

/* ---- Making -------------------------------------------------------------- */

/* The file that stands for a link on the host: its target is the contents. */
static int make_file(int at, const char *name, const char *contents)
{
    int fd = openat(at, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    size_t size = strlen(contents);
    ssize_t written = write(fd, contents, size);
    int code = written == (ssize_t)size ? 0 : written < 0 ? -errno : -ENOSPC;
    close(fd);
    return code;
}

static int make_on_host(struct share *share, int at, const char *name,
                        const struct share_new *new)
{
    uint32_t type = share_host_type(share, new->mode &S_IFMT);
    int result = 0;
    switch (type) {
    case S_IFDIR:
        result = mkdirat(at, name, share_host_mode(share, new->mode));
        break;
    case S_IFLNK:
        result = symlinkat(new->target, at, name);
        break;
    case S_IFREG:
        return make_file(at, name, S_ISLNK(new->mode) ? new->target : "");
    case S_IFIFO:
    case S_IFSOCK:
        result = mknodat(at, name, type | share_host_mode(share, new->mode), 0);
        break;
    default:
        return -EPERM; /* a device: the host's would be one for all */
    }
    return result == 0 ? 0 : -errno;
}

int share_make(struct share *share, struct share_node *folder, const char *name,
               const struct share_new *new, struct share_node **made)
{
    int at = folder_for(share, folder, name);
    if (at < 0) {
        return at;
    }
    if (S_ISLNK(new->mode) &&
        (*new->target == '\0' || strlen(new->target) >= SHARE_PATH_MAX)) {
        return *new->target ? -ENAMETOOLONG : -ENOENT;
    }
    int code = make_on_host(share, at, name, new);
    code = code ? code : share_look_up(share, folder, name, made, NULL);
    if (code != 0) {
        return code;
    }
    code = share_set_owner(share, *made, new);
    if (code != 0) {
        (void)share_remove(share, folder, name, S_ISDIR(new->mode));
        share_let_go(share, *made, 1);
    }
    return code;
}

int share_create(struct share *share, struct share_node *folder,
                 const char *name, int flags, const struct share_new *new,
                 struct share_node **made, struct share_file **file)
{
    struct share_new regular = *new;
    regular.mode = (new->mode & ~(uint32_t)S_IFMT) | S_IFREG;
    int code = share_make(share, folder, name, &regular, made);
    bool is_new = code == 0;
    if (code == -EEXIST && !(flags & O_EXCL)) {
        code = share_look_up(share, folder, name, made, NULL);
    }
    if (code != 0) {
        return code;
    }
    /* A file that was made without write permission can be written by this
     * descriptor (open(2), O_CREAT). */
    struct share_change open_mode = {.what = SHARE_MODE, .mode = 0600};
    bool shut = is_new && share->owners == SHARE_OWNERS_USER &&
                (new->mode & 0600) != 0600;
    if (shut) {
        code = share_change_owner(share, *made, &open_mode);
    }
    code = code ? code : share_open_file(share, *made, flags, file);
    if (shut) {
        open_mode.mode = new->mode;
        (void)share_change_owner(share, *made, &open_mode);
    }
    if (code != 0) {
        share_let_go(share, *made, 1);
    }
    return code;
}

/* By the name that the node has: linkat by a descriptor needs privileges. */
int share_link(struct share *share, struct share_node *node,
               struct share_node *folder, const char *name)
{
    int at = folder_for(share, folder, name);
    if (at < 0) {
        return at;
    }
    if (node->type == S_IFDIR) {
        return -EPERM;
    }
    if (!node->name) {
        return -ENOENT;
    }
    at = share_pin(share, folder);
    int from = at < 0 ? at : share_node_fd(share, node->parent);
    int code = from < 0 ? from : 0;
    if (code == 0 && share_find_name(share, node->parent, node->name) != node) {
        code = -ESTALE;
    }
    if (code == 0 && linkat(from, node->name, at, name, 0) != 0) {
        code = -errno;
    }
    if (at >= 0) {
        share_unpin(folder);
    }
    return code;
}

/* ---- Removing ------------------------------------------------------------ */

/* The node that is about to lose a name keeps a descriptor in its place; it is
 * held. NULL: no client has it. */
static struct share_node *keep(struct share *share, struct share_node *folder,
                               const char *name)
{
    struct share_node *node = share_find_name(share, folder, name);
    if (node) {
        share_hold(node);
        if (share_pin(share, node) < 0) {
            share_let_go(share, node, 1);
            return NULL;
        }
    }
    return node;
}

static void unkeep(struct share *share, struct share_node *node, bool lost,
                   const struct share_node *folder, const char *name)
{
    if (!node) {
        return;
    }
    share_unpin(node);
    if (lost && node->name && node->parent == folder &&
        strcmp(node->name, name) == 0) {
        share_node_named(share, node, NULL, NULL);
    }
    share_let_go(share, node, 1);
}

int share_remove(struct share *share, struct share_node *folder,
                 const char *name, bool is_folder)
{
    int at = folder_for(share, folder, name);
    if (at < 0) {
        return at;
    }
    struct share_node *node = keep(share, folder, name);
    at = share_node_fd(share, folder);
    int code = at < 0 ? at : 0;
    if (code == 0 && unlinkat(at, name, is_folder ? AT_REMOVEDIR : 0) != 0) {
        code = -errno;
    }
    unkeep(share, node, code == 0, folder, name);
    return code;
}

int share_remove_node(struct share *share, struct share_node *node)
{
    char name[SHARE_NAME_MAX + 1];
    if (!node->name) {
        return node == share_root(share) ? -EBUSY : -ENOENT;
    }
    struct share_node *folder = share_parent(share, node);
    (void)snprintf(name, sizeof(name), "%s", node->name);
    int code = share_find_name(share, folder, name) == node
                   ? share_remove(share, folder, name, node->type == S_IFDIR)
                   : -ESTALE;
    share_let_go(share, folder, 1);
    return code;
}

/* ---- Renaming ------------------------------------------------------------ */

struct end {
    struct share_node *folder;
    const char *name;
    struct share_node *node; /* kept */
};

static int rename_on_host(struct share *share, const struct end *from,
                          const struct end *to, unsigned flags)
{
    int at = share_pin(share, from->folder);
    if (at < 0) {
        return at;
    }
    int code = share_node_fd(share, to->folder);
    if (code >= 0) {
        code =
            renameat2(at, from->name, code, to->name, flags) == 0 ? 0 : -errno;
    }
    share_unpin(from->folder);
    return code;
}

static void renamed(struct share *share, const struct end *from,
                    const struct end *to, unsigned flags)
{
    /* Two names of one file: nothing was done (rename(2)). */
    if (from->node && from->node == to->node) {
        return;
    }
    if (to->node && (flags & RENAME_EXCHANGE)) {
        share_node_named(share, to->node, from->folder, from->name);
    } else if (to->node && to->node->parent == to->folder && to->node->name &&
               strcmp(to->node->name, to->name) == 0) {
        share_node_named(share, to->node, NULL, NULL);
    }
    if (from->node) {
        share_node_named(share, from->node, to->folder, to->name);
    }
}

int share_rename(struct share *share, struct share_node *from,
                 const char *from_name, struct share_node *to,
                 const char *to_name, unsigned flags)
{
    int code = folder_for(share, from, from_name);
    code = code < 0 ? code : folder_for(share, to, to_name);
    if (code < 0) {
        return code;
    }
    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) {
        return -EINVAL;
    }
    struct end source = {from, from_name, keep(share, from, from_name)};
    struct end target = {to, to_name, keep(share, to, to_name)};
    code = rename_on_host(share, &source, &target, flags);
    if (code == 0) {
        renamed(share, &source, &target, flags);
    }
    unkeep(share, target.node, false, NULL, NULL);
    unkeep(share, source.node, false, NULL, NULL);
    return code;
}

int share_rename_node(struct share *share, struct share_node *node,
                      struct share_node *to, const char *to_name)
{
    char name[SHARE_NAME_MAX + 1];
    if (!node->name) {
        return node == share_root(share) ? -EBUSY : -ENOENT;
    }
    struct share_node *from = share_parent(share, node);
    (void)snprintf(name, sizeof(name), "%s", node->name);
    int code = share_find_name(share, from, name) == node
                   ? share_rename(share, from, name, to, to_name, 0)
                   : -ESTALE;
    share_let_go(share, from, 1);
    return code;
}

/* ---- Nodes --------------------------------------------------------------- */

int share_read_link(struct share *share, struct share_node *node, char *target,
                    size_t size)
{
    struct share_attributes attributes;
    struct share_file *file;
    int code = share_get(share, node, &attributes);
    if (code != 0 || !S_ISLNK(attributes.mode)) {
        return code ? code : -EINVAL;
    }
    if (node->type == S_IFLNK) {
        int fd = share_node_fd(share, node);
        ssize_t length = fd < 0 ? fd : readlinkat(fd, "", target, size);
        return fd < 0                   ? fd
               : length < 0             ? -errno
               : (size_t)length == size ? -ENAMETOOLONG
                                        : (int)length;
    }
    code = share_open_file(share, node, O_RDONLY, &file);
    if (code == 0) {
        code = (int)share_read(file, target, size, 0);
        share_close_file(share, file);
    }
    return code == (int)size ? -ENAMETOOLONG : code;
}

static int set_size(struct share *share, struct share_node *node,
                    struct share_file *file, uint64_t size)
{
    struct share_file *opened = NULL;
    int code = size > INT64_MAX ? -EFBIG : 0;
    if (code == 0 && !file) {
        code = share_open_file(share, node, O_WRONLY, &opened);
        file = opened;
    }
    if (code == 0 && ftruncate(file->fd, (off_t)size) != 0) {
        code = -errno;
    }
    share_close_file(share, opened);
    return code;
}

static int set_times(struct share *share, struct share_node *node,
                     const struct share_change *change)
{
    const struct timespec omit = {.tv_nsec = UTIME_OMIT};
    const struct keeper_change times = {
        .kind = KEEPER_TIMES,
        .times = {change->what & SHARE_ACCESSED ? change->accessed : omit,
                  change->what & SHARE_MODIFIED ? change->modified : omit},
    };
    int fd = share_node_fd(share, node);
    return fd < 0 ? fd : keeper_change(fd, &times);
}

int share_set(struct share *share, struct share_node *node,
              struct share_file *file, const struct share_change *change)
{
    unsigned what = change->what;
    int code = share->read_only ? -EROFS : 0;
    if (code == 0 && (what & SHARE_SIZE)) {
        code = set_size(share, node, file, change->size);
    }
    if (code == 0 &&
        (what & (SHARE_MODE | SHARE_UID | SHARE_GID | SHARE_DROP_PRIVILEGES))) {
        code = share_change_owner(share, node, change);
    }
    if (code == 0 && (what & (SHARE_ACCESSED | SHARE_MODIFIED))) {
        code = set_times(share, node, change);
    }
    return code;
}

int share_statistics(struct share *share, struct share_node *node,
                     struct statvfs *statistics)
{
    int fd = share_node_fd(share, node);
    return fd < 0 ? fd : fstatvfs(fd, statistics) == 0 ? 0 : -errno;
}
