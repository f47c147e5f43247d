/* SPDX-License-Identifier: Apache-2.0 */
/* Moments in their order, with the pages that differ between neighbours. */
#include "platform/snapshot/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "platform/machine/memories.h"
#include "platform/machine/parts.h"
#include "platform/snapshot/snapshot.h"

/* ---- Sets of pages ------------------------------------------------------- */

static void add_page(struct page_set *set, struct page_place place,
                     const uint8_t *bytes)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 16;
        set->places =
            memory_resize(set->places, set->capacity, sizeof(*set->places));
        set->bytes = memory_resize(set->bytes, set->capacity, REGION_PAGE_SIZE);
    }
    memcpy(set->bytes + set->count * REGION_PAGE_SIZE, bytes, REGION_PAGE_SIZE);
    set->places[set->count++] = place;
}

static void drop_pages(struct page_set *set)
{
    free(set->places);
    free(set->bytes);
    *set = (struct page_set){0};
}

static int compare(struct page_place a, struct page_place b)
{
    uint64_t left = (uint64_t)a.memory << 32 | a.page;
    uint64_t right = (uint64_t)b.memory << 32 | b.page;
    return left < right ? -1 : left > right;
}

static const uint8_t *page_bytes(const struct page_set *set, size_t index)
{
    return set->bytes + index * REGION_PAGE_SIZE;
}

/* By place, each once. */
static bool is_sorted(const struct page_set *set)
{
    for (size_t i = 1; i < set->count; i++) {
        if (compare(set->places[i - 1], set->places[i]) >= 0) {
            return false;
        }
    }
    return true;
}

/* All pages of first, and those of second that first does not have. */
static struct page_set merge(const struct page_set *first,
                             const struct page_set *second)
{
    struct page_set out = {0};
    size_t i = 0;
    size_t j = 0;
    debug_assert(is_sorted(first) && is_sorted(second));
    while (i < first->count || j < second->count) {
        int order = i == first->count ? 1
                    : j == second->count
                        ? -1
                        : compare(first->places[i], second->places[j]);
        if (order <= 0) {
            add_page(&out, first->places[i], page_bytes(first, i));
            i++;
            j += order == 0;
        } else {
            add_page(&out, second->places[j], page_bytes(second, j));
            j++;
        }
    }
    return out;
}

static int add_written(void *context, size_t index, struct region *region)
{
    struct page_set *out = context;
    size_t end = (size_t)(region->size_bytes >> REGION_PAGE_SHIFT);
    for (size_t page = region_next_dirty(region, 0); page < end;
         page = region_next_dirty(region, page + 1)) {
        const uint8_t *before = region_baseline_page(region, page);
        if (memcmp(before, region_page(region, page), REGION_PAGE_SIZE) != 0) {
            const struct page_place place = {(uint32_t)index, (uint32_t)page};
            add_page(out, place, before);
        }
    }
    return 0;
}

/* The baseline's side of all pages that were written since. */
static struct page_set written_pages(const struct cairn_machine *machine)
{
    struct page_set out = {0};
    (void)memories_visit(machine, add_written, &out);
    return out;
}

/* ---- Moments ------------------------------------------------------------- */

static size_t link_bytes(const struct chain_link *link)
{
    return link->state.capacity +
           link->pages.capacity *
               (REGION_PAGE_SIZE + sizeof(struct page_place));
}

static void recount(struct snapshot_chain *chain)
{
    chain->bytes = 0;
    for (size_t i = 0; i < chain->count; i++) {
        chain->bytes += link_bytes(&chain->links[i]);
    }
}

static void destroy_link(struct chain_link *link)
{
    drop_pages(&link->pages);
    buffer_fini(&link->state);
    free(link->mark);
}

static void insert(struct snapshot_chain *chain, size_t index,
                   const struct chain_link *link)
{
    if (chain->count == chain->capacity) {
        chain->capacity = chain->capacity ? 2 * chain->capacity : 16;
        chain->links =
            memory_resize(chain->links, chain->capacity, sizeof(*chain->links));
    }
    assert(index <= chain->count && chain->count < chain->capacity);
    memmove(chain->links + index + 1, chain->links + index,
            (chain->count - index) * sizeof(*chain->links));
    chain->links[index] = *link;
    chain->count++;
}

void snapshot_chain_init(struct snapshot_chain *chain,
                         struct cairn_machine *machine)
{
    *chain = (struct snapshot_chain){.machine = machine};
}

void snapshot_chain_fini(struct snapshot_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        destroy_link(&chain->links[i]);
    }
    free(chain->links);
    *chain = (struct snapshot_chain){0};
}

int snapshot_chain_take(struct snapshot_chain *chain, void *mark)
{
    struct page_set older = {0};
    struct error unused = {""};
    if (chain->count == 0) {
        snapshot_free_baselines(chain->machine);
    } else {
        older = written_pages(chain->machine);
    }
    if (memories_checkpoint(chain->machine, &unused) != 0) {
        drop_pages(&older);
        free(mark);
        return -ENOMEM;
    }
    struct chain_link link = {.mark = mark};
    parts_take(chain->machine, &link.state);
    if (chain->count == 0) {
        insert(chain, 0, &link);
    } else {
        assert(chain->at < chain->count);
        struct chain_link *before = &chain->links[chain->at];
        if (chain->at + 1 < chain->count) {
            link.pages = merge(&before->pages, &older);
        }
        drop_pages(&before->pages);
        before->pages = older;
        insert(chain, ++chain->at, &link);
    }
    recount(chain);
    return 0;
}

static void exchange(struct snapshot_chain *chain, struct page_set *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        struct page_place place = pages->places[i];
        region_exchange(memories_at(chain->machine, place.memory), place.page,
                        pages->bytes + i * REGION_PAGE_SIZE);
    }
}

void snapshot_chain_go(struct snapshot_chain *chain, size_t index)
{
    struct cairn_machine *machine = chain->machine;
    assert(index < chain->count && chain->at < chain->count);
    memories_rollback(machine);
    while (chain->at > index) {
        exchange(chain, &chain->links[--chain->at].pages);
    }
    while (chain->at < index) {
        exchange(chain, &chain->links[chain->at++].pages);
    }
    parts_put(machine, chain->links[index].state.bytes);
}

bool snapshot_chain_matches(const struct snapshot_chain *chain)
{
    const struct cairn_machine *machine = chain->machine;
    assert(chain->at < chain->count);
    const struct page_set *pages = &chain->links[chain->at].pages;
    struct page_set written = written_pages(machine);
    bool same = true;
    for (size_t i = 0; same && i < pages->count; i++) {
        struct page_place place = pages->places[i];
        const struct region *region = memories_at(machine, place.memory);
        same = memcmp(region_page(region, place.page), page_bytes(pages, i),
                      REGION_PAGE_SIZE) == 0;
    }
    size_t j = 0;
    for (size_t i = 0; same && i < written.count; i++) {
        while (j < pages->count &&
               compare(pages->places[j], written.places[i]) < 0) {
            j++;
        }
        same = j < pages->count &&
               compare(pages->places[j], written.places[i]) == 0;
    }
    drop_pages(&written);
    return same;
}

void snapshot_chain_drop(struct snapshot_chain *chain, size_t index)
{
    assert(index < chain->count && index != chain->at);
    struct chain_link *link = &chain->links[index];
    if (index + 1 == chain->count) {
        assert(index > 0); /* the chain is at another one */
        drop_pages(&chain->links[index - 1].pages);
    } else if (index > 0) {
        struct page_set *before = &chain->links[index - 1].pages;
        struct page_set both = index < chain->at ? merge(before, &link->pages)
                                                 : merge(&link->pages, before);
        drop_pages(before);
        *before = both;
    }
    destroy_link(link);
    chain->count--;
    memmove(chain->links + index, chain->links + index + 1,
            (chain->count - index) * sizeof(*chain->links));
    chain->at -= index < chain->at;
    recount(chain);
}
