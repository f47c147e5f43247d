/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the 9P server: fids, and the fields of a message. */
#ifndef BACKENDS_SHARE_NINEP_INTERNAL_H
#define BACKENDS_SHARE_NINEP_INTERNAL_H

#include "abi/ninep.h"
#include "backends/share/locks.h"
#include "backends/share/ninep.h"

enum { NINEP_VALUES_MAX = 256, NINEP_FIDS_MAX = 1 << 20, NINEP_NUMBERS = 12 };

/* An extended attribute that is read or written in pieces. */
struct ninep_value {
    uint8_t *bytes;
    size_t size;
    size_t written;
    bool is_new; /* set when the fid ends */
    int flags;
    char name[SHARE_NAME_MAX + 1];
};

struct ninep_fid {
    uint32_t number;
    uint32_t uid;            /* of the user who attached */
    struct share_node *node; /* held */
    struct share_file *file; /* if it is open */
    struct ninep_value *value;
    struct ninep_fid *next;
};

struct ninep {
    struct share *share;
    uint32_t message_max; /* 0 before Tversion */
    struct ninep_fid **fids;
    size_t fid_count;
    size_t value_count;
    struct share_locks *claims;
};

struct ninep_text {
    const char *bytes;
    size_t size;
};

/* A request by its fields, and the reply as far as it is written. */
struct ninep_call {
    struct ninep *server;
    uint64_t numbers[NINEP_NUMBERS]; /* in the order of the fields */
    struct ninep_text texts[2];
    const uint8_t *bytes; /* the rest: of Twrite, and names of Twalk */
    size_t size;
    uint8_t *reply;
    size_t written;
    size_t room;
};

/* 0 or a negative errno value of the host. */
typedef int ninep_handler(struct ninep_call *call);

/* ---- ninep.c ------------------------------------------------------------- */

void ninep_put(struct ninep_call *call, uint64_t value, unsigned size);
void ninep_put_bytes(struct ninep_call *call, const void *bytes, size_t size);
void ninep_put_qid(struct ninep_call *call,
                   const struct share_attributes *attributes);
/* NULL: there is none of that number. */
struct ninep_fid *ninep_find(struct ninep *server, uint64_t number);
/* Takes over one hold of the node, on an error too. */
int ninep_add(struct ninep *server, uint64_t number, uint32_t uid,
              struct share_node *node, struct ninep_fid **added);
/* Closing its file may fail; the fid is gone. */
int ninep_drop(struct ninep *server, struct ninep_fid *fid);
/* A name of a file, with an end; -EINVAL, -ENAMETOOLONG. */
int ninep_name(const struct ninep_text *text, char name[SHARE_NAME_MAX + 1]);
/* The user who makes something, by its fid and the group of the message. */
struct share_caller ninep_caller(const struct ninep_fid *fid, uint64_t group);

/* ---- ninep_files.c, ninep_names.c ---------------------------------------- */

ninep_handler ninep_lopen, ninep_lcreate, ninep_read, ninep_write,
    ninep_readdir, ninep_fsync, ninep_lock, ninep_getlock, ninep_xattrwalk,
    ninep_xattrcreate;
ninep_handler ninep_symlink, ninep_mknod, ninep_mkdir, ninep_link,
    ninep_renameat, ninep_rename, ninep_unlinkat, ninep_remove, ninep_readlink,
    ninep_getattr, ninep_setattr, ninep_statfs;

#endif
