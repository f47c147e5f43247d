/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The soft TLB: guest pages whose host address is known, by translation
 * context, and the maintenance that ends them. An access that an entry answers
 * is one comparison and a copy; all others take the slow path
 * (engine/memory.h).
 */
#ifndef ENGINE_TLB_H
#define ENGINE_TLB_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bus/region.h"
#include "bus/space.h"

struct vcpu;

enum vcpu_access { VCPU_READ, VCPU_WRITE, VCPU_FETCH };

/* The right that an access needs, of enum window_rights. */
static inline unsigned vcpu_right(enum vcpu_access access)
{
    return (unsigned)WINDOW_R << access;
}

static inline uint64_t vcpu_page_of(uint64_t address)
{
    return address & ~(uint64_t)(REGION_PAGE_SIZE - 1);
}

/* Soft TLB. Tags are page addresses. Entries without a page have vcpu_no_page;
 * those that are compared with page addresses alone, of fetches, VCPU_NO_PAGE.
 * A write entry exists only while the page is dirty and holds neither decoded
 * code nor tables
 * (bus/region.h). */
enum { VCPU_TLB_ENTRIES = 1024, VCPU_FETCH_ENTRIES = 1024 };
/* log2 of the largest block whose pages are looked for one by one. */
enum { VCPU_BLOCK_SHIFT = 21 };
#define VCPU_NO_PAGE UINT64_MAX

struct vcpu_tlb_entry {
    uint64_t tag[2]; /* by VCPU_READ and VCPU_WRITE */
    uint8_t *addend; /* host address of guest address 0 */
    uint8_t shift;   /* log2 of the leaf's size */
    /* For known pages (engine/known.h) alone: whose they are, which accesses
     * the guest allows, and the number of the region in vcpu.regions. */
    uint8_t context;
    uint8_t kinds;
    uint8_t region;
    uint32_t stamp; /* see vcpu_tlb.stamp; 0: none's */
};
enum { VCPU_ENTRY_SHIFT = 5 };
static_assert(sizeof(struct vcpu_tlb_entry) == 1 << VCPU_ENTRY_SHIFT,
              "compiled code shifts");

/* The tag of a data entry without a page. Addresses come to the entry by their
 * bits 12 to 21, and this differs from all such addresses in those bits: no
 * guest can ask for one that it would answer. */
static inline uint64_t vcpu_no_page(size_t index)
{
    return ~((uint64_t)index << 12);
}

/* Guest addresses wrap, pointers may not. */
static inline uint8_t *vcpu_host(const struct vcpu_tlb_entry *entry,
                                 uint64_t address)
{
    return (uint8_t *)((uintptr_t)entry->addend + (uintptr_t)address);
}

/* One bank. Entries are pages of 4 KiB; the leaf of the guest's tables that
 * one comes from may be larger, which maintenance by address has to know. */
struct vcpu_tlb {
    struct vcpu_tlb_entry data[VCPU_TLB_ENTRIES];
    uint8_t fetch_shift[VCPU_FETCH_ENTRIES]; /* log2 of the leaf's size */
    uint32_t stamp;    /* that its known pages have (engine/known.h), */
    uint32_t salt;     /* and what is added to the places of their addresses */
    bool ready;        /* its tables were made empty: zeros are a page */
    bool used;         /* entered into since it was flushed */
    bool aligned_only; /* some page takes no unaligned accesses */
    bool code_checks;  /* its fetches lead to code that checks alignment */
    /* Where leaves are larger than a page: a bit for each 2 MiB with some of
     * up to 2 MiB, and for each 1 GiB with larger ones; many share a bit. */
    uint64_t large_leaves[8];
    uint64_t huge_leaves[8];
};

/* Where an address may have its entry. */
static inline size_t vcpu_tlb_index(uint64_t address)
{
    return address >> 12 & (VCPU_TLB_ENTRIES - 1);
}

/* The bit of an address's block of 2^shift bytes, the top byte aside. */
static inline unsigned vcpu_leaf_bit(uint64_t address, unsigned shift)
{
    return (unsigned)((address << 8 >> (8 + shift)) * 0x9e3779b97f4a7c15u >>
                      55);
}

static inline void vcpu_set_leaf_bit(uint64_t leaves[8], unsigned bit)
{
    leaves[bit / 64] |= (uint64_t)1 << bit % 64;
}

static inline bool vcpu_has_leaf_bit(const uint64_t leaves[8], unsigned bit)
{
    return (leaves[bit / 64] >> bit % 64 & 1) != 0;
}

/* A leaf of that size was entered for the page at an address. */
static inline void vcpu_note_leaf(struct vcpu_tlb *tlb, uint64_t page,
                                  unsigned shift)
{
    if (shift > 30) {
        memset(tlb->huge_leaves, 0xff, sizeof(tlb->huge_leaves));
    } else if (shift > 21) {
        vcpu_set_leaf_bit(tlb->huge_leaves, vcpu_leaf_bit(page, 30));
    } else if (shift > 12) {
        vcpu_set_leaf_bit(tlb->large_leaves, vcpu_leaf_bit(page, 21));
    }
}

/* log2 of the size of the largest leaf that may hold the address. */
static inline unsigned vcpu_largest_leaf(const struct vcpu_tlb *tlb,
                                         uint64_t address)
{
    if (vcpu_has_leaf_bit(tlb->huge_leaves, vcpu_leaf_bit(address, 30))) {
        return 64;
    }
    return vcpu_has_leaf_bit(tlb->large_leaves, vcpu_leaf_bit(address, 21))
               ? 21
               : 12;
}

/* The host bytes of an access, if a bank has an entry for all of them. */
static inline uint8_t *vcpu_tlb_find(const struct vcpu_tlb *tlb,
                                     enum vcpu_access access, uint64_t address,
                                     unsigned size)
{
    const struct vcpu_tlb_entry *entry = &tlb->data[vcpu_tlb_index(address)];
    uint64_t low = address & (REGION_PAGE_SIZE - 1);

    return address - low == entry->tag[access] &&
                   low + size <= REGION_PAGE_SIZE &&
                   ((low & (size - 1)) == 0 || !tlb->aligned_only)
               ? vcpu_host(entry, address)
               : NULL;
}

/* Each place is accessed once, and an aligned one as a whole, because cores may
 * run at the same time; memcpy promises neither. */
#define VCPU_COPY(type)                                                        \
    do {                                                                       \
        type unit;                                                             \
        memcpy(&unit, from, sizeof(unit));                                     \
        memcpy(to, &unit, sizeof(unit));                                       \
    } while (0)

static inline void vcpu_copy(void *to, const void *from, unsigned size)
{
    switch (size) {
    case 1:
        VCPU_COPY(uint8_t);
        break;
    case 2:
        VCPU_COPY(uint16_t);
        break;
    case 4:
        VCPU_COPY(uint32_t);
        break;
    case 8:
        VCPU_COPY(uint64_t);
        break;
    default:
        memcpy(to, from, size);
        break;
    }
}
#undef VCPU_COPY

struct vcpu_fetch_entry {
    uint64_t tag;
    struct code_page *page;
};

/* Translation contexts: what differs in rights or translation gets a bank of
 * its own. An architecture uses the first guest_traits.contexts of them. */
enum { VCPU_CONTEXTS = 18 };

/* Rights changed: drops cached translations, keeps decoded pages. */
void vcpu_flush_tlb(struct vcpu *cpu);
/* Drops what names decoded pages and compiled code, in all contexts. */
void vcpu_forget_fetches(struct vcpu *cpu);
/* Drops the entries of one context, and of the page at an address in all
 * contexts: with it goes all that came from the same leaf. The top byte of
 * addresses is ignored. */
void vcpu_flush_bank(struct vcpu *cpu, unsigned context);
/* Before a context is used for the first time; most never are. */
void vcpu_prepare_bank(struct vcpu *cpu, unsigned context);
void vcpu_flush_page(struct vcpu *cpu, uint64_t address);
/* Drops the entries of all pages in the block of 2^shift bytes, in contexts
 * that have a bit. */
void vcpu_flush_block(struct vcpu *cpu, uint32_t contexts, uint64_t address,
                      unsigned shift);
/* Compiled code checks alignment or does not (code_page.checks_alignment), and
 * where some page of the data context takes aligned accesses only, it must. To
 * be called before code is looked for. */
void vcpu_match_code(struct vcpu *cpu);
/* One page of one context. */
void vcpu_drop_page(struct vcpu *cpu, unsigned context, uint64_t page);
/* A leaf of the guest's tables, or a page of a guest that has none. */
struct vcpu_leaf {
    uint8_t shift;     /* log2 of its size */
    bool aligned_only; /* unaligned accesses may have to fault */
};
/* Enters a page of memory into the soft TLB of a context. For writing, only
 * where the page is dirty and holds neither code nor tables. Not done for
 * watched pages. */
void vcpu_fill(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct span *span, struct vcpu_leaf leaf,
               enum vcpu_access access);
/* Makes the core hear of changes to region; false if it has too many. */
bool vcpu_watch_region(struct vcpu *cpu, struct region *region);
/* The number of such a region. */
uint8_t vcpu_region_number(const struct vcpu *cpu, const struct region *region);

#endif
