/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block device's outside: a medium, which the owner of the device supplies.
 */
#ifndef VIRTIO_BLK_H
#define VIRTIO_BLK_H

#include "abi/virtio_blk.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_BLK_QUEUES = 4,
    /* Requests of all queues that are under way; more wait in the rings. */
    VIRTIO_BLK_REQUESTS = 32,
};

enum virtio_blk_operation {
    VIRTIO_BLK_READ,
    VIRTIO_BLK_WRITE,
    VIRTIO_BLK_FLUSH,
    VIRTIO_BLK_DISCARD,
    VIRTIO_BLK_ZERO,       /* write zeroes, and keep the room */
    VIRTIO_BLK_UNMAP_ZERO, /* write zeroes, and give the room back if possible
                            */
};

/* virtio.outside of a block device. */
struct virtio_blk_medium {
    uint64_t size_bytes; /* a remainder of a sector is left out */
    bool read_only;
    bool discards; /* discard and write zeroes */
    /* Bytes of a read or write, whole sectors; 0: any, as for a medium whose
     * requests end within the call. Drivers know of no limit: their longer
     * requests are made in pieces, one at a time. */
    uint32_t transfer_max;
    uint8_t physical_block_exp; /* a physical block has 512 << it bytes */
    const char *serial;         /* NULL: none */
    /*
     * Begins a request of that number, below VIRTIO_BLK_REQUESTS; the range is
     * within the medium. Its end is virtio_blk_done, within the call or later.
     * A write takes its bytes by virtio_blk_gather before it returns, and a
     * read gives them to virtio_blk_done.
     */
    void (*submit)(struct virtio *virtio, unsigned number,
                   enum virtio_blk_operation operation, uint64_t offset,
                   uint64_t size);
    /* No virtio_blk_done for it any more; what it changes may be changed. */
    void (*cancel)(struct virtio *virtio, unsigned number);
};

/* physical_block_exp of a medium: the size of a block that costs least, 4 KiB
 * at most, as file systems do not look for more. */
uint8_t virtio_blk_physical_exponent(uint32_t granule_bytes);
/* The bytes of a write: false if the driver's memory is not there. */
bool virtio_blk_gather(struct virtio *virtio, unsigned number, void *bytes,
                       uint64_t size);
/* bytes are those of a read that succeeded, all of them; else size is 0. */
void virtio_blk_done(struct virtio *virtio, unsigned number, bool succeeded,
                     const void *bytes, uint64_t size);

/* The state, for its owner to keep. */
struct virtio_blk_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[VIRTIO_BLK_QUEUES];
    uint32_t write_through; /* the driver cleared config.writeback */
    uint32_t blocked; /* queues that wait for a free request, a bit each */
    uint32_t syncing; /* requests whose write is done and whose flush is not, a
                         bit each */
    uint32_t reserved;
    uint32_t types[VIRTIO_BLK_REQUESTS];   /* of requests that are under way */
    uint64_t sectors[VIRTIO_BLK_REQUESTS]; /* of reads and writes: the first */
    uint64_t moved[VIRTIO_BLK_REQUESTS];   /* bytes of their pieces so far */
    struct virtio_chain requests[VIRTIO_BLK_REQUESTS];
};

extern const struct virtio_type virtio_blk;

#endif
