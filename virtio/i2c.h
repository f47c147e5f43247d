/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I2C adapter's outside: a bus, as its owner drives it byte by byte.
 */
#ifndef VIRTIO_I2C_H
#define VIRTIO_I2C_H

#include "abi/virtio_i2c.h"
#include "virtio/virtio.h"

enum {
    /* The bytes of a request: as many as Linux takes from a program. */
    VIRTIO_I2C_BYTES_MAX = 8192,
};

/* virtio.outside of an I2C adapter. */
struct virtio_i2c_outside {
    /* A start, or a repeated one, and an address of 7 bits. False, of this and
     * of put: nobody acknowledges. */
    bool (*start)(struct virtio *virtio, unsigned address, bool reads);
    bool (*put)(struct virtio *virtio, uint8_t byte);
    uint8_t (*get)(struct virtio *virtio);
    void (*stop)(struct virtio *virtio);
};

/* The state, for its owner to keep. */
struct virtio_i2c_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[1];
    uint32_t failed; /* a request of the group failed, and so does the next */
    uint32_t reserved;
};

extern const struct virtio_type virtio_i2c;

#endif
