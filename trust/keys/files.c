/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading of key files, so that a crash or another process never
 * meets half of one. */
#include "trust/keys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int write_whole(int fd, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    while (size > 0) {
        ssize_t n = write(fd, next, size);
        if (n < 0) {
            return -errno;
        }
        next += n;
        size -= (size_t)n;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

int key_file_create(const char *path, mode_t mode, const void *bytes,
                    size_t size, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    int status = fd < 0 ? -errno : write_whole(fd, bytes, size);
    if (fd >= 0) {
        close(fd);
        if (status != 0) {
            unlink(path);
        }
    }
    return status == 0 ? 0
                       : error_set(error, status, "cannot write '%s': %s", path,
                                   strerror(-status));
}

static int sync_directory_of(const char *path)
{
    char *directory = xstrdup(path);
    char *slash = strrchr(directory, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_CLOEXEC);
    free(directory);
    if (fd < 0) {
        return -errno;
    }
    int status = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return status;
}

int key_file_lock(const char *path, int *fd, struct error *error)
{
    char *lock = xasprintf("%s.lock", path);
    *fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int status = *fd < 0 || flock(*fd, LOCK_EX) != 0 ? -errno : 0;
    if (status != 0) {
        error_set(error, status, "cannot lock '%s': %s", lock,
                  strerror(-status));
    }
    free(lock);
    return status;
}

int key_file_replace(const char *path, const void *bytes, size_t size,
                     struct error *error)
{
    char *next = xasprintf("%s.new", path);
    unlink(next); /* left over from a crash */
    int status = key_file_create(next, 0600, bytes, size, error);
    if (status == 0 && rename(next, path) != 0) {
        status = error_set(error, -errno, "cannot replace '%s': %s", path,
                           strerror(errno));
    }
    if (status == 0 && (status = sync_directory_of(path)) != 0) {
        error_set(error, status, "cannot store '%s': %s", path,
                  strerror(-status));
    }
    free(next);
    return status;
}

void key_file_forget(struct buffer *file)
{
    if (file->size != 0) {
        OPENSSL_cleanse(file->bytes, file->size);
    }
    buffer_fini(file);
}

/* Up to the end of the file or the size, whichever comes first: how many bytes,
 * or a negative errno value. */
static ssize_t read_up_to(int fd, uint8_t *bytes, size_t size)
{
    size_t have = 0;
    ssize_t count = 1;
    while (have < size && count != 0) {
        count = read(fd, bytes + have, size - have);
        if (count < 0 && errno != EINTR) {
            return -errno;
        }
        have += count > 0 ? (size_t)count : 0;
    }
    return (ssize_t)have;
}

int key_file_read(const char *path, struct buffer *out, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int status = -errno;
        return status == -ENOENT
                   ? status
                   : error_set(error, status, "cannot open '%s': %s", path,
                               strerror(-status));
    }
    /* Secrets are in this memory alone, so nothing is read in parts, through
     * another buffer, or before there is room for the largest file. */
    const size_t start = out->size;
    uint8_t *bytes = buffer_grow(out, KEY_FILE_MAX + 1);
    ssize_t size = read_up_to(fd, bytes, KEY_FILE_MAX + 1);
    close(fd);
    out->size = start + (size < 0 ? 0 : (size_t)size);
    out->bytes[out->size] = '\0';
    if (size < 0) {
        return error_set(error, (int)size, "cannot read '%s': %s", path,
                         strerror((int)-size));
    }
    return size > KEY_FILE_MAX
               ? error_set(error, -EFBIG,
                           "cannot read '%s': more than %d bytes", path,
                           KEY_FILE_MAX)
               : 0;
}
