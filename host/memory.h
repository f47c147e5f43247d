/* SPDX-License-Identifier: Apache-2.0 */
/* Pages from the host: shared memory by file descriptor. Any thread. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A memfd mapped shared, or private pages that read as another byte than zero
 * until they are written; pages exist from their first touch on. */
struct memory {
    uint8_t *host;
    size_t size_bytes;
    int fd; /* -1 of private pages */
};

/* name is for /proc; size_bytes is a positive multiple of the page size; blank
 * is what untouched bytes read as. */
int memory_create(struct memory *memory, const char *name, size_t size_bytes,
                  uint8_t blank, struct error *error);
/* Unmaps and closes; fine on a zeroed or destroyed one. */
void memory_destroy(struct memory *memory);
/* Gives the pages back: all bytes read blank again. */
int memory_discard(struct memory *memory);

/* Private pages, blank throughout, that exist from their first touch on. */
void *memory_map(size_t size_bytes, uint8_t blank, struct error *error);
/* Blank pages for code that the process makes, which may be executed. NULL
 * where the host does not allow that. */
void *memory_map_code(size_t size_bytes);
void memory_unmap(void *address, size_t size_bytes);

/* Bytes of the process that are in memory now. */
size_t memory_resident(void);

#endif
