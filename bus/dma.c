/* SPDX-License-Identifier: Apache-2.0 */
/* A device's accesses as a master: copies are made span by span where there is
 * memory, by single accesses where there are registers. */
#include "bus/dma.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"

enum { CALL_COST = 64 };

int dma_open(struct dma *dma, struct device *device, struct error *error)
{
    *dma = (struct dma){.device = device};
    struct space *space = device_space(device, error);
    if (space == NULL) {
        return -ENOENT;
    }
    dma->space = space;
    dma->access = space->attributes;
    dma->access.user =
        device_own_property_u32(device, "cairn,user", dma->access.user);
    return 0;
}

static int refuse(const struct dma *dma, uint64_t address, const char *verb,
                  const char *why)
{
    device_guest_error(dma->device, address,
                       "DMA %s at 0x%08" PRIx64 ": bus error, %s", verb,
                       address, why);
    return -EFAULT;
}

bool dma_may_cause(struct fabric *fabric, uint64_t cost_bytes)
{
    uint64_t now = clock_now(&fabric->clock);

    if (fabric->dma_depth == 0) {
        return true;
    }
    if (fabric->dma_instant != now) {
        fabric->dma_instant = now;
        fabric->dma_caused = 0;
    }
    fabric->dma_caused += cost_bytes;
    return fabric->dma_caused <= DMA_CAUSED_MAX;
}

/* Checks whether a call may go on: one that an access of DMA has caused is
 * counted. */
static int count_caused(const struct dma *dma, uint64_t address, uint64_t size,
                        const char *verb)
{
    return dma_may_cause(dma->device->fabric, size + CALL_COST)
               ? 0
               : refuse(dma, address, verb, "accesses cause too many others");
}

/* One access that may meet registers; these may lead here again. */
static int single(const struct dma *dma, uint64_t address, unsigned size,
                  uint64_t *value, enum dma_direction direction)
{
    struct fabric *fabric = dma->device->fabric;
    bool loads = direction == DMA_FROM_MEMORY;
    const char *verb = loads ? "read" : "write";

    assert(dma->space->fabric == fabric);
    assert(fabric->dma_depth <= DMA_DEPTH_MAX);
    if (fabric->dma_depth == DMA_DEPTH_MAX) {
        return refuse(dma, address, verb, "the access leads back to itself");
    }
    if (count_caused(dma, address, size, verb) != 0) {
        return -EFAULT;
    }
    fabric->dma_depth++;
    int result =
        loads
            ? space_read(dma->space, &dma->access, gpa(address), size, value)
            : space_write(dma->space, &dma->access, gpa(address), size, *value);
    assert(fabric->dma_depth != 0);
    fabric->dma_depth--;
    return result == -EFAULT ? refuse(dma, address, verb, "the target refuses")
                             : result;
}

int dma_load(const struct dma *dma, struct gpa address, unsigned size,
             uint64_t *value)
{
    assert(dma_is_open(dma));
    return single(dma, address.value, size, value, DMA_FROM_MEMORY);
}

int dma_store(const struct dma *dma, struct gpa address, unsigned size,
              uint64_t value)
{
    assert(dma_is_open(dma));
    return single(dma, address.value, size, &value, DMA_TO_MEMORY);
}

/* ---- Spans --------------------------------------------------------------- */

/* The piece of memory at address, at most size bytes; false where there is
 * none. */
static bool find_span(const struct dma *dma, uint64_t address, uint64_t size,
                      struct span *span)
{
    if (space_span(dma->space, gpa(address), span) != 0) {
        return false;
    }
    span->size_bytes = span->size_bytes < size ? span->size_bytes : size;
    return true;
}

static unsigned right_of(enum dma_direction direction)
{
    return direction == DMA_TO_MEMORY ? WINDOW_W : WINDOW_R;
}

int dma_span(const struct dma *dma, struct gpa address, uint64_t size,
             enum dma_direction direction, struct span *span)
{
    const char *verb = direction == DMA_TO_MEMORY ? "write" : "read";

    assert(dma_is_open(dma) && size != 0);
    if (!find_span(dma, address.value, size, span)) {
        *span = (struct span){0};
        return refuse(dma, address.value, verb, "no memory there");
    }
    if ((span->rights & right_of(direction)) == 0) {
        *span = (struct span){0};
        return refuse(dma, address.value, verb, "no right to");
    }
    if (count_caused(dma, address.value, span->size_bytes, verb) != 0) {
        *span = (struct span){0};
        return -EFAULT;
    }
    if (direction == DMA_TO_MEMORY) {
        region_written(span->region, span->offset, span->size_bytes);
    }
    return 0;
}

/* ---- Copies -------------------------------------------------------------- */

/*
 * The next piece of a copy into host bytes or from them; the other pointer is
 * NULL. Memory with the right gives all that is contiguous; at anything else
 * one access is made, so that the target says whether it refuses. Returns the
 * size of the piece, or 0 for a refusal.
 */
static size_t copy_piece(const struct dma *dma, uint64_t address, uint8_t *into,
                         const uint8_t *from, size_t size)
{
    enum dma_direction direction = into ? DMA_FROM_MEMORY : DMA_TO_MEMORY;
    struct span span;

    if (find_span(dma, address, size, &span) &&
        (span.rights & right_of(direction)) != 0) {
        size_t piece = (size_t)span.size_bytes;
        if (into) {
            memcpy(into, span.host, piece);
        } else {
            region_load(span.region, span.offset, from, piece);
        }
        return piece;
    }
    unsigned piece = space_piece_size(address, size);
    uint64_t value = 0;
    if (from) {
        memcpy(&value, from, piece);
    }
    if (single(dma, address, piece, &value, direction) != 0) {
        return 0;
    }
    if (into) {
        memcpy(into, &value, piece);
    }
    return piece;
}

int dma_read(const struct dma *dma, struct gpa address, void *bytes,
             size_t size)
{
    uint8_t *into = bytes;

    assert(dma_is_open(dma));
    if (count_caused(dma, address.value, size, "read") != 0) {
        return -EFAULT;
    }
    for (size_t done = 0; done < size;) {
        size_t piece = copy_piece(dma, address.value + done, into + done, NULL,
                                  size - done);
        if (piece == 0) {
            return -EFAULT;
        }
        assert(piece <= size - done);
        done += piece;
    }
    return 0;
}

int dma_write(const struct dma *dma, struct gpa address, const void *bytes,
              size_t size)
{
    const uint8_t *from = bytes;

    assert(dma_is_open(dma));
    if (count_caused(dma, address.value, size, "write") != 0) {
        return -EFAULT;
    }
    for (size_t done = 0; done < size;) {
        size_t piece = copy_piece(dma, address.value + done, NULL, from + done,
                                  size - done);
        if (piece == 0) {
            return -EFAULT;
        }
        assert(piece <= size - done);
        done += piece;
    }
    return 0;
}
