/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data transfer of the SD host controller. It is a sequence of moves of the
 * card, of one block through the buffer, or with DMA of as many as there are up
 * to SD_MOVE_MAX bytes or to the boundary of SDMA.
 */
#include <string.h>

#include "base/bits.h"
#include "devices/sd/sdhci.h"

enum { COUNT_SHIFT = 16, AUTO_12 = 1 };
#define CONTROL_2_TUNE  0x00400000u /* the next block is for tuning */
#define CONTROL_2_TUNED 0x00800000u

bool sdhci_reads(const struct sdhci_state *state)
{
    return (state->mode & MODE_READ) != 0;
}

unsigned sdhci_dma_kind(const struct sdhci_state *state)
{
    return state->mode >> MODE_BITS & 3;
}

static bool uses_dma(const struct sdhci_state *state)
{
    return (state->mode & MODE_DMA) != 0;
}

static bool uses_sdma(const struct sdhci_state *state)
{
    return uses_dma(state) && sdhci_dma_kind(state) == DMA_SDMA;
}

static bool is_done(const struct sdhci_state *state)
{
    return state->open == 0 && state->blocks == 0;
}

uint32_t sdhci_boundary(const struct sdhci_state *state)
{
    return 4096u << (state->block >> 12 & 7);
}

static void end(struct device *device, uint32_t interrupts)
{
    struct sdhci_state *state = device->state;

    state->transfer = TRANSFER_NONE;
    sdhci_raise(device, interrupts);
}

void sdhci_abort(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;

    if (state->transfer != TRANSFER_NONE) {
        sd_card_of(wiring->card)->drop(wiring->card);
    }
    state->transfer = TRANSFER_NONE;
    state->serial++;
}

static void finish(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;
    struct sd_reply reply;
    uint32_t interrupts = INT_TRANSFER;

    if ((state->mode >> MODE_AUTO_SHIFT & 3) == AUTO_12) {
        if (sd_card_of(wiring->card)->command(wiring->card, 12, 0, &reply)) {
            state->response[3] = reply.word;
        } else {
            state->control_2 |= 2; /* time-out of the automatic command */
            interrupts |= INT_AUTO;
        }
    }
    end(device, interrupts);
}

/* ---- Moves --------------------------------------------------------------- */

/* Sets how much is moved next. */
static void choose_size(struct sdhci_state *state)
{
    uint32_t most = SD_MOVE_MAX / state->size;
    uint32_t blocks = state->open != 0 ? most : state->blocks;

    state->boundary = 0;
    if (!uses_dma(state)) {
        state->moving = state->size;
        return;
    }
    blocks = blocks < most ? blocks : most;
    if (uses_sdma(state)) {
        uint32_t boundary = sdhci_boundary(state);
        uint32_t bytes = boundary - state->address % boundary;
        uint32_t until = (bytes + state->size - 1) / state->size;
        state->boundary = blocks >= until;
        blocks = blocks < until ? blocks : until;
    }
    state->moving = blocks * state->size;
}

static void move(struct device *device)
{
    struct sdhci_state *state = device->state;
    const struct sdhci_wiring *wiring = device->wiring;

    if (state->size == 0) { /* of a hostile snapshot */
        end(device, INT_DATA_TIMEOUT);
        return;
    }
    choose_size(state);
    state->transfer = TRANSFER_MOVING;
    if (sd_card_of(wiring->card)->move(wiring->card, state->moving) != 0) {
        end(device, INT_ADMA);
    }
}

/* The driver is to read the buffer, or to fill it. */
static void offer_buffer(struct device *device)
{
    struct sdhci_state *state = device->state;

    state->buffer_at = 0;
    state->transfer = TRANSFER_BUFFER;
    sdhci_raise(device, sdhci_reads(state) ? INT_READ_READY : INT_WRITE_READY);
}

void sdhci_begin(struct device *device)
{
    struct sdhci_state *state = device->state;

    state->serial++;
    state->mode = (state->command & ((1u << MODE_BITS) - 1)) |
                  (state->control >> CONTROL_DMA_SHIFT & 3) << MODE_BITS;
    state->size = state->block & 0xfff;
    bool multiple = (state->mode & MODE_MULTIPLE) != 0;
    state->open = multiple && (state->mode & MODE_COUNT) == 0;
    state->blocks = multiple ? state->block >> COUNT_SHIFT : 1;
    state->chunk = 0;
    state->last = 0;
    state->adma_error = 0;
    state->descriptor = (uint64_t)state->adma[1] << 32 | state->adma[0];
    if (state->size == 0 || is_done(state)) {
        device_guest_error(device, 0x04, "a transfer of no bytes");
        end(device, INT_TRANSFER);
    } else if (uses_dma(state) || sdhci_reads(state)) {
        move(device);
    } else {
        offer_buffer(device);
    }
}

/* The driver has read the buffer, or filled it, or gave SDMA an address. */
void sdhci_go_on(struct device *device)
{
    const struct sdhci_state *state = device->state;
    bool filled = state->transfer == TRANSFER_BUFFER && !sdhci_reads(state);

    if (!filled && is_done(state)) {
        finish(device);
    } else {
        move(device);
    }
}

int sdhci_gather(struct device *device, void *bytes, size_t size)
{
    struct sdhci_state *state = device->state;

    if (uses_dma(state)) {
        return sdhci_from_memory(device, bytes, size);
    }
    memset(bytes, 0, size);
    memcpy(bytes, state->buffer, size < SDHCI_BUFFER ? size : SDHCI_BUFFER);
    return 0;
}

/* The bytes of a read on their way to the driver. False: memory refused. */
static bool deliver(struct device *device, const void *bytes, size_t size)
{
    struct sdhci_state *state = device->state;

    if (!uses_dma(state)) {
        memcpy(state->buffer, bytes, size < SDHCI_BUFFER ? size : SDHCI_BUFFER);
        return true;
    }
    return sdhci_to_memory(device, bytes, size) == 0;
}

static void count_blocks(struct sdhci_state *state)
{
    uint32_t blocks = state->moving / state->size;

    if (state->open == 0) {
        state->blocks -= blocks < state->blocks ? blocks : state->blocks;
        state->block = (state->block & 0xffff) | state->blocks << COUNT_SHIFT;
    }
}

/* After a move with DMA, or of a block that the driver wrote. */
static void after_move(struct device *device)
{
    struct sdhci_state *state = device->state;

    if (is_done(state)) {
        finish(device);
    } else if (!uses_dma(state)) {
        offer_buffer(device);
    } else if (state->boundary != 0) {
        state->transfer = TRANSFER_BOUNDARY;
        sdhci_raise(device, INT_DMA);
    } else {
        move(device);
    }
}

/* The controller takes the tuning block for itself (2.2.25); the first one that
 * comes is the pattern. */
static void tune(struct device *device)
{
    struct sdhci_state *state = device->state;

    state->control_2 &= ~CONTROL_2_TUNE;
    state->control_2 |= CONTROL_2_TUNED;
    end(device, INT_READ_READY);
}

void sdhci_moved(struct device *device, bool good, const void *bytes,
                 size_t size)
{
    struct sdhci_state *state = device->state;
    uint32_t serial = state->serial;

    if (state->transfer == TRANSFER_BUSY) {
        end(device, INT_TRANSFER);
        return;
    }
    if (state->transfer != TRANSFER_MOVING || state->size == 0) {
        return;
    }
    if (!good || (sdhci_reads(state) && bytes == NULL)) {
        end(device, INT_DATA_CRC);
        return;
    }
    bool delivered = !sdhci_reads(state) || deliver(device, bytes, size);
    if (state->serial != serial) {
        return; /* the memory were registers of this controller */
    }
    if (!delivered) {
        end(device, INT_ADMA);
        return;
    }
    count_blocks(state);
    if ((state->control_2 & CONTROL_2_TUNE) != 0 && !uses_dma(state)) {
        tune(device);
    } else if (sdhci_reads(state) && !uses_dma(state)) {
        offer_buffer(device);
    } else {
        after_move(device);
    }
}
