/* SPDX-License-Identifier: Apache-2.0 */
/* A table of open files with names, modes and positions. */
#include "platform/debug/semihosting_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/byte_ring.h"
#include "host/folder.h"

/* Modes of SYS_OPEN are fopen's: r, w and a in that order, four of each, in
 * which bit 1 is the plus and bit 0 the b. */
enum { MODES = 12, MODE_PLUS = 2 };
enum access { READS, WRITES, APPENDS };

/* "SHFB", then SH_EXT_EXIT_EXTENDED and SH_EXT_STDOUT_STDERR. */
static const uint8_t features[] = {0x53, 0x48, 0x46, 0x42, 0x03};

static enum access access_of(uint32_t mode)
{
    return (enum access)(mode / 4);
}

static bool may_read(const struct semihosting_file *file)
{
    return access_of(file->mode) == READS || file->mode & MODE_PLUS;
}

static bool may_write(const struct semihosting_file *file)
{
    return access_of(file->mode) != READS || file->mode & MODE_PLUS;
}

static int host_flags(const struct semihosting_file *file)
{
    return !may_write(file) ? O_RDONLY : may_read(file) ? O_RDWR : O_WRONLY;
}

static struct semihosting_file *at(struct semihosting_files *files,
                                   uint64_t handle)
{
    if (handle == 0 || handle > SEMIHOSTING_HANDLES ||
        files->state.files[handle - 1].kind == SEMIHOSTING_CLOSED) {
        return NULL;
    }
    return &files->state.files[handle - 1];
}

/* A name as it is below the folder. */
static const char *inside(const char *name)
{
    static const char temporary[] = "/tmp/"; /* newlib's P_tmpdir */
    const size_t length = sizeof(temporary) - 1;
    return strncmp(name, temporary, length) == 0 ? name + length : name;
}

/* The host's descriptor of a file, which may have to be opened anew. */
static int host_file(struct semihosting_files *files, uint64_t handle)
{
    const struct semihosting_file *file = &files->state.files[handle - 1];
    int *fd = &files->host[handle - 1];
    if (file->kind != SEMIHOSTING_FILE) {
        return -EBADF;
    }
    if (*fd < 0) {
        *fd = folder_open_file(files->folder, inside(file->name),
                               host_flags(file));
    }
    return *fd;
}

static void close_host(struct semihosting_files *files, size_t index)
{
    if (files->host[index] >= 0) {
        close(files->host[index]);
    }
    files->host[index] = -1;
}

/* ---- Life ---------------------------------------------------------------- */

int semihosting_files_init(struct semihosting_files *files, const char *folder,
                           struct error *error)
{
    *files = (struct semihosting_files){.folder = -1};
    for (size_t i = 0; i < SEMIHOSTING_HANDLES; i++) {
        files->host[i] = -1;
    }
    if (folder) {
        files->folder = folder_open(folder, error);
    }
    return folder && files->folder < 0 ? files->folder : 0;
}

void semihosting_files_fini(struct semihosting_files *files)
{
    semihosting_files_reset(files);
    if (files->folder >= 0) {
        close(files->folder);
    }
    files->folder = -1;
}

void semihosting_files_reset(struct semihosting_files *files)
{
    for (size_t i = 0; i < SEMIHOSTING_HANDLES; i++) {
        close_host(files, i);
    }
    files->state =
        (struct semihosting_state){.promised = files->state.promised};
}

bool semihosting_files_check(const struct semihosting_state *state)
{
    bool good = state->promised <= 1 &&
                state->queue_first < SEMIHOSTING_QUEUE &&
                state->queue_count <= SEMIHOSTING_QUEUE;
    for (size_t i = 0; i < SEMIHOSTING_HANDLES; i++) {
        const struct semihosting_file *file = &state->files[i];
        good = good && file->kind < SEMIHOSTING_KINDS && file->mode < MODES &&
               file->position <= SEMIHOSTING_FILE_MAX &&
               file->end <= SEMIHOSTING_FILE_MAX &&
               memchr(file->name, '\0', sizeof(file->name));
    }
    return good;
}

void semihosting_files_restored(struct semihosting_files *files)
{
    for (size_t i = 0; i < SEMIHOSTING_HANDLES; i++) {
        close_host(files, i);
    }
}

/* ---- Opening ------------------------------------------------------------- */

static int64_t host_length(int fd)
{
    struct stat there;
    return fstat(fd, &there) ? -errno : there.st_size;
}

static int open_host(struct semihosting_files *files, size_t index)
{
    struct semihosting_file *file = &files->state.files[index];
    enum access access = access_of(file->mode);
    if (files->folder < 0) {
        return -EACCES;
    }
    int fd =
        folder_open_file(files->folder, inside(file->name),
                         host_flags(file) | (access == READS ? 0 : O_CREAT));
    if (fd < 0) {
        return fd;
    }
    files->host[index] = fd;
    if (access == WRITES && ftruncate(fd, 0) != 0) {
        return -errno;
    }
    int64_t length = host_length(fd);
    if (length < 0 || length > SEMIHOSTING_FILE_MAX) {
        return length < 0 ? (int)length : -EFBIG;
    }
    file->end = (uint64_t)length;
    return 0;
}

static int open_at(struct semihosting_files *files, size_t index)
{
    struct semihosting_file *file = &files->state.files[index];
    if (strcmp(file->name, ":tt") == 0) {
        file->kind = access_of(file->mode) == READS ? SEMIHOSTING_INPUT
                                                    : SEMIHOSTING_OUTPUT;
        return 0;
    }
    if (strcmp(file->name, ":semihosting-features") == 0) {
        file->kind = SEMIHOSTING_FEATURES;
        return may_write(file) ? -EACCES : 0;
    }
    file->kind = SEMIHOSTING_FILE;
    return open_host(files, index);
}

int semihosting_files_open(struct semihosting_files *files, const char *name,
                           uint64_t mode)
{
    size_t index = 0;
    while (index < SEMIHOSTING_HANDLES &&
           files->state.files[index].kind != SEMIHOSTING_CLOSED) {
        index++;
    }
    if (index == SEMIHOSTING_HANDLES) {
        return -EMFILE;
    }
    if (mode >= MODES || strlen(name) >= SEMIHOSTING_NAME) {
        return mode >= MODES ? -EINVAL : -ENAMETOOLONG;
    }
    struct semihosting_file *file = &files->state.files[index];
    *file = (struct semihosting_file){.mode = (uint32_t)mode};
    memcpy(file->name, name, strlen(name) + 1);
    int code = open_at(files, index);
    if (code != 0) {
        semihosting_files_close(files, index + 1);
        return code;
    }
    return (int)index + 1;
}

int semihosting_files_close(struct semihosting_files *files, uint64_t handle)
{
    struct semihosting_file *file = at(files, handle);
    if (!file) {
        return -EBADF;
    }
    close_host(files, handle - 1);
    *file = (struct semihosting_file){.kind = SEMIHOSTING_CLOSED};
    return 0;
}

int semihosting_files_kind(const struct semihosting_files *files,
                           uint64_t handle)
{
    bool open = handle != 0 && handle <= SEMIHOSTING_HANDLES &&
                files->state.files[handle - 1].kind != SEMIHOSTING_CLOSED;
    return open ? (int)files->state.files[handle - 1].kind : -EBADF;
}

/* ---- Contents ------------------------------------------------------------ */

static size_t read_features(uint64_t position, void *bytes, size_t size)
{
    size_t left =
        position < sizeof(features) ? sizeof(features) - (size_t)position : 0;
    size_t count = size < left ? size : left;
    memcpy(bytes, features + sizeof(features) - left, count);
    return count;
}

int64_t semihosting_files_read(struct semihosting_files *files, uint64_t handle,
                               void *bytes, size_t size)
{
    struct semihosting_file *file = at(files, handle);
    int64_t count = -EBADF;
    if (!file || !may_read(file)) {
        return count;
    }
    if (file->kind == SEMIHOSTING_INPUT) {
        return (int64_t)semihosting_files_typed(files, bytes, size);
    }
    if (file->kind == SEMIHOSTING_FEATURES) {
        count = (int64_t)read_features(file->position, bytes, size);
    } else {
        int fd = host_file(files, handle);
        count = fd < 0 ? fd : folder_read_at(fd, bytes, size, file->position);
    }
    file->position += count > 0 ? (uint64_t)count : 0;
    return count;
}

int64_t semihosting_files_write(struct semihosting_files *files,
                                uint64_t handle, const void *bytes, size_t size)
{
    struct semihosting_file *file = at(files, handle);
    if (!file || !may_write(file)) {
        return -EBADF;
    }
    int fd = host_file(files, handle);
    uint64_t start =
        access_of(file->mode) == APPENDS ? file->end : file->position;
    if (fd < 0 || !in_range(start, size, SEMIHOSTING_FILE_MAX)) {
        return fd < 0 ? fd : -EFBIG;
    }
    int64_t count = folder_write_at(fd, bytes, size, start);
    if (count > 0) {
        file->position = start + (uint64_t)count;
        file->end = file->position > file->end ? file->position : file->end;
    }
    return count;
}

int semihosting_files_seek(struct semihosting_files *files, uint64_t handle,
                           uint64_t position)
{
    struct semihosting_file *file = at(files, handle);
    if (!file) {
        return -EBADF;
    }
    if (file->kind != SEMIHOSTING_FILE && file->kind != SEMIHOSTING_FEATURES) {
        return -ESPIPE;
    }
    if (position > SEMIHOSTING_FILE_MAX) {
        return -EINVAL;
    }
    file->position = position;
    return 0;
}

int64_t semihosting_files_length(struct semihosting_files *files,
                                 uint64_t handle)
{
    const struct semihosting_file *file = at(files, handle);
    if (!file) {
        return -EBADF;
    }
    switch (file->kind) {
    case SEMIHOSTING_FEATURES:
        return sizeof(features);
    case SEMIHOSTING_FILE: {
        int fd = host_file(files, handle);
        return fd < 0 ? fd : host_length(fd);
    }
    default:
        return -ESPIPE;
    }
}

int semihosting_files_remove(struct semihosting_files *files, const char *name)
{
    return files->folder < 0 ? -EACCES
                             : folder_remove(files->folder, inside(name));
}

int semihosting_files_rename(struct semihosting_files *files, const char *from,
                             const char *to)
{
    return files->folder < 0
               ? -EACCES
               : folder_rename(files->folder, inside(from), inside(to));
}

/* ---- The console --------------------------------------------------------- */

size_t semihosting_files_type(struct semihosting_files *files,
                              const void *bytes, size_t size)
{
    struct semihosting_state *state = &files->state;
    size_t taken = byte_ring_put(BYTE_RING(state, queue), bytes, size);
    return taken;
}

size_t semihosting_files_typed(struct semihosting_files *files, void *bytes,
                               size_t size)
{
    struct semihosting_state *state = &files->state;
    uint8_t *to = bytes;
    size_t taken = 0;
    while (taken < size && state->queue_count != 0) {
        to[taken++] = byte_ring_take(BYTE_RING(state, queue));
    }
    return taken;
}
