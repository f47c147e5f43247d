/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell synchronous serial port PL022 (DDI 0194): FIFOs of eight frames.
 * A frame takes no time. Nothing is connected: what comes back is 0, or what
 * was sent in loop back mode. "cairn,absent" names what would be there, and
 * that something is sent to it is told.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"
#include "devices/arm/primecell.h"

enum { DEPTH = 8 };

struct state {
    uint32_t last; /* frame that was read */
    uint32_t control0;
    uint32_t control1;
    uint32_t prescaler;
    uint32_t mask;
    uint32_t overrun;
    uint32_t dma_control;
    uint32_t received_first;
    uint32_t received_count;
    uint32_t received[DEPTH];
    uint32_t waiting_count; /* to be sent, while disabled */
    uint32_t waiting[DEPTH];
};

enum control1_bits { CONTROL_LOOPBACK = 1 << 0, CONTROL_ENABLE = 1 << 1 };
enum status_bits {
    STATUS_TX_EMPTY = 1 << 0,
    STATUS_TX_ROOM = 1 << 1,
    STATUS_RX_NOT_EMPTY = 1 << 2,
    STATUS_RX_FULL = 1 << 3,
};
enum interrupt_bits {
    INTERRUPT_OVERRUN = 1 << 0,
    INTERRUPT_TIMEOUT = 1 << 1,
    INTERRUPT_RX = 1 << 2, /* half full or more */
    INTERRUPT_TX = 1 << 3, /* half empty or more */
};

/* A timeout is not raised: it is of 32 bit times, which frames do not take. */
static uint32_t raw(const struct device *device)
{
    const struct state *state = device->state;

    return (state->overrun != 0 ? INTERRUPT_OVERRUN : 0) |
           (state->received_count >= DEPTH / 2 ? (uint32_t)INTERRUPT_RX : 0) |
           (state->waiting_count <= DEPTH / 2 ? (uint32_t)INTERRUPT_TX : 0);
}

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return raw(device) & state->mask;
}

static void update(struct device *device)
{
    line_set(&device->outputs[0], masked(device) != 0);
}

static void exchange(struct state *state, uint32_t frame)
{
    uint32_t back = (state->control1 & CONTROL_LOOPBACK) != 0 ? frame : 0;
    uint32_t end = (state->received_first + state->received_count) % DEPTH;

    if (state->received_count == DEPTH) {
        state->overrun = INTERRUPT_OVERRUN;
        return;
    }
    state->received[end] = back;
    state->received_count++;
}

static const struct logged_omission absent_frames = {
    "SSPDR", "frames to what is not there"};

static void tell_absent(struct device *device)
{
    const struct state *state = device->state;
    const char *absent = device_property_string(device, "cairn,absent", NULL);

    if (absent != NULL && (state->control1 & CONTROL_LOOPBACK) == 0) {
        device_omits_of(device, &absent_frames, absent);
    }
}

/* Everything that waits, once the port is enabled. */
static void transfer(struct device *device)
{
    struct state *state = device->state;

    debug_assert(state->waiting_count <= DEPTH);
    if ((state->control1 & CONTROL_ENABLE) != 0) {
        if (state->waiting_count != 0) {
            tell_absent(device);
        }
        for (uint32_t i = 0; i < state->waiting_count; i++) {
            exchange(state, state->waiting[i]);
        }
        state->waiting_count = 0;
    }
    update(device);
}

REGISTER_STORE(write_cr1, control1, transfer)

static uint32_t read_dr(struct device *device, const struct access *access,
                        unsigned index)
{
    struct state *state = device->state;

    debug_assert(state->received_first < DEPTH);
    if (state->received_count != 0 && !access->debug) {
        state->last = state->received[state->received_first];
        state->received_first = (state->received_first + 1) % DEPTH;
        state->received_count--;
        update(device);
    }
    return state->last;
}

/* A frame has as many bits as SSPCR0 says, less one (3.3.1). */
static void write_dr(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;
    unsigned top = bits(state->control0, 3, 0);

    if (state->waiting_count < DEPTH) {
        state->waiting[state->waiting_count++] = bits(value, top, 0);
    }
    transfer(device);
}

static uint32_t status(const struct device *device)
{
    const struct state *state = device->state;

    return (state->waiting_count == 0 ? (uint32_t)STATUS_TX_EMPTY : 0) |
           (state->waiting_count < DEPTH ? (uint32_t)STATUS_TX_ROOM : 0) |
           (state->received_count != 0 ? (uint32_t)STATUS_RX_NOT_EMPTY : 0) |
           (state->received_count == DEPTH ? (uint32_t)STATUS_RX_FULL : 0);
}

REGISTER_READ(read_sr, status)
REGISTER_STORE(write_imsc, mask, update)
REGISTER_READ(read_ris, raw)
REGISTER_READ(read_mis, masked)
REGISTER_CLEAR(write_icr, overrun, update)

static const struct register_spec registers[] = {
#include "devices/arm/pl022.def"
};

const struct device_type pl022 = {
    .compatible = "arm,pl022",
    .title = "PL022 synchronous serial port",
    .reference = "PrimeCell SSP (PL022) TRM, DDI 0194",
    DEVICE_OMISSIONS(
        {"SSPDMACR", OMITTED_SET, 3, 0, "DMA"},
        {"SSPCR1", OMITTED_SET, 4, 0, "slave mode"},
        {"SSPIMSC", OMITTED_SET, 2, 0, "the receive timeout"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that a frame takes"},
        {"SSPCPSR", OMITTED_UNSEEN, 0, 0, "the speed of the line"},
        OMISSION_LOGGED(absent_frames)),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("spi", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, overrun, RESET_CORE),
                  STATE_TO(struct state, received_first, RESET_CORE, DEPTH - 1),
                  STATE_TO(struct state, received_count, RESET_CORE, DEPTH),
                  STATE(struct state, received, RESET_CORE),
                  STATE_TO(struct state, waiting_count, RESET_CORE, DEPTH),
                  STATE(struct state, waiting, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .restored = update,
};
