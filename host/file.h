/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in, whole files out. Any thread. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Appends the contents of the file at path to *out; on failure *out is as it
 * was. -EFBIG if there is more than limit bytes, else the system's error. */
int file_read(const char *path, size_t limit, struct buffer *out,
              struct error *error);

/*
 * Writes the file so that whoever opens path finds the old contents or the
 * new, never a part, also after a loss of power: by a temporary file beside it
 * that is synced and renamed. The result has the mode that open would give, or
 * the mode of the file that was there. What is no regular file (a pipe,
 * /dev/null) is written in place.
 */
int file_write(const char *path, const void *bytes, size_t size,
               struct error *error);
/* The same for secrets: nobody but the owner may read the file (mode 0600). */
int file_write_private(const char *path, const void *bytes, size_t size,
                       struct error *error);

/* Size in bytes of a regular file; -EINVAL for anything else. */
int file_size(const char *path, uint64_t *size, struct error *error);

#endif
