/* SPDX-License-Identifier: Apache-2.0 */
/* Origins of a core's translations: see origins.h. */
#include "engine/origins.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "engine/vcpu.h"

/* A page that takes so many stores in a row beside its used entries is likely
 * to hold tables no more, and stores to it are slow. */
enum { MOST_STORES = 4096 };
/* Pages of a guest's entries: those of tables have 8 bytes. */
enum { ENTRY_SHIFT = 3, WORD_BITS = 64 };

static_assert(REGION_PAGE_SIZE >> ENTRY_SHIFT ==
                  WORD_BITS * sizeof(((struct origin *)0)->used) /
                      sizeof(uint64_t),
              "a bit for each entry");

void origins_fini(struct vcpu *cpu)
{
    free(cpu->origins.pages);
    free(cpu->origins.buckets);
}

/* ---- Pages --------------------------------------------------------------- */

static uint32_t *bucket_of(const struct origins *origins, uint64_t page)
{
    return &origins->buckets[(page * 0x9e3779b97f4a7c15u >> 32) &
                             (origins->size - 1)];
}

/* The link to a page, which is 0 if there is none. */
static uint32_t *link_to(const struct origins *origins, uint64_t page)
{
    uint32_t *link = bucket_of(origins, page);

    while (*link != 0 && origins->pages[*link - 1].page != page) {
        link = &origins->pages[*link - 1].next;
    }
    return link;
}

static void resize(struct origins *origins, uint32_t size)
{
    struct origin *pages = xcalloc(size, sizeof(struct origin));

    if (origins->count != 0) {
        memcpy(pages, origins->pages, origins->count * sizeof(*pages));
    }
    free(origins->pages);
    free(origins->buckets);
    origins->pages = pages;
    origins->buckets = xcalloc(size, sizeof(uint32_t));
    origins->size = size;
    for (uint32_t i = 0; i < origins->count; i++) { /* none is free */
        uint32_t *bucket = bucket_of(origins, origins->pages[i].page);

        origins->pages[i].next = *bucket;
        *bucket = i + 1;
    }
}

/* Without any origins nothing may be kept that has some. */
static void forget_all(struct vcpu *cpu)
{
    struct origins *origins = &cpu->origins;

    vcpu_flush_tlb(cpu);
    memset(origins->buckets, 0, origins->size * sizeof(uint32_t));
    origins->count = 0;
    origins->free = 0;
    origins->changes++;
}

static struct origin *add(struct vcpu *cpu, uint64_t page)
{
    struct origins *origins = &cpu->origins;

    if (origins->free == 0 && origins->count == origins->size) {
        if (origins->size < ORIGINS_MOST) {
            resize(origins, origins->size != 0 ? origins->size * 2
                                               : (uint32_t)ORIGINS_LEAST);
        } else {
            forget_all(cpu);
        }
    }
    uint32_t number = origins->free;
    if (number != 0) {
        origins->free = origins->pages[number - 1].next;
    } else {
        number = ++origins->count;
    }
    uint32_t *bucket = bucket_of(origins, page);
    struct origin *origin = &origins->pages[number - 1];
    *origin = (struct origin){.page = page, .next = *bucket};
    *bucket = number;
    return origin;
}

static void drop(struct origins *origins, uint32_t *link)
{
    const uint32_t number = *link;
    struct origin *origin = &origins->pages[number - 1];

    *link = origin->next;
    origin->next = origins->free;
    origins->free = number;
}

static bool is_used(const struct origin *origin)
{
    uint64_t used = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(origin->used); i++) {
        used |= origin->used[i];
    }
    return used != 0;
}

bool origins_note(struct vcpu *cpu, struct region *region, uint64_t offset,
                  const struct origin_entry *entry)
{
    struct origins *origins = &cpu->origins;
    const uint64_t in_page = offset & (REGION_PAGE_SIZE - 1);
    const uint64_t page =
        ((uintptr_t)region_host(region) + offset) >> REGION_PAGE_SHIFT;
    const unsigned index = (unsigned)in_page >> ENTRY_SHIFT;
    const uint64_t low = ((uint64_t)1 << entry->shift) - 1;
    const uint64_t address =
        (entry->address & ~low) - ((uint64_t)index << entry->shift);
    const uint32_t number = origins->size != 0 ? *link_to(origins, page) : 0;
    struct origin *origin;

    if (number != 0) {
        origin = &origins->pages[number - 1];
    } else {
        if (!vcpu_watch_region(cpu, region) ||
            !region_mark_table(region, (size_t)(offset >> REGION_PAGE_SHIFT))) {
            return false;
        }
        origin = add(cpu, page);
        origin->address = address;
        origin->shift = entry->shift;
    }
    origin->anywhere |= entry->anywhere || origin->address != address ||
                        origin->shift != entry->shift;
    origin->contexts |= entry->contexts;
    origin->used[index / WORD_BITS] |= (uint64_t)1 << index % WORD_BITS;
    return true;
}

/* ---- Changes ------------------------------------------------------------- */

static void end_entry(struct vcpu *cpu, const struct origin *origin,
                      unsigned index)
{
    cpu->origins.changes++;
    if (origin->anywhere) {
        vcpu_flush_block(cpu, origin->contexts, 0, WORD_BITS);
    } else {
        vcpu_flush_block(cpu, origin->contexts,
                         origin->address + ((uint64_t)index << origin->shift),
                         origin->shift);
    }
}

/* Ends what came from the entries from first to last; false: there was
 * nothing. */
static bool end_entries(struct vcpu *cpu, struct origin *origin, unsigned first,
                        unsigned last)
{
    bool any = false;

    for (unsigned i = first / WORD_BITS; i <= last / WORD_BITS; i++) {
        uint64_t changed = origin->used[i];

        if (i == first / WORD_BITS) {
            changed &= UINT64_MAX << first % WORD_BITS;
        }
        if (i == last / WORD_BITS) {
            changed &= UINT64_MAX >> (WORD_BITS - 1 - last % WORD_BITS);
        }
        origin->used[i] &= ~changed;
        for (; changed != 0; changed &= changed - 1) {
            any = true;
            end_entry(cpu, origin,
                      i * WORD_BITS + (unsigned)__builtin_ctzll(changed));
        }
    }
    return any;
}

bool origins_changed(void *context, struct region *region, uint64_t offset,
                     uint64_t size)
{
    struct vcpu *cpu = context;
    struct origins *origins = &cpu->origins;
    const uint64_t at = (uintptr_t)region_host(region) + offset;
    const unsigned first =
        (unsigned)(at & (REGION_PAGE_SIZE - 1)) >> ENTRY_SHIFT;
    const unsigned last =
        (unsigned)((at + size - 1) & (REGION_PAGE_SIZE - 1)) >> ENTRY_SHIFT;

    if (origins->size == 0) {
        return false;
    }
    uint32_t *link = link_to(origins, at >> REGION_PAGE_SHIFT);
    if (*link == 0) {
        return false;
    }
    struct origin *origin = &origins->pages[*link - 1];
    if (!end_entries(cpu, origin, first, last)) {
        if (++origin->stores < MOST_STORES) {
            return true;
        }
        end_entries(cpu, origin, 0, (REGION_PAGE_SIZE >> ENTRY_SHIFT) - 1);
    }
    origin->stores = 0;
    if (is_used(origin)) {
        return true;
    }
    drop(origins, link);
    return false;
}
