/* SPDX-License-Identifier: Apache-2.0 */
/* Windows over windows: how runs of a memory come to be covered. */
#include "bus/cover.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"

void cover_init(struct cover *cover, struct space *space,
                const struct window *under, struct device *device,
                unsigned bank)
{
    assert(in_range(under->offset, under->size_bytes,
                    device_bank_size(device->type, bank)));
    *cover = (struct cover){
        .space = space,
        .under = *under,
        .device = device,
        .bank = bank,
    };
}

void cover_fini(struct cover *cover)
{
    free(cover->windows);
}

/* One more window of the space, which shows nothing yet. */
static void add_window(struct cover *cover)
{
    struct window window = {
        .priority = cover->under.priority + 1,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .device = cover->device,
        .bank = cover->bank,
    };
    memcpy(window.name, cover->under.name, sizeof(window.name));
    if (cover->count == cover->room) {
        size_t room = 2 * cover->room + 4;
        struct window **windows = xcalloc(room, sizeof(struct window *));
        if (cover->count != 0) {
            memcpy(windows, cover->windows,
                   cover->count * sizeof(struct window *));
        }
        free(cover->windows);
        cover->windows = windows;
        cover->room = room;
    }
    cover->windows[cover->count++] = space_add_window(cover->space, &window);
}

/* Shows a run by a window; false: it does already. */
static bool place(const struct cover *cover, struct window *window,
                  uint64_t first, uint64_t last)
{
    uint64_t base = cover->under.base.value + (first - cover->under.offset);
    uint64_t size = last - first + 1;

    if (window->enabled && window->base.value == base &&
        window->size_bytes == size) {
        return false;
    }
    window->base = gpa(base);
    window->size_bytes = size;
    window->offset = first;
    window->enabled = true;
    return true;
}

static void set(struct cover *cover, const struct cover_run *runs, size_t count)
{
    uint64_t begin = cover->under.offset;
    uint64_t end = begin + (cover->under.size_bytes - 1);
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t first = runs[i].first > begin ? runs[i].first : begin;
        uint64_t last = runs[i].last < end ? runs[i].last : end;

        debug_assert(runs[i].first <= runs[i].last);
        if (first > last) {
            continue;
        }
        if (used == cover->count) {
            add_window(cover);
        }
        cover->changed |= place(cover, cover->windows[used++], first, last);
    }
    for (size_t i = used; i < cover->count && cover->windows[i]->enabled; i++) {
        cover->windows[i]->enabled = false;
        cover->changed = true;
    }
}

/* Tells a space of the changes of all of its covers. */
static void tell(struct cover *covers, size_t count, struct space *space)
{
    for (size_t i = 0; i < count; i++) {
        covers[i].changed &= covers[i].space != space;
    }
    space_windows_changed(space);
}

void cover_set(struct cover *covers, size_t cover_count,
               const struct cover_run *runs, size_t count)
{
    for (size_t i = 0; i < cover_count; i++) {
        set(&covers[i], runs, count);
    }
    for (size_t i = 0; i < cover_count; i++) {
        if (covers[i].changed) {
            tell(covers, cover_count, covers[i].space);
        }
    }
}
