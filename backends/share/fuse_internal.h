/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the FUSE server: its nodes and files, and a request by its parts. */
#ifndef BACKENDS_SHARE_FUSE_INTERNAL_H
#define BACKENDS_SHARE_FUSE_INTERNAL_H

#include "abi/fuse.h"
#include "backends/share/fuse.h"
#include "backends/share/locks.h"

/* A node's number is one more than its place in the table. */
struct fuse_node {
    struct share_node *node; /* held once; NULL: the place is free */
    uint64_t lookups;
    uint64_t generation; /* of those that had the place */
    uint32_t free_next;
};

struct fuse {
    struct share *share;
    enum fuse_cache cache;
    enum fuse_locks locks;
    struct share_locks *claims; /* of ranges */
    bool greeted;               /* by INIT */
    struct fuse_node *nodes;
    uint32_t node_size; /* places */
    uint32_t node_free; /* the first free place, or node_size */
    struct share_file **files;
    uint32_t file_size;
};

/* A request by its parts, and the reply as far as it is written. */
struct fuse_call {
    struct fuse *server;
    struct fuse_request head;
    const void *arguments; /* of the size that the table has; not aligned */
    const char *names[2];
    const uint8_t *bytes; /* the rest */
    size_t size;
    struct share_node *node; /* that head.node names */
    uint8_t *reply;
    size_t written;
    size_t room;
};

/* 0, a negative errno value of the host, or FUSE_ASK_AGAIN. */
typedef int fuse_handler(struct fuse_call *call);

/* ---- fuse.c -------------------------------------------------------------- */

void fuse_put(struct fuse_call *call, const void *bytes, size_t size);
struct share_caller fuse_caller(const struct fuse_call *call);
/* The node of a number, or NULL. */
struct share_node *fuse_find(struct fuse *server, uint64_t number);
/* Counts a lookup of the node, takes over one hold of it, and fills in. */
int fuse_enter(struct fuse *server, struct share_node *node,
               const struct share_attributes *attributes,
               struct fuse_entry *entry);
void fuse_show(const struct share_attributes *attributes,
               struct fuse_attributes *shown);
uint64_t fuse_valid_s(const struct fuse *server);
/* The open file of a number, or NULL. */
struct share_file *fuse_file(struct fuse *server, uint64_t number);
uint64_t fuse_add_file(struct fuse *server, struct share_file *file);
void fuse_drop_file(struct fuse *server, uint64_t number);

/* ---- fuse_locks.c -------------------------------------------------------- */

fuse_handler fuse_getlk, fuse_setlk, fuse_setlkw;

/* ---- fuse_names.c, fuse_files.c ------------------------------------------ */

fuse_handler fuse_lookup, fuse_getattr, fuse_setattr, fuse_readlink,
    fuse_symlink, fuse_mknod, fuse_mkdir, fuse_unlink, fuse_rmdir, fuse_rename,
    fuse_rename2, fuse_link, fuse_statfs, fuse_setxattr, fuse_getxattr,
    fuse_listxattr, fuse_removexattr;
fuse_handler fuse_open, fuse_opendir, fuse_make_file, fuse_read, fuse_write,
    fuse_release, fuse_flush, fuse_fsync, fuse_readdir, fuse_readdirplus,
    fuse_fallocate, fuse_lseek, fuse_copy_file_range, fuse_syncfs;

#endif
