/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a semihosting guest has open. Names, modes and positions are state
 * of the machine and part of snapshots; the host's descriptors are not, and are
 * made again when they are next needed. What the files hold is the host's: a
 * snapshot does not bring back old contents, but a run that is repeated from it
 * writes the same bytes to the same places.
 *
 * The folder is also the one that C libraries make the names of temporary files
 * in: "/tmp/NAME" is NAME. Other names are relative to it.
 */
#ifndef PLATFORM_DEBUG_SEMIHOSTING_FILES_H
#define PLATFORM_DEBUG_SEMIHOSTING_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    SEMIHOSTING_HANDLES = 16,
    SEMIHOSTING_NAME = 128,
    SEMIHOSTING_QUEUE = 1024,
    /* No file grows beyond, and no call moves more. */
    SEMIHOSTING_FILE_MAX = 1 << 30,
};

enum semihosting_kind {
    SEMIHOSTING_CLOSED,
    SEMIHOSTING_INPUT, /* of the console */
    SEMIHOSTING_OUTPUT,
    SEMIHOSTING_FEATURES, /* the extensions that are there */
    SEMIHOSTING_FILE,
    SEMIHOSTING_KINDS,
};

struct semihosting_file {
    uint32_t kind;
    uint32_t mode; /* of SYS_OPEN */
    uint64_t position;
    uint64_t end; /* where a file opened for appending is added to */
    char name[SEMIHOSTING_NAME];
};

/* Plain data. */
struct semihosting_state {
    uint64_t started_ns; /* when the program began, last */
    uint32_t error;      /* of SYS_ERRNO */
    uint32_t promised;   /* 1: reads of the console wait for input */
    uint32_t queue_first;
    uint32_t queue_count;
    uint8_t queue[SEMIHOSTING_QUEUE]; /* typed and not read yet */
    struct semihosting_file files[SEMIHOSTING_HANDLES];
};

struct semihosting_files {
    struct semihosting_state state;
    int folder; /* descriptor, or -1: no files of the host */
    int host[SEMIHOSTING_HANDLES];
};

/* folder may be NULL. */
int semihosting_files_init(struct semihosting_files *files, const char *folder,
                           struct error *error);
void semihosting_files_fini(struct semihosting_files *files);
/* At power-on and reset: nothing is open, nothing was typed; what was
 * promised still is. */
void semihosting_files_reset(struct semihosting_files *files);
/* False when it is no state that a machine makes. */
bool semihosting_files_check(const struct semihosting_state *state);
/* After state was overwritten: files are opened anew when they are used. */
void semihosting_files_restored(struct semihosting_files *files);

/* Handles are 1 to SEMIHOSTING_HANDLES. All return a negative errno value when
 * they fail. */
int semihosting_files_open(struct semihosting_files *files, const char *name,
                           uint64_t mode);
int semihosting_files_close(struct semihosting_files *files, uint64_t handle);
/* The file's kind. */
int semihosting_files_kind(const struct semihosting_files *files,
                           uint64_t handle);
/* How many bytes were moved, fewer than size at the end of a file. Output goes
 * through the machine's console and is not for semihosting_files_write. */
int64_t semihosting_files_read(struct semihosting_files *files, uint64_t handle,
                               void *bytes, size_t size);
int64_t semihosting_files_write(struct semihosting_files *files,
                                uint64_t handle, const void *bytes,
                                size_t size);
int semihosting_files_seek(struct semihosting_files *files, uint64_t handle,
                           uint64_t position);
int64_t semihosting_files_length(struct semihosting_files *files,
                                 uint64_t handle);
int semihosting_files_remove(struct semihosting_files *files, const char *name);
int semihosting_files_rename(struct semihosting_files *files, const char *from,
                             const char *to);

/* Takes what was typed: how many bytes were taken, and into bytes. */
size_t semihosting_files_type(struct semihosting_files *files,
                              const void *bytes, size_t size);
size_t semihosting_files_typed(struct semihosting_files *files, void *bytes,
                               size_t size);

#endif
