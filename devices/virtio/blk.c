/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio block device in a machine: its medium is the device's disk
 * (bus/disk.h). The latencies are those of a fast SSD.
 */
#include "virtio/blk.h"

#include <errno.h>

#include "bus/disk.h"
#include "devices/virtio/transport.h"

enum { BYTES_PER_NS = 4 };

static const struct {
    enum disk_operation operation;
    bool may_unmap;
    uint32_t latency_ns;
} operations[] = {
    [VIRTIO_BLK_READ] = {DISK_READ,         false, 10000},
    [VIRTIO_BLK_WRITE] = {DISK_WRITE,        false, 10000},
    [VIRTIO_BLK_FLUSH] = {DISK_FLUSH,        false, 50000},
    [VIRTIO_BLK_DISCARD] = {DISK_DISCARD,      false, 20000},
    [VIRTIO_BLK_ZERO] = {DISK_WRITE_ZEROES, false, 20000},
    [VIRTIO_BLK_UNMAP_ZERO] = {DISK_WRITE_ZEROES, true,  20000},
};

struct wiring {
    struct virtio_wiring common;
    struct virtio_blk_medium medium;
};

static void submit(struct virtio *virtio, unsigned number,
                   enum virtio_blk_operation operation, uint64_t offset,
                   uint64_t size)
{
    struct device *device = virtio_device(virtio);
    struct disk_request request = {
        .operation = operations[operation].operation,
        .may_unmap = operations[operation].may_unmap,
        .offset = offset,
        .size = size,
        .latency_ns = operations[operation].latency_ns,
    };

    if (operation == VIRTIO_BLK_READ || operation == VIRTIO_BLK_WRITE) {
        request.latency_ns += size / BYTES_PER_NS;
    }
    if (device->disk == NULL || disk_submit(device, number, &request) != 0) {
        virtio_blk_done(virtio, number, false, NULL, 0);
    }
}

static int gather(struct device *device, unsigned number, void *bytes,
                  size_t size)
{
    return virtio_blk_gather(virtio_of(device), number, bytes, size) ? 0
                                                                     : -EFAULT;
}

static void cancel(struct virtio *virtio, unsigned number)
{
    struct disk *disk = virtio_device(virtio)->disk;

    if (disk != NULL) {
        disk->cancel(disk, number);
    }
}

static void completed(struct device *device, unsigned number,
                      enum disk_status status, const void *bytes, size_t size)
{
    virtio_blk_done(virtio_of(device), number, status == DISK_DONE, bytes,
                    size);
}

static const struct disk_client client = {VIRTIO_BLK_REQUESTS, gather,
                                          completed};

/* The medium as it is now: it is connected after the devices were made. */
static void refresh(struct device *device, struct virtio *virtio)
{
    struct wiring *wiring = device->wiring;
    const struct disk *disk = device->disk;

    wiring->medium = (struct virtio_blk_medium){
        .size_bytes = disk != NULL ? disk->size_bytes : 0,
        .read_only = disk == NULL || disk->read_only,
        .discards = disk != NULL,
        .transfer_max = DISK_TRANSFER_MAX,
        .physical_block_exp =
            disk != NULL ? virtio_blk_physical_exponent(disk->granule_bytes)
                         : 0,
        .serial = device_property_string(device, "cairn,serial", device->name),
        .submit = submit,
        .cancel = cancel,
    };
    virtio->outside = &wiring->medium;
}

static const struct virtio_kind blk = {.type = &virtio_blk, .refresh = refresh};

static const struct omission missing[] = {
    VIRTIO_OMITTED,
    {"feature bits", OMITTED_ABSENT, 0, 0, "secure erase, geometry, zones"},
};

VIRTIO_MMIO(blk, "block device", "5.2", missing, struct virtio_blk_state,
            struct wiring, .disk = &client);
VIRTIO_MMIO_LEGACY(blk, "block device", "5.2", missing, struct virtio_blk_state,
                   struct wiring, .disk = &client);
VIRTIO_PCI(blk, "block device", "5.2", missing, VIRTIO_ID_BLK, 0x010000u,
           struct virtio_blk_state, struct wiring, .disk = &client);
