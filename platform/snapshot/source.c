/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file, reads its head, and verifies the hashes of its memory. */
#include "platform/snapshot/source.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "bus/region.h"
#include "host/file.h"

/* ---- Opening ------------------------------------------------------------- */

static int read_bytes(struct snapshot_source *source, uint64_t file_size,
                      struct error *error)
{
    uint8_t fixed[SNAPSHOT_FIXED_SIZE];
    size_t size = file_size < sizeof(fixed) ? (size_t)file_size : sizeof(fixed);
    uint64_t head_size = 0;
    int code = file_read_at(source->fd, 0, fixed, size, error);
    if (code == 0) {
        code = snapshot_head_measure(fixed, size, file_size, &head_size, error);
    }
    if (code != 0) {
        return code;
    }
    uint8_t *bytes = buffer_grow(&source->bytes, (size_t)head_size);
    return file_read_at(source->fd, 0, bytes, (size_t)head_size, error);
}

int snapshot_open_at(struct snapshot_source *source, int fd, uint64_t file_size,
                     struct error *error)
{
    *source = (struct snapshot_source){.fd = fd};
    int code = read_bytes(source, file_size, error);
    if (code == 0) {
        code = snapshot_head_read(&source->head, source->bytes.bytes,
                                  source->bytes.size, error);
    }
    if (code != 0) {
        snapshot_close(source);
    }
    return code;
}

int snapshot_open(struct snapshot_source *source, const char *path,
                  struct error *error)
{
    uint64_t file_size = 0;
    int fd;
    *source = (struct snapshot_source){.fd = -1};
    int code = file_open(path, &fd, &file_size, error);
    if (code != 0) {
        return code;
    }
    code = snapshot_open_at(source, fd, file_size, error);
    if (code != 0) {
        error_prefix(error, "snapshot '%s'", path);
    }
    return code;
}

void snapshot_close(struct snapshot_source *source)
{
    file_close(source->fd);
    snapshot_head_fini(&source->head);
    buffer_fini(&source->bytes);
    source->fd = -1;
}

/* ---- Verifying ----------------------------------------------------------- */

uint64_t snapshot_hash_page(uint64_t hash, size_t page, const uint8_t *bytes)
{
    return hash64(hash + page, bytes, REGION_PAGE_SIZE);
}

/* A run of pages that are not held must be holes, or zeros. */
static int verify_gap(const struct snapshot_source *source, uint64_t offset,
                      uint64_t end, struct error *error)
{
    static const uint8_t zeros[REGION_PAGE_SIZE];
    uint8_t bytes[REGION_PAGE_SIZE];
    int code = 0;
    while (code == 0 && (offset = file_next_data(source->fd, offset)) < end) {
        offset &= ~(uint64_t)(REGION_PAGE_SIZE - 1);
        code = file_read_at(source->fd, offset, bytes, REGION_PAGE_SIZE, error);
        if (code == 0 && memcmp(bytes, zeros, REGION_PAGE_SIZE) != 0) {
            code = error_set(error, -EINVAL,
                             "damaged: byte %" PRIu64
                             ": data in place of a page that is not saved",
                             offset);
        }
        offset += REGION_PAGE_SIZE;
    }
    return code;
}

static int verify_gaps(const struct snapshot_source *source,
                       const struct snapshot_memory *memory,
                       struct error *error)
{
    size_t pages = (size_t)(memory->size_bytes >> REGION_PAGE_SHIFT);
    int code = 0;
    for (size_t page = 0; code == 0 && page < pages; page++) {
        size_t count = 0;
        while (page + count < pages &&
               !snapshot_page_held(memory, page + count)) {
            count++;
        }
        assert(page + count <= pages);
        if (count != 0) {
            uint64_t offset = snapshot_page_offset(memory, page, 0);
            code =
                verify_gap(source, offset,
                           offset + (uint64_t)count * REGION_PAGE_SIZE, error);
            page += count;
        }
    }
    return code;
}

static int verify_memory(const struct snapshot_source *source,
                         const struct snapshot_memory *memory,
                         struct error *error)
{
    size_t pages = (size_t)(memory->size_bytes >> REGION_PAGE_SHIFT);
    uint8_t bytes[REGION_PAGE_SIZE];
    uint64_t index = 0;
    uint64_t hash = 0;
    int code = memory->blank == 0 ? verify_gaps(source, memory, error) : 0;
    for (size_t page = 0; code == 0 && page < pages; page++) {
        if (snapshot_page_held(memory, page)) {
            code = file_read_at(source->fd,
                                snapshot_page_offset(memory, page, index++),
                                bytes, REGION_PAGE_SIZE, error);
            hash = snapshot_hash_page(hash, page, bytes);
        }
    }
    if (code == 0 && hash != memory->hash) {
        code = error_set(error, -EINVAL,
                         "damaged: the hash of '%s' is %016" PRIx64
                         ", the file says %016" PRIx64,
                         memory->name, hash, memory->hash);
    }
    return code;
}

int snapshot_verify(const struct snapshot_source *source, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < source->head.memory_count; i++) {
        code = verify_memory(source, &source->head.memories[i], error);
    }
    return code;
}
