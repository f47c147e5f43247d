/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile cases in packets, buffers and commands of the network device (virtio
 * 1.2, 5.1). */
#include "virtio/hostile.h"

enum { RECEIVE = 0, CONTROL = 2 };

static void short_packet(struct hostile *hostile)
{
    hostile->buffers[1].length = 1;
    hostile_request(hostile);
}

static void long_packet(struct hostile *hostile)
{
    hostile->buffers[1] = (struct test_buffer){0, 1 << 17, false};
    hostile_request(hostile);
}

static void unknown_offload(struct hostile *hostile)
{
    hostile->driver.buffers[HOSTILE_REQUEST + 1] = 99; /* gso_type */
    hostile_request(hostile);
}

static void offload_not_accepted(struct hostile *hostile)
{
    hostile->driver.buffers[HOSTILE_REQUEST] = PACKET_NEEDS_CSUM;
    hostile->driver.buffers[HOSTILE_REQUEST + 6] = 20; /* csum_start */
    hostile_request(hostile);
}

static void short_command(struct hostile *hostile)
{
    const struct test_buffer buffers[] = {
        {HOSTILE_REQUEST, 1, false},
        {HOSTILE_STATUS,  1, true },
    };

    hostile->queue = CONTROL;
    test_add(&hostile->driver, CONTROL, buffers, 2);
    virtio_kick(hostile_virtio(hostile), CONTROL);
}

static void small_buffer(struct hostile *hostile)
{
    const struct test_buffer buffer = {
        HOSTILE_REQUEST, sizeof(struct virtio_net_header) + 20, true};
    static const uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const struct packet packet = {.bytes = frame, .size = sizeof(frame)};

    hostile->queue = RECEIVE;
    test_add(&hostile->driver, RECEIVE, &buffer, 1);
    virtio_kick(hostile_virtio(hostile), RECEIVE);
    virtio_net_receive(hostile_virtio(hostile), &packet);
}

static void absent_control(struct hostile *hostile)
{
    hostile->queue = CONTROL;
    virtio_kick(hostile_virtio(hostile), CONTROL);
}

/* ---- Cases --------------------------------------------------------------- */

#define NO_CSUM                                                                \
    (VIRTIO_FEATURE(VIRTIO_NET_F_CSUM) |                                       \
     VIRTIO_FEATURE(VIRTIO_NET_F_HOST_TSO4) |                                  \
     VIRTIO_FEATURE(VIRTIO_NET_F_HOST_TSO6) |                                  \
     VIRTIO_FEATURE(VIRTIO_NET_F_HOST_ECN))
#define NO_CONTROL                                                             \
    (VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_VQ) |                                    \
     VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_RX) |                                    \
     VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_VLAN) |                                  \
     VIRTIO_FEATURE(VIRTIO_NET_F_GUEST_ANNOUNCE) |                             \
     VIRTIO_FEATURE(VIRTIO_NET_F_CTRL_MAC_ADDR))
#define NO_MERGING  VIRTIO_FEATURE(VIRTIO_NET_F_MRG_RXBUF)
#define FAULT(name) VIRTIO_FAULT_##name, 0

const struct hostile_case hostile_net_cases[] = {
#include "virtio/hostile_net.def"
};
const unsigned hostile_net_case_count =
    sizeof(hostile_net_cases) / sizeof(hostile_net_cases[0]);
