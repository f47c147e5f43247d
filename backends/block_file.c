/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "file:PATH": a regular file, byte for byte, with holes where nothing was
 * written or where it was discarded. The file is locked (flock(2)), so that two
 * machines do not write to one disk: shared by those that only read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/block.h"

struct state {
    int fd;
};

static int open_file(struct block *block, const char *operand,
                     struct error *error)
{
    struct state *state = block->state;
    struct stat there;
    state->fd = open(operand, (block->read_only ? O_RDONLY : O_RDWR) |
                                  O_CLOEXEC | O_NONBLOCK);
    if (state->fd < 0 || fstat(state->fd, &there) != 0) {
        return error_set(error, -errno, "cannot open '%s': %s", operand,
                         strerror(errno));
    }
    if (!S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "'%s' is not a regular file", operand);
    }
    if (flock(state->fd, (block->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB)) {
        return error_set(error, -errno, "'%s' is in use: %s", operand,
                         strerror(errno));
    }
    block->size_bytes = (uint64_t)there.st_size;
    return 0;
}

static void close_file(struct block *block)
{
    const struct state *state = block->state;
    if (state->fd >= 0) {
        close(state->fd);
    }
}

/* All of it, in as many calls as that takes. */
static int move_bytes(int fd, const struct block_request *request)
{
    char *bytes = request->bytes;
    uint64_t moved = 0;
    while (moved < request->size) {
        size_t left = (size_t)(request->size - moved);
        off_t at = (off_t)(request->offset + moved);
        ssize_t count = request->operation == BLOCK_READ
                            ? pread(fd, bytes + moved, left, at)
                            : pwrite(fd, bytes + moved, left, at);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            /* The file was cut short since it was opened. */
            return count < 0 ? -errno : -EIO;
        }
        moved += (uint64_t)count;
    }
    return 0;
}

/* For file systems without holes. */
static int write_zeros(int fd, const struct block_request *request)
{
    static const char zeros[4096];
    for (uint64_t done = 0; done < request->size;) {
        uint64_t left = request->size - done;
        struct block_request piece = {
            .operation = BLOCK_WRITE,
            .offset = request->offset + done,
            .size = left < sizeof(zeros) ? left : sizeof(zeros),
            .bytes = (void *)(uintptr_t)zeros,
        };
        int code = move_bytes(fd, &piece);
        if (code != 0) {
            return code;
        }
        done += piece.size;
    }
    return 0;
}

static int discard(int fd, const struct block_request *request)
{
    if (request->size == 0 ||
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  (off_t)request->offset, (off_t)request->size) == 0) {
        return 0;
    }
    return errno == EOPNOTSUPP ? write_zeros(fd, request) : -errno;
}

static int serve_file(struct block *block, const struct block_request *request)
{
    const struct state *state = block->state;
    switch (request->operation) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return move_bytes(state->fd, request);
    case BLOCK_FLUSH:
        return fdatasync(state->fd) == 0 ? 0 : -errno;
    case BLOCK_DISCARD:
        return discard(state->fd, request);
    }
    return -EINVAL;
}

const struct block_type block_file = {
    .name = "file",
    .operand = "PATH",
    .purpose = "a regular file, which may have holes",
    .state_size = sizeof(struct state),
    .open = open_file,
    .close = close_file,
    .serve = serve_file,
};
