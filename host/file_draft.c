/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of files: a file is replaced by a draft beside it, so that a reader
 * sees one or the other, and blocks of zeros stay holes. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/file.h"
#include "host/file_fail.h"
#include "host/keeper.h"
#include "host/time.h"

enum { BLOCK = 4096, LINKS_MAX = 40, TRIES_MAX = 100 };

/* Behind the name of the file that a draft becomes; its last letters are drawn.
 */
static const char draft_suffix[] = ".cairn-XXXXXX";
enum { DRAFT_LETTERS = 6 };

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
        return file_fail(error, path, "opened");
    }
    int result = write_all(fd, bytes, size);
    if (result != 0) {
        result = file_fail(error, path, "written");
    }
    close(fd);
    return result;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? xstrdup("/")
           : slash       ? xasprintf("%.*s", (int)(slash - path), path)
                         : xstrdup(".");
}

/* The rename is on disk only when the folder is. */
static void sync_folder(const char *path)
{
    char *folder = file_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        /* Some file systems cannot sync folders; the file is whole anyway. */
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

char *file_target(const char *path)
{
    char *target = xstrdup(path);
    for (unsigned links = 0; links < LINKS_MAX; links++) {
        char link[PATH_MAX];
        ssize_t size = readlink(target, link, sizeof(link));
        if (size < 0 || size == (ssize_t)sizeof(link)) {
            return target;
        }
        char *folder = file_folder(target);
        free(target);
        target = link[0] == '/' ? xasprintf("%.*s", (int)size, link)
                                : xasprintf("%s/%.*s", folder, (int)size, link);
        free(folder);
    }
    free(target);
    errno = ELOOP;
    return NULL;
}

static bool is_draft_of(const char *entry, const char *name)
{
    const size_t fixed = sizeof(draft_suffix) - 1 - DRAFT_LETTERS;
    size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 ||
        strncmp(entry + length, draft_suffix, fixed) != 0) {
        return false;
    }
    const char *letters = entry + length + fixed;
    for (unsigned i = 0; i < DRAFT_LETTERS; i++) {
        if (!isalnum((unsigned char)letters[i])) {
            return false;
        }
    }
    return letters[DRAFT_LETTERS] == '\0';
}

/* The writer of a draft holds its lock until the draft is renamed: a draft that
 * can be locked was left by a process that ended. */
static void remove_if_left(int folder, const char *entry)
{
    struct stat there;
    int fd =
        openat(folder, entry, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &there) == 0 && S_ISREG(there.st_mode) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0) {
        (void)unlinkat(folder, entry, 0);
    }
    file_close(fd);
}

/* Removes drafts of the same file that killed runs left behind. */
static void remove_leftovers(const char *target)
{
    const char *slash = strrchr(target, '/');
    char *folder = file_folder(target);
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        if (is_draft_of(entry->d_name, slash ? slash + 1 : target)) {
            remove_if_left(dirfd(directory), entry->d_name);
        }
    }
    if (directory) {
        closedir(directory);
    }
    free(folder);
}

/* As mkostemp, which opens for reading too: a sandbox may only let us write. */
static char *draw_name(const char *target)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint8_t random[DRAFT_LETTERS];
    char *name = xasprintf("%s%s", target, draft_suffix);
    char *at = name + strlen(name) - DRAFT_LETTERS;
    host_entropy(random, sizeof(random));
    for (unsigned i = 0; i < DRAFT_LETTERS; i++) {
        at[i] = letters[random[i] % (sizeof(letters) - 1)];
    }
    return name;
}

char *file_draft_name(const char *target)
{
    remove_leftovers(target);
    return draw_name(target);
}

/* -EAGAIN: another process took the file for one that was left, before it was
 * locked. Where there are no locks nothing is taken for that. */
static int try_draft(struct file_draft *draft)
{
    struct stat there;
    draft->temporary = draw_name(draft->target);
    draft->fd =
        open(draft->temporary,
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int code = draft->fd >= 0 ? 0 : errno == EEXIST ? -EAGAIN : -errno;
    if (code == 0 && flock(draft->fd, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
        code = -EAGAIN;
    }
    if (code == 0 && (fstat(draft->fd, &there) != 0 || there.st_nlink == 0)) {
        code = -EAGAIN;
    }
    if (code != 0) {
        file_close(draft->fd);
        free(draft->temporary);
    }
    return code;
}

/* Takes the target, which is freed with the draft. */
static int open_draft(struct file_draft *draft, const char *path, char *target,
                      mode_t mode, struct error *error)
{
    *draft = (struct file_draft){path, target, NULL, -1, mode, -1};
    remove_leftovers(target);
    int code = -EAGAIN;
    for (unsigned i = 0; code == -EAGAIN && i < TRIES_MAX; i++) {
        code = try_draft(draft);
    }
    if (code != 0) {
        free(target);
        *draft = (struct file_draft){.fd = -1};
        errno = -code;
        (void)file_fail(error, path, "created");
    }
    return code;
}

int file_draft_put(struct file_draft *draft, uint64_t offset, const void *bytes,
                   size_t size, struct error *error)
{
    return lseek(draft->fd, (off_t)offset, SEEK_SET) < 0 ||
                   write_all(draft->fd, bytes, size) != 0
               ? file_fail(error, draft->path, "written")
               : 0;
}

int file_draft_rename(const char *temporary, const char *target,
                      struct error *error)
{
    if (rename(temporary, target) != 0) {
        return file_fail(error, target, "renamed");
    }
    sync_folder(target);
    return 0;
}

int file_draft_close(struct file_draft *draft, uint64_t size, int code,
                     struct error *error)
{
    const char *path = draft->path;
    if (draft->place >= 0) {
        code = keeper_close(draft->place, size, code, error);
        close(draft->fd);
        *draft = (struct file_draft){.fd = -1};
        return code;
    }
    if (code == 0 &&
        (ftruncate(draft->fd, (off_t)size) != 0 ||
         fchmod(draft->fd, draft->mode) != 0 || fsync(draft->fd) != 0)) {
        code = file_fail(error, path, "written");
    }
    if (code == 0) {
        code = file_draft_rename(draft->temporary, draft->target, error);
    }
    if (code != 0) {
        unlink(draft->temporary);
    }
    /* With it goes the lock, now that there is nothing left to remove. */
    close(draft->fd);
    free(draft->temporary);
    free(draft->target);
    *draft = (struct file_draft){.fd = -1};
    return code;
}

/* Blocks of zeros stay holes. */
static int put_blocks(struct file_draft *draft, const uint8_t *bytes,
                      size_t size, struct error *error)
{
    static const uint8_t zeros[BLOCK];
    int code = 0;
    for (size_t at = 0; code == 0 && at < size;) {
        size_t end = at;
        while (end < size) {
            size_t part = size - end < BLOCK ? size - end : BLOCK;
            if (memcmp(bytes + end, zeros, part) == 0) {
                break;
            }
            end += part;
        }
        if (end > at) {
            code = file_draft_put(draft, at, bytes + at, end - at, error);
        }
        at = end + BLOCK;
    }
    return code;
}

static int replace(const char *path, char *target, const void *bytes,
                   size_t size, mode_t mode, struct error *error)
{
    struct file_draft draft;
    int result = open_draft(&draft, path, target, mode, error);
    if (result != 0) {
        return result;
    }
    result = put_blocks(&draft, bytes, size, error);
    return file_draft_close(&draft, size, result, error);
}

/* The mode that open would give a new file. umask(2) can only read the mask by
 * setting it, which other threads would see; /proc shows it as well. */
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

/* By the descriptor of the keeper, which replaces the file. */
static int write_kept(int place, const char *path, const void *bytes,
                      size_t size, struct error *error)
{
    bool regular = false;
    int fd = keeper_open(place, &regular, error);
    if (fd < 0) {
        return fd;
    }
    struct file_draft draft = {.path = path, .fd = fd, .place = place};
    int code = regular ? put_blocks(&draft, bytes, size, error)
               : write_all(fd, bytes, size) != 0
                   ? file_fail(error, path, "written")
                   : 0;
    return file_draft_close(&draft, size, code, error);
}

int file_write(const char *path, const void *bytes, size_t size,
               struct error *error)
{
    int place = keeper_find(path, KEEPER_REPLACED);
    if (place >= 0) {
        return write_kept(place, path, bytes, size, error);
    }
    struct stat there;
    bool exists = stat(path, &there) == 0;
    if (exists && !S_ISREG(there.st_mode)) {
        return write_in_place(path, bytes, size, error);
    }
    mode_t mode = exists ? there.st_mode & 0777 : default_mode();
    char *target = file_target(path);
    return target ? replace(path, target, bytes, size, mode, error)
                  : file_fail(error, path, "opened");
}

static int open_kept(struct file_draft *draft, int place, const char *path,
                     struct error *error)
{
    bool regular = false;
    int fd = keeper_open(place, &regular, error);
    *draft = (struct file_draft){.path = path, .fd = fd, .place = place};
    if (fd >= 0 && !regular) {
        close(fd);
        draft->fd = -1;
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    return fd < 0 ? fd : 0;
}

int file_draft_open(struct file_draft *draft, const char *path,
                    struct error *error)
{
    int place = keeper_find(path, KEEPER_REPLACED);
    if (place >= 0) {
        return open_kept(draft, place, path, error);
    }
    struct stat there;
    bool exists = stat(path, &there) == 0;
    *draft = (struct file_draft){.fd = -1};
    if (exists && !S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    mode_t mode = exists ? there.st_mode & 0777 : default_mode();
    char *target = file_target(path);
    return target ? open_draft(draft, path, target, mode, error)
                  : file_fail(error, path, "opened");
}

int file_draft_open_in_memory(struct file_draft *draft, struct error *error)
{
    *draft = (struct file_draft){.path = "in memory", .fd = -1, .place = -1};
    return file_open_in_memory(&draft->fd, error);
}

int file_write_private(const char *path, const void *bytes, size_t size,
                       struct error *error)
{
    return replace(path, xstrdup(path), bytes, size, 0600, error);
}
