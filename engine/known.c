/* SPDX-License-Identifier: Apache-2.0 */
/* Known pages of a core: see known.h. */
#include "engine/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "engine/vcpu.h"

static struct known *known_of(struct vcpu *cpu)
{
    return &cpu->compiled.known;
}

static size_t entry_count(const struct known *known)
{
    return known->mask / sizeof(*known->entries) + 1;
}

/* The place of an address, whose low bits are those of its place in the soft
 * TLB: entries without a page hold there as they are. */
static size_t index_of(const struct vcpu *cpu, unsigned context,
                       uint64_t address)
{
    const uint32_t place =
        (uint32_t)(address >> (REGION_PAGE_SHIFT - VCPU_ENTRY_SHIFT)) ^
        cpu->tlbs[context].salt;

    return (place & cpu->compiled.known.mask) >> VCPU_ENTRY_SHIFT;
}

static void allocate(struct known *known, size_t count)
{
    known->entries = xcalloc(count, sizeof(*known->entries));
    known->mask = (uint32_t)((count - 1) * sizeof(*known->entries));
    known->crowded = 0;
}

void known_init(struct vcpu *cpu)
{
    if (!cpu->guest->physical) {
        allocate(known_of(cpu), KNOWN_LEAST);
    }
}

/* Contexts differ above the bits of a place in the soft TLB. */
void known_prepare_bank(struct vcpu *cpu, unsigned context)
{
    cpu->tlbs[context].salt = (context * 5 * VCPU_TLB_ENTRIES)
                              << VCPU_ENTRY_SHIFT;
    known_forget_bank(cpu, context);
}

void known_fini(struct vcpu *cpu)
{
    free(cpu->compiled.known.entries);
}

void known_forget_bank(struct vcpu *cpu, unsigned context)
{
    struct known *known = known_of(cpu);

    if (known->entries == NULL) {
        return;
    }
    if (known->stamp == UINT32_MAX) { /* which some entries may still have */
        memset(known->entries, 0, known->mask + sizeof(*known->entries));
        for (known->stamp = 0; known->stamp < VCPU_CONTEXTS; known->stamp++) {
            cpu->tlbs[known->stamp].stamp = known->stamp + 1;
        }
    }
    cpu->tlbs[context].stamp = ++known->stamp;
}

/* True if an entry is of a context's page. */
static bool is_of(const struct vcpu *cpu, const struct vcpu_tlb_entry *entry,
                  unsigned context, uint64_t page)
{
    return entry->stamp == cpu->tlbs[context].stamp &&
           (entry->tag[VCPU_READ] == page || entry->tag[VCPU_WRITE] == page);
}

static bool in_leaf(uint64_t tag, uint64_t address, unsigned shift,
                    unsigned block)
{
    shift = shift < block ? block : shift;
    return (tag & (REGION_PAGE_SIZE - 1)) == 0 &&
           (tag ^ address) << 8 >> (8 + shift) == 0;
}

void known_forget_page(struct vcpu *cpu, unsigned context, uint64_t address,
                       unsigned shift, unsigned block)
{
    struct known *known = known_of(cpu);

    if (known->entries == NULL) {
        return;
    }
    if (shift > VCPU_BLOCK_SHIFT) {
        known_forget_bank(cpu, context);
        return;
    }
    const size_t count = (size_t)1 << (shift - REGION_PAGE_SHIFT);
    struct vcpu_tlb_entry *entry =
        &known->entries[index_of(cpu, context, address) & ~(count - 1)];

    static_assert(1 << (VCPU_BLOCK_SHIFT - REGION_PAGE_SHIFT) <=
                      VCPU_TLB_ENTRIES,
                  "the pages of a block are neighbours");
    for (size_t i = 0; i < count; i++, entry++) {
        if (entry->stamp == cpu->tlbs[context].stamp &&
            (in_leaf(entry->tag[VCPU_READ], address, entry->shift, block) ||
             in_leaf(entry->tag[VCPU_WRITE], address, entry->shift, block))) {
            entry->stamp = 0;
        }
    }
}

void known_forget_writes(struct vcpu *cpu, unsigned where)
{
    struct known *known = known_of(cpu);

    if (known->entries == NULL) {
        return;
    }
    const size_t count = entry_count(known);
    const bool one = where != REGION_SOMEWHERE;
    const size_t first = one ? (where - 1) & (count - 1) : 0;

    for (size_t i = first; i < (one ? first + 1 : count); i++) {
        if (known->entries[i].stamp != 0) {
            known->entries[i].tag[VCPU_WRITE] = vcpu_no_page(i);
        }
    }
}

/* ---- Entering ------------------------------------------------------------ */

/* Takes a place from a page that still holds; in a table that is full of them,
 * a larger one follows, and is filled anew. */
static bool grow(struct vcpu *cpu, const struct vcpu_tlb_entry *victim)
{
    struct known *known = known_of(cpu);
    const size_t count = entry_count(known);

    if (victim->stamp == 0 || count == KNOWN_MOST ||
        victim->stamp != cpu->tlbs[victim->context].stamp ||
        ++known->crowded < count / 2) {
        return false;
    }
    free(known->entries);
    allocate(known, count * 2);
    return true;
}

unsigned known_enter(struct vcpu *cpu, unsigned context, uint64_t page,
                     const struct span *span, struct vcpu_leaf leaf,
                     enum vcpu_access access, bool open)
{
    struct known *known = known_of(cpu);

    if (known->entries == NULL) {
        return (unsigned)vcpu_tlb_index(page) + 1;
    }
    uint8_t *addend = (uint8_t *)((uintptr_t)span->host - (uintptr_t)page);
    const uint8_t aligned = leaf.aligned_only ? KNOWN_ALIGNED_ONLY : 0;
    size_t index = index_of(cpu, context, page);
    const struct vcpu_tlb_entry *old = &known->entries[index];

    if (!is_of(cpu, old, context, page) || old->addend != addend ||
        old->shift != leaf.shift ||
        (old->kinds & KNOWN_ALIGNED_ONLY) != aligned) {
        if (grow(cpu, old)) {
            index = index_of(cpu, context, page);
        }
        known->entries[index] = (struct vcpu_tlb_entry){
            .tag = {vcpu_no_page(index), vcpu_no_page(index)},
            .addend = addend,
            .shift = leaf.shift,
            .context = (uint8_t)context,
            .kinds = aligned,
            .region = vcpu_region_number(cpu, span->region),
            .stamp = cpu->tlbs[context].stamp,
        };
    }
    struct vcpu_tlb_entry *entry = &known->entries[index];
    entry->kinds |= (uint8_t)(1u << access);
    if (open) {
        entry->tag[access] = page;
    }
    return (unsigned)index + 1;
}

/* ---- Finding ------------------------------------------------------------- */

/* True if all of an access is in the page, and aligned where it has to be. */
static bool takes(const struct vcpu_tlb_entry *entry, uint64_t address,
                  unsigned size)
{
    return (address & (REGION_PAGE_SIZE - 1)) + size <= REGION_PAGE_SIZE &&
           ((entry->kinds & KNOWN_ALIGNED_ONLY) == 0 ||
            is_aligned(address, size));
}

uint8_t *known_find(struct vcpu *cpu, unsigned context, enum vcpu_access access,
                    uint64_t address, unsigned size)
{
    const struct known *known = known_of(cpu);

    if (known->entries == NULL) {
        return NULL;
    }
    const struct vcpu_tlb_entry *entry =
        &known->entries[index_of(cpu, context, address)];
    if (entry->stamp != cpu->tlbs[context].stamp ||
        entry->tag[access] != vcpu_page_of(address)) {
        return NULL;
    }
    cpu->tlbs[context].data[vcpu_tlb_index(address)] = *entry;
    return takes(entry, address, size) ? vcpu_host(entry, address) : NULL;
}

bool known_store(struct vcpu *cpu, const struct guest_access *access,
                 const void *bytes)
{
    const struct known *known = known_of(cpu);
    const unsigned context = access->context;
    const uint64_t page = vcpu_page_of(access->address);

    if (known->entries == NULL || cpu->gate != NULL) {
        return false;
    }
    const struct vcpu_tlb_entry *entry =
        &known->entries[index_of(cpu, context, page)];
    if (!is_of(cpu, entry, context, page) ||
        (entry->kinds >> VCPU_WRITE & 1) == 0 ||
        !takes(entry, access->address, access->size) ||
        !cpu->regions[entry->region]->writable) {
        return false;
    }
    struct region *region = cpu->regions[entry->region];
    uint8_t *host = vcpu_host(entry, access->address);
    const uint64_t offset = (uint64_t)(host - region_host(region));
    const struct span span = {
        .host = vcpu_host(entry, page),
        .region = region,
        .offset = offset & ~(uint64_t)(REGION_PAGE_SIZE - 1),
        .size_bytes = REGION_PAGE_SIZE,
    };
    const struct vcpu_leaf leaf = {
        .shift = entry->shift,
        .aligned_only = (entry->kinds & KNOWN_ALIGNED_ONLY) != 0,
    };

    const uint64_t changes = cpu->origins.changes;

    region_written(region, offset, access->size);
    vcpu_copy(host, bytes, access->size);
    if (cpu->origins.changes == changes) {
        vcpu_fill(cpu, context, page, &span, leaf, VCPU_WRITE);
    }
    return true;
}
