/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The soft TLB of a core: how entries come into it, and what ends them, which
 * is maintenance by the guest, changes of memory and of what is mapped.
 */
#include "engine/tlb.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "engine/gate_inside.h"
#include "engine/vcpu.h"
#include "host/memory.h"

/* Drops write permission at the slot recorded by region_note_writer, or
 * everywhere. */
static void forget_writes(struct vcpu_tlb *tlb, unsigned where)
{
    assert(where != REGION_NOWHERE);
    bool one = where != REGION_SOMEWHERE;
    size_t first = one ? (where - 1) & (VCPU_TLB_ENTRIES - 1) : 0;
    size_t end = one ? first + 1 : VCPU_TLB_ENTRIES;

    for (size_t i = first; i < end; i++) {
        tlb->data[i].tag[VCPU_WRITE] = vcpu_no_page(i);
    }
}

static void clear_fetches(struct vcpu *cpu, unsigned context)
{
    for (size_t i = 0; i < VCPU_FETCH_ENTRIES; i++) {
        cpu->fetch[context][i].tag = VCPU_NO_PAGE;
    }
    jumps_clear(cpu, context);
}

void vcpu_forget_fetches(struct vcpu *cpu)
{
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        if (cpu->tlbs[context].used) {
            clear_fetches(cpu, context);
        }
    }
}

static void clear_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    for (size_t i = 0; i < VCPU_TLB_ENTRIES; i++) {
        tlb->data[i].tag[VCPU_READ] = vcpu_no_page(i);
        tlb->data[i].tag[VCPU_WRITE] = vcpu_no_page(i);
    }
    clear_fetches(cpu, context);
}

void vcpu_match_code(struct vcpu *cpu)
{
    struct vcpu_tlb *fetches = &cpu->tlbs[cpu->fetch_context];

    if (cpu->tlbs[cpu->data_context].aligned_only && !fetches->code_checks &&
        cpu->code->compiler != NULL) {
        clear_fetches(cpu, cpu->fetch_context);
        fetches->code_checks = true;
    }
}

void vcpu_prepare_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    if (!tlb->ready) {
        memory_populate(tlb, sizeof(*tlb));
        memory_populate(cpu->fetch[context], sizeof(cpu->fetch[context]));
        memory_populate(&cpu->jumps[context], sizeof(cpu->jumps[context]));
        clear_bank(cpu, context);
        known_prepare_bank(cpu, context);
        tlb->ready = true;
    }
}

void vcpu_flush_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    cpu->flushes++;
    cpu->attention = true;
    vcpu_close_windows(cpu);
    if (!tlb->used) {
        return;
    }
    cpu->statistics.bank_flushes++;
    known_forget_bank(cpu, context);
    device_page_forget_bank(&cpu->devices, context);
    clear_bank(cpu, context);
    tlb->used = false;
    tlb->aligned_only = false;
    tlb->code_checks = false;
    memset(tlb->large_leaves, 0, sizeof(tlb->large_leaves));
    memset(tlb->huge_leaves, 0, sizeof(tlb->huge_leaves));
}

void vcpu_flush_tlb(struct vcpu *cpu)
{
    cpu->tables.size_bytes = 0;
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        vcpu_flush_bank(cpu, context);
    }
}

void vcpu_drop_page(struct vcpu *cpu, unsigned context, uint64_t page)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];
    debug_assert(is_aligned(page, REGION_PAGE_SIZE));
    size_t index = vcpu_tlb_index(page);
    struct vcpu_tlb_entry *entry = &tlb->data[index];
    struct vcpu_fetch_entry *fetch =
        &cpu->fetch[context]
                   [page >> REGION_PAGE_SHIFT & (VCPU_FETCH_ENTRIES - 1)];

    for (unsigned access = VCPU_READ; access <= VCPU_WRITE; access++) {
        if (entry->tag[access] == page) {
            entry->tag[access] = vcpu_no_page(index);
        }
    }
    if (fetch->tag == page) {
        fetch->tag = VCPU_NO_PAGE;
    }
    jumps_forget(cpu, context, page, REGION_PAGE_SHIFT);
    known_forget_page(cpu, context, page, REGION_PAGE_SHIFT, REGION_PAGE_SHIFT);
    device_page_forget(&cpu->devices, page, REGION_PAGE_SHIFT);
}

/* ---- Maintenance by address ---------------------------------------------- */

/* True if both lie in one leaf of 2^shift bytes, or in a block of 2^block, the
 * top bytes aside. */
static bool same_leaf(uint64_t tag, uint64_t address, unsigned shift,
                      unsigned block)
{
    bool page = (tag & (REGION_PAGE_SIZE - 1)) == 0;

    shift = shift < block ? block : shift;
    return page && (tag ^ address) << 8 >> (8 + shift) == 0;
}

/* The entries to drop: pages in the block around an address, and those of its
 * leaf, which is of 2^shift bytes at most. */
struct forgotten {
    uint64_t address;
    unsigned shift;
    unsigned block; /* log2 of its size */
};

/* The places of a table where pages of an address's leaf of 2^shift bytes may
 * be: the first, and how many. */
static size_t places(uint64_t address, unsigned shift, size_t entries,
                     size_t *first)
{
    debug_assert(shift >= REGION_PAGE_SHIFT);
    unsigned pages = shift - REGION_PAGE_SHIFT;
    size_t count =
        pages < 20 && entries >> pages != 0 ? (size_t)1 << pages : entries;

    *first = (address >> REGION_PAGE_SHIFT & (entries - 1)) & ~(count - 1);
    return count;
}

static void forget_data(struct vcpu_tlb *tlb, const struct forgotten *what)
{
    size_t first;
    size_t count = places(what->address, what->shift, VCPU_TLB_ENTRIES, &first);

    for (size_t i = first; i < first + count; i++) {
        struct vcpu_tlb_entry *entry = &tlb->data[i];

        for (unsigned access = VCPU_READ; access <= VCPU_WRITE; access++) {
            if (same_leaf(entry->tag[access], what->address, entry->shift,
                          what->block)) {
                entry->tag[access] = vcpu_no_page(i);
            }
        }
    }
}

static void forget_fetches(struct vcpu *cpu, unsigned context,
                           const struct forgotten *what)
{
    const uint8_t *shifts = cpu->tlbs[context].fetch_shift;
    size_t first;
    size_t count =
        places(what->address, what->shift, VCPU_FETCH_ENTRIES, &first);

    for (size_t i = first; i < first + count; i++) {
        struct vcpu_fetch_entry *entry = &cpu->fetch[context][i];

        if (same_leaf(entry->tag, what->address, shifts[i], what->block)) {
            entry->tag = VCPU_NO_PAGE;
        }
    }
}

static void forget(struct vcpu *cpu, unsigned context,
                   const struct forgotten *what)
{
    forget_data(&cpu->tlbs[context], what);
    forget_fetches(cpu, context, what);
    jumps_forget(cpu, context, what->address, what->shift);
    known_forget_page(cpu, context, what->address, what->shift, what->block);
}

void vcpu_flush_block(struct vcpu *cpu, uint32_t contexts, uint64_t address,
                      unsigned shift)
{
    const struct forgotten what = {address, shift, shift};

    contexts &= UINT32_MAX >> (32 - cpu->guest->contexts);
    for (; contexts != 0; contexts &= contexts - 1) {
        const unsigned context = (unsigned)__builtin_ctz(contexts);

        if (shift > VCPU_BLOCK_SHIFT) {
            vcpu_flush_bank(cpu, context);
        } else if (cpu->tlbs[context].used) {
            forget(cpu, context, &what);
        }
    }
    device_page_forget(&cpu->devices, address, shift);
    /* No known walk ends at a page. */
    cpu->flushes += shift > REGION_PAGE_SHIFT;
    cpu->attention = true;
}

void vcpu_flush_page(struct vcpu *cpu, uint64_t address)
{
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        if (cpu->tlbs[context].used) {
            const struct forgotten what = {
                address, vcpu_largest_leaf(&cpu->tlbs[context], address),
                REGION_PAGE_SHIFT};

            forget(cpu, context, &what);
        }
    }
    device_page_forget(&cpu->devices, address, REGION_PAGE_SHIFT);
    cpu->flushes++;
    cpu->statistics.page_flushes++;
    cpu->attention = true;
}

static void region_protect(void *context, struct region *region, unsigned where)
{
    struct vcpu *cpu = context;

    gate_stop(cpu);
    vcpu_close_write_windows(cpu);
    if (where == REGION_NOWHERE) {
        return;
    }
    known_forget_writes(cpu, where);
    for (unsigned i = 0; i < cpu->guest->contexts; i++) {
        if (cpu->tlbs[i].used) {
            forget_writes(&cpu->tlbs[i], where);
        }
    }
}

static void region_code_changed(void *context, struct region *region,
                                size_t page, uint64_t granules)
{
    gate_stop(context);
    code_drop(context, region, page, granules);
}

static void region_hidden(void *context, struct region *region)
{
    gate_stop(context);
    vcpu_flush_tlb(context);
}

uint8_t vcpu_region_number(const struct vcpu *cpu, const struct region *region)
{
    uint8_t i = 0;

    while (i < cpu->region_count && cpu->regions[i] != region) {
        i++;
    }
    return i;
}

bool vcpu_watch_region(struct vcpu *cpu, struct region *region)
{
    if (vcpu_region_number(cpu, region) < cpu->region_count) {
        return true;
    }
    if (cpu->region_count == VCPU_REGIONS) {
        return false;
    }
    struct region_listener *listener =
        &cpu->region_listeners[cpu->region_count];
    listener->protect = region_protect;
    listener->code_changed = region_code_changed;
    listener->table_changed = origins_changed;
    listener->hidden = region_hidden;
    listener->context = cpu;
    region_listen(region, listener);
    cpu->regions[cpu->region_count++] = region;
    return true;
}

static bool page_watched(const struct vcpu *cpu, uint64_t page)
{
    for (size_t i = 0; i < cpu->core.watchpoint_count; i++) {
        const struct watchpoint *w = &cpu->core.watchpoints[i];

        if (w->address.value < page + REGION_PAGE_SIZE &&
            w->address.value + w->size_bytes > page) {
            return true;
        }
    }
    return false;
}

void vcpu_fill(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct span *span, struct vcpu_leaf leaf,
               enum vcpu_access access)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];
    debug_assert(context < cpu->guest->contexts && access <= VCPU_WRITE);
    debug_assert(is_aligned(page, REGION_PAGE_SIZE) && tlb->ready);
    debug_assert(span->size_bytes >= REGION_PAGE_SIZE);
    debug_assert(leaf.shift >= REGION_PAGE_SHIFT);
    uint8_t flags = span->region->page_flags[span->offset >> REGION_PAGE_SHIFT];
    const bool open = access != VCPU_WRITE || flags == REGION_PAGE_DIRTY;

    if (page_watched(cpu, page)) {
        return;
    }
    const unsigned where =
        known_enter(cpu, context, page, span, leaf, access, open);
    if (!open) {
        return;
    }
    tlb->used = true;
    vcpu_note_leaf(tlb, page, leaf.shift);
    if (leaf.aligned_only && !tlb->aligned_only) {
        tlb->aligned_only = true;
        cpu->attention = true; /* see vcpu_match_code */
    }
    cpu->statistics.fills[access]++;
    size_t index = vcpu_tlb_index(page);
    struct vcpu_tlb_entry *entry = &tlb->data[index];
    uint8_t *addend = (uint8_t *)((uintptr_t)span->host - (uintptr_t)page);
    if (entry->addend != addend || entry->shift != leaf.shift ||
        entry->tag[access ^ 1] != page) {
        entry->tag[access ^ 1] = vcpu_no_page(index);
    }
    entry->tag[access] = page;
    entry->addend = addend;
    entry->shift = leaf.shift;
    if (access == VCPU_WRITE) {
        region_note_writer(span->region,
                           (size_t)(span->offset >> REGION_PAGE_SHIFT), where);
    }
}
