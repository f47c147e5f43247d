/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of transfers with DMA: one range (SDMA), or those of a chain of
 * descriptors (ADMA2, 1.13 of the specification), which have 8 bytes, or 12
 * with addresses of 64 bits. A copy takes at most EMPTY_MAX descriptors without
 * data, so that a chain of them ends, in a circle too.
 */
#include <errno.h>

#include "base/bits.h"
#include "devices/sd/sdhci.h"

enum { EMPTY_MAX = 4096, LENGTH_MAX = 0x10000 };
enum descriptor_bits {
    DESCRIPTOR_VALID = 1 << 0,
    DESCRIPTOR_END = 1 << 1,
    DESCRIPTOR_INTERRUPT = 1 << 2,
    DESCRIPTOR_ACT_SHIFT = 4, /* 2 bits */
};
enum { ACT_TRANSFER = 2, ACT_LINK = 3 };

static int fail(struct device *device, uint32_t error, const char *what)
{
    struct sdhci_state *state = device->state;

    state->adma_error = error;
    device_guest_error(device, 0x54, "ADMA descriptor at 0x%llx: %s",
                       (unsigned long long)state->descriptor, what);
    return -EFAULT;
}

/* Takes one descriptor. */
static int take(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    bool wide = sdhci_dma_kind(state) == DMA_ADMA_64;
    uint32_t size = wide ? 12 : 8;
    uint8_t bytes[12] = {0};

    if (dma_read(&wiring->dma, gpa(state->descriptor), bytes, size) != 0) {
        return fail(device, ADMA_FETCH, "nothing there");
    }
    uint32_t head = load_le32(bytes);
    uint64_t address = load_le32(bytes + 4);
    address |= wide ? (uint64_t)load_le32(bytes + 8) << 32 : 0;
    unsigned act = head >> DESCRIPTOR_ACT_SHIFT & 3;
    if ((head & DESCRIPTOR_VALID) == 0) {
        return fail(device, ADMA_FETCH, "not valid");
    }
    state->descriptor = act == ACT_LINK ? address : state->descriptor + size;
    state->last = (head & DESCRIPTOR_END) != 0;
    if (act == ACT_TRANSFER) {
        state->chunk = head >> 16 != 0 ? head >> 16 : LENGTH_MAX;
        state->chunk_address = address;
    }
    if ((head & DESCRIPTOR_INTERRUPT) != 0) {
        sdhci_raise(device, INT_DMA);
    }
    return 0;
}

/* There is a chunk, or the chain has failed. *empty counts descriptors without
 * data. */
static int find_chunk(struct device *device, unsigned *empty)
{
    const struct sdhci_state *state = device->state;

    while (state->chunk == 0) {
        if (state->last != 0 || *empty == EMPTY_MAX) {
            return fail(device, ADMA_LENGTH | ADMA_MOVE,
                        "the chain ends before the data");
        }
        int code = take(device);
        if (code != 0) {
            return code;
        }
        *empty += state->chunk == 0;
    }
    return 0;
}

/* The memory of the next bytes, at most size, which then count as done. */
static int next_range(struct device *device, size_t size, uint64_t *address,
                      size_t *part, unsigned *empty)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;

    if (sdhci_dma_kind(state) == DMA_SDMA) {
        *address = (uint64_t)wiring->sdma_high << 32 | state->address;
        *part = size;
        state->address += (uint32_t)size;
        return 0;
    }
    int code = find_chunk(device, empty);
    if (code != 0) {
        return code;
    }
    *address = state->chunk_address;
    *part = state->chunk < size ? state->chunk : size;
    state->chunk -= (uint32_t)*part;
    state->chunk_address += *part;
    return 0;
}

static int refused(struct device *device)
{
    struct sdhci_state *state = device->state;

    state->adma_error = ADMA_MOVE;
    return -EFAULT;
}

int sdhci_to_memory(struct device *device, const uint8_t *bytes, size_t size)
{
    const struct sdhci_wiring *wiring = device->wiring;
    unsigned empty = 0;

    while (size != 0) {
        uint64_t address;
        size_t part;
        int code = next_range(device, size, &address, &part, &empty);
        if (code != 0) {
            return code;
        }
        if (dma_write(&wiring->dma, gpa(address), bytes, part) != 0) {
            return refused(device);
        }
        bytes += part;
        size -= part;
    }
    return 0;
}

int sdhci_from_memory(struct device *device, uint8_t *bytes, size_t size)
{
    const struct sdhci_wiring *wiring = device->wiring;
    unsigned empty = 0;

    while (size != 0) {
        uint64_t address;
        size_t part;
        int code = next_range(device, size, &address, &part, &empty);
        if (code != 0) {
            return code;
        }
        if (dma_read(&wiring->dma, gpa(address), bytes, part) != 0) {
            return refused(device);
        }
        bytes += part;
        size -= part;
    }
    return 0;
}
