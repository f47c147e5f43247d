/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of files with holes kept, and questions about them; file_draft.c writes
 * them. */
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/file_fail.h"

enum { STREAM_MAX = 256 << 20 /* of a file without a known size */ };

int file_fail(struct error *error, const char *path, const char *done)
{
    int code = -errno;
    return error_set(error, code, "file '%s': cannot be %s: %s", path, done,
                     strerror(-code));
}

static int too_large(const char *path, size_t limit, struct error *error)
{
    return error_set(error, -EFBIG,
                     "file '%s': more than the limit of %zu bytes", path,
                     limit);
}

/* A hole is not read: it stands for as many zeros. have: bytes read before it.
 */
static void skip_hole(int fd, uint64_t size, size_t have, struct buffer *out)
{
    uint64_t next = have < size ? file_next_data(fd, have) : have;
    next = next < size ? next : size;
    if (next > have) {
        buffer_append_zeros(out, (size_t)(next - have));
        (void)lseek(fd, (off_t)next, SEEK_SET);
    } else if (have < size) {
        (void)lseek(fd, (off_t)have, SEEK_SET);
    }
}

/* size is that of a regular file, 0 for others: it may be larger, but not
 * smaller than the limit admits. */
static int read_some(int fd, const char *path, uint64_t size, size_t limit,
                     struct buffer *out, struct error *error)
{
    const size_t start = out->size;
    for (;;) {
        skip_hole(fd, size, out->size - start, out);
        size_t have = out->size - start;
        /* One byte past the limit distinguishes a full file from one too large.
         */
        size_t want = limit - have < 65536 ? limit - have + 1 : 65536;
        uint8_t *to = buffer_grow(out, want);
        ssize_t count = read(fd, to, want);
        out->size = start + have + (count > 0 ? (size_t)count : 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return file_fail(error, path, "read");
        }
        if (count == 0) {
            return 0;
        }
        if (out->size - start > limit) {
            return too_large(path, limit, error);
        }
    }
}

int file_read(const char *path, size_t limit, struct buffer *out,
              struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return file_fail(error, path, "opened");
    }
    size_t start = out->size;
    struct stat there = {0};
    bool regular = fstat(fd, &there) == 0 && S_ISREG(there.st_mode);
    uint64_t size = regular ? (uint64_t)there.st_size : 0;
    limit = regular || limit < STREAM_MAX ? limit : STREAM_MAX;
    int result = size > limit ? too_large(path, limit, error)
                              : read_some(fd, path, size, limit, out, error);
    if (result != 0) {
        out->size = start;
    }
    if (out->bytes) {
        out->bytes[out->size] = '\0';
    }
    close(fd);
    return result;
}

const char *file_suffix(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    return dot ? dot : "";
}

/* The folder that a file is in or would be in. */
static int check_folder(const char *path, const char *target,
                        struct error *error)
{
    const char *slash = strrchr(target, '/');
    char *folder =
        slash ? xstrndup(target, (size_t)(slash - target) + 1) : NULL;
    int code = access(folder ? folder : ".", W_OK | X_OK) == 0
                   ? 0
                   : file_fail(error, path, "created");
    free(folder);
    return code;
}

int file_check(const char *path, enum file_use use, struct error *error)
{
    struct stat there;
    bool exists = stat(path, &there) == 0;
    if (*path == '\0') {
        return error_set(error, -ENOENT, "no file is named");
    }
    if (exists && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return file_fail(error, path, "written");
    }
    if (exists && use == FILE_DRAFTED && !S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    if (exists && (use == FILE_IN_PLACE || !S_ISREG(there.st_mode))) {
        return access(path, W_OK) == 0 ? 0 : file_fail(error, path, "written");
    }
    errno = ENOENT;
    char *target = file_target(path);
    int code = target ? check_folder(path, target, error)
                      : file_fail(error, path, "created");
    free(target);
    return code;
}

int file_size(const char *path, uint64_t *size, struct error *error)
{
    struct stat there;
    if (stat(path, &there) != 0) {
        return file_fail(error, path, "looked at");
    }
    if (!S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    *size = (uint64_t)there.st_size;
    return 0;
}

int file_open(const char *path, int *fd, uint64_t *size, struct error *error)
{
    int code = file_size(path, size, error);
    if (code != 0) {
        return code;
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat there;
    if (*fd < 0 || fstat(*fd, &there) != 0) {
        code = file_fail(error, path, "opened");
        file_close(*fd);
        return code;
    }
    *size = (uint64_t)there.st_size;
    return 0;
}

int file_open_in_memory(int *fd, struct error *error)
{
    *fd = memfd_create("file", MFD_CLOEXEC);
    return *fd >= 0 ? 0 : file_fail(error, "in memory", "created");
}

void file_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

int file_read_at(int fd, uint64_t offset, void *bytes, size_t size,
                 struct error *error)
{
    uint8_t *to = bytes;
    while (size != 0) {
        ssize_t count = pread(fd, to, size, (off_t)offset);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return error_set(error, -EIO, "byte %llu: cannot be read: %s",
                             (unsigned long long)offset,
                             count < 0 ? strerror(errno)
                                       : "the file has become shorter");
        }
        to += count;
        offset += (uint64_t)count;
        size -= (size_t)count;
    }
    return 0;
}

int file_end(FILE *stream, const char *path, struct error *error)
{
    if (!stream) {
        return 0;
    }
    const bool failed = ferror(stream) != 0;
    int code = fflush(stream) != 0 ? -errno : 0;
    if (fclose(stream) != 0 && code == 0) {
        code = -errno;
    }
    if (code == 0 && failed) {
        return error_set(error, -EIO,
                         "file '%s': cannot be written: not all was written",
                         path);
    }
    return code == 0
               ? 0
               : error_set(error, code, "file '%s': cannot be written: %s",
                           path, strerror(-code));
}

void file_stamp(int fd, struct file_stamp *stamp)
{
    struct stat there = {0};
    *stamp = (struct file_stamp){0};
    if (fstat(fd, &there) == 0) {
        stamp->size = (uint64_t)there.st_size;
        stamp->written_ns =
            (int64_t)there.st_mtim.tv_sec * 1000000000 + there.st_mtim.tv_nsec;
    }
}

uint64_t file_next_data(int fd, uint64_t offset)
{
    off_t at = lseek(fd, (off_t)offset, SEEK_DATA);
    /* Where the file system does not know (EINVAL), all may be data. */
    return at >= 0 ? (uint64_t)at : errno == EINVAL ? offset : UINT64_MAX;
}
