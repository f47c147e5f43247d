/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block back ends: where the contents of a disk are kept on the host.
 *
 * A request is a struct of the caller. block_try serves it at once if that will
 * not keep the loop's thread, as the host has its contents in memory. Otherwise
 * block_submit makes a job of the loop of it: the caller keeps the request and
 * its bytes in place until `done`, which the loop's thread calls. Jobs do not
 * wait for each other: those under way at the same time may be served in any
 * order, and a flush covers the writes that were served before it was
 * submitted. A caller that wants order waits.
 *
 * A kind of back end is a const struct block_type and a row of blocks.def, as
 * with character.h.
 */
#ifndef BACKENDS_BLOCK_H
#define BACKENDS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/loop.h"

enum block_operation {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,   /* completed writes are on the medium */
    BLOCK_DISCARD, /* reads as zeros from now on, and takes no room if the host
                      can help it */
    BLOCK_WRITE_ZEROES,
};

struct block;
struct block_options;

struct block_request {
    enum block_operation operation;
    bool may_unmap; /* of BLOCK_WRITE_ZEROES: they need take no room */
    uint64_t offset;
    uint64_t size; /* of a flush 0 */
    void *bytes;   /* to or from; NULL of other operations */
    void (*done)(struct block_request *request);
    void *context;
    int status; /* 0 or a negative errno value */
    /* the back end's */
    struct loop_job job;
    struct block *block;
};

struct block_type {
    const char *name;
    const char *operand;
    const char *purpose;
    size_t state_size;
    /* Sets size_bytes and granule_bytes. After an error close is called too, on
     * a state that was zeroed before. */
    int (*open)(struct block *block, const char *operand,
                const struct block_options *options, struct error *error);
    void (*close)(struct block *block);
    /* On a worker's thread, several at a time; the request is within the size
     * and no write to a read-only disk. 0 or a negative errno value. */
    int (*serve)(struct block *block, const struct block_request *request);
    /* The same on the loop's thread, for which it must not wait: -EAGAIN, and
     * nothing was done, if it would have to. */
    int (*attempt)(struct block *block, const struct block_request *request);
    /* For messages: the reason for a status; NULL: that of the host. */
    const char *(*why)(const struct block *block, int status);
};

struct block {
    const struct block_type *type;
    struct loop *loop;
    uint64_t size_bytes;
    uint32_t granule_bytes; /* a power of two: room is taken and given back in
                               pieces of it */
    bool read_only;
    unsigned requests; /* whose done was not called yet */
    char *what;        /* "file:PATH" */
    void *state;
};

struct block_options {
    bool read_only;
    const char *format; /* "raw", "qcow2"; NULL: see backends/image.h */
    /* Writes go elsewhere, and the file is only read: to a file without a name
     * that is gone in the end, or to a qcow2 image that is made if there is
     * none. */
    bool temporary;
    const char *overlay; /* its path, or NULL */
};

/* Opens "file:PATH"; 0, or a negative errno value and *error. */
int block_open(struct loop *loop, const char *what,
               const struct block_options *options, struct block **opened,
               struct error *error);
/* Turns the loop until no request is under way; NULL is fine. */
void block_close(struct block *block);

/* For messages. */
const char *block_path(const struct block *block);
const char *block_why(const struct block *block, int status);

/* True, with request->status, if it was served: done is not called. False: it
 * has to be submitted. */
bool block_try(struct block *block, struct block_request *request);
/* done is called in a turn to come, with status -EINVAL for a place outside the
 * disk, and -EROFS for a change of one that is read-only. */
void block_submit(struct block *block, struct block_request *request);
/* Waits for a request whose done was not called yet, and calls it; serves
 * nothing else (loop_finish). */
void block_finish(struct block_request *request);

#endif
