/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of a snapshot file: all but the contents of
 * memories, and where those are. Numbers are little endian.
 *
 *   0   "CAIRNSNP"
 *   8   u32 version            12  u32 memories
 *   16  u64 identity of the board and its fixed memories
 *   24  u64 size of the head, hash included
 *   32  u64 size of the file
 *   40  u64 size of the board  48  u64 size of the state
 *   56  u64 size of the origin
 *   64  name of the board, 32 bytes with zeros behind it
 *   96  per memory: name, 32 bytes; u64 size; u64 place in the file; u64 pages
 *       held; u64 hash of those; u64 what the bytes of all others are
 *   the board, a device tree; the origin, words of origin.h; the
 *   state, records of bus/state.h, the events of events.h, and what servers
 *   outside have (machine/servers.c); per
 *   memory a bit for each page, set for those that are held; each filled up to
 *   8 bytes
 *   u64 hash of all before
 *
 * Contents follow, each from a multiple of the page size on, and in the order
 * of the board. Those of a memory that is zeros at first are as large as it is,
 * with holes for pages that are not held, so that they can be mapped. Of others
 * (flash) the held pages follow each other.
 *
 * Pure: bytes in, fields out.
 */
#ifndef PLATFORM_SNAPSHOT_HEAD_H
#define PLATFORM_SNAPSHOT_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum {
    SNAPSHOT_VERSION = 11,
    SNAPSHOT_FIXED_SIZE = 96,
    SNAPSHOT_MEMORY_SIZE = 72,
    SNAPSHOT_NAME_SIZE = 32,
    SNAPSHOT_MEMORIES_MAX = 4096,
    SNAPSHOT_HEAD_MAX = 64 << 20,
};

struct snapshot_memory {
    char name[SNAPSHOT_NAME_SIZE + 1];
    uint64_t size_bytes;
    uint64_t offset;
    uint64_t pages; /* held */
    uint64_t hash;
    uint8_t blank;
    const uint8_t *used; /* the bits, a multiple of 8 bytes */
};

/* Pointers lead into the bytes that it was read from. */
struct snapshot_head {
    uint64_t identity;
    uint64_t size; /* of the head */
    uint64_t file_size;
    char board_name[SNAPSHOT_NAME_SIZE + 1];
    const uint8_t *board;
    size_t board_size;
    const uint8_t *origin;
    size_t origin_size;
    const uint8_t *state;
    size_t state_size;
    struct snapshot_memory *memories;
    size_t memory_count;
};

/* True if bytes begin as a snapshot does, of any version. */
bool snapshot_recognise(const void *bytes, size_t size);
/* Size of the head, from the first SNAPSHOT_FIXED_SIZE bytes (or fewer: then
 * they are the file); file_size is what the file has. -EINVAL and *error for
 * what is no snapshot of this version, or of another size. */
int snapshot_head_measure(const uint8_t *bytes, size_t size, uint64_t file_size,
                          uint64_t *head_size, struct error *error);
/* Reads a head that was measured. The caller frees it. */
int snapshot_head_read(struct snapshot_head *head, const uint8_t *bytes,
                       size_t size, struct error *error);
void snapshot_head_fini(struct snapshot_head *head);

/* Finishes the head: sets sizes and places in head from the rest of
 * it (but used may be NULL), and appends its bytes. */
void snapshot_head_place(struct snapshot_head *head);
void snapshot_head_write(const struct snapshot_head *head, struct buffer *out);

bool snapshot_page_held(const struct snapshot_memory *memory, size_t page);
/* Where a held page is, when index of them are before it. */
uint64_t snapshot_page_offset(const struct snapshot_memory *memory, size_t page,
                              uint64_t index);
/* Bytes of the map of a memory of that size. */
size_t snapshot_map_size(uint64_t size_bytes);

#endif
