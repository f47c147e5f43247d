/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio devices of file protocols in a machine: requests are those of
 * bus/channel.h to a server outside. The tag is the property cairn,tag of the
 * board's node. Without a server each request fails.
 */
#include "virtio/share.h"

#include <errno.h>
#include <string.h>

#include "bus/channel.h"
#include "devices/virtio/transport.h"

/* WAIT_NS: until a request that waits is asked again. */
enum { LATENCY_NS = 10000, BYTES_PER_NS = 4, WAIT_NS = 1000000 };

struct wiring {
    struct virtio_wiring common;
    struct virtio_share_server server;
    uint8_t request[VIRTIO_SHARE_BYTES_MAX]; /* that is being made */
};

static void ask(struct virtio *virtio, unsigned number, size_t size,
                size_t room)
{
    struct device *device = virtio_device(virtio);
    struct wiring *wiring = device->wiring;
    const struct virtio_share_state *state =
        (const struct virtio_share_state *)virtio->state;
    const bool waits = (state->waiting >> number & 1) != 0;

    if (device->channels == NULL ||
        !virtio_share_gather(virtio, number, wiring->request, size)) {
        virtio_share_done(virtio, number, NULL, 0);
        return;
    }
    channel_ask(
        device, number,
        &(struct channel_request){
            .bytes = wiring->request,
            .size = size,
            .reply_room = room,
            .latency_ns =
                waits ? WAIT_NS : LATENCY_NS + (size + room) / BYTES_PER_NS,
        });
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
    struct virtio *virtio = virtio_of(device);

    if (virtio_share_waits(virtio, number, bytes, size)) {
        virtio_share_ask(virtio, number);
    } else {
        virtio_share_done(virtio, number, bytes, size);
    }
}

static const struct channel_client client = {
    .kind = CHANNEL_FILES,
    .asks = VIRTIO_SHARE_REQUESTS,
    .reply_max = VIRTIO_SHARE_BYTES_MAX,
    .replied = replied,
};

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    const char *tag = device_property_string(device, "cairn,tag", "");

    if (strlen(tag) > VIRTIO_SHARE_TAG_SIZE) { /* 5.11.4 */
        return error_set(error, -EINVAL,
                         "cairn,tag '%s' has more than %d bytes", tag,
                         VIRTIO_SHARE_TAG_SIZE);
    }
    wiring->server = (struct virtio_share_server){tag, ask, cancel};
    return 0;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    virtio->outside = &((struct wiring *)device->wiring)->server;
}

static const struct virtio_kind ninep = {
    .type = &virtio_9p,
    .refresh = refresh,
    .init = init,
};
static const struct virtio_kind fs = {
    .type = &virtio_fs,
    .refresh = refresh,
    .init = init,
};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"feature bits and shared memories", OMITTED_ABSENT, 0, 0,
      "notifications, DAX"},
};

VIRTIO_MMIO(ninep, "9P transport", "5", virtio_omissions,
            struct virtio_share_state, struct wiring, .channel = &client);
VIRTIO_MMIO_LEGACY(ninep, "9P transport", "5", virtio_omissions,
                   struct virtio_share_state, struct wiring,
                   .channel = &client);
VIRTIO_PCI(ninep, "9P transport", "5", virtio_omissions, VIRTIO_ID_9P,
           0x000200u, struct virtio_share_state, struct wiring,
           .channel = &client);
VIRTIO_MMIO(fs, "file system device", "5.11", missing,
            struct virtio_share_state, struct wiring, .channel = &client);
VIRTIO_PCI(fs, "file system device", "5.11", missing, VIRTIO_ID_FS, 0x018000u,
           struct virtio_share_state, struct wiring, .channel = &client);
