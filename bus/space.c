/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows are kept by falling priority; each change flattens them to sorted
 * ranges that do not overlap, so that an access is one comparison when it
 * meets the range of the access before, and a binary search otherwise.
 */
#include "bus/space.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"
#include "bus/fabric.h"

struct space *space_create(struct fabric *fabric, const char *name)
{
    struct space *space = xcalloc(1, sizeof(*space));
    snprintf(space->name, sizeof(space->name), "%s", name);
    space->fabric = fabric;
    space->attributes.maker = fabric_add_maker(fabric, space->name);
    return space;
}

void space_destroy(struct space *space)
{
    if (!space) {
        return;
    }
    while (space->windows) {
        struct window *window = space->windows;
        space->windows = window->next;
        free(window);
    }
    free(space->ranges);
    free(space->by_base);
    free(space->met);
    free(space);
}

void space_listen(struct space *space, struct space_listener *listener)
{
    assert(listener->changed);
    listener->next = space->listeners;
    space->listeners = listener;
}

void space_unlisten(struct space *space, struct space_listener *listener)
{
    struct space_listener **place = &space->listeners;
    while (*place && *place != listener) {
        place = &(*place)->next;
    }
    if (*place) {
        *place = listener->next;
    }
}

/* ---- Windows to ranges --------------------------------------------------- */

static bool is_shown(const struct window *window)
{
    return window->enabled && window->size_bytes != 0;
}

static uint64_t last_address(const struct window *window)
{
    uint64_t length = window->size_bytes - 1;
    return length > UINT64_MAX - window->base.value
               ? UINT64_MAX
               : window->base.value + length;
}

/* One more range, behind those that there are; neighbours of the same window
 * are one. */
static void add_range(struct space *space, uint64_t first, uint64_t last,
                      struct window *window)
{
    struct space_range *before =
        space->range_count ? &space->ranges[space->range_count - 1] : NULL;
    if (before && before->window == window) {
        debug_assert(before->last + 1 == first);
        before->last = last;
        return;
    }
    assert(space->range_count < 2 * space->room);
    space->ranges[space->range_count++] =
        (struct space_range){.first = first, .last = last, .window = window};
}

static int by_base(const void *one, const void *other)
{
    const struct window *a = *(struct window *const *)one;
    const struct window *b = *(struct window *const *)other;
    return compare_numbers(a->base.value, b->base.value);
}

/* Sorted, without overlaps, each shown by a window that covers it. */
static bool is_flat(const struct space *space)
{
    for (size_t i = 0; i < space->range_count; i++) {
        const struct space_range *range = &space->ranges[i];
        if (range->first > range->last ||
            range->first < range->window->base.value ||
            range->last > last_address(range->window) ||
            (i > 0 && range->first <= space->ranges[i - 1].last)) {
            return false;
        }
    }
    return true;
}

static bool has_window(const struct space *space, const struct window *window)
{
    const struct window *other = space->windows;
    while (other && other != window) {
        other = other->next;
    }
    return other != NULL;
}

static void tell_listeners(const struct space *space)
{
    for (struct space_listener *listener = space->listeners; listener;
         listener = listener->next) {
        listener->changed(listener->context);
    }
}

/* The windows that are shown, by their bases; each knows its priority's place.
 */
static size_t sort_windows(struct space *space)
{
    size_t count = 0;
    size_t rank = 0;
    for (struct window *window = space->windows; window;
         window = window->next) {
        window->rank = rank++;
        if (is_shown(window)) {
            space->by_base[count++] = window;
        }
    }
    qsort(space->by_base, count, sizeof(struct window *), by_base);
    return count;
}

/* From the lowest address to the highest: at each place the highest of the
 * windows that are met there, which are few, up to where the next one begins or
 * one ends. */
static void rebuild(struct space *space)
{
    size_t count = sort_windows(space);
    size_t next = 0;
    size_t met = 0;
    uint64_t at = 0;
    space->range_count = 0;
    space->range_hit = 0;
    while (next < count || met > 0) {
        at = met > 0 ? at : space->by_base[next]->base.value;
        while (next < count && space->by_base[next]->base.value == at) {
            space->met[met++] = space->by_base[next++];
        }
        uint64_t last =
            next < count ? space->by_base[next]->base.value - 1 : UINT64_MAX;
        struct window *highest = space->met[0];
        for (size_t i = 0; i < met; i++) {
            uint64_t end = last_address(space->met[i]);
            last = end < last ? end : last;
            if (space->met[i]->rank < highest->rank) {
                highest = space->met[i];
            }
        }
        add_range(space, at, last, highest);
        size_t kept = 0;
        for (size_t i = 0; i < met; i++) {
            if (last_address(space->met[i]) > last) {
                space->met[kept++] = space->met[i];
            }
        }
        met = kept;
        at = last + 1;
    }
    debug_assert(is_flat(space));
    tell_listeners(space);
}

/* Inserts the range of a window that meets no other, as most of a machine's
 * are: its range goes between those that there are. False: it meets one. */
static bool insert_alone(struct space *space, struct window *window)
{
    uint64_t first = window->base.value;
    size_t i = space->range_count;

    while (i > 0 && space->ranges[i - 1].first > first) {
        i--;
    }
    if ((i > 0 && space->ranges[i - 1].last >= first) ||
        (i < space->range_count &&
         space->ranges[i].first <= last_address(window))) {
        return false;
    }
    memmove(&space->ranges[i + 1], &space->ranges[i],
            (space->range_count - i) * sizeof(space->ranges[0]));
    space->ranges[i] = (struct space_range){
        .first = first, .last = last_address(window), .window = window};
    space->range_count++;
    debug_assert(is_flat(space));
    tell_listeners(space);
    return true;
}

/* A window starts at most one range and ends one; room is made here so that
 * changes at run time need none. */
static void make_room(struct space *space)
{
    if (space->window_count <= space->room) {
        return;
    }
    size_t room = 2 * space->window_count;
    struct space_range *ranges = xcalloc(2 * room, sizeof(*ranges));
    if (space->range_count != 0) {
        memcpy(ranges, space->ranges, space->range_count * sizeof(*ranges));
    }
    free(space->ranges);
    free(space->by_base);
    free(space->met);
    space->ranges = ranges;
    space->by_base = xcalloc(room, sizeof(struct window *));
    space->met = xcalloc(room, sizeof(struct window *));
    space->room = room;
}

struct window *space_add_window(struct space *space,
                                const struct window *window)
{
    assert(!window->region || in_range(window->offset, window->size_bytes,
                                       window->region->size_bytes));
    assert(!window->device || window->bank < window->device->type->bank_count);
    struct window **place = &space->windows;
    while (*place && (*place)->priority > window->priority) {
        place = &(*place)->next;
    }
    struct window *added = xcalloc(1, sizeof(*added));
    *added = *window;
    added->next = *place;
    *place = added;
    space->window_count++;
    make_room(space);
    if (!is_shown(added) || insert_alone(space, added)) {
        return added;
    }
    rebuild(space);
    return added;
}

void space_enable_window(struct space *space, struct window *window,
                         bool enabled)
{
    debug_assert(has_window(space, window));
    if (window->enabled != enabled) {
        window->enabled = enabled;
        rebuild(space);
    }
}

void space_move_window(struct space *space, struct window *window,
                       struct gpa base)
{
    debug_assert(has_window(space, window));
    if (window->base.value != base.value) {
        window->base = base;
        rebuild(space);
    }
}

void space_windows_changed(struct space *space)
{
    rebuild(space);
}

static const struct space_range *search(struct space *space, uint64_t address)
{
    size_t low = 0;
    size_t high = space->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (space->ranges[middle].last < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == space->range_count || space->ranges[low].first > address) {
        return NULL;
    }
    space->range_hit = low;
    return &space->ranges[low];
}

static inline const struct space_range *range_at(struct space *space,
                                                 uint64_t address)
{
    if (__builtin_expect(space->range_count != 0, 1)) {
        const struct space_range *range = &space->ranges[space->range_hit];
        if (address - range->first <= range->last - range->first) {
            return range;
        }
    }
    return search(space, address);
}

struct window *space_find(struct space *space, struct gpa address)
{
    const struct space_range *range = range_at(space, address.value);
    return range ? range->window : NULL;
}

struct window *space_find_device(struct space *space, struct gpa address,
                                 uint64_t size_bytes)
{
    const struct space_range *range = range_at(space, address.value);
    return range && size_bytes - 1 <= range->last - address.value &&
                   range->window->device && !range->window->region
               ? range->window
               : NULL;
}

/* ---- Accesses ------------------------------------------------------------ */

static __attribute__((noinline, cold)) int
refuse(struct space *space, const struct access *access, uint64_t address,
       unsigned size, const char *verb, const char *why)
{
    if (!access->debug) {
        log_write(&space->fabric->log, LOG_GUEST, space->name, address,
                  "%u-byte %s at 0x%08" PRIx64 ": bus error, %s", size, verb,
                  address, why);
    }
    return -EFAULT;
}

static __attribute__((noinline, cold)) void
count_ignored(struct space *space, const struct access *access,
              struct window *window, uint64_t address, unsigned size,
              const char *verb)
{
    if (access->debug) {
        return;
    }
    window->hits++;
    log_write(&space->fabric->log, LOG_UNMODELLED, window->name, address,
              "%u-byte %s at 0x%08" PRIx64 ": ignored by the board", size, verb,
              address);
}

static bool is_legal(uint64_t address, unsigned size)
{
    return size <= 8 && (0x116u >> size & 1) && is_aligned(address, size);
}

static uint64_t load(const uint8_t *host, unsigned size)
{
    uint64_t value = 0;
    memcpy(&value, host, size);
    return value;
}

int space_read(struct space *space, const struct access *attributes,
               struct gpa address, unsigned size, uint64_t *value)
{
    const struct access *access = attributes ? attributes : &space->attributes;
    uint64_t at = address.value;
    *value = 0;
    if (!is_legal(at, size)) {
        return -EINVAL;
    }
    const struct space_range *range = range_at(space, at);
    if (!range || size - 1 > range->last - at) {
        return refuse(space, access, at, size, "read", "nothing answers");
    }
    struct window *window = range->window;
    unsigned right = access->instruction ? WINDOW_X : WINDOW_R;
    if (!(window->rights & right) && !access->debug) {
        return refuse(space, access, at, size, "read", "no right to");
    }
    uint64_t offset = window->offset + (at - window->base.value);
    if (window->device && !(window->region && !window->region->hidden)) {
        return device_read(window->device, window->bank, access, offset, size,
                           value);
    }
    if (!window->region) {
        count_ignored(space, access, window, at, size, "read");
        return 0;
    }
    *value = load(region_host(window->region) + offset, size);
    return 0;
}

int space_write(struct space *space, const struct access *attributes,
                struct gpa address, unsigned size, uint64_t value)
{
    const struct access *access = attributes ? attributes : &space->attributes;
    uint64_t at = address.value;
    if (!is_legal(at, size)) {
        return -EINVAL;
    }
    const struct space_range *range = range_at(space, at);
    if (!range || size - 1 > range->last - at) {
        return refuse(space, access, at, size, "write", "nothing answers");
    }
    struct window *window = range->window;
    if (!(window->rights & WINDOW_W) && !access->debug) {
        return refuse(space, access, at, size, "write", "no right to");
    }
    uint64_t offset = window->offset + (at - window->base.value);
    if (window->device) {
        return device_write(window->device, window->bank, access, offset, size,
                            value);
    }
    if (!window->region) {
        count_ignored(space, access, window, at, size, "write");
        return 0;
    }
    if (!window->region->writable && !access->debug && window->region->keeper) {
        return window->region->keeper->write(window->region->keeper->context,
                                             offset, size, value);
    }
    if (!window->region->writable && !access->debug) {
        return refuse(space, access, at, size, "write", "memory is read-only");
    }
    if (window->region->whole_words && size < 4 && !access->debug) {
        return refuse(space, access, at, size, "write",
                      "memory takes whole words");
    }
    region_written(window->region, offset, size);
    memcpy(region_host(window->region) + offset, &value, size);
    return 0;
}

int space_span(struct space *space, struct gpa address, struct span *span)
{
    const struct space_range *range = range_at(space, address.value);
    if (!range || !range->window->region || range->window->region->hidden) {
        return -EFAULT;
    }
    const struct window *window = range->window;
    uint64_t offset = window->offset + (address.value - window->base.value);
    unsigned rights = window->rights;
    if (!window->region->writable || window->region->whole_words ||
        window->device) {
        rights &= ~(unsigned)WINDOW_W;
    }
    *span = (struct span){
        .host = region_host(window->region) + offset,
        .size_bytes = range->last - address.value + 1,
        .region = window->region,
        .offset = offset,
        .rights = rights,
    };
    return 0;
}

int space_span_around(struct space *space, struct gpa address,
                      struct gpa *first, struct span *span)
{
    const struct space_range *range = range_at(space, address.value);
    if (!range) {
        return -EFAULT;
    }
    *first = gpa(range->first);
    return space_span(space, *first, span);
}

/* ---- Copies -------------------------------------------------------------- */

unsigned space_piece_size(uint64_t address, size_t left)
{
    unsigned size = 4;
    while (size > left || !is_aligned(address, size)) {
        size /= 2;
    }
    return size;
}

static int failed_at(struct gpa *failed, uint64_t address)
{
    if (failed) {
        *failed = gpa(address);
    }
    return -EFAULT;
}

static bool may_copy(const struct span *span, const struct access *access,
                     unsigned right)
{
    return access->debug || (span->rights & right);
}

int space_copy_in(struct space *space, const struct access *attributes,
                  struct gpa address, const void *bytes, size_t size,
                  struct gpa *failed)
{
    const struct access *access = attributes ? attributes : &space->attributes;
    const uint8_t *from = bytes;
    uint64_t at = address.value;
    while (size != 0) {
        struct span span;
        size_t piece;
        if (space_span(space, gpa(at), &span) == 0) {
            piece = span.size_bytes < size ? (size_t)span.size_bytes : size;
            if (!may_copy(&span, access, WINDOW_W)) {
                return failed_at(failed, at);
            }
            region_load(span.region, span.offset, from, piece);
        } else {
            uint64_t value = 0;
            piece = space_piece_size(at, size);
            memcpy(&value, from, piece);
            if (space_write(space, access, gpa(at), (unsigned)piece, value)) {
                return failed_at(failed, at);
            }
        }
        assert(piece != 0 && piece <= size);
        from += piece;
        at += piece;
        size -= piece;
    }
    return 0;
}

int space_copy_out(struct space *space, const struct access *attributes,
                   struct gpa address, void *bytes, size_t size,
                   struct gpa *failed)
{
    const struct access *access = attributes ? attributes : &space->attributes;
    uint8_t *to = bytes;
    uint64_t at = address.value;
    while (size != 0) {
        struct span span;
        size_t piece;
        if (space_span(space, gpa(at), &span) == 0) {
            piece = span.size_bytes < size ? (size_t)span.size_bytes : size;
            if (!may_copy(&span, access, WINDOW_R | WINDOW_X)) {
                return failed_at(failed, at);
            }
            memcpy(to, span.host, piece);
        } else {
            uint64_t value;
            piece = space_piece_size(at, size);
            if (space_read(space, access, gpa(at), (unsigned)piece, &value)) {
                return failed_at(failed, at);
            }
            memcpy(to, &value, piece);
        }
        assert(piece != 0 && piece <= size);
        to += piece;
        at += piece;
        size -= piece;
    }
    return 0;
}
