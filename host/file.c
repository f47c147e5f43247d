/* SPDX-License-Identifier: Apache-2.0 */
/* Reads with holes kept, and replaces a file by a draft beside it, so that a
 * reader sees one or the other. */
#include "host/file.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/time.h"

#include "base/buffer.h"
#include "host/keeper.h"

enum {
    BLOCK = 4096,
    LINKS_MAX = 40,
    TRIES_MAX = 100,
    STREAM_MAX = 256 << 20, /* of a file without a known size */
};

/* Behind the name of the file that a draft becomes; its last letters are drawn.
 */
static const char draft_suffix[] = ".cairn-XXXXXX";
enum { DRAFT_LETTERS = 6 };

/* done: "opened", "read": what the file cannot be, by errno. */
static int fail(struct error *error, const char *path, const char *done)
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
            return fail(error, path, "read");
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
        return fail(error, path, "opened");
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
        return fail(error, path, "opened");
    }
    int result = write_all(fd, bytes, size);
    if (result != 0) {
        result = fail(error, path, "written");
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

/* ---- Drafts -------------------------------------------------------------- */

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? xstrdup("/")
           : slash       ? xasprintf("%.*s", (int)(slash - path), path)
                         : xstrdup(".");
}

/* The rename is on disk only when the folder is. */
static void sync_folder(const char *path)
{
    char *folder = folder_of(path);
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
        char *folder = folder_of(target);
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
    char *folder = folder_of(target);
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
static void draw_letters(char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint8_t random[DRAFT_LETTERS];
    char *at = name + strlen(name) - DRAFT_LETTERS;
    host_entropy(random, sizeof(random));
    for (unsigned i = 0; i < DRAFT_LETTERS; i++) {
        at[i] = letters[random[i] % (sizeof(letters) - 1)];
    }
}

/* -EAGAIN: another process took the file for one that was left, before it was
 * locked. Where there are no locks nothing is taken for that. */
static int try_draft(struct file_draft *draft)
{
    struct stat there;
    draft->temporary = xasprintf("%s%s", draft->target, draft_suffix);
    draw_letters(draft->temporary);
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
        (void)fail(error, path, "created");
    }
    return code;
}

int file_draft_put(struct file_draft *draft, uint64_t offset, const void *bytes,
                   size_t size, struct error *error)
{
    return lseek(draft->fd, (off_t)offset, SEEK_SET) < 0 ||
                   write_all(draft->fd, bytes, size) != 0
               ? fail(error, draft->path, "written")
               : 0;
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
        code = fail(error, path, "written");
    }
    if (code == 0 && rename(draft->temporary, draft->target) != 0) {
        code = fail(error, path, "renamed");
    }
    if (code == 0) {
        sync_folder(draft->target);
    } else {
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
               : write_all(fd, bytes, size) != 0 ? fail(error, path, "written")
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
                  : fail(error, path, "opened");
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
                  : fail(error, path, "opened");
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

/* The folder that a file is in or would be in. */
static int check_folder(const char *path, const char *target,
                        struct error *error)
{
    const char *slash = strrchr(target, '/');
    char *folder =
        slash ? xstrndup(target, (size_t)(slash - target) + 1) : NULL;
    int code = access(folder ? folder : ".", W_OK | X_OK) == 0
                   ? 0
                   : fail(error, path, "created");
    free(folder);
    return code;
}

int file_check(const char *path, enum file_use use, struct error *error)
{
    struct stat there;
    bool exists = stat(path, &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return fail(error, path, "written");
    }
    if (exists && use == FILE_DRAFTED && !S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "file '%s': is no regular file", path);
    }
    if (exists && (use == FILE_IN_PLACE || !S_ISREG(there.st_mode))) {
        return access(path, W_OK) == 0 ? 0 : fail(error, path, "written");
    }
    errno = ENOENT;
    char *target = *path ? file_target(path) : NULL;
    int code = target ? check_folder(path, target, error)
                      : fail(error, path, "created");
    free(target);
    return code;
}

int file_size(const char *path, uint64_t *size, struct error *error)
{
    struct stat there;
    if (stat(path, &there) != 0) {
        return fail(error, path, "looked at");
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
        code = fail(error, path, "opened");
        file_close(*fd);
        return code;
    }
    *size = (uint64_t)there.st_size;
    return 0;
}

int file_open_in_memory(int *fd, struct error *error)
{
    *fd = memfd_create("file", MFD_CLOEXEC);
    return *fd >= 0 ? 0 : fail(error, "in memory", "created");
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
