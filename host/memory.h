/* SPDX-License-Identifier: Apache-2.0 */
/* Pages from the host. Any thread. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Private pages that exist from their first touch on; where their blank is not
 * 0 they are zeros until memory_fill. */
struct memory {
    uint8_t *host;
    size_t size_bytes;
    uint8_t blank;
};

/* name is for errors; size_bytes is a positive multiple of the page size. blank
 * is the value of untouched bytes: if it is not 0, reserves addresses only. */
int memory_create(struct memory *memory, const char *name, size_t size_bytes,
                  uint8_t blank, struct error *error);
/* Unmaps and closes; fine on a zeroed or destroyed one. */
void memory_destroy(struct memory *memory);
/* Gives the pages back, a file's in their place too: all bytes read blank. */
int memory_discard(struct memory *memory);

/* Gives back some of the pages of a memory whose blank is 0 and that no file
 * was mapped into: they are zeros until they are written. Not 0: they are as
 * they were. */
int memory_give_back(void *address, size_t size_bytes);

/* A file's bytes from offset on (a multiple of the page size) as pages of the
 * process's own: read when they are touched, and no write reaches the file. In
 * place of the pages at address, which then cannot fail for want of room, or
 * anywhere if it is NULL. An access beyond the end of a file that has shrunk
 * ends the process. */
void *memory_map_file(void *address, size_t size_bytes, int fd, uint64_t offset,
                      struct error *error);

/* Private pages, blank throughout, that exist from their first touch on. */
void *memory_map(size_t size_bytes, uint8_t blank, struct error *error);
/* Blank pages for code that the process makes, mapped twice: where they are
 * returned they may be written, *executed bytes further on executed, nowhere
 * both. NULL where the host does not allow that. */
void *memory_map_code(size_t size_bytes, ptrdiff_t *executed);
void memory_unmap_code(void *written, ptrdiff_t executed, size_t size_bytes);
/* All of these pages are about to be written: populates them at once, for a
 * fraction of the time of page faults. */
void memory_populate(void *address, size_t size_bytes);
void memory_unmap(void *address, size_t size_bytes);
/* Makes such pages read as blank until they are written; if that fails they are
 * zeros or blank, and may be written all the same. */
int memory_fill(uint8_t *address, size_t size_bytes, uint8_t blank);

/* Bytes of the process that are in memory now. */
size_t memory_resident(void);

#endif
