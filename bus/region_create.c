/* SPDX-License-Identifier: Apache-2.0 */
/* Creation and end of regions: where the bytes of one come from, and its tables
 * of pages. What happens to them in between is in region.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "bus/region.h"
#include "bus/region_pages.h"
#include "host/memory.h"

static struct region *create_tables(const char *name, uint8_t *pages,
                                    uint64_t size_bytes)
{
    struct region *region = xcalloc(1, sizeof(*region));
    snprintf(region->name, sizeof(region->name), "%s", name);
    region->pages = pages;
    region->size_bytes = size_bytes;
    region->writable = true;
    region->page_flags = xcalloc(region_page_count(region), 1);
    region->writers =
        xcalloc(region_page_count(region), sizeof(*region->writers));
    region->block_flags = xcalloc(
        region_page_count(region) / REGION_BLOCK_PAGES + 1, sizeof(uint8_t));
    region->page_used = xcalloc(region_page_count(region), sizeof(bool));
    region->code = xcalloc(region_page_count(region), sizeof(*region->code));
    return region;
}

static struct region *create(const char *name, uint64_t size_bytes,
                             uint8_t blank, struct error *error)
{
    const uint64_t mask = REGION_PAGE_SIZE - 1;
    if (size_bytes == 0 || size_bytes > (uint64_t)INT64_MAX - mask) {
        error_set(error, -EINVAL, "memory '%s': no size of 0x%" PRIx64 " bytes",
                  name, size_bytes);
        return NULL;
    }
    struct memory memory;
    uint64_t size = (size_bytes + mask) & ~mask;
    if (memory_create(&memory, name, (size_t)size, blank, error) != 0) {
        return NULL;
    }
    struct region *region = create_tables(name, memory.host, size);
    region->reserved = blank != 0;
    region->blank = blank;
    region->saved = true;
    return region;
}

struct region *region_create_over(const char *name, void *host,
                                  uint64_t size_bytes)
{
    assert(size_bytes != 0 && size_bytes % REGION_PAGE_SIZE == 0);
    struct region *region = create_tables(name, host, size_bytes);
    region->borrowed = true;
    region->kept = true;
    return region;
}

struct region *region_create(const char *name, uint64_t size_bytes,
                             struct error *error)
{
    return create(name, size_bytes, 0, error);
}

struct region *region_create_erased(const char *name, uint64_t size_bytes,
                                    struct error *error)
{
    return create(name, size_bytes, 0xff, error);
}

void region_fill(struct region *region)
{
    size_t size = (size_t)region->size_bytes;
    region->reserved = false;
    region->kept = memory_fill(region->pages, size, region->blank) != 0;
    if (region->kept) { /* no descriptor left, for one */
        memset(region->pages, region->blank, size);
    }
}

void region_destroy(struct region *region)
{
    if (!region) {
        return;
    }
    struct memory memory = region_backing(region);
    if (!region->borrowed) {
        memory_destroy(&memory);
    }
    memory_unmap(region->baseline, (size_t)region->size_bytes);
    free(region->page_flags);
    free(region->writers);
    free(region->block_flags);
    free(region->page_used);
    free(region->code);
    free(region);
}
