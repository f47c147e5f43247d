/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct error *error, const char *path, const char *attempt)
{
    int code = -errno;
    return error_set(error, code, "file '%s': %s: %s", path, attempt,
                     strerror(-code));
}

static int read_some(int fd, const char *path, size_t limit, struct buffer *out,
                     struct error *error)
{
    const size_t start = out->size;
    for (;;) {
        size_t have = out->size - start;
        /* One byte past the limit tells a full file from one too large. */
        size_t want = limit - have < 65536 ? limit - have + 1 : 65536;
        uint8_t *to = buffer_grow(out, want);
        ssize_t count = read(fd, to, want);
        out->size = start + have + (count > 0 ? (size_t)count : 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(error, path, "read");
        }
        if (count == 0) {
            return 0;
        }
        if (out->size - start > limit) {
            return error_set(error, -EFBIG,
                             "file '%s': more than the limit of %zu bytes",
                             path, limit);
        }
    }
}

int file_read(const char *path, size_t limit, struct buffer *out,
              struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(error, path, "open");
    }
    size_t start = out->size;
    int result = read_some(fd, path, limit, out, error);
    if (result != 0) {
        out->size = start;
    }
    if (out->bytes) {
        out->bytes[out->size] = '\0';
    }
    close(fd);
    return result;
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size != 0) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return -1;
        }
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_in_place(const char *path, const void *bytes, size_t size,
                          struct error *error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(error, path, "open");
    }
    int result = write_all(fd, bytes, size);
    if (result != 0) {
        result = fail(error, path, "write");
    }
    close(fd);
    return result;
}

/* The rename is on disk only when the folder is. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? xstrdup("/")
                   : slash       ? xasprintf("%.*s", (int)(slash - path), path)
                                 : xstrdup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        /* Some file systems cannot sync folders; the file is whole anyway. */
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

static int open_draft(struct file_draft *draft, const char *path, mode_t mode,
                      struct error *error)
{
    char *temporary = xasprintf("%s.XXXXXX", path);
    *draft = (struct file_draft){path, temporary,
                                 mkostemp(temporary, O_CLOEXEC), mode};
    if (draft->fd >= 0) {
        return 0;
    }
    int result = fail(error, path, "create");
    free(temporary);
    return result < 0 ? result : -EIO;
}

int file_draft_put(struct file_draft *draft, uint64_t offset, const void *bytes,
                   size_t size, struct error *error)
{
    return lseek(draft->fd, (off_t)offset, SEEK_SET) < 0 ||
                   write_all(draft->fd, bytes, size) != 0
               ? fail(error, draft->path, "write")
               : 0;
}

int file_draft_close(struct file_draft *draft, uint64_t size, int code,
                     struct error *error)
{
    const char *path = draft->path;
    if (code == 0 &&
        (ftruncate(draft->fd, (off_t)size) != 0 ||
         fchmod(draft->fd, draft->mode) != 0 || fsync(draft->fd) != 0)) {
        code = fail(error, path, "write");
    }
    if (close(draft->fd) != 0 && code == 0) {
        code = fail(error, path, "close");
    }
    if (code == 0 && rename(draft->temporary, path) != 0) {
        code = fail(error, path, "rename");
    }
    if (code == 0) {
        sync_folder(path);
    } else {
        unlink(draft->temporary);
    }
    free(draft->temporary);
    *draft = (struct file_draft){.fd = -1};
    return code;
}

static int replace(const char *path, const void *bytes, size_t size,
                   mode_t mode, struct error *error)
{
    struct file_draft draft;
    int result = open_draft(&draft, path, mode, error);
    if (result != 0) {
        return result;
    }
    result = file_draft_put(&draft, 0, bytes, size, error);
    return file_draft_close(&draft, size, result, error);
}

/* What open would give a new file. umask can only be read by setting it, which
 * other threads would see; the kernel tells it here as well. */
static mode_t default_mode(void)
{
    unsigned long mask = 022;
    FILE *status = fopen("/proc/self/status", "re");
    if (status) {
        char line[256];
        while (fgets(line, sizeof(line), status)) {
            if (strncmp(line, "Umask:", 6) == 0) {
                mask = strtoul(line + 6, NULL, 8);
                break;
            }
        }
        fclose(status);
    }
    return 0666 & ~(mode_t)mask;
}

int file_write(const char *path, const void *bytes, size_t size,
               struct error *error)
{
    struct stat there;
    bool exists = stat(path, &there) == 0;
    if (exists && !S_ISREG(there.st_mode)) {
        return write_in_place(path, bytes, size, error);
    }
    mode_t mode = exists ? there.st_mode & 0777 : default_mode();
    return replace(path, bytes, size, mode, error);
}

int file_draft_open(struct file_draft *draft, const char *path,
                    struct error *error)
{
    struct stat there;
    bool exists = stat(path, &there) == 0;
    *draft = (struct file_draft){.fd = -1};
    if (exists && !S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    mode_t mode = exists ? there.st_mode & 0777 : default_mode();
    return open_draft(draft, path, mode, error);
}

int file_write_private(const char *path, const void *bytes, size_t size,
                       struct error *error)
{
    return replace(path, bytes, size, 0600, error);
}

int file_size(const char *path, uint64_t *size, struct error *error)
{
    struct stat there;
    if (stat(path, &there) != 0) {
        return fail(error, path, "stat");
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
        code = fail(error, path, "open");
        file_close(*fd);
        return code;
    }
    *size = (uint64_t)there.st_size;
    return 0;
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
