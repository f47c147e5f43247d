/* SPDX-License-Identifier: Apache-2.0 */
/* Programming and erasing with the loss of power in between. */
#include "devices/flash/nor.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"
#include "bus/dma.h"

enum kind { PROGRAM, ERASE };

void nor_update(struct device *device, const struct nor_state *state)
{
    line_set(&device->outputs[NOR_OPERATIONS], state->operations);
    line_set(&device->outputs[NOR_POWER_LOST], state->dead);
}

/* Bits of a byte that a torn operation got to; the same for the same cut. */
static uint8_t torn_bits(const struct device *device, uint64_t offset)
{
    const uint64_t cut[] = {
        device->input_levels[NOR_CUT_SEED],
        device->input_levels[NOR_CUT_OPERATION],
        offset,
    };

    return (uint8_t)hash64(0, cut, sizeof(cut));
}

/* The change of bytes; done: the bits that the operation gets to. A loop of
 * each kind, which the host's vectors do. */
static void program(uint8_t *new, const uint8_t *old, const uint8_t *bytes,
                    size_t size, uint8_t done)
{
    for (size_t i = 0; i < size; i++) {
        new[i] = old[i] & (bytes[i] | (uint8_t)~done);
    }
}

static void erase(uint8_t *new, const uint8_t *old, size_t size, uint8_t done)
{
    for (size_t i = 0; i < size; i++) {
        new[i] = old[i] | done;
    }
}

static void change(struct region *contents, enum kind kind, uint64_t offset,
                   const uint8_t *bytes, size_t size, uint8_t done)
{
    uint8_t block[REGION_PAGE_SIZE];

    assert(in_range(offset, size, contents->size_bytes));
    while (size != 0) {
        size_t part = size < sizeof(block) ? size : sizeof(block);
        const uint8_t *old = region_host(contents) + offset;
        if (kind == PROGRAM) {
            program(block, old, bytes, part, done);
        } else {
            erase(block, old, part, done);
        }
        region_load(contents, offset, block, part);
        offset += part;
        bytes = bytes != NULL ? bytes + part : NULL;
        size -= part;
    }
}

static void lose_power(struct device *device, struct nor_state *state,
                       enum kind kind, uint64_t offset, size_t done,
                       size_t size)
{
    assert(done <= size);
    state->dead = 1;
    device_event(device, .fact = FACT_FLASH_POWER_CUT,
                 .values = {state->operations, kind == PROGRAM, offset, done,
                            size, device->input_levels[NOR_CUT_SEED]});
    nor_update(device, state);
    fabric_stop(device->fabric);
}

static bool operate(struct device *device, struct nor_state *state,
                    struct region *contents, enum kind kind, uint64_t offset,
                    const uint8_t *bytes, size_t size)
{
    assert(size != 0 && in_range(offset, size, contents->size_bytes));
    assert((kind == PROGRAM) == (bytes != NULL));
    if (state->dead != 0) {
        return false;
    }
    state->operations++;
    nor_update(device, state);
    if (state->operations != device->input_levels[NOR_CUT_OPERATION]) {
        change(contents, kind, offset, bytes, size, 0xff);
        return true;
    }
    size_t done = device->input_levels[NOR_CUT_BYTE];
    done = done < size ? done : size;
    change(contents, kind, offset, bytes, done, 0xff);
    if (done < size) {
        change(contents, kind, offset + done,
               bytes != NULL ? bytes + done : NULL, 1,
               torn_bits(device, offset + done));
    }
    lose_power(device, state, kind, offset, done, size);
    return false;
}

bool nor_program(struct device *device, struct nor_state *state,
                 struct region *contents, uint64_t offset, const uint8_t *bytes,
                 size_t size)
{
    return operate(device, state, contents, PROGRAM, offset, bytes, size);
}

/* A real chip is busy with an erase for seconds; here an erase takes no time,
 * and a chain of DMA could start thousands at one instant, each of which costs
 * the host milliseconds. So their number is bounded. */
bool nor_erase(struct device *device, struct nor_state *state,
               struct region *contents, uint64_t offset, size_t size)
{
    enum { BYTES_PER_COST = 64 };

    if (!dma_may_cause(device->fabric, size / BYTES_PER_COST)) {
        device_guest_error(device, offset,
                           "DMA erases the chip too often at one instant");
        return false;
    }
    return operate(device, state, contents, ERASE, offset, NULL, size);
}
