/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a region, for region.c and region_create.c alone. */
#ifndef BUS_REGION_PAGES_H
#define BUS_REGION_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "bus/region.h"
#include "host/memory.h"

/* Pages that share an entry of block_flags. */
enum { REGION_BLOCK_PAGES = 512 };

static inline size_t region_page_count(const struct region *region)
{
    return (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
}

static inline uint8_t *region_page_in(uint8_t *bytes, size_t page)
{
    return bytes + (page << REGION_PAGE_SHIFT);
}

static inline struct memory region_backing(const struct region *region)
{
    return (struct memory){region->pages, (size_t)region->size_bytes,
                           region->blank};
}

#endif
