/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared folder: access to one folder of the host, for file servers whose
 * clients are not trusted (ninep.h, fuse.h), as
 * docs/design/outside/shared-folders.md explains.
 *
 * Nodes are what a client holds: files of any type, folders among them, found
 * by one name at a time from a node that is a folder. A name is a name and no
 * path. Symbolic links are stored, read and compared, never followed. Regular
 * files and folders alone are ever opened, so no device, fifo or socket is.
 *
 * Functions return 0, or what they count, or a negative errno value of the
 * host; share_protocol_error turns it into the protocols' numbers. All calls of
 * one share come from one thread at a time.
 */
#ifndef BACKENDS_SHARE_SHARE_H
#define BACKENDS_SHARE_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/bits.h"
#include "base/error.h"

/* Whose a file is: what is kept of the client's users. */
enum share_owners {
    /* Everything is done as the user who runs this program, and shown as one
     * user of the client. Changes of owner have no effect. */
    SHARE_OWNERS_USER,
    /* Owner, group, mode and device numbers are kept in extended attributes
     * ("user.virtfs.", as QEMU has them for security_model=mapped-xattr). */
    SHARE_OWNERS_KEPT,
};

struct share_options {
    const char *path;
    bool read_only;
    enum share_owners owners;
    /* SHARE_OWNERS_USER: who the client takes the user for. */
    uint32_t uid;
    uint32_t gid;
    /* At most so many open descriptors; 0: a quarter of the process' limit. */
    unsigned descriptors;
};

struct share;
struct share_node;
struct share_file;

/* The user of the client who makes something. */
struct share_caller {
    uint32_t uid;
    uint32_t gid;
};

struct share_attributes {
    uint64_t number; /* of the node: stable, and unique in the share */
    uint32_t mode;   /* type and permissions */
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
    uint32_t major;
    uint32_t minor;
    uint32_t block_size;
    uint64_t size;
    uint64_t blocks; /* of 512 bytes */
    struct timespec accessed;
    struct timespec modified;
    struct timespec changed;
};

enum share_changes {
    SHARE_MODE = 1,
    SHARE_UID = 2,
    SHARE_GID = 4,
    SHARE_SIZE = 8,
    SHARE_ACCESSED = 16, /* by share_change.accessed, UTIME_NOW of utimensat */
    SHARE_MODIFIED = 32,
    SHARE_DROP_PRIVILEGES = 64, /* the set-id bits, as a write does */
};
static_assert(BITS_DIFFER(SHARE_MODE, SHARE_UID, SHARE_GID, SHARE_SIZE,
                          SHARE_ACCESSED, SHARE_MODIFIED,
                          SHARE_DROP_PRIVILEGES),
              "changes are combined");

struct share_change {
    unsigned what; /* enum share_changes */
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint64_t size;
    struct timespec accessed;
    struct timespec modified;
};

/* A file that is to be made under a name. */
struct share_new {
    uint32_t mode; /* with its type */
    uint32_t major;
    uint32_t minor;
    const char *target; /* of a symbolic link */
    struct share_caller caller;
};

enum {
    SHARE_NAME_MAX = 255,
    SHARE_PATH_MAX = 4096,  /* with its end */
    SHARE_DEPTH_MAX = 2048, /* of folders in each other */
    SHARE_VALUE_MAX = 65536,
    SHARE_NODES_MAX = 1 << 20,
    SHARE_FILES_MAX = 1 << 16,
};

/* ---- The share ----------------------------------------------------------- */

/* Opens the folder; 0, or a negative errno value and *error. */
int share_open(const struct share_options *options, struct share **opened,
               struct error *error);
/* No node or file of it is held; NULL is fine. */
void share_close(struct share *share);
/* The number by which both protocols name an error, whatever the host's is. */
uint32_t share_protocol_error(int code);
/* A server's request ended so; what of that is the host's trouble is kept. */
void share_note(struct share *share, int code);
/* The last trouble: 0, -ENOENT if the folder itself was removed, or what the
 * host says of its disk (-ENOSPC, -EDQUOT, -EIO) or its limits (-EMFILE,
 * -ENFILE). */
int share_trouble(const struct share *share);

/* ---- Nodes --------------------------------------------------------------- */

/* The folder itself, held as long as the share is open. */
struct share_node *share_root(struct share *share);
/* Holds node->parent, or the root at the root. */
struct share_node *share_parent(struct share *share, struct share_node *node);
void share_hold(struct share_node *node);
/* Ends `count` holds. */
void share_let_go(struct share *share, struct share_node *node, uint64_t count);
/* Where a server keeps a number of its own for a node, 0 at first; it is gone
 * with the last hold. */
uint64_t *share_node_tag(struct share_node *node);
uint64_t share_holds(const struct share_node *node);

/* Holds the node that it finds; attributes may be NULL. */
int share_look_up(struct share *share, struct share_node *folder,
                  const char *name, struct share_node **found,
                  struct share_attributes *attributes);
int share_get(struct share *share, struct share_node *node,
              struct share_attributes *attributes);
/* file is NULL, or open on that node. */
int share_set(struct share *share, struct share_node *node,
              struct share_file *file, const struct share_change *change);
/* The length of the target, which gets no end; -ENAMETOOLONG. */
int share_read_link(struct share *share, struct share_node *node, char *target,
                    size_t size);
int share_statistics(struct share *share, struct share_node *node,
                     struct statvfs *statistics);

/* ---- Names --------------------------------------------------------------- */

/* Each holds the node that it makes. */
int share_make(struct share *share, struct share_node *folder, const char *name,
               const struct share_new *new, struct share_node **made);
/* flags as of share_open_file, with O_EXCL; also opens what is there. */
int share_create(struct share *share, struct share_node *folder,
                 const char *name, int flags, const struct share_new *new,
                 struct share_node **made, struct share_file **file);
int share_link(struct share *share, struct share_node *node,
               struct share_node *folder, const char *name);
int share_remove(struct share *share, struct share_node *folder,
                 const char *name, bool is_folder);
/* The name by which the node was last found. */
int share_remove_node(struct share *share, struct share_node *node);
/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE. */
int share_rename(struct share *share, struct share_node *from,
                 const char *from_name, struct share_node *to,
                 const char *to_name, unsigned flags);
int share_rename_node(struct share *share, struct share_node *node,
                      struct share_node *to, const char *to_name);

/* ---- Open files and folders ---------------------------------------------- */

/* flags: O_RDONLY, O_WRONLY or O_RDWR, O_TRUNC, O_APPEND, O_DSYNC, O_SYNC; of a
 * folder O_RDONLY. */
int share_open_file(struct share *share, struct share_node *node, int flags,
                    struct share_file **file);
void share_close_file(struct share *share, struct share_file *file);
struct share_node *share_file_node(const struct share_file *file);

/* How many bytes were moved. An appended write is at the end if the file was
 * opened so. */
int64_t share_read(struct share_file *file, void *bytes, size_t size,
                   uint64_t offset);
int64_t share_write(struct share_file *file, const void *bytes, size_t size,
                    uint64_t offset, bool append);
int share_sync(struct share_file *file, bool data_only);
int share_sync_all(struct share *share);
/* mode as of fallocate(2). */
int share_allocate(struct share_file *file, int mode, uint64_t offset,
                   uint64_t size);
/* whence: SEEK_DATA or SEEK_HOLE. */
int64_t share_seek(struct share_file *file, uint64_t offset, int whence);
int64_t share_copy(struct share_file *from, uint64_t from_offset,
                   struct share_file *to, uint64_t to_offset, uint64_t size);

struct share_lock {
    short type; /* F_RDLCK, F_WRLCK, F_UNLCK */
    uint64_t start;
    uint64_t length; /* 0: to the end */
};

/* Locks of the host, held by the open file: other machines and programs see
 * them. -EAGAIN when another holds one. */
int share_lock(struct share_file *file, const struct share_lock *lock);
/* The same of the whole file, as flock(2) has it: LOCK_SH, LOCK_EX, LOCK_UN. */
int share_lock_whole(struct share_file *file, int operation);
/* The lock that would prevent *lock, or F_UNLCK. */
int share_find_lock(struct share_file *file, struct share_lock *lock);

struct share_entry {
    const char *name; /* until the next call for this file */
    uint64_t number;  /* as of share_attributes */
    uint8_t type;     /* DT_... of readdir(3); DT_UNKNOWN: look it up */
};

/* The entry at a position of a folder: "." and "..", then all names in the
 * order of their bytes, as they were when position 0 was read. 1, or 0 at the
 * end. */
int share_list(struct share *share, struct share_file *file, uint64_t position,
               struct share_entry *entry);

/* ---- Extended attributes ------------------------------------------------- */

/* Extended attributes of the namespace of "user." alone. The size; -ERANGE if
 * it is more than room, unless that is 0. */
int share_get_value(struct share *share, struct share_node *node,
                    const char *name, void *value, size_t room);
int share_list_values(struct share *share, struct share_node *node, char *names,
                      size_t room);
/* flags: XATTR_CREATE, XATTR_REPLACE. */
int share_set_value(struct share *share, struct share_node *node,
                    const char *name, const void *value, size_t size,
                    int flags);
int share_remove_value(struct share *share, struct share_node *node,
                       const char *name);

#endif
