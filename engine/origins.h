/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Origins: the entries of the guest's translation tables that a core's cached
 * translations came from (soft TLB, known pages, known pages of devices, known
 * walks). Memory tells the core of stores to pages with such entries, whoever
 * makes them, and what came from an entry ends when the entry changes. So a
 * cached translation is always the one that a walk would find: no guest can
 * observe what is cached, with or without TLB maintenance of its own.
 *
 * Cores that run at the same time have no origins. Their guests' maintenance
 * is all that ends translations, as their runs are not repeatable anyway.
 */
#ifndef ENGINE_ORIGINS_H
#define ENGINE_ORIGINS_H

#include <stdbool.h>
#include <stdint.h>

struct region;
struct vcpu;

enum { ORIGINS_LEAST = 256, ORIGINS_MOST = 16384 };

/* One table entry, as a walk comes by it. */
struct origin_entry {
    uint64_t address;  /* one that it translates */
    uint32_t contexts; /* bits of those that keep what came from it */
    uint8_t shift;     /* log2 of the bytes that it translates */
    bool anywhere;     /* of a second stage: address is not the core's */
};

/* A page with entries. */
struct origin {
    uint64_t page;     /* its host address / REGION_PAGE_SIZE */
    uint64_t used[8];  /* a bit for each entry */
    uint64_t address;  /* that its first entry translates */
    uint32_t contexts; /* of all of its entries, */
    uint8_t shift;     /* as this is; else `anywhere` */
    bool anywhere;
    uint16_t stores; /* in a row that ended nothing */
    uint32_t next;   /* in its bucket, or of those that are free, from 1 on */
};

/* One core's. */
struct origins {
    struct origin *pages; /* `size` of them; NULL: there never was one */
    uint32_t *buckets;    /* `size` of them, by page: from 1 on, 0: none */
    uint32_t size;        /* a power of two */
    uint32_t count;       /* of pages that were ever in use */
    uint32_t free;        /* the first of those that are not, from 1 on */
    uint64_t changes;     /* how often something ended */
};

void origins_fini(struct vcpu *cpu);
/* A translation will be kept that came from the entry at offset of a region.
 * False: it may not be, as nobody tells of changes there. A translation may
 * not be kept either if origins.changes goes up while it is looked for. */
bool origins_note(struct vcpu *cpu, struct region *region, uint64_t offset,
                  const struct origin_entry *entry);
/* region_listener.table_changed */
bool origins_changed(void *context, struct region *region, uint64_t offset,
                     uint64_t size);

#endif
