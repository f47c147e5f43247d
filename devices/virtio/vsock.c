/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio socket device in a machine. Each line of connections is a channel
 * (bus/channel.h); channel 0 is that of the device itself, which is open as
 * long as there is an outside. "cairn,guest-cid" is the guest's context ID.
 *
 * Connections do not outlive their outside: in a machine that continues from a
 * snapshot the first channel closes and opens, and the driver is told that the
 * transport was reset.
 */
#include "virtio/vsock.h"

#include <errno.h>

#include "bus/channel.h"
#include "devices/virtio/transport.h"

enum { CHANNEL_SELF, CHANNEL_LINES };

struct wiring {
    struct virtio_wiring common;
    struct virtio_vsock_outside outside;
};

static unsigned channel_of(unsigned line)
{
    return line == VSOCK_LINES ? CHANNEL_SELF : CHANNEL_LINES + line;
}

static void say(struct virtio *virtio, unsigned line, const void *message,
                size_t size)
{
    channel_send(virtio_device(virtio), channel_of(line), message, size);
}

static void ready(struct virtio *virtio, unsigned line)
{
    channel_ready(virtio_device(virtio), channel_of(line));
}

static bool received(struct device *device, unsigned channel, const void *bytes,
                     size_t size)
{
    return virtio_vsock_hear(virtio_of(device),
                             channel == CHANNEL_SELF ? VSOCK_LINES
                                                     : channel - CHANNEL_LINES,
                             bytes, size);
}

static void opened(struct device *device, unsigned channel, bool open)
{
    if (channel == CHANNEL_SELF && open) {
        virtio_vsock_present(virtio_of(device));
    } else if (channel == CHANNEL_SELF) {
        virtio_vsock_interrupted(virtio_of(device));
    }
}

static const struct channel_client client = {
    .kind = CHANNEL_SOCKETS,
    .channels = CHANNEL_LINES + VSOCK_LINES,
    .received = received,
    .opened = opened,
};

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    const uint32_t cid = device_own_property_u32(device, "cairn,guest-cid",
                                                 VIRTIO_VSOCK_CID_FIRST);

    /* Others are reserved (5.10.4). */
    if (cid < VIRTIO_VSOCK_CID_FIRST || cid > VIRTIO_VSOCK_CID_LAST) {
        return error_set(error, -EINVAL,
                         "cairn,guest-cid is %u, and not %u to %u", cid,
                         VIRTIO_VSOCK_CID_FIRST, VIRTIO_VSOCK_CID_LAST);
    }
    wiring->outside = (struct virtio_vsock_outside){
        .cid = cid,
        .say = say,
        .ready = ready,
    };
    return 0;
}

static void refresh(struct device *device, struct virtio *virtio)
{
    virtio->outside = &((struct wiring *)device->wiring)->outside;
}

static const struct virtio_kind vsock = {
    .type = &virtio_vsock,
    .refresh = refresh,
    .init = init,
};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"SEQ_EOR, which no packet has,", OMITTED_ABSENT, 0, 0,
      "bounds of records of sequenced packets"},
};

VIRTIO_MMIO(vsock, "socket device", "5.10", missing, struct virtio_vsock_state,
            struct wiring, .channel = &client);
VIRTIO_PCI(vsock, "socket device", "5.10", missing, VIRTIO_ID_VSOCK, 0x078000u,
           struct virtio_vsock_state, struct wiring, .channel = &client);
