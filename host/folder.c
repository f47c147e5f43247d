/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name is walked one component after the other, each opened without following
 * a link. openat2 has that in one call, but not on every kernel nor in every
 * sandbox, and its absence would have to be an error or a second way.
 */
#include "host/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool folder_holds(const char *folder, const char *path)
{
    char *outer = realpath(folder, NULL);
    char *inner = realpath(path, NULL);
    size_t length = outer ? strlen(outer) : 0;
    bool holds = outer && inner && strncmp(inner, outer, length) == 0 &&
                 (outer[length - 1] == '/' || inner[length] == '/' ||
                  inner[length] == '\0');
    free(outer);
    free(inner);
    return holds;
}

int folder_open(const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        int code = -errno;
        return error_set(error, code, "folder '%s': cannot be opened: %s", path,
                         strerror(-code));
    }
    return fd;
}

/* The length of the component at the start of name, 0 when it is none that may
 * be followed. */
static size_t component(const char *name)
{
    size_t length = strcspn(name, "/");
    bool dots = length <= 2 && strncmp(name, "..", length) == 0;
    return dots || length > NAME_MAX ? 0 : length;
}

/*
 * Opens the folder that holds name's last component, which it leaves in last.
 * A descriptor to close, or -errno.
 */
static int walk(int folder, const char *name, char last[NAME_MAX + 1])
{
    int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    int code = at < 0 ? -errno : 0;
    while (code == 0) {
        size_t length = component(name);
        if (length == 0) {
            code = -EACCES;
            break;
        }
        memcpy(last, name, length);
        last[length] = '\0';
        name += length;
        if (*name == '\0') {
            return at;
        }
        name++;
        int next =
            openat(at, last, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        code = next >= 0 ? 0 : errno == ELOOP ? -EACCES : -errno;
        close(at);
        at = next;
    }
    if (at >= 0) {
        close(at);
    }
    return code;
}

int folder_open_file(int folder, const char *name, int flags)
{
    char last[NAME_MAX + 1];
    struct stat there;
    int at = walk(folder, name, last);
    if (at < 0) {
        return at;
    }
    /* Not waiting for the other end of a pipe, which is refused below. */
    int file = openat(at, last,
                      (flags & (O_ACCMODE | O_CREAT)) | O_NOFOLLOW |
                          O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                      0666);
    int code = file >= 0 ? 0 : errno == ELOOP ? -EACCES : -errno;
    close(at);
    if (code == 0 && (fstat(file, &there) != 0 || !S_ISREG(there.st_mode))) {
        close(file);
        code = -EACCES;
    }
    return code ? code : file;
}

int folder_remove(int folder, const char *name)
{
    char last[NAME_MAX + 1];
    int at = walk(folder, name, last);
    if (at < 0) {
        return at;
    }
    int code = unlinkat(at, last, 0) ? -errno : 0;
    close(at);
    return code;
}

int folder_rename(int folder, const char *from, const char *to)
{
    char last_from[NAME_MAX + 1];
    char last_to[NAME_MAX + 1];
    int at_from = walk(folder, from, last_from);
    if (at_from < 0) {
        return at_from;
    }
    int at_to = walk(folder, to, last_to);
    int code = at_to < 0 ? at_to : 0;
    if (code == 0) {
        code = renameat(at_from, last_from, at_to, last_to) ? -errno : 0;
        close(at_to);
    }
    close(at_from);
    return code;
}

int64_t folder_read_at(int file, void *bytes, size_t size, uint64_t offset)
{
    uint8_t *to = bytes;
    size_t done = 0;
    while (done < size) {
        ssize_t count =
            pread(file, to + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && done == 0) {
            return -errno;
        }
        if (count <= 0) {
            break;
        }
        done += (size_t)count;
    }
    return (int64_t)done;
}

int64_t folder_write_at(int file, const void *bytes, size_t size,
                        uint64_t offset)
{
    const uint8_t *from = bytes;
    size_t done = 0;
    while (done < size) {
        ssize_t count =
            pwrite(file, from + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && done == 0) {
            return -errno;
        }
        if (count <= 0) {
            break;
        }
        done += (size_t)count;
    }
    return (int64_t)done;
}
