/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows onto memory that compiled code tries before it asks the soft TLB: see
 * docs/design/engine/compiler/memory.md. An access on the slow path opens them,
 * and whatever ends entries of the soft TLB closes them.
 */
#include <string.h>

#include "base/bits.h"
#include "engine/vcpu.h"

enum { REACH = 1024 }; /* pages that are looked at in one direction */

void vcpu_close_write_windows(struct vcpu *cpu)
{
    cpu->compiled.windows[VCPU_WINDOW_WRITE] = (struct vcpu_window){0};
    cpu->compiled.windows[VCPU_WINDOW_STACK] = (struct vcpu_window){0};
    cpu->compiled.windows[VCPU_WINDOW_WORDS] = (struct vcpu_window){0};
}

void vcpu_close_windows(struct vcpu *cpu)
{
    cpu->compiled.windows[VCPU_WINDOW_READ] = (struct vcpu_window){0};
    cpu->windows_fine = false;
    vcpu_close_write_windows(cpu);
}

void vcpu_check_windows(struct vcpu *cpu)
{
    if (cpu->window_context != cpu->data_context) {
        vcpu_close_windows(cpu);
        cpu->window_context = cpu->data_context;
    }
}

static bool holds(const struct vcpu_window *window, uint64_t page)
{
    return window->size != 0 && page >= window->base &&
           page - window->base <= window->size;
}

/* All of a memory, if nothing hides or protects a part of it. */
static void open_reads(struct vcpu *cpu, uint64_t page)
{
    struct vcpu_window *window = &cpu->compiled.windows[VCPU_WINDOW_READ];
    struct space *space = cpu->core.config.space;
    const struct window *found = space_find(space, gpa(page));
    struct span span;

    if (found == NULL || space_span(space, found->base, &span) != 0 ||
        span.region != found->region || span.size_bytes < found->size_bytes ||
        found->base.value > UINT32_MAX ||
        found->size_bytes > UINT32_MAX - found->base.value) {
        return;
    }
    uint64_t last = found->base.value + found->size_bytes - 1;
    if ((span.rights & WINDOW_R) == 0 || found->size_bytes < REGION_PAGE_SIZE ||
        !is_aligned(found->base.value, REGION_PAGE_SIZE) ||
        !is_aligned(span.offset, REGION_PAGE_SIZE) ||
        !cpu->guest->unprotected(cpu, found->base.value, last)) {
        return;
    }
    vcpu_close_windows(cpu);
    *window = (struct vcpu_window){
        .base = (uint32_t)found->base.value,
        .size = (uint32_t)found->size_bytes - VCPU_WINDOW_SLACK,
        .host = span.host,
    };
    cpu->window_region = span.region;
    cpu->window_offset = span.offset;
    cpu->windows_used = true;
}

/* True if the stack pointer is in a run of bytes, or just behind, as nothing is
 * pushed yet, or before, as room is made first. */
static bool has_stack(const struct vcpu *cpu, uint64_t base, uint64_t size)
{
    return cpu->r[cpu->guest->stack_pointer] + REGION_PAGE_SIZE - base <=
           size + REGION_PAGE_SIZE;
}

/* As many pages around one as may be written without notice. */
static void open_writes(struct vcpu *cpu, uint64_t page)
{
    const struct vcpu_window *whole = &cpu->compiled.windows[VCPU_WINDOW_READ];
    const uint8_t *flags = cpu->window_region->page_flags +
                           (cpu->window_offset >> REGION_PAGE_SHIFT);
    size_t count = (whole->size + VCPU_WINDOW_SLACK) >> REGION_PAGE_SHIFT;
    size_t at = (size_t)(page - whole->base) >> REGION_PAGE_SHIFT;
    size_t first = at;
    size_t end = at + 1;

    if (flags[at] != REGION_PAGE_DIRTY || !cpu->window_region->writable) {
        return;
    }
    while (first > 0 && at - first < REACH &&
           flags[first - 1] == REGION_PAGE_DIRTY) {
        first--;
    }
    while (end < count && end - at < REACH && flags[end] == REGION_PAGE_DIRTY) {
        end++;
    }
    uint64_t offset = (uint64_t)first << REGION_PAGE_SHIFT;
    const struct vcpu_window window = {
        .base = (uint32_t)(whole->base + offset),
        .size =
            (uint32_t)((end - first) << REGION_PAGE_SHIFT) - VCPU_WINDOW_SLACK,
        .host = whole->host + offset,
    };
    struct vcpu_window *elsewhere = &cpu->compiled.windows[VCPU_WINDOW_WRITE];
    bool stack =
        has_stack(cpu, window.base, (end - first) << REGION_PAGE_SHIFT);

    if (stack) {
        cpu->compiled.windows[VCPU_WINDOW_STACK] = window;
    }
    /* A small memory is one run of pages. */
    if (!stack || elsewhere->size == 0 || holds(&window, elsewhere->base)) {
        *elsewhere = window;
    }
}

static bool may_open(const struct vcpu *cpu)
{
    return cpu->guest->physical && cpu->code->compiler != NULL &&
           cpu->gate == NULL && cpu->core.watchpoint_count == 0;
}

void vcpu_widen_windows(struct vcpu *cpu, uint64_t page,
                        const struct span *span, enum vcpu_access access)
{
    struct vcpu_window *window = &cpu->compiled.windows[VCPU_WINDOW_READ];

    if (!may_open(cpu)) {
        return;
    }
    vcpu_check_windows(cpu);
    if (cpu->windows_fine) {
        return;
    }
    if (!holds(window, page) &&
        (window->size == 0 ||
         (span->region->writable && !cpu->window_region->writable))) {
        open_reads(cpu, page);
    }
    if (access == VCPU_WRITE && holds(window, page) &&
        (span->rights & WINDOW_W) != 0) {
        open_writes(cpu, page);
    }
}

/* ---- Extents ------------------------------------------------------------- */

/* Bytes from the begin of the span's page on that may be written without
 * notice. */
static uint64_t quiet_bytes(const struct span *span)
{
    const uint8_t *flags =
        &span->region->page_flags[span->offset >> REGION_PAGE_SHIFT];
    const uint64_t pages = span->size_bytes >> REGION_PAGE_SHIFT;
    uint64_t count = 0;

    while (count < pages && count < REACH &&
           flags[count] == REGION_PAGE_DIRTY) {
        count++;
    }
    return span->region->writable ? count << REGION_PAGE_SHIFT : 0;
}

static bool has_inside(const struct vcpu_window *window, uint64_t address)
{
    return address - window->base < window->size;
}

/* Compiled code picks the window by the base register, which is not known here:
 * what the one at the stack pointer holds was looked for in another. */
static enum vcpu_window_kind kind_of(const struct vcpu *cpu,
                                     enum vcpu_access kind, uint64_t address,
                                     bool stack)
{
    if (stack &&
        !has_inside(&cpu->compiled.windows[VCPU_WINDOW_STACK], address)) {
        return VCPU_WINDOW_STACK;
    }
    return kind == VCPU_WRITE ? VCPU_WINDOW_WRITE : VCPU_WINDOW_READ;
}

void vcpu_open_extent(struct vcpu *cpu, const struct guest_access *access,
                      uint64_t address, const struct guest_place *place)
{
    const uint64_t page = vcpu_page_of(address);
    uint64_t first = 0;
    uint64_t last = 0;
    struct span span;

    if (cpu->guest->extent == NULL || !may_open(cpu) || place->uncached ||
        access->context != cpu->data_context ||
        access->level != cpu->data_level ||
        space_span(place->space, gpa(page), &span) != 0 ||
        (span.rights & WINDOW_R) == 0 ||
        !is_aligned(span.offset, REGION_PAGE_SIZE) ||
        !vcpu_watch_region(cpu, span.region)) {
        return;
    }
    const uint64_t quiet =
        (span.rights & WINDOW_W) != 0 ? quiet_bytes(&span) : 0;
    const bool writes =
        quiet != 0 &&
        cpu->guest->extent(cpu, VCPU_WRITE, address, &first, &last);
    if (!writes &&
        (access->kind == VCPU_WRITE ||
         !cpu->guest->extent(cpu, VCPU_READ, address, &first, &last))) {
        return;
    }
    vcpu_check_windows(cpu);
    if (!cpu->windows_fine) {
        vcpu_close_windows(cpu);
        cpu->windows_fine = true;
    }
    const uint64_t size = writes ? quiet : span.size_bytes;
    first = first > page ? first : page;
    last = last < page + size - 1 ? last : page + size - 1;
    const bool stack = writes && has_stack(cpu, first, last - first + 1);
    cpu->compiled.windows[kind_of(cpu, access->kind, address, stack)] =
        (struct vcpu_window){
            .base = (uint32_t)first,
            .size = last - first + 1,
            .host = span.host + (first - page),
        };
}

/* ---- Memory that takes whole words only ---------------------------------- */

bool vcpu_store_word(struct vcpu *cpu, uint64_t address, unsigned size,
                     uint64_t value)
{
    const struct vcpu_window *window =
        &cpu->compiled.windows[VCPU_WINDOW_WORDS];
    uint64_t distance = address - window->base;

    if (distance >= window->size || size != 4 || !is_aligned(address, 4) ||
        cpu->window_context != cpu->data_context) {
        return false;
    }
    memcpy(window->host + distance, &value, 4);
    return true;
}

void vcpu_open_words(struct vcpu *cpu, uint64_t address)
{
    uint64_t page = address & ~(uint64_t)(REGION_PAGE_SIZE - 1);
    struct span span;

    if (!cpu->guest->physical || cpu->gate != NULL ||
        cpu->core.watchpoint_count != 0 || page > UINT32_MAX ||
        space_span(cpu->core.config.space, gpa(page), &span) != 0 ||
        !span.region->whole_words || span.size_bytes < REGION_PAGE_SIZE ||
        !is_aligned(span.offset, REGION_PAGE_SIZE) ||
        span.region->page_flags[span.offset >> REGION_PAGE_SHIFT] !=
            REGION_PAGE_DIRTY ||
        !vcpu_watch_region(cpu, span.region)) {
        return;
    }
    vcpu_check_windows(cpu);
    if (cpu->guest->unprotected(cpu, page, page + REGION_PAGE_SIZE - 1)) {
        cpu->compiled.windows[VCPU_WINDOW_WORDS] =
            (struct vcpu_window){.base = (uint32_t)page,
                                 .size = REGION_PAGE_SIZE,
                                 .host = span.host};
    }
}
