/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that carry a file protocol: the 9P transport, which the specification
 * numbers and does not describe (as Linux and QEMU have it), and the file
 * system device (virtio 1.2, 5.11). Freestanding C11, little-endian.
 */
#ifndef ABI_VIRTIO_SHARE_H
#define ABI_VIRTIO_SHARE_H

#include <assert.h>
#include <stdint.h>

enum { VIRTIO_9P_F_MOUNT_TAG = 0 }; /* the configuration has a tag */

enum { VIRTIO_SHARE_TAG_SIZE = 36 };

struct virtio_9p_config {
    uint16_t tag_size;
    uint8_t tag[VIRTIO_SHARE_TAG_SIZE]; /* without an end */
};

/* 5.11.4 */
struct virtio_fs_config {
    uint8_t tag[VIRTIO_SHARE_TAG_SIZE]; /* zeros behind it */
    uint32_t num_request_queues;
    uint32_t notify_buf_size; /* only with VIRTIO_FS_F_NOTIFICATION */
};

static_assert(sizeof(struct virtio_9p_config) == 38, "as Linux has it");
static_assert(sizeof(struct virtio_fs_config) == 44, "5.11.4");

/* 5.11.2 */
enum virtio_fs_queue { VIRTIO_FS_HIPRIO, VIRTIO_FS_REQUESTS };

#endif
