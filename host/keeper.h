/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that keeps the rights which a confined one must not have: to
 * replace certain files as a whole, to remove the files of certain sockets, and
 * to change mode, times and extended attributes of what is in certain folders.
 * It is started before sandbox_enter and does nothing else; what it may do was
 * named then. It ends with the process that started it, and removes drafts that
 * were not finished.
 *
 * file_write, file_draft_open, host_socket_remove and keeper_change ask it by
 * themselves once it is there; without one they act on their own. One keeper a
 * process; after keeper_start any thread.
 */
#ifndef HOST_KEEPER_H
#define HOST_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

enum keeper_use {
    KEEPER_REPLACED, /* a file, by file_write or file_draft_open */
    KEEPER_SOCKET,   /* the file of one, which may be removed */
    KEEPER_FOLDER,   /* what is in it, by keeper_change */
};

struct keeper_file {
    const char *path;
    enum keeper_use use;
};

/* Does nothing if count is 0. Returns 0, or a negative errno and *error. */
int keeper_start(const struct keeper_file *files, size_t count,
                 struct error *error);
/* For tests. */
void keeper_end(void);

/* The file's place in the list, or -1: there is no keeper, or none for it. */
int keeper_find(const char *path, enum keeper_use use);

/* For host/file.c: a descriptor to write the file by, or a negative errno and
 * *error; it is a draft's unless *regular is false. Each is to be ended by
 * keeper_close, which returns code or its own. */
int keeper_open(int place, bool *regular, struct error *error);
int keeper_close(int place, uint64_t size, int code, struct error *error);
/* For host/socket.c. */
void keeper_remove(int place);

/* A change of a file by a descriptor of it, which may be O_PATH. */
enum keeper_change_kind {
    KEEPER_MODE,
    KEEPER_TIMES,
    KEEPER_SET_VALUE, /* setxattr(2) */
    KEEPER_REMOVE_VALUE,
};
enum { KEEPER_NAME_SIZE = 256, KEEPER_VALUE_MAX = 1 << 16 };

struct keeper_change {
    enum keeper_change_kind kind;
    uint32_t mode;            /* without set-id bits */
    struct timespec times[2]; /* utimensat(2) */
    int flags;                /* setxattr(2) */
    const char *name;         /* shorter than KEEPER_NAME_SIZE */
    const void *value;
    size_t size; /* at most KEEPER_VALUE_MAX */
};

/* 0, or a negative errno value: -EACCES for a file that is in none of the
 * keeper's folders. */
int keeper_change(int fd, const struct keeper_change *asked);

#endif
