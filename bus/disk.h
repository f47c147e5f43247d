/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block requests of a device, and their completions.
 *
 * A device with a medium has a struct disk_client in its type. Its requests
 * have numbers below client->requests, which it chooses (a slot, the index of a
 * descriptor); as many may be in flight, and they complete in any order. The
 * session decides where the contents are kept; without a medium device->disk is
 * NULL.
 *
 * A request completes `latency_ns` of virtual time after it was made, never
 * earlier or later, whatever the host does: `completed` is called between two
 * rounds of the run loop, where no core runs. So a run is the same each time.
 * The model chooses the latency, that of the hardware it stands for.
 *
 * The device gathers the bytes of a write into a buffer of the request when the
 * request is made, and scatters those of a read from such a buffer when it
 * completes: the host's threads see no memory of the guest. Devices do so by
 * bus/dma.h. Requests that touch the same bytes take effect in the order in
 * which they were made, all others in any order.
 *
 * Requests in flight are part of the machine's state. The device keeps in its
 * own what it needs for the completion, such as the guest's address. Resetting
 * it must cancel them. Engine thread only.
 */
#ifndef BUS_DISK_H
#define BUS_DISK_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"

enum disk_operation {
    DISK_READ,
    DISK_WRITE,
    DISK_FLUSH,   /* what was written before is on the medium */
    DISK_DISCARD, /* reads as zeros from now on, and takes no room if the host
                     can help it */
    DISK_WRITE_ZEROES,
};

enum disk_status {
    DISK_DONE,
    DISK_REFUSED, /* outside the disk, too long, or it cannot be written */
    DISK_FAILED,  /* the host could not: a log line says why */
};

/* The size of a read or write; longer ones are refused. */
enum { DISK_TRANSFER_MAX = 4 << 20 };

struct disk_request {
    enum disk_operation operation;
    bool may_unmap; /* of DISK_WRITE_ZEROES: the zeros need take no room */
    uint64_t offset;
    uint64_t size;
    uint64_t latency_ns; /* at least 1 */
};

struct disk_client {
    unsigned requests; /* numbers are below */
    /* From within disk_submit: fills in the bytes of a write that is not
     * refused; may be called with a size of 0. Not 0 (a bus error) takes the
     * request back. Must not make requests. NULL: the device writes nothing. */
    int (*gather)(struct device *device, unsigned number, void *bytes,
                  size_t size);
    /* size is that of a read that is DISK_DONE, else 0. May make requests. */
    void (*completed)(struct device *device, unsigned number,
                      enum disk_status status, const void *bytes, size_t size);
};

/* A disk that platform/ connects to a device. */
struct disk {
    uint64_t size_bytes;
    bool read_only;
    uint32_t granule_bytes; /* a power of two: reads and changes of whole ones
                               cost least, smaller ones are not discarded */
    int (*submit)(struct disk *disk, unsigned number,
                  const struct disk_request *request);
    void (*cancel)(struct disk *disk, unsigned number);
};

/* The device has a medium. A request in flight of that number is cancelled.
 * Returns 0, or what gather returned: then there is no request. */
static inline int disk_submit(struct device *device, unsigned number,
                              const struct disk_request *request)
{
    assert(device->disk && number < device->type->disk->requests);
    assert(request->latency_ns != 0);
    return device->disk->submit(device->disk, number, request);
}

/* Requests in flight will not complete; what they change on the medium may be
 * changed nevertheless. Fine without a medium. */
static inline void disk_cancel_all(struct device *device)
{
    for (unsigned i = 0; device->disk && i < device->type->disk->requests;
         i++) {
        device->disk->cancel(device->disk, i);
    }
}

#endif
