/* SPDX-License-Identifier: Apache-2.0 */
/* Initial file systems for guests: newc archives, made in memory. */
#ifndef BENCH_INITRD_H
#define BENCH_INITRD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* A member with its file type and rights; archives may follow one another, and
 * a later member of the same name replaces the earlier. */
void initrd_add(struct buffer *archive, const char *name, unsigned mode,
                const void *bytes, size_t size);
/* All files, folders and links below a folder of the host. */
bool initrd_add_folder(struct buffer *archive, const char *path);
/* Ends an archive. */
void initrd_end(struct buffer *archive);

#endif
