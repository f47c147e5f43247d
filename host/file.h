/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in, whole files out; places of files. Any thread. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

/* Appends the contents of the file at path to *out; on failure *out is as it
 * was. -EFBIG if there is more than limit bytes: a regular file is then not
 * read at all, a pipe or device no further than that, and than 256 MiB. Else
 * the system's error. */
int file_read(const char *path, size_t limit, struct buffer *out,
              struct error *error);

/*
 * Writes the file so that a reader that opens path finds the old contents or
 * the new, never a part, also after a loss of power: by a temporary file beside
 * it that is synced and renamed. The result has the mode that open would give,
 * or the mode of the file that was there, and blocks of zeros are holes. A
 * symbolic link stays, its target is replaced. A path that is no regular file
 * (a pipe, /dev/null) is written in place.
 *
 * The temporary file is locked for as long as it is needed. One that a killed
 * process left is removed when the same file is written again.
 */
int file_write(const char *path, const void *bytes, size_t size,
               struct error *error);
/* The same for secrets: only the owner may read the file (mode 0600), and the
 * file itself replaces a symbolic link. */
int file_write_private(const char *path, const void *bytes, size_t size,
                       struct error *error);
/* The folder that a path is in, which the caller frees. */
char *file_folder(const char *path);
/* The file that file_write replaces: path, or the target of symbolic links
 * there, also if it does not exist yet. The caller frees it; NULL: the links
 * form a circle. */
char *file_target(const char *path);

/*
 * The same in pieces, for files with holes: ranges without a piece read as
 * zeros and take no space. path, which must live on, must name a regular file
 * or nothing.
 */
struct file_draft {
    const char *path;
    char *target; /* where its symbolic links lead */
    char *temporary;
    int fd;
    unsigned mode;
    int place; /* at the keeper (host/keeper.h), or -1 */
};
int file_draft_open(struct file_draft *draft, const char *path,
                    struct error *error);
/* A draft that gets no name: whoever wants it takes draft->fd before it is
 * closed by file_close. */
int file_draft_open_in_memory(struct file_draft *draft, struct error *error);
int file_draft_put(struct file_draft *draft, uint64_t offset, const void *bytes,
                   size_t size, struct error *error);
/* The file is there, size bytes long; or, also when a step before failed and
 * code is that failure, all is as it was. Returns code or its own. */
int file_draft_close(struct file_draft *draft, uint64_t size, int code,
                     struct error *error);

/* For drafts that are written by other means: the name of a new file beside
 * target, which the caller creates, locks by flock(2) and frees. Those of
 * killed processes are removed. */
char *file_draft_name(const char *target);
/* The draft becomes the target, also after a loss of power. */
int file_draft_rename(const char *temporary, const char *target,
                      struct error *error);

/* The end of a file's name from its last '.' on, which says what it holds, or
 * "". Points into path. */
const char *file_suffix(const char *path);

/* How a file will be written: opened, by file_write, or as a draft. */
enum file_use { FILE_IN_PLACE, FILE_REPLACED, FILE_DRAFTED };
/* Checks whether that has a chance, without doing it: a folder, or one that is
 * not there or must not be written in, is found before the work is done. */
int file_check(const char *path, enum file_use use, struct error *error);

/* Opens a regular file for reading at offsets, and returns its size. */
int file_open(const char *path, int *fd, uint64_t *size, struct error *error);
void file_close(int fd);
/* One in memory, without a name, that is gone when its last mapping and
 * descriptor are. */
int file_open_in_memory(int *fd, struct error *error);
/* Exactly size bytes from offset on; -EIO if there are fewer. */
int file_read_at(int fd, uint64_t offset, void *bytes, size_t size,
                 struct error *error);
/* By which a change of the file is noticed. */
struct file_stamp {
    uint64_t size;
    int64_t written_ns;
};
void file_stamp(int fd, struct file_stamp *stamp);
/* Where, from offset on, the file has something else than a hole; UINT64_MAX if
 * nowhere. */
uint64_t file_next_data(int fd, uint64_t offset);

/* Closes a stream that was written; NULL is fine. 0, or a negative errno value
 * and *error if any write to it, also an earlier one, failed: what a full disk
 * did not take is lost. */
int file_end(FILE *stream, const char *path, struct error *error);

/* Size in bytes of a regular file; -EINVAL for anything else. */
int file_size(const char *path, uint64_t *size, struct error *error);

#endif
