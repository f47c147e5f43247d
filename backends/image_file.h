/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the host that holds a disk image: positional reads and changes,
 * each done as a whole or answered with the reason why not.
 *
 * Any thread. A call with `wait` false comes back with -EAGAIN, and nothing
 * done, where it would keep its thread waiting for a device or for long.
 */
#ifndef BACKENDS_IMAGE_FILE_H
#define BACKENDS_IMAGE_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The change that is about to be done to a file, for tests that cut the power.
 */
enum image_change_kind {
    IMAGE_CHANGE_WRITE,
    IMAGE_CHANGE_ZERO, /* bytes is NULL */
    IMAGE_CHANGE_RELEASE,
    IMAGE_CHANGE_RESIZE, /* to offset */
    IMAGE_CHANGE_SYNC,   /* what was done before is on the medium */
};

struct image_change {
    enum image_change_kind kind;
    uint64_t offset;
    const void *bytes;
    uint64_t size;
};

struct image_file {
    int fd; /* -1: none is open */
    char *path;
    bool read_only;
    bool made; /* by image_file_create, there was none */
    /* Behind it all is zeros; a shorter file is an error. */
    _Atomic uint64_t size;
    /* NULL, or called first: 0, or a negative errno value in place of it. */
    int (*observe)(void *context, const struct image_change *change);
    void *context;
    /* Private. */
    bool in_memory;           /* a file system without a device */
    _Atomic bool waits_reads; /* the file system cannot say whether it would */
    _Atomic bool waits_writes;
    _Atomic uint64_t changes;
    _Atomic uint64_t synced; /* so many of these are on the medium */
};

/* Opens a regular file and locks it, by flock(2) and by the byte locks of QEMU:
 * shared by those that only read it, so that no two programs write to one
 * image. 0, or a negative errno value and *error. */
int image_file_open(struct image_file *file, const char *path, bool read_only,
                    struct error *error);
/* A new, empty file in place of any that was there, whose path is `name` from
 * then on unless that is NULL; with a path of NULL one without a name, which is
 * gone when it is closed. After an error no new file is left. */
int image_file_create(struct image_file *file, const char *path,
                      const char *name, struct error *error);
/* Removes the file at path if image_file_create made it. */
void image_file_undo(struct image_file *file, const char *path);
/* Fine for one that is not open. */
void image_file_close(struct image_file *file);

int image_file_read(struct image_file *file, uint64_t offset, void *bytes,
                    size_t size, bool wait);
/* Within the size. */
int image_file_write(struct image_file *file, uint64_t offset,
                     const void *bytes, size_t size, bool wait);
/* Reads as zeros from now on; with unmap it takes no room if the host can help
 * it. Within the size. */
int image_file_zero(struct image_file *file, uint64_t offset, uint64_t size,
                    bool unmap);
/* Gives room back whose contents nobody wants any more; needs no sync, and that
 * the host cannot is no error. Within the size. */
void image_file_release(struct image_file *file, uint64_t offset,
                        uint64_t size);
int image_file_resize(struct image_file *file, uint64_t size);
/* Returns once earlier changes are on the medium. */
int image_file_sync(struct image_file *file);
/* True if a sync would have nothing to do. */
bool image_file_is_synced(struct image_file *file);
/* The length of the run from offset on that the file holds, or that is a hole;
 * at least 1 if offset is within the size, at most size. */
uint64_t image_file_run(const struct image_file *file, uint64_t offset,
                        uint64_t size, bool *hole);

#endif
