/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest memory with dirty tracking, checkpoint and rollback.
 *
 * A clean page equals its page of the baseline, which without a checkpoint is
 * blank. So a checkpoint copies dirty pages out and a rollback copies them
 * back, and an untouched page is never read, which would populate it. Contents
 * that come from a file are a mapping of it, and the baseline is a second one,
 * so a page is read when it is used and copied when it is written.
 */
#include "bus/region.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"
#include "base/memory.h"
#include "bus/region_pages.h"
#include "host/memory.h"

enum { FIRST_STORES = 8, MOST_PATIENCE = 9 };
/* Beside the flags of pages: some page of the block is used. */
enum { BLOCK_USED = 0x80 };

static_assert(REGION_PAGE_SIZE == 1 << REGION_PAGE_SHIFT, "sizes of a page");
static_assert(REGION_PAGE_SIZE / REGION_GRANULE_SIZE == 64,
              "a bit of 64 for each granule");
static_assert(REGION_BLOCK_PAGES % 8 == 0,
              "flags are looked at eight by eight");
static_assert((REGION_PAGE_DIRTY | REGION_PAGE_CODE | REGION_PAGE_TABLE) <
                  BLOCK_USED,
              "a block has the flags of its pages, and one more");

static bool listens(const struct region *region,
                    const struct region_listener *listener)
{
    const struct region_listener *other = region->listeners;
    while (other && other != listener) {
        other = other->next;
    }
    return other != NULL;
}

void region_listen(struct region *region, struct region_listener *listener)
{
    debug_assert(!listens(region, listener));
    listener->next = region->listeners;
    region->listeners = listener;
}

void region_unlisten(struct region *region, struct region_listener *listener)
{
    struct region_listener **place = &region->listeners;
    while (*place && *place != listener) {
        place = &(*place)->next;
    }
    if (*place) {
        *place = listener->next;
    }
}

static void tell_protect(struct region *region, unsigned where)
{
    struct region_listener *listener = region->listeners;
    for (; listener; listener = listener->next) {
        if (listener->protect) {
            listener->protect(listener->context, region, where);
        }
    }
}

static void forget_writers(struct region *region, size_t page)
{
    uint16_t *places = region->writers[page];
    tell_protect(region, places[0]);
    for (unsigned i = 1; i < REGION_WRITERS && places[i] != REGION_NOWHERE;
         i++) {
        tell_protect(region, places[i]);
    }
    memset(places, 0, sizeof(*region->writers));
}

static void set_flag(struct region *region, size_t page, uint8_t flag)
{
    region->page_flags[page] |= flag;
    region->block_flags[page / REGION_BLOCK_PAGES] |= flag;
}

static void set_page_used(struct region *region, size_t page)
{
    region_host(region);
    region->page_used[page] = true;
    region->block_flags[page / REGION_BLOCK_PAGES] |= BLOCK_USED;
}

/* The first page from page on that is used, or the number of pages. */
static size_t next_used(const struct region *region, size_t page)
{
    const size_t end = region_page_count(region);
    while (page < end) {
        if (page % REGION_BLOCK_PAGES == 0 &&
            (region->block_flags[page / REGION_BLOCK_PAGES] & BLOCK_USED) ==
                0) {
            page += REGION_BLOCK_PAGES;
        } else if (region->page_used[page]) {
            return page;
        } else {
            page++;
        }
    }
    return end;
}

static void drop_granules(struct region *region, size_t page, uint64_t granules)
{
    region->code[page].granules &= ~granules;
    struct region_listener *listener = region->listeners;
    for (; listener; listener = listener->next) {
        if (listener->code_changed) {
            listener->code_changed(listener->context, region, page, granules);
        }
    }
}

static void drop_code(struct region *region, size_t page)
{
    region->page_flags[page] &= (uint8_t)~REGION_PAGE_CODE;
    region->code[page].stores = 0;
    drop_granules(region, page, REGION_ALL_GRANULES);
}

/* The granules of a page in [offset, offset + size). */
static uint64_t granules_in(size_t page, uint64_t offset, uint64_t size)
{
    const uint64_t start = (uint64_t)page << REGION_PAGE_SHIFT;
    uint64_t first = offset > start ? offset - start : 0;
    uint64_t last = offset + size - start - 1;
    if (last >= REGION_PAGE_SIZE) {
        last = REGION_PAGE_SIZE - 1;
    }
    return REGION_ALL_GRANULES << first / REGION_GRANULE_SIZE &
           REGION_ALL_GRANULES >> (63 - last / REGION_GRANULE_SIZE);
}

/* Stores to a page with code are slow, so it stays one for some of them only:
 * a page that is used anew soon has none. If it is executed again it may take
 * twice as many, until they weigh as much as decoding and compiling it. */
static void code_written(struct region *region, size_t page, uint64_t granules)
{
    struct region_code *code = &region->code[page];
    assert(code->patience <= MOST_PATIENCE);
    if (granules == REGION_ALL_GRANULES) {
        drop_code(region, page);
    } else if (++code->stores >= (uint32_t)FIRST_STORES << code->patience) {
        code->patience += code->patience < MOST_PATIENCE;
        drop_code(region, page);
    } else if ((code->granules & granules) != 0) {
        drop_granules(region, page, granules);
    }
}

/* Bytes of a page with tables in [offset, offset + size) change. */
static void table_written(struct region *region, size_t page, uint64_t offset,
                          uint64_t size)
{
    const uint64_t start = (uint64_t)page << REGION_PAGE_SHIFT;
    const uint64_t end = start + REGION_PAGE_SIZE;
    const uint64_t first = offset > start ? offset : start;
    const uint64_t after = offset + size < end ? offset + size : end;
    struct region_listener *listener = region->listeners;
    bool kept = false;
    for (; listener; listener = listener->next) {
        if (listener->table_changed) {
            kept |= listener->table_changed(listener->context, region, first,
                                            after - first);
        }
    }
    if (!kept) {
        region->page_flags[page] &= (uint8_t)~REGION_PAGE_TABLE;
    }
}

/* All of a page changes. */
static void drop_page(struct region *region, size_t page)
{
    const uint8_t flags = region->page_flags[page];
    if (flags & REGION_PAGE_CODE) {
        drop_code(region, page);
    }
    if (flags & REGION_PAGE_TABLE) {
        table_written(region, page, (uint64_t)page << REGION_PAGE_SHIFT,
                      REGION_PAGE_SIZE);
    }
}

/* A clean page, or one with code or tables, changes in [offset, offset + size).
 */
static void page_written(struct region *region, size_t page, uint64_t offset,
                         uint64_t size)
{
    set_flag(region, page, REGION_PAGE_DIRTY);
    set_page_used(region, page);
    if (region->page_flags[page] & REGION_PAGE_CODE) {
        code_written(region, page, granules_in(page, offset, size));
    }
    if (region->page_flags[page] & REGION_PAGE_TABLE) {
        table_written(region, page, offset, size);
    }
}

void region_written(struct region *region, uint64_t offset, uint64_t size)
{
    assert(in_range(offset, size, region->size_bytes));
    if (size == 0) {
        return;
    }
    size_t last = (size_t)((offset + size - 1) >> REGION_PAGE_SHIFT);
    for (size_t page = (size_t)(offset >> REGION_PAGE_SHIFT); page <= last;
         page++) {
        if (region->page_flags[page] != REGION_PAGE_DIRTY) {
            page_written(region, page, offset, size);
        }
    }
}

/* The page gets a flag with which stores to it are not made without notice. */
static void protect(struct region *region, size_t page, uint8_t flag)
{
    const uint8_t flags = region->page_flags[page];
    set_flag(region, page, flag);
    if (flags & REGION_PAGE_DIRTY) {
        forget_writers(region, page);
    }
}

void region_mark_code(struct region *region, size_t page, uint64_t granules)
{
    assert(page < region_page_count(region));
    uint8_t flags = region->page_flags[page];
    region->code[page].granules |= granules;
    if (!(flags & REGION_PAGE_CODE)) {
        protect(region, page, REGION_PAGE_CODE);
    }
}

bool region_mark_table(struct region *region, size_t page)
{
    debug_assert(page < region_page_count(region));
    if (region->borrowed) {
        return false;
    }
    if (!(region->page_flags[page] & REGION_PAGE_TABLE)) {
        protect(region, page, REGION_PAGE_TABLE);
    }
    return true;
}

void region_note_writer(struct region *region, size_t page, unsigned where)
{
    debug_assert(page < region_page_count(region));
    debug_assert(where > REGION_NOWHERE && where < REGION_SOMEWHERE);
    debug_assert(region->page_flags[page] == REGION_PAGE_DIRTY);
    uint16_t *places = region->writers[page];
    unsigned i = 0;

    while (i < REGION_WRITERS && places[i] != REGION_NOWHERE) {
        if (places[i++] == where) {
            return;
        }
    }
    if (i == REGION_WRITERS) {
        const uint16_t oldest = places[0];
        memmove(places, places + 1, sizeof(*places) * --i);
        places[i] = (uint16_t)where;
        tell_protect(region, oldest);
    } else {
        places[i] = (uint16_t)where;
    }
}

void region_set_hidden(struct region *region, bool hidden)
{
    if (region->hidden == hidden) {
        return;
    }
    region->hidden = hidden;
    for (struct region_listener *listener = region->listeners; listener;
         listener = listener->next) {
        if (listener->hidden) {
            listener->hidden(listener->context, region);
        }
    }
}

void region_set_writable(struct region *region, bool writable)
{
    bool revoked = region->writable && !writable;
    region->writable = writable;
    if (revoked) {
        tell_protect(region, REGION_SOMEWHERE);
    }
}

void region_load(struct region *region, uint64_t offset, const void *bytes,
                 size_t size)
{
    region_written(region, offset, size);
    if (size != 0) {
        memcpy(region_host(region) + offset, bytes, size);
    }
}

void region_clear(struct region *region)
{
    const size_t end = region_page_count(region);
    if (next_used(region, 0) == end) {
        return;
    }
    for (size_t page = next_used(region, 0); page < end;
         page = next_used(region, page + 1)) {
        region_written(region, (uint64_t)page << REGION_PAGE_SHIFT,
                       REGION_PAGE_SIZE);
    }
    struct memory memory = region_backing(region);
    if (!region->kept && memory_discard(&memory) == 0) {
        region->of_file = false;
        return;
    }
    for (size_t page = next_used(region, 0); page < end;
         page = next_used(region, page + 1)) {
        memset(region_page_in(region_host(region), page), region->blank,
               REGION_PAGE_SIZE);
    }
}

/* Without a baseline a blank page is a clean one. */
static void forget_page(struct region *region, size_t page)
{
    forget_writers(region, page);
    region->page_flags[page] &= (uint8_t)~REGION_PAGE_DIRTY;
    region->page_used[page] = false;
}

void region_blank(struct region *region, uint64_t offset, uint64_t size)
{
    const size_t first = (size_t)(offset >> REGION_PAGE_SHIFT);
    const size_t count = (size_t)(size >> REGION_PAGE_SHIFT);
    uint8_t *host = region_host(region) + offset;

    assert(in_range(offset, size, region->size_bytes));
    assert(is_aligned(offset | size, REGION_PAGE_SIZE));
    region_written(region, offset, size);
    if (region->blank != 0 || region->of_file || region->kept ||
        memory_give_back(host, (size_t)size) != 0) {
        memset(host, region->blank, (size_t)size);
    }
    for (size_t page = first; !region->baseline && page < first + count;
         page++) {
        forget_page(region, page);
    }
}

/* Most pages of a large memory are clean, so whole blocks are passed over, and
 * flags are looked at eight by eight. */
static size_t next_with(const struct region *region, size_t page, uint8_t flag)
{
    const uint64_t eight = 0x0101010101010101u * flag;
    const size_t end = region_page_count(region);
    while (page < end) {
        uint64_t flags;
        if (page % REGION_BLOCK_PAGES == 0 &&
            (region->block_flags[page / REGION_BLOCK_PAGES] & flag) == 0) {
            page += REGION_BLOCK_PAGES;
            continue;
        }
        if (page % 8 == 0 && end - page >= 8) {
            memcpy(&flags, &region->page_flags[page], sizeof(flags));
            if ((flags & eight) == 0) {
                page += 8;
                continue;
            }
        }
        if (region->page_flags[page] & flag) {
            return page;
        }
        page++;
    }
    return end;
}

size_t region_next_dirty(const struct region *region, size_t page)
{
    return next_with(region, page, REGION_PAGE_DIRTY);
}

/* The first dirty page; without one no listener caches write permission. */
static size_t begin_cleaning(struct region *region)
{
    size_t page = region_next_dirty(region, 0);
    if (page < region_page_count(region)) {
        tell_protect(region, REGION_SOMEWHERE);
    }
    return page;
}

static void end_cleaning(struct region *region)
{
    debug_assert(region_next_dirty(region, 0) == region_page_count(region));
    for (size_t i = 0; i * REGION_BLOCK_PAGES < region_page_count(region);
         i++) {
        region->block_flags[i] &= (uint8_t)~REGION_PAGE_DIRTY;
    }
}

static int need_baseline(struct region *region, struct error *error)
{
    if (!region->baseline) {
        region->baseline =
            memory_map((size_t)region->size_bytes, region->blank, error);
        if (!region->baseline) {
            error_prefix(error, "memory '%s'", region->name);
            return -ENOMEM;
        }
    }
    return 0;
}

int region_checkpoint(struct region *region, struct error *error)
{
    const size_t end = region_page_count(region);
    size_t page = begin_cleaning(region);
    int code = page < end ? need_baseline(region, error) : 0;
    if (code != 0) {
        return code;
    }
    for (; page < end; page = region_next_dirty(region, page + 1)) {
        memcpy(region_page_in(region->baseline, page),
               region_page_in(region_host(region), page), REGION_PAGE_SIZE);
        region->page_flags[page] &= (uint8_t)~REGION_PAGE_DIRTY;
    }
    end_cleaning(region);
    return 0;
}

static void set_used(struct region *region, const uint8_t *used)
{
    const size_t end = region_page_count(region);
    for (size_t page = next_used(region, 0); page < end;
         page = next_used(region, page + 1)) {
        region->page_used[page] = false;
    }
    for (size_t page = 0; page < end; page++) {
        if (page % 8 == 0 && used[page / 8] == 0) {
            page += 7;
        } else if (used[page / 8] >> page % 8 & 1) {
            set_page_used(region, page);
        }
    }
}

int region_map_file(struct region *region, int fd, uint64_t offset,
                    const uint8_t *used, struct error *error)
{
    const size_t size = (size_t)region->size_bytes;
    const size_t end = region_page_count(region);
    assert(region->blank == 0 && is_aligned(offset, REGION_PAGE_SIZE));
    uint8_t *baseline = memory_map_file(NULL, size, fd, offset, error);
    if (!baseline ||
        !memory_map_file(region_host(region), size, fd, offset, error)) {
        memory_unmap(baseline, size);
        error_prefix(error, "memory '%s'", region->name);
        return -ENOMEM;
    }
    memory_unmap(region->baseline, size);
    region->baseline = baseline;
    region->of_file = true;
    for (size_t page = begin_cleaning(region); page < end;
         page = region_next_dirty(region, page + 1)) {
        region->page_flags[page] &= (uint8_t)~REGION_PAGE_DIRTY;
    }
    end_cleaning(region);
    const uint8_t told = REGION_PAGE_CODE | REGION_PAGE_TABLE;
    for (size_t page = next_with(region, 0, told); page < end;
         page = next_with(region, page + 1, told)) {
        drop_page(region, page);
    }
    set_used(region, used);
    return 0;
}

/* True if the page had to be copied. */
static bool put_back(struct region *region, size_t page)
{
    uint8_t *host = region_page_in(region_host(region), page);
    const uint8_t *baseline = region_baseline_page(region, page);
    region->page_flags[page] &= (uint8_t)~REGION_PAGE_DIRTY;
    if (memcmp(host, baseline, REGION_PAGE_SIZE) == 0) {
        return false;
    }
    memcpy(host, baseline, REGION_PAGE_SIZE);
    drop_page(region, page);
    return true;
}

size_t region_rollback(struct region *region)
{
    size_t copied = 0;
    const size_t end = region_page_count(region);
    for (size_t page = begin_cleaning(region); page < end;
         page = region_next_dirty(region, page + 1)) {
        copied += put_back(region, page);
    }
    end_cleaning(region);
    return copied;
}

void region_exchange(struct region *region, size_t page, uint8_t *bytes)
{
    assert(page < region_page_count(region));
    assert((region->page_flags[page] & REGION_PAGE_DIRTY) == 0);
    if (need_baseline(region, NULL) != 0) {
        memory_exhausted();
    }
    uint8_t *host = region_page_in(region_host(region), page);
    uint8_t *baseline = region_page_in(region->baseline, page);
    memcpy(host, bytes, REGION_PAGE_SIZE);
    memcpy(bytes, baseline, REGION_PAGE_SIZE);
    memcpy(baseline, host, REGION_PAGE_SIZE);
    set_page_used(region, page);
    drop_page(region, page);
}

bool region_page_used(const struct region *region, size_t page)
{
    assert(page < region_page_count(region));
    return region->page_used[page];
}

const uint8_t *region_baseline_page(const struct region *region, size_t page)
{
    assert(page < region_page_count(region));
    return region->baseline ? region_page_in(region->baseline, page)
                            : region_blank_page(region);
}

const uint8_t *region_blank_page(const struct region *region)
{
    static const uint8_t zeros[REGION_PAGE_SIZE];
    static const uint8_t ones[REGION_PAGE_SIZE] = {
        [0 ... REGION_PAGE_SIZE - 1] = 0xff};
    return region->blank == 0 ? zeros : ones;
}

const uint8_t *region_page(const struct region *region, size_t page)
{
    debug_assert(page < region_page_count(region));
    return region->reserved ? region_blank_page(region)
                            : region_page_in(region->pages, page);
}

uint64_t region_hash(const struct region *region, uint64_t seed)
{
    const uint8_t *blank = region_blank_page(region);
    const size_t end = region_page_count(region);
    uint64_t hash = seed;
    for (size_t page = next_used(region, 0); page < end;
         page = next_used(region, page + 1)) {
        const uint8_t *bytes = region_page(region, page);
        if (memcmp(bytes, blank, REGION_PAGE_SIZE) != 0) {
            hash = hash64(hash + page, bytes, REGION_PAGE_SIZE);
        }
    }
    return hash;
}
