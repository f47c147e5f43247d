/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio network device in a machine: its link is the device's channel
 * (bus/channel.h).
 *
 * Its address is the node's "local-mac-address", or one that follows from its
 * name, in the range for local administration. "cairn,mtu" is what the driver
 * is told, and "cairn,queue-pairs" how many pairs there are (1).
 */
#include "virtio/net.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "bus/channel.h"
#include "devices/virtio/transport.h"

static_assert((int)PACKET_MESSAGE_MAX <= (int)CHANNEL_MESSAGE_MAX,
              "a packet is a message");

struct wiring {
    struct virtio_wiring common;
    struct virtio_net_link link;
};

static struct virtio_net_link *link_of(const struct device *device)
{
    return &((struct wiring *)device->wiring)->link;
}

static void send(struct virtio *virtio, const void *message, size_t size)
{
    channel_send(virtio_device(virtio), 0, message, size);
}

static void ready(struct virtio *virtio)
{
    channel_ready(virtio_device(virtio), 0);
}

static bool received(struct device *device, unsigned channel, const void *bytes,
                     size_t size)
{
    struct packet packet;
    return !packet_decode(bytes, size, &packet) ||
           virtio_net_receive(virtio_of(device), &packet);
}

static void opened(struct device *device, unsigned channel, bool open)
{
    link_of(device)->up = open;
    virtio_net_changed(virtio_of(device));
}

static const struct channel_client client = {
    .kind = CHANNEL_PACKETS,
    .channels = 1,
    .received = received,
    .opened = opened,
};

/* ---- The node ------------------------------------------------------------ */

static int choose_mac(const struct device *device, uint8_t *mac,
                      struct error *error)
{
    static const uint8_t local[] = {0x52, 0x54, 0x00};
    const uint64_t hash = hash64(0, device->name, strlen(device->name));
    size_t size = 0;
    const void *given =
        device->properties
            ? device->properties->find(device->node, "local-mac-address", false,
                                       &size)
            : NULL;

    if (given && size != VIRTIO_NET_ADDRESS) {
        return error_set(error, -EINVAL,
                         "'local-mac-address' has %zu bytes, not %d", size,
                         VIRTIO_NET_ADDRESS);
    }
    if (given) {
        memcpy(mac, given, VIRTIO_NET_ADDRESS);
        return 0;
    }
    memcpy(mac, local, sizeof(local));
    memcpy(mac + sizeof(local), &hash, VIRTIO_NET_ADDRESS - sizeof(local));
    return 0;
}

static int init(struct device *device, struct error *error)
{
    struct virtio_net_link *link = link_of(device);
    const uint32_t pairs =
        device_own_property_u32(device, "cairn,queue-pairs", 1);
    const uint32_t mtu = device_own_property_u32(device, "cairn,mtu", 0);

    if (pairs < 1 || pairs > VIRTIO_NET_PAIRS) {
        return error_set(error, -EINVAL,
                         "'cairn,queue-pairs' is %u, not 1 to %d", pairs,
                         VIRTIO_NET_PAIRS);
    }
    if (mtu != 0 && (mtu < 68 || mtu > UINT16_MAX)) { /* 5.1.4.1 */
        return error_set(error, -EINVAL, "'cairn,mtu' is %u, not 68 to %d", mtu,
                         UINT16_MAX);
    }
    link->pairs = pairs;
    link->mtu = (uint16_t)mtu;
    return choose_mac(device, link->mac, error);
}

/* The channel is connected after the devices were made. */
static void refresh(struct device *device, struct virtio *virtio)
{
    struct virtio_net_link *link = link_of(device);

    link->up = channel_is_open(device, 0);
    link->send = send;
    link->ready = ready;
    virtio->outside = link;
    virtio->queues = 2 * link->pairs + 1;
}

static const struct virtio_kind net = {
    .type = &virtio_net,
    .refresh = refresh,
    .init = init,
};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"feature bits", OMITTED_ABSENT, 0, 0,
      "RSS, hash reports, UDP segmentation, notification coalescing"},
};

VIRTIO_MMIO(net, "network device", "5.1", missing, struct virtio_net_state,
            struct wiring, .channel = &client);
VIRTIO_MMIO_LEGACY(net, "network device", "5.1", missing,
                   struct virtio_net_state, struct wiring, .channel = &client);
VIRTIO_PCI(net, "network device", "5.1", missing, VIRTIO_ID_NET, 0x020000u,
           struct virtio_net_state, struct wiring, .channel = &client);
