/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of decoded pages: which micro-operations, and which compiled code,
 * stand for the guest's instructions of a page. Cores that decode alike share
 * one.
 */
#ifndef ENGINE_CODE_H
#define ENGINE_CODE_H

#include "bus/region.h"
#include "engine/core.h"
#include "engine/ir/ir.h"

struct compiler;
struct vcpu;

/*
 * Decoded code of one page of a region. base is the guest address that it runs
 * at; position-independent code serves at each address where the page is seen,
 * and each jump into the page sets base. Its slots are the halfwords where an
 * instruction may begin: code_slot finds what is known of one.
 */
enum { CODE_PAGE_OPS = 4092, CODE_PAGE_SLOTS = 2048, CODE_BUCKETS = 256 };

struct code_slot {
    /* The index of a block's first operation, and above 16 bits the number of
     * its instructions; 0 is op 0, which is IR_miss. */
    uint32_t map;
    /* Its compiled code, from compiler->base on; small numbers count how often
     * a block without code was met. */
    uint32_t host;
};

struct code_page {
    struct code_slot slots[CODE_PAGE_SLOTS]; /* by code_slot */
    struct region *region;                   /* NULL: unused */
    const uint8_t *bytes;                    /* the page's */
    size_t index;                            /* of the page in region */
    uint64_t base;
    uint64_t places; /* of entries of fetch TLBs that name it, by sixteens */
    struct code_page *next; /* in its bucket */
    uint32_t generation;    /* goes up when operations are thrown away */
    uint32_t count;         /* of operations */
    uint8_t slot_shift;     /* guest_slot_shift */
    bool compiled;          /* something, or counted for it */
    /* Its compiled code checks the alignment of accesses, as the soft TLB's
     * entries alone do not; other code of the same page may not. */
    bool checks_alignment;
    bool met; /* looked up since it was last forgotten */
    struct ir_op ops[CODE_PAGE_OPS];
};

static inline struct code_slot *code_slot(struct code_page *page, unsigned slot)
{
    return &page->slots[slot >> page->slot_shift];
}

struct code_statistics {
    uint64_t pages;   /* whose decoding was begun */
    uint64_t evicted; /* of them, for others */
    uint64_t written; /* that gave up because of stores */
    uint64_t dropped; /* blocks that something was stored into */
};

/* Cores of a machine that decode alike share a cache while they run in turns;
 * cores that run at the same time have one each. */
struct code_cache {
    bool parallel;           /* its core runs at the same time as others */
    unsigned holders;        /* cores that use it, now or at other times */
    struct code_page *pages; /* touched as used */
    struct code_page *buckets[CODE_BUCKETS]; /* by region page */
    unsigned used;                           /* pages that ever were */
    unsigned next;                           /* to be looked at for room */
    struct code_page *scratch; /* for single steps; never mapped */
    struct vcpu *users;
    struct compiler *compiler; /* NULL: they interpret */
    struct code_statistics statistics;
    uint64_t decoded;  /* instructions */
    bool timed;        /* decoding and compiling */
    uint64_t clock_ns; /* what asking for the time takes, which they do not */
    struct code_watch watch;
    uint64_t decode_ns;
    uint64_t compile_ns;
};

/* The caches of a core; like: a core to share that of turns with, or NULL. */
void code_init(struct vcpu *cpu, struct vcpu *like);
void code_fini(struct vcpu *cpu);
/* From here on the core runs at the same time as others, or in turns. What it
 * has of both ways is kept, and is dropped where its memory changes. */
void code_choose(struct vcpu *cpu, bool parallel);
/* The page that pc lies in; NULL when it cannot be cached. */
struct code_page *code_find(struct vcpu *cpu, uint64_t pc);
/* Makes sure that the map of the page has the slot. */
void code_translate(struct vcpu *cpu, struct code_page *page, unsigned slot);
/* From now on decoding and compiling is timed: code_took adds to *sum what has
 * passed since code_began returned `began`. */
void code_time(struct code_cache *code);
uint64_t code_began(const struct code_cache *code);
void code_took(const struct code_cache *code, uint64_t began, uint64_t *sum);
/* Compiled code was dropped, or moved. */
void code_forget_jumps(struct code_cache *code);
/* The instruction at pc alone, in the scratch page; NULL: a trap was taken. */
struct code_page *code_step(struct vcpu *cpu, uint64_t pc);
void code_drop(struct vcpu *cpu, const struct region *region, size_t index,
               uint64_t granules);
void code_drop_all(struct vcpu *cpu);

#endif
