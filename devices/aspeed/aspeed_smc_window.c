/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the chips of a controller are in the address spaces. Each space that
 * shows the controller's window gets a window for each chip above it, onto the
 * chip's memory: while the chip's mode and state make reads of the segment
 * plain reads of the memory, they and fetches are at the speed of memory, and
 * all other accesses are the device's.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "devices/aspeed/aspeed_smc.h"
#include "devices/flash/spi.h"

enum { UNIT_SHIFT = 16 };
#define SMALL_SPACE (1u << 24) /* what 3 bytes of address reach */

struct smc_range smc_segment(const struct smc_state *state, unsigned chip)
{
    uint32_t first = (state->segment[chip] & 0x7fff) << UNIT_SHIFT;
    uint32_t end = state->segment[chip] & 0x7fff0000;

    return (struct smc_range){first, end > first ? end - first : 0};
}

/* The first of segments that overlap counts. */
unsigned smc_chip_at(const struct smc_state *state, uint64_t offset)
{
    for (unsigned i = 0; i < ARRAY_SIZE(state->segment); i++) {
        struct smc_range segment = smc_segment(state, i);
        if (offset >= segment.first &&
            offset - segment.first < segment.size_bytes) {
            return i;
        }
    }
    return SMC_CHIPS;
}

/* The part of a segment where the chip's memory is not seen a second time. */
static struct smc_range shown(const struct device *device, unsigned chip)
{
    const struct smc_state *state = device->state;
    const struct smc_wiring *wiring = device->wiring;
    const struct device *peer = wiring->chips[chip];
    struct smc_range range = smc_segment(state, chip);
    uint64_t most = spi_chip_of(peer)->contents(peer)->size_bytes;

    if (smc_read_command(state, chip).address_bytes < 4 && most > SMALL_SPACE) {
        most = SMALL_SPACE;
    }
    if (range.size_bytes > most) {
        range.size_bytes = (uint32_t)most;
    }
    return range;
}

/* Places the window of a chip; false: it is there already. */
static bool place(const struct smc_view *view, struct window *window,
                  struct smc_range range)
{
    uint64_t begin = view->under.offset;
    uint64_t end = begin + view->under.size_bytes;
    uint64_t first = range.first > begin ? range.first : begin;
    uint64_t last = (uint64_t)range.first + range.size_bytes;

    last = last < end ? last : end;
    if (first >= last) {
        bool was = window->enabled;
        window->enabled = false;
        return was;
    }
    struct gpa base = gpa(view->under.base.value + (first - begin));
    if (window->enabled && window->base.value == base.value &&
        window->size_bytes == last - first &&
        window->offset == first - range.first) {
        return false;
    }
    window->base = base;
    window->size_bytes = last - first;
    window->offset = first - range.first;
    window->enabled = true;
    return true;
}

static void show_view(struct device *device, struct smc_view *view)
{
    const struct smc_wiring *wiring = device->wiring;
    bool changed = false;

    for (unsigned i = 0; i < ARRAY_SIZE(wiring->chips); i++) {
        if (wiring->chips[i] != NULL) {
            changed |= place(view, view->windows[i], shown(device, i));
        }
    }
    if (changed) {
        space_windows_changed(view->space);
    }
}

void smc_show(struct device *device)
{
    struct smc_wiring *wiring = device->wiring;

    for (unsigned i = 0; i < ARRAY_SIZE(wiring->chips); i++) {
        struct device *peer = wiring->chips[i];
        if (peer != NULL) {
            region_set_hidden(spi_chip_of(peer)->contents(peer),
                              !smc_reads_memory(device, i));
        }
    }
    for (size_t i = 0; i < wiring->view_count; i++) {
        show_view(device, &wiring->views[i]);
    }
}

/* The windows of chips, which show nothing yet. */
int smc_gate(struct device *device, uint32_t port, struct space *space,
             struct window *window, struct error *error)
{
    struct smc_wiring *wiring = device->wiring;

    if (port != 0 || window->device != device) {
        return error_set(error, -EINVAL,
                         "'%s' is a gate, port 0, of its own window only",
                         device->name);
    }
    if (window->bank != SMC_BANK_WINDOW) {
        return 0;
    }
    if (wiring->view_count == SMC_VIEWS) {
        return error_set(error, -E2BIG, "'%s' is at %d places already",
                         device->name, SMC_VIEWS);
    }
    struct smc_view *view = &wiring->views[wiring->view_count++];
    *view = (struct smc_view){.space = space, .under = *window};
    for (unsigned i = 0; i < ARRAY_SIZE(wiring->chips); i++) {
        const struct device *peer = wiring->chips[i];
        if (peer == NULL) {
            continue;
        }
        struct window chip = *window;
        chip.region = spi_chip_of(peer)->contents(peer);
        chip.bank = SMC_BANK_CHIP + i;
        chip.offset = 0;
        chip.size_bytes = REGION_PAGE_SIZE;
        chip.priority = window->priority + (int)(SMC_CHIPS - i);
        chip.enabled = false;
        view->windows[i] = space_add_window(space, &chip);
    }
    return 0;
}
