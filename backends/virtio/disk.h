/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio block device whose medium is a block back end, without a machine:
 * requests take the host's time, end in turns of the back end's loop, and are
 * in no list of inputs. (In a machine it is devices/virtio/blk.c.)
 *
 * The device and the loop are of one thread. Requests that are under way at the
 * same time may be served in any order, as virtio allows.
 */
#ifndef BACKENDS_VIRTIO_DISK_H
#define BACKENDS_VIRTIO_DISK_H

#include "backends/block.h"
#include "virtio/blk.h"

struct virtio_disk_request {
    struct block_request request;
    struct virtio
        *virtio; /* NULL: the device does not wait for it (any more) */
    unsigned number;
    uint8_t *bytes; /* room for the largest that there was */
    size_t room;
    bool busy;
};

struct virtio_disk {
    struct virtio_blk_medium medium; /* first: this is virtio.outside */
    struct block *block;
    struct virtio_disk_request requests[VIRTIO_BLK_REQUESTS];
};

/* block and serial are the caller's, who keeps them as long as the disk. */
void virtio_disk_init(struct virtio_disk *disk, struct block *block,
                      const char *serial);
/* Waits for what is under way; after the device was reset. */
void virtio_disk_fini(struct virtio_disk *disk);

#endif
