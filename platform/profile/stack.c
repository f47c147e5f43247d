/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame record is two words: the address of the caller's record, and the
 * address to return to. Programs end the chain with a zero in either. All of it
 * is the guest's, and x29 may be any number in code that has no frames: an
 * address that is not of memory, not aligned, or that was met before ends the
 * walk as broken, and so many records are the most.
 */
#include "platform/profile/stack.h"

#include <elf.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/region.h"

static const struct stack_convention conventions[] = {
    {"aarch64",    EM_AARCH64, "x30", "x29"},
    {"riscv:rv32", EM_RISCV,   "ra",  NULL }, /* frames are rare there */
};

const struct stack_convention *stack_convention(const struct core *core)
{
    for (size_t i = 0; i < ARRAY_SIZE(conventions); i++) {
        if (strcmp(conventions[i].architecture, core->type->architecture) ==
            0) {
            return &conventions[i];
        }
    }
    return NULL;
}

/* Most addresses have 48 bits or less, bit 55 says of which half they are (DDI
 * 0487, D8.10.3). */
uint64_t stack_strip(uint64_t address)
{
    const uint64_t top = 0xffffull << 48;

    return address >> 55 & 1 ? address | top : address & ~top;
}

/* The page that was read last: most stacks are in one or two. */
struct page {
    struct core *core;
    uint64_t address;
    const uint8_t *host; /* NULL: none */
};

static bool find_page(struct page *page, uint64_t address)
{
    struct gpa place;
    struct space *space;
    struct span span;

    if (page->host != NULL && page->address == address) {
        return true;
    }
    page->host = NULL;
    if (!core_translate(page->core, gva(address), &place, &space) ||
        space_span(space, place, &span) != 0 || (span.rights & WINDOW_R) == 0 ||
        span.size_bytes < REGION_PAGE_SIZE) {
        return false;
    }
    page->address = address;
    page->host = span.host;
    return true;
}

static bool read_word(struct page *page, uint64_t address, uint64_t *word)
{
    uint64_t offset = address % REGION_PAGE_SIZE;

    if (address % 8 != 0 || !find_page(page, address - offset)) {
        return false;
    }
    *word = load_le64(page->host + offset);
    return true;
}

/* True if a record at `frame` was met: a chain that goes up has no circle. */
static bool is_known(const uint64_t *frames, size_t count, uint64_t frame)
{
    if (count == 0 || frame > frames[count - 1]) {
        return false; /* or of a circle that comes down, and is met there */
    }
    for (size_t i = 0; i < count; i++) {
        if (frames[i] == frame) {
            return true;
        }
    }
    return false;
}

void stack_walk(struct stack *stack, struct core *core, uint64_t frame)
{
    struct page page = {.core = core};
    uint64_t frames[CAIRN_SAMPLE_CALLERS];
    uint64_t next;
    uint64_t link;

    stack->count = 0;
    while (frame != 0) {
        if (stack->count == CAIRN_SAMPLE_CALLERS) {
            stack->end = CAIRN_STACK_CUT;
            return;
        }
        if (is_known(frames, stack->count, frame) ||
            !read_word(&page, frame, &next) ||
            !read_word(&page, frame + 8, &link)) {
            stack->end = CAIRN_STACK_BROKEN;
            return;
        }
        if (link == 0) {
            break;
        }
        frames[stack->count] = frame;
        stack->callers[stack->count++] = stack_strip(link);
        frame = next;
    }
    stack->end = CAIRN_STACK_WHOLE;
}
