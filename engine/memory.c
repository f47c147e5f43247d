/* SPDX-License-Identifier: Apache-2.0 */
/* The slow half of data accesses and fetches: rights, devices, misalignment,
 * watchpoints; and the filling of the soft TLB. */
#include <string.h>

#include "base/bits.h"
#include "engine/gate.h"
#include "engine/vcpu.h"
#include "host/memory.h"

/* Of guests that do not translate. */
static const struct vcpu_leaf page_leaf = {.shift = REGION_PAGE_SHIFT};

static uint64_t page_of(uint64_t address)
{
    return address & ~(uint64_t)(REGION_PAGE_SIZE - 1);
}

/* Of a bank: by what region_note_writer was told. */
static void forget_writes(struct vcpu_tlb *tlb, unsigned where)
{
    assert(where == REGION_SOMEWHERE || where <= VCPU_TLB_ENTRIES);
    bool one = where != REGION_SOMEWHERE;
    size_t first = one ? where - 1 : 0;
    size_t end = one ? where : VCPU_TLB_ENTRIES;

    for (size_t i = first; i < end; i++) {
        tlb->data[i].tag[VCPU_WRITE] = vcpu_no_page(i);
    }
}

static void clear_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    for (size_t i = 0; i < VCPU_TLB_ENTRIES; i++) {
        tlb->data[i].tag[VCPU_READ] = vcpu_no_page(i);
        tlb->data[i].tag[VCPU_WRITE] = vcpu_no_page(i);
    }
    for (size_t i = 0; i < VCPU_FETCH_ENTRIES; i++) {
        cpu->fetch[context][i].tag = VCPU_NO_PAGE;
    }
}

void vcpu_prepare_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    if (!tlb->ready) {
        memory_populate(tlb, sizeof(*tlb));
        memory_populate(cpu->fetch[context], sizeof(cpu->fetch[context]));
        clear_bank(cpu, context);
        tlb->ready = true;
    }
}

void vcpu_flush_bank(struct vcpu *cpu, unsigned context)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];

    cpu->attention = true;
    vcpu_close_windows(cpu);
    if (!tlb->used) {
        return;
    }
    cpu->statistics.bank_flushes++;
    clear_bank(cpu, context);
    tlb->used = false;
    tlb->aligned_only = false;
    memset(tlb->large_leaves, 0, sizeof(tlb->large_leaves));
    memset(tlb->huge_leaves, 0, sizeof(tlb->huge_leaves));
}

void vcpu_flush_tlb(struct vcpu *cpu)
{
    for (unsigned i = 0; i < VCPU_DEVICE_PAGES; i++) {
        cpu->devices[VCPU_READ][i].page = VCPU_NO_PAGE;
        cpu->devices[VCPU_WRITE][i].page = VCPU_NO_PAGE;
    }
    cpu->tables.size_bytes = 0;
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        vcpu_flush_bank(cpu, context);
    }
}

void vcpu_drop_page(struct vcpu *cpu, unsigned context, uint64_t page)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];
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
}

/* ---- Maintenance by address ---------------------------------------------- */

/* Whether both lie in one leaf, the top bytes aside. */
static bool same_leaf(uint64_t tag, uint64_t address, unsigned shift)
{
    bool page = (tag & (REGION_PAGE_SIZE - 1)) == 0;

    return page && (tag ^ address) << 8 >> (8 + shift) == 0;
}

/* The places of a table where pages of an address's leaf of 2^shift bytes may
 * be: the first, and how many. */
static size_t places(uint64_t address, unsigned shift, size_t entries,
                     size_t *first)
{
    unsigned pages = shift - REGION_PAGE_SHIFT;
    size_t count =
        pages < 20 && entries >> pages != 0 ? (size_t)1 << pages : entries;

    *first = (address >> REGION_PAGE_SHIFT & (entries - 1)) & ~(count - 1);
    return count;
}

static void forget_data(struct vcpu_tlb *tlb, uint64_t address, unsigned shift)
{
    size_t first;
    size_t count = places(address, shift, VCPU_TLB_ENTRIES, &first);

    for (size_t i = first; i < first + count; i++) {
        struct vcpu_tlb_entry *entry = &tlb->data[i];

        for (unsigned access = VCPU_READ; access <= VCPU_WRITE; access++) {
            if (same_leaf(entry->tag[access], address, entry->shift)) {
                entry->tag[access] = vcpu_no_page(i);
            }
        }
    }
}

static void forget_fetches(struct vcpu *cpu, unsigned context, uint64_t address,
                           unsigned shift)
{
    const uint8_t *shifts = cpu->tlbs[context].fetch_shift;
    size_t first;
    size_t count = places(address, shift, VCPU_FETCH_ENTRIES, &first);

    for (size_t i = first; i < first + count; i++) {
        struct vcpu_fetch_entry *entry = &cpu->fetch[context][i];

        if (same_leaf(entry->tag, address, shifts[i])) {
            entry->tag = VCPU_NO_PAGE;
        }
    }
}

void vcpu_flush_page(struct vcpu *cpu, uint64_t address)
{
    for (unsigned context = 0; context < cpu->guest->contexts; context++) {
        struct vcpu_tlb *tlb = &cpu->tlbs[context];

        if (tlb->used) {
            unsigned shift = vcpu_largest_leaf(tlb, address);

            forget_data(tlb, address, shift);
            forget_fetches(cpu, context, address, shift);
        }
    }
    cpu->statistics.page_flushes++;
    cpu->attention = true;
}

static void region_protect(void *context, struct region *region, unsigned where)
{
    struct vcpu *cpu = context;

    (void)region;
    gate_stop(cpu);
    vcpu_close_write_windows(cpu);
    if (where == REGION_NOWHERE) {
        return;
    }
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
    (void)region;
    gate_stop(context);
    vcpu_flush_tlb(context);
}

bool vcpu_watch_region(struct vcpu *cpu, struct region *region)
{
    for (size_t i = 0; i < cpu->region_count; i++) {
        if (cpu->regions[i] == region) {
            return true;
        }
    }
    if (cpu->region_count == VCPU_REGIONS) {
        return false;
    }
    struct region_listener *listener =
        &cpu->region_listeners[cpu->region_count];
    listener->protect = region_protect;
    listener->code_changed = region_code_changed;
    listener->hidden = region_hidden;
    listener->context = cpu;
    region_listen(region, listener);
    cpu->regions[cpu->region_count++] = region;
    return true;
}

uint8_t *vcpu_page(struct vcpu *cpu, unsigned context, uint64_t page,
                   unsigned right, struct span *span)
{
    if ((cpu->guest->page_rights(cpu, context, page) & right) == 0 ||
        space_span(cpu->core.config.space, gpa(page), span) != 0 ||
        span->size_bytes < REGION_PAGE_SIZE || (span->rights & right) == 0 ||
        !is_aligned(span->offset, REGION_PAGE_SIZE) ||
        !vcpu_watch_region(cpu, span->region)) {
        return NULL;
    }
    return span->host;
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

void vcpu_check_watchpoints(struct vcpu *cpu, uint64_t address, unsigned size,
                            enum watch_kind kind)
{
    for (size_t i = 0; i < cpu->core.watchpoint_count; i++) {
        const struct watchpoint *w = &cpu->core.watchpoints[i];

        if ((w->kind & kind) != 0 && w->address.value < address + size &&
            w->address.value + w->size_bytes > address) {
            cpu->core.stop_address = gva(address);
            cpu->stop = CORE_STOP_WATCHPOINT;
            cpu->stopping = true;
            cpu->attention = true;
        }
    }
}

void vcpu_fill(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct span *span, struct vcpu_leaf leaf,
               enum vcpu_access access)
{
    struct vcpu_tlb *tlb = &cpu->tlbs[context];
    uint8_t flags = span->region->page_flags[span->offset >> REGION_PAGE_SHIFT];

    if ((access == VCPU_WRITE &&
         (flags & (REGION_PAGE_DIRTY | REGION_PAGE_CODE)) !=
             REGION_PAGE_DIRTY) ||
        (leaf.aligned_only && cpu->code->compiler != NULL) ||
        page_watched(cpu, page)) {
        return;
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
                           (size_t)(span->offset >> REGION_PAGE_SHIFT),
                           (unsigned)index + 1);
    }
    tlb->used = true;
    tlb->aligned_only |= leaf.aligned_only;
    vcpu_note_leaf(tlb, page, leaf.shift);
}

/* Memory of any alignment, byte by byte: VeeR EL2 and QEMU split accesses too.
 * A device never sees a misaligned access. */
static bool is_memory(struct vcpu *cpu, uint64_t address, unsigned right)
{
    const struct window *window =
        space_find(cpu->core.config.space, gpa(address));

    return window != NULL && window->region != NULL &&
           (window->rights & right) != 0 &&
           (right != WINDOW_W ||
            (window->region->writable && !window->region->whole_words));
}

static bool bus_read(struct vcpu *cpu, uint64_t address, unsigned size,
                     uint32_t *value)
{
    struct space *space = cpu->core.config.space;
    uint64_t word = 0;

    *value = 0;
    if (is_aligned(address, size)) {
        int status = space_read(space, NULL, gpa(address), size, &word);

        *value = (uint32_t)word;
        return status == 0;
    }
    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = (address + i) & cpu->guest->address_mask;

        if (!is_memory(cpu, byte, WINDOW_R) ||
            space_read(space, NULL, gpa(byte), 1, &word) != 0) {
            return false;
        }
        *value |= (uint32_t)word << i * 8;
    }
    return true;
}

static bool bus_write(struct vcpu *cpu, uint64_t address, unsigned size,
                      uint32_t value)
{
    struct space *space = cpu->core.config.space;

    if (is_aligned(address, size)) {
        return space_write(space, NULL, gpa(address), size, value) == 0;
    }
    for (unsigned i = 0; i < size; i++) {
        if (!is_memory(cpu, (address + i) & cpu->guest->address_mask,
                       WINDOW_W)) {
            return false;
        }
    }
    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = (address + i) & cpu->guest->address_mask;

        space_write(space, NULL, gpa(byte), 1, value >> i * 8 & 0xff);
    }
    return true;
}

/* Most of what gets here is an access to a device, which needs no more of its
 * page. */
static bool within_memory(struct vcpu *cpu, uint64_t address, unsigned size)
{
    const struct window *window =
        space_find(cpu->core.config.space, gpa(address));

    return window != NULL && window->region != NULL &&
           page_of(address + size - 1) == page_of(address);
}

/* Protection and alignment; false: a trap was taken. */
static bool allowed(struct vcpu *cpu, uint64_t address, unsigned size,
                    enum vcpu_access access)
{
    if (!is_aligned(address, size) &&
        cpu->guest->misaligned(cpu, address, size, access)) {
        return false;
    }
    return cpu->guest->permits(cpu, cpu->data_context, address, size, access) ||
           !cpu->guest->fault(cpu, address, size, access, VCPU_PROTECTED);
}

/* ---- Devices ------------------------------------------------------------
 *
 * Firmware that feeds engines word by word does little else: the way there is
 * remembered.
 */

static struct vcpu_device_page *device_place(struct vcpu *cpu, uint64_t address,
                                             enum vcpu_access access)
{
    return &cpu->devices[access][address >> REGION_PAGE_SHIFT &
                                 (VCPU_DEVICE_PAGES - 1)];
}

static const struct window *known_device(struct vcpu *cpu, uint64_t address,
                                         unsigned size, enum vcpu_access access)
{
    const struct vcpu_device_page *place = device_place(cpu, address, access);

    return place->page == page_of(address) &&
                   place->context == cpu->data_context &&
                   is_aligned(address, size)
               ? place->window
               : NULL;
}

static uint64_t offset_in(const struct window *window, uint64_t address)
{
    return window->offset + (address - window->base.value);
}

/* After an access there. */
static void note_device(struct vcpu *cpu, uint64_t address,
                        enum vcpu_access access)
{
    static const unsigned rights[] = {WINDOW_R, WINDOW_W};
    uint64_t page = page_of(address);
    const struct window *window =
        space_find_device(cpu->core.config.space, gpa(page), REGION_PAGE_SIZE);

    if (window != NULL && (window->rights & rights[access]) != 0 &&
        cpu->core.watchpoint_count == 0 &&
        cpu->guest->permits(cpu, cpu->data_context, page, REGION_PAGE_SIZE,
                            access)) {
        *device_place(cpu, address, access) =
            (struct vcpu_device_page){page, cpu->data_context, window};
    }
}

static bool load_from(struct vcpu *cpu, const struct window *window,
                      uint64_t address, unsigned size, uint32_t *value)
{
    uint64_t word;
    int status = device_read(window->device, window->bank,
                             &cpu->core.config.space->attributes,
                             offset_in(window, address), size, &word);

    *value = (uint32_t)word;
    return status == 0 ||
           !cpu->guest->fault(cpu, address, size, VCPU_READ, VCPU_BUS_ERROR);
}

static bool store_to(struct vcpu *cpu, const struct window *window,
                     uint64_t address, unsigned size, uint32_t value)
{
    int status = device_write(window->device, window->bank,
                              &cpu->core.config.space->attributes,
                              offset_in(window, address), size, value);

    return status == 0 ||
           !cpu->guest->fault(cpu, address, size, VCPU_WRITE, VCPU_BUS_ERROR);
}

bool vcpu_load(struct vcpu *cpu, uint64_t address, unsigned size,
               uint32_t *value)
{
    const struct window *device = known_device(cpu, address, size, VCPU_READ);

    unsigned context = cpu->data_context;
    uint64_t page = page_of(address);
    struct span span;

    if (device != NULL) {
        return load_from(cpu, device, address, size, value);
    }
    if (!allowed(cpu, address, size, VCPU_READ)) {
        return false;
    }
    if (within_memory(cpu, address, size) &&
        vcpu_page(cpu, context, page, WINDOW_R, &span) != NULL) {
        *value = 0;
        memcpy(value, span.host + (address - page), size);
        vcpu_fill(cpu, context, page, &span, page_leaf, VCPU_READ);
        vcpu_widen_windows(cpu, page, &span, VCPU_READ);
    } else if (!bus_read(cpu, address, size, value)) {
        *value = 0;
        return !cpu->guest->fault(cpu, address, size, VCPU_READ,
                                  VCPU_BUS_ERROR);
    } else {
        note_device(cpu, address, VCPU_READ);
    }
    vcpu_check_watchpoints(cpu, address, size, WATCH_READ);
    return true;
}

static void store_page(struct vcpu *cpu, const struct span *span,
                       uint64_t address, unsigned size, uint32_t value)
{
    uint64_t page = page_of(address);
    uint64_t offset = span->offset + (address - page);

    region_written(span->region, offset, size);
    memcpy(region_host(span->region) + offset, &value, size);
    vcpu_fill(cpu, cpu->data_context, page, span, page_leaf, VCPU_WRITE);
    vcpu_widen_windows(cpu, page, span, VCPU_WRITE);
}

bool vcpu_store(struct vcpu *cpu, uint64_t address, unsigned size,
                uint32_t value)
{
    const struct window *device = known_device(cpu, address, size, VCPU_WRITE);
    unsigned context = cpu->data_context;
    uint64_t page = page_of(address);
    struct span span;

    if (device != NULL) {
        return store_to(cpu, device, address, size, value);
    }
    if (vcpu_store_word(cpu, address, size, value)) {
        return true;
    }
    if (!allowed(cpu, address, size, VCPU_WRITE)) {
        return false;
    }
    if (within_memory(cpu, address, size) &&
        vcpu_page(cpu, context, page, WINDOW_W, &span) != NULL) {
        store_page(cpu, &span, address, size, value);
    } else if (!bus_write(cpu, address, size, value)) {
        return !cpu->guest->fault(cpu, address, size, VCPU_WRITE,
                                  VCPU_BUS_ERROR);
    } else {
        note_device(cpu, address, VCPU_WRITE);
        vcpu_open_words(cpu, address);
    }
    vcpu_check_watchpoints(cpu, address, size, WATCH_WRITE);
    return true;
}

bool vcpu_fetch(struct vcpu *cpu, uint64_t address, uint16_t *value)
{
    enum vcpu_refusal why = VCPU_BUS_ERROR;
    struct span span;

    if (!cpu->guest->permits(cpu, cpu->fetch_context, address, 2, VCPU_FETCH)) {
        why = VCPU_PROTECTED;
    } else if (space_span(cpu->core.config.space, gpa(address), &span) == 0 &&
               span.size_bytes >= 2 && (span.rights & WINDOW_X) != 0) {
        memcpy(value, span.host, 2);
        return true;
    }
    cpu->guest->fault(cpu, address, 2, VCPU_FETCH, why);
    return false;
}
