/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a file is, and its mode: as the user who runs the program, or kept in
 * extended attributes of the host's file. Set-id bits never get to the host's
 * mode, where they would give the user's rights to anybody who runs what a
 * client has written; devices are never made there.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "backends/share/internal.h"
#include "base/bits.h"
#include "host/keeper.h"

enum {
    NOBODY = 65534,
    PERMISSIONS = 07777,
    KEPT_FILE = 0600,
    KEPT_FOLDER = 0700,
};

/* Attributes of QEMU's "mapped-xattr", little-endian. */
#define KEPT_UID    "user.virtfs.uid"
#define KEPT_GID    "user.virtfs.gid"
#define KEPT_MODE   "user.virtfs.mode"
#define KEPT_DEVICE "user.virtfs.rdev"

uint32_t share_host_mode(const struct share *share, uint32_t mode)
{
    if (share->owners == SHARE_OWNERS_KEPT) {
        return S_ISDIR(mode) ? KEPT_FOLDER : KEPT_FILE;
    }
    return mode & (S_ISDIR(mode) ? 01777u : 0777u);
}

uint32_t share_host_type(const struct share *share, uint32_t type)
{
    if (share->owners == SHARE_OWNERS_KEPT) {
        return type == S_IFDIR ? S_IFDIR : S_IFREG;
    }
    return type == S_IFCHR || type == S_IFBLK ? 0 : type;
}

/* ---- Kept ---------------------------------------------------------------- */

static bool read_kept(const char *path, const char *name, uint32_t *value)
{
    uint8_t bytes[4];
    if (getxattr(path, name, bytes, sizeof(bytes)) != sizeof(bytes)) {
        return false;
    }
    *value = load_le32(bytes);
    return true;
}

static int put_kept(int fd, const char *name, const void *bytes, size_t size)
{
    return keeper_change(fd, &(struct keeper_change){.kind = KEEPER_SET_VALUE,
                                                     .name = name,
                                                     .value = bytes,
                                                     .size = size});
}

static int write_kept(int fd, const char *name, uint32_t value)
{
    uint8_t bytes[4];
    store_le32(bytes, value);
    return put_kept(fd, name, bytes, sizeof(bytes));
}

/* The type that is kept is one that a regular file stands for. */
static void show_mode(const char *path, struct share_attributes *attributes)
{
    uint32_t mode;
    uint8_t device[8];
    if (!read_kept(path, KEPT_MODE, &mode)) {
        return;
    }
    bool stands =
        S_ISREG(attributes->mode) && (mode & S_IFMT) != 0 && !S_ISDIR(mode);
    attributes->mode = (stands ? mode & S_IFMT : attributes->mode & S_IFMT) |
                       (mode & PERMISSIONS);
    if ((S_ISCHR(attributes->mode) || S_ISBLK(attributes->mode)) &&
        getxattr(path, KEPT_DEVICE, device, sizeof(device)) == sizeof(device)) {
        attributes->major = (load_le32(device) >> 8 & 0xfff);
        attributes->minor =
            (load_le32(device) & 0xff) | (load_le32(device) >> 12 & 0xfff00);
    }
}

static void show_kept(struct share *share, struct share_node *node,
                      struct share_attributes *attributes)
{
    char path[SHARE_PROC_PATH];
    if (!S_ISREG(attributes->mode) && !S_ISDIR(attributes->mode)) {
        return; /* such have no attributes of "user." (xattr(7)) */
    }
    if (share_node_path(share, node, path) == 0) {
        (void)read_kept(path, KEPT_UID, &attributes->uid);
        (void)read_kept(path, KEPT_GID, &attributes->gid);
        show_mode(path, attributes);
    }
}

void share_show_owner(struct share *share, struct share_node *node,
                      struct share_attributes *attributes)
{
    attributes->uid = attributes->uid == share->host_uid ? share->uid : NOBODY;
    attributes->gid = attributes->gid == share->host_gid ? share->gid : NOBODY;
    if (share->owners == SHARE_OWNERS_KEPT) {
        show_kept(share, node, attributes);
    }
}

static int set_kept(int fd, const struct share_new *new)
{
    int code = write_kept(fd, KEPT_UID, new->caller.uid);
    code = code ? code : write_kept(fd, KEPT_GID, new->caller.gid);
    code = code ? code : write_kept(fd, KEPT_MODE, new->mode);
    if (code == 0 && (S_ISCHR(new->mode) || S_ISBLK(new->mode))) {
        uint8_t device[8];
        store_le64(device, (new->minor & 0xff) | (new->major & 0xfff) << 8 |
                               (new->minor & 0xfff00) << 12);
        code = put_kept(fd, KEPT_DEVICE, device, sizeof(device));
    }
    return code;
}

static int set_mode(int fd, uint32_t mode)
{
    return keeper_change(
        fd, &(struct keeper_change){.kind = KEEPER_MODE, .mode = mode});
}

int share_set_owner(struct share *share, struct share_node *node,
                    const struct share_new *new)
{
    struct share_attributes folder;
    struct share_new kept = *new;
    int fd = share_node_fd(share, node);
    if (fd < 0 || (S_ISLNK(new->mode) && node->type == S_IFLNK)) {
        return fd < 0 ? fd : 0;
    }
    if (share->owners == SHARE_OWNERS_USER) {
        /* The umask of this program is none of the client's. */
        return set_mode(fd, share_host_mode(share, new->mode));
    }
    if (node->parent && share_get(share, node->parent, &folder) == 0 &&
        (folder.mode & S_ISGID)) {
        kept.caller.gid = folder.gid;
        kept.mode |= S_ISDIR(kept.mode) ? S_ISGID : 0u;
    }
    fd = share_node_fd(share, node);
    return fd < 0 ? fd : set_kept(fd, &kept);
}

/* ---- Changes ------------------------------------------------------------- */

/* The mode without the bits that a change of owner or a write ends
 * (inode_setattr's rule: a group that may not execute has a lock there, and no
 * privilege). */
static uint32_t without_privileges(uint32_t mode)
{
    uint32_t gone = S_ISUID | ((mode & S_IXGRP) ? (uint32_t)S_ISGID : 0);
    return S_ISDIR(mode) ? mode : mode & ~gone;
}

static int change_kept(struct share *share, struct share_node *node,
                       const struct share_change *change)
{
    struct share_attributes now;
    int code = share_get(share, node, &now);
    int fd = code ? code : share_node_fd(share, node);
    if (fd < 0) {
        return fd;
    }
    bool drops = change->what & (SHARE_DROP_PRIVILEGES | SHARE_UID | SHARE_GID);
    uint32_t mode = drops ? without_privileges(now.mode) : now.mode;
    if (change->what & SHARE_MODE) {
        mode = (now.mode & S_IFMT) | (change->mode & PERMISSIONS);
    }
    if (change->what & SHARE_UID) {
        code = write_kept(fd, KEPT_UID, change->uid);
    }
    if (code == 0 && (change->what & SHARE_GID)) {
        code = write_kept(fd, KEPT_GID, change->gid);
    }
    if (code == 0 && mode != now.mode) {
        code = write_kept(fd, KEPT_MODE, mode);
    }
    return code;
}

int share_change_owner(struct share *share, struct share_node *node,
                       const struct share_change *change)
{
    if (share->owners == SHARE_OWNERS_KEPT) {
        return change_kept(share, node, change);
    }
    if (!(change->what & SHARE_MODE)) {
        return 0;
    }
    if (node->type == S_IFLNK) {
        return -EOPNOTSUPP;
    }
    int fd = share_node_fd(share, node);
    uint32_t mode = (change->mode & PERMISSIONS) | node->type;
    return fd < 0 ? fd : set_mode(fd, share_host_mode(share, mode));
}
