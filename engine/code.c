/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of decoded pages. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "engine/compiler/compiler.h"
#include "engine/memory.h"
#include "host/memory.h"

/* Room for a block. */
enum { BLOCK_OPS = IR_BLOCK_INSTRUCTIONS * 3 + IR_LAST_OPS };

static_assert(CODE_PAGE_SLOTS * 2 == (int)REGION_PAGE_SIZE,
              "a slot for each halfword");
static_assert(CODE_PAGE_OPS < 1 << 16, "maps have indices of 16 bits");
static_assert((int)BLOCK_OPS < (int)CODE_PAGE_OPS,
              "an empty page has room for a block");

static void begin(struct code_page *page)
{
    page->generation++;
    page->ops[0] = (struct ir_op){.opcode = IR_miss};
    page->count = 1;
}

static void clear(struct code_page *page)
{
    memset(page->slots, 0, sizeof(page->slots) >> page->slot_shift);
    page->compiled = false;
    begin(page);
}

/* ---- The cache ----------------------------------------------------------- */

static struct code_page **bucket_of(struct code_cache *code,
                                    const struct region *region, size_t index)
{
    uint64_t key = (uintptr_t)region / sizeof(*region) + index;

    return &code->buckets[key % CODE_BUCKETS];
}

/* ---- Entries of fetch TLBs that name a page ------------------------------ */

/*
 * They may be at several places, as the page may be seen at several addresses.
 */

enum { PLACE_ENTRIES = VCPU_FETCH_ENTRIES / 64 };

static_assert(VCPU_FETCH_ENTRIES % 64 == 0, "a bit for each place");

static void note_fetch(struct code_page *page, size_t index)
{
    page->places |= (uint64_t)1 << index / PLACE_ENTRIES;
}

static void forget_jumps(struct code_cache *code, uint64_t places)
{
    for (struct vcpu *user = code->users; user != NULL;
         user = user->next_user) {
        for (unsigned context = 0; context < user->guest->contexts; context++) {
            if (user->tlbs[context].used) {
                jumps_forget_places(user, context, places);
            }
        }
    }
}

void code_forget_jumps(struct code_cache *code)
{
    forget_jumps(code, UINT64_MAX);
}

static void forget_place(struct vcpu *cpu, const struct code_page *page,
                         size_t first)
{
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        if (!cpu->tlbs[context].used) {
            continue;
        }
        for (size_t i = first; i < first + PLACE_ENTRIES; i++) {
            if (cpu->fetch[context][i].page == page) {
                cpu->fetch[context][i].tag = VCPU_NO_PAGE;
            }
        }
    }
}

static void forget_everywhere(struct code_cache *code, struct code_page *page)
{
    for (struct vcpu *user = code->users; user != NULL;
         user = user->next_user) {
        for (uint64_t left = page->places; left != 0; left &= left - 1) {
            forget_place(user, page,
                         (size_t)__builtin_ctzll(left) * PLACE_ENTRIES);
        }
        user->attention = true;
    }
    forget_jumps(code, page->places);
    page->places = 0;
}

/* ---- Pages --------------------------------------------------------------- */

static void forget(struct code_cache *code, struct code_page *page)
{
    struct code_page **link = bucket_of(code, page->region, page->index);

    while (*link != page) {
        assert(*link != NULL); /* a used page is in its bucket */
        link = &(*link)->next;
    }
    *link = page->next;
    page->region = NULL;
    forget_everywhere(code, page);
}

static void drop_block(struct code_cache *code, struct code_page *page,
                       unsigned slot)
{
    code_slot(page, slot)->map = 0;
    if (code->compiler != NULL) {
        compiler_drop(code->compiler, page, slot);
    }
    code->statistics.dropped++;
}

/* Drops blocks with an instruction in one of the granules: they may begin
 * before it. True if there were some. */
static bool drop_blocks(struct code_cache *code, struct code_page *page,
                        uint64_t granules)
{
    const unsigned step = 1u << page->slot_shift;
    enum { SLOTS = REGION_GRANULE_SIZE / 2, MOST = IR_BLOCK_INSTRUCTIONS * 2 };
    unsigned first = (unsigned)__builtin_ctzll(granules) * SLOTS;
    unsigned last = (unsigned)(63 - __builtin_clzll(granules)) * SLOTS;
    bool any = false;

    for (unsigned slot = first > MOST ? first - MOST : 0; slot < last + SLOTS;
         slot += step) {
        uint32_t entry = code_slot(page, slot)->map;

        if ((entry & 0xffff) != 0 && slot + (entry >> 16) * 2 > first) {
            drop_block(code, page, slot);
            any = true;
        }
    }
    return any;
}

static void drop_granules(struct code_cache *code, struct code_page *page,
                          uint64_t granules)
{
    if (granules == REGION_ALL_GRANULES) {
        forget(code, page);
        code->statistics.written++;
    } else if (drop_blocks(code, page, granules)) {
        for (struct vcpu *user = code->users; user != NULL;
             user = user->next_user) {
            user->attention = true;
        }
    }
}

static void drop(struct code_cache *code, const struct region *region,
                 size_t index, uint64_t granules)
{
    struct code_page *page = *bucket_of(code, region, index);

    while (page != NULL) {
        struct code_page *next = page->next;

        if (page->region == region && page->index == index) {
            drop_granules(code, page, granules);
        }
        page = next;
    }
}

void code_drop(struct vcpu *cpu, const struct region *region, size_t index,
               uint64_t granules)
{
    drop(cpu->code, region, index, granules);
    if (cpu->code_aside != NULL) {
        drop(cpu->code_aside, region, index, granules);
    }
}

static void drop_all(struct code_cache *code)
{
    for (size_t i = 0; i < code->used; i++) {
        if (code->pages[i].region != NULL) {
            forget(code, &code->pages[i]);
        }
    }
}

void code_drop_all(struct vcpu *cpu)
{
    drop_all(cpu->code);
    if (cpu->code_aside != NULL) {
        drop_all(cpu->code_aside);
    }
}

/* Its slots will be read before they are written, which would take two faults
 * for each of the host's pages. */
static void begin_new(struct code_cache *code, struct code_page *page,
                      unsigned slot_shift)
{
    const uint64_t began = code_began(code);

    page->slot_shift = (uint8_t)slot_shift;
    memory_populate(page->slots, sizeof(page->slots) >> slot_shift);
    begin(page);
    code_took(code, began, &code->decode_ns);
}

/* A page never used yet, or the next in turn that was not looked up again since
 * it was forgotten everywhere, half of all pages ago. */
static struct code_page *find_room(struct vcpu *cpu)
{
    struct code_cache *code = cpu->code;
    const unsigned count = cpu->guest->code_pages;

    for (;;) {
        unsigned ahead = (code->next + count / 2) % count;
        unsigned index = code->next;
        struct code_page *page = &code->pages[index];

        if (ahead < code->used) {
            code->pages[ahead].met = false;
            if (code->pages[ahead].region != NULL) {
                forget_everywhere(code, &code->pages[ahead]);
            }
        }
        code->next = (code->next + 1) % count;
        if (index == code->used) {
            code->used++;
            begin_new(code, page, guest_slot_shift(cpu->guest));
            return page;
        }
        if (page->region == NULL || !page->met) {
            if (page->region != NULL) {
                code->statistics.evicted++;
                forget(code, page);
            }
            clear(page);
            return page;
        }
    }
}

static struct code_page *lookup(struct vcpu *cpu, const struct span *span,
                                uint64_t base)
{
    const bool checks = cpu->tlbs[cpu->fetch_context].code_checks;
    size_t index = (size_t)(span->offset >> REGION_PAGE_SHIFT);
    struct code_cache *code = cpu->code;
    const bool anywhere = cpu->guest->position_independent;
    struct code_page **bucket = bucket_of(code, span->region, index);
    struct code_page *page = *bucket;

    for (; page != NULL; page = page->next) {
        if (page->region == span->region && page->index == index &&
            page->checks_alignment == checks &&
            (page->base == base || anywhere)) {
            page->met = true;
            return page;
        }
    }
    code->statistics.pages++;
    page = find_room(cpu);
    page->region = span->region;
    page->bytes = region_host(span->region) + (index << REGION_PAGE_SHIFT);
    page->index = index;
    page->base = base;
    page->checks_alignment = checks;
    page->met = false;
    page->next = *bucket;
    *bucket = page;
    return page;
}

struct code_page *code_find(struct vcpu *cpu, uint64_t pc)
{
    uint64_t base = vcpu_page_of(pc);
    struct vcpu_fetch_entry *entry =
        &cpu->fetch[cpu->fetch_context]
                   [pc >> REGION_PAGE_SHIFT & (VCPU_FETCH_ENTRIES - 1)];
    struct vcpu_tlb *tlb = &cpu->tlbs[cpu->fetch_context];
    struct guest_place place;
    struct span span;

    if ((pc & cpu->granule_mask) != 0) { /* for the fetch to refuse */
        return NULL;
    }
    if (entry->tag == base) {
        entry->page->base = base;
        return entry->page;
    }
    if (!cpu->guest->translate_code(cpu, base, &place) ||
        !vcpu_page(cpu, cpu->fetch_context, base, &place, WINDOW_X, &span)) {
        return NULL;
    }
    entry->page = lookup(cpu, &span, base);
    entry->page->base = base;
    entry->tag = base;
    note_fetch(entry->page, (size_t)(entry - cpu->fetch[cpu->fetch_context]));
    tlb->fetch_shift[base >> REGION_PAGE_SHIFT & (VCPU_FETCH_ENTRIES - 1)] =
        place.leaf.shift;
    vcpu_note_leaf(tlb, base, place.leaf.shift);
    tlb->used = true;
    cpu->statistics.fills[VCPU_FETCH]++;
    if (cpu->core.watch != NULL) {
        cpu->core.watch->fetched(cpu->core.watch->context, &cpu->core,
                                 span.region, span.offset + (pc - base), pc);
    }
    return entry->page;
}

/* True if a core that runs this code has a breakpoint anywhere. */
static bool somebody_stops(const struct code_cache *code)
{
    const struct vcpu *cpu = code->users;

    while (cpu != NULL && cpu->core.breakpoint_count == 0 &&
           !cpu->has_breakpoints) {
        cpu = cpu->next_user;
    }
    return cpu != NULL;
}

/* True if a core that runs this code has a breakpoint at pc, or, for
 * position-independent code, at that offset of a page. */
static bool somebody_stops_at(const struct code_cache *code, uint64_t pc)
{
    for (const struct vcpu *cpu = code->users; cpu != NULL;
         cpu = cpu->next_user) {
        uint64_t told = cpu->guest->position_independent ? REGION_PAGE_SIZE - 1
                                                         : UINT64_MAX;

        for (size_t i = 0; i < cpu->core.breakpoint_count; i++) {
            if (((cpu->core.breakpoints[i].value ^ pc) & told) == 0) {
                return true;
            }
        }
        if (cpu->has_breakpoints && cpu->guest->breakpoint(cpu, pc)) {
            return true;
        }
    }
    return false;
}

/* Ends a block behind its instructions. */
static void end_block(struct ir_block *block, enum ir_opcode opcode,
                      int64_t imm)
{
    block->length = 0;
    ir_emit(block, opcode, 0, 0, 0, imm);
}

static void end_page(const struct vcpu *cpu, struct ir_block *block,
                     uint64_t pc)
{
    if (cpu->guest->position_independent) {
        end_block(block, IR_jump64, block->offset);
    } else {
        end_block(block, IR_jump,
                  (int64_t)(pc & guest_address_mask(cpu->guest)));
    }
}

/* Lifts what comes next of a page; false when the block ends there. */
static bool lift_next(struct vcpu *cpu, struct ir_block *block,
                      const struct code_page *page, bool stops)
{
    uint64_t pc = page->base + block->offset;

    if (block->offset >= REGION_PAGE_SIZE) {
        end_page(cpu, block, pc);
        return false;
    }
    if (block->instructions == IR_BLOCK_INSTRUCTIONS ||
        block->count > block->capacity - IR_LAST_OPS) {
        end_block(block, IR_leave, 0);
        return false;
    }
    if (stops) {
        block->most = block->instructions + 1;
    }
    if ((stops && somebody_stops_at(cpu->code, pc)) ||
        !cpu->guest->lift(cpu, block, pc, page->bytes + block->offset,
                          REGION_PAGE_SIZE - block->offset)) {
        end_block(block, IR_step, 0);
        return false;
    }
    return !block->ended;
}

/* Turns numbers of instructions into `rest`, and maps: a block may be entered
 * at each of its instructions that is not part of the operation before; that
 * spares jumps into it, and runs that a budget cut, a block of their own.
 * Instructions without operations, and halves of fused ones, lie between, and
 * those that are one with the instruction before. Which these are, branches
 * would guess wrongly. */
static void finish(struct code_page *page, struct ir_block *block)
{
    enum { IN_PAGE = REGION_PAGE_SIZE - 1 };
    const unsigned instructions = block->instructions;
    const unsigned last_entry = block->last_entry;
    const unsigned shift = page->slot_shift + 1u;
    uint32_t index = (uint32_t)(block->ops - page->ops);
    unsigned left = 0; /* from the operation at hand on, but the first */
    unsigned next = 0;
    bool apart = true;

    for (size_t i = 0; i < block->count; i++) {
        struct ir_op *op = &block->ops[i];
        const unsigned offset = op->offset;
        uint32_t *map = &page->slots[(offset & IN_PAGE) >> shift].map;
        const bool enters = (offset == next) & (left != 0) &
                            (offset <= last_entry) & (*map == 0) & apart;

        *map |= (index++ | left << 16) & -(uint32_t)enters;
        left = instructions - op->rest;
        op->rest = (uint8_t)left;
        next = offset + op->length;
        apart = (op->opcode != IR_meet) | (op->imm == 0);
    }
}

/* Marks the code decoded from slot to `end`; none at a breakpoint. */
static void mark(const struct code_page *page, unsigned slot, unsigned end)
{
    enum { LAST = REGION_PAGE_SIZE / REGION_GRANULE_SIZE - 1 };

    if (end > slot * 2) {
        region_mark_code(page->region, page->index,
                         REGION_ALL_GRANULES << slot * 2 / REGION_GRANULE_SIZE &
                             REGION_ALL_GRANULES >>
                                 (LAST - (end - 1) / REGION_GRANULE_SIZE));
    }
}

void code_translate(struct vcpu *cpu, struct code_page *page, unsigned slot)
{
    struct ir_block block;
    const bool stops = somebody_stops(cpu->code);
    const uint64_t began = code_began(cpu->code);

    debug_assert(slot < CODE_PAGE_SLOTS && page->region != NULL);
    debug_assert(page->count != 0 && page->count <= CODE_PAGE_OPS);
    if (CODE_PAGE_OPS - page->count < BLOCK_OPS) {
        clear(page);
        forget_jumps(cpu->code, page->places);
    }
    if (cpu->gate != NULL) { /* no core may write the page being decoded */
        region_mark_code(page->region, page->index, 0);
    }
    ir_block_init(&block, page->ops + page->count, BLOCK_OPS);
    block.offset = (uint16_t)(slot * 2);
    while (lift_next(cpu, &block, page, stops)) {
    }
    mark(page, slot, block.offset);
    finish(page, &block);
    code_slot(page, slot)->map = page->count | (uint32_t)block.instructions
                                                   << 16;
    debug_assert(block.count != 0 && block.count <= BLOCK_OPS);
    page->count += (uint32_t)block.count;
    cpu->code->decoded += block.instructions;
    code_took(cpu->code, began, &cpu->code->decode_ns);
}

/* Lifts the instruction at pc, fetched granule by granule because the next one
 * may be of another page; false: a trap was taken. */
static bool lift_step(struct vcpu *cpu, struct ir_block *block, uint64_t pc)
{
    const struct guest_traits *guest = cpu->guest;
    uint8_t bytes[GUEST_LONGEST] = {0};
    unsigned size = 0;

    block->most = 1;
    do {
        assert(size < guest->longest);
        if (!vcpu_fetch(cpu, (pc + size) & guest_address_mask(guest),
                        bytes + size)) {
            return false;
        }
        size += guest->granule;
    } while (!guest->lift(cpu, block, pc, bytes, size));
    return true;
}

struct code_page *code_step(struct vcpu *cpu, uint64_t pc)
{
    struct code_page *page = cpu->code->scratch;
    struct ir_block block;

    page->base = vcpu_page_of(pc);
    ir_block_init(&block, page->ops + 1, BLOCK_OPS);
    block.offset = (uint16_t)(pc - page->base);
    if (!lift_step(cpu, &block, pc)) {
        return NULL;
    }
    if (!block.ended) {
        end_block(&block, IR_leave, 0);
    }
    finish(page, &block);
    return page;
}
