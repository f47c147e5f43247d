/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the shared folder: what its parts have of each other. */
#ifndef BACKENDS_SHARE_INTERNAL_H
#define BACKENDS_SHARE_INTERNAL_H

#include <sys/stat.h>
#include <sys/types.h>

#include "backends/share/share.h"

enum { SHARE_DEVICES_MAX = 127, SHARE_PROC_PATH = 40 };

/* By which the host knows a file; born tells a file from a later one with its
 * number. */
struct share_identity {
    uint64_t device;
    uint64_t inode;
    int64_t born_ns; /* 0: the file system does not keep it */
};

/*
 * A node's descriptor is a cache (O_PATH): one that is not used for long is
 * closed, and opened again from the folder around it by its name, if the file
 * of that name still is the same. A node without a name keeps its descriptor.
 */
struct share_node {
    struct share_identity identity;
    uint32_t type;             /* S_IFMT of the host's file */
    struct share_node *parent; /* held; NULL of the root */
    char *name;                /* NULL of the root, and when it was removed */
    int fd;
    unsigned pins; /* the descriptor is in use */
    uint64_t holds;
    uint64_t tag; /* a server's */
    struct share_node *next;
    bool listed; /* its descriptor may be closed */
    struct share_node *newer;
    struct share_node *older;
};

struct share_listing {
    struct share_entry *entries;
    char *names;
    size_t count;
    size_t bytes; /* that this takes */
};

struct share_file {
    struct share *share;
    struct share_node *node; /* held */
    int fd;
    bool appends;
    struct share_listing listing;
    struct share_file *next;
    struct share_file *before;
};

struct share {
    bool read_only;
    int trouble;
    enum share_owners owners;
    uint32_t uid;
    uint32_t gid;
    uint32_t host_uid;
    uint32_t host_gid;
    struct share_node *root;
    struct share_node **table; /* by identity */
    size_t node_count;
    struct share_node *newest;
    struct share_node *oldest;
    unsigned descriptors;
    unsigned descriptors_max;
    struct share_file *files;
    unsigned file_count;
    size_t listing_bytes;
    uint64_t devices[SHARE_DEVICES_MAX]; /* in the order of their coming */
    size_t device_count;
};

/* ---- nodes.c ------------------------------------------------------------- */

/* -EINVAL, -ENAMETOOLONG: nothing that can be the name of a file. */
int share_check_name(const char *name);
/* The node's descriptor, good until the next such call unless it is pinned. */
int share_node_fd(struct share *share, struct share_node *node);
/* The same, kept until share_unpin. */
int share_pin(struct share *share, struct share_node *node);
void share_unpin(struct share_node *node);
/* A path to the node itself, for calls that take no such descriptor: the link
 * of /proc leads to the file, whatever names have become. */
int share_node_path(struct share *share, struct share_node *node,
                    char path[SHARE_PROC_PATH]);
/* The node of a name, if a client holds it; gets no hold. */
struct share_node *share_find_name(struct share *share,
                                   struct share_node *folder, const char *name);
/* The node's name has become another's, or none (folder is NULL). */
void share_node_named(struct share *share, struct share_node *node,
                      struct share_node *folder, const char *name);
int share_nodes_open(struct share *share, const struct share_options *options,
                     struct error *error);
void share_nodes_close(struct share *share);
uint64_t share_number(struct share *share, uint64_t device, uint64_t inode);

/* ---- owners.c ------------------------------------------------------------ */

/* The mode that a file, or folder, of that mode gets on the host. */
uint32_t share_host_mode(const struct share *share, uint32_t mode);
/* The type of the host's file that stands for one of a type. */
uint32_t share_host_type(const struct share *share, uint32_t type);
/* Makes it the caller's; the node was just made. */
int share_set_owner(struct share *share, struct share_node *node,
                    const struct share_new *new);
/* From the host's to those that the client sees. */
void share_show_owner(struct share *share, struct share_node *node,
                      struct share_attributes *attributes);
int share_change_owner(struct share *share, struct share_node *node,
                       const struct share_change *change);

#endif
