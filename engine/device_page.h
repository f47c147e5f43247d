/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of devices that a core has accessed: where an access to one goes, which
 * spares the walk through the guest's tables and the search of the space. What
 * ends entries of the soft TLB ends them, too. A page is remembered when all of
 * it is of one device and an access of that kind may go anywhere in it.
 */
#ifndef ENGINE_DEVICE_PAGE_H
#define ENGINE_DEVICE_PAGE_H

#include "engine/guest.h"

struct device_page {
    uint64_t page;
    struct device *device;
    uint64_t offset; /* of the page in the bank */
    struct access attributes;
    unsigned bank;
    unsigned context;
    unsigned kinds; /* bits by VCPU_READ and VCPU_WRITE; 0: no page */
    unsigned shift; /* log2 of the leaf's size */
};

enum { DEVICE_PAGES = 16 };

/* One core's, by a hash of page and context. */
struct device_pages {
    struct device_page pages[DEVICE_PAGES];
    uint32_t used; /* bits of those that have a page, perhaps */
};

/* Most devices lie at a multiple of more than a page. */
static inline unsigned device_page_index(unsigned context, uint64_t address)
{
    const uint32_t page = (uint32_t)(address >> REGION_PAGE_SHIFT);

    return (page ^ context) * 0x9e3779b1u >> 28;
}
static_assert(DEVICE_PAGES == 16, "the index of a page has four bits");
static_assert(sizeof(struct device_page) == 64, "finding one takes a shift");

static inline uint64_t device_page_offset(const struct device_page *page,
                                          uint64_t address)
{
    return page->offset + (address & (REGION_PAGE_SIZE - 1));
}

/* The page of an access, if it is known and takes the access as one. The
 * context is the core's as it runs: another level's has other attributes. */
static inline const struct device_page *
device_page_find(const struct device_pages *known, unsigned context,
                 uint64_t address, unsigned size, enum vcpu_access kind)
{
    const struct device_page *page =
        &known->pages[device_page_index(context, address)];

    return page->page == (address & ~(uint64_t)(REGION_PAGE_SIZE - 1)) &&
                   page->context == context && (page->kinds >> kind & 1) != 0 &&
                   size <= 8 && (address & (size - 1)) == 0
               ? page
               : NULL;
}

/* After an access that the bus took. */
void device_page_enter(struct vcpu *cpu, const struct guest_access *access,
                       const struct guest_place *place);
/* Forgets those of a context; and those whose leaf holds an address, its top
 * byte aside, in all contexts. */
void device_page_forget_bank(struct device_pages *known, unsigned context);
void device_page_forget(struct device_pages *known, uint64_t address,
                        unsigned block);

#endif
