/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of a virtio block device as those of a block back end. */
#include "backends/virtio/disk.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

enum { TRANSFER_MAX = 1 << 20 };

static const struct {
    enum block_operation operation;
    bool may_unmap;
    bool has_bytes;
} operations[] = {
    [VIRTIO_BLK_READ] = {BLOCK_READ,         false, true },
    [VIRTIO_BLK_WRITE] = {BLOCK_WRITE,        false, true },
    [VIRTIO_BLK_FLUSH] = {BLOCK_FLUSH,        false, false},
    [VIRTIO_BLK_DISCARD] = {BLOCK_DISCARD,      false, false},
    [VIRTIO_BLK_ZERO] = {BLOCK_WRITE_ZEROES, false, false},
    [VIRTIO_BLK_UNMAP_ZERO] = {BLOCK_WRITE_ZEROES, true,  false},
};

static struct virtio_disk *disk_of(struct virtio *virtio)
{
    return virtio->outside;
}

static void done(struct block_request *request)
{
    struct virtio_disk_request *one = request->context;
    struct virtio *virtio = one->virtio;
    const bool succeeded = request->status == 0;

    one->busy = false;
    one->virtio = NULL;
    if (virtio != NULL) {
        virtio_blk_done(
            virtio, one->number, succeeded, one->bytes,
            succeeded && request->operation == BLOCK_READ ? request->size : 0);
    }
}

/* The bytes are the request's own: the driver may change its memory. */
static bool fill(struct virtio *virtio, struct virtio_disk_request *one,
                 enum virtio_blk_operation operation, size_t size)
{
    if (!operations[operation].has_bytes) {
        return true;
    }
    if (size > one->room) {
        one->bytes = memory_resize(one->bytes, size, 1);
        one->room = size;
    }
    one->request.bytes = one->bytes;
    return operation != VIRTIO_BLK_WRITE ||
           virtio_blk_gather(virtio, one->number, one->bytes, size);
}

static void submit(struct virtio *virtio, unsigned number,
                   enum virtio_blk_operation operation, uint64_t offset,
                   uint64_t size)
{
    struct virtio_disk *disk = disk_of(virtio);
    struct virtio_disk_request *one = &disk->requests[number];

    assert(!one->busy);
    one->number = number;
    one->request = (struct block_request){
        .operation = operations[operation].operation,
        .may_unmap = operations[operation].may_unmap,
        .offset = offset,
        .size = size,
        .done = done,
        .context = one,
    };
    if (!fill(virtio, one, operation, (size_t)size)) {
        virtio_blk_done(virtio, number, false, NULL, 0);
        return;
    }
    one->virtio = virtio;
    one->busy = true;
    if (block_try(disk->block, &one->request)) {
        done(&one->request);
    } else {
        block_submit(disk->block, &one->request);
    }
}

/* Waits, so that changes are made before the next request of that number. */
static void cancel(struct virtio *virtio, unsigned number)
{
    struct virtio_disk_request *one = &disk_of(virtio)->requests[number];

    one->virtio = NULL;
    if (one->busy) {
        block_finish(&one->request);
    }
}

void virtio_disk_init(struct virtio_disk *disk, struct block *block,
                      const char *serial)
{
    *disk = (struct virtio_disk){
        .medium =
            {
                     .size_bytes = block->size_bytes,
                     .read_only = block->read_only,
                     .discards = true,
                     .transfer_max = TRANSFER_MAX,
                     .physical_block_exp =
                    virtio_blk_physical_exponent(block->granule_bytes),
                     .serial = serial,
                     .submit = submit,
                     .cancel = cancel,
                     },
        .block = block,
    };
}

void virtio_disk_fini(struct virtio_disk *disk)
{
    for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
        struct virtio_disk_request *one = &disk->requests[i];

        one->virtio = NULL;
        if (one->busy) {
            block_finish(&one->request);
        }
        free(one->bytes);
    }
}
