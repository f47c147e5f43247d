/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that cuts the power of a memory that keeps its contents without
 * power (MRAM, FRAM, SRAM with a battery, or one that firmware takes for a
 * flash), in one of its writes. Its property cairn,memory names that memory,
 * whose own property cairn,keeps says that it keeps its contents.
 *
 * An operation is what a driver writes at once: stores that go on where the one
 * before ended, up to a multiple of cairn,write-size. Operations count from 1,
 * and only while a cut is planned: until then, and after it, guests write the
 * memory directly, and nothing is slower for this device. Without power stores
 * have no effect.
 */
#include "base/bits.h"
#include "base/hash.h"
#include "bus/device.h"
#include "bus/region.h"

enum inputs { CUT_OPERATION, CUT_BYTE, CUT_SEED };
enum outputs { OPERATIONS, POWER_LOST };

struct state {
    uint32_t operations;
    uint32_t dead; /* power was cut: nothing is written until power-on */
    uint64_t was_cut;
    uint64_t first; /* offset where the operation at hand began */
    uint64_t done;  /* bytes of it; 0: there is none */
};

struct wiring {
    struct region *memory;
    struct region_keeper keeper;
    uint64_t write_size;
};

/* True if the cut is still to come, or has just been. */
static bool is_watched(const struct device *device)
{
    const struct state *state = device->state;
    bool planned = device->input_levels[CUT_OPERATION] != 0;
    return state->dead != 0 || (planned && state->was_cut == 0);
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    region_set_writable(wiring->memory, !is_watched(device));
    line_set(&device->outputs[OPERATIONS], state->operations);
    line_set(&device->outputs[POWER_LOST], state->dead);
}

static void change_plan(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

/* Bits of a byte that a torn store got to; the same for the same cut. */
static uint8_t torn_bits(const struct device *device, uint64_t offset)
{
    const uint64_t cut[] = {
        device->input_levels[CUT_SEED],
        device->input_levels[CUT_OPERATION],
        offset,
    };
    return (uint8_t)hash64(0, cut, sizeof(cut));
}

static void lose_power(struct device *device)
{
    struct state *state = device->state;
    state->dead = 1;
    state->was_cut = 1;
    device_event(device, .fact = FACT_MEMORY_POWER_CUT,
                 .values = {state->operations, state->first, state->done,
                            device->input_levels[CUT_SEED]});
    update(device);
    fabric_stop(device->fabric);
}

/* The store at which the power is lost: some of its bytes, and of the next one
 * some bits. */
static void tear(struct device *device, uint64_t offset, const uint8_t *bytes)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint64_t end = state->first + device->input_levels[CUT_BYTE];
    size_t whole = (size_t)(end - offset);
    uint8_t old = region_host(wiring->memory)[end];
    uint8_t bits = torn_bits(device, end);
    uint8_t torn = (uint8_t)((old & ~bits) | (bytes[whole] & bits));
    region_load(wiring->memory, offset, bytes, whole);
    region_load(wiring->memory, end, &torn, 1);
    state->done = end - state->first;
    lose_power(device);
}

static bool goes_on(const struct device *device, uint64_t offset)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    return state->done != 0 && offset == state->first + state->done &&
           offset % wiring->write_size != 0;
}

/* An operation whose end is before the byte of the cut is the last one. */
static int write(void *context, uint64_t offset, unsigned size, uint64_t value)
{
    struct device *device = context;
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    const uint32_t *planned = &device->input_levels[CUT_OPERATION];
    uint8_t bytes[8];
    store_le64(bytes, value);
    if (state->dead != 0) {
        return 0;
    }
    if (!goes_on(device, offset)) {
        if (state->operations == *planned) {
            lose_power(device);
            return 0;
        }
        state->operations++;
        state->first = offset;
        state->done = 0;
        line_set(&device->outputs[OPERATIONS], state->operations);
    }
    if (state->operations == *planned &&
        state->done + size > device->input_levels[CUT_BYTE]) {
        tear(device, offset, bytes);
        return 0;
    }
    region_load(wiring->memory, offset, bytes, size);
    state->done += size;
    return 0;
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    wiring->memory = device_memory(device, "cairn,memory", error);
    if (wiring->memory == NULL) {
        return -ENOENT;
    }
    wiring->write_size = device_property_u32(device, "cairn,write-size", 4096);
    if (wiring->write_size < 8 ||
        (wiring->write_size & (wiring->write_size - 1)) != 0) {
        return error_set(error, -EINVAL,
                         "'cairn,write-size' is 0x%llx: needs a power of 2 "
                         "from 8 on",
                         (unsigned long long)wiring->write_size);
    }
    wiring->keeper = (struct region_keeper){write, device};
    wiring->memory->keeper = &wiring->keeper;
    return 0;
}

static const struct output_spec outputs[] = {
    [OPERATIONS] = {"operations", LINE_SIGNAL},
    [POWER_LOST] = {"power_lost", LINE_POWER },
};

static const struct input_spec inputs[] = {
    [CUT_OPERATION] = {"cut_operation", change_plan},
    [CUT_BYTE] = {"cut_byte",      NULL       },
    [CUT_SEED] = {"cut_seed",      NULL       },
};

const struct device_type kept_memory = {
    .compatible = "cairn,kept-memory",
    .title = "memory that keeps its contents, and its power",
    .reference = "docs/design/trust/slots.md",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0, "the duration of writes"}),
    .role = ROLE_FLASH,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_FIELDS(STATE(struct state, operations, RESET_NEVER),
                  STATE(struct state, was_cut, RESET_NEVER),
                  STATE(struct state, dead, RESET_POWER_ON),
                  STATE(struct state, first, RESET_POWER_ON),
                  STATE(struct state, done, RESET_POWER_ON)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .restored = update,
};
