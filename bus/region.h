/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: a run of host pages that windows of address spaces show.
 *
 * Backed by the host's pages, touched only as the guest touches them. Pages (4
 * KiB) are tracked: dirty since the last checkpoint, and holding decoded code.
 * A page may be written through a cached host pointer only while it is dirty
 * and holds neither code nor tables; region_written is the slow path that makes
 * it so. Listeners learn when that right ends and when code changed beneath
 * them, by granule of 64 bytes: data may lie beside code. A page that is
 * written again and again gives its code up. Pages with translation tables are
 * seen in the same way.
 *
 * One owner, the machine. Engine thread only.
 */
#ifndef BUS_REGION_H
#define BUS_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { REGION_PAGE_SIZE = 4096, REGION_PAGE_SHIFT = 12 };
/* A page has 64 granules; a set of them is a 64-bit mask. */
enum { REGION_GRANULE_SIZE = 64 };
#define REGION_ALL_GRANULES UINT64_MAX

enum region_page_flags {
    REGION_PAGE_DIRTY = 1, /* written since the last checkpoint */
    REGION_PAGE_CODE = 2,  /* a listener holds code decoded from it */
    REGION_PAGE_TABLE = 4, /* or translations that came from tables in it */
};

/* Where permission to write a page is cached: at places of its listeners'
 * tables, of which so many are known, nowhere, or anywhere. */
enum { REGION_NOWHERE = 0, REGION_SOMEWHERE = UINT16_MAX, REGION_WRITERS = 4 };

struct region;

struct region_listener {
    /* Cached write permission must be dropped: that to one page, at a slot
     * recorded by region_note_writer (REGION_NOWHERE: in no table), or with
     * REGION_SOMEWHERE all permissions to region. */
    void (*protect)(void *context, struct region *region, unsigned where);
    /* Granules of a page with REGION_PAGE_CODE change: code decoded from them
     * is stale. */
    void (*code_changed)(void *context, struct region *region, size_t page,
                         uint64_t granules);
    /* Bytes within a page with REGION_PAGE_TABLE change: translations that came
     * from them are stale. False: none that the listener still has came from
     * the page. NULL for a listener that has none. */
    bool (*table_changed)(void *context, struct region *region, uint64_t offset,
                          uint64_t size);
    /* The region was hidden or shown: cached addresses of it are invalid.
     * NULL for a listener that caches none. */
    void (*hidden)(void *context, struct region *region);
    void *context;
    struct region_listener *next;
};

/* Takes what guests write while the memory is not writable: aligned, of 1, 2, 4
 * or 8 bytes. Returns 0, or -EFAULT for a bus error. */
struct region_keeper {
    int (*write)(void *context, uint64_t offset, unsigned size, uint64_t value);
    void *context;
};

/* Code tracking of one page that holds code. */
struct region_code {
    uint64_t granules; /* from which code was decoded */
    uint32_t stores;   /* to the page since it holds code */
    uint32_t patience; /* log2 of how many more than at first it may take */
};

struct region {
    char name[32];
    uint64_t size_bytes; /* multiple of REGION_PAGE_SIZE */
    bool writable;       /* by guests; a ROM or a locked memory is not */
    bool whole_words;    /* guests write aligned words or nothing */
    bool saved;          /* part of snapshots; a pure ROM is not */
    bool hidden;         /* windows of it show their device instead */
    uint8_t *page_flags; /* one per page */
    /* For each page, the places first that were told first: see
     * REGION_NOWHERE. */
    uint16_t (*writers)[REGION_WRITERS];
    uint8_t *block_flags; /* per 512 pages: what one of them may have set */
    uint8_t *baseline;    /* contents at the last checkpoint, NULL: blank */
    uint8_t blank;        /* value of bytes never written: 0 or 0xff */
    struct region_listener *listeners;
    const struct region_keeper *keeper; /* NULL: such writes are refused */
    /* private */
    uint8_t *pages; /* see region_host */
    bool reserved;  /* they are not populated yet: see region_host */
    bool kept;      /* giving them back to the host would not blank them */
    bool of_file;   /* nor would giving back some of them */
    bool borrowed;  /* the pages are somebody else's */
    /* Per page, whether it may hold other bytes than blank ones now or in the
     * baseline. */
    bool *page_used;
    struct region_code *code; /* per page */
};

/* A zero-filled region, writable and saved; size is rounded up to pages. NULL
 * and *error if the size is 0 or the host has no memory. */
struct region *region_create(const char *name, uint64_t size_bytes,
                             struct error *error);
/* The same, filled with ones: erased flash. */
struct region *region_create_erased(const char *name, uint64_t size_bytes,
                                    struct error *error);
/* Over host memory that outlives it, of a size that is a multiple of the page
 * size: not saved, and what is written there by others counts. */
struct region *region_create_over(const char *name, void *host,
                                  uint64_t size_bytes);
void region_destroy(struct region *region);
void region_listen(struct region *region, struct region_listener *listener);
void region_unlisten(struct region *region, struct region_listener *listener);

void region_fill(struct region *region); /* private */
/* The pages, whose address never changes. Those of erased flash are created at
 * the first call, which takes a system call for each 512 KiB: most machines
 * never need them. */
static inline uint8_t *region_host(struct region *region)
{
    if (__builtin_expect(region->reserved, false)) {
        region_fill(region);
    }
    return region->pages;
}

/* Must precede every write through host to [offset, offset + size): marks the
 * pages dirty and drops code decoded from it. Ignores writable. */
void region_written(struct region *region, uint64_t offset, uint64_t size);
/* Records that a listener decoded code from these granules of a page; drops the
 * write permission to it that others cache. */
void region_mark_code(struct region *region, size_t page, uint64_t granules);
/* Records that a listener has translations that came from a table in a page;
 * drops as region_mark_code. False: others write there without notice. */
bool region_mark_table(struct region *region, size_t page);
/* Records that a listener caches write permission to a page, which is dirty and
 * holds neither code nor tables, at this slot of its tables (1 to
 * REGION_SOMEWHERE - 1); drops that at the oldest of too many. */
void region_note_writer(struct region *region, size_t page, unsigned where);
void region_set_writable(struct region *region, bool writable);
/* A flash that takes a command does not show its contents meanwhile. */
void region_set_hidden(struct region *region, bool hidden);
/* Host-side load, and back to blank, with all bookkeeping. Range-checked by
 * assertion. */
void region_load(struct region *region, uint64_t offset, const void *bytes,
                 size_t size);
void region_clear(struct region *region);

/*
 * Whole pages become blank, and are given back to the host until they are
 * written again, where it can do that: not those of a memory whose contents
 * came from a file.
 */
void region_blank(struct region *region, uint64_t offset, uint64_t size);

/* Makes the present contents the baseline: all pages become clean. */
int region_checkpoint(struct region *region, struct error *error);
/*
 * The contents and the baseline become what a file holds from offset on (a
 * multiple of the page size), read as it is touched; all pages are clean. used
 * has a bit for each page, the lowest first, that may hold other bytes than
 * zeros. Of zero-filled regions only.
 */
int region_map_file(struct region *region, int fd, uint64_t offset,
                    const uint8_t *used, struct error *error);
/* Puts dirty pages back to the baseline; decoded code of clean pages stays
 * valid. Returns the number of pages copied. */
size_t region_rollback(struct region *region);

/* The first page from page on that was written since the last checkpoint, or
 * the number of pages. */
size_t region_next_dirty(const struct region *region, size_t page);
/* Exchanges a clean page, in the contents and in the baseline, with bytes. */
void region_exchange(struct region *region, size_t page, uint8_t *bytes);

/* False for pages that are known to be blank; looking at their bytes would take
 * host memory. */
bool region_page_used(const struct region *region, size_t page);
/* A page as it is. Used pages that follow each other do so in memory. */
const uint8_t *region_page(const struct region *region, size_t page);
/* A page as it was at the last checkpoint. */
const uint8_t *region_baseline_page(const struct region *region, size_t page);
/* A page of blank bytes. */
const uint8_t *region_blank_page(const struct region *region);
/* Hash of the contents; the same for equal contents whatever their history. */
uint64_t region_hash(const struct region *region, uint64_t seed);

#endif
