/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.8: input device, and the numbers
 * of Linux' evdev that it carries. Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_INPUT_H
#define ABI_VIRTIO_INPUT_H

#include <assert.h>
#include <stdint.h>

/* Virtqueues (5.8.2). */
enum virtio_input_queue {
    VIRTIO_INPUT_EVENTS = 0,
    VIRTIO_INPUT_STATUS = 1,
};

/* Configuration (5.8.4): what `select` chooses is behind it. */
enum virtio_input_select {
    VIRTIO_INPUT_CFG_UNSET = 0x00,
    VIRTIO_INPUT_CFG_ID_NAME = 0x01,
    VIRTIO_INPUT_CFG_ID_SERIAL = 0x02,
    VIRTIO_INPUT_CFG_ID_DEVIDS = 0x03,
    VIRTIO_INPUT_CFG_PROP_BITS = 0x10,
    VIRTIO_INPUT_CFG_EV_BITS = 0x11,
    VIRTIO_INPUT_CFG_ABS_INFO = 0x12,
};

struct virtio_input_devids {
    uint16_t bustype;
    uint16_t vendor;
    uint16_t product;
    uint16_t version;
};

struct virtio_input_config {
    uint8_t select;
    uint8_t subsel;
    uint8_t size;
    uint8_t reserved[5];
    uint8_t data[128];
};

/* An event, as buffers of both queues (5.8.6). */
struct virtio_input_event {
    uint16_t type;
    uint16_t code;
    uint32_t value;
};

/* The properties of an axis, for VIRTIO_INPUT_CFG_ABS_INFO. */
struct virtio_input_absinfo {
    uint32_t min;
    uint32_t max;
    uint32_t fuzz;
    uint32_t flat;
    uint32_t res;
};

enum virtio_input_type {
    VIRTIO_INPUT_EV_SYN = 0,
    VIRTIO_INPUT_EV_KEY = 1,
    VIRTIO_INPUT_EV_ABS = 3,
};
enum virtio_input_axis { VIRTIO_INPUT_ABS_X = 0, VIRTIO_INPUT_ABS_Y = 1 };
enum { VIRTIO_INPUT_BUS_VIRTUAL = 6 };

static_assert(sizeof(struct virtio_input_config) == 136, "5.8.4");
static_assert(sizeof(struct virtio_input_absinfo) == 20, "5.8.4");
static_assert(sizeof(struct virtio_input_event) == 8, "5.8.6");

#endif
