/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio memory balloon in a machine. Memory that the guest gives up goes
 * back to the host, and reads as zeros.
 *
 * "cairn,targets" says how large the balloon is to be, in pairs of a time since
 * the first power-on in milliseconds and a number of pages of 4 KiB: from that
 * time on. "cairn,statistics-ms" is how often the guest is asked for its
 * statistics (0, the default: only once, by its own will).
 */
#include "virtio/balloon.h"

#include <errno.h>

#include "base/bits.h"
#include "bus/dma.h"
#include "bus/region.h"
#include "devices/virtio/transport.h"

enum { MS_NS = 1000000, TARGET_SIZE = 8 };

struct wiring {
    struct virtio_wiring common;
    struct virtio_balloon_outside outside;
    const uint8_t *targets; /* pairs of cells */
    size_t target_count;
    uint64_t period_ns; /* of statistics, 0: none */
};

static uint64_t target_ns(const struct wiring *wiring, size_t index)
{
    return (uint64_t)load_be32(wiring->targets + index * TARGET_SIZE) * MS_NS;
}

/* ---- Memory -------------------------------------------------------------- */

/* The whole pages of a piece of memory. */
static void blank(const struct span *span)
{
    const uint64_t mask = REGION_PAGE_SIZE - 1;
    const uint64_t first = (span->offset + mask) & ~mask;
    const uint64_t end = (span->offset + span->size_bytes) & ~mask;

    if (end > first) {
        region_blank(span->region, first, end - first);
    }
}

/* An address that is no memory, or not the guest's to write, is left as it is:
 * the guest log says so. */
static void release(struct virtio *virtio, uint64_t address, uint64_t size)
{
    const struct virtio_wiring *wiring = virtio_device(virtio)->wiring;
    const struct dma *dma = wiring->transport->dma(virtio_device(virtio));
    struct span span;

    for (uint64_t done = 0; dma != NULL && done < size;
         done += span.size_bytes) {
        if (dma_span(dma, gpa(address + done), size - done, DMA_TO_MEMORY,
                     &span) != 0) {
            return;
        }
        blank(&span);
    }
}

/* ---- Time ---------------------------------------------------------------- */

/* Looks at the targets, and arms the timer for when that changes. */
static void look(struct device *device)
{
    struct wiring *wiring = device->wiring;
    struct clock *clock = &device->fabric->clock;
    const uint64_t now = clock_now(clock);
    uint64_t next =
        wiring->period_ns != 0 ? now + wiring->period_ns : TIME_NEVER;
    uint32_t pages = 0;

    for (size_t i = 0; i < wiring->target_count; i++) {
        const uint64_t time = target_ns(wiring, i);

        if (time <= now) {
            pages = load_be32(wiring->targets + i * TARGET_SIZE + 4);
        } else if (time < next) {
            next = time;
        }
    }
    wiring->outside.pages = pages;
    if (next != TIME_NEVER && !device->timers[VIRTIO_TIMER_KIND].armed) {
        timer_arm(clock, &device->timers[VIRTIO_TIMER_KIND], next);
    }
}

static void tick(struct device *device)
{
    const struct wiring *wiring = device->wiring;
    const uint32_t before = wiring->outside.pages;

    look(device);
    if (wiring->outside.pages != before) {
        virtio_balloon_retarget(virtio_of(device));
    }
    if (wiring->period_ns != 0) {
        virtio_balloon_ask(virtio_of(device));
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    size_t size = 0;

    wiring->outside.release = release;
    wiring->period_ns =
        (uint64_t)device_own_property_u32(device, "cairn,statistics-ms", 0) *
        MS_NS;
    wiring->targets = device->properties
                          ? device->properties->find(
                                device->node, "cairn,targets", false, &size)
                          : NULL;
    wiring->target_count = wiring->targets ? size / TARGET_SIZE : 0;
    if (wiring->targets && size % TARGET_SIZE != 0) {
        return error_set(error, -EINVAL,
                         "cairn,targets are no pairs of milliseconds and "
                         "pages");
    }
    for (size_t i = 1; i < wiring->target_count; i++) {
        if (target_ns(wiring, i) <= target_ns(wiring, i - 1)) {
            return error_set(error, -EINVAL,
                             "cairn,targets are not in the order of time");
        }
    }
    return 0;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    struct wiring *wiring = device->wiring;

    virtio->outside = &wiring->outside;
    look(device);
}

static const struct virtio_kind balloon = {
    .type = &virtio_balloon,
    .refresh = refresh,
    .init = init,
    .tick = tick,
};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"feature bits", OMITTED_ABSENT, 0, 0, "hints of free pages"},
};

VIRTIO_MMIO(balloon, "memory balloon", "5.5", missing,
            struct virtio_balloon_state, struct wiring);
VIRTIO_MMIO_LEGACY(balloon, "memory balloon", "5.5", missing,
                   struct virtio_balloon_state, struct wiring);
VIRTIO_PCI(balloon, "memory balloon", "5.5", missing, VIRTIO_ID_BALLOON,
           0x00ff00u, struct virtio_balloon_state, struct wiring);
