/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small DMA engine, as the example of docs/guides/add-a-device.md: this file,
 * its registers in dma.def, and a line in devices.def are all of it; a board
 * overlay puts it into a machine (dma.dtso).
 *
 * It copies SIZE bytes from SOURCE to TARGET, a block every BLOCK_NS of virtual
 * time, and raises its interrupt while a bit is set in STATUS and in ENABLE.
 * Blocks are copied by a timer and not in the handler of CONTROL, so that a
 * long transfer does not hold up the processor that started it, and one that
 * ends in the engine's own registers finds them at rest.
 */
#include "bus/dma.h"
#include "base/bits.h"
#include "bus/description.h"
#include "bus/handlers.h"

enum { BLOCK_SIZE = 256, BLOCK_NS = 100 };
enum control_bits { CONTROL_START = 1 << 0, CONTROL_STOP = 1 << 1 };
enum status_bits { STATUS_DONE = 1 << 0, STATUS_ERROR = 1 << 1 };

struct state {
    uint32_t source[2];
    uint32_t target[2];
    uint32_t left;
    uint32_t status;
    uint32_t enable;
    uint32_t busy;
};

struct wiring {
    struct dma dma;
};

static void update(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[0], (state->status & state->enable) != 0);
}

/* ---- Transfers ----------------------------------------------------------- */

static void go_on(struct device *device)
{
    struct clock *clock = &device->fabric->clock;
    timer_arm(clock, &device->timers[0], clock_now(clock) + BLOCK_NS);
}

static void finish(struct device *device, uint32_t status)
{
    struct state *state = device->state;

    timer_cancel(&device->fabric->clock, &device->timers[0]);
    state->busy = 0;
    state->status |= status;
    update(device);
}

static uint64_t take_address(uint32_t *words, uint32_t size)
{
    uint64_t address = join_words(words);

    words[0] = (uint32_t)(address + size);
    words[1] = (uint32_t)((address + size) >> 32);
    return address;
}

static void copy_block(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint8_t block[BLOCK_SIZE];
    uint32_t size = state->left < BLOCK_SIZE ? state->left : BLOCK_SIZE;

    /* The registers are moved on first: the block may be written to them. */
    uint64_t source = take_address(state->source, size);
    uint64_t target = take_address(state->target, size);
    state->left -= size;
    if (dma_read(&wiring->dma, gpa(source), block, size) != 0 ||
        dma_write(&wiring->dma, gpa(target), block, size) != 0) {
        finish(device, STATUS_ERROR);
    } else if (state->left == 0) {
        finish(device, STATUS_DONE);
    } else if (state->busy != 0) {
        go_on(device);
    }
}

/* ---- Registers ----------------------------------------------------------- */

/* Addresses and size belong to the engine during a transfer. */
static bool is_free(struct device *device, const struct access *access)
{
    const struct state *state = device->state;

    if (state->busy != 0 && !access->debug) {
        device_guest_error(device, 0, "transfer changed while it runs");
    }
    return state->busy == 0;
}

static void write_word(struct device *device, const struct access *access,
                       uint32_t *word, uint32_t value)
{
    if (is_free(device, access)) {
        *word = value;
    }
}

static void write_source(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    write_word(device, access, &state->source[index], value);
}

static void write_target(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    write_word(device, access, &state->target[index], value);
}

static void write_size(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    write_word(device, access, &state->left, value);
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if ((value & CONTROL_STOP) != 0) {
        timer_cancel(&device->fabric->clock, &device->timers[0]);
        state->busy = 0;
    } else if ((value & CONTROL_START) != 0 && state->busy == 0) {
        state->busy = 1;
        go_on(device);
    }
}

REGISTER_CLEAR(write_status, status, update)

REGISTER_STORE(write_enable, enable, update)

static const struct register_spec registers[] = {
#include "devices/example/dma.def"
};

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    const struct state *state = device->state;

    if (state->busy == 0) {
        timer_cancel(&device->fabric->clock, &device->timers[0]);
    }
    update(device);
}

/* ---- Description for guests ---------------------------------------------- */

static const struct description_row tree_rows[] = {
    {"dma-controller", TREE_DEVICE,     0,               NULL               },
    {"compatible",     TREE_TEXT,       0,               "cairn,example-dma"},
    {"reg",            TREE_REG,        1,               NULL               },
    {"interrupts",     TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL               },
    {"dma-coherent",   TREE_FLAG,       0,               NULL               },
    {"status",         TREE_STATUS,     0,               NULL               },
    {NULL,             TREE_END,        0,               NULL               },
};

static const struct description description = {
    DEVICE_TABLE(tree_row, tree_rows),
};

const struct device_type example_dma = {
    .compatible = "cairn,example-dma",
    .title = "Example DMA engine",
    .reference = "docs/guides/add-a-device.md",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("dma", 0x1000, 4, registers)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(copy_block),
    .init = init,
    .reset = reset,
    .restored = update,
    .description = &description,
};
