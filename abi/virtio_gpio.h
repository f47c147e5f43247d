/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.18: GPIO device.
 * Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_GPIO_H
#define ABI_VIRTIO_GPIO_H

#include <assert.h>
#include <stdint.h>

/* Bits of features (5.18.3). */
enum virtio_gpio_feature { VIRTIO_GPIO_F_IRQ = 0 };

/* Virtqueues (5.18.2). */
enum virtio_gpio_queue { VIRTIO_GPIO_REQUESTS = 0, VIRTIO_GPIO_EVENTS = 1 };

/* Configuration (5.18.4). */
struct virtio_gpio_config {
    uint16_t ngpio;
    uint8_t padding[2];
    uint32_t gpio_names_size;
};

/* Requests (5.18.6). */
enum virtio_gpio_message {
    VIRTIO_GPIO_MSG_GET_LINE_NAMES = 1,
    VIRTIO_GPIO_MSG_GET_DIRECTION = 2,
    VIRTIO_GPIO_MSG_SET_DIRECTION = 3,
    VIRTIO_GPIO_MSG_GET_VALUE = 4,
    VIRTIO_GPIO_MSG_SET_VALUE = 5,
    VIRTIO_GPIO_MSG_SET_IRQ_TYPE = 6,
};

struct virtio_gpio_request {
    uint16_t type; /* enum virtio_gpio_message */
    uint16_t gpio; /* number of the line */
    uint32_t value;
};

struct virtio_gpio_response {
    uint8_t status; /* enum virtio_gpio_status */
    uint8_t value;  /* of the names, gpio_names_size bytes */
};

enum virtio_gpio_status {
    VIRTIO_GPIO_STATUS_OK = 0,
    VIRTIO_GPIO_STATUS_ERR = 1,
};

enum virtio_gpio_direction {
    VIRTIO_GPIO_DIRECTION_NONE = 0,
    VIRTIO_GPIO_DIRECTION_OUT = 1,
    VIRTIO_GPIO_DIRECTION_IN = 2,
};

enum virtio_gpio_irq_type {
    VIRTIO_GPIO_IRQ_TYPE_NONE = 0,
    VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING = 1,
    VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING = 2,
    VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH = 3,
    VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH = 4,
    VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW = 8,
};

/* Interrupts (5.18.7): a request to be told, and the answer. */
struct virtio_gpio_irq_request {
    uint16_t gpio;
};

enum virtio_gpio_irq_status {
    VIRTIO_GPIO_IRQ_STATUS_INVALID = 0,
    VIRTIO_GPIO_IRQ_STATUS_VALID = 1,
};

static_assert(sizeof(struct virtio_gpio_config) == 8, "5.18.4");
static_assert(sizeof(struct virtio_gpio_request) == 8, "5.18.6");
static_assert(sizeof(struct virtio_gpio_response) == 2, "5.18.6");
static_assert(sizeof(struct virtio_gpio_irq_request) == 2, "5.18.7");

#endif
