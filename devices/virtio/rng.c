/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio entropy device in a machine. Its bytes are the machine's seeded
 * randomness (fabric_random), or those of the host's generator where that is
 * connected to the device's requests (bus/channel.h): then they are inputs.
 *
 * A server that has failed leaves a request unanswered: a driver must not take
 * bytes that anybody can compute for the host's entropy.
 */
#include "virtio/rng.h"

#include "bus/channel.h"
#include "devices/virtio/transport.h"

enum { LATENCY_NS = 10000 };

struct wiring {
    struct virtio_wiring common;
    struct virtio_rng_source source;
};

static void ask(struct virtio *virtio, unsigned number, size_t size)
{
    struct device *device = virtio_device(virtio);
    uint8_t bytes[VIRTIO_RNG_BYTES_MAX];

    if (device->channels != NULL) {
        channel_ask(device, number,
                    &(struct channel_request){
                        .reply_room = size,
                        .latency_ns = LATENCY_NS,
                    });
        return;
    }
    fabric_random(device->fabric, bytes, size);
    virtio_rng_done(virtio, number, bytes, size);
}

static void cancel(struct virtio *virtio, unsigned number)
{
    struct channels *channels = virtio_device(virtio)->channels;

    if (channels != NULL) {
        channels->cancel(channels, number);
    }
}

static void replied(struct device *device, unsigned number, const void *bytes,
                    size_t size)
{
    if (size != 0) {
        virtio_rng_done(virtio_of(device), number, bytes, size);
    }
}

static const struct channel_client client = {
    .kind = CHANNEL_ENTROPY,
    .asks = VIRTIO_RNG_REQUESTS,
    .reply_max = VIRTIO_RNG_BYTES_MAX,
    .replied = replied,
};

static void refresh(struct device *device, struct virtio *virtio)
{
    struct wiring *wiring = device->wiring;

    wiring->source = (struct virtio_rng_source){ask, cancel};
    virtio->outside = &wiring->source;
}

static const struct virtio_kind rng = {.type = &virtio_rng, .refresh = refresh};

VIRTIO_MMIO(rng, "entropy device", "5.4", virtio_omissions,
            struct virtio_rng_state, struct wiring, .channel = &client);
VIRTIO_MMIO_LEGACY(rng, "entropy device", "5.4", virtio_omissions,
                   struct virtio_rng_state, struct wiring, .channel = &client);
VIRTIO_PCI(rng, "entropy device", "5.4", virtio_omissions, VIRTIO_ID_RNG,
           0x00ff00u, struct virtio_rng_state, struct wiring,
           .channel = &client);
