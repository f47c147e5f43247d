/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory accesses that a device makes as a master. A device that reads or
 * writes memory keeps a struct dma in its wiring, opens it in init, and makes
 * every such access through it: an access is checked against the rights of the
 * windows it meets, writes mark memory dirty and drop the translations of code
 * that they replace, and a refusal is a line of the guest log in the name of
 * the device.
 *
 * The board says which address space the device sees: its node has an
 * address-map of its own, or "cairn,master" names the master whose space it
 * shares.
 *
 * Accesses may meet registers, also those of the device itself, whose handlers
 * may make accesses in turn. A chain of more than DMA_DEPTH_MAX of them is
 * refused, and so are accesses that others have caused when they have moved
 * DMA_CAUSED_MAX bytes at one instant, each call counting as some: registers of
 * several devices that write each other would keep the host busy for hours.
 * Engine thread only.
 */
#ifndef BUS_DMA_H
#define BUS_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "bus/space.h"

struct device;
struct fabric;

enum { DMA_DEPTH_MAX = 8, DMA_CAUSED_MAX = 16 << 20 };

struct dma {
    struct device *device;
    struct space *space;  /* NULL: not opened, no access may be made */
    struct access access; /* what accesses carry: the space's attributes, with
                             the node's own cairn,user */
};

/* In a device's init. Returns 0, or -ENOENT and *error if the board names no
 * address space. */
int dma_open(struct dma *dma, struct device *device, struct error *error);
static inline bool dma_is_open(const struct dma *dma)
{
    return dma->space != NULL;
}

/*
 * Copies from and to memory and registers; registers are met by aligned
 * accesses of at most 4 bytes. Returns 0, or -EFAULT when nothing answers or a
 * target refuses; what lies before that address has been copied.
 */
int dma_read(const struct dma *dma, struct gpa address, void *bytes,
             size_t size);
int dma_write(const struct dma *dma, struct gpa address, const void *bytes,
              size_t size);

/* One access of 1, 2, 4 or 8 bytes, aligned, such as a message-signalled
 * interrupt; as space_read and space_write. */
int dma_load(const struct dma *dma, struct gpa address, unsigned size,
             uint64_t *value);
int dma_store(const struct dma *dma, struct gpa address, unsigned size,
              uint64_t value);

enum dma_direction {
    DMA_FROM_MEMORY, /* the device reads */
    DMA_TO_MEMORY,   /* the device writes */
};

/*
 * For a device whose registers start work of its own, such as the erase of a
 * chip: false when accesses of DMA have caused as much as they may at this
 * instant. Work that a processor starts is always allowed, as that one's
 * instructions are counted.
 */
bool dma_may_cause(struct fabric *fabric, uint64_t cost_bytes);

/*
 * The memory at address, for a device that works on it in place: at most size
 * bytes, fewer where memory is not contiguous. -EFAULT where there is no memory
 * or no right to it; registers are no memory. DMA_TO_MEMORY marks the bytes
 * as written. The span holds until the device returns to its caller.
 */
int dma_span(const struct dma *dma, struct gpa address, uint64_t size,
             enum dma_direction direction, struct span *span);

#endif
