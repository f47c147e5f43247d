/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of a shared folder: one per file of the host that a client holds,
 * found by the host's numbers of it, so that all names of a file are one node.
 *
 * A node keeps the folder and the name by which it was found last, and opens a
 * descriptor when one is needed: by openat from the descriptor of that folder,
 * one name, beneath it, through no link. If the file of that name has become
 * another the node is stale. So a race between names on the host and here ends
 * in an error, or in a file of the share.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backends/share/internal.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

enum {
    TABLE_SIZE = 1 << 16,
    DESCRIPTORS_MIN = 16,
    PROCESS_MAX = 1 << 18, /* descriptors that are asked of the host */
};

/* ---- By the host's numbers ----------------------------------------------- */

static struct share_identity identity_of(const struct statx *there)
{
    bool born = there->stx_mask & STATX_BTIME;
    return (struct share_identity){
        .device = (uint64_t)there->stx_dev_major << 32 | there->stx_dev_minor,
        .inode = there->stx_ino,
        .born_ns = born ? there->stx_btime.tv_sec * 1000000000 +
                              there->stx_btime.tv_nsec
                        : 0,
    };
}

static bool is_same(const struct share_identity *a,
                    const struct share_identity *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->born_ns == b->born_ns;
}

static struct share_node **bucket(struct share *share,
                                  const struct share_identity *identity)
{
    uint64_t hash = (identity->inode ^ identity->device << 17) *
                    UINT64_C(0x9e3779b97f4a7c15);
    return &share->table[hash >> 48];
}

static struct share_node *find(struct share *share,
                               const struct share_identity *identity)
{
    struct share_node *node = *bucket(share, identity);
    while (node && !is_same(&node->identity, identity)) {
        node = node->next;
    }
    return node;
}

/*
 * Numbers of the folder's own file system are shown as they are, those of
 * others with the number of that file system in their upper byte. Numbers that
 * need that byte themselves, which few file systems have, are scrambled.
 */
uint64_t share_number(struct share *share, uint64_t device, uint64_t inode)
{
    size_t index = 0;
    while (index < share->device_count && share->devices[index] != device) {
        index++;
    }
    if (index == share->device_count && index < SHARE_DEVICES_MAX) {
        share->devices[share->device_count++] = device;
    }
    if (inode >> 56) {
        inode = inode * UINT64_C(0x9e3779b97f4a7c15) >> 8;
        index |= 128;
    }
    return (uint64_t)index << 56 | inode;
}

/* ---- Descriptors --------------------------------------------------------- */

/* By one name, which is neither empty nor "." or "..": nothing that it could
 * lead on to. openat2 would say so as well, with flags that a filter of calls
 * cannot see. */
static int open_name(int folder, const char *name)
{
    assert(share_check_name(name) == 0);
    const int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    return fd;
}

static int look(int fd, const char *name, struct statx *there)
{
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
                (*name == '\0' ? AT_EMPTY_PATH : 0);
    return statx(fd, name, flags, STATX_BASIC_STATS | STATX_BTIME, there) == 0
               ? 0
               : -errno;
}

static void unlist(struct share *share, struct share_node *node)
{
    if (node->listed) {
        *(node->newer ? &node->newer->older : &share->newest) = node->older;
        *(node->older ? &node->older->newer : &share->oldest) = node->newer;
        node->listed = false;
    }
}

/* The newest of those whose descriptor may be closed and opened again. */
static void list(struct share *share, struct share_node *node)
{
    unlist(share, node);
    if (node->fd < 0 || !node->name) {
        return;
    }
    node->newer = NULL;
    node->older = share->newest;
    *(node->older ? &node->older->newer : &share->oldest) = node;
    share->newest = node;
    node->listed = true;
}

static void close_node(struct share *share, struct share_node *node)
{
    unlist(share, node);
    if (node->fd >= 0) {
        close(node->fd);
        node->fd = -1;
        share->descriptors--;
    }
}

/* Closes the descriptor that was not used for longest. */
static bool evict(struct share *share)
{
    struct share_node *node = share->oldest;
    while (node && node->pins != 0) {
        node = node->newer;
    }
    if (node) {
        close_node(share, node);
    }
    return node != NULL;
}

/* Makes room for one descriptor first. */
static int open_in(struct share *share, const struct share_node *folder,
                   const char *name)
{
    while (share->descriptors >= share->descriptors_max) {
        if (!evict(share)) {
            return -ENFILE;
        }
    }
    int fd = open_name(folder->fd, name);
    while (fd == -EMFILE && evict(share)) {
        fd = open_name(folder->fd, name);
    }
    return fd == -ENOENT || fd == -ENOTDIR ? -ESTALE : fd;
}

/* The folder around the node has a descriptor. */
static int reopen(struct share *share, struct share_node *node)
{
    struct statx there = {0};
    node->parent->pins++;
    int fd = open_in(share, node->parent, node->name);
    node->parent->pins--;
    if (fd < 0) {
        return fd;
    }
    int code = look(fd, "", &there);
    struct share_identity identity = identity_of(&there);
    if (code != 0 || !is_same(&identity, &node->identity)) {
        close(fd);
        return code ? code : -ESTALE;
    }
    node->fd = fd;
    share->descriptors++;
    return fd;
}

int share_node_fd(struct share *share, struct share_node *node)
{
    struct share_node *closed[SHARE_DEPTH_MAX];
    size_t count = 0;
    for (struct share_node *at = node; at->fd < 0; at = at->parent) {
        if (!at->name) {
            return -ESTALE;
        }
        if (count == SHARE_DEPTH_MAX) {
            return -ENAMETOOLONG;
        }
        closed[count++] = at;
    }
    while (count != 0) {
        struct share_node *at = closed[--count];
        int fd = reopen(share, at);
        if (fd < 0) {
            return fd;
        }
        list(share, at);
    }
    list(share, node);
    return node->fd;
}

int share_pin(struct share *share, struct share_node *node)
{
    int fd = share_node_fd(share, node);
    if (fd >= 0) {
        node->pins++;
    }
    return fd;
}

void share_unpin(struct share_node *node)
{
    assert(node->pins != 0);
    node->pins--;
}

int share_node_path(struct share *share, struct share_node *node,
                    char path[SHARE_PROC_PATH])
{
    int fd = share_node_fd(share, node);
    if (fd >= 0) {
        (void)snprintf(path, SHARE_PROC_PATH, "/proc/self/fd/%d", fd);
    }
    return fd < 0 ? fd : 0;
}

/* ---- Names --------------------------------------------------------------- */

int share_check_name(const char *name)
{
    size_t length = strnlen(name, SHARE_NAME_MAX + 1);
    if (length > SHARE_NAME_MAX) {
        return -ENAMETOOLONG;
    }
    bool bad = length == 0 || strchr(name, '/') || strcmp(name, ".") == 0 ||
               strcmp(name, "..") == 0;
    return bad ? -EINVAL : 0;
}

void share_node_named(struct share *share, struct share_node *node,
                      struct share_node *folder, const char *name)
{
    struct share_node *before = node->parent;
    if (node == share->root) {
        return;
    }
    if (folder) {
        share_hold(folder);
    }
    char *copy = folder ? xstrdup(name) : NULL;
    free(node->name);
    node->parent = folder;
    node->name = copy;
    list(share, node);
    if (before) {
        share_let_go(share, before, 1);
    }
}

/* True if a node is a folder around another, by what is known here. Names that
 * change on the host can make a circle of that. */
static bool is_around(const struct share_node *node,
                      const struct share_node *inner)
{
    size_t depth = 0;
    while (inner && inner != node && depth++ < SHARE_DEPTH_MAX) {
        inner = inner->parent;
    }
    return inner != NULL;
}

/* Holds the node of a file that was just found by that name. */
static int adopt(struct share *share, struct share_node *folder,
                 const char *name, const struct statx *there,
                 struct share_node **found)
{
    struct share_identity identity = identity_of(there);
    struct share_node *node = find(share, &identity);
    bool known = node && node->parent == folder && node->name &&
                 strcmp(node->name, name) == 0;
    if (node && !known && is_around(node, folder)) {
        return -ESTALE;
    }
    if (!node) {
        if (share->node_count >= SHARE_NODES_MAX) {
            return -ENFILE;
        }
        node = xcalloc(1, sizeof(*node));
        node->identity = identity;
        node->type = there->stx_mode & S_IFMT;
        node->fd = -1;
        struct share_node **head = bucket(share, &identity);
        node->next = *head;
        *head = node;
        share->node_count++;
    }
    share_hold(node);
    if (!known) {
        share_node_named(share, node, folder, name);
    }
    *found = node;
    return 0;
}

static void fill(struct share *share, struct share_node *node,
                 const struct statx *there, struct share_attributes *attributes)
{
    *attributes = (struct share_attributes){
        .number = share_number(share, node->identity.device, there->stx_ino),
        .mode = there->stx_mode,
        .uid = there->stx_uid,
        .gid = there->stx_gid,
        .links = there->stx_nlink,
        .major = there->stx_rdev_major,
        .minor = there->stx_rdev_minor,
        .block_size = there->stx_blksize,
        .size = there->stx_size,
        .blocks = there->stx_blocks,
        .accessed = {there->stx_atime.tv_sec, there->stx_atime.tv_nsec},
        .modified = {there->stx_mtime.tv_sec, there->stx_mtime.tv_nsec},
        .changed = {there->stx_ctime.tv_sec, there->stx_ctime.tv_nsec},
    };
    share_show_owner(share, node, attributes);
}

int share_look_up(struct share *share, struct share_node *folder,
                  const char *name, struct share_node **found,
                  struct share_attributes *attributes)
{
    struct statx there = {0};
    int code = share_check_name(name);
    int at = code ? code : share_node_fd(share, folder);
    code = at < 0 ? at : look(at, name, &there);
    if (code == 0) {
        code = adopt(share, folder, name, &there, found);
    }
    if (code == 0 && attributes) {
        fill(share, *found, &there, attributes);
    }
    return code;
}

struct share_node *share_find_name(struct share *share,
                                   struct share_node *folder, const char *name)
{
    struct statx there = {0};
    int at = share_node_fd(share, folder);
    if (at < 0 || look(at, name, &there) != 0) {
        return NULL;
    }
    struct share_identity identity = identity_of(&there);
    return find(share, &identity);
}

int share_get(struct share *share, struct share_node *node,
              struct share_attributes *attributes)
{
    struct statx there = {0};
    int fd = share_node_fd(share, node);
    int code = fd < 0 ? fd : look(fd, "", &there);
    if (code == 0) {
        fill(share, node, &there, attributes);
    }
    return code;
}

/* ---- Holds --------------------------------------------------------------- */

struct share_node *share_root(struct share *share)
{
    return share->root;
}

struct share_node *share_parent(struct share *share, struct share_node *node)
{
    struct share_node *parent = node->parent ? node->parent : share->root;
    share_hold(parent);
    return parent;
}

void share_hold(struct share_node *node)
{
    node->holds++;
}

uint64_t *share_node_tag(struct share_node *node)
{
    return &node->tag;
}

uint64_t share_holds(const struct share_node *node)
{
    return node->holds;
}

static void destroy(struct share *share, struct share_node *node)
{
    struct share_node **at = bucket(share, &node->identity);
    while (*at != node) {
        at = &(*at)->next;
    }
    *at = node->next;
    close_node(share, node);
    share->node_count--;
    free(node->name);
    free(node);
}

void share_let_go(struct share *share, struct share_node *node, uint64_t count)
{
    assert(count <= node->holds);
    node->holds -= count;
    /* The last hold of a node was one of the folder around it. */
    while (node && node->holds == 0) {
        struct share_node *parent = node->parent;
        destroy(share, node);
        node = parent;
        if (node) {
            node->holds--;
        }
    }
}

/* ---- Life ---------------------------------------------------------------- */

/* An eighth of what the host permits: as many again are open files, and several
 * shares leave room for what else the process opens. */
static unsigned descriptors_of_process(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return DESCRIPTORS_MIN;
    }
    rlim_t wanted = limit.rlim_max < PROCESS_MAX ? limit.rlim_max : PROCESS_MAX;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            limit.rlim_cur = before;
        }
    }
    rlim_t part = limit.rlim_cur / 8;
    return part < DESCRIPTORS_MIN ? DESCRIPTORS_MIN
           : part > PROCESS_MAX   ? PROCESS_MAX
                                  : (unsigned)part;
}

int share_nodes_open(struct share *share, const struct share_options *options,
                     struct error *error)
{
    struct statx there = {0};
    int fd = open(options->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? -errno : look(fd, "", &there);
    if (code != 0) {
        return error_set(error, code, "folder '%s': cannot be opened: %s",
                         options->path, strerror(-code));
    }
    struct share_node *root = xcalloc(1, sizeof(*root));
    root->identity = identity_of(&there);
    root->type = S_IFDIR;
    root->fd = fd;
    root->holds = root->pins = 1;
    share->root = root;
    share->table = xcalloc(TABLE_SIZE, sizeof(struct share_node *));
    *bucket(share, &root->identity) = root;
    share->node_count = share->descriptors = 1;
    share->descriptors_max =
        options->descriptors ? options->descriptors : descriptors_of_process();
    (void)share_number(share, root->identity.device, 0);
    if (access("/proc/self/fd", X_OK) != 0) {
        return error_set(error, -errno, "folder '%s': /proc/self/fd: %s",
                         options->path, strerror(errno));
    }
    return 0;
}

void share_nodes_close(struct share *share)
{
    if (share->root) {
        assert(share->root->holds == 1);
        share_let_go(share, share->root, 1);
    }
    assert(share->node_count == 0 && share->descriptors == 0);
    free(share->table);
}
