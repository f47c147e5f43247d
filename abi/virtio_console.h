/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.3: console device. Freestanding
 * C11, little-endian.
 */
#ifndef ABI_VIRTIO_CONSOLE_H
#define ABI_VIRTIO_CONSOLE_H

#include <assert.h>
#include <stdint.h>

/* Bits of features (5.3.3). */
enum virtio_console_feature {
    VIRTIO_CONSOLE_F_SIZE = 0,
    VIRTIO_CONSOLE_F_MULTIPORT = 1,
    VIRTIO_CONSOLE_F_EMERG_WRITE = 2,
};

/* Virtqueues (5.3.2): those of port 0, of control messages, then of each
 * further port its receive and its transmit queue. */
enum virtio_console_queue {
    VIRTIO_CONSOLE_RECEIVE = 0,
    VIRTIO_CONSOLE_TRANSMIT = 1,
    VIRTIO_CONSOLE_CONTROL_RECEIVE = 2,
    VIRTIO_CONSOLE_CONTROL_TRANSMIT = 3,
};

/* Configuration (5.3.4). */
struct virtio_console_config {
    uint16_t cols;
    uint16_t rows;
    uint32_t max_nr_ports;
    uint32_t emerg_wr;
};

/* Control messages (5.3.6.2). */
struct virtio_console_control {
    uint32_t id; /* the port */
    uint16_t event;
    uint16_t value;
};

enum virtio_console_event {
    VIRTIO_CONSOLE_DEVICE_READY = 0,
    VIRTIO_CONSOLE_DEVICE_ADD = 1,
    VIRTIO_CONSOLE_DEVICE_REMOVE = 2,
    VIRTIO_CONSOLE_PORT_READY = 3,
    VIRTIO_CONSOLE_CONSOLE_PORT = 4,
    VIRTIO_CONSOLE_RESIZE = 5, /* a struct virtio_console_resize follows */
    VIRTIO_CONSOLE_PORT_OPEN = 6,
    VIRTIO_CONSOLE_PORT_NAME = 7, /* the name follows, without a NUL */
};

struct virtio_console_resize {
    uint16_t cols;
    uint16_t rows;
};

static_assert(sizeof(struct virtio_console_config) == 12, "5.3.4");
static_assert(sizeof(struct virtio_console_control) == 8, "5.3.6.2");
static_assert(sizeof(struct virtio_console_resize) == 4, "5.3.6.2");

#endif
