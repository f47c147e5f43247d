/* SPDX-License-Identifier: Apache-2.0 */
/* Work that the transports in a machine share: memory by DMA, faults as lines
 * of the guest log, and the timer that goes on with unfinished queues. */
#include "devices/virtio/transport.h"

#include <inttypes.h>

#include "base/assert.h"
#include "bus/channel.h"
#include "bus/disk.h"

enum { LATER_NS = 1000 };

static const struct virtio_transport *transport_of(struct virtio *virtio)
{
    return ((struct virtio_wiring *)virtio_device(virtio)->wiring)->transport;
}

static void *map(struct virtio *virtio, enum virtio_space space,
                 uint64_t address, uint64_t *size, enum virtio_access access)
{
    const struct dma *dma = transport_of(virtio)->dma(virtio_device(virtio));
    struct span span;

    (void)space; /* both are the space that the device sees */
    if (dma == NULL ||
        dma_span(dma, gpa(address), *size,
                 access == VIRTIO_READ ? DMA_FROM_MEMORY : DMA_TO_MEMORY,
                 &span) != 0) {
        return NULL;
    }
    *size = span.size_bytes;
    return span.host;
}

static void used(struct virtio *virtio, unsigned queue)
{
    transport_of(virtio)->used(virtio_device(virtio), queue);
}

static void configured(struct virtio *virtio)
{
    transport_of(virtio)->configured(virtio_device(virtio));
}

static void later(struct virtio *virtio)
{
    struct device *device = virtio_device(virtio);
    struct clock *clock = &device->fabric->clock;

    timer_arm(clock, &device->timers[VIRTIO_TIMER_LATER],
              clock_now(clock) + LATER_NS);
}

static void run(struct device *device)
{
    virtio_run(virtio_of(device));
}

/* A record may say that the timer of a kind that never arms it is armed. */
static void tick(struct device *device)
{
    const struct virtio_kind *kind =
        transport_of(virtio_of(device))->kind(device);

    if (kind->tick) {
        kind->tick(device);
    }
}

void (*const virtio_transport_timers[VIRTIO_TIMERS])(struct device *device) = {
    [VIRTIO_TIMER_LATER] = run,
    [VIRTIO_TIMER_KIND] = tick,
};

const struct omission virtio_omissions[1] = {
    VIRTIO_OMITTED,
};

static void fault(struct virtio *virtio, const struct virtio_fault *fault,
                  unsigned queue, uint64_t value)
{
    device_guest_error(virtio_device(virtio),
                       (uint64_t)(fault - virtio_fault_row(0)),
                       "queue %u: %s: 0x%" PRIx64 " (virtio 1.2, %s)%s", queue,
                       fault->text, value, fault->section,
                       fault->resets ? "; the device needs a reset" : "");
}

static const struct virtio_host host = {
    .map = map,
    .used = used,
    .configured = configured,
    .later = later,
    .fault = fault,
};

/* ---- Features and configuration ------------------------------------------ */

uint32_t virtio_transport_features(struct virtio *virtio, uint32_t sel)
{
    const uint64_t features = virtio_features(virtio);

    return sel < 2 ? (uint32_t)(features >> sel * 32) : 0;
}

void virtio_transport_accept(struct virtio *virtio,
                             struct virtio_driver_features *driver,
                             uint32_t value)
{
    if (driver->sel < ARRAY_SIZE(driver->words)) {
        driver->words[driver->sel] = value;
        virtio_accept(virtio, join_words(driver->words));
    } else if (value != 0) {
        virtio_fault(virtio, VIRTIO_FAULT_FEATURES_UNKNOWN, 0, value);
    }
}

uint32_t virtio_transport_read_config(struct device *device,
                                      const struct access *access,
                                      unsigned index)
{
    uint32_t word;

    virtio_read_config(virtio_of(device), index * 4, &word, sizeof(word));
    return word;
}

/* Only the bytes that the access gives are written. */
void virtio_transport_write_config(struct device *device,
                                   const struct access *access, unsigned index,
                                   uint32_t value)
{
    const unsigned first =
        access->size < 4 ? (unsigned)__builtin_ctz(access->lanes) : 0;
    const uint32_t shifted = value >> first * 8;

    virtio_write_config(virtio_of(device), index * 4 + first, &shifted,
                        access->size < 4 ? access->size : 4);
}

/* ---- Life ---------------------------------------------------------------- */

int virtio_transport_init(struct device *device,
                          const struct virtio_transport *transport,
                          struct error *error)
{
    struct virtio_wiring *wiring = device->wiring;
    const struct virtio_kind *kind = transport->kind(device);

    assert(transport->state_offset % 8 == 0);
    wiring->device = device;
    wiring->transport = transport;
    wiring->virtio.host = &host;
    wiring->virtio.legacy = transport->legacy;
    wiring->virtio.state =
        (struct virtio_state *)(void *)((char *)device->state +
                                        transport->state_offset);
    virtio_init(&wiring->virtio, kind->type);
    const int code = kind->init != NULL ? kind->init(device, error) : 0;
    if (code == 0) {
        kind->refresh(device, &wiring->virtio);
    }
    return code;
}

static void refresh(struct device *device)
{
    transport_of(virtio_of(device))
        ->kind(device)
        ->refresh(device, virtio_of(device));
}

void virtio_transport_reset(struct device *device)
{
    refresh(device);
    disk_cancel_all(device);
    channel_cancel_all(device);
    timer_cancel(&device->fabric->clock, &device->timers[VIRTIO_TIMER_LATER]);
}

void virtio_transport_restored(struct device *device)
{
    refresh(device);
    if (!virtio_restored(virtio_of(device))) {
        device_guest_error(device, 0, "the saved state is none of a %s",
                           virtio_of(device)->type->title);
        virtio_set_status(virtio_of(device), 0);
    }
}
