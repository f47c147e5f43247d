/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DMA engine of the FMC and SPI controllers: it copies between a chip and
 * memory, or adds up what it reads. Software asks for the engine by a key and
 * has it granted at once. The registers count while the engine runs, which it
 * does at the rate of a quad transfer at 50 MHz.
 */
#include "base/bits.h"
#include "devices/aspeed/aspeed_smc.h"
#include "devices/flash/spi.h"

enum { STEP_BYTES = 4096, BYTE_NS = 40 };
enum dma_ctrl_bits {
    DMA_ENABLE = 1 << 0,
    DMA_TO_FLASH = 1 << 1,
    DMA_CHECKSUM = 1 << 2,
    DMA_CALIBRATION = 1 << 3,
    DMA_FREQUENCY_SHIFT = 4, /* 4 bits */
    DMA_DELAY_SHIFT = 8,     /* 8 bits */
};
#define DMA_GRANT   0xc0000000u /* request and grant */
#define KEY_REQUEST 0xaeed0000u
#define KEY_RETURN  0xdeea0000u

bool smc_dma_is_granted(const struct smc_state *state)
{
    return (state->dma_ctrl & DMA_GRANT) == DMA_GRANT;
}

static void arm(struct device *device)
{
    struct smc_state *state = device->state;
    struct clock *clock = &device->fabric->clock;
    uint32_t bytes =
        state->dma_left < STEP_BYTES ? state->dma_left : STEP_BYTES;

    timer_arm(clock, &device->timers[0],
              clock_now(clock) + (uint64_t)bytes * BYTE_NS);
}

/* ---- One step ------------------------------------------------------------ */

static void read_flash(struct device *device, uint8_t *bytes, uint32_t size)
{
    const struct smc_state *state = device->state;

    for (uint32_t i = 0; i < size; i += 4) {
        uint64_t at = (uint64_t)state->dma_flash + i;
        unsigned chip = smc_chip_at(state, at);
        uint64_t value = 0;
        if (chip < SMC_CHIPS) {
            smc_read_chip(device, chip, at - smc_segment(state, chip).first, 4,
                          &value);
        }
        store_le32(bytes + i, (uint32_t)value);
    }
}

static void write_flash(struct device *device, const uint8_t *bytes,
                        uint32_t size)
{
    const struct smc_state *state = device->state;

    for (uint32_t i = 0; i < size; i += 4) {
        uint64_t at = (uint64_t)state->dma_flash + i;
        unsigned chip = smc_chip_at(state, at);
        if (chip < SMC_CHIPS) {
            smc_write_chip(device, chip, at - smc_segment(state, chip).first, 4,
                           load_le32(bytes + i));
        }
    }
}

static struct gpa memory_address(const struct smc_state *state)
{
    return gpa((uint64_t)state->dma_dram_high << 32 | state->dma_dram);
}

/* Moves bytes, a multiple of 4; not 0: the memory refuses. */
static int move(struct device *device, uint8_t *bytes, uint32_t size)
{
    const struct smc_state *state = device->state;
    const struct smc_wiring *wiring = device->wiring;

    if ((state->dma_ctrl & DMA_CHECKSUM) != 0) {
        read_flash(device, bytes, size);
        return 0;
    }
    if ((state->dma_ctrl & DMA_TO_FLASH) != 0) {
        int code = dma_read(&wiring->dma, memory_address(state), bytes, size);
        if (code == 0) {
            write_flash(device, bytes, size);
        }
        return code;
    }
    read_flash(device, bytes, size);
    return dma_write(&wiring->dma, memory_address(state), bytes, size);
}

static void count(struct smc_state *state, const uint8_t *bytes, uint32_t size)
{
    uint64_t memory = memory_address(state).value + size;

    for (uint32_t i = 0; i < size; i += 4) {
        state->checksum += load_le32(bytes + i);
    }
    if ((state->dma_ctrl & DMA_CHECKSUM) == 0) {
        state->dma_dram = (uint32_t)memory;
        state->dma_dram_high = (uint32_t)(memory >> 32) & 0xf;
    }
    state->dma_flash = (state->dma_flash + size) & 0x7ffffffc;
    state->dma_left -= size;
    state->dma_len = state->dma_left;
}

void smc_step_dma(struct device *device)
{
    struct smc_state *state = device->state;
    uint8_t bytes[STEP_BYTES];
    uint32_t size = state->dma_left < STEP_BYTES ? state->dma_left : STEP_BYTES;

    bool failed = move(device, bytes, size) != 0;
    if (state->dma_left < size) {
        return; /* what was written are these registers: it was stopped */
    }
    if (failed) {
        state->dma_left = 0;
    } else {
        count(state, bytes, size);
    }
    if (state->dma_left != 0) {
        arm(device);
        return;
    }
    state->dma_ctrl &= ~DMA_GRANT;
    state->intr_ctrl |= INTR_DMA_DONE;
    smc_update_interrupt(device);
}

/* ---- Control ------------------------------------------------------------- */

/* The clock and delay that the checksum is for go where reads take them from.
 */
static void calibrate(struct smc_state *state, uint32_t value)
{
    unsigned chip = smc_chip_at(state, state->dma_flash);

    if (chip < SMC_CHIPS) {
        state->ctrl[chip] = (state->ctrl[chip] & ~0xf00u) |
                            (value >> DMA_FREQUENCY_SHIFT & 0xf) << 8;
        state->timing[chip] = value >> DMA_DELAY_SHIFT & 0xff;
    }
}

static void start(struct device *device, uint32_t value)
{
    struct smc_state *state = device->state;

    if (state->dma_left != 0) {
        device_guest_error(device, 0x80, "DMA is started while it runs");
        return;
    }
    state->dma_ctrl = value | DMA_GRANT;
    if ((value & DMA_CHECKSUM) != 0 && (value & DMA_TO_FLASH) != 0) {
        device_guest_error(device, 0x80, "a checksum of what is written");
        state->dma_ctrl &= ~(uint32_t)DMA_TO_FLASH;
    }
    if ((value & (DMA_CHECKSUM | DMA_CALIBRATION)) ==
        (DMA_CHECKSUM | DMA_CALIBRATION)) {
        calibrate(state, value);
    }
    state->intr_ctrl &= ~(uint32_t)INTR_DMA_DONE;
    state->dma_left = (state->dma_len + 1 + 3) & ~3u;
    arm(device);
    smc_update_interrupt(device);
}

static void stop(struct device *device, uint32_t value)
{
    struct smc_state *state = device->state;

    timer_cancel(&device->fabric->clock, &device->timers[0]);
    state->dma_left = 0;
    state->dma_ctrl = value & ~DMA_GRANT;
    state->checksum = 0;
    state->intr_ctrl &= ~(uint32_t)INTR_DMA_DONE;
    smc_update_interrupt(device);
}

void smc_write_dma_ctrl(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct smc_state *state = device->state;

    if (value == KEY_REQUEST) {
        state->dma_ctrl |= DMA_GRANT;
    } else if (value == KEY_RETURN) {
        state->dma_ctrl &= ~DMA_GRANT;
    } else if ((value & DMA_ENABLE) == 0) {
        stop(device, value);
    } else if (!smc_dma_is_granted(state)) {
        device_guest_error(device, 0x80, "DMA is started without a grant");
    } else {
        start(device, value);
    }
}
