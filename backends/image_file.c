/* SPDX-License-Identifier: Apache-2.0 */
/* System calls on the file of an image. */
#include "backends/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

/* More is moved by a thread that has nothing else to do. */
enum { AT_ONCE_MAX = 128 << 10 };

/* ---- Life ---------------------------------------------------------------- */

static bool is_in_memory(int fd)
{
    struct statfs there;
    return fstatfs(fd, &there) == 0 &&
           ((unsigned long)there.f_type == TMPFS_MAGIC ||
            (unsigned long)there.f_type == RAMFS_MAGIC);
}

/* By these QEMU tells other programs how it uses an image: open file
 * description locks for reading of one byte each, of what it does with the file
 * from 100 on and of what it lets nobody else do from 200 on. Programs lock
 * their bytes first and then look for those of others. */
enum { USES = 100, EXCLUDES = 200 };
enum { READS = 1 << 0, WRITES = 1 << 1, RESIZES = 1 << 3 };

static const struct {
    unsigned bit; /* number in the two ranges */
    const char *other_uses;
    const char *other_excludes;
} uses[] = {
    {0, "reads it",     "does not let others read it"  },
    {1, "writes to it", "does not let others write it" },
    {3, "resizes it",   "does not let others resize it"},
};

static struct flock lock_of(short type, unsigned byte)
{
    return (struct flock){.l_type = type,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)byte,
                          .l_len = 1};
}

/* Where the file system has no such locks, they are no obstacle. */
static bool lock_byte(int fd, unsigned byte)
{
    struct flock lock = lock_of(F_RDLCK, byte);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ||
           (errno != EAGAIN && errno != EACCES);
}

static bool others_locked(int fd, unsigned byte)
{
    struct flock lock = lock_of(F_WRLCK, byte);
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* NULL, or what another program does that stands against it. */
static const char *lock_as_qemu(int fd, bool read_only)
{
    const unsigned used = read_only ? READS : READS | WRITES | RESIZES;
    const unsigned excluded = WRITES | RESIZES;
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        const unsigned bit = uses[i].bit;
        if (((used >> bit & 1) != 0 && !lock_byte(fd, USES + bit)) ||
            ((excluded >> bit & 1) != 0 && !lock_byte(fd, EXCLUDES + bit))) {
            return "has locked it";
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        const unsigned bit = uses[i].bit;
        if ((excluded >> bit & 1) != 0 && others_locked(fd, USES + bit)) {
            return uses[i].other_uses;
        }
        if ((used >> bit & 1) != 0 && others_locked(fd, EXCLUDES + bit)) {
            return uses[i].other_excludes;
        }
    }
    return NULL;
}

static int lock_file(int fd, const char *path, bool read_only,
                     struct error *error)
{
    if (flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        return error_set(error, -errno, "'%s' is in use: %s", path,
                         errno == EWOULDBLOCK
                             ? "another machine or program has locked it"
                             : strerror(errno));
    }
    const char *obstacle = lock_as_qemu(fd, read_only);
    return !obstacle ? 0
                     : error_set(error, -EWOULDBLOCK,
                                 "'%s' is in use: another program %s", path,
                                 obstacle);
}

/* The rest of opening, with the descriptor. */
static int take(struct image_file *file, int fd, const char *path,
                bool read_only, struct error *error)
{
    struct stat there;
    *file = (struct image_file){.fd = fd, .read_only = read_only};
    file->path = xstrdup(path);
    if (fd < 0 || fstat(fd, &there) != 0) {
        return error_set(error, -errno, "cannot open '%s': %s", path,
                         strerror(errno));
    }
    if (!S_ISREG(there.st_mode)) {
        return error_set(error, -EINVAL, "'%s' is not a regular file", path);
    }
    int code = lock_file(fd, path, read_only, error);
    if (code != 0) {
        return code;
    }
    file->size = (uint64_t)there.st_size;
    file->in_memory = is_in_memory(fd);
    return 0;
}

int image_file_open(struct image_file *file, const char *path, bool read_only,
                    struct error *error)
{
    int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC |
                            O_NONBLOCK | O_NOCTTY);
    int code = take(file, fd, path, read_only, error);
    if (code != 0) {
        image_file_close(file);
    }
    return code;
}

static int open_new(const char *path, bool *made)
{
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags | O_EXCL, 0666);
    *made = fd >= 0;
    if (fd >= 0 || errno != EEXIST) {
        return fd;
    }
    return open(path, flags, 0666);
}

int image_file_create(struct image_file *file, const char *path,
                      const char *name, struct error *error)
{
    const char *folder = getenv("TMPDIR");
    bool made = false;
    folder = folder && *folder ? folder : "/var/tmp";
    int fd = path ? open_new(path, &made)
                  : open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    int code = take(file, fd, name ? name : path ? path : folder, false, error);
    file->made = made;
    if (code == 0 && file->size != 0) {
        /* Not by O_TRUNC: the lock comes first. */
        code = image_file_resize(file, 0);
        if (code != 0) {
            error_set(error, code, "cannot empty '%s': %s", file->path,
                      strerror(-code));
        }
    }
    if (code != 0) {
        image_file_undo(file, path);
        image_file_close(file);
    }
    return code;
}

void image_file_undo(struct image_file *file, const char *path)
{
    if (path && file->made) {
        (void)unlink(path);
    }
    file->made = false;
}

void image_file_close(struct image_file *file)
{
    if (file->fd >= 0 && file->path) {
        close(file->fd);
    }
    free(file->path);
    file->path = NULL;
    file->fd = -1;
}

/* ---- Reads --------------------------------------------------------------- */

/* -EAGAIN unless all of it is in memory. */
static int read_at_once(struct image_file *file, uint64_t offset, void *bytes,
                        size_t size)
{
    struct iovec part = {bytes, size};
    if (size > AT_ONCE_MAX ||
        atomic_load_explicit(&file->waits_reads, memory_order_relaxed)) {
        return -EAGAIN;
    }
    ssize_t count = preadv2(file->fd, &part, 1, (off_t)offset,
                            file->in_memory ? 0 : RWF_NOWAIT);
    if (count < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
        atomic_store(&file->waits_reads, true);
    }
    return count == (ssize_t)size ? 0 : -EAGAIN;
}

static int read_all(const struct image_file *file, uint64_t offset,
                    uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count =
            pread(file->fd, bytes + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            /* The file was cut short since it was opened. */
            return count < 0 ? -errno : -ENODATA;
        }
        done += (size_t)count;
    }
    return 0;
}

int image_file_read(struct image_file *file, uint64_t offset, void *bytes,
                    size_t size, bool wait)
{
    const uint64_t there = offset < file->size ? file->size - offset : 0;
    const size_t inside = there < size ? (size_t)there : size;
    int code = 0;
    if (inside != 0) {
        code = wait ? read_all(file, offset, bytes, inside)
                    : read_at_once(file, offset, bytes, inside);
    }
    if (code == 0 && inside < size) {
        memset((uint8_t *)bytes + inside, 0, size - inside);
    }
    return code;
}

/* ---- Changes ------------------------------------------------------------- */

static int note(struct image_file *file, enum image_change_kind kind,
                uint64_t offset, const void *bytes, uint64_t size)
{
    const struct image_change change = {kind, offset, bytes, size};
    assert(!file->read_only);
    if (kind != IMAGE_CHANGE_SYNC && kind != IMAGE_CHANGE_RELEASE) {
        atomic_fetch_add(&file->changes, 1);
    }
    return file->observe ? file->observe(file->context, &change) : 0;
}

/* Pages of the cache take what is written to them without a device, but some
 * file systems do not say so. Then a short write is tried: it waits only while
 * the host has too many pages that are not written yet. */
static ssize_t write_at_once(struct image_file *file, uint64_t offset,
                             const void *bytes, size_t size)
{
    struct iovec part = {(void *)(uintptr_t)bytes, size};
    if (!file->in_memory &&
        !atomic_load_explicit(&file->waits_writes, memory_order_relaxed)) {
        ssize_t count = pwritev2(file->fd, &part, 1, (off_t)offset, RWF_NOWAIT);
        if (count >= 0 || errno == EAGAIN) {
            return count;
        }
        if (errno == EOPNOTSUPP || errno == ENOSYS) {
            atomic_store(&file->waits_writes, true);
        }
    }
    return pwrite(file->fd, bytes, size, (off_t)offset);
}

int image_file_write(struct image_file *file, uint64_t offset,
                     const void *bytes, size_t size, bool wait)
{
    size_t done = 0;
    assert(offset + size <= file->size);
    if (!wait && size > AT_ONCE_MAX) {
        return -EAGAIN;
    }
    int code = note(file, IMAGE_CHANGE_WRITE, offset, bytes, size);
    while (code == 0 && done < size) {
        const uint8_t *from = (const uint8_t *)bytes + done;
        ssize_t count =
            wait || done != 0
                ? pwrite(file->fd, from, size - done, (off_t)(offset + done))
                : write_at_once(file, offset, from, size);
        if (count > 0) {
            done += (size_t)count;
        } else if (count == 0) {
            code = -EIO;
        } else if (errno != EINTR) {
            code = -errno;
        }
    }
    return code;
}

/* For file systems without holes. */
static int write_zeros(struct image_file *file, uint64_t offset, uint64_t size)
{
    static const uint8_t zeros[64 << 10];
    int code = 0;
    while (code == 0 && size != 0) {
        size_t piece = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
        code = image_file_write(file, offset, zeros, piece, true);
        offset += piece;
        size -= piece;
    }
    return code;
}

int image_file_zero(struct image_file *file, uint64_t offset, uint64_t size,
                    bool unmap)
{
    const int mode = unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
    assert(size <= file->size && offset <= file->size - size);
    int code = note(file, IMAGE_CHANGE_ZERO, offset, NULL, size);
    if (code != 0 || size == 0) {
        return code;
    }
    while (fallocate(file->fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                     (off_t)size) != 0) {
        if (errno == EOPNOTSUPP) {
            return write_zeros(file, offset, size);
        }
        if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

void image_file_release(struct image_file *file, uint64_t offset, uint64_t size)
{
    assert(size <= file->size && offset <= file->size - size);
    if (note(file, IMAGE_CHANGE_RELEASE, offset, NULL, size) == 0) {
        (void)fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        (off_t)offset, (off_t)size);
    }
}

int image_file_resize(struct image_file *file, uint64_t size)
{
    int code = note(file, IMAGE_CHANGE_RESIZE, size, NULL, 0);
    if (code != 0) {
        return code;
    }
    if (size > INT64_MAX || ftruncate(file->fd, (off_t)size) != 0) {
        return size > INT64_MAX ? -EFBIG : -errno;
    }
    file->size = size;
    return 0;
}

int image_file_sync(struct image_file *file)
{
    const uint64_t changes = atomic_load(&file->changes);
    if (file->read_only) {
        return 0;
    }
    int code = note(file, IMAGE_CHANGE_SYNC, 0, NULL, 0);
    if (code == 0 && fdatasync(file->fd) != 0) {
        code = -errno;
    }
    uint64_t synced = atomic_load(&file->synced);
    while (code == 0 && synced < changes &&
           !atomic_compare_exchange_weak(&file->synced, &synced, changes)) {
    }
    return code;
}

bool image_file_is_synced(struct image_file *file)
{
    return atomic_load(&file->synced) == atomic_load(&file->changes);
}

/* ---- Holes --------------------------------------------------------------- */

uint64_t image_file_run(const struct image_file *file, uint64_t offset,
                        uint64_t size, bool *hole)
{
    *hole = offset >= file->size;
    if (*hole || size == 0) {
        return size;
    }
    if (size > file->size - offset) {
        size = file->size - offset;
    }
    off_t data = lseek(file->fd, (off_t)offset, SEEK_DATA);
    /* A file that was cut short is no hole: reading it is an error. */
    *hole = data < 0 ? errno == ENXIO &&
                           lseek(file->fd, 0, SEEK_END) >= (off_t)file->size
                     : (uint64_t)data > offset;
    off_t end = *hole ? data : lseek(file->fd, (off_t)offset, SEEK_HOLE);
    uint64_t run = end <= (off_t)offset ? size : (uint64_t)end - offset;
    return run < size ? run : size;
}
