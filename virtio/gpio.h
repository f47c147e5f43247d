/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GPIO device's outside: lines, each of which the driver drives or senses.
 */
#ifndef VIRTIO_GPIO_H
#define VIRTIO_GPIO_H

#include "abi/virtio_gpio.h"
#include "virtio/virtio.h"

enum { VIRTIO_GPIO_QUEUES = 2, VIRTIO_GPIO_LINES = 16 };

/* virtio.outside of a GPIO device. */
struct virtio_gpio_outside {
    unsigned lines;    /* from 1 to VIRTIO_GPIO_LINES */
    const char *names; /* as many strings, one behind the other; NULL: none */
    uint32_t names_size;
    /* The level at a line that the driver does not drive. */
    bool (*sense)(struct virtio *virtio, unsigned line);
    /* The driver drives a line; low as well when it lets it go. */
    void (*drive)(struct virtio *virtio, unsigned line, bool high);
};

/* The level at a line has changed. */
void virtio_gpio_sensed(struct virtio *virtio, unsigned number);

struct virtio_gpio_line {
    uint8_t direction; /* enum virtio_gpio_direction */
    uint8_t value;     /* that the driver gives it when it is an output */
    uint8_t irq_type;  /* enum virtio_gpio_irq_type */
    uint8_t latched;   /* an edge that the driver was not told of */
    uint8_t high;      /* the level when it was last sensed */
    uint8_t reserved[3];
};

/* The state, for its owner to keep. */
struct virtio_gpio_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_GPIO_QUEUES];
    struct virtio_gpio_line lines[VIRTIO_GPIO_LINES];
    /* By which the driver is told of an interrupt of that line. */
    struct virtio_chain events[VIRTIO_GPIO_LINES];
};

/* True if the driver drives a line high. */
static inline bool virtio_gpio_is_high(const struct virtio_gpio_line *line)
{
    return line->direction == VIRTIO_GPIO_DIRECTION_OUT && line->value != 0;
}

extern const struct virtio_type virtio_gpio;

#endif
