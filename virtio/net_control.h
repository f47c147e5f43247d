/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the network device: what its driver asked for by the control
 * virtqueue. */
#ifndef VIRTIO_NET_CONTROL_H
#define VIRTIO_NET_CONTROL_H

#include "virtio/net.h"

void virtio_net_serve_control(struct virtio *virtio, unsigned queue);
/* True if the filter lets a packet through. */
bool virtio_net_wants(const struct virtio *virtio, const struct packet *packet);
/* The address: the driver's, or that of the link. */
const uint8_t *virtio_net_mac(const struct virtio *virtio);

#endif
