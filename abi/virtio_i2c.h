/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual I/O Device (VIRTIO) Version 1.2, 5.16: I2C adapter device.
 * Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_I2C_H
#define ABI_VIRTIO_I2C_H

#include <assert.h>
#include <stdint.h>

/* Bits of features (5.16.3). */
enum virtio_i2c_feature { VIRTIO_I2C_F_ZERO_LENGTH_REQUEST = 0 };

/* In front of what is written, or read (5.16.6.1). */
struct virtio_i2c_header {
    uint16_t address; /* of 7 bits, in bits 7:1 */
    uint16_t padding;
    uint32_t flags; /* enum virtio_i2c_flags */
};

enum virtio_i2c_flags {
    VIRTIO_I2C_FLAGS_FAIL_NEXT = 1, /* the next request is of the same group */
    VIRTIO_I2C_FLAGS_M_RD = 2,      /* a read request */
};

/* Behind it, a byte. */
enum virtio_i2c_status { VIRTIO_I2C_MSG_OK = 0, VIRTIO_I2C_MSG_ERR = 1 };

static_assert(sizeof(struct virtio_i2c_header) == 8, "5.16.6.1");

#endif
